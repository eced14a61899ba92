"""What the trail can say: one row an event. An event that is not here cannot be written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Group = Literal["log_in", "refusal", "reading", "people", "change", "release", "trail"]
# Group → what its events are about, in English: the server translates it.
GROUPS: Mapping[Group, str] = {
    "log_in": "Log-in",
    "refusal": "Refusals",
    "reading": "Reading",
    "people": "People and rights",
    "change": "Changes",
    "release": "Releases",
    "trail": "The trail itself",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One kind of event: its group, and what happened in a few words."""

    name: str
    group: Group
    words: str


def _rows(group: Group, words: Mapping[str, str]) -> Iterable[Event]:
    return (Event(name, group, said) for name, said in words.items())


EVENTS: Mapping[str, Event] = {
    event.name: event
    for event in (
        *_rows(
            "log_in",
            {
                "log_in": "Logged in",
                "log_out": "Logged out",
                "log_out_everywhere": "Logged out everywhere",
                "session_ended": "Ended another session",
                "password_changed": "Changed the password",
                "reset_used": "Set a new password with a one-time code",
                "second_factor_on": "Set up a second factor",
                "second_factor_off": "Took the second factor away",
                "recovery_code_used": "Logged in with a recovery code",
                "recovery_codes_made": "Made new recovery codes",
                "token_used": "Logged in with an API token",
            },
        ),
        *_rows(
            "refusal",
            {
                "log_in_failed": "Failed to log in",
                "locked_out": "Was locked out after too many tries",
                "address_blocked": "An address was blocked after too many tries",
                "second_factor_failed": "Gave a wrong second factor",
                "open_id_refused": "Came back from the provider and was refused",
                "refused": "Was refused",
                "token_refused": "Came with an API token that is not valid",
            },
        ),
        *_rows(
            "reading",
            {
                "export": "Took records away",
                "reveal": "Read a secret field",
                "report_read": "Read a large report",
                "bulk_read": "Read many records",
                "file_read": "Read a file",
            },
        ),
        *_rows(
            "people",
            {
                "person_added": "Added a person",
                "person_changed": "Changed a person",
                "person_disabled": "Disabled a person",
                "person_enabled": "Enabled a person",
                "positions_changed": "Changed positions",
                "role_granted": "Gave a role",
                "role_withdrawn": "Took a role back",
                "delegation_added": "Let somebody stand in",
                "delegation_ended": "Ended a delegation",
                "password_reset": "Made a one-time code for a new password",
                "password_set": "Set somebody's password",
                "unlocked": "Unlocked a person",
                "second_factor_reset": "Took somebody's second factor away",
                "token_made": "Made an API token",
                "token_revoked": "Revoked an API token",
                "shared": "Shared a record",
                "unshared": "Ended a share",
                "view_as": "Looked at the screens as somebody else",
            },
        ),
        *_rows(
            "change",
            {
                "imported": "Imported records",
                "bulk_change": "Changed many records",
                "transferred": "Gave records to somebody else",
                "setup_changed": "Changed the set-up",
            },
        ),
        *_rows(
            "release",
            {
                "deployed": "Deployed",
                "rolled_back": "Rolled back",
                "restored": "Restored what was removed",
                "purged": "Ended what was removed",
                "repaired": "Repaired the database",
                "chain_closed": "Closed the chain of releases",
            },
        ),
        *_rows("trail", {"trail_read": "Read the trail", "shortened": "Shortened the trail"}),
    )
}


def events_of(group: str) -> tuple[str, ...]:
    """Return the names of a group's events."""
    return tuple(event.name for event in EVENTS.values() if event.group == group)
