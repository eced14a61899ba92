"""The server: which address is answered by which handler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, Router

from crmspec.access import guarded
from crmspec.server import open_id as provider
from crmspec.server.assets import Assets, load_assets
from crmspec.server.backstage import Backstage
from crmspec.server.door import Door
from crmspec.server.pages import (
    access,
    account,
    audit,
    boards,
    files,
    forms,
    home,
    lists,
    log_in_steps,
    open_id,
    people,
    records,
    reports,
    security,
    setup,
    shares,
    standing,
    view_as,
)
from crmspec.server.release import LoadRelease
from crmspec.server.rendering import Renderer
from crmspec.server.settings import Settings
from crmspec.server.web import Exchange, Handler, Problem, Reply

_ADMIN = setup.for_administrators
# Reached by GET, and yet something is written: who comes back from a provider, and a secret that is being shown.
_WRITES = ("/log-in/open-id", "/log-in/open-id/back", "/log-in/second-factor")
_BEFORE = {"/log-in/open-id": provider.leave_for, "/log-in/open-id/back": provider.come_back}
PUBLIC: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/log-in", account.log_in_page),
    ("POST", "/log-in", account.log_in),
    ("GET", "/log-in/code", log_in_steps.code_page),
    ("POST", "/log-in/code", log_in_steps.check_code),
    ("GET", "/log-in/password", log_in_steps.new_password_page),
    ("POST", "/log-in/password", log_in_steps.save_new_password),
    ("GET", "/log-in/reset", log_in_steps.reset_page),
    ("POST", "/log-in/reset", log_in_steps.reset),
    ("GET", "/log-in/second-factor", log_in_steps.enrol_page),
    ("POST", "/log-in/second-factor", log_in_steps.enrol),
    ("GET", "/log-in/open-id", open_id.leave),
    ("GET", "/log-in/open-id/back", open_id.back),
    ("POST", "/log-out", account.log_out),
    ("POST", "/preferences", account.save_preferences),
)
PRIVATE: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/", home.home),
    ("GET", "/profile", security.security),
    ("GET", "/profile/password", security.password_page),
    ("POST", "/profile/password", security.change_password),
    ("GET", "/profile/recovery-codes", security.recovery_codes_page),
    ("POST", "/profile/recovery-codes", security.new_recovery_codes),
    ("GET", "/profile/second-factor-off", security.factor_off_page),
    ("POST", "/profile/second-factor-off", security.factor_off),
    ("POST", "/profile/sessions/{session}/end", security.end_session),
    ("GET", "/search", lists.search),
    ("GET", "/reports", reports.index),
    ("GET", "/reports/{report}", reports.report),
    ("POST", "/reports/{report}/export", reports.export),
    ("GET", "/files/{file}", files.file),
    ("GET", "/files/{file}/{name}", files.file),
    ("GET", "/o/{object}", lists.list_page),
    ("GET", "/o/{object}/board", boards.board_page),
    ("GET", "/o/{object}/choices/{field}", lists.choices),
    ("GET", "/o/{object}/conditions", forms.conditions),
    ("GET", "/o/{object}/new", forms.new_form),
    ("POST", "/o/{object}/new", forms.create),
    ("GET", "/o/{object}/{id}", records.record_page),
    ("GET", "/o/{object}/{id}/edit", forms.edit_form),
    ("POST", "/o/{object}/{id}/edit", forms.save),
    ("POST", "/o/{object}/{id}/move", records.move),
    ("POST", "/o/{object}/{id}/delete", records.delete),
    ("GET", "/o/{object}/{id}/share", shares.share_form),
    ("POST", "/o/{object}/{id}/share", shares.share),
    ("POST", "/o/{object}/{id}/unshare", shares.unshare),
    ("GET", "/setup", _ADMIN(setup.index)),
    ("GET", "/setup/releases", _ADMIN(setup.releases)),
    ("GET", "/setup/releases/{number}", _ADMIN(setup.release)),
    ("GET", "/setup/access", _ADMIN(setup.access)),
    ("GET", "/setup/access/{role}", _ADMIN(setup.access)),
    ("GET", "/setup/field-access", _ADMIN(access.by_field)),
    ("GET", "/setup/person-access", _ADMIN(access.by_person)),
    ("GET", "/setup/why", _ADMIN(access.why)),
    ("POST", "/setup/view-as", _ADMIN(view_as.begin)),
    ("POST", "/view-as/end", view_as.end),
    ("GET", "/setup/spec", _ADMIN(setup.spec_index)),
    ("GET", "/setup/spec/{object}", _ADMIN(setup.spec_object)),
    ("GET", "/setup/people", _ADMIN(people.people)),
    ("GET", "/setup/people/new", _ADMIN(people.person_form)),
    ("POST", "/setup/people/new", _ADMIN(people.save_person)),
    ("GET", "/setup/people/{person}", _ADMIN(people.person_form)),
    ("POST", "/setup/people/{person}", _ADMIN(people.save_person)),
    ("POST", "/setup/people/{person}/back", _ADMIN(standing.back)),
    ("POST", "/setup/people/{person}/disable", _ADMIN(people.disable)),
    ("POST", "/setup/people/{person}/enable", _ADMIN(people.enable)),
    ("POST", "/setup/people/{person}/password", _ADMIN(people.new_password)),
    ("POST", "/setup/people/{person}/unlock", _ADMIN(people.unlock)),
    ("POST", "/setup/people/{person}/second-factor", _ADMIN(people.take_second_factor)),
    ("POST", "/setup/people/{person}/log-out", _ADMIN(people.log_out)),
    ("GET", "/setup/audit", _ADMIN(audit.audit)),
)


def make_app(
    engine: sa.Engine,
    *,
    reading: sa.Engine,
    load_release: LoadRelease,
    backstage: Backstage,
    settings: Settings,
    overrides: Mapping[str, str] | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Starlette:
    """Make the web application for one database.

    `engine` is for what writes, `reading` the same database in transactions that only read. `load_release` returns
    the deployed release as a transaction sees it; it is asked at each request, so that a new release is followed
    without a restart. `overrides` are templates of the project.
    """
    assets = load_assets()
    renderer = Renderer(assets, static_url=f"{settings.prefix}/static", overrides=overrides)
    renderer.check()
    # From here on no statement touches records without having passed through the rule.
    door = Door(guarded(engine), guarded(reading), load_release, renderer, settings, backstage, clock)
    routes = [
        Route("/static/{path:path}", _static(assets), methods=["GET"]),
        Route("/health", _health(reading), methods=["GET"]),
        *_routes(door, PUBLIC, public=True),
        *_routes(door, PRIVATE, public=False),
        Route(
            "/{path:path}", door.endpoint(_nothing_here), methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
        ),
    ]
    middleware = [Middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)]
    if settings.prefix:
        return Starlette(
            routes=[Mount(settings.prefix, app=Router(routes, redirect_slashes=False))], middleware=middleware
        )
    return Starlette(routes=routes, middleware=middleware)


def _routes(door: Door, table: tuple[tuple[str, str, Handler], ...], *, public: bool) -> list[Route]:
    """Make one route an address: its methods share it, any other method is refused as such."""
    by_path: dict[str, dict[str, Handler]] = {}
    for method, path, handler in table:
        by_path.setdefault(path, {})[method] = handler
    return [
        Route(
            path,
            door.endpoint(_by_method(handlers), public=public, writes=path in _WRITES, before=_BEFORE.get(path)),
            methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
        )
        for path, handlers in by_path.items()
    ]


def _by_method(handlers: Mapping[str, Handler]) -> Handler:
    def chosen(exchange: Exchange) -> Reply:
        handler = handlers.get("GET" if exchange.method == "HEAD" else exchange.method)
        if handler is None:
            raise Problem(405)
        return handler(exchange)

    return chosen


def _nothing_here(exchange: Exchange) -> Reply:
    raise Problem(404)


def _static(assets: Assets) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        found = assets.answer(request.path_params["path"], request.headers.get("accept-encoding", ""))
        return Response(found.body, found.status, dict(found.headers))

    return answer


def _health(reading: sa.Engine) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        try:
            with reading.connect() as connection:
                connection.execute(sa.text("SELECT 1"))
        except sa.exc.SQLAlchemyError:
            return PlainTextResponse("the database does not answer\n", 503)
        return PlainTextResponse("ok\n")

    return answer
