"""My account: password, second factor, and the browsers that are logged in."""

from __future__ import annotations

import sqlalchemy as sa

from crmspec.access import set_password, system_table, verify_login
from crmspec.server import second_factor, sessions, tries
from crmspec.server.account_rules import asked_of
from crmspec.server.frame import with_notice
from crmspec.server.pages import account
from crmspec.server.pages.log_in_steps import new_password_fields, new_password_problem, shown_codes
from crmspec.server.rendering import translations
from crmspec.server.views import Action, Link, SecurityPage, SessionRow, StepField, StepPage
from crmspec.server.web import Exchange, Problem, Reply, Shown, see_other

_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
_BROWSERS = (
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
    ("curl/", "curl"), ("python", "Python"),
)


def security(exchange: Exchange) -> Reply:
    """Show what protects one's account, and where it is open."""
    gettext, urls, actor = translations(exchange.language).gettext, exchange.urls, exchange.actor
    person = system_table("crmspec_person")
    row = exchange.connection.execute(
        sa.select(person.c.password_changed_at, person.c.second_factor_at, person.c.password_hash).where(
            person.c.id == actor.person_id
        )
    ).one()
    page = SecurityPage(
        title=gettext("Security"),
        login=actor.login,
        password_changed_at=row.password_changed_at,
        password=Action(label=gettext("Change password"), url=urls.to("profile", "password"), icon="key-round"),
        second_factor_at=row.second_factor_at,
        second_factor_required=asked_of(actor),
        codes_left=second_factor.codes_left(exchange.connection, actor.person_id) if row.second_factor_at else 0,
        second_factor=_factor_actions(exchange, on=row.second_factor_at is not None),
        sessions=_session_rows(exchange),
        everywhere=Action(
            label=gettext("Log out everywhere"), url=urls.to("log-out"), method="post", kind="danger", icon="log-out",
            confirm=gettext("Every browser is logged out, this one too."), fields=(("everywhere", "1"),),
        ),
    )
    return Shown(page)


def _factor_actions(exchange: Exchange, *, on: bool) -> tuple[Action, ...]:
    gettext, urls = translations(exchange.language).gettext, exchange.urls
    if not on:
        label = gettext("Set up a second factor")
        return (Action(label=label, url=urls.to("log-in", "second-factor", next=urls.to("profile")), kind="primary",
                       icon="shield-check"),)
    codes = Action(label=gettext("New recovery codes"), url=urls.to("profile", "recovery-codes"), icon="refresh-cw")
    if asked_of(exchange.actor):
        return (codes,)
    off = Action(label=gettext("Take it away"), url=urls.to("profile", "second-factor-off"), kind="danger", icon="x")
    return (codes, off)


def _session_rows(exchange: Exchange) -> tuple[SessionRow, ...]:
    gettext, urls = translations(exchange.language).gettext, exchange.urls
    found = sessions.sessions_of(
        exchange.connection, exchange.actor.person_id, exchange.now, exchange.spec.project.log_in
    )
    mine = exchange.session.id if exchange.session else ""
    return tuple(
        SessionRow(
            device=device_name(one.agent) or gettext("Unknown browser"),
            icon="phone" if any(word in one.agent for word in ("iPhone", "Android")) else "monitor",
            address=one.address,
            method=gettext("Company account") if one.method == "open_id" else gettext("Password"),
            created_at=one.created_at,
            seen_at=one.seen_at,
            current=one.id == mine,
            end=None
            if one.id == mine
            else Action(label=gettext("End"), url=urls.to("profile", "sessions", one.id[:32], "end"), method="post"),
        )
        for one in found
    )


def device_name(agent: str) -> str:
    """Return `Firefox, Linux` for what a browser says of itself."""
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    browser = next((name for sign, name in _BROWSERS if sign in agent), "")
    return ", ".join(filter(None, (browser, system))) or agent[:40]


def end_session(exchange: Exchange) -> Reply:
    """End one of one's own sessions; those of others are not there."""
    wanted = exchange.parameters.get("session", "")
    found = sessions.sessions_of(
        exchange.connection, exchange.actor.person_id, exchange.now, exchange.spec.project.log_in
    )
    one = next((one for one in found if one.id.startswith(wanted) and len(wanted) == 32), None)
    if one is None or not sessions.end_one_of(exchange.connection, exchange.actor.person_id, one.id):
        raise Problem(404)
    exchange.note("session_ended", ended=one.id[:12], device=device_name(one.agent))
    gettext = translations(exchange.language).gettext
    return with_notice(see_other(exchange.urls.to("profile")), exchange, gettext("That browser was logged out."))


# --- What asks for the password once more ---


def _ask(exchange: Exchange, title: str, url: str, problem: str, *, new: bool = False, text: str = "") -> Reply:
    gettext = translations(exchange.language).gettext
    present = StepField(
        name="present", label=gettext("Present password"), kind="password", autocomplete="current-password"
    )
    page = StepPage(
        title=title,
        text=text,
        url=url,
        fields=(present, *(new_password_fields(exchange) if new else ())),
        submit=gettext("Change password") if new else gettext("Go on"),
        problem=problem,
        others=(Link(label=gettext("Cancel"), url=exchange.urls.to("profile")),),
    )
    return Shown(page, 422 if problem else 200)


def _wrong_present(exchange: Exchange) -> str:
    """Say what is wrong with the present password in the form; nothing when it is right."""
    gettext, actor, connection = translations(exchange.language).gettext, exchange.actor, exchange.connection
    session = exchange.session.id if exchange.session else ""
    if tries.standing(connection, actor.login, exchange.address, session, exchange.now):
        raise Problem(429)
    if verify_login(connection, actor.login, exchange.form.text("present")[:1000]) == actor.person_id:
        return ""
    exchange.note("log_in_failed", login=actor.login, known=True, present_password=True)
    if tries.failed(connection, actor.login, exchange.address, session, exchange.now) == "locked":
        exchange.note("locked_out", login=actor.login, known=True, minutes=15)
    return gettext("This is not your present password.")


def password_page(exchange: Exchange) -> Reply:
    """Ask for the present password and a new one."""
    title = translations(exchange.language).gettext("Change password")
    return _ask(exchange, title, exchange.urls.to("profile", "password"), "", new=True)


def change_password(exchange: Exchange) -> Reply:
    """Check the present password, keep the new one, log out all other browsers."""
    gettext, actor = translations(exchange.language).gettext, exchange.actor
    problem = _wrong_present(exchange) or new_password_problem(exchange, actor.login)
    if problem:
        return _ask(exchange, gettext("Change password"), exchange.urls.to("profile", "password"), problem, new=True)
    set_password(exchange.connection, actor.person_id, exchange.form.text("new"), exchange.now)
    exchange.note("password_changed")
    response = see_other(exchange.urls.to("profile"))
    method = exchange.session.method if exchange.session else "password"
    account.renew(response, exchange, actor.person_id, method=method)
    return with_notice(response, exchange, gettext("Your password was changed. Other browsers were logged out."))


def recovery_codes_page(exchange: Exchange) -> Reply:
    """Ask for the password before new recovery codes are made."""
    gettext = translations(exchange.language).gettext
    return _ask(exchange, gettext("New recovery codes"), exchange.urls.to("profile", "recovery-codes"), "",
                text=gettext("The codes that you have now stop working."))


def new_recovery_codes(exchange: Exchange) -> Reply:
    """Make new recovery codes and show them."""
    gettext, actor = translations(exchange.language).gettext, exchange.actor
    url = exchange.urls.to("profile", "recovery-codes")
    problem = _wrong_present(exchange)
    if problem:
        return _ask(exchange, gettext("New recovery codes"), url, problem)
    exchange.note("recovery_codes_made")
    return shown_codes(exchange, second_factor.make_codes(exchange.connection, actor.person_id),
                       exchange.urls.to("profile"))


def factor_off_page(exchange: Exchange) -> Reply:
    """Ask for the password before the second factor goes."""
    title = translations(exchange.language).gettext("Take the second factor away")
    return _ask(exchange, title, exchange.urls.to("profile", "second-factor-off"), "")


def factor_off(exchange: Exchange) -> Reply:
    """Take one's own second factor away, unless a role asks for it."""
    gettext, actor = translations(exchange.language).gettext, exchange.actor
    if asked_of(actor):
        raise Problem(403, gettext("Your role asks for a second factor."), why="required")
    problem = _wrong_present(exchange)
    if problem:
        return _ask(exchange, gettext("Take the second factor away"), exchange.urls.to("profile", "second-factor-off"),
                    problem)
    second_factor.take_away(exchange.connection, actor.person_id)
    exchange.note("second_factor_off")
    return with_notice(see_other(exchange.urls.to("profile")), exchange, gettext("The second factor is off."))
