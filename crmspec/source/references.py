"""Where a document names something else: every word that would have to change if that something were called otherwise.

Works on trees, before anything becomes a value, because renames have to reach packages before the team's own specs are
laid over them, and because `crmspec rename` edits the text itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crmspec.source.assemble import Assembly
from crmspec.source.documents import Document
from crmspec.source.tree import Node

Roles = str  # object, address, part, path, formula, option, transition, or the kind of a named part


@dataclass(frozen=True, slots=True)
class Reference:
    """One word (or formula) in a document: where it hangs in the tree, what it is, and whose names it speaks."""

    parent: Node
    slot: str | int
    is_key: bool
    role: Roles
    scope: str = ""  # the object whose names a path, formula or option uses
    field: str = ""  # the field whose options an option is one of

    @property
    def node(self) -> Node:
        """The node that holds the word; for a key, the node behind it."""
        value = self.parent.value
        return value[self.slot]  # type: ignore[index, return-value]

    @property
    def text(self) -> str:
        """The word as it stands."""
        if self.is_key:
            return str(self.slot)
        value = self.node.value
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Shape:
    """What following a path needs to know of a field."""

    to: tuple[str, ...]
    staged: bool


class Graph:
    """Objects, their fields, and where lookups lead: just enough to follow a path."""

    def __init__(self, assembly: Assembly) -> None:
        self.fields: dict[str, dict[str, Shape]] = {}
        self.pipelines: dict[str, tuple[str, str]] = {}
        for name, pipeline in assembly.parts["pipeline"].items():
            self.pipelines[name] = (pipeline.node.text("object"), pipeline.node.text("field") or "stage")
        staged = set(self.pipelines.values())
        for name, part in assembly.parts["object"].items():
            found = part.node.get("fields")
            children = found.value if found is not None and isinstance(found.value, dict) else {}
            self.fields[name] = {
                field: Shape(_targets(child), (name, field) in staged) for field, child in children.items()
            }
        # A patch of a layout does not say again which object it lays out.
        self.homes = {
            (kind, name): part.node.text("from" if kind == "report" else "object")
            for kind in ("report", "list_view", "layout", "seed", "sharing", "restriction")
            for name, part in assembly.parts[kind].items()
        }
        for object_name, field in staged:
            self.fields.setdefault(object_name, {}).setdefault(field, Shape((), True))

    def on(self, scope: str, path: tuple[str, ...]) -> list[tuple[str, str, str, str] | None]:
        """Give for each segment (object, field, before, after) when it stands for a field, else None.

        `days_in_stage` stands for `stage` with `days_in_` before it.
        """
        here: str | None = scope
        out: list[tuple[str, str, str, str] | None] = []
        for segment in path:
            found = self._segment(here, segment) if here else None
            out.append((here, *found) if here and found else None)
            shape = self.fields.get(here, {}).get(segment) if here else None
            here = shape.to[0] if shape is not None and len(shape.to) == 1 else None
        return out

    def _segment(self, object_name: str, segment: str) -> tuple[str, str, str] | None:
        fields = self.fields.get(object_name, {})
        if segment in fields:
            return (segment, "", "")
        for before, after in (("days_in_", ""), ("", "_since")):
            bare = (
                segment.removeprefix(before).removesuffix(after)
                if segment.startswith(before) and segment.endswith(after)
                else ""
            )
            if bare in fields and fields[bare].staged:
                return (bare, before, after)
        return None


def _targets(field: Node) -> tuple[str, ...]:
    to = field.get("to")
    if to is None:
        return ()
    if isinstance(to.value, list):
        return tuple(child.value for child in to.value if isinstance(child.value, str))
    return (to.value,) if isinstance(to.value, str) else ()


def references(document: Document, graph: Graph) -> Iterator[Reference]:
    """Give every reference of one document, except the name it declares."""
    kind, name, node = document.kind, document.name, document.node
    if kind == "extend":
        kind, colon, name = name.partition(":")
        if not colon:
            kind, name = "object", document.name
        yield Reference(node, "extend", False, kind)
        yield from _removals(node, kind, name, graph)
    if kind in _WALKS:
        yield from _WALKS[kind](node, name, graph)


def _one(node: Node, key: str, role: str, scope: str = "", field: str = "") -> Iterator[Reference]:
    """A word, or a list of words, under a key."""
    child = node.get(key)
    if child is None:
        return
    if isinstance(child.value, str):
        yield Reference(node, key, False, role, scope, field)
    elif isinstance(child.value, list):
        for number, item in enumerate(child.value):
            if isinstance(item.value, str):
                yield Reference(child, number, False, role, scope, field)


def _keys(node: Node | None, role: str, scope: str = "", field: str = "") -> Iterator[Reference]:
    """The keys of a mapping."""
    if node is not None and isinstance(node.value, dict):
        for key in node.value:
            yield Reference(node, key, True, role, scope, field)


def _children(node: Node | None) -> Iterator[tuple[str, Node]]:
    if node is not None and isinstance(node.value, dict):
        yield from ((key, child) for key, child in node.value.items() if isinstance(child.value, dict))
    elif node is not None and isinstance(node.value, list):
        yield from ((str(number), child) for number, child in enumerate(node.value) if isinstance(child.value, dict))


def _removals(node: Node, kind: str, name: str, graph: Graph) -> Iterator[Reference]:
    if kind == "object":
        yield from _one(node, "remove", "path", name)
    elif kind == "pipeline" and name in graph.pipelines:
        yield from _one(node, "remove", "option", *graph.pipelines[name])
    elif kind == "role":
        yield from _one(node, "remove", "object")


def _object(node: Node, name: str, graph: Graph) -> Iterator[Reference]:
    yield from _one(node, "title_field", "path", name)
    yield from _keys(node.get("fields"), "path", name)
    for field, child in _children(node.get("fields")):
        yield from _one(child, "to", "object")
        yield from _one(child, "value_set", "value_set")
        yield from _one(child, "of", "address")
        of = child.text("of").partition(".")[0]
        yield from _one(child, "via", "path", of)
        yield from _one(child, "filter", "formula", of)
        for key in ("formula", "required_when", "visible_when"):
            yield from _one(child, key, "formula", name)
        yield from _one(child, "default", "option", name, field)
        yield from _convert(child, name, field)
        options = child.get("options")
        yield from (
            _one(child, "options", "option", name, field)
            if options is None or isinstance(options.value, list)
            else _keys(options, "option", name, field)
        )
    for _, rule in _children(node.get("validation")):
        yield from _one(rule, "when", "formula", name)
        yield from _one(rule, "field", "path", name)
    indexes = node.get("indexes")
    if indexes is not None and isinstance(indexes.value, list):
        for number, child in enumerate(indexes.value):
            yield from _one(child, "fields", "path", name)
            if isinstance(child.value, list):
                yield from (
                    Reference(child, at, False, "path", name)
                    for at, item in enumerate(child.value)
                    if isinstance(item.value, str)
                )
            assert number >= 0


def _convert(node: Node, name: str, field: str) -> Iterator[Reference]:
    """What a field's values become: its own options, and the field that records of another object are found by."""
    convert = node.get("convert")
    if convert is None or not isinstance(convert.value, dict):
        return
    targets = _targets(node)
    if len(targets) == 1:
        yield from _one(convert, "by", "path", targets[0])
    yield from _one(convert, "otherwise", "option", name, field)
    named = convert.get("map")
    for old in named.value if named is not None and isinstance(named.value, dict) else ():
        assert named is not None
        yield from _one(named, old, "option", name, field)


def _moves(node: Node, name: str, graph: Graph) -> Iterator[Reference]:
    for kind in ("merges", "splits"):
        for _, child in _children(node.get(kind)):
            yield from _one(child, "from", "part")
            yield from _one(child, "to", "part")
            yield from _one(child, "where", "formula", child.text("from"))
            yield from _keys(child.get("fields"), "part")
            yield from _keys(child.get("values"), "part")
            mapped = child.get("fields")
            for old in mapped.value if mapped is not None and isinstance(mapped.value, dict) else ():
                assert mapped is not None
                yield from _one(mapped, old, "part")


def _pipeline(node: Node, name: str, graph: Graph) -> Iterator[Reference]:
    scope, field = graph.pipelines.get(name, (node.text("object"), node.text("field") or "stage"))
    yield from _one(node, "object", "object")
    yield from _one(node, "field", "path", scope)
    yield from _keys(node.get("stages"), "option", scope, field)
    yield from _one(node, "transitions", "transition", scope, field)
    for _, stage in _children(node.get("stages")):
        yield from _one(stage, "responsible", "role")
        yield from _one(stage, "enter_requires", "path", scope)
        yield from _one(stage, "enter_when", "formula", scope)


def _role(node: Node, name: str, graph: Graph) -> Iterator[Reference]:
    yield from _one(node, "include", "role")
    yield from _keys(node.get("grants"), "object")
    yield from _keys(node.get("mute"), "object")
    yield from _keys(node.get("fields"), "address")


def _organization(node: Node, name: str, graph: Graph) -> Iterator[Reference]:
    head = node.get("organization") or node
    yield from _keys(head.get("departments"), "department")
    yield from _keys(head.get("positions"), "position")
    for _, child in _children(head.get("departments")):
        yield from _one(child, "parent", "department")
        yield from _one(child, "manager", "position")
    for _, child in _children(head.get("positions")):
        yield from _one(child, "department", "department")
        yield from _one(child, "reports_to", "position")
        yield from _one(child, "roles", "role")


def _report(node: Node, name: str, graph: Graph) -> Iterator[Reference]:
    scope = node.text("from") or graph.homes.get(("report", name), "")
    yield from _one(node, "from", "object")
    yield from _view(node, scope)
    yield from _one(node, "group_by", "path", scope)
    yield from _keys(node.get("totals"), "path", scope)
    chart = node.get("chart")
    if chart is not None:
        yield from _one(chart, "by", "path", scope)
        yield from _one(chart, "value", "path", scope)


def _list_view(node: Node, name: str, graph: Graph) -> Iterator[Reference]:
    yield from _one(node, "object", "object")
    yield from _view(node, node.text("object") or graph.homes.get(("list_view", name), ""))


def _view(node: Node, scope: str) -> Iterator[Reference]:
    yield from _one(node, "columns", "path", scope)
    yield from _one(node, "sort", "path", scope)
    yield from _one(node, "filter", "formula", scope)
    yield from _one(node, "roles", "role")


def _layout(node: Node, name: str, graph: Graph) -> Iterator[Reference]:
    scope = node.text("object") or graph.homes.get(("layout", name), "")
    yield from _one(node, "object", "object")
    yield from _one(node, "highlights", "path", scope)
    yield from _one(node, "roles", "role")
    for _, section in _children(node.get("sections")):
        yield from _one(section, "fields", "path", scope)


def _dashboard(node: Node, name: str, graph: Graph) -> Iterator[Reference]:
    yield from _one(node, "roles", "role")
    for _, tile in _children(node.get("tiles")):
        yield from _one(tile, "list_view", "list_view")
        yield from _one(tile, "report", "report")


def _app(node: Node, name: str, graph: Graph) -> Iterator[Reference]:
    yield from _one(node, "objects", "object")
    yield from _one(node, "roles", "role")


def _access_tests(node: Node, name: str, graph: Graph) -> Iterator[Reference]:
    for _, test in _children(node.get("access_tests")):
        yield from _one(test, "as", "actor")
        yield from _one(test, "owned_by", "position")
        yield from _one(test, "on", "address")
        yield from _one(test, "only", "actor")
        yield from _one(test, "except", "actor")
        for _, deed in _children(test.get("never_both")):
            assert isinstance(deed.value, dict)
            for verb in deed.value:
                yield from _one(deed, verb, "address")


def _sharing(node: Node, name: str, graph: Graph) -> Iterator[Reference]:
    yield from _narrowed(node, node.text("object") or graph.homes.get(("sharing", name), ""))
    yield from _people(node.get("to"))
    yield from _people(node.get("owned_by"))


def _restriction(node: Node, name: str, graph: Graph) -> Iterator[Reference]:
    yield from _narrowed(node, node.text("object") or graph.homes.get(("restriction", name), ""))
    yield from _people(node.get("for"))


def _narrowed(node: Node, scope: str) -> Iterator[Reference]:
    yield from _one(node, "object", "object")
    yield from _one(node, "where", "formula", scope)


def _people(node: Node | None) -> Iterator[Reference]:
    """Roles, departments and positions of one entry of people, or of several."""
    if node is None:
        return
    for child in [node] if isinstance(node.value, dict) else [one for _, one in _children(node)]:
        yield from _one(child, "role", "role")
        yield from _one(child, "department", "department")
        yield from _one(child, "position", "position")
        yield from _one(child, "team_of", "position")


def _seed(node: Node, name: str, graph: Graph) -> Iterator[Reference]:
    scope = node.text("object") or graph.homes.get(("seed", name), "")
    yield from _one(node, "object", "object")
    yield from _one(node, "key", "path", scope)
    for _, row in _children(node.get("rows")):
        yield from _keys(row, "path", scope)
        assert isinstance(row.value, dict)
        for field in row.value:
            yield from _one(row, field, "option", scope, field)


def _terms(node: Node, name: str, graph: Graph) -> Iterator[Reference]:
    yield from _keys(node.get("terms"), "object")


def _value_set(node: Node, name: str, graph: Graph) -> Iterator[Reference]:
    yield from ()


_WALKS = {
    "object": _object,
    "pipeline": _pipeline,
    "role": _role,
    "organization": _organization,
    "report": _report,
    "list_view": _list_view,
    "layout": _layout,
    "dashboard": _dashboard,
    "app": _app,
    "access_tests": _access_tests,
    "seed": _seed,
    "sharing": _sharing,
    "restriction": _restriction,
    "merges": _moves,
    "splits": _moves,
    "terms": _terms,
    "value_set": _value_set,
}
