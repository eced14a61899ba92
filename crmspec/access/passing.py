"""The statement hook: no statement touches records, their history, search or files that did not pass through the rule.

`predicate` marks the table it was asked about and the condition it gave. A statement that names a protected table is
let through where every one of its tables is marked, and every condition that was given for it stands in the statement;
or where somebody on the short reviewed list (`tests/access/test_passing.py`) said why it sees more (`passed`). All else
is refused: a table nobody asked about, one without an alias, and SQL that was written as text.

A mark is an attribute of the element, copied with it when SQLAlchemy copies it. It takes no part in the compiled cache.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

import sqlalchemy as sa
from sqlalchemy import event

log = logging.getLogger("crmspec.access")

# Tables of crmspec's own that hold what people wrote; tables of the project's objects all do.
OF_RECORDS = frozenset(
    {"crmspec_history", "crmspec_search", "crmspec_search_words", "crmspec_file", "crmspec_file_content"}
)
Why = Literal["picked", "written", "everybody", "estimated", "explained"]
WHYS: Mapping[Why, str] = {
    "picked": "its rows belong to records that were picked under the rule, here or just before",
    "written": "it writes a record that the rule let through, or what belongs to one",
    "everybody": "rules of the project hold for everybody and see everything",
    "explained": "an administrator asks why somebody reaches a record; nothing of it but that is told",
    "estimated": "it asks how many rows a table has about, where all of them may be seen",
}
_ASKED, _GIVEN, _PASSED = "_crmspec_asked", "_crmspec_given", "_crmspec_passed"
# What names tables in a piece of SQL, each table of a list by itself; a name with brackets behind it is a function.
_NAMING = re.compile(r"\b(?:from|join|into|update|table|using|truncate|copy)\b", re.IGNORECASE)
_TABLE = re.compile(
    r"\s*(?:only\s+)?(?:[\w\"]+\s*\.\s*)?\"?(?P<name>\w+)\"?(?P<call>\s*\()?(?:\s+(?:as\s+)?\"?\w+\"?)?(?P<more>\s*,)?",
    re.IGNORECASE,
)
_NOT_OURS = ("crmspec_", "pg_", "sqlite_", "pragma_", "json_", "information_schema")
T = TypeVar("T", bound=sa.ClauseElement)


class Unmarked(PermissionError):
    """A statement touches records and did not pass through the rule: a fault of ours, never the person's."""


def ruled(table: sa.FromClause, condition: sa.ColumnElement[bool], *, everything: bool) -> sa.ColumnElement[bool]:
    """Remember that the rule was asked about a table, and give its condition so that it is known again."""
    token = object()
    asked: tuple[object, ...] = table.__dict__.get(_ASKED, ())
    if everything:
        _mark(table, _ASKED, asked)
        return condition
    # Brackets stay one element whatever the condition is joined to; a bare `and` would dissolve in another.
    given = sa.sql.elements.Grouping(condition)
    _mark(given, _GIVEN, token)
    _mark(table, _ASKED, (*asked, token))
    return given


def passed(element: T, why: Why) -> T:
    """Let a table, a piece of text or a whole statement through, and say why."""
    assert why in WHYS
    _mark(element, _PASSED, why)
    return element


def _mark(element: sa.ClauseElement, name: str, value: object) -> None:
    # A table is everybody's: what is said of it for one statement would hold for all.
    if not isinstance(element, sa.Table):
        element.__dict__[name] = value


def guarded(engine: sa.Engine) -> sa.Engine:
    """Return the engine with the hook on it; the engine itself goes on without."""
    watched = engine.execution_options(crmspec_guarded=True)
    event.listen(watched, "before_execute", _before_execute)
    event.listen(watched, "before_cursor_execute", _before_text)
    return watched


def _before_execute(connection: sa.Connection, element: Any, *_: Any) -> None:
    if isinstance(element, sa.ClauseElement):
        refuse_unmarked(element)


def _before_text(_connection: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool) -> None:
    """Look at what was sent as text alone: everything else was looked at before it became text."""
    if getattr(context, "compiled", None) is None:
        _refuse(_tables_in(statement), "it was sent as text")


def refuse_unmarked(statement: sa.ClauseElement) -> None:
    """Refuse a statement that touches records without having passed through the rule.

    Every statement of the server is walked: what an alias is of is not looked into, no sub-select twice, and what a
    class of elements can mean is found out once.
    """
    asked: set[object] = set()
    given: set[object] = set()
    seen: set[int] = set()
    waiting: list[Any] = [statement]
    while waiting:
        element = waiting.pop()
        kind = _KINDS.get(type(element)) or _kind_of(type(element))
        if kind == "leaf":
            continue
        marks = element.__dict__
        if _PASSED in marks:
            continue
        if kind == "alias" and isinstance(element.element, sa.TableClause):
            if _protected(element.element.name):
                if _ASKED not in marks:
                    _refuse((element.element.name,), "nobody asked the rule about it")
                asked.update(marks[_ASKED])
            continue
        if kind == "table":
            if _protected(element.name):
                _refuse((element.name,), "it has no alias that the rule could be asked about")
            continue
        if kind == "text":
            _refuse(_tables_in(element.text), "it is written as text")
        elif kind == "column":
            if element.is_literal:
                _refuse(_tables_in(element.name), "it is written as text")
            continue
        elif kind == "rows" or kind == "alias":
            if id(element) in seen:
                continue
            seen.add(id(element))
        elif _GIVEN in marks:
            given.add(marks[_GIVEN])
        waiting.extend(element.get_children())
    if not asked <= given:
        _refuse(("records",), "the rule was asked, and its condition is not in the statement")


_Kind = Literal["leaf", "alias", "table", "text", "column", "rows", "other"]
_KINDS: dict[type, _Kind] = {}


def _kind_of(of: type) -> _Kind:
    """Say what elements of a class can be. `rows` stay as they are while a statement is walked."""
    classes: tuple[tuple[type | tuple[type, ...], _Kind], ...] = (
        ((sa.Column, sa.BindParameter), "leaf"),
        (sa.ColumnClause, "column"),
        (sa.Alias, "alias"),
        (sa.TableClause, "table"),
        (sa.TextClause, "text"),
        ((sa.FromClause, sa.sql.expression.SelectBase), "rows"),
    )
    _KINDS[of] = next((kind for known, kind in classes if issubclass(of, known)), "other")
    return _KINDS[of]


def _protected(name: str) -> bool:
    return name in OF_RECORDS or not name.startswith("crmspec_")


def _tables_in(text: str) -> tuple[str, ...]:
    """Return the protected tables that a piece of SQL names."""
    names: set[str] = set()
    for keyword in _NAMING.finditer(text):
        at = keyword.end()
        while found := _TABLE.match(text, at):
            if not found["call"]:
                names.add(found["name"])
            if not found["more"]:
                break
            at = found.end()
    known = {name for name in names if name in OF_RECORDS or not name.startswith(_NOT_OURS)}
    return tuple(sorted(name for name in known if name.lower() not in _WORDS))


# What may follow those words and names no table.
_WORDS = frozenset({"set", "select", "nowait", "skip", "of", "table", "lateral", "values"})


def _refuse(names: tuple[str, ...], why: str) -> None:
    if names:
        said = f"a statement on {', '.join(names)} did not pass through the access rule: {why}"
        log.critical("refused: %s", said, stack_info=True)
        raise Unmarked(said)
