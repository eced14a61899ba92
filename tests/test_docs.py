"""What the docs say is true: generated pages are fresh, links lead somewhere, commands exist."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from crmspec.cli.application import application
from crmspec.cli.code_table import FAMILIES, code_table
from crmspec.cli.reference import reference_pages

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    path for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *ROOT.glob("[seg]*/**/README.md"))
    if ".venv" not in path.parts
)
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)([^)#\s]*)(?:#[^)]*)?\)")
COMMAND = re.compile(r"(?:^|[`&|(\s])crmspec ((?:-C \S+ )?)([a-z]+)((?: [^\n`#&|]*)?)", re.MULTILINE)


def test_generated_pages_are_fresh(update: bool) -> None:
    """docs/language.md and docs/cli.md are what the code says; `pytest --update` writes them again."""
    for name, text in reference_pages().items():
        page = ROOT / "docs" / name
        if update:
            page.write_text(text, "utf-8")
        assert page.read_text("utf-8") == text, f"docs/{name} is stale: make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link is a file or a folder of the repository."""
    broken = [link for link in LINK.findall(page.read_text("utf-8")) if link and not (page.parent / link).exists()]
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_options_exist(page: Path) -> None:
    """Every `crmspec …` in a code block or in backticks names a command, and its options are options."""
    context = click.Context(application)
    assert isinstance(application, click.Group)
    text = "\n".join(re.findall(r"^```.*?^```|`[^`\n]+`", page.read_text("utf-8"), re.MULTILINE | re.DOTALL))
    for _, name, rest in COMMAND.findall(text):
        command = application.get_command(context, name)
        assert command is not None, f"there is no command `{name}`"
        for word in rest.split():
            below = command.get_command(context, word) if isinstance(command, click.Group) else None
            if below is None:
                break
            command = below
        options = (option for one in command.params for option in (*one.opts, *one.secondary_opts))
        known = {"--help", "--version", *options}
        unknown = [word for word in re.findall(r"(?<=\s)--[a-z-]+", rest) if word not in known]
        assert unknown == [], f"`crmspec {name}{rest}`"


def test_every_code_has_one_family() -> None:
    """A code is CRM and three digits, and its first digit says what it is about."""
    assert {code[:4] for code in code_table()} <= set(FAMILIES)
