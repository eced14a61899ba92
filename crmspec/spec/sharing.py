"""Parts that open or close single records beside scopes: sharing rules, restrictions, record teams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Literal

Text = Mapping[str, str]  # language → words, as in `parts`
Access = Literal["read", "edit"]
ACCESSES: tuple[Access, ...] = ("read", "edit")
PRINCIPAL_KINDS = ("role", "department", "position", "team_of")


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Some people of the organization; exactly one of the first four is named."""

    role: str = ""  # who has this role, through whatever position or role
    department: str = ""  # who sits in it, and who manages it
    position: str = ""  # who holds it
    team_of: str = ""  # a position: who holds it, and who reports to the same position
    below: bool = False  # department: those under it, too; position: those below it in the reporting line, too

    @property
    def kind(self) -> str:
        """Return which of the four is named."""
        return next((kind for kind in PRINCIPAL_KINDS if getattr(self, kind)), "role")

    @property
    def name(self) -> str:
        """Return the name of what is named."""
        return str(getattr(self, self.kind))

    def __str__(self) -> str:
        return f"{self.kind} {self.name}{' and below' if self.below else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """Records that are open to some people besides those whom their scopes reach. It grants no verb: a role does.

    With `where` and `owned_by` both, a record has to fit both; with neither, all records are shared. `where` is a
    formula over the record's own stored fields; `me()` in it is the person who looks. `edit` means read and update.
    """

    name: str
    label: Text = attribute(default_factory=dict)
    object: str
    where: str = ""
    owned_by: tuple[Principal, ...] = ()
    to: tuple[Principal, ...] = ()
    access: Access = "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """What the records that some people reach must meet, whatever gives them the right: last, and for every verb.

    A record must meet it before a change and after it; where the formula comes out blank, it does not.
    """

    name: str
    label: Text = attribute(default_factory=dict)
    object: str
    principals: tuple[Principal, ...] = ()  # written `for`
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRole:
    """What a colleague is on the team of one record, and what that lets them do with it."""

    name: str
    label: Text = attribute(default_factory=dict)
    access: Access = "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTeam:
    """Colleagues beside the owner, added record by record; `record_team: true` is a team without roles of its own."""

    roles: Mapping[str, TeamRole] = attribute(default_factory=dict)


def principals_of(part: Sharing | Restriction) -> Iterator[tuple[str, Principal]]:
    """Yield everybody a part names, with the key that names them."""
    if isinstance(part, Restriction):
        yield from ((f"for.{number}", one) for number, one in enumerate(part.principals))
        return
    yield from ((f"to.{number}", one) for number, one in enumerate(part.to))
    yield from ((f"owned_by.{number}", one) for number, one in enumerate(part.owned_by))
