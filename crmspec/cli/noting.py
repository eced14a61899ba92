"""What a command did, for the audit trail: under the account that ran it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crmspec.audit import Entry, note
from crmspec.deploy.generated import user_name

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmspec.audit.entries import Detail


def note_command(connection: Connection, event: str, *, object: str | None = None, **detail: Detail) -> None:
    """Write down what a command does; call it last in its transaction."""
    said = {"command": True, **detail}
    note(connection, Entry(event=event, at=datetime.now(UTC), who=user_name(), object=object, detail=said))
