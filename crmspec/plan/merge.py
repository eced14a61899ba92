"""Several fields become one: the target is filled from them, and they go out of sight with what they held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from crmspec.plan.conversion import Conversion
from crmspec.plan.convert import as_text, conversion
from crmspec.plan.field_work import or_default
from crmspec.plan.sides import Sides
from crmspec.plan.work import DIALECTS, Both, FieldWork
from crmspec.schema import Dialect
from crmspec.schema.ddl import quoted
from crmspec.spec import Convert, Field, Merge, Object, Spec


def option_merges(before: Spec, desired: Spec) -> dict[tuple[str, str], dict[str, str]]:
    """Return, for every field with options that are merged and still there, old value → new value."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for merge in desired.merges:
        object_name, field_name, target = (*merge.target.split(".", 2), "", "")[:3]
        old, new = before.field(f"{object_name}.{field_name}"), desired.field(f"{object_name}.{field_name}")
        if not target or old is None or new is None or target not in new.option_names:
            continue
        sources = [source.split(".", 2)[2] for source in merge.sources if source.count(".") >= 2]
        gone = {name: target for name in sources if name in old.option_names and name not in new.option_names}
        if gone:
            found.setdefault((object_name, field_name), {}).update(gone)
    return found


def with_option_merges(before: Spec, desired: Spec) -> Spec:
    """Say merges of options as what they are for the data: a map of values, in the `convert` of their picklist."""
    merges = option_merges(before, desired)
    if not merges:
        return desired
    objects = dict(desired.objects)
    for (object_name, field_name), names in merges.items():
        one = objects[object_name]
        field = one.fields[field_name]
        convert = field.convert or Convert()
        merged = replace(field, convert=replace(convert, map={**names, **convert.map}))
        objects[object_name] = replace(one, fields={**one.fields, field_name: merged})
    return replace(desired, objects=objects)


def merge_fills(sides: Sides, before: Object, after: Object, works: Sequence[FieldWork]) -> list[FieldWork]:
    """Return the work of every target field of the merges that concern an object and were not passed yet.

    `works` is what happens to the fields by themselves: the sources are out of sight by the time they are read.
    """
    retired = {column: stored for work in works for column, stored in work.retire.items()}
    return list(_merge_fills(sides, before, after, retired))


def _merge_fills(sides: Sides, before: Object, after: Object, retired: Mapping[str, str]) -> Iterator[FieldWork]:
    for merge in sides.desired.merges:
        object_name, _, name = merge.target.partition(".")
        target = after.fields.get(name) if object_name == after.name else None
        sources = [
            field
            for field in (before.fields.get(source.partition(".")[2]) for source in merge.sources)
            if field is not None and (field.name not in after.fields or field.name == name)
        ]
        if target is not None and target.row.columns and [one for one in sources if one.name != name]:
            fields = _in_turn(merge, before.fields.get(name), sources)
            fill = _merged(sides, merge, fields, target, retired)
            if fill:
                column = f"{target.base_column}{target.row.columns[0][0]}"
                work = FieldWork(merge.target, fill={column: or_default(fill, target)})
                _note_unfit(sides, fields, target, retired, work)
                yield work


def _note_unfit(
    sides: Sides, fields: Sequence[Field], target: Field, retired: Mapping[str, str], work: FieldWork
) -> None:
    """Remember which values of any of the fields have no place in the one, and how all of them are written."""
    unfit: dict[Dialect, list[str]] = {dialect: [] for dialect in DIALECTS}
    shown: dict[Dialect, list[str]] = {dialect: [] for dialect in DIALECTS}
    for field in fields:
        way, written = _way(sides, field, target), as_text(field)
        if way is None or not field.row.columns:
            continue
        place = _place(field, retired)
        for dialect in DIALECTS:
            if way.unfit:
                unfit[dialect].append(f"coalesce({way.unfit(place, dialect)}, FALSE)")
            shown[dialect].append(f"coalesce({written(place, dialect)}, '')" if written else "''")
        work.unfit_words = way.what or work.unfit_words
    if unfit["sqlite"]:
        work.unfit = {dialect: " OR ".join(conditions) for dialect, conditions in unfit.items()}
        work.source = {dialect: " || ' / ' || ".join(texts) for dialect, texts in shown.items()}


def _in_turn(merge: Merge, own: Field | None, sources: list[Field]) -> list[Field]:
    """Return the fields in the order they count: the target's own value, where it had one before, is the first."""
    fields = sources if own is None or own in sources else [own, *sources]
    return list(reversed(fields)) if merge.keep == "last_not_empty" else fields


def _merged(sides: Sides, merge: Merge, fields: list[Field], target: Field, retired: Mapping[str, str]) -> Both | None:
    found: Both = {}
    for dialect in DIALECTS:
        values = [value for field in fields if (value := _value(sides, field, target, retired, dialect))]
        if not values:
            return None
        found[dialect] = (
            _joined(values)
            if merge.keep == "join"
            else (f"coalesce({', '.join(values)})" if len(values) > 1 else values[0])
        )
    return found


def _value(sides: Sides, field: Field, target: Field, retired: Mapping[str, str], dialect: Dialect) -> str | None:
    way = _way(sides, field, target)
    if way is None or not field.row.columns:
        return None
    value = way.expression(_place(field, retired), dialect)
    return f"nullif({value}, '')" if target.row.columns[0][1] == "text" else value


def _way(sides: Sides, field: Field, target: Field) -> Conversion | None:
    return conversion(field, target, sides.desired.project.time_zone, sides.before, sides.desired)


def _place(field: Field, retired: Mapping[str, str]) -> str:
    """Write the column of a field, as it is called once work has begun."""
    column = f"{field.base_column}{field.row.columns[0][0]}"
    return quoted(retired.get(column, column))


def _joined(values: list[str]) -> str:
    """Join texts by line feeds, without one at an end or in the middle where a text is blank."""
    parts = " || ".join(f"coalesce({value} || chr10, '')" for value in values)
    return f"nullif(rtrim({parts}, chr10), '')".replace("chr10", "'\n'")
