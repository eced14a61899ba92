"""The one way in: every request passes here before a handler sees it, and every answer passes on its way out.

1. Read query and form within limits.
2. Open a transaction; find the deployed release in it.
3. Find the session, and who the person is under that release.
4. Refuse: nobody logged in; a post without this session's token or from another origin.
5. Call the handler; commit on success, roll back on any exception.
6. Render the page, set the security headers.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from crmspec.access import Actor, Caller, UnknownPerson, load_actor
from crmspec.audit import Entry, note
from crmspec.audit.entries import Detail
from crmspec.records import BadQuestion, Conflict, Forbidden, NotFound
from crmspec.server import bearer, sessions
from crmspec.server import frame as frames
from crmspec.server.account_rules import STEPS, asked_of
from crmspec.server.backstage import Backstage
from crmspec.server.body import read_form, read_query
from crmspec.server.pages import view_as
from crmspec.server.refusals import NOTED, Refusals
from crmspec.server.release import LoadRelease, Release
from crmspec.server.rendering import Renderer, translations
from crmspec.server.settings import Settings
from crmspec.server.views import ErrorPage
from crmspec.server.web import Exchange, Handler, Problem, Reply, Shown, Urls, Values, as_json

log = logging.getLogger("crmspec.server")

SAFE = ("GET", "HEAD")
_HERE = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?")  # health checks on the same machine
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


Before = Callable[[Settings, Values, Mapping[str, str]], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Ways:
    """How one handler is reached: see `Door.endpoint`."""

    public: bool = False
    writes: bool = False
    before: Before | None = None


@dataclass(frozen=True)
class Door:
    """Everything a request needs that outlives it."""

    engine: sa.Engine
    reading: sa.Engine  # the same database, in transactions that hold up nobody
    load_release: LoadRelease
    renderer: Renderer
    settings: Settings
    backstage: Backstage
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    refusals: Refusals = attribute(default_factory=Refusals)

    @property
    def urls(self) -> Urls:
        """Where things are on this server."""
        return Urls(self.settings.prefix)

    def endpoint(
        self, handler: Handler, *, public: bool = False, writes: bool = False, before: Before | None = None
    ) -> Callable[[Request], Any]:
        """Wrap a handler for Starlette. `public`: nobody need be logged in. `writes`: even on GET, as the way back from
        an OpenID provider does. `before` asks others what has to be asked outside of a transaction.
        """

        async def answer(request: Request) -> Response:
            try:
                query = read_query(request)
                form = Values() if request.method in SAFE else await read_form(request, self.settings)
            except (Problem, UnicodeDecodeError, ValueError) as error:
                problem = error if isinstance(error, Problem) else Problem(400, why="encoding")
                return await run_in_threadpool(self._bare_error, request, problem)
            return await run_in_threadpool(self._answer, request, query, form, handler, Ways(public, writes, before))

        return answer

    def _answer(
        self, request: Request, query: Values, form: Values, handler: Handler, ways: Ways
    ) -> Response:
        exchange: Exchange | None = None
        reads = request.method in SAFE and not ways.writes
        try:
            self._refuse_other_hosts(request)
            brought = ways.before(self.settings, query, request.cookies) if ways.before else {}
            with (self.reading if reads else self.engine).begin() as connection:
                exchange = self._exchange(request, query, form, connection)
                exchange.extra.update(brought)
                reply = self._guarded(exchange, handler, public=ways.public)
                response = self._rendered(exchange, reply)
                if not reads:
                    note(connection, *exchange.notes)
            if reads and exchange.notes:
                self._note(*exchange.notes)  # nothing is read without its line
            if exchange.session and reads and sessions.is_stale(exchange.session, exchange.now):
                self._touch(exchange)
            if exchange.extra["token"]:
                bearer.note_caller(self.engine, exchange.extra["token"], exchange.now, exchange.address)
            return response
        except Problem as problem:
            if problem.status == 401:
                bearer.note_refused(self.engine, self.clock(), self._address(request))
            return self._error(request, exchange, problem)
        except Exception as error:
            return self._error(request, exchange, self._problem_of(error))

    def _exchange(self, request: Request, query: Values, form: Values, connection: sa.Connection) -> Exchange:
        release = self.load_release(connection)
        if release is None:
            raise Problem(503)
        now = self.clock()
        token = self._caller(request, connection, release, now)
        session, known = (None, token.actor) if token else self._person(request, connection, release, now)
        actor, waiting = (None, known) if session and session.step else (known, None)
        viewer = actor
        if actor and session and (cookie := request.cookies.get(view_as.COOKIE, "")):
            actor = view_as.shown_as(connection, release, session, actor, cookie) or actor
        languages = release.spec.project.languages
        preference = frames.preferences(connection, viewer) if viewer else frames.Preferences()
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return Exchange(
            method=request.method,
            path=path,
            parameters=request.path_params,
            query=query,
            form=form,
            headers={name.lower(): value for name, value in request.headers.items()},
            address=self._address(request),
            now=now,
            connection=connection,
            settings=self.settings,
            urls=self.urls,
            release=release,
            session=session,
            backstage=self.backstage,
            signed_in=actor,
            viewer=viewer if viewer is not actor else None,
            waiting=waiting,
            theme=preference.theme,
            language=frames.language_of(
                preference.language or request.cookies.get(self.settings.cookie("crmspec_language"), ""),
                request.headers.get("accept-language", ""),
                languages,
            ),
            notices=frames.notices(request.cookies.get(frames.NOTICE_COOKIE, "")),
            extra={
                "token": token,
                **{
                    name: request.cookies.get(self.settings.cookie(f"crmspec_{name}"), "")
                    for name in ("door", "device", "open_id")
                },
            },
        )

    def _caller(
        self, request: Request, connection: sa.Connection, release: Release, now: datetime
    ) -> Caller | None:
        """Return who comes with a token; None for those who come with a session, or with nothing."""
        secret = bearer.secret_of(request.headers)
        if secret is None:
            return None
        path = request.url.path.removeprefix(self.settings.prefix)
        return bearer.caller(connection, release.spec, secret, now, path)

    def _person(
        self, request: Request, connection: sa.Connection, release: Release, now: datetime
    ) -> tuple[sessions.Session | None, Actor | None]:
        token = request.cookies.get(self.settings.cookie(sessions.COOKIE), "")
        session = sessions.find_session(connection, token, now, release.spec.project.log_in)
        if session is None:
            return None, None
        try:
            actor = load_actor(connection, release.spec, session.person_id, now)
        except UnknownPerson:
            return None, None
        if actor.kind == "integration":  # programs come with tokens, whatever way led to a session
            return None, None
        if not session.step and session.method == "password" and not session.second_factor and asked_of(actor):
            session = replace(session, step="enrol")
        return session, actor

    def _address(self, request: Request) -> str:
        forwarded = request.headers.get("x-forwarded-for", "") if self.settings.trusted_proxies else ""
        return forwarded.split(",")[-1].strip()[:64] or (request.client.host if request.client else "")

    def _guarded(self, exchange: Exchange, handler: Handler, *, public: bool) -> Reply:
        if exchange.method not in SAFE:
            self._refuse_foreign(exchange)
        if exchange.signed_in is None and not public:
            if exchange.method not in SAFE or exchange.wants_json:
                raise Problem(403, why="not logged in")
            if exchange.session and exchange.session.step:
                step = STEPS[exchange.session.step]
                return RedirectResponse(exchange.urls.to("log-in", step, next=exchange.path), status_code=303)
            return RedirectResponse(exchange.urls.to("log-in", next=exchange.path), status_code=303)
        if exchange.viewer and not self._only_looks(exchange):
            gettext = translations(exchange.language).gettext
            raise Problem(403, gettext("Nothing can be changed while you look at the screens as somebody else."))
        if exchange.session and exchange.method not in SAFE:
            token = exchange.form.text("csrf_token") or exchange.headers.get("x-csrf-token", "")
            if not sessions.same(sessions.unmasked(token), exchange.session.csrf):
                raise Problem(403, why="token")
        return handler(exchange)

    def _only_looks(self, exchange: Exchange) -> bool:
        """Say whether a request of somebody who looks at the screens as another is one: a page that is no personal
        matter of the other, or the way out.
        """
        path = exchange.path.partition("?")[0]
        if exchange.method in SAFE:
            return not path.startswith((self.urls.to("profile"), self.urls.to("log-in")))
        return path in (self.urls.to("view-as", "end"), self.urls.to("log-out"), self.urls.to("preferences"))

    def _refuse_foreign(self, exchange: Exchange) -> None:
        """Refuse a post that another site's page sent (OWASP: verify the origin with standard headers)."""
        site, origin = exchange.headers.get("sec-fetch-site", ""), exchange.headers.get("origin", "")
        if site not in ("", "same-origin", "none") or (
            origin and urlsplit(origin).netloc != exchange.headers.get("host", "")
        ):
            raise Problem(403, why="other origin")

    def _refuse_other_hosts(self, request: Request) -> None:
        """Refuse a request for another host, once we know ours: nothing is ever made from that header anyway."""
        host = request.headers.get("host", "").lower()
        if self.settings.host and host != self.settings.host and not _HERE.fullmatch(host):
            raise Problem(400, why="other host")

    def _rendered(self, exchange: Exchange, reply: Reply) -> Response:
        if isinstance(reply, Shown):
            html = self.renderer.page(frames.frame_of(exchange), reply.page, now=exchange.now)
            response: Response = HTMLResponse(html, status_code=reply.status)
            if exchange.notices:
                response.delete_cookie(frames.NOTICE_COOKIE, path=f"{self.settings.prefix}/")
            if "set_door" in exchange.extra:
                response.set_cookie(
                    self.settings.cookie(sessions.DOOR_COOKIE),
                    exchange.extra["set_door"],
                    path=f"{self.settings.prefix}/",
                    httponly=True,
                    samesite="strict",
                    secure=self.settings.secure_cookies,
                )
        else:
            response = reply
        return self._with_headers(response)

    def _note(self, *entries: Entry) -> None:
        with self.engine.begin() as connection:
            note(connection, *entries)

    def _note_refusal(self, request: Request, exchange: Exchange | None, problem: Problem) -> None:
        """Write down what was refused, unless there is too much of it: see `refusals`."""
        if problem.status not in NOTED or not self.refusals.take(exchange, self._address(request), problem):
            return
        detail: dict[str, Detail] = {
            "method": request.method, "path": request.url.path[:200], "status": problem.status, "why": problem.why}
        entry = replace(exchange.entry("refused"), detail=detail) if exchange else Entry(
            event="refused", at=self.clock(), address=self._address(request), detail=detail)
        try:
            self._note(entry)
        except sa.exc.SQLAlchemyError as error:  # the refusal stands; whoever watches the log is told instead
            log.error("a refusal could not be written down: %s", type(error).__name__)

    def _touch(self, exchange: Exchange) -> None:
        if exchange.session:
            with self.engine.begin() as connection:
                sessions.touch(connection, exchange.session, exchange.now)

    def _problem_of(self, error: Exception) -> Problem:
        """Say in a status what a room below refused; the rest is our own fault and goes to the log."""
        match error:
            case NotFound():
                return Problem(404, error.message)
            case Forbidden():
                return Problem(403, error.message)
            case BadQuestion():
                return Problem(400, error.message)
            case Conflict():
                return Problem(409)
            case sa.exc.OperationalError():
                log.warning("the database did not answer: %s", type(error.orig).__name__)
                return Problem(503)
        reference = secrets.token_hex(4)
        log.error("request failed, reference %s", reference, exc_info=error)
        return Problem(500, reference)

    def _error(self, request: Request, exchange: Exchange | None, problem: Problem) -> Response:
        if exchange is None:
            return self._bare_error(request, problem)
        self._note_refusal(request, exchange, problem)
        if exchange.wants_json:
            return self._with_headers(as_json({"message": problem.reason or str(problem.status)}, problem.status))
        is_fault = problem.status >= 500
        page = ErrorPage(
            status=problem.status,
            reason="" if is_fault else problem.reason,
            reference=problem.reason if is_fault else "",
        )
        # The transaction is gone with the exception; the frame asks for nothing but what the exchange already has.
        html = self.renderer.page(frames.frame_of(replace(exchange, notices=())), page, now=exchange.now)
        return self._with_headers(HTMLResponse(html, status_code=problem.status))

    def _bare_error(self, request: Request, problem: Problem) -> Response:
        """Show an error before anybody knows who asks: no navigation, no names."""
        self._note_refusal(request, None, problem)
        language = frames.language_of("", request.headers.get("accept-language", ""), ("en", "zh-CN"))
        frame = frames.bare_frame(self.urls, language)
        page = ErrorPage(status=problem.status, reference=problem.reason if problem.status >= 500 else "")
        html = self.renderer.page(frame, page, now=self.clock())
        headers = {"WWW-Authenticate": "Bearer"} if problem.status == 401 else {}
        return self._with_headers(HTMLResponse(html, status_code=problem.status, headers=headers))

    def _with_headers(self, response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if self.settings.open_id:  # a browser takes the way on after a form for a part of the form
            issuer = urlsplit(self.settings.open_id.issuer)
            policy = HEADERS["Content-Security-Policy"]
            response.headers["Content-Security-Policy"] = policy.replace(
                "form-action 'self'", f"form-action 'self' {issuer.scheme}://{issuer.netloc}")
        if self.settings.secure_cookies:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response
