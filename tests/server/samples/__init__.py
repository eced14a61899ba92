"""Views of a made-up printing company, as real as they get: what the templates are looked at and tested with."""

from __future__ import annotations

from crmspec.server.views import AnyPage, ErrorPage, Frame, Link, LogInPage, Notice, Theme
from tests.server.samples.form import form_page
from tests.server.samples.lists import board_page, empty_list, list_page, search_page
from tests.server.samples.nasty import nasty_pages
from tests.server.samples.record import record_page
from tests.server.samples.report import home_page, report_page
from tests.server.samples.security import audit_page, log_in_pages, security_page
from tests.server.samples.setup import setup_pages
from tests.server.samples.words import frame, say_in, url


def pages(language: str) -> dict[str, tuple[str, AnyPage]]:
    """Return every sample page by name, each with its place in the navigation."""
    say = say_in(language)
    plain: dict[str, tuple[str, AnyPage]] = {
        "home": ("home", home_page(say)),
        "list": ("opportunity", list_page(say)),
        "list-empty": ("campaign", empty_list(say, searched=False)),
        "list-nothing": ("campaign", empty_list(say, searched=True)),
        "record": ("opportunity", record_page(say)),
        "form": ("opportunity", form_page(say)),
        "form-wrong": ("opportunity", form_page(say, wrong=True)),
        "form-conflict": ("opportunity", form_page(say, conflict=True)),
        "board": ("opportunity", board_page(say)),
        "report": ("report", report_page(say, "bar")),
        "report-line": ("report", report_page(say, "line")),
        "report-pie": ("report", report_page(say, "pie")),
        "report-wide": ("report", report_page(say, "wide")),
        "search": ("", search_page(say, found=True)),
        "search-nothing": ("", search_page(say, found=False)),
        "error": (
            "",
            ErrorPage(status=404, reason=say("There is no opportunity with this number.", "没有此编号的商机。")),
        ),
        "log-in": (
            "",
            LogInPage(
                url=url("/log-in"),
                hint=say(
                    "Demo: log in as anna, jonas or mei with the password tulip.",
                    "演示：用户名 anna、jonas 或 mei，密码 tulip。",
                ),
            ),
        ),
        "log-in-wrong": (
            "",
            LogInPage(
                url=url("/log-in"),
                login="anna",
                problem=say("Login name or password is not right.", "用户名或密码不正确。"),
            ),
        ),
    }
    plain |= {name: ("", page) for name, page in log_in_pages(say).items()}
    plain |= {"security": ("", security_page(say)), "audit": ("setup", audit_page(say))}
    plain |= {name: ("setup", page) for name, page in setup_pages(say).items()}
    return plain | {name: ("", page) for name, page in nasty_pages().items()}


def sample(name: str, language: str = "en", theme: Theme = "light") -> tuple[Frame, AnyPage]:
    """Return one sample page with its frame."""
    current, page = pages(language)[name]
    say = say_in(language)
    notices = (
        (
            Notice(
                text=say("Saved.", "已保存。"), tone="success", link=Link(label=say("Undo", "撤销"), url=url("/undo"))
            ),
        )
        if name == "record"
        else ()
    )
    more = {"shown_as": "Jonas", "end_url": url("/view-as/end")} if name == "list-empty" else {}
    return frame(say, language, theme, current, signed_in=not name.startswith("log-in"), notices=notices, **more), page


NAMES = tuple(pages("en"))
