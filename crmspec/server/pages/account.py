"""Logging in and out, and the choice of language and theme. What may still be asked is in `log_in_steps`."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import get_args

import sqlalchemy as sa
from starlette.responses import Response

from crmspec.access import find_person, system_table, verify_login
from crmspec.server import sessions, tries
from crmspec.server.account_rules import STEPS
from crmspec.server.pages.view_as import forgotten
from crmspec.server.rendering import translations
from crmspec.server.views import Link, LogInPage, Theme
from crmspec.server.web import Exchange, Problem, Reply, Shown, see_other

_YEAR = 365 * 24 * 3600


def log_in_page(exchange: Exchange) -> Reply:
    """Ask who it is. The cookie binds the form to this browser, so that nobody can be logged in by a foreign page."""
    if exchange.signed_in:
        return see_other(exchange.urls.to())
    if exchange.session and exchange.session.step:
        step = STEPS[exchange.session.step]
        return see_other(exchange.urls.to("log-in", step, next=exchange.query.text("next")))
    return log_in_form(exchange)


def log_in_form(exchange: Exchange, *, login: str = "", problem: str = "", status: int = 200) -> Reply:
    """Show the form, with what was wrong."""
    gettext, settings = translations(exchange.language).gettext, exchange.settings
    with_door(exchange)
    provider = settings.open_id
    page = LogInPage(
        url=exchange.urls.to("log-in"),
        login=login,
        problem=problem,
        hint=settings.hint,
        next=exchange.query.text("next") or exchange.form.text("next"),
        reset_url=exchange.urls.to("log-in", "reset"),
        others=(
            Link(
                label=exchange.words(provider.label) or gettext("Log in with your company account"),
                url=exchange.urls.to(
                    "log-in", "open-id", next=exchange.query.text("next") or exchange.form.text("next")
                ),
                icon="log-in",
            ),
        )
        if provider
        else (),
    )
    return Shown(page, status)


def with_door(exchange: Exchange) -> None:
    """Bind the form that is shown next to this browser."""
    if exchange.session is None:
        cookie = str(exchange.extra.get("door") or secrets.token_urlsafe(24))
        exchange.extra.update(csrf=sessions.door_token(cookie), set_door=cookie)


def through_door(exchange: Exchange) -> bool:
    """Say whether a form came from the page that this browser was shown."""
    cookie = str(exchange.extra.get("door", ""))
    # With a session, the door of the server has compared that session's token already.
    return exchange.session is not None or (
        bool(cookie) and sessions.same(exchange.form.text("csrf_token"), sessions.door_token(cookie))
    )


def log_in(exchange: Exchange) -> Reply:
    """Check log-in and password; one and the same message whatever was wrong."""
    form, gettext = exchange.form, translations(exchange.language).gettext
    login = form.text("login").strip()[:200]
    if not through_door(exchange):
        return log_in_form(exchange, login=login, problem=gettext("The page was too old. Try again."), status=403)
    device = heard(exchange, login)
    if device is None:
        return log_in_form(exchange, login=login, problem=gettext("Too many tries. Wait a quarter of an hour."),
                           status=429)
    person_id = verify_login(exchange.connection, login, form.text("password")[:1000])
    if person_id is None:
        count_failure(exchange, login, device, "log_in_failed")
        return log_in_form(exchange, login=login, problem=gettext("Log-in or password is wrong."), status=403)
    return let_in(exchange, person_id, login, device)


def heard(exchange: Exchange, login: str) -> str | None:
    """Return the known browser that a try comes from, or nothing; None when the try is not heard."""
    connection, now = exchange.connection, exchange.now
    device = sessions.device_of(connection, str(exchange.extra.get("device", "")), login.lower())
    standing = tries.standing(connection, login.lower(), exchange.address, device, now)
    return None if standing else device


def count_failure(exchange: Exchange, login: str, device: str, event: str) -> None:
    """Count a failed try and write it down. A log-in that nobody has is not: people type passwords into that box."""
    known = find_person(exchange.connection, login)
    who = login.lower() if known else ""
    exchange.note(event, login=who, known=known is not None)
    match tries.failed(exchange.connection, login.lower(), exchange.address, device, exchange.now):
        case "locked":
            exchange.note("locked_out", login=who, known=known is not None, minutes=15)
        case "blocked":
            exchange.note("address_blocked", minutes=15)


def let_in(
    exchange: Exchange, person_id: str, login: str, device: str, *, method: str = "password",
    id_token: str | None = None, next: str | None = None,
) -> Reply:
    """Start a session: with the second factor still to be asked, when the person has one and came by password."""
    connection, now = exchange.connection, exchange.now
    limits = exchange.spec.project.log_in
    tries.succeeded(connection, login.lower(), exchange.address, device, now)
    sessions.end_old_ones(connection, now, limits)
    person = system_table("crmspec_person")
    has_factor = connection.execute(
        sa.select(person.c.second_factor.is_not(None)).where(person.c.id == person_id)
    ).scalar_one()
    pending = "second_factor" if has_factor and method == "password" else ""
    where = exchange.form.text("next") if next is None else next
    home = exchange.urls.to()
    wanted = exchange.urls.local(where, home)
    response = see_other(exchange.urls.to("log-in", STEPS["second_factor"], next=wanted) if pending else wanted)
    renew(response, exchange, person_id, method=method, pending=pending, id_token=id_token)
    if not pending:
        note_log_in(exchange, person_id, login, method)
        remember_device(response, exchange, person_id, device)
    return response


def note_log_in(exchange: Exchange, person_id: str, login: str, method: str) -> None:
    """Write a log-in down under the person's own name: the exchange does not know them yet."""
    entry = exchange.entry("log_in", method=method, agent=exchange.headers.get("user-agent", "")[:200])
    exchange.notes.append(replace(entry, person_id=person_id, who=login.lower()))


def renew(
    response: Response, exchange: Exchange, person_id: str, *, method: str = "password", pending: str = "",
    id_token: str | None = None,
) -> None:
    """Give the browser a session of its own: a new token at each step, so that none can be planted before it."""
    if exchange.session:
        sessions.end_session(exchange.connection, exchange.session)
    limits = exchange.spec.project.log_in
    token = sessions.start_session(
        exchange.connection,
        person_id,
        exchange.now,
        address=exchange.address,
        agent=exchange.headers.get("user-agent", ""),
        method=method,
        pending=pending,
        id_token=id_token,
    )
    age = int(timedelta(hours=limits.absolute_hours).total_seconds())
    set_cookie(response, exchange, sessions.COOKIE, token, age)


def remember_device(response: Response, exchange: Exchange, person_id: str, device: str) -> None:
    """Know this browser from now on, so that guessing elsewhere does not lock its person out."""
    token = sessions.know_device(exchange.connection, person_id, device, exchange.now)
    if token:
        set_cookie(response, exchange, sessions.DEVICE_COOKIE, token, _YEAR)


def set_cookie(response: Response, exchange: Exchange, name: str, value: str, age: int) -> None:
    """Set a cookie that no script sees and no other site's form brings along."""
    settings = exchange.settings
    response.set_cookie(
        settings.cookie(name), value, path=f"{settings.prefix}/", httponly=True, samesite="lax",
        secure=settings.secure_cookies, max_age=age,
    )


def log_out(exchange: Exchange) -> Reply:
    """End this session, or all of the person's with `everywhere`; at the provider too, when it was asked there."""
    session, connection = exchange.session, exchange.connection
    if session is None:
        return see_other(exchange.urls.to("log-in"))
    if not through_door(exchange):
        raise Problem(403, why="token")
    if exchange.form.text("everywhere"):
        sessions.end_sessions_of(connection, session.person_id)
        sessions.forget_devices(connection, session.person_id)
        exchange.note("log_out_everywhere")
    else:
        sessions.end_session(connection, session)
        exchange.note("log_out")
    response = see_other(_after(exchange))
    settings = exchange.settings
    response.delete_cookie(
        settings.cookie(sessions.COOKIE), path=f"{settings.prefix}/", secure=settings.secure_cookies, httponly=True,
        samesite="lax",
    )
    if settings.secure_cookies:  # elsewhere browsers only complain of it
        response.headers["Clear-Site-Data"] = '"cache"'
    return forgotten(response, exchange)


def _after(exchange: Exchange) -> str:
    """Return where to go after logging out: to the provider, when it was the one who logged in."""
    session = exchange.session
    if session and session.method == "open_id" and exchange.settings.open_id:
        from crmspec.server.open_id import end_session_url

        found = end_session_url(exchange.settings, session.id_token or "", exchange.urls.to("log-in"))
        if found:
            return found
    return exchange.urls.to("log-in")


def save_preferences(exchange: Exchange) -> Reply:
    """Keep the language or the theme that was chosen: for the person, or for the browser before log-in."""
    form = exchange.form
    language, theme = form.text("language"), form.text("theme")
    chosen = {}
    if language in exchange.spec.project.languages:
        chosen["language"] = language
    if theme in get_args(Theme):
        chosen["theme"] = theme
    if exchange.signed_in and chosen:
        table = system_table("crmspec_person")
        exchange.connection.execute(sa.update(table).where(table.c.id == exchange.signed_in.person_id).values(**chosen))
    response = see_other(exchange.urls.local(form.text("next"), exchange.urls.to()))
    if "language" in chosen:
        set_cookie(response, exchange, "crmspec_language", chosen["language"], _YEAR)
    return response
