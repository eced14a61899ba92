"""What may be asked between the password and the first page: a second factor, a new password, setting a factor up."""

from __future__ import annotations

from crmspec.access import Actor, set_password, verify_login
from crmspec.access.people import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN
from crmspec.access.resets import use_reset
from crmspec.server import second_factor, tries
from crmspec.server.pages import account
from crmspec.server.rendering import translations
from crmspec.server.sessions import Session, Step, end_session, end_sessions_of
from crmspec.server.views import Action, CodesPage, Link, StepField, StepPage
from crmspec.server.web import Exchange, Problem, Reply, Shown, see_other


def _waiting(exchange: Exchange, step: Step) -> tuple[Session, Actor] | None:
    """Return who is at this step; None when somebody comes by who is not."""
    if exchange.session and exchange.waiting and exchange.session.step == step:
        return exchange.session, exchange.waiting
    return None


def _leave(exchange: Exchange) -> Action:
    gettext = translations(exchange.language).gettext
    return Action(label=gettext("Log in as somebody else"), url=exchange.urls.to("log-out"), method="post")


def _next(exchange: Exchange) -> str:
    return exchange.urls.local(exchange.query.text("next") or exchange.form.text("next"), exchange.urls.to())


# --- The second factor ---


def code_page(exchange: Exchange) -> Reply:
    """Ask for the second factor."""
    if _waiting(exchange, "second_factor") is None:
        return see_other(exchange.urls.to("log-in"))
    return _code_form(exchange)


def _code_form(exchange: Exchange, problem: str = "", status: int = 200) -> Reply:
    gettext = translations(exchange.language).gettext
    page = StepPage(
        title=gettext("One more step"),
        text=gettext("Open your authenticator app and type the six digits that it shows for this CRM."),
        url=exchange.urls.to("log-in", "code"),
        fields=(
            StepField(
                name="code", label=gettext("Code"), kind="code", autocomplete="one-time-code",
                help=gettext("Without your phone, type one of your recovery codes."),
            ),
        ),
        submit=gettext("Go on"),
        problem=problem,
        next=_next(exchange),
        leave=_leave(exchange),
    )
    return Shown(page, status)


def check_code(exchange: Exchange) -> Reply:
    """Take a code of the second factor, or a recovery code; five wrong ones end the session."""
    gettext, found = translations(exchange.language).gettext, _waiting(exchange, "second_factor")
    if found is None:
        raise Problem(403, why="no such step")
    session, actor = found
    connection, now, code = exchange.connection, exchange.now, exchange.form.text("code")[:100]
    counted = f"second factor: {actor.login}"
    if tries.standing(connection, counted, exchange.address, "", now):
        end_session(connection, session)
        return account.log_in_form(exchange, problem=gettext("Too many tries. Wait a quarter of an hour."), status=429)
    used = second_factor.use_code(connection, actor.person_id, code, now)
    if not used and not second_factor.accept(connection, actor.person_id, code, now):
        exchange.note("second_factor_failed")
        # Counted for the person, whatever the session: logging in again gives no new tries.
        if tries.failed(connection, counted, exchange.address, "", now) == "locked":
            exchange.note("locked_out", login=actor.login, known=True, minutes=15)
        return _code_form(exchange, gettext("This code is not right, or was used before."), 403)
    if used:
        exchange.note("recovery_code_used", left=second_factor.codes_left(connection, actor.person_id))
    tries.succeeded(connection, counted, exchange.address, "", now)
    response = see_other(_next(exchange))
    account.renew(response, exchange, actor.person_id)
    account.note_log_in(exchange, actor.person_id, actor.login, "password and second factor")
    device = account.heard(exchange, actor.login) or ""
    account.remember_device(response, exchange, actor.person_id, device)
    return response


# --- A new password that is asked for ---


def new_password_page(exchange: Exchange) -> Reply:
    """Ask for a new password before anything opens."""
    if _waiting(exchange, "password") is None:
        return see_other(exchange.urls.to("log-in"))
    return _new_password_form(exchange)


def _new_password_form(exchange: Exchange, problem: str = "", status: int = 200) -> Reply:
    gettext = translations(exchange.language).gettext
    page = StepPage(
        title=gettext("Choose a password of your own"),
        text=gettext("The one you logged in with was only for the first time."),
        url=exchange.urls.to("log-in", "password"),
        fields=new_password_fields(exchange),
        submit=gettext("Go on"),
        problem=problem,
        next=_next(exchange),
        leave=_leave(exchange),
    )
    return Shown(page, status)


def new_password_fields(exchange: Exchange) -> tuple[StepField, ...]:
    """Return the two boxes of a new password."""
    gettext = translations(exchange.language).gettext
    return (
        StepField(
            name="new", label=gettext("New password"), kind="password", autocomplete="new-password",
            help=gettext("At least %(least)s characters; several words are easy to keep.")
            % {"least": PASSWORD_LENGTH_MIN},
        ),
        StepField(
            name="again", label=gettext("New password, again"), kind="password", autocomplete="new-password"
        ),
    )


def new_password_problem(exchange: Exchange, login: str = "") -> str:
    """Say what keeps the new password in the form from being taken."""
    gettext, new = translations(exchange.language).gettext, exchange.form.text("new")
    if new != exchange.form.text("again"):
        return gettext("The two are not the same.")
    if not PASSWORD_LENGTH_MIN <= len(new) <= PASSWORD_LENGTH_MAX:
        return gettext("A password has %(least)s to %(most)s characters.") % {
            "least": PASSWORD_LENGTH_MIN, "most": PASSWORD_LENGTH_MAX}
    if login and login.lower() in new.lower():
        return gettext("A password does not hold the log-in.")
    return ""


def save_new_password(exchange: Exchange) -> Reply:
    """Keep the new password; the one that was handed over is over."""
    gettext, found = translations(exchange.language).gettext, _waiting(exchange, "password")
    if found is None:
        raise Problem(403, why="no such step")
    _, actor = found
    problem = new_password_problem(exchange, actor.login)
    if not problem and verify_login(exchange.connection, actor.login, exchange.form.text("new")):
        problem = gettext("This is the password that you were given. Choose another one.")
    if problem:
        return _new_password_form(exchange, problem, 422)
    set_password(exchange.connection, actor.person_id, exchange.form.text("new"), exchange.now)
    exchange.note("password_changed", forced=True)
    response = see_other(_next(exchange))
    account.renew(response, exchange, actor.person_id)
    return response


# --- A one-time code instead of a password ---


def reset_page(exchange: Exchange) -> Reply:
    """Ask for the code that an administrator handed over."""
    return see_other(exchange.urls.to()) if exchange.signed_in else _reset_form(exchange)


def _reset_form(exchange: Exchange, problem: str = "", status: int = 200) -> Reply:
    gettext = translations(exchange.language).gettext
    account.with_door(exchange)
    page = StepPage(
        title=gettext("Set a new password"),
        text=gettext("An administrator gives you a code for it. It works once, for a day."),
        url=exchange.urls.to("log-in", "reset"),
        fields=(
            StepField(
                name="login", label=gettext("Login name"), autocomplete="username",
                text=exchange.form.text("login")[:200],
            ),
            StepField(name="code", label=gettext("Code"), text=exchange.form.text("code")[:100]),
            *new_password_fields(exchange),
        ),
        submit=gettext("Set the password"),
        problem=problem,
        others=(Link(label=gettext("Back to log-in"), url=exchange.urls.to("log-in")),),
    )
    return Shown(page, status)


def reset(exchange: Exchange) -> Reply:
    """Take a one-time code and the new password; then it is a log-in like any other, second factor included."""
    gettext, form = translations(exchange.language).gettext, exchange.form
    login = form.text("login").strip()[:200]
    if not account.through_door(exchange):
        return _reset_form(exchange, gettext("The page was too old. Try again."), 403)
    device = account.heard(exchange, login)
    if device is None:
        return _reset_form(exchange, gettext("Too many tries. Wait a quarter of an hour."), 429)
    problem = new_password_problem(exchange, login)
    if problem:
        return _reset_form(exchange, problem, 422)
    person_id = use_reset(exchange.connection, login, form.text("code")[:100], exchange.now)
    if person_id is None:
        account.count_failure(exchange, login, device, "log_in_failed")
        return _reset_form(exchange, gettext("This code is not right, was used before, or is too old."), 403)
    set_password(exchange.connection, person_id, form.text("new"), exchange.now)
    exchange.note("reset_used", login=login.lower())
    return account.let_in(exchange, person_id, login, device)


# --- Setting up a second factor ---


def enrol_page(exchange: Exchange) -> Reply:
    """Show the QR code: because a role asks for it, or because somebody wants it."""
    return _enrol_form(exchange) if _enrolling(exchange) else see_other(exchange.urls.to("log-in"))


def _enrolling(exchange: Exchange) -> tuple[Session, Actor] | None:
    if exchange.session and exchange.signed_in and not exchange.session.second_factor:
        return exchange.session, exchange.signed_in
    return _waiting(exchange, "enrol")


def _enrol_form(exchange: Exchange, problem: str = "", status: int = 200) -> Reply:
    gettext, found = translations(exchange.language).gettext, _enrolling(exchange)
    if found is None:
        raise Problem(403, why="no such step")
    session, actor = found
    project = exchange.spec.project
    crm = exchange.words(exchange.spec.organization.company.name) or exchange.words(project.label) or project.crm
    made = second_factor.enrolment(exchange.connection, session.id, actor.login, crm)
    if made is None:
        raise Problem(503, gettext("This server has no key to keep a second factor with: CRMSPEC_SECRET_KEY."))
    page = StepPage(
        title=gettext("Set up a second factor"),
        text=gettext("Scan this with an authenticator app, then type the six digits that it shows."),
        url=exchange.urls.to("log-in", "second-factor"),
        picture=made.picture,
        secret=made.spoken,
        fields=(StepField(name="code", label=gettext("Code"), kind="code", autocomplete="one-time-code"),),
        submit=gettext("Switch it on"),
        problem=problem,
        next=_next(exchange),
        others=(Link(label=gettext("Not now"), url=exchange.urls.to("profile")),) if exchange.signed_in else (),
        leave=None if exchange.signed_in else _leave(exchange),
    )
    return Shown(page, status)


def enrol(exchange: Exchange) -> Reply:
    """Take the first code for proof, and show the recovery codes."""
    gettext, found = translations(exchange.language).gettext, _enrolling(exchange)
    if found is None:
        raise Problem(403, why="no such step")
    session, actor = found
    code = exchange.form.text("code")[:100]
    codes = second_factor.enrol(exchange.connection, session.id, actor.person_id, code, exchange.now)
    if codes is None:
        exchange.note("second_factor_failed", enrolling=True)
        return _enrol_form(exchange, gettext("This code is not right. Does the clock of your phone agree?"), 403)
    exchange.note("second_factor_on")
    # Any other browser that is logged in has not shown this factor.
    end_sessions_of(exchange.connection, actor.person_id, but=session.id)
    return shown_codes(exchange, codes, _next(exchange))


def shown_codes(exchange: Exchange, codes: tuple[str, ...], url: str) -> Reply:
    """Show recovery codes, for the only time."""
    gettext = translations(exchange.language).gettext
    page = CodesPage(
        title=gettext("Your recovery codes"),
        text=gettext("Each lets you in once when your phone is not at hand. Print them or keep them in a safe place: "
                     "they are shown only now."),
        codes=codes,
        back=Link(label=gettext("I have kept them"), url=url),
    )
    return Shown(page)
