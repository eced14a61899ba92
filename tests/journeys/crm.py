"""A real CRM for the browser: the printing template, deployed, filled, served by uvicorn on a port of its own."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from playwright.sync_api import Page
from starlette.applications import Starlette

from crmspec.cli.application import run as run_command
from crmspec.cli.serving import application
from crmspec.deploy import open_database

PATIENCE_SECONDS = 20


@dataclass(frozen=True)
class Crm:
    """A served CRM: where it answers, its project, its database, and everybody's password."""

    url: str
    folder: Path
    database: str
    passwords: dict[str, str]
    roles: dict[str, tuple[str, ...]]

    def log_in(self, page: Page, login: str, language: str = "en") -> None:
        """Log in as somebody, in a language."""
        page.goto(f"{self.url}/log-in")
        page.locator('[name="login"]').fill(login)
        page.locator('[name="password"]').fill(self.passwords[login])
        page.locator('[name="password"]').press("Enter")
        page.wait_for_url(f"{self.url}/")
        if page.locator("html").get_attribute("lang") != language:
            self.speak(page, language)

    def speak(self, page: Page, language: str) -> None:
        """Change the language as the profile menu does."""
        token = page.locator('meta[name="csrf-token"]').get_attribute("content") or ""
        answer = page.request.post(
            f"{self.url}/preferences",
            form={"csrf_token": token, "language": language, "next": "/"},
            headers={"Origin": self.url},
        )
        assert answer.ok
        page.goto(f"{self.url}/")

    def who(self, role: str) -> str:
        """Return the login of somebody whose first role is this one."""
        return next(login for login, roles in self.roles.items() if role in roles)


def run(*arguments: str) -> str:
    """Run a crmspec command in this process and return what it printed; any other exit than 0 fails the test."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run_command(list(arguments))
    assert code == 0, out.getvalue() + err.getvalue()
    return out.getvalue()


def make_crm(folder: Path, database: str | None) -> dict[str, object]:
    """Make, deploy and fill the demonstration, without serving it."""
    more = ["--database", database] if database else []
    made: dict[str, object] = json.loads(
        run("demo", "printing", "--dir", str(folder), *more, "--no-serve", "--format", "json")
    )
    assert made["format_version"] == 1
    return made


@contextmanager
def listening(make: Callable[[str], Starlette]) -> Iterator[str]:
    """Serve an application on a free port, until the test is done; it is made with the address it will have."""
    with closing(socket.socket()) as door:
        door.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(make(url), log_level="warning", access_log=False, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not server.started:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.01)
        try:
            yield url
        finally:
            server.should_exit = True
            thread.join(PATIENCE_SECONDS)


@contextmanager
def served(folder: Path, database: str | None) -> Iterator[Crm]:
    """Serve a demonstration until the test is done."""
    made = make_crm(folder, database)
    people: list[dict[str, object]] = made["people"]  # type: ignore[assignment]
    engine = open_database(str(made["database"]))
    try:
        with listening(lambda _: application(engine, environment="local")) as url:
            yield Crm(
                url=url,
                folder=folder,
                database=str(made["database"]),
                passwords={str(one["login"]): str(one["password"]) for one in people},
                roles={str(one["login"]): tuple(one["roles"]) for one in people},  # type: ignore[arg-type]
            )
    finally:
        engine.dispose()
