"""New names in the database: of tables, columns, constraints, indexes, and in rows of crmspec's own tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from crmspec.plan.change import Step
from crmspec.plan.physical import Moved, in_turn
from crmspec.plan.renames import Renamed
from crmspec.plan.retire import rename_column, rename_table
from crmspec.plan.step import alike, step
from crmspec.schema.ddl import literal, quoted
from crmspec.spec import Spec


def name_steps(deployed: Spec, renamed: Renamed, moved: Sequence[Moved]) -> Iterator[Step]:
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
    yield from row_steps(deployed, renamed)


def _retired_follow(old: str, new: str) -> tuple[str, ...]:
    """Let what is out of sight follow a table: its columns, and the tables of its fields that bear its name."""
    follow = [f"UPDATE crmspec_retired SET table_name = {literal(new)} WHERE table_name = {literal(old)}"]
    if "__" not in old:
        follow.append(
            f"UPDATE crmspec_retired SET name = {literal(new)} || substr(name, {len(old) + 1}) "
            f"WHERE table_name = '' AND name LIKE {literal(_like(old + '__') + '%')} ESCAPE '!'"
        )
    return tuple(follow)


def row_steps(deployed: Spec, renamed: Renamed) -> Iterator[Step]:
    """Yield the steps that change names in rows: of history, search, audit, people, numbering, retired parts."""
    by_place: dict[tuple[str, ...], dict[str, str]] = {}
    for path, name in renamed.names.items():
        by_place.setdefault(path[:-1], {})[path[-1]] = name
    # Options before fields before objects: each is found by the names around it that rows still have.
    for place, names in sorted(by_place.items(), key=lambda entry: (-len(entry[0]), entry[0])):
        statements = list(_rows(deployed, place, names))
        if statements:
            yield alike(
                f"let rows follow: {', '.join(f'{old} to {new}' for old, new in names.items())}",
                ".".join(place[1:]) or place[0],
                *statements,
            )


def _rows(deployed: Spec, place: tuple[str, ...], names: Mapping[str, str]) -> Iterator[str]:
    match place:
        case ("object", object_name, field) if deployed.objects[object_name].fields[field].row.columns:
            where = f"object = {literal(object_name)} AND field = {literal(field)}"
            yield from _changed("crmspec_history", "before", names, where)
            yield from _changed("crmspec_history", "after", names, where)
        case ("object", object_name):
            where = f"object = {literal(object_name)}"
            yield from _changed("crmspec_history", "field", names, where)
            yield from _changed("crmspec_search", "field", names, where, keyed=True)
            yield from _changed(
                "crmspec_retired",
                "address",
                {f"{object_name}.{old}": f"{object_name}.{new}" for old, new in names.items()},
            )
            whole = {f"{object_name}.{old}": f"{object_name}.{new}" for old, new in names.items()}
            yield from _prefixes("crmspec_counter", "name", whole, ":", keyed=True)
        case ("object",):
            yield from _changed("crmspec_history", "object", names)
            yield from _changed("crmspec_search", "object", names, keyed=True)
            for table, column, keyed in (("crmspec_retired", "address", False), ("crmspec_counter", "name", True)):
                yield from _prefixes(table, column, names, ".", keyed=keyed)
        case ("role",):
            yield from _changed("crmspec_person_role", "role", names, keyed=True)
        case ("position",):
            yield from _changed("crmspec_person_position", "position", names, keyed=True)


def _changed(
    table: str, column: str, names: Mapping[str, str], where: str = "", *, keyed: bool = False
) -> Iterator[str]:
    """Write one UPDATE for all names; two where a key would meet itself half-way (a swap)."""
    of, values = quoted(column), ", ".join(map(literal, names))
    condition = f"{where + ' AND ' if where else ''}{of} IN ({values})"
    crossing = keyed and bool(set(names) & set(names.values()))
    aside = ">" if crossing else ""
    cases = " ".join(f"WHEN {literal(old)} THEN {literal(aside + new)}" for old, new in names.items())
    yield f"UPDATE {table} SET {of} = CASE {of} {cases} END WHERE {condition}"
    if crossing:
        yield f"UPDATE {table} SET {of} = substr({of}, 2) WHERE {of} LIKE '>%'"


def _prefixes(table: str, column: str, names: Mapping[str, str], end: str, *, keyed: bool) -> Iterator[str]:
    """Change what stands in names before a dot, or a colon (a counter that starts anew each year)."""
    of = quoted(column)
    crossing = keyed and bool(set(names) & set(names.values()))
    aside = ">" if crossing else ""
    cases = " ".join(
        f"WHEN {of} = {literal(old)} OR {of} LIKE {literal(_like(old) + end + '%')} ESCAPE '!' "
        f"THEN {literal(aside + new)} || substr({of}, {len(old) + 1})"
        for old, new in names.items()
    )
    condition = " OR ".join(
        f"{of} = {literal(old)} OR {of} LIKE {literal(_like(old) + end + '%')} ESCAPE '!'" for old in names
    )
    yield f"UPDATE {table} SET {of} = CASE {cases} END WHERE {condition}"
    if crossing:
        yield f"UPDATE {table} SET {of} = substr({of}, 2) WHERE {of} LIKE '>%'"


def _like(text: str) -> str:
    return text.replace("_", "!_")


def _object(moved: Sequence[Moved], table: str) -> str:
    return next((pair.after.object for pair in moved if pair.after.name == table), table)
