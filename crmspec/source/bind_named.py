"""What every named document has: a label, and keys it cannot do without."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmspec.source.bind import Binder
from crmspec.source.tree import Node


def labelled(binder: Binder, read: dict[str, Any], name: str) -> dict[str, Any]:
    """Fill in a label that was left out: the words of the name."""
    if "label" not in read:
        read["label"] = binder.spoken(name)
    return read


def needs(binder: Binder, node: Node, address: str, read: Mapping[str, Any], **examples: str) -> bool:
    """Say which keys are missing; tell whether the part can be made."""
    whole = True
    for key, example in examples.items():
        if key not in read:
            whole = False
            written = key.rstrip("_")
            if node.get(written) is None:
                binder.missing(node, address, written, example)
    return whole
