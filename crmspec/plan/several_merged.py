"""Options of several values that become one: what each record held is kept, and the way back gives it both again.

The table of values takes each of them once, so a record that held two merged options holds one from then on. Which it
were stands in a table out of sight (address `contact.tags.*`) until the options are options again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crmspec.plan.change import Retired, Step
from crmspec.plan.retire import forget, newest, remember, stored_name
from crmspec.plan.sides import Sides
from crmspec.plan.step import alike, step
from crmspec.plan.work import DIALECTS
from crmspec.schema import Table, child_table, child_table_name
from crmspec.schema.ddl import create_table_sql, literal, quoted
from crmspec.spec import Field, Object


@dataclass(frozen=True, slots=True)
class MergedOptions:
    """One field of several values, what its records held, and old option → new one. `back`: they are options again."""

    one: Object
    field: Field
    kept: Retired
    names: Mapping[str, str]
    back: bool = False


def merged_options(sides: Sides) -> tuple[MergedOptions, ...]:
    """Return every field of several values whose options are merged, or parted again."""
    return tuple(_found(sides))


def _found(sides: Sides) -> Iterator[MergedOptions]:
    for name in sides.changing:
        one, earlier = sides.desired.objects[name], sides.earlier(name)
        for field in one.fields.values():
            before = earlier.fields.get(field.name)
            if before is None or not (before.row.child == field.row.child == "values"):
                continue
            address = f"{name}.{field.name}.*"
            names = _merged(before, field)
            if names:
                table = child_table_name(one, field)
                yield MergedOptions(one, field, Retired(
                    address=address, kind="child", table=table, names=(table,), part=before, became=field,
                    stored_as=(stored_name(sides.revision, table),), revision=sides.revision), names)
            kept = newest(sides.retired, address)
            if kept is not None and kept.became is not None and isinstance(kept.part, Field):
                names = _merged(kept.part, kept.became)
                if names and set(names) <= set(field.option_names) and not set(names) & set(before.option_names):
                    yield MergedOptions(one, field, kept, names, back=True)


def _merged(before: Field, after: Field) -> dict[str, str]:
    given = after.convert.map if after.convert else {}
    there = set(before.option_names) - set(after.option_names)
    return {old: new for old, new in given.items() if old in there and new in after.option_names}


def keeping_options(merged: tuple[MergedOptions, ...]) -> Iterator[Step]:
    """Note what the records hold whose options are merged."""
    for found in merged:
        if found.back:
            continue
        table, stored = quoted(found.kept.names[0]), found.kept.stored_as[0]
        whole = child_table(found.one, found.kept.part) if isinstance(found.kept.part, Field) else None
        assert whole is not None
        bare = Table(name=stored, columns=whole.columns, primary_key=whole.primary_key, checks=whole.checks,
                     object=whole.object)
        old, every = (", ".join(map(literal, names)) for names in (found.names, {*found.names, *found.names.values()}))
        copied = (
            f"INSERT INTO {quoted(stored)} (record_id, value)\n  SELECT record_id, value FROM {table} "
            f"WHERE value IN ({every}) AND record_id IN (SELECT record_id FROM {table} WHERE value IN ({old}))"
        )
        sql = {
            dialect: (
                create_table_sql(bare, dialect).replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1),
                copied, *remember(found.kept),
            )
            for dialect in DIALECTS
        }
        yield step(f"keep which options of {found.kept.address[:-2]} become one", found.kept.address[:-2], **sql)


def parting_options(merged: tuple[MergedOptions, ...]) -> Iterator[Step]:
    """Give records their options back, where they still have the one that these became."""
    for found in merged:
        if not found.back:
            continue
        table, kept = quoted(found.kept.names[0]), quoted(found.kept.stored_as[0])
        cases = " ".join(f"WHEN {literal(old)} THEN {literal(new)}" for old, new in found.names.items())
        became = f"CASE kept.value {cases} ELSE kept.value END"
        there = f"SELECT 1 FROM {table} AS now WHERE now.record_id = kept.record_id AND now.value = {became}"
        held = f"SELECT 1 FROM {kept} AS kept WHERE kept.record_id = {table}.record_id"
        targets = ", ".join(map(literal, dict.fromkeys(found.names.values())))
        yield alike(
            f"part the options of {found.kept.address[:-2]}",
            found.kept.address[:-2],
            f"INSERT INTO {table} (record_id, value)\n  SELECT kept.record_id, kept.value FROM {kept} AS kept "
            f"WHERE EXISTS ({there})\n  ON CONFLICT DO NOTHING",
            f"DELETE FROM {table} WHERE value IN ({targets}) AND EXISTS ({held} AND kept.value <> {table}.value) "
            f"AND NOT EXISTS ({held} AND kept.value = {table}.value)",
            f"DROP TABLE {kept}",
            *forget(found.kept),
        )
