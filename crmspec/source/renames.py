"""Declared renames: which of them mean something, and what they do to the packages below.

A package speaks the old names for ever; the team's own specs speak the new ones. So every name in a package is followed
through the renames before the team's specs are laid over it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from crmspec.diagnostics import did_you_mean
from crmspec.source.assemble import Assembly
from crmspec.source.documents import Document
from crmspec.source.form import shown
from crmspec.source.problems import Problems
from crmspec.source.references import Graph, Reference, references
from crmspec.source.tree import Node
from crmspec.spec.address import kind_of

NAMED = (
    "role",
    "pipeline",
    "report",
    "list_view",
    "layout",
    "dashboard",
    "app",
    "department",
    "position",
    "value_set",
    "sharing",
    "restriction",
)


@dataclass(slots=True)
class Names:
    """What each name has become: objects, fields, options, and parts that say their kind."""

    objects: dict[str, str] = field(default_factory=dict)
    fields: dict[tuple[str, str], str] = field(default_factory=dict)
    options: dict[tuple[str, str, str], str] = field(default_factory=dict)
    parts: dict[tuple[str, str], str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.objects or self.fields or self.options or self.parts)

    def path(self, graph: Graph, scope: str, path: tuple[str, ...]) -> tuple[str, ...]:
        """Return a path in the new names."""
        out = []
        for segment, found in zip(path, graph.on(scope, path), strict=True):
            new = self.fields.get((found[0], found[1])) if found else None
            out.append(f"{found[2]}{new}{found[3]}" if found and new else segment)
        return tuple(out)

    def address(self, graph: Graph, address: str) -> str:
        """Return `object` or `object.field` in the new names."""
        object_name, dot, rest = address.partition(".")
        fields = self.path(graph, object_name, tuple(rest.split("."))) if dot else ()
        return ".".join((self.objects.get(object_name, object_name), *fields))

    def part(self, graph: Graph, address: str) -> str:
        """Return an object, a field or an option in the new names."""
        parts = address.split(".", 2)
        whole = self.address(graph, ".".join(parts[:2]))
        return f"{whole}.{self.option(graph, parts[0], (parts[1],), parts[2])}" if len(parts) == 3 else whole

    def option(self, graph: Graph, scope: str, path: tuple[str, ...], text: str) -> str:
        """Return an option in the new names; `path` leads to its field."""
        found = graph.on(scope, path)[-1]
        return self.options.get((found[0], found[1], text), text) if found else text

    def formula(self, graph: Graph, scope: str, text: str) -> str:
        """Return a formula in the new names."""
        from crmspec.formula import rename_paths

        return rename_paths(
            text, lambda path: self.path(graph, scope, path), lambda path, said: self.option(graph, scope, path, said)
        )


def renamed(reference: Reference, names: Names, graph: Graph) -> str:
    """Return what a reference reads in the new names; the same text when nothing of it has changed."""
    text = reference.text
    match reference.role:
        case "object":
            return names.objects.get(text, text)
        case "address":
            return names.address(graph, text)
        case "part":
            return names.part(graph, text)
        case "path":
            minus = "-" if text.startswith("-") else ""
            return minus + ".".join(names.path(graph, reference.scope, tuple(text.removeprefix("-").split("."))))
        case "formula":
            return names.formula(graph, reference.scope, text)
        case "option":
            return names.option(graph, reference.scope, (reference.field,), text)
        case "transition":
            return " -> ".join(
                names.option(graph, reference.scope, (reference.field,), side.strip()) for side in text.split("->")
            )
        case "actor":
            return names.parts.get(("position", text)) or names.parts.get(("role", text), text)
        case _:
            kind, colon, name = text.partition(":")
            if colon:
                return f"{kind}:{names.parts.get((kind, name), name)}"
            return names.parts.get((reference.role, text), text)


def rename_documents(documents: list[Document], names: Names, graph: Graph) -> None:
    """Write the new names into the trees of packages; each line stays where it was written."""
    for document in documents:
        changes = [
            (found, new) for found in references(document, graph) if (new := renamed(found, names, graph)) != found.text
        ]
        own = _own_name(document, names)
        keys: dict[int, tuple[Node, dict[str, str]]] = {}
        for found, new in changes:
            if found.is_key:
                keys.setdefault(id(found.parent), (found.parent, {}))[1][str(found.slot)] = new
            else:
                found.node.value = new
        for parent, changed in keys.values():
            assert isinstance(parent.value, dict)
            parent.value = {changed.get(key, key): child for key, child in parent.value.items()}
        if own != document.name:
            document.head.value = own
            document.name = own
        elif document.kind == "extend" and isinstance(document.head.value, str):
            document.name = document.head.value


def _own_name(document: Document, names: Names) -> str:
    if document.kind == "object":
        return names.objects.get(document.name, document.name)
    if document.kind == "extend":
        return document.name
    return names.parts.get((document.kind, document.name), document.name)


@dataclass(frozen=True, slots=True)
class Entry:
    """One rename as it was written."""

    before: str
    after: str
    node: Node


def entries_of(nodes: list[Node]) -> list[Entry]:
    """Return the renames whose two sides are texts; the others are said when they are bound."""
    out = []
    for node in nodes:
        for child in node.value if isinstance(node.value, list) else ():
            if child.text("from") and child.text("to"):
                out.append(Entry(child.text("from"), child.text("to"), child))
    return out


def names_for(entries: list[Entry], there: set[str]) -> Names:
    """Work out what each address of the packages has become; `there` are their addresses, in the old names.

    A chain is followed to its end, but not past an address that the packages declare themselves: then the two
    renames happen side by side, as in a swap.
    """
    objects = {entry.after: entry.before for entry in entries if entry.after.isidentifier()}
    after = {_in_old(entry.before, objects, there): entry.after for entry in entries}
    names = Names()
    for address in after:
        if address not in there:
            continue
        end, seen = after[address], {address}
        while end in after and end not in there and end not in seen:
            seen.add(end)
            end = after[end]
        _note(names, address, end)
    return names


def _in_old(address: str, objects: dict[str, str], there: set[str]) -> str:
    """Write an address with the old name of its object when that is how the packages know it."""
    head, dot, rest = address.partition(".")
    seen = {head}
    while dot and address not in there and objects.get(head, head) not in seen:
        head = objects[head]
        seen.add(head)
        address = f"{head}.{rest}"
    return address


def _note(names: Names, before: str, after: str) -> None:
    kind, colon, name = before.partition(":")
    if colon and kind_of(before) == kind:
        names.parts[(kind, name)] = after.partition(":")[2]
        return
    parts = before.split(".", 2)
    new = after.split(".", 2)
    if len(parts) != len(new):
        return
    if len(parts) == 1:
        names.objects[parts[0]] = new[0]
    elif len(parts) == 2:
        names.fields[(parts[0], parts[1])] = new[1]
    else:
        names.options[(parts[0], parts[1], parts[2])] = new[2]


def addresses_of(assembly: Assembly) -> set[str]:
    """Return every address that can be renamed."""
    out: set[str] = set()
    for name, part in assembly.parts["object"].items():
        out.add(name)
        fields = part.node.get("fields")
        for field_name, child in fields.value.items() if fields is not None and isinstance(fields.value, dict) else ():
            out.add(f"{name}.{field_name}")
            out.update(f"{name}.{field_name}.{option}" for option in _options(assembly, child))
    for part in assembly.parts["pipeline"].values():
        home = f"{part.node.text('object')}.{part.node.text('field') or 'stage'}"
        stages = part.node.get("stages")
        out.add(home)
        out.update(
            f"{home}.{stage}"
            for stage in (stages.value if stages is not None and isinstance(stages.value, dict) else ())
        )
    for kind in NAMED:
        out.update(f"{kind}:{name}" for name in assembly.parts.get(kind, ()))
    for kind in ("department", "position"):
        found = assembly.organization.get(f"{kind}s") if assembly.organization is not None else None
        out.update(
            f"{kind}:{name}" for name in (found.value if found is not None and isinstance(found.value, dict) else ())
        )
    return out


def _options(assembly: Assembly, field_node: Node) -> list[str]:
    options = field_node.get("options")
    if options is None:
        shared = assembly.parts["value_set"].get(field_node.text("value_set"))
        options = shared.node.get("options") if shared else None
    if options is None or isinstance(options.value, str):
        return []
    return (
        [key for key in options.value if isinstance(key, str)]
        if isinstance(options.value, dict)
        else [child.value for child in options.value if isinstance(child.value, str)]
    )


def check_renames(entries: list[Entry], declared: set[str], problems: Problems) -> None:
    """Refuse renames that mean nothing, each with both positions."""
    sources: dict[str, Entry] = {}
    targets: dict[str, Entry] = {}
    moved = {entry.before: entry.after for entry in entries}
    for entry in entries:
        if entry.before == entry.after:
            _refuse(
                problems,
                entry,
                f"`{shown(entry.before)}` is renamed to itself",
                "nothing would change",
                "remove the entry",
            )
            continue
        if not _same_kind(entry, moved):
            _refuse(
                problems,
                entry,
                f"`{shown(entry.before)}` cannot become `{shown(entry.after)}`",
                "a rename goes from one address to another of the same kind, in the same object",
                "write an object as `deal`, a field as `deal.amount`, an option as `deal.stage.won`",
            )
            continue
        for told, key, word in (
            (sources, entry.before, "renamed twice"),
            (targets, entry.after, "the target of two renames"),
        ):
            other = told.setdefault(key, entry)
            if other is not entry:
                _refuse(
                    problems,
                    entry,
                    f"`{shown(key)}` is {word}",
                    f"it already is in line {other.node.at.line}: {shown(other.before)} → {shown(other.after)}",
                    "keep one of the two entries",
                    other,
                )
    objects = {entry.before: entry.after for entry in entries if entry.before.isidentifier()}
    declared = declared | {_as_was(address, objects) for address in declared if "." in address} if objects else declared
    for entry in sources.values():
        _check_ends(entry, sources, targets, declared, objects, problems)


def _as_was(address: str, objects: dict[str, str]) -> str:
    """Write a declared address with the name its object had before, since older entries speak of it so."""
    head, _, rest = address.partition(".")
    before = next((old for old, new in objects.items() if new == head), head)
    return f"{before}.{rest}"


def _is_there(address: str, objects: dict[str, str], known: set[str]) -> bool:
    """Say whether an address is known, by the name that its object has or by any that it got in later entries."""
    head, dot, rest = address.partition(".")
    seen: set[str] = set()
    while head not in seen:
        if f"{head}{dot}{rest}" in known:
            return True
        seen.add(head)
        head = objects.get(head, head) if dot else head
    return False


def _check_ends(
    entry: Entry,
    sources: dict[str, Entry],
    targets: dict[str, Entry],
    declared: set[str],
    objects: dict[str, str],
    problems: Problems,
) -> None:
    round_trip = _round_trip(entry, sources)
    if round_trip:
        if all(address in declared for address in round_trip) or entry.before != min(round_trip):
            return  # a swap, or said at its first address already
        missing = next(address for address in round_trip if address not in declared)
        _refuse(
            problems,
            entry,
            f"the renames of {', '.join(f'`{shown(one)}`' for one in round_trip)} go round in a circle",
            f"they could only be a swap, and `{shown(missing)}` is not there",
            "remove the entries that are past",
            sources[round_trip[-1]],
        )
        return
    if entry.before in declared and entry.before not in targets:
        _refuse(
            problems,
            entry,
            f"`{shown(entry.before)}` is renamed, and still declared",
            "one name would stand for two things",
            f"write `{shown(entry.after.rpartition('.')[2])}` where it is declared, or remove the entry",
        )
    if not _is_there(entry.after, objects, declared | sources.keys()):
        _refuse(
            problems,
            entry,
            f"`{shown(entry.before)}` is renamed to `{shown(entry.after)}`, which is not there",
            "the new name has to be declared",
            did_you_mean(entry.after, [a for a in declared if a.count(".") == entry.after.count(".")]),
        )


def _round_trip(entry: Entry, sources: dict[str, Entry]) -> list[str]:
    """Return the addresses of the circle an entry is part of, or nothing."""
    way = [entry.before]
    here = entry.after
    while here in sources and here not in way:
        way.append(here)
        here = sources[here].after
    return way if here == entry.before else []


def _same_kind(entry: Entry, moved: dict[str, str]) -> bool:
    kinds = {kind_of(entry.before), kind_of(entry.after)}
    if kinds - {"object", "field", "option"}:
        return len(kinds) == 1 and kinds <= set(NAMED)
    one, other = entry.before.split(".", 2), entry.after.split(".", 2)
    if len(one) != len(other):
        return False
    same_field = len(one) < 3 or one[1] == other[1] or f"{one[0]}.{one[1]}" in moved
    return len(one) == 1 or ((one[0] == other[0] or moved.get(one[0]) == other[0]) and same_field)


def _refuse(problems: Problems, entry: Entry, what: str, why: str, help: str, other: Entry | None = None) -> None:
    related = ((other.node.at, "the other one"),) if other is not None else ()
    problems.add("CRM380", what, entry.node.at, why=why, help=help, related=related)
