"""Documents of all layers → one tree for each part: declared once, extended in order, each line where it stood."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmspec.diagnostics import did_you_mean
from crmspec.source.documents import EXTENDABLE, Document
from crmspec.source.form import shown
from crmspec.source.merge import extended
from crmspec.source.tree import Node

if TYPE_CHECKING:
    from crmspec.source.problems import Problems


@dataclass(slots=True)
class Part:
    """The tree of one part and the documents it was made from, the declaring one first."""

    kind: str
    name: str
    node: Node
    documents: list[Document]

    @property
    def layer(self) -> int:
        """The layer that declared it."""
        return self.documents[0].layer


@dataclass(slots=True)
class Assembly:
    """Everything the documents say, part by part, before it becomes values."""

    own: int
    parts: dict[str, dict[str, Part]] = field(default_factory=lambda: {kind: {} for kind in EXTENDABLE})
    organization: Node | None = None
    lists: dict[str, list[Node]] = field(
        default_factory=lambda: {kind: [] for kind in ("terms", "renames", "merges", "splits", "access_tests")}
    )
    removed: dict[str, Node] = field(default_factory=dict)  # address of a field or object → the entry that removes it
    former: dict[str, str] = field(default_factory=dict)  # what a package calls an object → what the team calls it

    def declare(self, document: Document) -> None:
        """Take a document as the one that declares its part."""
        self.parts[document.kind][document.name] = Part(document.kind, document.name, document.node, [document])


def assemble(documents: list[Document], own: int, problems: Problems) -> Assembly:
    """Put the documents together, lowest layer first."""
    assembly = Assembly(own)
    patches: list[Document] = []
    for document in documents:
        if document.kind == "extend":
            patches.append(document)
        elif document.kind in EXTENDABLE:
            _declare(assembly, document, problems)
        elif document.kind == "organization":
            _organize(assembly, document, problems)
        elif document.kind in assembly.lists:
            _list(assembly, document, problems)
        else:
            problems.add(
                "CRM204",
                f"a document `{document.kind}` stands among the specs",
                document.head.key_at,
                why="it says what a project or a package is",
                help=f"put it into {'crmspec.yaml' if document.kind == 'crm' else 'package.yaml'}",
            )
    for patch in patches:
        _extend(assembly, patch, problems)
    return assembly


def _declare(assembly: Assembly, document: Document, problems: Problems) -> None:
    there = assembly.parts[document.kind].get(document.name)
    if there is None:
        assembly.declare(document)
        return
    first = there.documents[0]
    prefix = "" if document.kind == "object" else f"{document.kind}:"
    same_layer = first.layer == document.layer
    problems.add(
        "CRM220",
        f"the {document.kind.replace('_', ' ')} `{shown(document.name)}` is declared twice",
        document.head.at,
        why=f"it is already declared in {first.head.at}",
        help="remove or rename one of them" if same_layer else f"write `extend: {prefix}{document.name}` to change it",
        related=((first.head.at, "the first one"),),
    )


def _extend(assembly: Assembly, patch: Document, problems: Problems) -> None:
    kind, colon, name = patch.name.partition(":")
    if not colon:
        kind, name = "object", patch.name
    if kind not in EXTENDABLE:
        problems.add(
            "CRM223",
            f"`{shown(kind)}` cannot be extended",
            patch.head.at,
            why=f"what can is {', '.join(EXTENDABLE)}",
            help=did_you_mean(kind, EXTENDABLE),
        )
        return
    part = assembly.parts[kind].get(name)
    if part is None:
        problems.add(
            "CRM223",
            f"there is no {kind.replace('_', ' ')} `{shown(name)}` to extend",
            patch.head.at,
            why="no package and no file declares it",
            help=_extend_help(assembly, kind, name),
        )
        return
    wanted = patch.node.get("remove")
    if wanted is not None and wanted.value == "true":
        del assembly.parts[kind][name]
        if kind == "object":
            assembly.removed[name] = wanted
        return
    if kind == "object" and wanted is not None and isinstance(wanted.value, list):
        for entry in wanted.value:
            if isinstance(entry.value, str):
                assembly.removed[f"{name}.{entry.value.removeprefix('fields.')}"] = entry
    part.node = extended(kind, part.node, patch, problems)
    part.documents.append(patch)


def _extend_help(assembly: Assembly, kind: str, name: str) -> str:
    for other in EXTENDABLE:
        if other != kind and name in assembly.parts[other]:
            return f"there is a {other.replace('_', ' ')} of this name: `extend: {other}:{name}`"
    return did_you_mean(name, assembly.parts[kind])


def _organize(assembly: Assembly, document: Document, problems: Problems) -> None:
    """Lay one organization over the one below: the company key by key, departments and positions as a whole."""
    node = document.head
    _nothing_beside(document, problems)
    if (
        assembly.organization is None
        or not isinstance(node.value, dict)
        or not isinstance(assembly.organization.value, dict)
    ):
        assembly.organization = node
        return
    merged = dict(assembly.organization.value)
    for key, child in node.value.items():
        before = merged.get(key)
        if (
            before is not None
            and isinstance(child.value, dict)
            and isinstance(before.value, dict)
            and (key == "company" or _layer_of(before, child))
        ):
            child = child.with_value({**before.value, **child.value})
        merged[key] = child
    assembly.organization = node.with_value(merged)


def _layer_of(one: Node, other: Node) -> bool:
    """Say whether two nodes come from the same layer, so that several files can share one organization."""
    return _home(one) == _home(other)


def _home(node: Node) -> str:
    return node.file.partition("/")[0] if node.file.startswith("package:") else ""


def _list(assembly: Assembly, document: Document, problems: Problems) -> None:
    node = document.head
    _nothing_beside(document, problems)
    expected = dict if document.kind == "terms" else list
    if not isinstance(node.value, expected):
        examples = {
            "terms": "terms: {account: {en: Company}}",
            "renames": "renames: [{from: contact.phone, to: contact.mobile}]",
            "merges": "merges: [{from: [lead.fax, lead.telex], to: lead.fax_number}]",
            "splits": 'splits: [{from: contact.name, to: [contact.first_name, contact.last_name], at: " "}]',
            "access_tests": "access_tests: [{as: sales_rep, cannot: delete, on: account}]",
        }
        problems.add(
            "CRM206",
            f"`{document.kind}` is not a {'mapping' if expected is dict else 'list'}",
            node.at,
            why="each entry says one thing",
            help=f"write it like `{examples[document.kind]}`",
        )
        return
    assembly.lists[document.kind].append(node)


def _nothing_beside(document: Document, problems: Problems) -> None:
    """A document whose first key holds its content has no other key."""
    assert isinstance(document.node.value, dict)
    for key, child in document.node.value.items():
        if key != document.kind:
            problems.add(
                "CRM204",
                f"`{shown(key)}` stands beside `{document.kind}`",
                child.key_at,
                why=f"everything of `{document.kind}` is inside it",
                help="indent it, or begin a new document with `---`",
            )
