"""One field on both sides → which of its columns go, come or come back, and what fills them.

A field keeps its columns where the values still mean the same; otherwise the old columns are retired and new ones are
filled from them, so that no conversion ever overwrites the only copy of a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crmspec.plan.change import Retired
from crmspec.plan.conversion import Conversion
from crmspec.plan.convert import as_text, conversion, mapped, needs_conversion, stored_constant
from crmspec.plan.cutting import is_cut_up, stray_pieces
from crmspec.plan.lookups import following_records, is_parted, lookup_fill, retiring, table_of
from crmspec.plan.making import Making
from crmspec.plan.pointing import Target, several_records
from crmspec.plan.retire import restorable
from crmspec.plan.several import becomes_one, note_several
from crmspec.plan.sides import Sides
from crmspec.plan.work import DIALECTS, Both, FieldWork
from crmspec.schema import PERSON_TABLE, Column, field_columns
from crmspec.schema.ddl import literal, quoted
from crmspec.spec import Field, Object


def field_works(sides: Sides, before: Object, after: Object) -> Iterator[FieldWork]:
    """Yield the work of every field of an object that needs any."""
    for name, field in before.fields.items():
        columns = field_columns(field)
        if name not in after.fields and columns:
            yield retiring(sides, before, field, columns)
    for name, field in after.fields.items():
        old = before.fields.get(name)
        work = _added(sides, after, field) if old is None else _kept(sides, after, old, field)
        if work is not None:
            yield work


# --- a field that the deployed side does not have ---


def _added(sides: Sides, one: Object, field: Field) -> FieldWork | None:
    columns = field_columns(field)
    address = f"{one.name}.{field.name}"
    if not columns:
        return None
    kept = restorable(sides.retired, address, field)
    if kept:
        work = FieldWork(address, restore=dict(zip(kept.stored_as, kept.names, strict=True)), forgotten=kept)
        name = columns[0].name
        still = still_there(one, field, name)
        values = still or dict.fromkeys(DIALECTS, quoted(name))
        filled = or_default(values, field)
        if filled != values or still:
            work.fill[name] = filled
        return work
    work = FieldWork(address, add=columns)
    first = _first_value(field)
    if first:
        work.fill[columns[0].name] = first
    return work


def returned_lookups(before: Object, after: Object) -> Iterator[FieldWork]:
    """Yield the work of what an object that returns points at: people and records may be gone since."""
    for column in ("owner_id", "created_by_id", "updated_by_id"):
        yield FieldWork(after.name, fill={column: dict.fromkeys(DIALECTS, pointing(after.table, column, PERSON_TABLE))})
    for name, field in after.fields.items():
        old = before.fields.get(name)
        if old is not None and field.type == "lookup" and not needs_conversion(old, field):
            column = field.column_names[0]
            there = still_there(after, field, column)
            if there:
                yield FieldWork(f"{after.name}.{name}", fill={column: or_default(there, field)})


def still_there(one: Object, field: Field, column: str) -> Both | None:
    """Return the expression that keeps a lookup only where its record still is: nobody minded it in the meantime."""
    if field.type != "lookup" or len(field.to) != 1:
        return None
    return dict.fromkeys(DIALECTS, pointing(one.table, column, table_of(field.to[0])))


def pointing(own: str, column: str, table: str) -> str:
    """Write the value of an own column where it is the id of a row of a table, else a blank."""
    return f"(SELECT there.id FROM {quoted(table)} AS there WHERE there.id = {quoted(own)}.{quoted(column)})"


def _first_value(field: Field) -> Both | None:
    """Return what the rows that are there already get in a new field, where that is not its constant default."""
    if field.convert and field.convert.otherwise not in (None, "empty"):
        return {dialect: stored_constant(field, str(field.convert.otherwise), dialect) for dialect in DIALECTS}
    return _working_default(field) if field.required else None


def _working_default(field: Field) -> Both | None:
    """Return a default that is worked out, for rows that are there already: one moment for all of them."""
    match field.default:
        case "now()":
            return {"sqlite": "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')", "postgresql": "now()"}
        case "today()":
            return {"sqlite": "date('now')", "postgresql": "current_date"}
        case "me()":
            return dict.fromkeys(DIALECTS, f"coalesce({quoted('created_by_id')}, {quoted('owner_id')})")
    return None


def or_default(values: Both, field: Field) -> Both:
    """Let a field that must be filled take its default where a value is blank."""
    if not field.required or field.default is None:
        return values
    default = _working_default(field) or {
        dialect: stored_constant(field, field.default, dialect) for dialect in DIALECTS
    }
    return {dialect: f"coalesce({value}, {default[dialect]})" for dialect, value in values.items()}


# --- a field that both sides have ---


def _kept(sides: Sides, one: Object, before: Field, after: Field) -> FieldWork | None:
    old, new = field_columns(before), field_columns(after)
    kept = restorable(sides.retired, f"{one.name}.{after.name}", after, before)
    if before.type == after.type == "lookup" and sides.moves:
        was = sides.unmapped.objects[one.name].fields[before.name] if one.name in sides.unmapped.objects else before
        if is_parted(sides, was, before, after):
            return following_records(sides, one, was, after, kept)
    if kept and kept.kind == "field" and not (needs_conversion(before, after) or _earlier_return(kept, before, after)):
        kept = None
    if kept is None and not needs_conversion(before, after):
        return _adjusted(sides, one, before, after, old, new)
    if kept and kept.kind == "field":
        return _returned(sides, one, before, after, old, kept)
    makes = after.convert is not None and after.convert.make_missing
    known = sides.naming if makes else sides.before
    way = conversion(before, after, sides.desired.project.time_zone, known, sides.desired)
    same_columns = [(column.name, column.kind) for column in old] == [(column.name, column.kind) for column in new]
    if way and way.in_place and same_columns and not (after.convert and after.convert.map):
        return _in_place(one, before, after, way, new[0].name)
    return _replaced(sides, one, before, after, way, old, new)


def _earlier_return(kept: Retired, before: Field, after: Field) -> bool:
    """Say whether options that were merged are options again, or texts that were cut may be long again: then the
    values of that time are asked for.
    """
    if kept.became is None or not isinstance(kept.part, Field):
        return False
    became, part = (kept.became.option_names, kept.became.max_length), (kept.part.option_names, kept.part.max_length)
    now, then = (before.option_names, before.max_length), (after.option_names, after.max_length)
    return became == now and part == then and part != became


def _adjusted(
    sides: Sides, one: Object, before: Field, after: Field, old: Sequence[Column], new: Sequence[Column]
) -> FieldWork | None:
    """Keep the columns; at most a second one (since when a stage) comes or goes."""
    there, wanted = {column.name for column in old}, {column.name for column in new}
    gone = [column for column in old if column.name not in wanted]
    work = retiring(sides, one, before, gone) if gone else FieldWork(f"{one.name}.{after.name}")
    work.add = tuple(column for column in new if column.name not in there)
    for column in work.add:
        if after.pipeline and column.kind == "datetime":
            work.fill[column.name] = dict.fromkeys(DIALECTS, quoted("updated_at"))
    if new and not before.required:
        _fill_blanks(work, after, new[0].name)
    return work if gone or work.add or work.fill else None


def _fill_blanks(work: FieldWork, after: Field, column: str) -> None:
    values = dict.fromkeys(DIALECTS, quoted(column))
    filled = or_default(values, after)
    if filled != values:
        work.fill[column] = filled


def _in_place(one: Object, before: Field, after: Field, way: Conversion, column: str) -> FieldWork:
    work = FieldWork(f"{one.name}.{after.name}")
    values = {dialect: way.expression(quoted(column), dialect) for dialect in DIALECTS}
    values = values if before.required else or_default(values, after)
    if values != dict.fromkeys(DIALECTS, quoted(column)):
        work.fill[column] = values
    _note_source(work, before, quoted(column))
    _note_unfit(work, way, quoted(column))
    return work


def _note_source(work: FieldWork, before: Field, column: str) -> None:
    """Remember how an old value is written, so that those that do not fit can be shown."""
    written = as_text(before)
    work.source = {dialect: written(column, dialect) for dialect in DIALECTS} if written else None


def _note_unfit(work: FieldWork, way: Conversion, column: str, unchanged: Both | None = None) -> None:
    """Remember which values cannot be converted; those that are not converted at all need not."""
    work.looks_up = way.looks_up(column) if way.looks_up else None
    work.named_by = (way.bearer, column) if way.bearer else None
    if way.unfit:
        work.unfit = {dialect: way.unfit(column, dialect) for dialect in DIALECTS}
        if unchanged:
            work.unfit = {dialect: f"NOT ({unchanged[dialect]}) AND ({unfit})" for dialect, unfit in work.unfit.items()}
        work.unfit_words = way.what


def _replaced(
    sides: Sides,
    one: Object,
    before: Field,
    after: Field,
    way: Conversion | None,
    old: Sequence[Column],
    new: Sequence[Column],
) -> FieldWork | None:
    """Set the old columns aside, and fill the new ones from them as far as there is a way."""
    work = retiring(sides, one, before, old, became=after) if old else FieldWork(f"{one.name}.{after.name}")
    work.add = tuple(new)
    if before.type == after.type == "lookup":
        work.fill.update(lookup_fill(before, after, work))
    elif new and old and way:
        source = quoted(work.retire[old[0].name])
        work.fill[new[0].name] = or_default({dialect: way.expression(source, dialect) for dialect in DIALECTS}, after)
        _note_source(work, before, source)
        _note_unfit(work, way, source)
        if after.type == "lookup" and after.convert and after.convert.make_missing:
            _note_made(sides, one, after, work, source)
    elif after.type == "multi_picklist" and before.type == "picklist":
        _note_source(work, before, quoted(work.retire[old[0].name]))
        _note_lost_options(work, before, after, old[0].name)
    elif is_cut_up(before, after):
        source = quoted(work.retire[old[0].name])
        _note_source(work, before, source)
        if after.convert and after.convert.otherwise is None:
            work.unfit, work.unfit_words = stray_pieces(source, after), "has a piece that is no option"
    elif new and before.row.child and becomes_one(before, after):
        note_several(sides, one, before, after, work)
        column = new[0].name
        work.fill[column] = or_default(work.fill[column], after)
    elif new:
        first = _first_value(after)
        if first:
            work.fill[new[0].name] = first
    return work if work.retire or work.add else None


def _note_made(sides: Sides, one: Object, after: Field, work: FieldWork, source: str) -> None:
    """Remember which records have to be made before they can be found."""
    assert after.convert is not None
    target = sides.desired.objects[after.to[0]]
    by = target.fields[after.convert.by or target.title_field]
    name = mapped(source, after.convert.map)
    known = Target(target.table, by.base_column)
    is_new = target.name not in sides.before.objects  # then nothing is there yet that could bear a name twice
    work.makes = Making(
        table=target.table,
        column=by.base_column,
        field=by.name,
        is_searched=by.row.searchable and (by.search or by.name == target.title_field),
        own=one.table,
        name=name,
        seed=f"{sides.revision} {work.address} ",
        several={} if is_new else {dialect: several_records(known, name, dialect) for dialect in DIALECTS},
    )


def _note_lost_options(work: FieldWork, before: Field, after: Field, column: str) -> None:
    """Remember which options have no place among the several ones."""
    known = {*after.option_names, *(after.convert.map if after.convert else ())}
    gone = [literal(name) for name in before.option_names if name not in known]
    if gone:
        work.unfit = dict.fromkeys(DIALECTS, f"{quoted(work.retire[column])} IN ({', '.join(gone)})")
        work.unfit_words = "is no option any more"


def _returned(
    sides: Sides, one: Object, before: Field, after: Field, old: Sequence[Column], kept: Retired
) -> FieldWork:
    """Bring the values of an earlier type back, and convert those that were changed since.

    Undoing the very revision that converted them, the newer column goes: all of it is in the older one then.
    """
    zone = sides.desired.project.time_zone
    back = conversion(before, after, zone, sides.before, sides.desired)
    forth = conversion(after, kept.became or before, zone, sides.before, sides.desired)
    work = retiring(sides, one, before, old, became=after) if old else FieldWork(f"{one.name}.{after.name}")
    if set(work.retire.values()) & set(kept.stored_as):
        work = retiring(sides, one, before, old, became=after, prefix="undone_")
        if back:
            work.remembered, work.drop = None, tuple(work.retire.values())
    work.restore, work.forgotten = dict(zip(kept.stored_as, kept.names, strict=True)), kept
    if kept.names:
        name = kept.names[0]
        values = dict.fromkeys(DIALECTS, quoted(name))
        if back and old:
            newer = quoted(work.retire[old[0].name])
            same = _unchanged(quoted(name), newer, forth, kept.became or before)
            values = {
                dialect: f"CASE WHEN {same[dialect]} THEN {quoted(name)} ELSE {back.expression(newer, dialect)} END"
                for dialect in DIALECTS
            }
            _note_source(work, before, newer)
            _note_unfit(work, back, newer, same)
        filled = or_default(still_there(one, after, name) or values, after)
        if filled != dict.fromkeys(DIALECTS, quoted(name)):
            work.fill[name] = filled
    return work


def _unchanged(older: str, newer: str, forth: Conversion | None, became: Field) -> Both:
    """Write whether an older value is still the one that the newer came from."""
    if forth is None:
        return dict.fromkeys(DIALECTS, f"{older} IS NOT NULL")
    same: Both = {"sqlite": "IS", "postgresql": "IS NOT DISTINCT FROM"}
    values = or_default({dialect: forth.expression(older, dialect) for dialect in DIALECTS}, became)
    found: Both = {}
    for dialect in DIALECTS:
        fits = f"NOT coalesce({forth.unfit(older, dialect)}, FALSE)" if forth.unfit else "TRUE"
        found[dialect] = f"CASE WHEN {fits} THEN ({values[dialect]}) {same[dialect]} {newer} ELSE FALSE END"
    return found
