"""`serve` and `demo`: people at work."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmspec.cli.options import command
from crmspec.cli.output import say, show, show_json
from crmspec.cli.terminal import table
from crmspec.cli.workspace import Workspace, release_in

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from starlette.applications import Starlette

    from crmspec.cli.demonstration import Demonstration

_HOST = click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
_PORT = click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port; 0 takes a free one.",
)


@command()
@_HOST
@_PORT
@click.option("--prefix", default="", help="The path it lives under behind a proxy, such as /crm.")
@click.option("--https", is_flag=True, help="People come by HTTPS, through a proxy: cookies are for HTTPS only.")
def serve(workspace: Workspace, host: str, port: int, prefix: str, https: bool) -> None:
    """Serve the CRM that is deployed in the environment's database. New releases are followed without a restart."""
    from crmspec.deploy import for_reading

    with workspace.database() as engine:
        with for_reading(engine).connect() as connection:
            release_in(connection)
        app = application(engine, environment=workspace.environment.name, prefix=prefix, https=https)
        listen(app, host, port, prefix)


def application(
    engine: Engine, *, environment: str, prefix: str = "", https: bool = False, hint: str = "",
) -> Starlette:
    """Make the web application for a database."""
    from crmspec.cli.backstage import Backstage
    from crmspec.deploy import deployed_release, for_reading
    from crmspec.server.app import make_app
    from crmspec.server.settings import Settings

    settings = Settings(
        environment=environment, prefix=prefix.rstrip("/"), secure_cookies=https, trusted_proxies=https, hint=hint,
    )
    return make_app(
        engine, reading=for_reading(engine), load_release=deployed_release, backstage=Backstage(), settings=settings,
    )


def listen(app: Starlette, host: str, port: int, prefix: str = "") -> None:
    """Serve until somebody stops it. The socket listens first: a port in use is a message, nobody comes too early."""
    import gc
    import socket

    import uvicorn

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
            door.listen(128)
        except OSError as error:
            error.filename = f"{host}:{port}"
            raise
        shown = f"[{host}]" if ":" in host else host
        say(f"Serving at http://{shown}:{door.getsockname()[1]}{prefix}/   (Ctrl-C stops it)")
        gc.enable()  # from here on the process stays
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, date_header=True, lifespan="off",
            limit_concurrency=200, timeout_keep_alive=30,
        )
        uvicorn.Server(config).run(sockets=[door])


@command(env=False)
@click.argument("template", default="printing")
@click.option("--dir", "directory", type=click.Path(path_type=Path), help="Where to make it (default: temporary).")
@click.option("--database", metavar="URL", help="Deploy to this database instead of a SQLite file in the folder.")
@click.option("--serve/--no-serve", "serves", default=True, help="Serve it, or only make it.")
@_HOST
@_PORT
def demo(
    workspace: Workspace, template: str, directory: Path | None, database: str | None, serves: bool, host: str,
    port: int,
) -> None:
    """Make a CRM from a template, fill it with sample data, print a log-in for each role, and serve it."""
    from crmspec.cli.demonstration import make_demonstration

    place = workspace.folder / directory if directory else Path(tempfile.mkdtemp(prefix="crmspec-demo-"))
    made = make_demonstration(place, template, database, quiet=workspace.json)
    if workspace.json:
        show_json({
            "dir": str(made.folder), "database": made.database,
            "people": [{"login": one.login, "password": one.password, "roles": list(one.roles)} for one in made.people],
        })
    else:
        _show_people(made)
    if serves:
        _serve(made, host, port)


def _show_people(made: Demonstration) -> None:
    rows = [(one.login, one.password, ", ".join(one.roles), one.name) for one in made.people]
    show(f"{made.folder}\n\n" + table([("log-in", "password", "roles", "name"), *rows]))


def _serve(made: Demonstration, host: str, port: int) -> None:
    from crmspec.cli.workspace import opened

    hint = ", ".join(f"{one.login} / {one.password}" for one in made.people[:3])
    with opened(made.database, made.folder) as engine:
        listen(application(engine, environment="demo", hint=hint), host, port)
