"""The people who can log in: add, seat, disable, new password."""

from __future__ import annotations

import secrets

import sqlalchemy as sa

from crmspec.access import (
    Person,
    add_person,
    grant_role,
    keeping_apart,
    list_people,
    set_active,
    set_password,
    set_positions,
    system_table,
    withdraw_role,
)
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.server.frame import with_notice
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
    seen = {row[0]: row[1] for row in exchange.connection.execute(last.group_by(session.c.person_id))}
    rows = tuple(
        PersonRow(
            person=Link(label=one.name, url=urls.to("setup", "people", one.id), person=True),
            login=one.login,
            active=one.active,
            positions=tuple(_words(exchange, exchange.spec.organization.positions, name) for name in one.positions),
            roles=tuple(_words(exchange, exchange.spec.roles, name) for name in one.roles),
            last_seen=seen.get(one.id),
            actions=_actions(exchange, one),
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


def _actions(exchange: Exchange, one: Person) -> tuple[Action, ...]:
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
        label=gettext("New password"),
        url=urls.to(*here, "password"),
        method="post",
        icon="key-round",
        confirm=gettext("The present password of %(name)s stops working.") % {"name": one.name},
    )
    return (Action(label=gettext("Edit"), url=urls.to(*here), icon="pencil"), reset, able)


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
    controls = (
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
    page = FormPage(
        title=one.name if one else gettext("Add a person"),
        icon="user-plus",
        cancel_url=urls.to("setup", "people"),
        trail=_trail(exchange),
        url=urls.to("setup", "people", one.id if one else "new"),
        problems=problems,
        sections=(FormSection(label=gettext("Person"), controls=controls),),
    )
    return Shown(page, 422 if problems else 200)


def save_person(exchange: Exchange) -> Reply:
    """Add a person with a password that is shown once, or keep new chairs."""
    one, sent, connection, spec = _wanted(exchange), exchange.form, exchange.connection, exchange.spec
    gettext = translations(exchange.language).gettext
    positions, roles = sent.texts("positions"), sent.texts("roles")
    # A savepoint, so that a refusal in the middle leaves nothing behind.
    with connection.begin_nested() as savepoint:
        try:
            if one is None:
                password = secrets.token_urlsafe(12)
                with keeping_apart(connection, spec, exchange.now):
                    add_person(
                        connection,
                        spec,
                        login=sent.text("login"),
                        name=sent.text("name"),
                        password=password,
                        now=exchange.now,
                        positions=positions,
                        roles=roles,
                    )
                return _secret(exchange, sent.text("name"), sent.text("login"), password)
            with keeping_apart(connection, spec, exchange.now, one.id):
                _keep(exchange, one, sent.text("name"), positions, roles)
        except Refused as refused:
            savepoint.rollback()
            return _form(exchange, one, tuple(_words_of(problem) for problem in refused.diagnostics))
    return with_notice(see_other(exchange.urls.to("setup", "people")), exchange, gettext("Saved."))


def _words_of(problem: Diagnostic) -> str:
    """Say what was wrong; where a sentence about everybody would be broken, the lines that break it, too."""
    why = f" {problem.why}." if problem.code == "CRM601" else ""
    return f"{problem.what}.{why} {problem.help}"


def _keep(exchange: Exchange, one: Person, name: str, positions: tuple[str, ...], roles: tuple[str, ...]) -> None:
    connection, spec = exchange.connection, exchange.spec
    set_positions(connection, spec, one.id, positions)
    for role in set(one.roles) - set(roles):
        withdraw_role(connection, one.id, role)
    for role in set(roles) - set(one.roles):
        grant_role(connection, spec, one.id, role)
    if name.strip() and len(name) <= 200:
        table = system_table("crmspec_person")
        connection.execute(sa.update(table).where(table.c.id == one.id).values(name=name.strip()))


def _secret(exchange: Exchange, name: str, login: str, password: str) -> Reply:
    gettext = translations(exchange.language).gettext
    page = SecretPage(
        title=name,
        label=gettext("Password"),
        secret=password,
        trail=_trail(exchange),
        facts={gettext("Log-in"): login.strip().lower()},
        text=gettext("Hand it over in a safe way. It is shown only now; crmspec keeps no more than its hash."),
        back=Link(label=gettext("People"), url=exchange.urls.to("setup", "people")),
    )
    return Shown(page)


def new_password(exchange: Exchange) -> Reply:
    """Give a person a new password and show it once; every session of theirs ends."""
    one = _wanted(exchange)
    if one is None:
        raise Problem(404)
    password = secrets.token_urlsafe(12)
    set_password(exchange.connection, one.id, password, exchange.now)
    return _secret(exchange, one.name, one.login, password)


def enable(exchange: Exchange) -> Reply:
    """Let a person log in again."""
    return _set_active(exchange, active=True)


def disable(exchange: Exchange) -> Reply:
    """Let a person log in no more. Nobody can lock themselves out."""
    return _set_active(exchange, active=False)


def _set_active(exchange: Exchange, *, active: bool) -> Reply:
    one = _wanted(exchange)
    if one is None:
        raise Problem(404)
    if one.id == exchange.actor.person_id:
        raise Problem(409, translations(exchange.language).gettext("You cannot disable yourself."))
    try:
        with keeping_apart(exchange.connection, exchange.spec, exchange.now, one.id):
            set_active(exchange.connection, one.id, active=active)
    except Refused as refused:
        raise Problem(409, " ".join(map(_words_of, refused.diagnostics))) from None
    return with_notice(
        see_other(exchange.urls.to("setup", "people")), exchange, translations(exchange.language).gettext("Saved.")
    )
