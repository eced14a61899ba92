"""A lookup on both sides → what goes on pointing at its record: another set of targets, or records that move."""

from __future__ import annotations

from collections.abc import Sequence

from crmspec.plan.change import Retired
from crmspec.plan.convert import needs_conversion
from crmspec.plan.moving_values import all_go, follow, is_moved
from crmspec.plan.retire import stored_name
from crmspec.plan.sides import Sides
from crmspec.plan.work import DIALECTS, Both, FieldWork
from crmspec.schema import PERSON_TABLE, Column, field_columns
from crmspec.schema.ddl import literal, quoted
from crmspec.spec import Field, Object


def retiring(
    sides: Sides, one: Object, field: Field, columns: Sequence[Column], became: Field | None = None, prefix: str = ""
) -> FieldWork:
    """Return the work of putting a field's columns out of sight."""
    address = f"{one.name}.{field.name}"
    names = tuple(column.name for column in columns)
    kept = None if prefix else sides.kept_before(address, names, became)
    stored_as = kept.stored_as if kept else tuple(stored_name(sides.revision, prefix + name) for name in names)
    remembered = Retired(
        address=address,
        kind="field",
        table=one.table,
        names=names,
        stored_as=stored_as,
        revision=kept.revision if kept else sides.revision,
        part=field,
        became=became,
    )
    return FieldWork(address, retire=dict(zip(names, stored_as, strict=True)), remembered=remembered)


def is_parted(sides: Sides, was: Field, before: Field, after: Field) -> bool:
    """Say whether some of the records that a lookup points at go elsewhere, or all of them and its columns change."""
    moves = [move for move in sides.moves if move.source.name in was.to]
    return any(not all_go(move) for move in moves) or (bool(moves) and needs_conversion(before, after))


def following_records(sides: Sides, one: Object, was: Field, after: Field, kept: Retired | None) -> FieldWork:
    """Let a lookup follow records that move; what it can point at no more is refused, or kept out of sight."""
    old, new = field_columns(was), field_columns(after)
    back = all(move.back for move in sides.moves)
    stay = [move for move in sides.moves if move.source.name in was.to and move.source.name in after.to]
    if len(was.to) > 1 and len(after.to) > 1 and stay:
        found = follow(was, after, sides.moves, quoted)
        work = FieldWork(f"{one.name}.{after.name}", fill={found[1].column: found[1].value}, late=True)
    elif len(was.to) == len(after.to) == 1 and stay:
        found = follow(was, after, sides.moves, quoted)
        work = FieldWork(f"{one.name}.{after.name}")
    else:
        work = retiring(sides, one, was, old, became=after)
        if kept and kept.kind == "field":
            if set(work.retire.values()) & set(kept.stored_as):
                work = retiring(sides, one, was, old, became=after, prefix="undone_")
            work.restore, work.forgotten = dict(zip(kept.stored_as, kept.names, strict=True)), kept
        else:
            work.add = tuple(new)
        stored = work.retire
        found = follow(was, after, sides.moves, lambda name: quoted(stored.get(name, name)), strays=back)
        work.fill, work.late = {filled.column: filled.value for filled in found}, True
    if found[0].unfit:
        goes = [f" AND NOT {is_moved(move, quoted('id'))}" for move in sides.moves if move.source.name == one.name]
        work.unfit = {dialect: f"({text}){''.join(goes)}" for dialect, text in found[0].unfit.items()}
        work.unfit_words, work.source = found[0].what, found[0].shown
    return work


def lookup_fill(before: Field, after: Field, work: FieldWork) -> dict[str, Both]:
    """Fill a lookup from one with other targets: what points at an object that stays a target goes on doing so."""
    base = after.base_column
    source = quoted(work.retire[f"{before.base_column}_id"])
    shared = [target for target in after.to if target in before.to]
    if not shared:
        return {}
    if len(before.to) > 1:
        which = quoted(work.retire[f"{before.base_column}_object"])
        there = f"{which} IN ({', '.join(map(literal, shared))})"
    else:
        which, there = literal(before.to[0]), f"{source} IS NOT NULL"
    found = {f"{base}_id": dict.fromkeys(DIALECTS, f"CASE WHEN {there} THEN {source} END")}
    if len(after.to) > 1:
        found[f"{base}_object"] = dict.fromkeys(DIALECTS, f"CASE WHEN {there} THEN {which} END")
    elif len(before.to) > 1:
        # Nobody has minded so far whether the record was there: a lookup to several objects has no foreign key.
        target = quoted(table_of(shared[0]))
        lost = f"{there} AND NOT EXISTS (SELECT 1 FROM {target} AS there WHERE there.id = {source})"
        work.source = dict.fromkeys(DIALECTS, f"CAST({source} AS TEXT)")
        if after.convert and after.convert.otherwise == "empty":
            found[f"{base}_id"] = dict.fromkeys(DIALECTS, f"CASE WHEN {there} AND NOT ({lost}) THEN {source} END")
        else:
            work.unfit, work.unfit_words = dict.fromkeys(DIALECTS, lost), "points at a record that is not there"
    return found


def table_of(target: str) -> str:
    """Return the table that the records of a lookup's target are in."""
    return PERSON_TABLE if target == "person" else target
