"""Addresses → positions: which line of which file says a thing."""

from __future__ import annotations

from collections.abc import Callable

from crmspec.diagnostics import Position
from crmspec.source.assemble import Assembly
from crmspec.source.merge import index_name
from crmspec.source.tree import Node


class Origins:
    """Finds the line that said something. The trees are looked at only when somebody asks."""

    def __init__(self, trees: Callable[[], tuple[Assembly, Node | None]]) -> None:
        self._trees = trees
        self._found: tuple[Assembly, Node | None] | None = None

    def at(self, address: str, key: str = "") -> Position | None:
        """Return where a part is declared, or where one of its keys stands (`columns.2`, `grants.account.read`).

        What has no line of its own (a label that was left out, a field a pipeline made) is found at what it belongs to.
        """
        node = self.node(address)
        if node is None:
            parent = address.rpartition(".")[0]
            return self.at(parent) if parent else None
        if not key:
            return _declared_at(node)
        found = _walk(node, key.split("."))
        return found.at if isinstance(found.value, str) and found.value else found.key_at

    def marked(self, address: str, key: str, start: int = 0, length: int = 0) -> Position | None:
        """Return the place of some characters of a text (counted from 1), or of all of it when `start` is 0.

        Only a text that stands on one line as it was written can be marked within.
        """
        node = self.node(address)
        whole = self.at(address, key)
        if not start or node is None or whole is None:
            return whole
        found = _walk(node, key.split("."))
        if not isinstance(found.value, str) or found.event.start_mark.line != found.event.end_mark.line:
            return whole
        quotes = 0 if found.plain else 1
        if whole.length != len(found.value) + 2 * quotes:
            return whole
        return Position(whole.file, whole.line, whole.column + quotes + start - 1, max(1, min(length, whole.length)))

    def node(self, address: str) -> Node | None:
        """Return the tree of a part, or None."""
        if self._found is None:
            self._found = self._trees()
        assembly, project = self._found
        if address == "project":
            return project
        if address in assembly.lists:
            return _joined(assembly.lists[address])
        kind, colon, name = address.partition(":")
        if not colon or "." in kind:  # an option may have a colon in it
            return (
                self._company(assembly, address)
                if address in ("company", "organization")
                else _in_object(assembly, address)
            )
        if kind in ("department", "position"):
            return _step(assembly.organization, f"{kind}s", name)
        if kind in ("validation", "index"):
            return _in_section(assembly, kind, name)
        head, _, rest = name.partition(".")
        part = assembly.parts.get(kind, {}).get(head)
        if part is None:
            return None
        return _step(part.node, "stages", rest) if rest else part.node

    @staticmethod
    def _company(assembly: Assembly, address: str) -> Node | None:
        return assembly.organization if address == "organization" else _step(assembly.organization, "company")


def _joined(lists: list[Node]) -> Node | None:
    """Several documents of one list count through."""
    if len(lists) < 2 or not all(isinstance(one.value, list) for one in lists):
        return lists[0] if lists else None
    return lists[0].with_value([child for one in lists for child in one.value if isinstance(child, Node)])


def _declared_at(node: Node) -> Position:
    """A document is declared by its first key's value; anything else by its own key."""
    if node.key is None and isinstance(node.value, dict) and node.value:
        first = next(iter(node.value.values()))
        return first.at if isinstance(first.value, str) else first.key_at
    return node.key_at


def _in_object(assembly: Assembly, address: str) -> Node | None:
    object_name, _, rest = address.partition(".")
    part = assembly.parts["object"].get(object_name)
    if part is None or not rest:
        return part.node if part else None
    field_name, _, option = rest.partition(".")
    field = _step(part.node, "fields", field_name)
    if field is None:
        field = next(
            (
                p.node
                for p in assembly.parts["pipeline"].values()
                if p.node.text("object") == object_name and (p.node.text("field") or "stage") == field_name
            ),
            None,
        )
        return _step(field, "stages", option) if option and field is not None else field
    return _option(assembly, field, object_name, field_name, option) if option else field


def _option(assembly: Assembly, field: Node, object_name: str, field_name: str, option: str) -> Node | None:
    """An option stands at the field, in its value set, or is a stage of its pipeline."""
    shared = assembly.parts["value_set"].get(field.text("value_set"))
    homes = [field.get("options"), shared.node.get("options") if shared else None]
    homes += [
        part.node.get("stages")
        for part in assembly.parts["pipeline"].values()
        if part.node.text("object") == object_name and (part.node.text("field") or "stage") == field_name
    ]
    for home in homes:
        if home is not None and isinstance(home.value, dict) and option in home.value:
            return home.value[option]
        if home is not None and isinstance(home.value, list):
            found = next((child for child in home.value if child.value == option), None)
            if found is not None:
                return found
    return None


def _in_section(assembly: Assembly, kind: str, name: str) -> Node | None:
    object_name, _, rest = name.partition(".")
    part = assembly.parts["object"].get(object_name)
    if part is None:
        return None
    if kind == "validation":
        return _step(part.node, "validation", rest)
    indexes = part.node.get("indexes")
    for child in indexes.value if indexes is not None and isinstance(indexes.value, list) else ():
        if rest == index_name(child):
            return child
    return part.node.get("indexes")


def _step(node: Node | None, *keys: str) -> Node | None:
    for key in keys:
        if node is None:
            return None
        node = node.get(key)
    return node


def _walk(node: Node, segments: list[str]) -> Node:
    """Follow a key into a part as far as it goes; a key with dots in it (a field's address) counts as one step."""
    while segments:
        if isinstance(node.value, dict):
            for count in range(len(segments), 0, -1):
                child = node.value.get(".".join(segments[:count]))
                if child is not None:
                    break
            else:
                return node
            node, segments = child, segments[count:]
        elif isinstance(node.value, list) and segments[0].isdigit() and int(segments[0]) < len(node.value):
            node, segments = node.value[int(segments[0])], segments[1:]
        else:
            return node
    return node
