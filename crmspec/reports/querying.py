"""The two statements of a report: one that adds up, one that fetches the records to be shown.

Adding up goes in three layers, each a sub-select of the next, so that every expression is written once and nothing is
joined before it has to be:

1. what is grouped by and added up, record by record, under the rule and the filter;
2. one row for each combination of groups, numbers as whole numbers, an average as its sum and its count;
3. titles of the records that lookups group by, joined to those few rows, under the rule of the object they belong to.

Subtotals and grand totals are made of the rows of layer 2, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from crmspec.access import passed
from crmspec.formula import to_sql
from crmspec.records import BadQuestion, Record
from crmspec.records.fetching import fetch
from crmspec.records.keyset import Key, order_by, order_keys
from crmspec.records.paths import Seen, look, split_path
from crmspec.records.reading import Reading
from crmspec.records.sources import Column as SqlColumn
from crmspec.records.sources import NoSuchPath, Source, by_bytes
from crmspec.records.words import say
from crmspec.reports.asking import Asked
from crmspec.reports.result import RECORDS, Column
from crmspec.reports.stages import by_stages
from crmspec.schema import child_table_name

DEFAULT_SORT = ("-created_at",)


@dataclass(frozen=True, slots=True)
class Cell:
    """What one group path holds in one row of layer 2: the stored value, and of a lookup whose record it is."""

    stored: Any
    object: str = ""
    title: str = ""
    found: bool = True


@dataclass(frozen=True, slots=True)
class Sums:
    """What one path comes to in one row. What no total asks for is None."""

    count: int = 0
    sum: int | None = None
    least: Any = None
    greatest: Any = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One combination of groups with its count and what each path comes to."""

    cells: tuple[Cell, ...]
    count: int
    sums: dict[str, Sums]


class Query:
    """The statements of one report for one person."""

    def __init__(self, reading: Reading, asked: Asked) -> None:
        self.reading, self.asked = reading, asked
        self.object_name = asked.report.object

    def _source(self) -> tuple[Source, list[SqlColumn]]:
        """Return the object's table and everything that narrows it: the rule first."""
        source = Source(self.reading, self.object_name, self.reading.object_table(self.object_name).alias("t"))
        rule = self.reading.rule(self.asked.verb, self.object_name, source.table)
        conditions = [] if rule is None else [rule]
        if self.asked.report.filter:
            # Its level was looked at before; in a WHERE blank counts as false by itself.
            conditions.append(self._filter(source, self.asked.report.filter))
        return source, conditions

    def _filter(self, source: Source, text: str) -> SqlColumn:
        reading = self.reading
        tree = by_stages(reading.spec, self.object_name, reading.formula(self.object_name, text, "boolean"))
        found = to_sql(tree, lambda path, _: source.column(path), dialect=reading.dialect, context=reading.context)
        return _Plainly(found)

    # --- adding up ---

    def leaves(self, connection: sa.Connection) -> list[Leaf]:
        """Return one row for each combination of groups; one row in all when nothing is grouped."""
        base = self._base()
        paths = self._paths()
        summed = self._summed(base, paths)
        found = connection.execute(self._titled(summed))
        at = {name: place for place, name in enumerate(found.keys())}
        return [self._leaf(row, at, paths) for row in found]

    def _paths(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for measure in self.asked.measures:
            if measure.path != RECORDS:
                found.setdefault(measure.path, set()).add(measure.function)
        return found

    def _base(self) -> sa.Subquery:
        source, conditions = self._source()
        columns = [
            column.label(name)
            for number, group in enumerate(self.asked.group_by)
            for name, column in self._group_columns(source, group, number)
        ]
        for number, (path, functions) in enumerate(self._paths().items()):
            columns.append(self._value(source, path, functions).label(f"v{number}"))
        columns = columns or [sa.literal_column("1").label("one")]
        return sa.select(*columns).select_from(source.from_clause).where(*conditions).subquery("b")

    def _group_columns(self, source: Source, group: Column, number: int) -> list[tuple[str, SqlColumn]]:
        segments, field = split_path(group.path), group.seen.field
        if group.seen.kind == "choices":
            raise self._cannot(group.path)
        try:
            found = [(f"g{number}", source.column(segments))]
        except NoSuchPath:
            raise self._cannot(group.path) from None
        if len(group.seen.to) > 1 and field is not None:
            found.append((f"g{number}_object", self._home(source, segments).table.c[f"{field.base_column}_object"]))
        return found

    def _home(self, source: Source, segments: tuple[str, ...]) -> Source:
        """Return the source that the last segment of a path belongs to."""
        for segment in segments[:-1]:
            seen = look(self.reading.spec, source.object_name, (segment,))
            assert seen is not None, "the path was looked up before"
            source = source.beyond(segment, seen.to[0])
        return source

    def _value(self, source: Source, path: str, functions: set[str]) -> SqlColumn:
        seen = next(one.seen for one in self.asked.measures if one.path == path)
        assert seen is not None
        if functions == {"count"}:
            return self._present(source, path, seen)
        try:
            return source.column(split_path(path))
        except NoSuchPath:
            raise self._cannot(path) from None

    def _present(self, source: Source, path: str, seen: Seen) -> SqlColumn:
        """Return something that is not blank where the field has a value: of several columns, or of several rows."""
        field, segments = seen.field, split_path(path)
        if field is None or seen.part or (not field.row.child and len(field.column_names) < 2):
            return source.column(segments)
        if len(segments) > 1:
            raise self._cannot(path)
        if field.row.child:
            name = child_table_name(self.reading.object(self.object_name), field)
            child = passed(self.reading.table(name).alias(), "picked")
            some: SqlColumn = sa.exists().where(child.c.record_id == source.table.c.id).correlate_except(child)
        else:
            some = sa.or_(*(source.table.c[name].is_not(None) for name in field.column_names))
        return sa.case((some, 1))

    def _cannot(self, path: str) -> BadQuestion:
        return BadQuestion(say(self.reading.language, "unknown_field", label=path), "unknown_field")

    def _summed(self, base: sa.Subquery, paths: dict[str, set[str]]) -> sa.Subquery:
        groups = [column for column in base.c if column.name.startswith("g")]
        columns: list[SqlColumn] = [*groups, sa.func.count().label("records")]
        for number, functions in enumerate(paths.values()):
            value = base.c[f"v{number}"]
            columns.append(sa.func.count(value).label(f"n{number}"))
            if functions & {"sum", "avg"}:
                # An integer for SQLite, a numeric for PostgreSQL, both exact; never a float.
                columns.append(sa.func.sum(value, type_=sa.BigInteger()).label(f"s{number}"))
            if "min" in functions:
                columns.append(sa.func.min(value, type_=value.type).label(f"l{number}"))
            if "max" in functions:
                columns.append(sa.func.max(value, type_=value.type).label(f"h{number}"))
        return sa.select(*columns).select_from(base).group_by(*groups).subquery("g")

    def _titled(self, summed: sa.Subquery) -> sa.Select[Any]:
        columns: list[SqlColumn] = list(summed.c)
        joined: sa.FromClause = summed
        for number, group in enumerate(self.asked.group_by):
            if group.seen.kind != "reference":
                continue
            titles, ids = [], []
            for target in group.seen.to:
                source = Source(self.reading, target, self.reading.object_table(target).alias())
                conditions: list[SqlColumn] = [source.table.c.id == summed.c[f"g{number}"]]
                if len(group.seen.to) > 1:
                    conditions.append(summed.c[f"g{number}_object"] == target)
                rule = self.reading.rule("read", target, source.table)
                titles.append(source.title())
                ids.append(source.table.c.id)
                on = sa.and_(*conditions, *([] if rule is None else [rule]))
                joined = source.joined_to(joined.outerjoin(source.table, on))
            columns.append(sa.func.coalesce(*titles, sa.null()).label(f"g{number}_title"))
            columns.append(sa.func.coalesce(*ids, sa.null()).label(f"g{number}_found"))
        return sa.select(*columns).select_from(joined)

    def _leaf(self, row: Sequence[Any], at: Mapping[str, int], paths: Iterable[str]) -> Leaf:
        """Make a leaf of one row; `at` says where its columns are, since looking each up by name takes longer than the
        database does.
        """
        cells = []
        for number, group in enumerate(self.asked.group_by):
            stored = row[at[f"g{number}"]]
            if group.seen.kind != "reference":
                cells.append(Cell(stored))
                continue
            target = row[at[f"g{number}_object"]] if len(group.seen.to) > 1 else group.seen.to[0]
            title, found = row[at[f"g{number}_title"]], row[at[f"g{number}_found"]]
            cells.append(Cell(stored, target, title or "", found is not None))
        sums = {}
        for number, path in enumerate(paths):
            s, low, high = (at.get(f"{letter}{number}") for letter in "slh")
            whole = None if s is None or row[s] is None else int(row[s])
            least, greatest = (None if place is None else row[place] for place in (low, high))
            sums[path] = Sums(row[at[f"n{number}"]], whole, least, greatest)
        return Leaf(tuple(cells), row[at["records"]], sums)

    # --- the records themselves ---

    def records(self, connection: sa.Connection, limit: int) -> list[tuple[Record, tuple[Any, ...]]]:
        """Return the first records in the report's order, each with what its groups hold."""
        source, conditions = self._source()
        keys = order_keys(source, self.asked.sort or DEFAULT_SORT)
        record_id = source.table.c.id
        groups = [
            column.label(name)
            for number, group in enumerate(self.asked.group_by)
            for name, column in self._group_columns(source, group, number)[:1]
        ]
        picked = (
            sa.select(record_id.label("id"), *groups, *(key.column.label(f"k{at}") for at, key in enumerate(keys)))
            .select_from(source.from_clause)
            .where(*conditions)
            .order_by(*order_by(keys, record_id))
            .limit(limit)
            .subquery("p")
        )
        names = [column.name for column in groups]
        paths = [column.path for column in self.asked.columns]
        return fetch(connection, self.reading, self.object_name, paths, picked, names, _outside(picked, keys))


def _outside(picked: sa.Subquery, keys: Sequence[Key]) -> list[Any]:
    """Say the order once more outside: a sub-select's order is not promised to last."""
    found = []
    for at, key in enumerate(keys):
        column = picked.c[f"k{at}"]
        found.append(replace(key, column=by_bytes(column) if key.kind == "text" else column))
    return order_by(found, picked.c.id)


class _Plainly(sa.sql.functions.FunctionElement[int]):
    """A condition as it is: SQLAlchemy writes `… = 1` behind a boolean for SQLite, and no index can serve that."""

    name = "plainly"
    inherit_cache = True
    type = sa.Integer()


@compiles(_Plainly)
def _write_plainly(element: _Plainly, compiler: Any, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)})"
