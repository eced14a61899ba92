"""The audit trail: who did what, in rows that are only ever added, each with the hash of the one before."""

from __future__ import annotations

from crmspec.audit.entries import Entry, own_hash
from crmspec.audit.events import EVENTS, GROUPS, Event, Group, events_of
from crmspec.audit.reading import Filter, Head, Noted, head, read_trail
from crmspec.audit.shortening import Shortened, shorten
from crmspec.audit.verify import Anchor, Verdict, verify
from crmspec.audit.writing import begin_chain, note

__all__ = [
    "EVENTS", "GROUPS", "Anchor", "Entry", "Event", "Filter", "Group", "Head", "Noted", "Shortened", "Verdict",
    "begin_chain", "events_of", "head", "note", "own_hash", "read_trail", "shorten", "verify",
]
