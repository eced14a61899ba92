"""Trees → documents: the first key of each says what it is."""

from __future__ import annotations

from dataclasses import dataclass

from crmspec.diagnostics import did_you_mean
from crmspec.source.form import shown
from crmspec.source.problems import Problems
from crmspec.source.reading import SourceFile
from crmspec.source.tree import Node, read_tree
from crmspec.spec import names

# Kinds whose value is the name of one part: those that `extend` adds to, and all; and kinds whose value is the content.
EXTENDABLE = (
    "object",
    "value_set",
    "pipeline",
    "role",
    "report",
    "list_view",
    "layout",
    "dashboard",
    "app",
    "seed",
    "sharing",
    "restriction",
)
NAMED = (*EXTENDABLE, "extend", "crm", "package")
WHOLE = ("terms", "renames", "merges", "splits", "organization", "access_tests")
KINDS = NAMED + WHOLE


@dataclass(slots=True)
class Document:
    """One document: its kind, its name (or ''), its tree, and the layer and file it came from."""

    kind: str
    name: str
    node: Node
    layer: int
    index: int = 0

    @property
    def file(self) -> str:
        """The file it stands in."""
        return self.node.file

    @property
    def head(self) -> Node:
        """The node of the first key: the name, or the content."""
        found = self.node.get(self.kind)
        assert found is not None
        return found


def document_of(node: Node, layer: int, index: int, problems: Problems) -> Document | None:
    """Tell what a document is, or say why it is nothing."""
    entries = node.value
    assert isinstance(entries, dict)
    if not entries:
        problems.add(
            "CRM117", "this document is empty", node.at, why="`{}` says nothing", help="begin it like `object: contact`"
        )
        return None
    kind = next(iter(entries))
    first = entries[kind]
    if kind not in KINDS:
        _not_a_kind(kind, entries, problems)
        return None
    if kind in WHOLE:
        return Document(kind, "", node, layer, index)
    if not isinstance(first.value, str) or first.blank:
        problems.add(
            "CRM206",
            f"`{kind}` is not followed by a name",
            first.key_at,
            why="the first key of a document names what it is",
            help=f"write it like `{kind}: {'contact' if kind != 'crm' else 'acme'}`",
        )
        return None
    return Document(kind, first.value, node, layer, index)


def _not_a_kind(kind: str, entries: dict[str, Node], problems: Problems) -> None:
    first = entries[kind]
    later = next((key for key in entries if key in KINDS), None)
    if later is not None and kind not in KINDS:
        problems.add(
            "CRM202",
            f"a document begins with `{shown(kind)}`, not with what it is",
            first.key_at,
            why="the first key of a document says what it is",
            help=f"move the line `{later}: …` to the top",
        )
        return
    if not kind.isascii() and names.latin(kind) in KINDS:
        problems.add(
            "CRM218",
            f"`{shown(kind)}` looks like `{names.latin(kind)}`, and is not",
            first.key_at,
            why=f"it has {names.strange_letters(kind)}",
            help=f"write `{names.latin(kind)}`",
        )
        return
    problems.add(
        "CRM201",
        f"unknown kind of document `{shown(kind)}`",
        first.key_at,
        why=f"a document begins with one of {', '.join(KINDS)}",
        help=did_you_mean(kind, KINDS),
    )


def documents_of(file: SourceFile, problems: Problems) -> list[Document]:
    """Read one file into its documents."""
    out = []
    for index, node in enumerate(read_tree(file.name, file.data, problems)):
        document = document_of(node, file.layer, index, problems)
        if document is not None:
            out.append(document)
    return out
