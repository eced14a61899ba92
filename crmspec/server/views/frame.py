"""What stands around every page, and the pages that stand alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import ClassVar, Literal

from crmspec.server.views.values import Action, Link, Tone

Theme = Literal["system", "light", "dark"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationGroup:
    """A row of links on the left, under a heading (or none)."""

    label: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message on top of a page: what has just happened, or what to know."""

    text: str
    tone: Tone = "info"
    link: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameUrls:
    """Where the frame's own links and forms lead. All with the path prefix; empty: not shown."""

    home: str
    log_in: str = ""
    log_out: str = ""                 # POST
    preferences: str = ""             # POST language or theme, and `next`
    profile: str = ""
    search: str = ""                  # GET q; with `Accept: application/json`: what the search box suggests
    new: tuple[Link, ...] = ()        # quick create


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every page is handed beside its own view. `person` None: nobody is logged in, no navigation is shown."""

    crm: str                          # the name on top
    urls: FrameUrls
    language: str = "en"
    languages: tuple[tuple[str, str], ...] = (("en", "English"),)   # tag, its own name
    theme: Theme = "system"
    time_zone: str = "UTC"
    currency: str = "USD"
    person: Link | None = None        # detail: position or e-mail address
    navigation: tuple[NavigationGroup, ...] = ()
    notices: tuple[Notice, ...] = ()
    csrf_token: str = ""
    path: str = "/"                   # this page's path and query, for `next`
    environment: str = ""             # named on top when it is not the production one
    release: str = ""                 # in the profile menu: `Release 42`
    setup: bool = False               # the reader has set-up rights: labels say where they are defined
    shown_as: str = ""                # the name of somebody else, whose screens these are; nothing can be changed then
    end_url: str = ""                 # where that ends, by a post


@dataclass(frozen=True, slots=True, kw_only=True)
class LogInPage:
    """Who are you? Posts `login`, `password`, `next`, `csrf_token` to `url`."""

    template: ClassVar[str] = "log_in.html"
    url: str
    login: str = ""
    next: str = ""
    problem: str = ""
    title: str = ""
    hint: str = ""                    # such as the demo's log-ins
    others: tuple[Link, ...] = ()     # other ways in (OpenID Connect)
    reset_url: str = ""               # for who has a one-time code


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """Why there is nothing else to see, in plain words, and where to go now.

    `status` has words of its own for 400, 403, 404, 405, 409, 413, 429, 500 and 503; `reason` adds the particulars.
    """

    template: ClassVar[str] = "error.html"
    status: int
    reason: str = ""
    reference: str = ""               # what to tell an administrator
    actions: tuple[Action, ...] = ()
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a project's own: any template, any words."""

    template: str
    title: str = ""
    words: Mapping[str, object] = attribute(default_factory=dict)
