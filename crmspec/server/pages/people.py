"""The people who can log in: add, seat, disable, new password."""

from __future__ import annotations

import sqlalchemy as sa

from crmspec.access import (
    Person,
    add_person,
    grant_role,
    keeping_apart,
    list_people,
    set_active,
    set_positions,
    system_table,
    withdraw_role,
)
from crmspec.access.resets import make_reset
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.server import second_factor, sessions, tries
from crmspec.server.frame import with_notice
from crmspec.server.pages.standing import kind_control, kind_sent, let_stand_in, standing_actions, standing_section
from crmspec.server.rendering import translations
from crmspec.server.views import (
    Action,
    Choice,
    Control,
    FormPage,
    FormSection,
    Link,
    PeoplePage,
    PersonRow,
    SecretPage,
)
from crmspec.server.web import Exchange, Problem, Reply, Shown, see_other
from crmspec.spec import Position, Role


def people(exchange: Exchange) -> Reply:
    """List everybody."""
    gettext, urls = translations(exchange.language).gettext, exchange.urls
    query = exchange.query.text("q").strip().lower()
    session = system_table("crmspec_session")
    last = sa.select(session.c.person_id, sa.func.max(session.c.seen_at, type_=session.c.seen_at.type))
    shut = tries.locked(exchange.connection, exchange.now)
    factors = second_factors(exchange)
    seen = {row[0]: row[1] for row in exchange.connection.execute(last.group_by(session.c.person_id))}
    rows = tuple(
        PersonRow(
            person=Link(label=one.name, url=urls.to("setup", "people", one.id), person=True),
            login=one.login,
            active=one.active,
            locked_until=shut.get(one.login),
            positions=tuple(_words(exchange, exchange.spec.organization.positions, name) for name in one.positions),
            roles=tuple(_words(exchange, exchange.spec.roles, name) for name in one.roles),
            last_seen=seen.get(one.id),
            actions=_actions(exchange, one, locked=one.login in shut, factor=one.id in factors),
        )
        for one in list_people(exchange.connection)
        if query in f"{one.name} {one.login}".lower()
    )
    page = PeoplePage(
        title=gettext("People"),
        url=urls.to("setup", "people"),
        rows=rows,
        query=query,
        trail=_trail(exchange)[:1],
        new=Link(label=gettext("Add a person"), url=urls.to("setup", "people", "new"), icon="user-plus"),
    )
    return Shown(page)


def _words(exchange: Exchange, parts: object, name: str) -> str:
    part: Position | Role | None = parts.get(name)  # type: ignore[attr-defined]
    return exchange.words(part.label, name) if part else name


def _trail(exchange: Exchange) -> tuple[Link, ...]:
    gettext, urls = translations(exchange.language).gettext, exchange.urls
    return Link(label=gettext("Set-up"), url=urls.to("setup")), Link(
        label=gettext("People"), url=urls.to("setup", "people")
    )


def second_factors(exchange: Exchange) -> frozenset[str]:
    """Return the people who have a second factor."""
    person = system_table("crmspec_person")
    rows = exchange.connection.execute(sa.select(person.c.id).where(person.c.second_factor.is_not(None)))
    return frozenset(rows.scalars())


def _actions(exchange: Exchange, one: Person, *, locked: bool, factor: bool) -> tuple[Action, ...]:
    gettext, urls = translations(exchange.language).gettext, exchange.urls
    here = ("setup", "people", one.id)
    able = (
        Action(
            label=gettext("Disable"),
            url=urls.to(*here, "disable"),
            method="post",
            kind="danger",
            icon="ban",
            confirm=gettext("%(name)s can no longer log in. The records stay.") % {"name": one.name},
        )
        if one.active
        else Action(label=gettext("Enable"), url=urls.to(*here, "enable"), method="post", icon="check")
    )
    reset = Action(
        label=gettext("Code for a new password"),
        url=urls.to(*here, "password"),
        method="post",
        icon="key-round",
    )
    more = [Action(label=gettext("Edit"), url=urls.to(*here), icon="pencil")]
    if one.kind != "integration":
        more.append(reset)
    if locked:
        more.insert(0, Action(label=gettext("Unlock"), url=urls.to(*here, "unlock"), method="post", icon="lock"))
    if factor:
        more.append(Action(
            label=gettext("Take the second factor away"), url=urls.to(*here, "second-factor"), method="post", icon="x",
            confirm=gettext("%(name)s logs in with the password alone until a new one is set up.")
            % {"name": one.name}))
    out = Action(label=gettext("Log out everywhere"), url=urls.to(*here, "log-out"), method="post", icon="log-out")
    return (*more, out, able)


def person_form(exchange: Exchange) -> Reply:
    """Show the form for a new person, or for the chairs of one that is there."""
    return _form(exchange, _wanted(exchange))


def _wanted(exchange: Exchange) -> Person | None:
    person_id = exchange.parameters.get("person", "")
    if not person_id:
        return None
    found = next((one for one in list_people(exchange.connection) if one.id == person_id), None)
    if found is None:
        raise Problem(404)
    return found


def _form(exchange: Exchange, one: Person | None, problems: tuple[str, ...] = ()) -> Reply:
    gettext, urls, spec, sent = translations(exchange.language).gettext, exchange.urls, exchange.spec, exchange.form
    positions = sent.texts("positions") if "positions.was" in sent else (one.positions if one else ())
    roles = sent.texts("roles") if "roles.was" in sent else (one.roles if one else ())
    login = Control(
        name="login",
        label=gettext("Log-in"),
        control="text" if one is None else "hidden",
        required=True,
        text=sent.text("login") or (one.login if one else ""),
        autocomplete="off",
        help=gettext("What the person types to log in: an e-mail address or a short name."),
    )
    name = Control(
        name="name",
        label=gettext("Name"),
        control="text",
        required=True,
        text=sent.text("name") or (one.name if one else ""),
    )
    controls: tuple[Control, ...] = (
        login,
        name,
        Control(
            name="positions",
            label=gettext("Positions"),
            control="multi_select",
            texts=positions,
            wide=True,
            choices=tuple(
                Choice(name=chair.name, label=exchange.words(chair.label, chair.name))
                for chair in spec.organization.positions.values()
            ),
        ),
        Control(
            name="roles",
            label=gettext("Roles beside those of the positions"),
            control="multi_select",
            texts=roles,
            wide=True,
            choices=tuple(
                Choice(name=role.name, label=exchange.words(role.label, role.name)) for role in spec.roles.values()
            ),
        ),
    )
    if one is None:
        controls = (*controls, kind_control(exchange))
    sections: tuple[FormSection, ...] = (FormSection(label=gettext("Person"), controls=controls),)
    if one is not None and one.kind == "person" and one.active:
        sections = (*sections, standing_section(exchange, one))
    page = FormPage(
        title=one.name if one else gettext("Add a person"),
        icon="user-plus",
        cancel_url=urls.to("setup", "people"),
        trail=_trail(exchange),
        url=urls.to("setup", "people", one.id if one else "new"),
        problems=problems,
        sections=sections,
        actions=standing_actions(exchange, one) if one else (),
    )
    return Shown(page, 422 if problems else 200)


def save_person(exchange: Exchange) -> Reply:
    """Add a person with a password that is shown once, or keep new chairs."""
    one, sent, connection, spec = _wanted(exchange), exchange.form, exchange.connection, exchange.spec
    gettext = translations(exchange.language).gettext
    positions, roles = sent.texts("positions"), sent.texts("roles")
    wrong: tuple[str, ...] = ()
    noted = len(exchange.notes)
    # A savepoint, so that a refusal in the middle leaves nothing behind.
    with connection.begin_nested() as savepoint:
        try:
            if one is None:
                with keeping_apart(connection, spec, exchange.now):
                    person_id = add_person(
                        connection,
                        spec,
                        login=sent.text("login"),
                        name=sent.text("name"),
                        now=exchange.now,
                        positions=positions,
                        roles=roles,
                        kind=kind_sent(exchange),
                    )
                exchange.note(
                    "person_added", login=sent.text("login").strip().lower(), positions=positions, roles=roles)
                if kind_sent(exchange) == "integration":
                    return with_notice(see_other(exchange.urls.to("setup", "people", person_id)), exchange,
                                       gettext("Saved."))
                return _secret(exchange, sent.text("name"), sent.text("login"),
                               make_reset(connection, person_id, exchange.now))
            with keeping_apart(connection, spec, exchange.now, one.id):
                _keep(exchange, one, sent.text("name"), positions, roles)
            let_stand_in(exchange, one)
        except Refused as refused:
            savepoint.rollback()
            del exchange.notes[noted:]  # what was taken back did not happen
            wrong = tuple(_words_of(problem) for problem in refused.diagnostics)
    if wrong:
        return _form(exchange, one, wrong)
    return with_notice(see_other(exchange.urls.to("setup", "people")), exchange, gettext("Saved."))


def _words_of(problem: Diagnostic) -> str:
    """Say what was wrong; where a sentence about everybody would be broken, the lines that break it, too."""
    why = f" {problem.why}." if problem.code == "CRM601" else ""
    return f"{problem.what}.{why} {problem.help}"


def _keep(exchange: Exchange, one: Person, name: str, positions: tuple[str, ...], roles: tuple[str, ...]) -> None:
    connection, spec = exchange.connection, exchange.spec
    if set(positions) != set(one.positions):
        set_positions(connection, spec, one.id, positions)
        exchange.note("positions_changed", login=one.login, before=one.positions, after=positions)
    for role in sorted(set(one.roles) - set(roles)):
        withdraw_role(connection, one.id, role)
        exchange.note("role_withdrawn", login=one.login, role=role)
    for role in sorted(set(roles) - set(one.roles)):
        grant_role(connection, spec, one.id, role)
        exchange.note("role_granted", login=one.login, role=role)
    if name.strip() and len(name) <= 200 and name.strip() != one.name:
        exchange.note("person_changed", login=one.login, before=one.name, after=name.strip())
        table = system_table("crmspec_person")
        connection.execute(sa.update(table).where(table.c.id == one.id).values(name=name.strip()))


def _secret(exchange: Exchange, name: str, login: str, code: str) -> Reply:
    gettext = translations(exchange.language).gettext
    page = SecretPage(
        title=name,
        label=gettext("Code"),
        secret=code,
        trail=_trail(exchange),
        facts={
            gettext("Log-in"): login.strip().lower(),
            gettext("Where"): f"{exchange.settings.url}/log-in/reset" if exchange.settings.url
            else exchange.urls.to("log-in", "reset"),
        },
        text=gettext("With this code they choose a password of their own. It works once, for a day, and is shown only "
                     "now. Hand it over in a safe way."),
        back=Link(label=gettext("People"), url=exchange.urls.to("setup", "people")),
    )
    return Shown(page)


def new_password(exchange: Exchange) -> Reply:
    """Make a one-time code for a new password and show it once; sessions and present password stay until it is used."""
    one = _there(exchange)
    try:
        code = make_reset(exchange.connection, one.id, exchange.now)
    except Refused as refused:
        raise Problem(409, refused.diagnostics[0].what) from refused
    exchange.note("password_reset", login=one.login)
    return _secret(exchange, one.name, one.login, code)


def _there(exchange: Exchange) -> Person:
    one = _wanted(exchange)
    if one is None:
        raise Problem(404)
    return one


def _done(exchange: Exchange, event: str, one: Person) -> Reply:
    exchange.note(event, login=one.login)
    saved = translations(exchange.language).gettext("Saved.")
    return with_notice(see_other(exchange.urls.to("setup", "people")), exchange, saved)


def unlock(exchange: Exchange) -> Reply:
    """Let a person try again who was locked out."""
    one = _there(exchange)
    tries.unlock(exchange.connection, one.login)
    tries.unlock(exchange.connection, f"second factor: {one.login}")
    return _done(exchange, "unlocked", one)


def take_second_factor(exchange: Exchange) -> Reply:
    """Take a lost second factor away; every session of the person ends."""
    one = _there(exchange)
    second_factor.take_away(exchange.connection, one.id)
    sessions.end_sessions_of(exchange.connection, one.id)
    return _done(exchange, "second_factor_reset", one)


def log_out(exchange: Exchange) -> Reply:
    """End every session of a person."""
    one = _there(exchange)
    sessions.end_sessions_of(exchange.connection, one.id)
    sessions.forget_devices(exchange.connection, one.id)
    return _done(exchange, "log_out_everywhere", one)


def enable(exchange: Exchange) -> Reply:
    """Let a person log in again."""
    return _set_active(exchange, active=True)


def disable(exchange: Exchange) -> Reply:
    """Let a person log in no more. Nobody can lock themselves out."""
    return _set_active(exchange, active=False)


def _set_active(exchange: Exchange, *, active: bool) -> Reply:
    one = _there(exchange)
    if one.id == exchange.actor.person_id:
        raise Problem(409, translations(exchange.language).gettext("You cannot disable yourself."))
    try:
        with keeping_apart(exchange.connection, exchange.spec, exchange.now, one.id):
            set_active(exchange.connection, one.id, active=active)
    except Refused as refused:
        raise Problem(409, " ".join(map(_words_of, refused.diagnostics))) from None
    return _done(exchange, "person_enabled" if active else "person_disabled", one)
