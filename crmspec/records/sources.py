"""Paths become columns: one table in FROM, joined to others as paths go through lookups.

Every join is a LEFT JOIN by a unique id, so no row is lost and none is doubled; it carries the rule of the object it
leads to, so that what a person may not see is blank to them, in a formula as in a column, a filter or a total.
Rollups are sub-selects of their own, under the same rule.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from crmspec.access import passed
from crmspec.formula import Kind, Type, to_sql
from crmspec.records.paths import Seen, look, rollup_type
from crmspec.records.reading import Reading
from crmspec.records.wording import Column, by_bytes, day_part, full_name, is_true, total_of
from crmspec.schema import child_table_name
from crmspec.spec import FIELD_TYPES, Field, Object
from crmspec.spec.scope import PERSON


class NoSuchPath(LookupError):
    """A path leads nowhere."""


class Source:
    """One object's table in a FROM clause. The first is the root and keeps the joins of all."""

    def __init__(self, reading: Reading, object_name: str, table: sa.FromClause, root: Source | None = None) -> None:
        self.reading, self.object_name, self.table = reading, object_name, table
        self.root = root or self
        self.joins: list[tuple[sa.FromClause, Column]] = []
        self._beyond: dict[tuple[str, str], Source] = {}
        self._known: dict[tuple[str, ...], Column] = {}

    @property
    def from_clause(self) -> sa.FromClause:
        """The table with everything that was joined to it so far: ask for it after the columns."""
        return self.joined_to(self.root.table)

    def joined_to(self, start: sa.FromClause) -> sa.FromClause:
        """Join what paths asked for to something that has the table in it."""
        for table, condition in self.root.joins:
            start = start.outerjoin(table, condition)
        return start

    def column(self, path: tuple[str, ...]) -> Column:
        """Return what a path holds, as formulas and conditions see it: numbers scaled, lookups as ids."""
        if path not in self._known:
            self._known[path] = self._column(path)
        return self._known[path]

    def _column(self, path: tuple[str, ...]) -> Column:
        seen = look(self.reading.spec, self.object_name, path)
        if seen is None:
            raise NoSuchPath(".".join(path))
        if self.object_name == PERSON:
            return self._of_person(path[0])
        if len(path) == 1:
            return self._own(path[0], seen)
        here = look(self.reading.spec, self.object_name, path[:1])
        assert here is not None
        if here.kind == "reference":
            return self._through(path[0], here, path[1:])
        return self._part(path, here, seen)

    def _own(self, name: str, seen: Seen) -> Column:
        field = seen.field
        if field is None:
            return self.table.c[f"{name}_id" if seen.kind == "reference" else name]
        match seen.part or field.type:
            case "days":
                text = f"days_between({field.name}_since, now())"
                return self.formula(text, "number")
            case "since":
                return self.table.c[f"{field.base_column}_since"]
            case "formula":
                result = FIELD_TYPES[field.result].formula
                return self.formula(field.formula, result, field.decimals if result == "number" else None)  # type: ignore[arg-type]
            case "rollup":
                return self._rollup(field)
            case "multi_picklist":
                return self._options_of(field)
            case "lookup" | "file" | "image":
                return self.table.c[f"{field.base_column}_id"]
            case "person_name":
                return full_name(self.table, field)
            case "many_to_many" | "address" | "geolocation":
                raise NoSuchPath(name)
        return self.table.c[field.base_column]

    def formula(self, text: str, expects: Kind | None = None, scale: int | None = None) -> Column:
        """Return a formula of this object as a column."""
        expression = self.reading.formula(self.object_name, text, expects, scale)
        return to_sql(expression, self._for_formula, dialect=self.reading.dialect, context=self.reading.context)

    def _for_formula(self, path: tuple[str, ...], _type: Type) -> Column:
        return self.column(path)

    def beyond(self, name: str, target: str) -> Source:
        """Return the source behind a lookup, joined once."""
        key = (name, target)
        if key not in self._beyond:
            field = self.reading.object(self.object_name).fields.get(name)
            column = self.table.c[f"{field.base_column if field else name}_id"]
            table = self.reading.object_table(target).alias()
            conditions = [table.c.id == column]
            if field is not None and len(field.to) > 1:
                conditions.append(self.table.c[f"{field.base_column}_object"] == target)
            rule = self.reading.rule("read", target, table)
            if rule is not None:
                conditions.append(rule)
            self.root.joins.append((table, sa.and_(*conditions)))
            self._beyond[key] = Source(self.reading, target, table, self.root)
        return self._beyond[key]

    def _through(self, name: str, here: Seen, rest: tuple[str, ...]) -> Column:
        ends = [self.beyond(name, target)._found(rest) for target in here.to]
        return ends[0] if len(ends) == 1 else sa.func.coalesce(*ends)

    def _found(self, path: tuple[str, ...]) -> Column:
        """Return a path of a record that may not be there: what is worked out from nothing is blank, not 0 or ''."""
        column = self.column(path)
        seen = look(self.reading.spec, self.object_name, path)
        computed = (
            len(path) == 1 and seen is not None and seen.field is not None and seen.field.row.control == "computed"
        )
        if not computed:
            return column
        return sa.case((self.table.c.id.is_not(None), column), else_=sa.cast(sa.null(), column.type))

    def title(self) -> Column:
        """Return the title of this source's record, as text; blank for whoever may not read the field it is made of."""
        if self.object_name == PERSON:
            return self.table.c.name
        one = self.reading.object(self.object_name)
        if one.title_field and not self.reading.reads(self.object_name, one.title_field):
            return sa.cast(sa.null(), sa.Text)
        seen = look(self.reading.spec, self.object_name, (one.title_field,)) if one.title_field else None
        if seen is None or seen.kind == "reference":
            return sa.cast(self.table.c.id, sa.Text)
        column = self.column((one.title_field,))
        return column if seen.kind in ("text", "choice") or seen.type == "person_name" else sa.cast(column, sa.Text)

    def title_of(self, name: str, to: tuple[str, ...]) -> Column:
        """Return the title of the record that a lookup points at; blank where it may not be seen."""
        titles = [self.beyond(name, target).title() for target in to]
        return titles[0] if len(titles) == 1 else sa.func.coalesce(*titles)

    def found_behind(self, name: str, to: tuple[str, ...]) -> Column:
        """Return the id of the record that a lookup points at; blank where it may not be seen."""
        ids = [self.beyond(name, target).table.c.id for target in to]
        return ids[0] if len(ids) == 1 else sa.func.coalesce(*ids)

    def _of_person(self, name: str) -> Column:
        if name not in ("department", "position"):
            return self.table.c[name]
        chairs = self.reading.table("crmspec_person_position").alias()
        value: Column = chairs.c.position
        if name == "department":
            positions = self.reading.spec.organization.positions
            known = {chair: position.department for chair, position in positions.items() if position.department}
            value = sa.case(known, value=chairs.c.position) if known else sa.null()
        mine = (chairs.c.person_id == self.table.c.id, ~chairs.c.former)
        found = sa.select(sa.func.min(value)).select_from(chairs).where(*mine)
        return found.correlate_except(chairs).scalar_subquery()

    def _options_of(self, field: Field) -> Column:
        name = child_table_name(self.reading.object(self.object_name), field)
        child = passed(self.reading.table(name).alias(), "picked")
        found = sa.select(child.c.value).select_from(child).where(child.c.record_id == self.table.c.id)
        return found.correlate_except(child).scalar_subquery()

    def _part(self, path: tuple[str, ...], here: Seen, seen: Seen) -> Column:
        """Parts of a stage, of a day, of an address."""
        assert seen.part
        if here.type in ("date", "datetime"):
            zone = self.reading.context.zone if here.kind == "datetime" else ""
            return day_part(self.column(path[:1]), seen.part, zone)
        assert seen.field is not None
        if seen.field.pipeline:
            return self._of_stage(seen.field, seen.part)
        return self.table.c[f"{seen.field.base_column}_{seen.part}"]

    def _of_stage(self, field: Field, part: str) -> Column:
        stages = self.reading.spec.pipelines[field.pipeline].stages
        if part == "label":
            labels = {name: stage.label.get(self.reading.language) or name for name, stage in stages.items()}
            return sa.case(labels, value=self.table.c[field.base_column])
        values = {name: getattr(stage, part) for name, stage in stages.items()}
        known = {name: value for name, value in values.items() if value is not None}
        type_: Any = sa.Text() if part == "type" else sa.BigInteger()
        if not known:
            return sa.cast(sa.null(), type_)
        return sa.cast(sa.case(known, value=self.table.c[field.base_column]), type_)

    def _rollup(self, field: Field) -> Column:
        child_name, _, path = field.of.partition(".")
        child = self.reading.object(child_name)
        via = _via(child, field, self.object_name)
        source = Source(self.reading, child_name, self.reading.object_table(child_name).alias())
        conditions: list[Column] = [source.table.c[f"{via.base_column}_id"] == self.table.c.id]
        if len(via.to) > 1:
            conditions.append(source.table.c[f"{via.base_column}_object"] == self.object_name)
        rule = self.reading.rule("read", child_name, source.table)
        if rule is not None:
            conditions.append(rule)
        if field.filter:
            conditions.append(is_true(source.formula(field.filter, "boolean")))
        value = source.column((path,)) if path else source.table.c.id
        scale = rollup_type(self.reading.spec, field)[1]
        of = look(self.reading.spec, child_name, (path,)) if path else None
        total = total_of(field.function or "count", value, scale - (of.scale if of else 0))
        inner = [source.table, *(table for table, _ in source.joins)]
        found = sa.select(total).select_from(source.from_clause).where(*conditions)
        return found.correlate_except(*inner).scalar_subquery()


def _via(child: Object, field: Field, object_name: str) -> Field:
    """Return the lookup of the child that a rollup follows: the named one, else the first that points here."""
    if field.via:
        return child.fields[field.via]
    return next(one for one in child.fields.values() if one.type == "lookup" and object_name in one.to)


__all__ = ["Column", "NoSuchPath", "Source", "by_bytes"]
