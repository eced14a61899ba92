"""What set-up pages ask of rooms that the server may not import: handed in when it starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa

from crmspec.server.views import PlanLine


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseEntry:
    """One release as its row says."""

    number: int
    action: str
    at: datetime
    who: str
    git_commit: str = ""
    version: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePlan:
    """What a release changed, in lines and as the command line prints it."""

    lines: tuple[PlanLine, ...]
    text: str


class Backstage(Protocol):
    """The releases of a database."""

    def releases(self, connection: sa.Connection) -> Sequence[ReleaseEntry]:
        """Return every release, newest first."""

    def plan_of(self, connection: sa.Connection, number: int) -> ReleasePlan:
        """Return what a release changed against the one before it."""
