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
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from crmspec.access import Actor, Caller, UnknownPerson, load_actor
from crmspec.audit import note
from crmspec.records import BadQuestion, Conflict, Forbidden, NotFound
from crmspec.server import bearer, sessions
from crmspec.server import frame as frames
from crmspec.server.backstage import Backstage
from crmspec.server.body import read_form, read_query
from crmspec.server.pages import view_as
from crmspec.server.release import LoadRelease, Release
from crmspec.server.rendering import Renderer, translations
from crmspec.server.settings import Settings
from crmspec.server.views import ErrorPage
from crmspec.server.web import Exchange, Handler, Problem, Reply, Shown, Urls, Values, as_json

log = logging.getLogger("crmspec.server")

SAFE = ("GET", "HEAD")
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
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


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

    @property
    def urls(self) -> Urls:
        """Where things are on this server."""
        return Urls(self.settings.prefix)

    def endpoint(self, handler: Handler, *, public: bool = False) -> Callable[[Request], Any]:
        """Wrap a handler for Starlette. `public`: nobody need be logged in."""

        async def answer(request: Request) -> Response:
            try:
                query = read_query(request)
                form = Values() if request.method in SAFE else await read_form(request, self.settings)
            except (Problem, UnicodeDecodeError, ValueError) as error:
                return self._bare_error(request, error if isinstance(error, Problem) else Problem(400))
            return await run_in_threadpool(self._answer, request, query, form, handler, public)

        return answer

    def _answer(self, request: Request, query: Values, form: Values, handler: Handler, public: bool) -> Response:
        exchange: Exchange | None = None
        try:
            engine = self.reading if request.method in SAFE else self.engine
            with engine.begin() as connection:
                exchange = self._exchange(request, query, form, connection)
                reply = self._guarded(exchange, handler, public=public)
                response = self._rendered(exchange, reply)
                if request.method not in SAFE:
                    note(connection, *exchange.notes)
            if request.method in SAFE and exchange.notes:
                with self.engine.begin() as connection:  # nothing is read without its line
                    note(connection, *exchange.notes)
            if exchange.session and request.method in SAFE and sessions.is_stale(exchange.session, exchange.now):
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
        session, actor = (None, token.actor) if token else self._person(request, connection, release, now)
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
            theme=preference.theme,
            language=frames.language_of(
                preference.language or request.cookies.get("crmspec_language", ""),
                request.headers.get("accept-language", ""),
                languages,
            ),
            notices=frames.notices(request.cookies.get(frames.NOTICE_COOKIE, "")),
            extra={"door": request.cookies.get(sessions.DOOR_COOKIE, ""), "token": token},
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
        session = sessions.find_session(connection, request.cookies.get(sessions.COOKIE, ""), now, self.settings)
        if session is None:
            return None, None
        try:
            return session, load_actor(connection, release.spec, session.person_id, now)
        except UnknownPerson:
            return None, None

    def _address(self, request: Request) -> str:
        forwarded = request.headers.get("x-forwarded-for", "") if self.settings.trusted_proxies else ""
        return forwarded.split(",")[-1].strip()[:64] or (request.client.host if request.client else "")

    def _guarded(self, exchange: Exchange, handler: Handler, *, public: bool) -> Reply:
        if exchange.method not in SAFE:
            self._refuse_foreign(exchange)
        if exchange.signed_in is None and not public:
            if exchange.method not in SAFE or exchange.wants_json:
                raise Problem(403)
            return RedirectResponse(exchange.urls.to("log-in", next=exchange.path), status_code=303)
        if exchange.viewer and not self._only_looks(exchange):
            gettext = translations(exchange.language).gettext
            raise Problem(403, gettext("Nothing can be changed while you look at the screens as somebody else."))
        if exchange.session and exchange.method not in SAFE:
            token = exchange.form.text("csrf_token") or exchange.headers.get("x-csrf-token", "")
            if not sessions.same(sessions.unmasked(token), exchange.session.csrf):
                raise Problem(403)
        return handler(exchange)

    def _only_looks(self, exchange: Exchange) -> bool:
        """Say whether a request of somebody who looks at the screens as another is one: a page that is no personal
        matter of the other, or the way out.
        """
        path = exchange.path.partition("?")[0]
        if exchange.method in SAFE:
            return not path.startswith(self.urls.to("profile"))
        return path in (self.urls.to("view-as", "end"), self.urls.to("log-out"), self.urls.to("preferences"))

    def _refuse_foreign(self, exchange: Exchange) -> None:
        """Refuse a post that another site's page sent (OWASP: verify the origin with standard headers)."""
        site, origin = exchange.headers.get("sec-fetch-site", ""), exchange.headers.get("origin", "")
        if site not in ("", "same-origin", "none") or (
            origin and urlsplit(origin).netloc != exchange.headers.get("host", "")
        ):
            raise Problem(403)

    def _rendered(self, exchange: Exchange, reply: Reply) -> Response:
        if isinstance(reply, Shown):
            html = self.renderer.page(frames.frame_of(exchange), reply.page, now=exchange.now)
            response: Response = HTMLResponse(html, status_code=reply.status)
            if exchange.notices:
                response.delete_cookie(frames.NOTICE_COOKIE, path=f"{self.settings.prefix}/")
            if "set_door" in exchange.extra:
                response.set_cookie(
                    sessions.DOOR_COOKIE,
                    exchange.extra["set_door"],
                    path=f"{self.settings.prefix}/",
                    httponly=True,
                    samesite="strict",
                    secure=self.settings.secure_cookies,
                )
        else:
            response = reply
        return _with_headers(response)

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
        if exchange.wants_json:
            return _with_headers(as_json({"message": problem.reason or str(problem.status)}, problem.status))
        is_fault = problem.status >= 500
        page = ErrorPage(
            status=problem.status,
            reason="" if is_fault else problem.reason,
            reference=problem.reason if is_fault else "",
        )
        # The transaction is gone with the exception; the frame asks for nothing but what the exchange already has.
        html = self.renderer.page(frames.frame_of(replace(exchange, notices=())), page, now=exchange.now)
        return _with_headers(HTMLResponse(html, status_code=problem.status))

    def _bare_error(self, request: Request, problem: Problem) -> Response:
        """Show an error before anybody knows who asks: no navigation, no names."""
        language = frames.language_of("", request.headers.get("accept-language", ""), ("en", "zh-CN"))
        frame = frames.bare_frame(self.urls, language)
        page = ErrorPage(status=problem.status, reference=problem.reason if problem.status >= 500 else "")
        html = self.renderer.page(frame, page, now=self.clock())
        headers = {"WWW-Authenticate": "Bearer"} if problem.status == 401 else {}
        return _with_headers(HTMLResponse(html, status_code=problem.status, headers=headers))


def _with_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
