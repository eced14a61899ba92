"""Templates in, texts out: one strict environment for every generator."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from crmspec.schema.ddl import quoted

if TYPE_CHECKING:
    from jinja2 import Environment

_PLAIN = re.compile(r"[^\W\d_][\w .()%/-]*\Z")
# Words that a reader of YAML might take for something else than text.
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "none", "y", "n"})


def render(generator: Path, template: str, **values: object) -> str:
    """Fill in a template of a generator's `templates/` folder. A name that is not given is an error."""
    return _environment(generator / "templates").get_template(template).render(**values)


@cache
def _environment(folder: Path) -> Environment:
    # Most commands that know of artifacts write none: Jinja is imported when one is.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=select_autoescape(("html", "html.jinja", "xml", "svg")),
    )
    environment.filters |= {
        "sql_name": quoted,
        "python": python_text,
        "one_line": one_line,
        "yaml": yaml_flow,
        "cell": markdown_cell,
        "code": markdown_code,
    }
    return environment


def python_text(text: str) -> str:
    """Write a text as a Python literal that reads as the text does: no escapes where another quote avoids them."""
    if text.replace("\n", "").isprintable() and "\\" not in text:
        for quote in ('"', "'", '"""', "'''"):
            fits = (
                quote not in text
                and not text.endswith(quote[0])
                and not (len(quote) == 3 and text.startswith(quote[0]))
            )
            if fits and (len(quote) == 3 or "\n" not in text):
                return f"{quote}{text}{quote}"
    return json.dumps(text, ensure_ascii=not text.replace("\n", "").isprintable())


def one_line(text: str) -> str:
    """Write a text without line feeds."""
    return " ".join(text.split())


def yaml_text(text: str) -> str:
    """Write a text as a YAML scalar: plain where nobody could take it for anything else."""
    if _PLAIN.match(text) and text.lower() not in _WORDS and not text.endswith(" "):
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())


def yaml_flow(value: object) -> str:
    """Write texts, numbers, lists and maps in YAML on one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return yaml_text(value)
        case Mapping():
            return "{" + ", ".join(f"{yaml_text(str(key))}: {yaml_flow(item)}" for key, item in value.items()) + "}"
        case tuple() | list():
            return "[" + ", ".join(map(yaml_flow, value)) + "]"
    return str(value)


def markdown_cell(text: str) -> str:
    """Write a text into a cell of a Markdown table, as text and nothing else."""
    shown = one_line(text).replace("\\", "\\\\").replace("|", "\\|")
    return re.sub(r"([<>`*\[\]]|(?<!\w)_|_(?!\w))", r"\\\1", shown)


def markdown_code(text: str) -> str:
    """Write a text as code into a cell of a Markdown table; a longer fence holds what has backticks in it."""
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{one_line(text)}{pad}{fence}".replace("|", "\\|")
