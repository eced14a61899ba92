"""Names in rows of `crmspec_history` and `crmspec_search`: what a part was called first, for ever.

A rename must not write millions of rows while nobody can use their tables. So these rows keep the name that a part had
when it was new, and `crmspec_name` says what it is called now: `place` (nothing for an object, `deal` for its fields,
`deal.stage` for the options of one), `name`, and what is `stored`. What is not listed is stored under its name.

Within a place this is a permutation: a part that takes a new name hands the stored name of that one back to the name
that is free now. So two parts never meet in one stored name, a new part may take a name that is free again, and taking
a rename back leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from crmspec.schema.ddl import literal, quoted


def stored_name_sql(place: str, name: str) -> str:
    """Write the expression for what a part is called in rows."""
    there = f"SELECT stored FROM crmspec_name WHERE place = {literal(place)} AND name = {literal(name)}"
    return f"coalesce(({there}), {literal(name)})"


def renames_sql(place: str, names: Mapping[str, str], *, holds: bool) -> Iterator[str]:
    """Write the statements that rename parts of one place at once; `holds` says whether parts are in places of theirs.

    They are a handful of small rows, whatever the number of records.
    """
    if not names:
        return
    cycle = closed(names)
    rows = ", ".join(f"({literal(place)}, {literal(name)}, {literal(name)})" for name in cycle)
    yield f"INSERT INTO crmspec_name (place, name, stored) VALUES {rows} ON CONFLICT DO NOTHING"
    cases = " ".join(f"WHEN {literal(old)} THEN {literal(new)}" for old, new in cycle.items())
    listed = ", ".join(map(literal, cycle))
    yield (
        f"UPDATE crmspec_name SET name = CASE name {cases} END "
        f"WHERE place = {literal(place)} AND name IN ({listed})"
    )
    if holds:
        before = f"{place}." if place else ""
        yield from prefixes_sql("crmspec_name", "place", {before + a: before + b for a, b in cycle.items()}, ".")
    yield "DELETE FROM crmspec_name WHERE name = stored"


def closed(names: Mapping[str, str]) -> dict[str, str]:
    """Return renames with what becomes of the names at the ends of chains: each goes to where its chain began."""
    came_from = {new: old for old, new in names.items()}
    found = dict(names)
    for end in names.values():
        if end not in names:
            start = end
            while start in came_from:
                start = came_from[start]
            found[end] = start
    return found


def prefixes_sql(
    table: str, column: str, names: Mapping[str, str], end: str, *, keyed: bool = True
) -> Iterator[str]:
    """Change what stands in names before a dot, or a colon; in two steps where a key would meet itself half-way."""
    of = quoted(column)
    crossing = keyed and bool(set(names) & set(names.values()))
    aside = ">" if crossing else ""
    beginning = {
        old: f"{of} = {literal(old)} OR {of} LIKE {literal(_like(old) + end + '%')} ESCAPE '!'" for old in names
    }
    cases = " ".join(
        f"WHEN {beginning[old]} THEN {literal(aside + new)} || substr({of}, {len(old) + 1})"
        for old, new in names.items()
    )
    yield f"UPDATE {table} SET {of} = CASE {cases} END WHERE {' OR '.join(beginning.values())}"
    if crossing:
        yield f"UPDATE {table} SET {of} = substr({of}, 2) WHERE {of} LIKE '>%'"


def _like(text: str) -> str:
    return text.replace("_", "!_")
