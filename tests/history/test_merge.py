"""What two branches come to, and where they contradict each other."""

from __future__ import annotations

import pytest

from crmspec.history import merge_plain

BEFORE = {"objects": {"contact": {"fields": {
    "name": {"type": "text"}, "kind": {"type": "picklist", "options": [{"name": "a"}, {"name": "b"}]}}}}, "tags": ["x"]}


def changed(*path: str, to: object, of: object = BEFORE) -> object:
    """A copy with one entry replaced, added, or (None) taken away."""
    assert isinstance(of, dict)
    head, *rest = path
    if rest:
        return {**of, head: changed(*rest, to=to, of=of.get(head, {}))}
    return {key: value for key, value in (of | {head: to}).items() if value is not None}


NAME = ("objects", "contact", "fields", "name")


@pytest.mark.parametrize(("theirs", "ours", "addresses"), [
    (changed(*NAME, "max_length", to=4), BEFORE, []),
    (changed(*NAME, "max_length", to=4), changed(*NAME, "required", to=True), []),
    (changed(*NAME, "max_length", to=4), changed(*NAME, "max_length", to=4), []),
    (changed(*NAME, "max_length", to=4), changed(*NAME, "max_length", to=5), ["contact.name: max_length"]),
    (changed(*NAME, "max_length", to=4), changed(*NAME, to=None), ["contact.name"]),
    (changed(*NAME, to=None), changed(*NAME, to=None), []),
    (changed("objects", "visit", to={"fields": {}}), changed("objects", "deal", to={"fields": {}}), []),
    (changed("objects", "visit", to={"fields": {"a": 1}}), changed("objects", "visit", to={"fields": {"a": 2}}),
     ["visit.a"]),
    (changed("tags", to=["x", "y"]), changed("tags", to=["z"]), []),
    (changed("objects", "contact", "fields", "kind", "options", to=[{"name": "a", "label": "A"}]),
     changed("objects", "contact", "fields", "kind", "options", to=[{"name": "a", "label": "B"}, {"name": "b"}]),
     ["contact.kind: options.a.label"]),
])
def test_contradictions_are_found(theirs: object, ours: object, addresses: list[str]) -> None:
    """The same change on both sides is none, and whichever branch is merged into the other they are the same."""
    for first, second in ((theirs, ours), (ours, theirs)):
        _, conflicts = merge_plain(BEFORE, first, second)
        assert [one.address for one in conflicts] == addresses


def test_what_comes_of_it() -> None:
    """Both additions are in, both removals are out; of lists of words, too."""
    theirs = changed("tags", to=["x", "y"], of=changed(*NAME, "max_length", to=4))
    ours = changed("tags", to=["z"], of=changed(*NAME, "required", to=True))
    merged, _ = merge_plain(BEFORE, theirs, ours)
    assert merged["objects"]["contact"]["fields"]["name"] == {"type": "text", "max_length": 4, "required": True}
    assert merged["tags"] == ["y", "z"]
