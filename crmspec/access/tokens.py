"""API tokens: a person's or an integration's key for programs. The database holds hashes; what a token may is at most
what its person may, alone, and never set-up.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from uuid_utils import uuid7

from crmspec.access.actor import Actor
from crmspec.access.load import UnknownPerson, load_actor
from crmspec.access.rights import EVERY_OBJECT, Rights
from crmspec.access.system_tables import system_table
from crmspec.diagnostics import Diagnostic, Refused, did_you_mean
from crmspec.spec import VERBS, Spec

PREFIX = "crm_"  # so that scanners of repositories know one when they see it
NAME_LENGTH_MAX = 100
_EVERY_VERB = "*"
_NOTE_USE = timedelta(minutes=1)

TokenScope = tuple[str, str]  # object or *, verb or *


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is known of a token: everything but its secret."""

    id: str
    person_id: str
    login: str
    name: str
    scopes: tuple[TokenScope, ...]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None

    def works(self, now: datetime) -> bool:
        """Say whether it still opens anything."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


def read_scopes(spec: Spec, texts: Iterable[str]) -> tuple[TokenScope, ...]:
    """Read `opportunity:read`, `account:*`, `*:read`. `Refused` names everything that is none."""
    found: dict[TokenScope, None] = {}
    problems = []
    for text in texts:
        object_name, colon, verb = text.strip().partition(":")
        if not colon or not object_name or not verb:
            problems.append(
                Diagnostic(
                    "CRM618",
                    f"`{text[:60]}` is no scope of a token",
                    why="a scope names an object and a verb",
                    help="write it like `opportunity:read`, `account:*` or `*:read`",
                )
            )
        elif object_name != EVERY_OBJECT and object_name not in spec.objects:
            help = did_you_mean(object_name, spec.objects)
            problems.append(Diagnostic("CRM618", f"there is no object `{object_name[:60]}`", help=help))
        elif verb != _EVERY_VERB and verb not in VERBS:
            problems.append(
                Diagnostic("CRM618", f"there is no verb `{verb[:60]}`", help=did_you_mean(verb, (*VERBS, "*")))
            )
        else:
            found[object_name, verb] = None
    if problems:
        raise Refused(*problems)
    return tuple(found)


def make_token(
    connection: sa.Connection,
    spec: Spec,
    *,
    person_id: str,
    name: str,
    scopes: Iterable[str],
    now: datetime,
    expires_at: datetime | None = None,
    by: str | None = None,
) -> tuple[str, str]:
    """Make a token and return its id and its secret, which is known to nobody afterwards. No scopes: all of them."""
    wanted = read_scopes(spec, scopes)
    name = name.strip()
    if not name or len(name) > NAME_LENGTH_MAX or not name.isprintable():
        raise Refused(
            Diagnostic(
                "CRM618",
                f"a token needs a name of 1 to {NAME_LENGTH_MAX} characters",
                why="nobody would know later what it was for",
                help="name what uses it",
            )
        )
    if expires_at is not None and expires_at <= now:
        raise Refused(Diagnostic("CRM618", "the token would have expired already", help="give a later day"))
    made, secret = str(uuid7()), PREFIX + secrets.token_urlsafe(32)
    connection.execute(
        sa.insert(system_table("crmspec_token")).values(
            id=made,
            person_id=person_id,
            name=name,
            hash=_hash(secret),
            created_at=now,
            created_by_id=by,
            expires_at=expires_at,
        )
    )
    if wanted:
        rows = [{"token_id": made, "object": one, "verb": verb} for one, verb in wanted]
        connection.execute(sa.insert(system_table("crmspec_token_scope")), rows)
    return made, secret


def list_tokens(connection: sa.Connection, *, person_id: str | None = None) -> tuple[Token, ...]:
    """Return the tokens of everybody or of one person, newest first."""
    table, person, scope = (system_table(f"crmspec_{name}") for name in ("token", "person", "token_scope"))
    wanted = (
        sa.select(table, person.c.login)
        .join(person, person.c.id == table.c.person_id)
        .order_by(table.c.created_at.desc(), table.c.id.desc())
    )
    if person_id is not None:
        wanted = wanted.where(table.c.person_id == person_id)
    scopes: dict[str, list[TokenScope]] = {}
    for row in connection.execute(sa.select(scope).order_by(scope.c.object, scope.c.verb)):
        scopes.setdefault(row.token_id, []).append((row.object, row.verb))
    return tuple(
        Token(
            id=row.id,
            person_id=row.person_id,
            login=row.login,
            name=row.name,
            scopes=tuple(scopes.get(row.id, ())),
            created_at=row.created_at,
            expires_at=row.expires_at,
            used_at=row.used_at,
            revoked_at=row.revoked_at,
        )
        for row in connection.execute(wanted)
    )


def revoke_token(connection: sa.Connection, token_id: str, now: datetime) -> bool:
    """End a token for good; False when there is none of this id that still works."""
    table = system_table("crmspec_token")
    meant = (table.c.id == token_id, table.c.revoked_at.is_(None))
    return connection.execute(sa.update(table).where(*meant).values(revoked_at=now)).rowcount == 1


@dataclass(frozen=True, slots=True)
class Caller:
    """Who came with a token: the token's id, the person with what the token leaves them, when it was used last."""

    token_id: str
    actor: Actor
    used_at: datetime | None

    def is_stale(self, now: datetime) -> bool:
        """Say whether its use has to be noted again."""
        return self.used_at is None or now - self.used_at > _NOTE_USE


def caller_of(connection: sa.Connection, spec: Spec, secret: str, now: datetime) -> Caller | None:
    """Return who has this token, or None: unknown, expired, revoked, or its person may not come in any more."""
    if not secret.startswith(PREFIX) or len(secret) > 200:
        return None
    table, scope = system_table("crmspec_token"), system_table("crmspec_token_scope")
    row = connection.execute(
        sa.select(table.c.id, table.c.person_id, table.c.used_at).where(
            table.c.hash == _hash(secret),
            table.c.revoked_at.is_(None),
            sa.or_(table.c.expires_at.is_(None), table.c.expires_at > now),
        )
    ).one_or_none()
    if row is None:
        return None
    scopes = [(one.object, one.verb) for one in connection.execute(sa.select(scope).where(scope.c.token_id == row.id))]
    try:
        actor = load_actor(connection, spec, row.person_id, now)
    except UnknownPerson:
        return None
    return Caller(row.id, narrowed(actor, scopes), row.used_at)


def note_use(connection: sa.Connection, token_id: str, now: datetime) -> None:
    """Write down when a token was used last."""
    table = system_table("crmspec_token")
    connection.execute(sa.update(table).where(table.c.id == token_id).values(used_at=now))


def narrowed(actor: Actor, scopes: Collection[TokenScope]) -> Actor:
    """Return a person as a token of theirs: alone, without set-up, and of their verbs only those that it names."""
    alone = actor.identities[0]
    rights = replace(alone.rights, setup=False)
    return replace(alone, rights=_only(rights, frozenset(scopes)) if scopes else rights)


def _only(rights: Rights, scopes: frozenset[TokenScope]) -> Rights:
    grants = {
        object_name: {
            verb: lines
            for verb, lines in verbs.items()
            if not scopes.isdisjoint({(object_name, verb), (object_name, "*"), ("*", verb), ("*", "*")})
        }
        for object_name, verbs in rights.grants.items()
    }
    return replace(rights, grants={name: verbs for name, verbs in grants.items() if verbs})


def _hash(secret: str) -> str:
    """Return what is stored: a secret of 256 random bits needs no salt and no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
