"""A filter of and-or groups as a word of an address, and back: `{"any": [["stage", "is", "won"], {"all": […]}]}`."""

from __future__ import annotations

import json
from typing import Any

from crmspec.records.conditions import DEPTH_MAX, MEMBERS_MAX, Condition, Group
from crmspec.records.problems import BadQuestion
from crmspec.records.words import say

_LENGTH_MAX = 8_000
_PARTS = 3


def read_filter(text: str, language: str) -> Group | None:
    """Read a filter; None when there is none. `BadQuestion` for what is none, whatever it is."""
    if not text:
        return None
    try:
        if len(text) > _LENGTH_MAX:
            raise ValueError
        return _group(json.loads(text), DEPTH_MAX)
    except (ValueError, TypeError, RecursionError):
        raise BadQuestion(say(language, "too_many_conditions"), "bad_filter") from None


def _group(content: Any, depth: int) -> Group:
    if not isinstance(content, dict) or len(content) != 1 or depth == 0:
        raise ValueError
    word, members = next(iter(content.items()))
    if word not in ("all", "any") or not isinstance(members, list) or len(members) > MEMBERS_MAX:
        raise ValueError
    return Group(tuple(_member(one, depth - 1) for one in members), any=word == "any")


def _member(content: Any, depth: int) -> Condition | Group:
    if isinstance(content, dict):
        return _group(content, depth)
    if not isinstance(content, list) or len(content) != _PARTS or not all(isinstance(part, str) for part in content):
        raise ValueError
    return Condition(*content)


def write_filter(group: Group | None) -> str:
    """Write a filter as a word; empty when nothing is asked."""
    if group is None or not group.members:
        return ""
    return json.dumps(_plain(group), ensure_ascii=False, separators=(",", ":"))


def _plain(member: Condition | Group) -> object:
    if isinstance(member, Condition):
        return [member.field, member.operator, member.value]
    return {"any" if member.any else "all": [_plain(one) for one in member.members]}
