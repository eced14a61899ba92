"""A document and the documents that extend it → one tree, each line of it still where it was written."""

from __future__ import annotations

from crmspec.source.documents import Document
from crmspec.source.form import shown
from crmspec.source.problems import Problems
from crmspec.source.tree import Node
from crmspec.spec.field_types import FIELD_TYPES

# What a plain name in `remove` takes out of each kind.
_COLLECTION = {"object": "fields", "pipeline": "stages", "role": "grants", "value_set": "options"}
_SECTIONS = {
    "object": ("fields", "validation", "indexes"),
    "pipeline": ("stages",),
    "role": ("grants", "fields", "mute"),
    "value_set": ("options",),
}


def extended(kind: str, base: Node, patch: Document, problems: Problems) -> Node:
    """Lay a patch over a part: mappings key by key, indexes beside indexes, everything else replaced; what the patch
    removes is taken out first.
    """
    assert isinstance(patch.node.value, dict)
    over = patch.node.with_value(
        {key: node for key, node in patch.node.value.items() if key not in ("extend", "remove")}
    )
    result = _removed(kind, base, patch, problems)
    return _laid_over(result, over)


def _laid_over(base: Node, over: Node) -> Node:
    """Deep merge; a field whose type changes keeps only the keys that the new type has."""
    if not isinstance(base.value, dict) or not isinstance(over.value, dict):
        return over
    merged = dict(base.value)
    given = over.value.get("type")
    if (
        given is not None
        and isinstance(given.value, str)
        and given.value in FIELD_TYPES
        and given.value != base.text("type")
    ):
        allowed = FIELD_TYPES[given.value].all_keys
        merged = {key: node for key, node in merged.items() if key in allowed or key not in _FIELD_WORDS}
    previous = ""
    for key, node in over.value.items():
        before = merged.get(key)
        if before is None:
            merged = _placed(merged, previous, key, node)
        elif key == "options" and isinstance(before.value, list) and isinstance(node.value, dict):
            merged[key] = _laid_over(_as_map(before), node)
        elif key == "indexes" and isinstance(before.value, list) and isinstance(node.value, list):
            merged[key] = _beside(before, before.value, node.value)
        else:
            merged[key] = _laid_over(before, node)
        previous = key
    return base.with_value(merged)


def _beside(base: Node, before: list[Node], more: list[Node]) -> Node:
    """Add indexes to those that are there; one of the same name takes the other's place."""
    own = {index_name(child) for child in more}
    return base.with_value([*(child for child in before if index_name(child) not in own), *more])


def index_name(index: Node) -> str:
    """Return the name of an index as it is written: its own, else that of its fields together."""
    fields = index.value if isinstance(index.value, list) else getattr(index.get("fields"), "value", ())
    words = [str(field.value).lstrip("-") for field in fields or () if isinstance(field, Node)]
    return index.text("name") or "_".join(words)


def _placed(entries: dict[str, Node], previous: str, key: str, node: Node) -> dict[str, Node]:
    """Add an entry behind the one before it in the patch (`needs: {}`, then the new stage), else at the end."""
    if previous not in entries:
        return {**entries, key: node}
    names = list(entries)
    at = names.index(previous) + 1
    return {**{name: entries[name] for name in names[:at]}, key: node, **{name: entries[name] for name in names[at:]}}


_FIELD_WORDS = frozenset().union(*(row.all_keys for row in FIELD_TYPES.values()))


def _as_map(options: Node) -> Node:
    """Write a list of options as a map, so that a patch can speak of one of them."""
    assert isinstance(options.value, list)
    return options.with_value(
        {
            child.value: Node({}, child.event, child.event, child.file)
            for child in options.value
            if isinstance(child.value, str)
        }
    )


def _removed(kind: str, base: Node, patch: Document, problems: Problems) -> Node:
    """Take out of a part what a patch names in `remove`; names that are not there are said."""
    wanted = patch.node.get("remove")
    if wanted is None or wanted.value == "true":
        return base
    if not isinstance(wanted.value, list) or kind not in _COLLECTION:
        problems.add(
            "CRM206",
            f"`remove` of `{patch.name}` is not a list of names",
            wanted.at,
            why=f"it names what is taken out of the {kind}",
            help="write it like `remove: [fax]`, or `remove: true` for all of it",
        )
        return base
    assert isinstance(base.value, dict)
    parts = dict(base.value)
    for entry in wanted.value:
        section, name = _section(kind, entry, parts)
        found = parts.get(section)
        if found is not None and isinstance(found.value, dict) and name in found.value:
            parts[section] = found.with_value({key: node for key, node in found.value.items() if key != name})
        elif found is not None and isinstance(found.value, list) and name in map(_entry_name, found.value):
            parts[section] = found.with_value([child for child in found.value if _entry_name(child) != name])
        else:
            _nothing_to_remove(patch, entry, section, found, problems)
    return base.with_value(parts)


def _entry_name(child: Node) -> str:
    """Return what an entry of a list is called: an option by its text, an index by its fields."""
    return child.value if isinstance(child.value, str) else index_name(child)


def _section(kind: str, entry: Node, parts: dict[str, Node]) -> tuple[str, str]:
    text = entry.value if isinstance(entry.value, str) else ""
    head, dot, rest = text.partition(".")
    return (head, rest) if dot and head in _SECTIONS[kind] else (_COLLECTION[kind], text)


def _nothing_to_remove(patch: Document, entry: Node, section: str, found: Node | None, problems: Problems) -> None:
    from crmspec.diagnostics import did_you_mean

    there = (
        [key for key in found.value if isinstance(key, str)]
        if found is not None and isinstance(found.value, dict)
        else []
    )
    name = entry.value if isinstance(entry.value, str) else "…"
    problems.add(
        "CRM224",
        f"`{patch.name}` has no `{shown(name)}` to remove",
        entry.at,
        why=f"it is not among its {section}",
        help=did_you_mean(name, there) or "remove the line",
    )
