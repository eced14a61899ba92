"""What stands around a page for this person: navigation, language, theme, notices."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast, get_args

import sqlalchemy as sa
from babel import Locale, UnknownLocaleError
from starlette.responses import Response

from crmspec.access import Actor, system_table
from crmspec.server.rendering import translations
from crmspec.server.sessions import masked
from crmspec.server.views import Frame, FrameUrls, Link, NavigationGroup, Notice, Theme, Tone
from crmspec.server.web import Exchange, Urls
from crmspec.spec import Object, Spec

NOTICE_COOKIE = "crmspec_notice"
OBJECT_ICON = "box"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person chose for themselves."""

    language: str = ""
    theme: Theme = "system"
    time_zone: str = ""


def preferences(connection: sa.Connection, actor: Actor) -> Preferences:
    """Read a person's choices."""
    table = system_table("crmspec_person")
    row = connection.execute(
        sa.select(table.c.language, table.c.theme, table.c.time_zone).where(table.c.id == actor.person_id)
    ).one()
    theme = row.theme if row.theme in get_args(Theme) else "system"
    return Preferences(row.language or "", cast(Theme, theme), row.time_zone or "")


def language_of(wanted: str, accepted: str, languages: Sequence[str]) -> str:
    """Return the language to speak: the person's own, else the browser's, else the project's first."""
    asked = [wanted, *(entry.partition(";")[0].strip() for entry in accepted.split(","))]
    by_base = {language.split("-")[0].lower(): language for language in reversed(languages)}
    exact = {language.lower(): language for language in languages}
    for tag in asked:
        found = exact.get(tag.lower()) or by_base.get(tag.split("-")[0].lower())
        if found:
            return found
    return languages[0]


def native_name(language: str) -> str:
    """Return what a language calls itself."""
    try:
        return Locale.parse(language, sep="-").get_language_name() or language
    except (UnknownLocaleError, ValueError):
        return language


def frame_of(exchange: Exchange) -> Frame:
    """Return the frame of a page."""
    urls, spec, actor = exchange.urls, exchange.spec, exchange.signed_in
    project = spec.project
    return Frame(
        crm=exchange.words(spec.organization.company.name) or exchange.words(project.label) or project.crm,
        urls=_frame_urls(exchange) if actor else FrameUrls(home=urls.to(), preferences=urls.to("preferences")),
        language=exchange.language,
        languages=tuple((tag, native_name(tag)) for tag in project.languages),
        theme=cast(Theme, exchange.theme),
        time_zone=(actor.time_zone if actor else "") or project.time_zone,
        currency=project.currency,
        person=Link(label=actor.name, detail=_chairs(exchange, actor), person=True) if actor else None,
        navigation=_navigation(exchange) if actor else (),
        notices=exchange.notices,
        csrf_token=masked(exchange.session.csrf) if exchange.session else str(exchange.extra.get("csrf", "")),
        path=exchange.path,
        environment=exchange.settings.environment,
        release=str(exchange.release.number),
        setup=bool(actor and actor.rights.setup),
        shown_as=(actor.name or actor.login) if actor and exchange.viewer else "",
        end_url=urls.to("view-as", "end") if exchange.viewer else "",
    )


def bare_frame(urls: Urls, language: str) -> Frame:
    """Return the frame of a page before anybody is known."""
    return Frame(crm="crmspec", urls=FrameUrls(home=urls.to()), language=language)


def _frame_urls(exchange: Exchange) -> FrameUrls:
    urls, actor = exchange.urls, exchange.actor
    new = tuple(
        Link(label=exchange.words(one.label), url=urls.to("o", one.name, "new"), icon=one.icon or OBJECT_ICON)
        for one in main_objects(exchange.spec)
        if actor.rights.may(one.name, "create")
    )
    return FrameUrls(
        home=urls.to(),
        log_out=urls.to("log-out"),
        preferences=urls.to("preferences"),
        profile=urls.to("profile"),
        search=urls.to("search"),
        new=new[:10],
    )


def main_objects(spec: Spec) -> tuple[Object, ...]:
    """Return the objects that stand in the navigation: those that are not lines of another one."""
    return tuple(one for one in spec.objects.values() if one.default_access != "controlled_by_parent")


def _navigation(exchange: Exchange) -> tuple[NavigationGroup, ...]:
    urls, actor, here = exchange.urls, exchange.actor, exchange.path.partition("?")[0]
    gettext = translations(exchange.language).gettext

    def link(label: str, icon: str, *segments: str) -> Link:
        url = urls.to(*segments)
        return Link(
            label=label, url=url, icon=icon, current=here == url or (bool(segments) and here.startswith(f"{url}/"))
        )

    def object_link(name: str) -> Link:
        one = exchange.spec.objects[name]
        return link(exchange.words(one.plural) or exchange.words(one.label), one.icon or OBJECT_ICON, "o", name)

    groups = [
        NavigationGroup(
            label="", links=(link(gettext("Home"), "house"), link(gettext("Reports"), "chart-column", "reports"))
        )
    ]
    groups.extend(
        NavigationGroup(label=label, links=tuple(object_link(name) for name in names))
        for label, names in apps_of(exchange)
    )
    if actor.rights.setup:
        groups.append(
            NavigationGroup(label=gettext("Administration"), links=(link(gettext("Set-up"), "settings", "setup"),))
        )
    return tuple(groups)


def apps_of(exchange: Exchange) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return (label, objects) of each group of the navigation: the spec's apps, else one group of all main objects.

    Only what this person may read is in it; a group with nothing left is not.
    """
    spec, roles = exchange.spec, set(exchange.actor.roles)
    apps = [app for app in spec.apps.values() if not app.roles or not roles.isdisjoint(app.roles)]
    groups = [(exchange.words(app.label, app.name), app.objects) for app in apps] or [
        (translations(exchange.language).gettext("Records"), tuple(one.name for one in main_objects(spec)))
    ]
    readable = ((label, tuple(name for name in names if exchange.records.may(name, "read"))) for label, names in groups)
    return tuple((label, names) for label, names in readable if names)


def _chairs(exchange: Exchange, actor: Actor) -> str:
    positions = exchange.spec.organization.positions
    return ", ".join(exchange.words(positions[name].label, name) for name in actor.positions) or actor.login


def notices(cookie: str) -> tuple[Notice, ...]:
    """Read what the page before wanted said on this one. Anything else in the cookie says nothing."""
    try:
        said = json.loads(base64.urlsafe_b64decode(cookie.encode())) if cookie else {}
    except (ValueError, binascii.Error):
        return ()
    if not isinstance(said, Mapping) or said.get("tone") not in get_args(Tone) or not isinstance(said.get("text"), str):
        return ()
    return (Notice(text=said["text"][:500], tone=said["tone"]),)


def with_notice(response: Response, exchange: Exchange, text: str, tone: Tone = "success") -> Response:
    """Have the next page say something."""
    value = base64.urlsafe_b64encode(json.dumps({"text": text[:500], "tone": tone}).encode()).decode()
    response.set_cookie(
        NOTICE_COOKIE,
        value,
        max_age=60,
        path=f"{exchange.settings.prefix}/",
        httponly=True,
        samesite="lax",
        secure=exchange.settings.secure_cookies,
    )
    return response
