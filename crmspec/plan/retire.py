"""Out of sight, not gone: the names of what is retired, and the rows that remember them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from crmspec.plan.change import Retired
from crmspec.plan.renames import Renamed
from crmspec.schema import field_columns, fitted
from crmspec.schema.ddl import literal, quoted
from crmspec.spec import Field, Object


def stored_name(revision: str, name: str) -> str:
    """Return what a retired column or table is called: the number that a revision begins with, and its own name."""
    return fitted(f"crmspec_{revision[:4]}_{name}")


def remember(retired: Retired) -> tuple[str, ...]:
    """Write the rows of `crmspec_retired`, one for each column or table; the same in both databases."""
    table = retired.table if retired.kind == "field" else ""
    return tuple(
        "INSERT INTO crmspec_retired (table_name, stored_as, name, address, revision) VALUES "
        f"({', '.join(literal(text) for text in (table, stored, name, retired.address, retired.revision))})"
        for name, stored in zip(retired.names, retired.stored_as, strict=True)
    )


def forget(retired: Retired, table: str = "") -> tuple[str, ...]:
    """Write the statement that takes the rows of a restored part away; `table` is the one its columns stand in by then.

    An object that comes back in the same release has its name, and its rows there, again.
    """
    table = (table or retired.table) if retired.kind == "field" else ""
    stored = ", ".join(literal(name) for name in retired.stored_as)
    return (f"DELETE FROM crmspec_retired WHERE table_name = {literal(table)} AND stored_as IN ({stored})",)


def newest(retired: Iterable[Retired], address: str) -> Retired | None:
    """Return what was retired last at an address, or None."""
    return next((one for one in reversed(list(retired)) if one.address == address), None)


def restorable(retired: Sequence[Retired], address: str, field: Field, before: Field | None = None) -> Retired | None:
    """Return what was retired at the address when its storage is what the field asks for now.

    Where another field stands there (`before`), only what was converted into that one counts: older values than its
    own would be the wrong ones.
    """
    kept = newest(retired, address)
    if (
        kept is None
        or not isinstance(kept.part, Field)
        or (kept.became.type if kept.became else "") != (before.type if before else "")
    ):
        return None
    part = kept.part
    same = (part.type, part.decimals, set(part.to)) == (field.type, field.decimals, set(field.to))
    columns = tuple(column.name for column in field_columns(field))
    return kept if same and (kept.kind == "child" or kept.names == columns) else None


def following(retired: Sequence[Retired], renamed: Renamed) -> tuple[Retired, ...]:
    """Return what is out of sight under the addresses, and in the tables, that the renames of a plan give them."""
    return tuple(_followed(one, renamed) for one in retired) if renamed else tuple(retired)


def _followed(one: Retired, renamed: Renamed) -> Retired:
    part, address = _follow(one.part, renamed), renamed.address(one.address)
    if one.kind == "child" and isinstance(part, Field):
        table = fitted(f"{address.partition('.')[0]}__{part.base_column}")
        return replace(one, address=address, table=table, names=(table,), part=part)
    return replace(one, address=address, table=renamed.name("object", one.table), part=part)


def after_release(
    retired: Sequence[Retired], remembered: Sequence[Retired], forgotten: Sequence[Retired]
) -> tuple[Retired, ...]:
    """Return what is out of sight afterwards, oldest first."""
    # The columns of a table that goes out of sight stay in it; they come back to sight with it.
    tables = {one.names[0]: one.stored_as[0] for one in remembered if one.kind == "object"}
    tables |= {one.stored_as[0]: one.names[0] for one in forgotten if one.kind == "object"}
    return tuple(
        replace(one, table=tables.get(one.table, one.table)) if one.kind == "field" else one
        for one in (*retired, *remembered)
        if one not in forgotten
    )


def _follow(part: Field | Object, renamed: Renamed) -> Field | Object:
    """Let the lookups of a retired part point at objects by the names that they have now."""
    if isinstance(part, Field):
        return _follow_field(part, renamed)
    return replace(part, fields={name: _follow_field(field, renamed) for name, field in part.fields.items()})


def _follow_field(field: Field, renamed: Renamed) -> Field:
    return replace(field, to=tuple(renamed.name("object", target) for target in field.to)) if field.to else field


def rename_table(before: str, after: str) -> str:
    """Write the statement that renames a table, the same in both databases."""
    return f"ALTER TABLE {quoted(before)} RENAME TO {quoted(after)}"


def rename_column(table: str, before: str, after: str) -> str:
    """Write the statement that renames a column, the same in both databases."""
    return f"ALTER TABLE {quoted(table)} RENAME COLUMN {quoted(before)} TO {quoted(after)}"
