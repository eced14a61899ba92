"""The sentences of explanations: one link each, with the line it speaks of. Screens say them in other languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SENTENCES: Mapping[str, str] = {
    "no_object": "there is no object `%(object)s`",
    "stands_in": "stands in for %(person)s",
    "position": "holds the position `%(position)s`, which brings %(roles)s",
    "role": "holds the role `%(role)s` directly",
    "holds_nothing": "holds no position and no role",
    "grant": "role %(way)s grants `%(verb)s` on `%(object)s` with scope `%(scope)s`",
    "no_grant": "no role grants `%(verb)s` on `%(object)s`, and what is not granted is denied",
    "needs_read": "`%(verb)s` needs `read`, and no role grants that on `%(object)s`",
    "givers": "`%(verb)s` is granted by the roles %(roles)s; positions that bring one: %(positions)s",
    "wider": "`%(verb)s` on other records is granted by the roles %(roles)s; positions that bring one: %(positions)s",
    "restriction_met": "the restriction `%(rule)s` lets it through: %(where)s",
    "restriction": "the restriction `%(rule)s` holds it back: it lets through only where %(where)s",
    "parent_lets": "the record follows its parent in `%(field)s`, which lets it through",
    "parent_not": "the record follows its parent in `%(field)s`, which does not let it through",
    "default": "`%(object)s` is open to everybody who has the verb: default_access is `%(access)s`",
    "everything": "the scope `all` reaches every record",
    "scope": "the record's owner%(owner)s is in scope %(scopes)s",
    "sharing": "the sharing rule `%(rule)s` opens it",
    "share": "this one record is shared with them: `%(access)s`",
    "no_owner": "the record has no owner: only the scope `all` reaches it",
    "no_scope": "the record's owner%(owner)s is in none of the scopes %(scopes)s",
    "not_shared": "no sharing rule opens it to them, and nobody shared it with them",
    "no_read": "`%(verb)s` reaches the record, but `read` does not, and `%(verb)s` needs it",
    "field_silent": (
        "no role names `%(field)s`, so it is as the verbs say; its level is `%(level)s`, and `%(verb)s` needs"
        " `%(needed)s`"
    ),
    "field_named": (
        "role %(way)s sets `%(field)s` to `%(named)s`; its level is `%(level)s`, and `%(verb)s` needs `%(needed)s`"
    ),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One link of a reason: a sentence with its words, the address of the line it speaks of (empty: of no line), and
    whether it speaks for the answer yes, for no, or is only told.
    """

    sentence: str  # of `SENTENCES`
    address: str = ""
    fits: bool | None = None
    words: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The sentence in English."""
        return SENTENCES[self.sentence] % dict(self.words)


def step(sentence: str, address: str = "", fits: bool | None = None, **words: str) -> Step:
    """Make a link."""
    return Step(sentence, address, fits, tuple(words.items()))


def listed(names: Iterable[str]) -> str:
    """Name several parts."""
    return ", ".join(f"`{name}`" for name in names) or "no role"
