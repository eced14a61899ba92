"""There and back: logging in at the company's own provider."""

from __future__ import annotations

import unicodedata
from typing import cast

import sqlalchemy as sa

from crmspec.access import add_person, system_table
from crmspec.diagnostics import Refused
from crmspec.server import open_id
from crmspec.server.pages import account
from crmspec.server.rendering import translations
from crmspec.server.sessions import device_of
from crmspec.server.web import Exchange, Problem, Reply, see_other


def leave(exchange: Exchange) -> Reply:
    """Send the browser to the provider, with a cookie to know it by when it comes back."""
    if exchange.settings.open_id is None:
        raise Problem(404)
    url = exchange.extra.get("open_id_url")
    if not url:
        gettext = translations(exchange.language).gettext
        return account.log_in_form(
            exchange, problem=gettext("Your company's log-in does not answer. Try again shortly."), status=503)
    response = see_other(str(url))
    cookie = str(exchange.extra["open_id_cookie"])
    account.set_cookie(response, exchange, open_id.COOKIE, cookie, open_id.MINUTES * 60)
    return response


def back(exchange: Exchange) -> Reply:
    """Let in whom the provider vouches for, when there is such a person here."""
    if exchange.settings.open_id is None:
        raise Problem(404)
    known = cast("open_id.Known | None", exchange.extra.get("open_id_known"))
    if known is None:
        return _refused(exchange, str(exchange.extra.get("open_id_problem", "")))
    found = _person(exchange, known)
    if found is None:
        return _refused(exchange, "nobody here is the one who came")
    person_id, login = found
    device = device_of(exchange.connection, str(exchange.extra.get("device", "")), login)
    response = account.let_in(
        exchange, person_id, login, device, method="open_id", id_token=known.id_token,
        next=str(exchange.extra.get("open_id_next", "")))
    response.delete_cookie(  # type: ignore[union-attr]  # letting in is always a redirection
        exchange.settings.cookie(open_id.COOKIE), path=f"{exchange.settings.prefix}/",
        secure=exchange.settings.secure_cookies)
    return response


def _refused(exchange: Exchange, why: str) -> Reply:
    """Say the same whatever was wrong; the audit trail has the reason."""
    exchange.note("open_id_refused", why=why)
    gettext = translations(exchange.language).gettext
    return account.log_in_form(
        exchange, problem=gettext("Your company's log-in did not work here. Ask an administrator."), status=403)


def _person(exchange: Exchange, known: open_id.Known) -> tuple[str, str] | None:
    """Return id and log-in of who came: known from before, else by what the provider vouches for."""
    table, connection, settings = system_table("crmspec_person"), exchange.connection, exchange.settings.open_id
    assert settings is not None
    # An integration comes with tokens, never with a browser.
    columns = sa.select(table.c.id, table.c.login, table.c.active).where(table.c.kind != "integration")
    row = connection.execute(columns.where(table.c.open_id == known.subject)).one_or_none()
    if row is not None:
        return (row.id, row.login) if row.active else None
    said, column = (known.email, sa.func.lower(table.c.email)) if settings.match == "email" else (
        known.login, table.c.login)
    if not said:
        return None
    named = sa.or_(column == said, table.c.login == said)
    rows = connection.execute(columns.where(named, table.c.open_id.is_(None))).all()
    if len(rows) == 1 and rows[0].active:
        # From now on it is this account of the provider's, whoever gets the address one day.
        connection.execute(sa.update(table).where(table.c.id == rows[0].id).values(open_id=known.subject))
        return rows[0].id, rows[0].login
    taken = connection.execute(columns.where(named)).first()
    return _added(exchange, known, said) if not rows and taken is None and settings.roles else None


def _added(exchange: Exchange, known: open_id.Known, login: str) -> tuple[str, str] | None:
    settings = exchange.settings.open_id
    assert settings is not None
    roles = [name for name in settings.roles if name in exchange.spec.roles]
    name = "".join(sign for sign in known.name if unicodedata.category(sign) not in ("Cc", "Cs")).strip() or login
    with exchange.connection.begin_nested() as savepoint:
        try:
            person_id = add_person(
                exchange.connection, exchange.spec, login=login, name=name, email=known.email, roles=roles,
                now=exchange.now)
        except Refused:
            savepoint.rollback()
            return None
    table = system_table("crmspec_person")
    exchange.connection.execute(sa.update(table).where(table.c.id == person_id).values(open_id=known.subject))
    exchange.note("person_added", login=login, by="open_id", roles=tuple(roles))
    return person_id, login
