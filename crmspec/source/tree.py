"""YAML text in, a tree that knows its positions out.

Only libyaml's event stream is used. What an event means is decided here: scalars stay the text that was written, a key
stands once in a mapping, and nothing shares, tags or refers to anything else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmspec.diagnostics import Position
from crmspec.source.form import Form, shown, visible_breaks

if TYPE_CHECKING:
    from crmspec.source.problems import Problems

DEPTH_MAX = 32
NODES_MAX = 300_000
_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_TEXT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


class Node:
    """A value and where it stands: text, a mapping of nodes, or a list of nodes.

    `event` and `key` are libyaml's events of the value and of the key before it; positions are read from them only
    when somebody asks, which is seldom.
    """

    __slots__ = ("event", "file", "key", "value")

    def __init__(self, value: str | dict[str, Node] | list[Node], event: Any, key: Any, file: str) -> None:
        self.value = value
        self.event = event
        self.key = key
        self.file = file

    @property
    def at(self) -> Position:
        """Where the value stands."""
        return position_of(self.event, self.file)

    @property
    def key_at(self) -> Position:
        """Where the key stands; the value's place when there is no key."""
        return position_of(self.key if self.key is not None else self.event, self.file)

    @property
    def plain(self) -> bool:
        """Say whether the text was written without quotes."""
        return self.event is not None and getattr(self.event, "style", "") in ("", None)

    @property
    def blank(self) -> bool:
        """Say whether nothing at all was written."""
        return self.value == "" and self.plain

    def get(self, key: str) -> Node | None:
        """Return the node under a key, or None when there is none or this is no mapping."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def text(self, key: str) -> str:
        """Return the text under a key, or '' when there is none."""
        child = self.get(key)
        return child.value if child is not None and isinstance(child.value, str) else ""

    def with_value(self, value: str | dict[str, Node] | list[Node]) -> Node:
        """Return a node at the same place with another value."""
        return Node(value, self.event, self.key, self.file)


def position_of(event: Any, file: str) -> Position:
    """Turn libyaml's marks into a position."""
    start, end = event.start_mark, event.end_mark
    length = end.column - start.column if end.line == start.line else 1
    return Position(file, start.line + 1, start.column + 1, max(1, length))


@dataclass(frozen=True, slots=True)
class Stop(Exception):
    """Reading this file cannot go on: the diagnostic's parts."""

    code: str
    what: str
    position: Position | None
    why: str = ""
    help: str = ""
    related: tuple[tuple[Position, str], ...] = ()


def read_tree(file: str, data: bytes, problems: Problems) -> list[Node]:
    """Read the documents of one file. What is wrong with its form goes to `problems`; then there are no documents.

    1. The bytes are looked at before libyaml sees them (`form`): encoding, control characters, tabs.
    2. Events are turned into nodes, and the parser is dropped at the first thing a spec must not have, so that deep
       nesting costs nothing: libyaml takes quadratic time for it.
    """
    form = Form(file, data)
    found = form.problem()
    if found is not None:
        problems.add(*found[:3], why=found[3], help=found[4])
        return []
    try:
        documents = _build(file, form, problems)
    except Stop as stop:
        stop = _too_deep(file, form) or stop if stop.code == "CRM108" else stop
        problems.add(stop.code, stop.what, stop.position, why=stop.why, help=stop.help, related=stop.related)
        return []
    return _with_content(file, documents, problems)


def _too_deep(file: str, form: Form) -> Stop | None:
    """Say that a file which is no YAML has brackets without end: that is what its author has to look at."""
    depth = 0
    for found in re.finditer(r"[\[\]{}]", form.text):
        depth += 1 if found[0] in "[{" else -1
        if depth > DEPTH_MAX:
            return _deep(form.place(found.start()))
    return None


def _deep(place: Position) -> Stop:
    return Stop(
        "CRM109",
        f"nested deeper than {DEPTH_MAX} levels",
        place,
        "no part of a spec is that deep",
        "look for a bracket that is not closed",
    )


def _with_content(file: str, documents: list[Node], problems: Problems) -> list[Node]:
    """Name empty documents and files, and keep the rest."""
    if not documents:
        problems.add(
            "CRM118",
            "this file has no content",
            Position(file, 1, 1),
            why="an empty file says nothing, so it is probably a mistake",
            help="write a document into it, or delete the file",
        )
    kept = []
    for document in documents:
        if document.value == "" and document.plain:
            problems.add(
                "CRM117",
                "this document is empty",
                document.at,
                why="there is nothing between two `---` lines",
                help="remove one of the `---` lines",
            )
        elif isinstance(document.value, dict):
            kept.append(document)
        else:
            problems.add(
                "CRM121",
                f"this document is {'a list' if isinstance(document.value, list) else 'a text'}, not keys and values",
                document.at,
                why="the first key of a document says what it is",
                help=_document_help(document),
            )
    return kept


def _document_help(document: Node) -> str:
    if isinstance(document.value, str) and (found := re.match(r"([a-z_]+):(\S)", document.value)):
        return f"put a space after the colon: `{found[1]}: {found[2]}…`"
    return "begin it like `object: contact`"


def _build(file: str, form: Form, problems: Problems) -> list[Node]:
    import yaml
    from yaml._yaml import CParser

    try:
        return _Builder(file, form, problems).documents(CParser(form.clean))
    except yaml.MarkedYAMLError as error:
        raise _syntax(file, error) from None
    except yaml.reader.ReaderError as error:  # what the look at the bytes did not foresee
        raise Stop(
            "CRM105",
            f"character U+{ord(str(error.character)[:1] or ' '):04X} cannot stand in a spec",
            Position(file, 1, 1),
            "YAML does not allow it",
            "remove it",
        ) from None


class _Builder:
    """Turns the events of one file into nodes."""

    def __init__(self, file: str, form: Form, problems: Problems) -> None:
        self.file = file
        self.form = form
        self.problems = problems
        self.marked = form.may_have_marks
        self.escaped = form.may_have_escapes

    def documents(self, parser: Any) -> list[Node]:
        """Run through the events. This loop is what reading costs, so it has no call it can do without."""
        from yaml.events import (
            MappingEndEvent,
            MappingStartEvent,
            ScalarEvent,
            SequenceEndEvent,
            SequenceStartEvent,
        )

        file, marked, escaped = self.file, self.marked, self.escaped
        following = parser.get_event
        documents: list[Node] = []
        stack: list[tuple[Any, Any, Any]] = []
        current: Any = documents  # the mapping or list that is being filled
        key: Any = None  # the event of the key whose value comes next
        opened: Any = None  # the event that opened `current`
        firsts: list[tuple[dict[str, Node], str, Node]] = []  # what a second key of the same name would hide
        for count, event in enumerate(iter(following, None)):
            kind = type(event)
            if kind is ScalarEvent:
                if marked and (event.anchor is not None or event.tag is not None):
                    raise self.mark_refused(event)
                if escaped:
                    self.refuse_hidden(event)
                if type(current) is dict:
                    if key is None:
                        key = event
                        if event.value in current:
                            firsts.append((current, event.value, current[event.value]))
                            self.twice(current[event.value], event)
                    else:
                        current[key.value] = Node(event.value, event, key, file)
                        key = None
                else:
                    current.append(Node(event.value, event, None, file))
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                value, start = current, opened
                current, key, opened = stack.pop()
                node = Node(value, start, key, file)
                if type(current) is dict:
                    current[key.value] = node
                    key = None
                else:
                    current.append(node)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                if marked and (event.anchor is not None or event.tag is not None):
                    raise self.mark_refused(event)
                if type(current) is dict and key is None:
                    raise self.complex_key(event)
                stack.append((current, key, opened))
                if len(stack) > DEPTH_MAX:
                    raise _deep(position_of(event, file))
                opened = event
                current = {} if kind is MappingStartEvent else []
                key = None
            else:
                self.other(event)
            if count > NODES_MAX:
                raise self.too_many(event)
        for mapping, name, first in firsts:
            mapping[name] = first
        return documents

    def twice(self, first: Node, event: Any) -> None:
        """Say that a key stands twice; reading goes on with the first, so that what else is wrong is said, too."""
        self.problems.add(
            "CRM111",
            f"the key `{shown(event.value)}` stands twice",
            position_of(event, self.file),
            why=f"it already stands in line {first.key_at.line}, and only one of them could count",
            help="keep one of the two lines",
            related=((first.key_at, "the first one"),),
        )

    def too_many(self, event: Any) -> Stop:
        """More than a person could have written."""
        return Stop(
            "CRM110",
            f"more than {NODES_MAX:,} values in one file",
            position_of(event, self.file),
            "so many can only be a mistake",
            "split the file",
        )

    def complex_key(self, event: Any) -> Stop:
        """A mapping or list as a key: mostly a template's braces without quotes."""
        place = position_of(event, self.file)
        if self.form.line(place.line)[: place.column].endswith("{{"):
            return Stop(
                "CRM214",
                "two opening braces without quotes",
                place,
                "YAML reads `{{ … }}` as a mapping within a mapping",
                'quote it: `"{{ … }}"`',
            )
        return Stop(
            "CRM116",
            "a key that is a list or a mapping",
            place,
            "keys are plain words in a spec",
            "write the key as text",
        )

    def mark_refused(self, event: Any) -> Stop:
        """An anchor or a tag."""
        place = position_of(event, self.file)
        if event.anchor is not None:
            return Stop(
                "CRM112",
                f"the anchor `&{shown(event.anchor)}` is not part of the language",
                place,
                "anchors make one line mean several things",
                "share by a `value_set`, `include` or `extend` instead",
            )
        return Stop(
            "CRM113",
            f"the tag `{shown(event.tag)}` is not part of the language",
            place,
            "the language decides what a value is, not YAML",
            "remove the tag; quote the text if it begins with `!`",
        )

    def refuse_hidden(self, event: Any) -> None:
        """Refuse characters that came in by an escape (`\\ud800`), and put hidden line ends back."""
        if self.form.hides_breaks:
            event.value = visible_breaks(event.value)
        if event.style != '"':
            return
        if found := _NOT_TEXT.search(event.value):
            code, kind = (
                ("CRM120", "half of a character pair")
                if _SURROGATE.match(found[0])
                else ("CRM105", "a control character")
            )
            raise Stop(
                code,
                f"U+{ord(found[0]):04X}, {kind}, stands in a text",
                position_of(event, self.file),
                "it cannot be stored or shown everywhere",
                "remove the escape",
            )

    def other(self, event: Any) -> None:
        """Aliases and directives; everything else is the frame of a document."""
        kind = type(event).__name__
        if kind == "AliasEvent":
            raise Stop(
                "CRM112",
                f"the alias `*{shown(event.anchor)}` is not part of the language",
                position_of(event, self.file),
                "every value is written where it counts",
                "write the value again, or quote the text if it begins with `*`",
            )
        if kind == "DocumentStartEvent" and (event.version or event.tags):
            raise Stop(
                "CRM114",
                "a directive (`%…`) is not part of the language",
                position_of(event, self.file),
                "a spec is always read the same way",
                "remove the line",
            )


_SYNTAX: tuple[tuple[str, str, str], ...] = (
    (
        "mapping values are not allowed",
        "a second colon in one line",
        'quote the value when it holds a colon and a space: `key: "a: b"`',
    ),
    ("could not find expected ':'", "a line without a colon", "write `key: value`, with a space after the colon"),
    (
        "did not find expected key",
        "a line that does not fit the lines above",
        "look at its indentation, and at quotes within quotes",
    ),
    (
        "did not find expected ',' or '}'",
        "a mapping in braces that is not closed",
        "put a comma between entries and `}` at the end",
    ),
    (
        "did not find expected ',' or ']'",
        "a list in brackets that is not closed",
        "put a comma between entries and `]` at the end",
    ),
    ("did not find expected '-' indicator", "a list entry that does not begin with a dash", "look at its indentation"),
    ("found unexpected end of stream", "a quoted text that is not closed", "put the closing quote"),
    ("found undefined tag handle", "a tag, which is not part of the language", "quote the text if it begins with `!`"),
    ("found character that cannot start any token", "a character that cannot begin a value", "quote the value"),
    (
        "found unknown escape character",
        "an unknown escape in double quotes",
        "write a backslash as `\\\\`, or use single quotes",
    ),
    ("found duplicate", "a directive that stands twice", "remove the line"),
    ("found incompatible YAML document", "a directive (`%…`) is not part of the language", "remove the line"),
    ("found invalid Unicode", "an escape that is no character", "remove the escape"),
)


def _syntax(file: str, error: Any) -> Stop:
    """Say a syntax error in plain words."""
    mark = error.problem_mark or error.context_mark
    place = Position(file, mark.line + 1, mark.column + 1) if mark else Position(file, 1, 1)
    problem = str(error.problem or error.context or "")
    unknown = ("", f"this is not YAML: {problem}", "look at the indentation, the quotes and the brackets of this line")
    _, what, help = next((row for row in _SYNTAX if problem.startswith(row[0])), unknown)
    code = (
        "CRM120"
        if problem.startswith("found invalid Unicode")
        else "CRM113"
        if "tag" in what
        else "CRM114"
        if "%" in what
        else "CRM108"
    )
    related: tuple[tuple[Position, str], ...] = ()
    if error.context_mark and error.problem_mark and error.context_mark.line != error.problem_mark.line:
        related = ((Position(file, error.context_mark.line + 1, error.context_mark.column + 1), "it begins here"),)
    return Stop(code, what, place, f"libyaml says: {problem}", help, related)
