"""Which tables revisions touch, as far as they say so."""

from __future__ import annotations

from collections.abc import Iterable

from crmspec.deploy.revisions import Revision


def touched_tables(revision: Revision) -> tuple[str, ...]:
    """Return the tables that a revision touches, by their names before and after."""
    return tuple(getattr(revision.module, "TABLES", ()))


def touched_by(revisions: Iterable[Revision]) -> tuple[str, ...]:
    """Return the tables that several revisions touch."""
    return tuple(dict.fromkeys(table for revision in revisions for table in touched_tables(revision)))
