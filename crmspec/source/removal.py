"""What a team removes from a package leaves the package's lists, pages and roles, too.

Where a removed field is only an entry among others (a column, a place on a page, a right) and a package wrote it, the
entry goes silently. Where something reads it (a formula, a condition, an index), or where the team itself wrote it, the
rules say so, each with its line.
"""

from __future__ import annotations

from collections.abc import Iterator

from crmspec.source.assemble import Assembly, Part
from crmspec.source.documents import Document
from crmspec.source.references import Graph, Reference, references
from crmspec.source.tree import Node

_LISTS = ("list_view", "report", "layout", "role", "app", "seed")


def drop_removed(assembly: Assembly) -> None:
    """Take the entries of packages that name something removed out of the trees."""
    if not assembly.removed:
        return
    graph = Graph(assembly)
    for kind in ("list_view", "layout", "report", "seed", "sharing", "restriction"):
        for name, part in list(assembly.parts[kind].items()):
            scope = part.node.text("from" if kind == "report" else "object")
            if scope in assembly.removed and part.node.file.startswith("package:"):
                del assembly.parts[kind][name]
    _drop_tiles(assembly)
    for part in _parts(assembly):
        _drop(part, graph, assembly.removed)
    for node in assembly.lists["access_tests"]:
        _drop_tests(node, graph, assembly.removed)


def _drop_tiles(assembly: Assembly) -> None:
    """Take the tiles of packages off that show a list or a report which went with its object."""
    for part in assembly.parts["dashboard"].values():
        tiles = part.node.get("tiles")
        if tiles is None or not isinstance(tiles.value, list):
            continue
        tiles.value = [
            tile
            for tile in tiles.value
            if not tile.file.startswith("package:")
            or not any(
                name and name not in assembly.parts[kind]
                for kind in ("list_view", "report")
                if (name := tile.text(kind))
            )
        ]


def _parts(assembly: Assembly) -> Iterator[Part]:
    for kind in _LISTS:
        yield from assembly.parts[kind].values()


def _drop(part: Part, graph: Graph, removed: dict[str, Node]) -> None:
    document = Document(part.kind, part.name, part.node, 0)
    found = [
        one for one in references(document, graph) if one.node.file.startswith("package:") and hit(one, graph, removed)
    ]
    lists: dict[int, tuple[Node, set[int]]] = {}
    for one in found:
        if one.is_key and isinstance(one.parent.value, dict):
            one.parent.value = {key: child for key, child in one.parent.value.items() if key != one.slot}
        elif isinstance(one.slot, int):
            lists.setdefault(id(one.parent), (one.parent, set()))[1].add(one.slot)
        elif one.slot in ("by", "value") and isinstance(part.node.value, dict):
            part.node = part.node.with_value({key: child for key, child in part.node.value.items() if key != "chart"})
    for parent, slots in lists.values():
        assert isinstance(parent.value, list)
        parent.value = [child for number, child in enumerate(parent.value) if number not in slots]
    if isinstance(part.node.value, dict):
        part.node = part.node.with_value(
            {key: child for key, child in part.node.value.items() if not _emptied(key, child)}
        )


def _emptied(key: str, child: Node) -> bool:
    """A list that has lost its last entry says nothing more."""
    return child.value == [] and key in ("sort", "group_by", "highlights", "related")


def _drop_tests(node: Node, graph: Graph, removed: dict[str, Node]) -> None:
    if not isinstance(node.value, list) or not node.file.startswith("package:"):
        return
    holder = Node({"access_tests": node}, node.event, None, node.file)
    gone = {
        id(one.parent) for one in references(Document("access_tests", "", holder, 0), graph) if hit(one, graph, removed)
    }
    node.value = [child for child in node.value if not gone & {id(child), *_deeds(child)}]


def _deeds(test: Node) -> Iterator[int]:
    """Yield what stands for the deeds of a `never_both`: without one of two there is nothing left to keep apart."""
    deeds = test.get("never_both")
    if deeds is not None and isinstance(deeds.value, list):
        yield from (id(deed) for deed in deeds.value)


def hit(reference: Reference, graph: Graph, removed: dict[str, Node]) -> bool:
    """Say whether a reference names something that is removed."""
    text = reference.text
    if reference.role == "object":
        return text in removed
    if reference.role == "address":
        scope, dot, rest = text.partition(".")
        return scope in removed or (bool(dot) and _leads_to(graph, scope, rest, removed))
    if reference.role == "path":
        return _leads_to(graph, reference.scope, text.removeprefix("-"), removed)
    return False


def _leads_to(graph: Graph, scope: str, path: str, removed: dict[str, Node]) -> bool:
    here: str | None = scope
    for segment in path.split("."):
        if here is None:
            return False
        if f"{here}.{segment}" in removed:
            return True
        shape = graph.fields.get(here, {}).get(segment)
        here = shape.to[0] if shape is not None and len(shape.to) == 1 else None
    return False
