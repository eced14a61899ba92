"""What is counted before records become records of another object: values, ids and blanks that have no place there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from crmspec.plan.as_now import AsNow, shortened
from crmspec.plan.change import DataCheck, Tally
from crmspec.plan.moving import Moving
from crmspec.plan.moving_values import Filling, MovedValues, all_go, condition_of, reading
from crmspec.plan.sides import Sides
from crmspec.plan.work import DIALECTS, Both, TableWork, index_columns
from crmspec.schema import Column, Dialect, Table, TableIndex, child_table_name, object_tables
from crmspec.schema.ddl import check_sql, constant, literal, quoted
from crmspec.spec import Field


def source_now(sides: Sides, move: Moving) -> AsNow:
    """Return the deployed table that records leave."""
    moved = sides.tables(move.source.name)[0]
    before = sides.before.objects.get(move.source.name)
    return AsNow(TableWork(moved, moved.after), before, move.source, sides.names_now)


def moving_checks(sides: Sides, works: Sequence[TableWork]) -> Iterator[DataCheck]:
    """Yield every count that has to be zero."""
    for move in sides.moves:
        if not move.back:
            yield from _Checks(sides, move, works).all()
        if not all_go(move) and not move.whole:
            yield from _links(sides, move)


def _links(sides: Sides, move: Moving) -> Iterator[DataCheck]:
    """Yield a count of links to records that leave, in fields which can only point at what they leave."""
    leaving = _leaving(sides, move) if not move.returns else quoted(move.which)
    for name, one in sides.unmapped.objects.items():
        after = sides.desired.objects.get(name)
        for field in one.fields.values():
            other = after.fields.get(field.name) if after is not None else None
            if field.type != "many_to_many" or move.source.name not in field.to or other is None:
                continue
            if other.to != field.to:
                continue
            table = sides.names_now.get(child_table_name(one, field), child_table_name(one, field))
            rows = (
                f"SELECT record_id AS id, CAST(target_id AS TEXT) AS value FROM {quoted(table)} AS links "
                f"WHERE target_id IN (SELECT there.id FROM {leaving} AS there)"
            )
            if name == move.source.name:
                rows += f" AND record_id NOT IN (SELECT there.id FROM {leaving} AS there)"
            sql = {
                dialect: f"SELECT count(*), CASE WHEN count(*) > 0 THEN (SELECT {_listed(dialect)} FROM ({rows} "
                f"ORDER BY 1, 2 LIMIT 5) AS few) END FROM ({rows}) AS every"
                for dialect in DIALECTS
            }
            yield DataCheck(
                f"{name}.{field.name}", f"links point at records of `{move.source.name}` that leave it", sql,
                f"take these links away, or make `{name}.{field.name}` point at `{move.target.name}`")


def moving_tallies(sides: Sides) -> Iterator[Tally]:
    """Yield how many records move."""
    for move in sides.moves:
        if not move.back:
            checks = _Checks(sides, move)
            words = f"records become records of `{move.target.name}`"
            yield Tally(move.source.name, "converted", words, checks.now.name,
                        {dialect: checks.moves(dialect) for dialect in DIALECTS})
            yield from checks.left_behind()


@dataclass(frozen=True)
class _Checks:
    sides: Sides
    move: Moving
    works: Sequence[TableWork] = ()

    @property
    def now(self) -> AsNow:
        return source_now(self.sides, self.move)

    def moves(self, dialect: Dialect) -> str:
        """Write which records move, over the deployed table."""
        text = condition_of(self.move, self.sides.desired.project.time_zone, self.sides.unmapped)[dialect]
        return self.now.as_now(text)

    def left_behind(self) -> Iterator[Tally]:
        """Yield how many of the records have something that has no place in their new object."""
        taken = {source.name for source, _ in self.move.pairs}
        for field in self.move.source.fields.values():
            if field.name in taken or not field.row.columns:
                continue
            held = " OR ".join(f"{self.now.as_now(quoted(column))} IS NOT NULL" for column in field.column_names)
            conditions = {dialect: f"({self.moves(dialect)}) AND ({held})" for dialect in DIALECTS}
            words = f"records have a value that has no place in `{self.move.target.name}`"
            yield Tally(f"{self.move.source.name}.{field.name}", "lost", words, self.now.name, conditions)

    def all(self) -> Iterator[DataCheck]:
        """Yield the counts of one move."""
        sides, move = self.sides, self.move
        renamed = dict(self.now.work.moved.renamed_values())
        values = MovedValues(move, sides.before, sides.desired, sides.moves)
        fillings = values.fillings(reading("", renamed))
        yield from self._ids()
        table = next(iter(object_tables(sides.desired, move.target)))
        by_column = {one.column: one for one in fillings}
        for one in fillings:
            if one.unfit:
                what = f"values of `{move.source.name}` do not fit: what is stored {one.what}"
                yield self._rows(one, what, one.unfit)
        for column in table.columns:
            filled = by_column.get(column.name)
            if column.required and column.field:
                blank: Both = dict.fromkeys(DIALECTS, "TRUE") if filled is None else {
                    one: f"{filled.value[one]} IS NULL" for one in DIALECTS}
                if filled is None and column.default is not None:
                    continue
                target = move.target.fields[column.field]
                yield self._rows(
                    filled or Filling(target, column.name, {}),
                    f"records of `{move.source.name}` would have no value in a field that must have one", blank)
        for check in table.checks:
            filled = by_column.get(check.column)
            if filled is not None and check.rule != "together":
                broken = {one: self._broken(check_sql(check, one), check.column, filled, one) for one in DIALECTS}
                limit = "none of: " + ", ".join(check.values) if check.rule == "one_of" else check.values[0]
                words = {"one_of": "is {}", "at_least": "is below {}", "at_most": "is above {}",
                         "length_max": "is longer than {} characters"}[check.rule].format(limit)
                yield self._rows(
                    filled, f"values of `{move.source.name}` do not fit: what is stored {words}", broken)
        for index in table.indexes:
            if index.unique:
                yield from self._repeated(table, index, by_column)

        for source, target in values.several:
            if target.options and set(source.option_names) - set(target.option_names):
                yield self._stray_options(source, target)

    def _stray_options(self, source: Field, target: Field) -> DataCheck:
        """Count the options among several that the other object's field does not have."""
        table = child_table_name(self.move.source, source)
        table = quoted(self.sides.names_now.get(table, table))
        own = quoted(self.now.name)
        sql = {}
        for dialect in DIALECTS:
            moving = f"SELECT {own}.\"id\" FROM {own} WHERE {self.moves(dialect)}"
            options = ", ".join(map(literal, target.option_names))
            rows = (
                f"SELECT record_id AS id, value FROM {table} AS several "
                f"WHERE value NOT IN ({options}) AND record_id IN ({moving})"
            )
            sql[dialect] = (
                f"SELECT count(*), CASE WHEN count(*) > 0 THEN (SELECT {_listed(dialect)} FROM ({rows} ORDER BY 1, 2 "
                f"LIMIT 5) AS few) END FROM ({rows}) AS every"
            )
        address = f"{self.move.target.name}.{target.name}"
        what = f"values of `{self.move.source.name}` do not fit: what is stored is none of: "
        return DataCheck(
            address, what + ", ".join(target.option_names), sql,
            f"add the options to `{address}`, merge them in a release before this one, or take them from the records")

    def _broken(self, rule: str, column: str, filled: Filling, dialect: Dialect) -> str:
        value = filled.value[dialect]
        broken = f"NOT ({rule.replace(quoted(column), f'({value})', 1)})"
        if not filled.unfit:
            return broken
        return f"CASE WHEN coalesce({filled.unfit[dialect]}, FALSE) THEN FALSE ELSE {broken} END"

    def _rows(self, one: Filling, what: str, condition: Mapping[Dialect, str]) -> DataCheck:
        address = f"{self.move.target.name}.{one.field.name}"
        remedy = (
            f"mend the records, say in `{address}` what becomes of such values (`convert:`), "
            f"or declare another field for them (`fields:`), or a value (`values: {{{address}: …}}`)"
        )
        shown = one.shown or dict.fromkeys(DIALECTS, "NULL")
        sql, conditions = {}, {}
        for dialect in DIALECTS:
            where = f"({self.moves(dialect)}) AND ({self.now.as_now(condition[dialect])})"
            conditions[dialect] = where
            sql[dialect] = self._query(where, shortened(self.now.as_now(shown[dialect])), dialect)
        return DataCheck(address, what, sql, remedy, self.now.name, conditions)

    def _query(self, where: str, shown: str, dialect: Dialect) -> str:
        table = quoted(self.now.name)
        few = f"SELECT {table}.\"id\" AS id, {shown} AS value FROM {table} WHERE {where} ORDER BY 1 LIMIT 5"
        return (
            f"SELECT count(*), CASE WHEN count(*) > 0 THEN (SELECT {_listed(dialect)} FROM ({few}) AS few) END "
            f"FROM {table} WHERE {where}"
        )

    def _there(self) -> AsNow | None:
        """Return the deployed table that the records go to, None where it is new."""
        name = self.move.target.name
        before = self.sides.before.objects.get(name)
        work = next((work for work in self.works if work.name == self.move.target.table), None)
        return AsNow(work, before, self.move.target, self.sides.names_now) if before and work else None

    def _ids(self) -> Iterator[DataCheck]:
        there = self._there()
        if there is not None:
            own = f"{quoted(self.now.name)}.\"id\""
            clash = f"{own} IN (SELECT there.id FROM {quoted(there.name)} AS there)"
            wheres = {one: f"({self.moves(one)}) AND {clash}" for one in DIALECTS}
            yield DataCheck(
                self.move.target.name, f"records of `{self.move.source.name}` have the id of a record that is there",
                {one: self._query(wheres[one], "NULL", one) for one in DIALECTS},
                "give one of the two another id: somebody has copied records by hand", self.now.name, wheres)

    def _repeated(self, table: Table, index: TableIndex, filled: Mapping[str, Filling]) -> Iterator[DataCheck]:
        """Yield a count of values that are to be unique and stand in several of the old and the new records."""
        columns = [column for name in index_columns(index) if (column := table.column(name))]
        if any(column.name not in filled and column.default is None for column in columns):
            return  # what comes is blank
        sql = {one: self._query_repeated(columns, filled, one) for one in DIALECTS}
        name = columns[0].field if len(columns) == 1 else index.name
        address = f"{self.move.target.name}.{name}" if len(columns) == 1 else f"index:{self.move.target.name}.{name}"
        yield DataCheck(
            address, "values stand in more than one record and are to be unique", sql,
            "merge or change the records that share a value")

    def _query_repeated(self, columns: Sequence[Column], filled: Mapping[str, Filling], dialect: Dialect) -> str:
        def coming(column: Column) -> str:
            if column.name in filled:
                return self.now.as_now(filled[column.name].value[dialect])
            return constant(column.kind, column.default or "", dialect)

        names = [f"v{number}" for number in range(len(columns))]
        values = ", ".join(f"{coming(column)} AS {name}" for column, name in zip(columns, names, strict=True))
        rows = f"SELECT {values} FROM {quoted(self.now.name)} WHERE {self.moves(dialect)}"
        there = self._there()
        if there is not None:
            own = ", ".join(there.value(column, dialect) for column in columns)
            rows += f" UNION ALL SELECT {own} FROM {quoted(there.name)}"
        every = [f"every.{name}" for name in names]
        shown = " || ' / ' || ".join(f"CAST({one} AS TEXT)" for one in every)
        inner = (
            f"SELECT {shown} AS id, count(*) || ' records' AS value FROM ({rows}) AS every "
            f"WHERE {' AND '.join(f'{one} IS NOT NULL' for one in every)} "
            f"GROUP BY {', '.join(every)} HAVING count(*) > 1"
        )
        return (
            f"SELECT count(*), CASE WHEN count(*) > 0 THEN (SELECT {_listed(dialect)} FROM ({inner} ORDER BY 1 "
            f"LIMIT 5) AS few) END FROM ({inner}) AS repeated"
        )


def with_kept(sides: Sides, now: AsNow) -> AsNow:
    """Let a table know what will be kept of records that leave, before it is there."""
    kept = {}
    for move in sides.moves:
        if move.kept is not None and not move.returns:
            kept[move.which] = _leaving(sides, move)
    return replace(now, tables={**now.tables, **kept}) if kept else now


def _leaving(sides: Sides, move: Moving) -> str:
    """Write the records that leave, as a table in brackets, over what is deployed."""
    here = source_now(sides, move)
    table = quoted(here.name)
    if move.back:
        there = sides.names_now.get(move.target.table, move.target.table)
        return f"(SELECT {table}.* FROM {table} WHERE {table}.\"id\" IN (SELECT back.id FROM {quoted(there)} AS back))"
    zone = sides.desired.project.time_zone
    conditions = condition_of(move, zone, sides.unmapped)
    where = here.as_now(conditions["sqlite"])
    return f"(SELECT {table}.* FROM {table} WHERE {where})"


def _listed(dialect: Dialect) -> str:
    if dialect == "sqlite":
        return "json_group_array(json_array(id, value))"
    return "CAST(json_agg(json_build_array(id, value)) AS text)"
