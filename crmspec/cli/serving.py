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
from crmspec.diagnostics import Diagnostic, Refused

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from starlette.applications import Starlette

    from crmspec.cli.demonstration import Demonstration
    from crmspec.spec import Environment, OpenId, Spec

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
            _refuse_no_key(connection, release_in(connection).spec)
        place = workspace.environment
        app = application(
            engine, environment=place.name, prefix=prefix, https=https or place.url.startswith("https:"), url=place.url,
            open_id=_with_secret(place),
        )
        listen(app, host, port, prefix)


def _with_secret(environment: Environment) -> OpenId | None:
    """Return where people log in with OpenID Connect, its secret filled in; refuse what cannot work."""
    import os
    from dataclasses import replace

    from crmspec.spec.variables import filled_in, variables_of

    open_id = environment.open_id
    if open_id is None:
        return None
    if not environment.url:
        raise Refused(Diagnostic(
            "CRM694", f"`environments.{environment.name}.open_id` needs to know where this CRM is found",
            why="the provider sends people back to an address that it was told before",
            help=f"environments: {{{environment.name}: {{url: https://crm.example.com}}}}"))
    missing = [name for name in variables_of(open_id.client_secret) if not os.environ.get(name)]
    if missing:
        raise Refused(*(Diagnostic(
            "CRM520", f"the environment variable `{name}` is not set",
            why=f"`environments.{environment.name}.open_id.client_secret` is written as ${{{name}}}",
            help=f"export {name}=…") for name in missing))
    return replace(open_id, client_secret=filled_in(open_id.client_secret, os.environ))


def _refuse_no_key(connection: Connection, spec: Spec) -> None:
    """Refuse to serve people who are asked for a second factor that there is no way to keep."""
    from crmspec.records.secret_box import KEY_VARIABLE, box_for

    asking = next((role.name for role in spec.roles.values() if role.second_factor), "")
    box = box_for(connection)
    if asking and not box.key and box.file is None:
        raise Refused(Diagnostic(
            "CRM695", f"the role `{asking}` asks for a second factor, and there is no key to keep its secrets with",
            why="they are encrypted before they reach the database",
            help=f"export {KEY_VARIABLE}=$(python -c 'from cryptography.fernet import Fernet; "
                 "print(Fernet.generate_key().decode())')"))


def application(
    engine: Engine, *, environment: str, prefix: str = "", https: bool = False, hint: str = "", url: str = "",
    open_id: OpenId | None = None,
) -> Starlette:
    """Make the web application for a database."""
    from crmspec.cli.backstage import Backstage
    from crmspec.deploy import deployed_release, for_reading
    from crmspec.server.app import make_app
    from crmspec.server.settings import Settings

    settings = Settings(
        environment=environment, prefix=prefix.rstrip("/"), secure_cookies=https, trusted_proxies=https, hint=hint,
        url=url, open_id=open_id,
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
