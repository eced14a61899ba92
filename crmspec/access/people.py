"""The people who may log in: adding, disabling, their chairs and roles, and their passwords."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from functools import lru_cache

import sqlalchemy as sa
from uuid_utils import uuid7

from crmspec.access.actor import PersonKind
from crmspec.access.load import UnknownPerson
from crmspec.access.system_tables import system_table
from crmspec.diagnostics import Diagnostic, Refused, did_you_mean
from crmspec.spec import Spec

PASSWORD_LENGTH_MIN = 10
PASSWORD_LENGTH_MAX = 200  # hashing a megabyte would be a way to keep the server busy
_LOGIN = re.compile(r"[^\s\x00-\x1f\x7f]{1,100}\Z")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one password check costs: passes, memory in KiB, lanes. The usual one is OWASP's advice for argon2id."""

    passes: int = 2
    memory_kib: int = 19_456
    lanes: int = 1


USUAL_COST = Cost()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who can log in, or could."""

    id: str
    login: str
    name: str
    email: str = ""
    language: str = ""
    time_zone: str = ""
    active: bool = True
    has_password: bool = False
    positions: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()  # held directly
    roles_until: Mapping[str, datetime] = attribute(default_factory=dict)  # those that end, or have ended
    kind: PersonKind = "person"


def add_person(
    connection: sa.Connection,
    spec: Spec,
    *,
    login: str,
    name: str,
    now: datetime,
    password: str | None = None,
    email: str = "",
    language: str = "",
    time_zone: str = "",
    positions: Iterable[str] = (),
    roles: Iterable[str] = (),
    kind: PersonKind = "person",
    cost: Cost = USUAL_COST,
) -> str:
    """Add a person and return the id. `Refused` names everything that is wrong.

    An integration is a program: it comes with tokens and has no password. A guest is from outside: they sit on no
    position, and what an object opens to everybody is not open to them.
    """
    positions = tuple(positions)
    person = system_table("crmspec_person")
    login = unicodedata.normalize("NFC", login.strip()).lower()
    problems = [*_login_problems(connection, login), *_name_problems(name), *_chair_problems(spec, positions, roles)]
    problems.extend(_kind_problems(kind, positions, has_password=password is not None))
    if password is not None:
        problems.extend(password_problems(password))
    if problems:
        raise Refused(*problems)
    person_id = str(uuid7())
    connection.execute(
        sa.insert(person).values(
            id=person_id,
            login=login,
            name=name.strip(),
            email=email or None,
            language=language or None,
            time_zone=time_zone or None,
            active=True,
            kind=kind,
            created_at=now,
            password_hash=hash_password(password, cost) if password is not None else None,
            password_changed_at=now if password is not None else None,
        )
    )
    set_positions(connection, spec, person_id, positions)
    for role in dict.fromkeys(roles):
        grant_role(connection, spec, person_id, role)
    return person_id


def list_people(connection: sa.Connection, *, active_only: bool = False) -> tuple[Person, ...]:
    """Return everybody, by login, with positions and direct roles: three queries, however many they are."""
    person, chairs, roles = (system_table(f"crmspec_person{tail}") for tail in ("", "_position", "_role"))
    wanted = sa.select(person).order_by(person.c.login)
    if active_only:
        wanted = wanted.where(person.c.active)
    by_person: dict[str, tuple[list[str], list[str]]] = {}
    for person_id, position in connection.execute(
        sa.select(chairs.c.person_id, chairs.c.position).where(~chairs.c.former).order_by(chairs.c.position)
    ):
        by_person.setdefault(person_id, ([], []))[0].append(position)
    ending: dict[str, dict[str, datetime]] = {}
    for person_id, role, until in connection.execute(
        sa.select(roles.c.person_id, roles.c.role, roles.c.until).order_by(roles.c.role)
    ):
        by_person.setdefault(person_id, ([], []))[1].append(role)
        if until is not None:
            ending.setdefault(person_id, {})[role] = until
    found = []
    for row in connection.execute(wanted):
        positions, direct = by_person.get(row.id, ([], []))
        found.append(
            Person(
                id=row.id,
                login=row.login,
                name=row.name,
                email=row.email or "",
                language=row.language or "",
                time_zone=row.time_zone or "",
                active=row.active,
                has_password=row.password_hash is not None,
                positions=tuple(positions),
                roles=tuple(direct),
                roles_until=ending.get(row.id, {}),
                kind=row.kind,
            )
        )
    return tuple(found)


def find_person(connection: sa.Connection, login: str) -> str | None:
    """Return the id of the person with a login, active or not."""
    person = system_table("crmspec_person")
    return connection.execute(
        sa.select(person.c.id).where(person.c.login == login.strip().lower())
    ).scalar_one_or_none()


def set_active(connection: sa.Connection, person_id: str, *, active: bool) -> None:
    """Let a person log in, or no more; their sessions end at once. Their records stay theirs, their chairs too."""
    person, session = system_table("crmspec_person"), system_table("crmspec_session")
    done = connection.execute(sa.update(person).where(person.c.id == person_id).values(active=active))
    if done.rowcount != 1:
        raise UnknownPerson(person_id)
    if not active:
        connection.execute(sa.delete(session).where(session.c.person_id == person_id))


def set_positions(connection: sa.Connection, spec: Spec, person_id: str, positions: Iterable[str]) -> None:
    """Seat a person on exactly these positions.

    Whoever is left without any keeps the last ones as former ones: they bring no right, but the records that the person
    owns stay in sight of those who saw them there, until somebody takes them over.
    """
    table = system_table("crmspec_person_position")
    wanted = list(dict.fromkeys(positions))
    problems = [*_chair_problems(spec, wanted, ()), *_kind_problems(_kind_of(connection, person_id), wanted)]
    if problems:
        raise Refused(*problems)
    mine = table.c.person_id == person_id
    if not wanted:
        connection.execute(sa.update(table).where(mine).values(former=True))
        return
    connection.execute(sa.delete(table).where(mine))
    connection.execute(
        sa.insert(table), [{"person_id": person_id, "position": name, "former": False} for name in wanted]
    )


def grant_role(connection: sa.Connection, spec: Spec, person_id: str, role: str, until: datetime | None = None) -> None:
    """Give a person a role directly, perhaps until a moment; a second time replaces the first."""
    problems = _chair_problems(spec, (), (role,))
    if problems:
        raise Refused(*problems)
    withdraw_role(connection, person_id, role)
    connection.execute(
        sa.insert(system_table("crmspec_person_role")).values(person_id=person_id, role=role, until=until)
    )


def withdraw_role(connection: sa.Connection, person_id: str, role: str) -> None:
    """Take a directly held role back; nothing happens when it is not held."""
    table = system_table("crmspec_person_role")
    connection.execute(sa.delete(table).where(table.c.person_id == person_id, table.c.role == role))


def set_password(
    connection: sa.Connection, person_id: str, password: str, now: datetime, cost: Cost = USUAL_COST, *,
    forced: bool = False,
) -> None:
    """Give a person a new password; every session of theirs ends. `forced`: the next log-in asks for another one."""
    problems = [*password_problems(password), *_kind_problems(_kind_of(connection, person_id), has_password=True)]
    if problems:
        raise Refused(*problems)
    person, session = system_table("crmspec_person"), system_table("crmspec_session")
    done = connection.execute(
        sa.update(person)
        .where(person.c.id == person_id)
        .values(password_hash=hash_password(password, cost), password_changed_at=now, password_forced=forced)
    )
    if done.rowcount != 1:
        raise UnknownPerson(person_id)
    connection.execute(sa.delete(session).where(session.c.person_id == person_id))


def verify_login(connection: sa.Connection, login: str, password: str, cost: Cost = USUAL_COST) -> str | None:
    """Return the id of the active person with this login and password, or None.

    One hash is computed whether there is such a person or not, so that the time taken tells nothing.
    """
    from argon2.exceptions import InvalidHashError, VerificationError

    person = system_table("crmspec_person")
    row = None
    if len(login) <= 100 and "\x00" not in login:
        row = connection.execute(
            sa.select(person.c.id, person.c.password_hash, person.c.active).where(
                person.c.login == unicodedata.normalize("NFC", login.strip()).lower()
            )
        ).one_or_none()
    stored = row.password_hash if row is not None and row.password_hash else _nobodys_hash(cost)
    try:
        _hasher(cost).verify(stored, _bytes(password[: PASSWORD_LENGTH_MAX + 1]))
    except (VerificationError, InvalidHashError):
        return None
    if row is None or not row.active or not row.password_hash:
        return None
    if _hasher(cost).check_needs_rehash(stored):
        connection.execute(
            sa.update(person).where(person.c.id == row.id).values(password_hash=hash_password(password, cost))
        )
    return str(row.id)


def hash_password(password: str, cost: Cost = USUAL_COST) -> str:
    """Return the text that is stored for a password."""
    return str(_hasher(cost).hash(_bytes(password)))


def password_problems(password: str) -> list[Diagnostic]:
    """Return what keeps a text from being a password. Length is what counts; no rules about signs and digits."""
    if len(password) < PASSWORD_LENGTH_MIN:
        return [
            Diagnostic(
                "CRM611",
                f"the password has {len(password)} characters",
                why=f"it needs at least {PASSWORD_LENGTH_MIN}",
                help="take several words",
            )
        ]
    if len(password) > PASSWORD_LENGTH_MAX:
        return [Diagnostic("CRM611", "the password is too long", help=f"at most {PASSWORD_LENGTH_MAX} characters")]
    return []


def _bytes(password: str) -> bytes:
    """One password in one form of bytes, however its accents were typed; a lone surrogate matches nothing."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


@lru_cache(maxsize=4)
def _hasher(cost: Cost):  # type: ignore[no-untyped-def]  # argon2 is imported where passwords are touched, and nowhere else
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes)


@lru_cache(maxsize=4)
def _nobodys_hash(cost: Cost) -> str:
    """A hash no password was made for, to compare with when there is no person."""
    from secrets import token_urlsafe

    return hash_password(token_urlsafe(24), cost)


def _login_problems(connection: sa.Connection, login: str) -> list[Diagnostic]:
    if not _LOGIN.match(login) or any("\ud800" <= sign <= "\udfff" for sign in login):
        return [
            Diagnostic(
                "CRM612",
                f"`{ascii(login)[1:-1][:40]}` cannot be a login",
                why="a login is 1 to 100 characters without spaces",
                help="take the e-mail address, or a short name",
            )
        ]
    if find_person(connection, login) is not None:
        return [
            Diagnostic(
                "CRM613",
                f"there already is somebody with the login `{login}`",
                help="choose another, or enable them again",
            )
        ]
    return []


def _name_problems(name: str) -> list[Diagnostic]:
    if not name.strip() or len(name) > 200 or any(unicodedata.category(sign) in ("Cc", "Cs") for sign in name):
        return [
            Diagnostic(
                "CRM614",
                "a person needs a name of 1 to 200 characters on one line",
                help="write the name as screens show it",
            )
        ]
    return []


def _kind_of(connection: sa.Connection, person_id: str) -> str:
    person = system_table("crmspec_person")
    return connection.execute(sa.select(person.c.kind).where(person.c.id == person_id)).scalar_one_or_none() or "person"


def _kind_problems(kind: str, positions: Iterable[str] = (), *, has_password: bool = False) -> list[Diagnostic]:
    if kind == "integration" and has_password:
        return [
            Diagnostic(
                "CRM619",
                "an integration has no password",
                why="programs come with tokens, which are narrow, end, and can be revoked one by one",
                help="crmspec user token add LOGIN --name NAME --scope opportunity:read",
            )
        ]
    if kind == "guest" and tuple(positions):
        return [
            Diagnostic(
                "CRM619",
                "a guest holds no position",
                why="positions are of the company, and a guest is from outside",
                help="give roles directly, with an end: crmspec user grant LOGIN ROLE --until 2026-12-31",
            )
        ]
    return []


def _chair_problems(spec: Spec, positions: Iterable[str], roles: Iterable[str]) -> list[Diagnostic]:
    known = spec.organization.positions
    problems = [
        Diagnostic("CRM615", f"there is no position `{name}`", help=did_you_mean(name, known))
        for name in positions
        if name not in known
    ]
    return problems + [
        Diagnostic("CRM616", f"there is no role `{name}`", help=did_you_mean(name, spec.roles))
        for name in roles
        if name not in spec.roles
    ]
