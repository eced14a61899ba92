"""What may be shown of a text."""

from __future__ import annotations

import io

import pytest

from crmspec.cli.terminal import RED, coloured, escaped, padded, redacted, table, width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql+psycopg://crm:s3cret@db/crm", "postgresql+psycopg://crm:***@db/crm"),
        ("at postgres://crm:p%40ss;w:rd@db:5432/x failed", "at postgres://crm:***@db:5432/x failed"),
        ("host=db password=s3cret user=crm", "host=db password=*** user=crm"),
        ("host=db password='two words' user=crm", "host=db password=*** user=crm"),
        ("sqlite:///crm.db", "sqlite:///crm.db"),
        ("specs/contact.yaml:7:5: error", "specs/contact.yaml:7:5: error"),
        ("write to me@example.com", "write to me@example.com"),
    ],
)
def test_passwords_are_hidden_and_nothing_else(text: str, shown: str) -> None:
    """A database URL or a connection string is shown without its password."""
    assert redacted(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("safe\u202egnp.exe", "safe\\u202egnp.exe"),
        ("客户 résumé", "客户 résumé"),
        ("a\nb", "a\\x0ab"),
        ("\u2028", "\\u2028"),
    ],
)
def test_what_would_move_the_cursor_is_written_out(text: str, shown: str) -> None:
    """Control characters and direction marks are seen and do nothing."""
    assert escaped(text) == shown


def test_chinese_takes_two_columns() -> None:
    """Tables stay aligned in both languages."""
    assert width("客户 a") == 6
    assert padded("客", 4) == "客  "
    assert table([("account", "客户", "x"), ("quote", "报价单", "y")]) == "account  客户    x\nquote    报价单  y"


def test_colour_is_for_terminals_that_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file gets plain text; so does a terminal with NO_COLOR."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert coloured("x", RED, io.StringIO()) == "x"
    assert coloured("x", RED, Terminal()) == "\x1b[31;1mx\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert coloured("x", RED, Terminal()) == "x"
