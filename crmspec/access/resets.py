"""A way to a new password that somebody hands over: a code that works once, for a day, and shows nothing old."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa

from crmspec.access.system_tables import system_table
from crmspec.diagnostics import Diagnostic, Refused

VALID = timedelta(hours=24)
_BYTES = 10  # 80 bits: nobody guesses that, and a plain hash of it is enough


def make_reset(connection: sa.Connection, person_id: str, now: datetime) -> str:
    """Return a code for a new password; it replaces an earlier one. The present password goes on working until then."""
    person, table, code = system_table("crmspec_person"), system_table("crmspec_reset"), spoken_code()
    kind = connection.execute(sa.select(person.c.kind).where(person.c.id == person_id)).scalar_one_or_none()
    if kind == "integration":
        raise Refused(Diagnostic(
            "CRM696", "an integration has no password", why="it comes with tokens",
            help="crmspec user token add LOGIN"))
    connection.execute(sa.delete(table).where(sa.or_(table.c.person_id == person_id, table.c.expires_at < now)))
    made = {"id": code_hash(person_id, code), "person_id": person_id, "created_at": now, "expires_at": now + VALID}
    connection.execute(sa.insert(table).values(made))
    return code


def use_reset(connection: sa.Connection, login: str, code: str, now: datetime) -> str | None:
    """Return the person whose code this is, and end the code; None when it is not theirs, used, or too old."""
    person, table = system_table("crmspec_person"), system_table("crmspec_reset")
    person_id = connection.execute(
        sa.select(person.c.id).where(person.c.login == login.strip().lower(), person.c.active)
    ).scalar_one_or_none()
    if person_id is None:
        return None
    wanted = sa.and_(
        table.c.id == code_hash(person_id, code), table.c.used_at.is_(None), table.c.expires_at > now
    )
    done = connection.execute(sa.update(table).where(wanted).values(used_at=now))
    return str(person_id) if done.rowcount == 1 else None


def spoken_code() -> str:
    """Return a code as people read it out: `abcd-efgh-jkmn-pqrs`."""
    text = base64.b32encode(secrets.token_bytes(_BYTES)).decode().lower()
    return "-".join(text[start:start + 4] for start in range(0, len(text), 4))


def code_hash(person_id: str, code: str) -> str:
    """Return what is stored for somebody's code, however it was typed."""
    plain = "".join(sign for sign in code.lower() if sign.isalnum())[:64]
    return hashlib.sha256(f"{person_id}:{plain}".encode()).hexdigest()
