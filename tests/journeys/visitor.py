"""Somebody without a browser: posts what a browser would not."""

from __future__ import annotations

import re
from types import TracebackType

import httpx
import pytest

from tests.journeys.crm import Crm

_TOKEN = re.compile(r'name="csrf-token" content="([^"]*)"')


def once(crm: Crm) -> None:
    """Leave a test out on the second database, where the database has no part in what it looks at."""
    if crm.database.startswith("postgresql"):
        pytest.skip("the database has no part in this: it ran on SQLite")


class Visitor:
    """An HTTP client that is logged in as somebody and knows that session's token."""

    def __init__(self, crm: Crm, login: str = "") -> None:
        self.crm = crm
        self.http = httpx.Client(base_url=crm.url, timeout=20)
        self.token = ""
        if login:
            self.log_in(login, crm.passwords[login])

    def __enter__(self) -> Visitor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def log_in(self, login: str, password: str, *, next: str = "") -> httpx.Response:
        """Fill in the log-in form."""
        door = self.http.get("/log-in")
        token = self.token_of(door)
        answer = self.http.post(
            "/log-in",
            data={"login": login, "password": password, "csrf_token": token, "next": next},
            headers={"Origin": self.crm.url},
        )
        if answer.status_code == 303:
            self.token = self.token_of(self.http.get("/profile"))
        return answer

    @staticmethod
    def token_of(answer: httpx.Response) -> str:
        """Return the token a page carries."""
        found = _TOKEN.search(answer.text)
        return found[1] if found else ""

    def get(self, path: str, **parameters: str) -> httpx.Response:
        """Ask for a page."""
        return self.http.get(path, params=parameters or None)

    def post(
        self, path: str, fields: dict[str, str] | None = None, *, token: str | None = None, origin: str | None = None
    ) -> httpx.Response:
        """Post a form as this server's own page would; `token` and `origin` say otherwise."""
        sent = {"csrf_token": self.token if token is None else token, **(fields or {})}
        return self.http.post(path, data=sent, headers={"Origin": self.crm.url if origin is None else origin})
