"""What the records that move hold in their new object: an expression over where they come from, for each database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from crmspec.diagnostics import Diagnostic, Refused
from crmspec.formula import check
from crmspec.plan.conversion import Conversion
from crmspec.plan.convert import as_text, conversion, needs_conversion, stored_constant
from crmspec.plan.moving import Moving
from crmspec.plan.work import DIALECTS, Both
from crmspec.schema import child_table_name, field_columns
from crmspec.schema.ddl import literal, quoted
from crmspec.spec import Field, Spec
from crmspec.spec.scope import ObjectScope

SYSTEM = ("id", "owner_id", "created_at", "created_by_id", "updated_at", "updated_by_id", "version")
Reading = Callable[[str], str]  # a column of the source → how it is written where it is read
_Way = tuple[Field, Field, Conversion | None]


@dataclass(frozen=True)
class Filling:
    """One column of the new object's table: its value, which old values have no place in it, and how they are shown."""

    field: Field
    column: str
    value: Both
    unfit: Both | None = None
    what: str = ""
    shown: Both | None = None


@dataclass(frozen=True)
class MovedValues:
    """The values of one move. `moves` are all of the plan: a lookup follows the record that it points at."""

    move: Moving
    before: Spec
    desired: Spec
    moves: Sequence[Moving]

    def fillings(self, read: Reading) -> list[Filling]:
        """Return every column that gets a value, system columns apart."""
        found: list[Filling] = []
        for source, target in self.move.pairs:
            if not target.row.child:
                found += self._of_pair(source, target, read)
        said = {one.column for one in found}
        for target in self.move.target.fields.values():
            value = self._said(target)
            for column in field_columns(target):
                if column.name in said and target.name not in self.move.values:
                    continue
                found = [one for one in found if one.column != column.name]
                if column.name == target.column_names[0] and value is not None:
                    found.append(Filling(target, column.name, value))
                elif column.name.endswith("_since") and target.pipeline:
                    found.append(Filling(target, column.name, dict.fromkeys(DIALECTS, read("updated_at"))))
        return found

    def _said(self, target: Field) -> Both | None:
        """Return what the declaration, or the field's default, says of records that bring no value."""
        said = self.move.values.get(target.name, None if self.move.back else target.default)
        if said is None or said in ("today()", "now()", "me()") or not target.row.columns:
            if said == "me()":
                return dict.fromkeys(DIALECTS, quoted("owner_id"))
            now: Both = {"sqlite": "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')", "postgresql": "now()"}
            today: Both = {"sqlite": "date('now')", "postgresql": "current_date"}
            return {"now()": now, "today()": today}.get(said or "")
        return {dialect: stored_constant(target, said, dialect) for dialect in DIALECTS}

    def _of_pair(self, source: Field, target: Field, read: Reading) -> list[Filling]:
        if source.type == target.type == "lookup":
            return follow(source, target, self.moves, read)
        way = self.way(source, target)
        names, places = [column.name for column in field_columns(source)], [one.name for one in field_columns(target)]
        written = as_text(source)
        shown = {one: written(read(names[0]), one) for one in DIALECTS} if written else None
        if way is None:
            plain = {place: dict.fromkeys(DIALECTS, read(name)) for name, place in zip(names, places, strict=False)}
            return [
                Filling(target, place, self._or_default(target, place, value), shown=shown)
                for place, value in plain.items()
            ]
        value = {dialect: way.expression(read(names[0]), dialect) for dialect in DIALECTS}
        unfit = {dialect: way.unfit(read(names[0]), dialect) for dialect in DIALECTS} if way.unfit else None
        return [Filling(target, places[0], self._or_default(target, places[0], value), unfit, way.what, shown)]

    def way(self, source: Field, target: Field) -> Conversion | None:
        """Return how one field's values become another's; None where they stay as they are."""
        if not needs_conversion(source, target):
            return None
        return conversion(source, target, self.desired.project.time_zone, self.before, self.desired)

    def _or_default(self, target: Field, column: str, value: Both) -> Both:
        if not target.required or column != target.column_names[0]:
            return value
        default = self._said(target)
        return {one: f"coalesce({value[one]}, {default[one]})" for one in DIALECTS} if default else value

    @cached_property
    def several(self) -> list[tuple[Field, Field]]:
        """The pairs of fields that hold several values, in tables of their own."""
        return [(source, target) for source, target in self.move.pairs if target.row.child]


def follow(
    source: Field, target: Field, moves: Sequence[Moving], read: Reading, *, strays: bool = False
) -> list[Filling]:
    """Let a lookup point at its record wherever that goes. With `strays` what has no place is blank, and not refused.

    `source` is the lookup as it was, its targets by the names of what is deployed.
    """
    ids, which = read(f"{source.base_column}_id"), read(f"{source.base_column}_object")
    ways: list[tuple[str, str]] = []  # condition, object
    for name in source.to:
        here = f"{which} = {literal(name)}" if len(source.to) > 1 else f"{ids} IS NOT NULL"
        for move in moves:
            if move.source.name == name and move.target.name in target.to:
                ways.append((here if all_go(move) else f"{here} AND {is_moved(move, ids)}", move.target.name))
        leaving = [move for move in moves if move.source.name == name]
        if name in target.to and not any(map(all_go, leaving)):
            stays = "".join(f" AND NOT {is_moved(move, ids)}" for move in leaving)
            ways.append((f"{here}{stays}", name))
    anywhere = " OR ".join(f"({condition})" for condition, _ in ways) or "FALSE"
    value = f"CASE WHEN {anywhere} THEN {ids} END"
    unfit = None if strays else dict.fromkeys(DIALECTS, f"{ids} IS NOT NULL AND NOT coalesce(({anywhere}), FALSE)")
    base = target.base_column
    what = "points at a record that this lookup cannot point at from then on"
    shown = dict.fromkeys(DIALECTS, f"CAST({ids} AS TEXT)")
    found = [Filling(target, f"{base}_id", dict.fromkeys(DIALECTS, value), unfit, what, shown)]
    if len(target.to) > 1:
        cases = " ".join(f"WHEN {condition} THEN {literal(name)}" for condition, name in ways)
        found.append(Filling(target, f"{base}_object", dict.fromkeys(DIALECTS, f"CASE {cases} END")))
    return found


def all_go(move: Moving) -> bool:
    """Say whether every record of the source is moved."""
    return move.whole and not move.back


def is_moved(move: Moving, ids: str) -> str:
    """Write whether an id is that of a record which moves."""
    return f"{ids} IN (SELECT there.id FROM {quoted(move.which)} AS there)"


def condition_of(move: Moving, zone: str, spec: Spec) -> Both:
    """Write which records of the source move, over its own table, with the names once work has begun."""
    if not move.where:
        return dict.fromkeys(DIALECTS, "TRUE")
    tree = check(move.where, ObjectScope(spec, move.source.name), expects="boolean").expression
    if tree is None:
        raise Refused(
            Diagnostic(
                "CRM405",
                f"which records of `{move.source.name}` become `{move.target.name}` cannot be said of what is deployed",
                why=f"`{move.where}` names what the deployed release does not have",
                help="add the field in a release before this one, and fill it there",
            )
        )
    from crmspec.formula.text import to_text

    def column(path: tuple[str, ...]) -> str:
        field = move.source.fields.get(path[0])
        if field is not None and field.row.child:
            several = quoted(child_table_name(move.source, field))
            return f"(SELECT several.value FROM {several} AS several WHERE several.record_id = {own}.{quoted('id')})"
        name = path[0] if field is None else "_".join((field.base_column, *path[1:]))
        name = f"{name}_id" if path[0] in ("owner", "created_by", "updated_by") or _is_lookup(field) else name
        return f"{own}.{quoted(name)}"

    own = quoted(move.source.table)
    return {dialect: f"coalesce({to_text(tree, column, dialect=dialect, zone=zone)}, FALSE)" for dialect in DIALECTS}


def _is_lookup(field: Field | None) -> bool:
    return field is not None and field.row.columns[:1] == (("_id", "id"),)


def reading(alias: str, renamed: Mapping[str, Mapping[str, str]]) -> Reading:
    """Return how a column is read from a table, with the names that options have from now on."""

    def one(name: str) -> str:
        place = f"{quoted(alias)}.{quoted(name)}" if alias else quoted(name)
        names = renamed.get(name)
        if not names:
            return place
        cases = " ".join(f"WHEN {literal(old)} THEN {literal(new)}" for old, new in names.items())
        return f"(CASE {place} {cases} ELSE {place} END)"

    return one

