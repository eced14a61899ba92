"""The second factor: a code of six digits that changes every half minute (RFC 6238), and codes for when it is lost."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime

import pyotp
import segno
import sqlalchemy as sa
from markupsafe import Markup

from crmspec.access import system_table
from crmspec.access.resets import code_hash, spoken_code
from crmspec.records.secret_box import box_for

STEP_SECONDS = 30
_DRIFT = 1  # steps that a clock may be off, either way
_CODES = 10


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A second factor that is being set up."""

    secret: str
    uri: str

    @property
    def picture(self) -> Markup:
        """The QR code as SVG, without a style of its own: the page's policy allows none."""
        out = io.BytesIO()
        segno.make(self.uri, error="m", micro=False).save(
            out, kind="svg", xmldecl=False, svgns=False, omitsize=True, nl=False, border=2, svgclass="qr",
            lineclass="qr-line", dark="#111", light=None,
        )
        return Markup(out.getvalue().decode())  # noqa: S704 - made of squares only

    @property
    def spoken(self) -> str:
        """The secret in groups of four, for typing it in."""
        return " ".join(self.secret[start:start + 4] for start in range(0, len(self.secret), 4))


def enrolment(connection: sa.Connection, session_id: str, login: str, crm: str) -> Enrolment | None:
    """Return what this session is setting up, beginning it when need be; None when the server has no key to keep it."""
    table, box = system_table("crmspec_session"), box_for(connection)
    stored = connection.execute(sa.select(table.c.enrolling).where(table.c.id == session_id)).scalar_one_or_none()
    secret = box.opened(stored) if stored else None
    if secret is None:
        secret = pyotp.random_base32()
        closed = box.closed(secret)
        if closed is None:
            return None
        connection.execute(sa.update(table).where(table.c.id == session_id).values(enrolling=closed))
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=crm))


def enrol(
    connection: sa.Connection, session_id: str, person_id: str, code: str, now: datetime
) -> tuple[str, ...] | None:
    """Take the second factor of this session for the person's own when the code fits; return the recovery codes."""
    table, person = system_table("crmspec_session"), system_table("crmspec_person")
    stored = connection.execute(sa.select(table.c.enrolling).where(table.c.id == session_id)).scalar_one_or_none()
    secret = box_for(connection).opened(stored) if stored else None
    step = _step(secret, code, now) if secret else None
    if step is None:
        return None
    connection.execute(
        sa.update(person)
        .where(person.c.id == person_id)
        .values(second_factor=stored, second_factor_at=now, second_factor_step=step)
    )
    connection.execute(sa.update(table).where(table.c.id == session_id).values(enrolling=None))
    return make_codes(connection, person_id)


def _step(secret: str, code: str, now: datetime) -> int | None:
    """Return the half minute that a code belongs to, when it is one around now."""
    plain = "".join(sign for sign in code if sign in "0123456789")
    here = int(now.timestamp()) // STEP_SECONDS
    for step in range(here - _DRIFT, here + _DRIFT + 1):
        if len(plain) == 6 and pyotp.utils.strings_equal(pyotp.TOTP(secret).generate_otp(step), plain):
            return step
    return None


def accept(connection: sa.Connection, person_id: str, code: str, now: datetime) -> bool:
    """Say whether a code is the person's, and take it: none is taken twice, nor one from before the last."""
    person = system_table("crmspec_person")
    stored = connection.execute(sa.select(person.c.second_factor).where(person.c.id == person_id)).scalar_one_or_none()
    secret = box_for(connection).opened(stored) if stored else None
    step = _step(secret, code, now) if secret else None
    if step is None:
        return False
    newer = sa.or_(person.c.second_factor_step.is_(None), person.c.second_factor_step < step)
    done = connection.execute(
        sa.update(person).where(person.c.id == person_id, newer).values(second_factor_step=step)
    )
    return done.rowcount == 1


def make_codes(connection: sa.Connection, person_id: str) -> tuple[str, ...]:
    """Return new recovery codes; the old ones are over. The database keeps only their hashes."""
    table, codes = system_table("crmspec_recovery_code"), tuple(spoken_code() for _ in range(_CODES))
    connection.execute(sa.delete(table).where(table.c.person_id == person_id))
    connection.execute(
        sa.insert(table), [{"id": code_hash(person_id, code), "person_id": person_id} for code in codes]
    )
    return codes


def use_code(connection: sa.Connection, person_id: str, code: str, now: datetime) -> bool:
    """Say whether this is a recovery code of the person that was never used, and end it."""
    table = system_table("crmspec_recovery_code")
    mine = sa.and_(table.c.id == code_hash(person_id, code), table.c.person_id == person_id, table.c.used_at.is_(None))
    return connection.execute(sa.update(table).where(mine).values(used_at=now)).rowcount == 1


def codes_left(connection: sa.Connection, person_id: str) -> int:
    """Return how many recovery codes are not used yet."""
    table = system_table("crmspec_recovery_code")
    mine = sa.select(sa.func.count()).where(table.c.person_id == person_id, table.c.used_at.is_(None))
    return int(connection.execute(mine).scalar_one())


def take_away(connection: sa.Connection, person_id: str) -> None:
    """End a person's second factor and its recovery codes."""
    person, table = system_table("crmspec_person"), system_table("crmspec_recovery_code")
    gone = {"second_factor": None, "second_factor_at": None, "second_factor_step": None}
    connection.execute(sa.update(person).where(person.c.id == person_id).values(gone))
    connection.execute(sa.delete(table).where(table.c.person_id == person_id))
