"""Log in, log out, one's own profile, language and theme."""

from __future__ import annotations

import secrets
from typing import get_args

import sqlalchemy as sa
from starlette.responses import Response

from crmspec.access import set_password, system_table, verify_login
from crmspec.access.people import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN
from crmspec.server import sessions
from crmspec.server.frame import with_notice
from crmspec.server.pages.view_as import forgotten
from crmspec.server.rendering import translations
from crmspec.server.views import Control, FormPage, FormSection, LogInPage, Theme
from crmspec.server.web import Exchange, Problem, Reply, Shown, see_other

_YEAR = 365 * 24 * 3600


def log_in_page(exchange: Exchange) -> Reply:
    """Ask who it is. The cookie binds the form to this browser, so that nobody can be logged in by a foreign page."""
    if exchange.signed_in:
        return see_other(exchange.urls.to())
    return _log_in_form(exchange)


def _log_in_form(exchange: Exchange, *, login: str = "", problem: str = "", status: int = 200) -> Reply:
    cookie = str(exchange.extra.get("door") or secrets.token_urlsafe(24))
    exchange.extra.update(csrf=sessions.door_token(cookie), set_door=cookie)
    page = LogInPage(
        url=exchange.urls.to("log-in"),
        login=login,
        problem=problem,
        hint=exchange.settings.hint,
        next=exchange.query.text("next") or exchange.form.text("next"),
    )
    return Shown(page, status)


def log_in(exchange: Exchange) -> Reply:
    """Check log-in and password; one and the same message whatever was wrong."""
    form, gettext = exchange.form, translations(exchange.language).gettext
    cookie = str(exchange.extra.get("door", ""))
    if not cookie or not sessions.same(form.text("csrf_token"), sessions.door_token(cookie)):
        return _log_in_form(
            exchange, login=form.text("login")[:200], problem=gettext("The page was too old. Try again."), status=403
        )
    login = form.text("login").strip()[:200]
    if not sessions.may_try(exchange.connection, login.lower(), exchange.address, exchange.now):
        return _log_in_form(
            exchange, login=login, problem=gettext("Too many tries. Wait a quarter of an hour."), status=429
        )
    person_id = verify_login(exchange.connection, login, form.text("password")[:1000])
    sessions.note_try(
        exchange.connection, login.lower(), exchange.address, exchange.now, succeeded=person_id is not None
    )
    if person_id is None:
        return _log_in_form(exchange, login=login, problem=gettext("Log-in or password is wrong."), status=403)
    if exchange.session:
        sessions.end_session(exchange.connection, exchange.session)
    response = see_other(exchange.urls.local(form.text("next"), exchange.urls.to()))
    _start(response, exchange, person_id)
    return response


def _start(response: Response, exchange: Exchange, person_id: str) -> None:
    """Give the browser a session of its own: a new token at each log-in, so that none can be planted before it."""
    token = sessions.start_session(
        exchange.connection,
        person_id,
        exchange.now,
        address=exchange.address,
        agent=exchange.headers.get("user-agent", ""),
    )
    response.set_cookie(
        sessions.COOKIE,
        token,
        path=f"{exchange.settings.prefix}/",
        httponly=True,
        samesite="lax",
        secure=exchange.settings.secure_cookies,
        max_age=int(exchange.settings.session_absolute.total_seconds()),
    )


def log_out(exchange: Exchange) -> Reply:
    """End this session, or all of the person's with `everywhere`."""
    if exchange.session and exchange.form.text("everywhere"):
        sessions.end_sessions_of(exchange.connection, exchange.session.person_id)
    elif exchange.session:
        sessions.end_session(exchange.connection, exchange.session)
    response = see_other(exchange.urls.to("log-in"))
    response.delete_cookie(sessions.COOKIE, path=f"{exchange.settings.prefix}/")
    return forgotten(response, exchange)


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
        _remember(response, exchange, "crmspec_language", chosen["language"])
    return response


def _remember(response: Response, exchange: Exchange, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=_YEAR,
        path=f"{exchange.settings.prefix}/",
        samesite="lax",
        secure=exchange.settings.secure_cookies,
    )


def profile(exchange: Exchange, *, errors: dict[str, str] | None = None) -> Reply:
    """Change one's password."""
    gettext, wrong = translations(exchange.language).gettext, errors or {}

    def password(name: str, label: str, autocomplete: str) -> Control:
        return Control(
            name=name,
            label=label,
            control="password",
            required=True,
            autocomplete=autocomplete,
            errors=(wrong[name],) if name in wrong else (),
            wide=True,
        )

    controls = (
        password("present", gettext("Present password"), "current-password"),
        password("new", gettext("New password"), "new-password"),
        password("again", gettext("New password, again"), "new-password"),
    )
    page = FormPage(
        title=gettext("Change password"),
        url=exchange.urls.to("profile"),
        cancel_url=exchange.urls.to(),
        icon="key-round",
        sections=(FormSection(label=exchange.actor.login, controls=controls, columns=1),),
    )
    return Shown(page, 422 if wrong else 200)


def change_password(exchange: Exchange) -> Reply:
    """Check the present password, keep the new one, log out all other browsers."""
    form, gettext, actor = exchange.form, translations(exchange.language).gettext, exchange.actor
    if exchange.session is None:
        raise Problem(403)
    if not sessions.may_try(exchange.connection, actor.login.lower(), exchange.address, exchange.now):
        raise Problem(429)
    if verify_login(exchange.connection, actor.login, form.text("present")[:1000]) != actor.person_id:
        sessions.note_try(exchange.connection, actor.login.lower(), exchange.address, exchange.now, succeeded=False)
        return profile(exchange, errors={"present": gettext("This is not your present password.")})
    if form.text("new") != form.text("again"):
        return profile(exchange, errors={"again": gettext("The two are not the same.")})
    if not PASSWORD_LENGTH_MIN <= len(form.text("new")) <= PASSWORD_LENGTH_MAX:
        return profile(
            exchange,
            errors={
                "new": gettext("A password has %(least)s to %(most)s characters.")
                % {"least": PASSWORD_LENGTH_MIN, "most": PASSWORD_LENGTH_MAX}
            },
        )
    set_password(exchange.connection, actor.person_id, form.text("new"), exchange.now)
    response = see_other(exchange.urls.to())
    _start(response, exchange, actor.person_id)
    return with_notice(response, exchange, gettext("Your password was changed. Other browsers were logged out."))
