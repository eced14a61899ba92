"""New names in the database: of tables, columns, constraints, indexes, and in rows of crmspec's own tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from crmspec.plan.change import Step
from crmspec.plan.physical import Moved, in_turn
from crmspec.plan.renames import Renamed
from crmspec.plan.retire import rename_column, rename_table
from crmspec.plan.step import alike, step
from crmspec.schema.ddl import literal, quoted
from crmspec.schema.stored_names import prefixes_sql, renames_sql


def name_steps(renamed: Renamed, moved: Sequence[Moved]) -> Iterator[Step]:
    """Yield the steps that give everything its new name; values stay where they are."""
    tables = {pair.before.name: pair.after.name for pair in moved}
    for old, new in in_turn(tables):
        yield alike(
            f"rename table {old} to {new}", _object(moved, new), rename_table(old, new), *_retired_follow(old, new)
        )
    for pair in moved:
        for old, new in in_turn(dict(pair.columns())):
            yield alike(
                f"rename column {old} of {pair.after.name} to {new}",
                pair.after.object,
                rename_column(pair.after.name, old, new),
            )
        constraints = [
            f"ALTER TABLE {quoted(pair.after.name)} RENAME CONSTRAINT {quoted(old)} TO {quoted(new)}"
            for old, new in in_turn(dict(pair.constraints()))
        ]
        if constraints:
            yield step(f"rename the constraints of {pair.after.name}", pair.after.object, postgresql=constraints)
    indexes = dict(entry for pair in moved for entry in pair.indexes())
    if indexes:
        statements = [f"ALTER INDEX {quoted(old)} RENAME TO {quoted(new)}" for old, new in in_turn(indexes)]
        yield step("rename indexes", moved[0].after.object, postgresql=statements)
    yield from row_steps(renamed)


def _retired_follow(old: str, new: str) -> tuple[str, ...]:
    """Let what is out of sight follow a table: its columns, and the tables of its fields that bear its name."""
    follow = [f"UPDATE crmspec_retired SET table_name = {literal(new)} WHERE table_name = {literal(old)}"]
    if "__" not in old:
        follow.append(
            f"UPDATE crmspec_retired SET name = {literal(new)} || substr(name, {len(old) + 1}) "
            f"WHERE table_name = '' AND name LIKE {literal((old + '__').replace('_', '!_') + '%')} ESCAPE '!'"
        )
    return tuple(follow)


def row_steps(renamed: Renamed) -> Iterator[Step]:
    """Yield the steps that change names in rows: those that history and search are read by, of people, of numbering."""
    by_place: dict[tuple[str, ...], dict[str, str]] = {}
    for path, name in renamed.names.items():
        by_place.setdefault(path[:-1], {})[path[-1]] = name
    # Options before fields before objects: each is found by the names around it that rows still have.
    for place, names in sorted(by_place.items(), key=lambda entry: (-len(entry[0]), entry[0])):
        statements = list(_rows(place, names))
        if statements:
            yield alike(
                f"let rows follow: {', '.join(f'{old} to {new}' for old, new in names.items())}",
                ".".join(place[1:]) or place[0],
                *statements,
            )


def _rows(place: tuple[str, ...], names: Mapping[str, str]) -> Iterator[str]:
    match place:
        case ("object", object_name, field):
            yield from renames_sql(f"{object_name}.{field}", names, holds=False)
        case ("object", object_name):
            yield from renames_sql(object_name, names, holds=True)
            whole = {f"{object_name}.{old}": f"{object_name}.{new}" for old, new in names.items()}
            yield from _changed("crmspec_retired", "address", whole)
            yield from prefixes_sql("crmspec_counter", "name", whole, ":")
        case ("object",):
            yield from renames_sql("", names, holds=True)
            yield from prefixes_sql("crmspec_retired", "address", names, ".", keyed=False)
            yield from prefixes_sql("crmspec_counter", "name", names, ".")
            yield from _changed("crmspec_share", "object", names, keyed=True)
            yield from _changed("crmspec_token_scope", "object", names, keyed=True)
        case ("role",):
            yield from _changed("crmspec_person_role", "role", names, keyed=True)
        case ("position",):
            yield from _changed("crmspec_person_position", "position", names, keyed=True)


def _changed(table: str, column: str, names: Mapping[str, str], *, keyed: bool = False) -> Iterator[str]:
    """Write one UPDATE for all names; two where a key would meet itself half-way (a swap)."""
    of, values = quoted(column), ", ".join(map(literal, names))
    crossing = keyed and bool(set(names) & set(names.values()))
    aside = ">" if crossing else ""
    cases = " ".join(f"WHEN {literal(old)} THEN {literal(aside + new)}" for old, new in names.items())
    yield f"UPDATE {table} SET {of} = CASE {of} {cases} END WHERE {of} IN ({values})"
    if crossing:
        yield f"UPDATE {table} SET {of} = substr({of}, 2) WHERE {of} LIKE '>%'"


def _object(moved: Sequence[Moved], table: str) -> str:
    return next((pair.after.object for pair in moved if pair.after.name == table), table)
