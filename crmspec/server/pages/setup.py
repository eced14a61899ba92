"""Set-up: releases, who may do what, where everything is defined. For people whose roles say `setup`."""

from __future__ import annotations

from collections.abc import Iterable

from crmspec.access import check_people, matrix
from crmspec.server.pages.access import rows_of, ways_of
from crmspec.server.rendering import translations
from crmspec.server.show import defined_at, label
from crmspec.server.views import (
    AccessPage,
    FieldView,
    Link,
    ReleasePage,
    ReleaseRow,
    ReleasesPage,
    SetupPage,
    SpecFieldRow,
    SpecGroup,
    SpecObjectPage,
    SpecObjectRow,
    SpecPage,
    Value,
)
from crmspec.server.web import Exchange, Handler, Problem, Reply, Shown
from crmspec.spec import SYSTEM_FIELDS, VERBS, Field, Layout, ListView, Object, Pipeline, Report

_Part = Pipeline | ListView | Layout | Report


def for_administrators(handler: Handler) -> Handler:
    """Refuse whoever has no set-up rights, before the handler looks at anything."""

    def guarded(exchange: Exchange) -> Reply:
        if not exchange.actor.rights.setup:
            raise Problem(403)
        return handler(exchange)

    return guarded


def _trail(exchange: Exchange, *more: Link) -> tuple[Link, ...]:
    return (Link(label=translations(exchange.language).gettext("Set-up"), url=exchange.urls.to("setup")), *more)


def fact(name: str, words: str, content: object, type_name: str = "text") -> FieldView:
    """Return one figure or word with its label."""
    return FieldView(name=name, label=words, value=Value(type=type_name, content=content or None))  # type: ignore[arg-type]


def index(exchange: Exchange) -> Reply:
    """Show the way to every set-up page."""
    gettext, urls, project = translations(exchange.language).gettext, exchange.urls, exchange.spec.project
    links = (
        Link(
            label=gettext("Releases"),
            url=urls.to("setup", "releases"),
            icon="rocket",
            detail=gettext("What was deployed, when and by whom"),
        ),
        Link(
            label=gettext("Access"),
            url=urls.to("setup", "access"),
            icon="shield-check",
            detail=gettext("Which role may do what"),
        ),
        Link(
            label=gettext("Spec"),
            url=urls.to("setup", "spec"),
            icon="book-open",
            detail=gettext("Every object and field, and the line that defines it"),
        ),
        Link(
            label=gettext("People"),
            url=urls.to("setup", "people"),
            icon="users",
            detail=gettext("Who can log in, and on which position"),
        ),
        Link(
            label=gettext("Audit trail"),
            url=urls.to("setup", "audit"),
            icon="scroll-text",
            detail=gettext("Who did what, and from where"),
        ),
    )
    facts = (
        fact("project", gettext("Project"), project.crm),
        fact("version", gettext("Version"), project.version),
        fact("release", gettext("Release"), exchange.release.number, "integer"),
        fact("objects", gettext("Objects"), len(exchange.spec.objects), "integer"),
        fact(
            "database",
            gettext("Database"),
            {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[exchange.connection.dialect.name],
        ),
    )
    return Shown(SetupPage(title=gettext("Set-up"), links=links, facts=facts, problems=_breaches(exchange)))


def _breaches(exchange: Exchange) -> tuple[str, ...]:
    """Say which access tests people break as things are: what came about since the release, such as a role whose time
    has begun.
    """
    found = check_people(exchange.connection, exchange.spec, exchange.now)
    return tuple(f"{one.what}. {one.why}." for one in found)


def releases(exchange: Exchange) -> Reply:
    """List every release, newest first."""
    rows = tuple(
        ReleaseRow(
            number=entry.number,
            url=exchange.urls.to("setup", "releases", str(entry.number)),
            at=entry.at,
            who=entry.who,
            summary=entry.action,
            commit=entry.git_commit[:12],
            version=entry.version,
            current=entry.number == exchange.release.number,
        )
        for entry in exchange.backstage.releases(exchange.connection)
    )
    return Shown(
        ReleasesPage(title=translations(exchange.language).gettext("Releases"), rows=rows, trail=_trail(exchange))
    )


def release(exchange: Exchange) -> Reply:
    """Show what one release changed."""
    gettext, wanted = translations(exchange.language).gettext, exchange.parameters["number"]
    entry = next((one for one in exchange.backstage.releases(exchange.connection) if str(one.number) == wanted), None)
    if entry is None:
        raise Problem(404)
    plan = exchange.backstage.plan_of(exchange.connection, entry.number)
    facts = (
        fact("at", gettext("Deployed"), entry.at, "datetime"),
        fact("who", gettext("By"), entry.who),
        fact("action", gettext("What"), entry.action),
        fact("commit", gettext("Commit"), entry.git_commit),
        fact("fingerprint", gettext("Fingerprint"), entry.fingerprint[:16]),
    )
    current = entry.number == exchange.release.number
    back = Link(label=gettext("Releases"), url=exchange.urls.to("setup", "releases"))
    page = ReleasePage(
        title=gettext("Release %(number)s") % {"number": entry.number},
        facts=facts,
        lines=plan.lines,
        text=plan.text,
        trail=_trail(exchange, back),
        current=current,
        undo="" if current else f"crmspec rollback --to {entry.number}",
    )
    return Shown(page)


def access(exchange: Exchange) -> Reply:
    """Show one role's rights: object × verb, and the fields with a level of their own."""
    gettext, spec, urls = translations(exchange.language).gettext, exchange.spec, exchange.urls
    name = exchange.parameters.get("role") or next(iter(spec.roles), "")
    role = spec.roles.get(name)
    if role is None:
        raise Problem(404)

    def link(role_name: str) -> Link:
        other = spec.roles[role_name]
        return Link(
            label=exchange.words(other.label, role_name),
            url=urls.to("setup", "access", role_name),
            current=role_name == name,
        )

    rows = rows_of(exchange, (row for row in matrix(spec) if row.role == name), f"role:{name}")
    held = tuple(
        Link(label=exchange.words(chair.label, chair.name))
        for chair in spec.organization.positions.values()
        if name in chair.roles
    )
    page = AccessPage(
        title=gettext("Access"),
        roles=tuple(link(one) for one in spec.roles),
        role=exchange.words(role.label, name),
        rows=rows,
        verbs=VERBS,
        help=exchange.words(role.help),
        includes=tuple(link(one) for one in role.include if one in spec.roles),
        held_by=held,
        ways=ways_of(exchange, "role"),
        trail=_trail(exchange),
        defined_at=defined_at(exchange, f"role:{name}"),
    )
    return Shown(page)


def spec_index(exchange: Exchange) -> Reply:
    """List every object."""
    rows = tuple(
        SpecObjectRow(
            link=Link(label=exchange.words(one.label), url=exchange.urls.to("setup", "spec", one.name), icon=one.icon),
            name=one.name,
            fields=len(one.fields),
            defined_at=defined_at(exchange, one.name),
        )
        for one in exchange.spec.objects.values()
    )
    return Shown(SpecPage(title=translations(exchange.language).gettext("Spec"), rows=rows, trail=_trail(exchange)))


def spec_object(exchange: Exchange) -> Reply:
    """Show one object: its fields, and what else belongs to it."""
    gettext, spec = translations(exchange.language).gettext, exchange.spec
    one = spec.objects.get(exchange.parameters["object"])
    if one is None:
        raise Problem(404)
    system = tuple(
        SpecFieldRow(name=name, label=label(exchange, one.name, name), type="", system=True) for name in SYSTEM_FIELDS
    )
    page = SpecObjectPage(
        title=exchange.words(one.label),
        name=one.name,
        icon=one.icon,
        groups=_groups(exchange, one),
        fields=(*(_field_row(exchange, one, field) for field in one.fields.values()), *system),
        facts=(
            fact("default_access", gettext("Default access"), one.default_access),
            fact("title_field", gettext("Title"), one.title_field),
        ),
        trail=_trail(exchange, Link(label=gettext("Spec"), url=exchange.urls.to("setup", "spec"))),
        defined_at=defined_at(exchange, one.name),
    )
    return Shown(page)


def _field_row(exchange: Exchange, one: Object, field: Field) -> SpecFieldRow:
    target = exchange.spec.objects.get(field.to[0]) if len(field.to) == 1 else None
    return SpecFieldRow(
        name=field.name,
        label=exchange.words(field.label),
        type=field.type,
        help=exchange.words(field.help),
        required=field.required,
        unique=field.unique,
        detail=_detail(field),
        defined_at=defined_at(exchange, f"{one.name}.{field.name}"),
        link=Link(label=exchange.words(target.label), url=exchange.urls.to("setup", "spec", target.name))
        if target
        else None,
    )


def _detail(field: Field) -> str:
    """Say in one line what makes this field different from others of its type."""
    if field.type == "rollup":
        return f"{field.function or 'count'} {field.of}"
    names = ", ".join(field.option_names[:12]) + (" …" if len(field.options) > 12 else "")
    return field.formula or names or " | ".join(field.to) or field.format


def _groups(exchange: Exchange, one: Object) -> tuple[SpecGroup, ...]:
    gettext, spec = translations(exchange.language).gettext, exchange.spec

    def rows(kind: str, parts: Iterable[_Part]) -> tuple[SpecFieldRow, ...]:
        return tuple(
            SpecFieldRow(
                name=part.name,
                label=exchange.words(part.label, part.name),
                type="",
                detail=getattr(part, "filter", "") or ", ".join(getattr(part, "stages", ())),
                defined_at=defined_at(exchange, f"{kind}:{part.name}"),
            )
            for part in parts
            if part.object == one.name
        )

    rules = tuple(
        SpecFieldRow(
            name=rule.name,
            label=exchange.words(rule.message),
            type="",
            detail=rule.when,
            defined_at=defined_at(exchange, f"validation:{one.name}.{rule.name}"),
        )
        for rule in one.validation.values()
    )
    found = (
        (gettext("Pipelines"), rows("pipeline", spec.pipelines.values())),
        (gettext("Validation"), rules),
        (gettext("List views"), rows("list_view", spec.list_views.values())),
        (gettext("Layouts"), rows("layout", spec.layouts.values())),
        (gettext("Reports"), rows("report", spec.reports.values())),
    )
    return tuple(SpecGroup(label=words, rows=group) for words, group in found if group)
