"""What newer SQLite changes in place of a table that a revision writes anew: NOT NULL, and checks with a name.

A revision says a rebuild, which every version understands. Where a rebuild changes nothing else, SQLite 3.53 gets to
the same end by altering the table, without writing a single row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from crmspec.deploy.create_table import Definition, Definitions, definitions
from crmspec.schema.ddl import quoted

SINCE = (3, 53, 0)
_COPY = re.compile(r"\s*INSERT INTO \"(?:[^\"]|\"\")+\" \((?P<into>.*?)\)\s+SELECT (?P<values>.*?)\s+FROM ", re.DOTALL)
_NAMED = re.compile(r"CONSTRAINT \"(?P<name>(?:[^\"]|\"\")+)\" (?P<rule>CHECK .*)\Z", re.DOTALL)
_NOT_NULL = re.compile(r" NOT NULL(?= |\Z)")


def in_place(table: str, old_text: str, created: str, copied: str) -> tuple[str, ...] | None:
    """Return what comes to the same as writing a table anew, None where only that does it."""
    copy = _COPY.match(copied)
    if copy is None or copy["into"] != copy["values"]:
        return None
    old, new = definitions(old_text), definitions(created)
    there, wanted = old.columns(), new.columns()
    if not wanted.keys() <= there.keys() or any(_bare(there[name]) != _bare(wanted[name]) for name in wanted):
        return None
    if _others(old) != _others(new):
        return None
    before, after = dict(_checks(old)), dict(_checks(new))
    alter = f"ALTER TABLE {quoted(table)}"
    gone = [name for name, rule in before.items() if after.get(name) != rule]
    come = [name for name, rule in after.items() if before.get(name) != rule]
    nulls = [(name, _is_required(wanted[name])) for name in wanted
             if _is_required(there[name]) != _is_required(wanted[name])]
    return (
        *(f"{alter} DROP CONSTRAINT {quoted(name)}" for name in gone),
        *(f"{alter} ALTER COLUMN {quoted(name)} {'SET' if required else 'DROP'} NOT NULL" for name, required in nulls),
        *(f"{alter} ADD CONSTRAINT {quoted(name)} {after[name]}" for name in come),
    )


def _plain(text: str) -> str:
    return " ".join(text.split())


def _bare(entry: Definition) -> str:
    """Return a column without NOT NULL, named checks and an order of texts that somebody gave it."""
    text = entry.text
    for check in entry.checks():
        text = text.replace(check, "") if check.startswith("CONSTRAINT") else text
    text = text.replace(entry.collation, "") if entry.collation else text
    return _NOT_NULL.sub("", f"{_plain(text)} ").strip()


def _is_required(entry: Definition) -> bool:
    text = entry.text
    for check in entry.checks():
        text = text.replace(check, "")
    return bool(_NOT_NULL.search(_plain(text)))


def _all_checks(found: Definitions) -> Iterator[str]:
    for entry in found.entries:
        yield from map(_plain, entry.checks())


def _checks(found: Definitions) -> Iterator[tuple[str, str]]:
    """Yield (name, rule) of the checks that crmspec gave a name."""
    for text in _all_checks(found):
        named = _NAMED.match(text)
        if named and named["name"].startswith("ck_"):
            yield named["name"].replace('""', '"'), named["rule"]


def _others(found: Definitions) -> set[str]:
    """Return keys and what SQLite is told of a column's kind: what cannot be altered."""
    strange = {_plain(text) for text in found.strange_constraints()}
    keys = {_plain(entry.text) for entry in found.entries if not entry.column and not [*entry.checks()]}
    implied = {text for text in _all_checks(found) if not text.startswith("CONSTRAINT")}
    return (keys | implied) - strange
