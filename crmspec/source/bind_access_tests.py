"""Nodes → sentences about who may do what, each of one of four shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmspec.source.bind import MISSING, TEXT, WORD, WORDS, Binder, Key, choice, one_of, word
from crmspec.source.bind_named import needs
from crmspec.source.tree import Node
from crmspec.spec.parts import VERBS, AccessTest, Deed

_WHERE = "access_tests"
# The key that says the shape → the other keys it goes with, and how such a test is written.
SHAPES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "as": (("can", "cannot", "on", "owned_by"), "{as: sales_rep, cannot: read, on: opportunity.margin}"),
    "only": (("can", "on"), "{only: [finance], can: read, on: quote.margin}"),
    "nobody": (("on",), "{nobody: delete, on: account}"),
    "never_both": (("except",), "{never_both: [create: payment, update: payment.confirmed]}"),
}


def bind_access_test(binder: Binder, node: Node) -> AccessTest | None:
    """Read one sentence about who may do what."""
    read = binder.part(node, _WHERE, ACCESS_TEST_KEYS, kind="an access test", example=SHAPES["as"][1])
    if type(node.value) is not dict:
        return None
    shape = _shape(binder, node)
    if shape is None or not _fits(binder, node, shape):
        return None
    match shape:
        case "as":
            return _of_one(binder, node, read)
        case "only":
            wanted = needs(binder, node, _WHERE, read, can="can: read", on="on: quote.margin") and "only" in read
            return _test(verb=read["can"], allowed=True, on=read["on"], only=read["only"]) if wanted else None
        case "nobody":
            wanted = needs(binder, node, _WHERE, read, on="on: account") and "nobody" in read
            return _test(verb=read["nobody"], on=read["on"]) if wanted else None
    if "never_both" not in read:
        return None
    return _test(never_both=read["never_both"], except_=read.get("except_", ()))


def _test(**said: Any) -> AccessTest:
    return AccessTest(**{"as_": "", "verb": "read", "allowed": False, "on": "", **said})


def _shape(binder: Binder, node: Node) -> str | None:
    assert isinstance(node.value, dict)
    said = [key for key in SHAPES if key in node.value]
    if len(said) == 1:
        return said[0]
    if said:
        binder.say(
            "CRM204",
            f"an access test says both `{said[0]}` and `{said[1]}`",
            node.value[said[1]].key_at,
            "each begins a sentence of its own",
            "write two tests",
        )
    else:
        binder.say(
            "CRM211",
            "an access test does not say whom it is about",
            node.at,
            f"it has one of {', '.join(f'`{key}`' for key in SHAPES)}",
            f"write it like `{SHAPES['as'][1]}`",
        )
    return None


def _fits(binder: Binder, node: Node, shape: str) -> bool:
    """Say which keys have no meaning in a test of this shape."""
    keys, example = SHAPES[shape]
    assert isinstance(node.value, dict)
    beside = [child for key, child in node.value.items() if key in ACCESS_TEST_KEYS and key not in (shape, *keys)]
    for child in beside:
        binder.say(
            "CRM204",
            f"`{child.key.value}` has no meaning in an access test that says `{shape}`",
            child.key_at,
            f"beside `{shape}` it has {' and '.join(f'`{key}`' for key in keys)}" if keys else "",
            f"write it like `{example}`",
        )
    return not beside


def _of_one(binder: Binder, node: Node, read: Mapping[str, Any]) -> AccessTest | None:
    if not needs(binder, node, _WHERE, read, as_="as: sales_rep", on="on: opportunity"):
        return None
    assert isinstance(node.value, dict)
    said = [key for key in ("can", "cannot") if key in node.value]
    if len(said) != 1:
        binder.say(
            "CRM211",
            f"an access test says {'both `can` and' if said else 'neither `can` nor'} `cannot`",
            node.at,
            "it holds exactly one of them true",
            "write one of them: `can: read`",
        )
        return None
    if said[0] not in read:
        return None
    return _test(
        as_=read["as_"], verb=read[said[0]], allowed=said[0] == "can", on=read["on"], owned_by=read.get("owned_by", "")
    )


_VERB = one_of(*VERBS)


def _deeds(binder: Binder, node: Node, where: str) -> Any:
    """Read `[create: payment, update: payment.confirmed]`."""
    entries = node.value
    if not isinstance(entries, list) or len(entries) < 2:
        return binder.wrong_shape(node, where, "a list of two deeds or more", SHAPES["never_both"][1][1:-1])
    found: list[Deed] = []
    for entry in entries:
        if not isinstance(entry.value, dict) or len(entry.value) != 1:
            binder.wrong_shape(entry, where, "one verb with what it is done to", "update: payment.confirmed")
            continue
        [(verb, target)] = entry.value.items()
        on = _target(binder, target, where, verb)
        if on is not MISSING:
            found.extend(Deed(verb=known, on=on) for known in VERBS if known == verb)
    return tuple(found) if len(found) == len(entries) else MISSING


def _target(binder: Binder, node: Node, where: str, verb: str) -> Any:
    if verb not in VERBS:
        return binder.say(
            "CRM210",
            f"`{verb}` in `never_both` is no verb",
            node.key_at,
            f"a verb is one of {', '.join(VERBS)}",
            "write it like `update: payment.confirmed`",
        )
    if node.blank:
        return binder.blank(node, where)
    return word(binder, node, where)


_DEEDS_SCHEMA = {
    "type": "array",
    "minItems": 2,
    "items": {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
        "properties": dict.fromkeys(VERBS, TEXT),
    },
}
ACCESS_TEST_KEYS: dict[str, Key] = {
    "as": Key(word, TEXT, "as_"),
    "can": choice(*VERBS),
    "cannot": choice(*VERBS),
    "nobody": choice(*VERBS),
    "on": WORD,
    "owned_by": WORD,
    "only": WORDS,
    "never_both": Key(_deeds, _DEEDS_SCHEMA),
    "except": Key(WORDS.read, WORDS.schema, "except_"),
}
