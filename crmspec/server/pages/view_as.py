"""Looking at the screens as somebody else: for people whose roles say `setup`, to see what a change of rights means.

1. It begins with a post that the audit trail notes, and ends with another, or with the session.
2. It only looks: the door refuses every other post.
3. What is shown is what both may see. Set-up rights are no rights to data (design: administrators configure without
   reading), so nobody reads through somebody else what they may not read themselves.
4. Whoever the screens are shown as, the trail and the database know who really looks.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace

import sqlalchemy as sa
from starlette.responses import Response

from crmspec.access import Actor, load_actor_for
from crmspec.server.release import Release
from crmspec.server.sessions import Session
from crmspec.server.web import Exchange, Problem, Reply, see_other

COOKIE = "crmspec_view_as"
_NAME_MOST = 200


def begin(exchange: Exchange) -> Reply:
    """Show the screens as a person, a position or a role from now on."""
    wanted = exchange.form.text("person")[:_NAME_MOST]
    found = load_actor_for(exchange.connection, exchange.spec, wanted, exchange.now)
    if found is None or exchange.session is None:
        raise Problem(404)
    exchange.note("view_as", name=wanted)
    response = see_other(exchange.urls.to())
    response.set_cookie(
        COOKIE,
        f"{_seal(exchange.session, wanted)}.{wanted.encode().hex()}",
        path=f"{exchange.settings.prefix}/",
        httponly=True,
        samesite="strict",
        secure=exchange.settings.secure_cookies,
    )
    return response


def end(exchange: Exchange) -> Reply:
    """Be oneself again."""
    return forgotten(see_other(exchange.urls.to("setup", "person-access")), exchange)


def forgotten(response: Response, exchange: Exchange) -> Response:
    """Take the cookie back."""
    response.delete_cookie(COOKIE, path=f"{exchange.settings.prefix}/")
    return response


def shown_as(connection: sa.Connection, release: Release, session: Session, viewer: Actor, cookie: str) -> Actor | None:
    """Return whom the screens are shown as, narrowed to what the viewer may see; None when it is themselves.

    The cookie holds only for the session that began it, and only while its person may open set-up.
    """
    seal, _, name = cookie.partition(".")
    if not viewer.rights.setup or viewer.now is None:
        return None
    try:
        wanted = bytes.fromhex(name).decode()
    except ValueError:
        return None
    if not hmac.compare_digest(seal, _seal(session, wanted)):
        return None
    found = load_actor_for(connection, release.spec, wanted, viewer.now)
    if found is None:
        return None
    return replace(found, within=viewer, rights=replace(found.rights, within=viewer.rights))


def _seal(session: Session, name: str) -> str:
    """Bind a name to a session: another one's cookie says nothing."""
    return hmac.new(session.csrf.encode(), f"view as {name}".encode(), hashlib.sha256).hexdigest()
