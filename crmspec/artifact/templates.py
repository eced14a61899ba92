"""Templates in, texts out: one strict environment for every generator."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from crmspec.schema.ddl import quoted

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_ .,()%/-]*\Z")
# Words that a reader of YAML might take for something else than text.
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "none", "y", "n"})


def render(generator: Path, template: str, **values: object) -> str:
    """Fill in a template of a generator's `templates/` folder. A name that is not given is an error."""
    return _environment(generator / "templates").get_template(template).render(**values)


@cache
def _environment(folder: Path) -> Environment:
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
        "yaml": yaml_text,
        "cell": markdown_cell,
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
    if _PLAIN.match(text) and text.lower() not in _WORDS and not text.endswith((" ", ":")):
        return text
    return "'" + text.replace("'", "''").replace("\n", " ") + "'"


def markdown_cell(text: str) -> str:
    """Write a text into a cell of a Markdown table, as text and nothing else."""
    shown = text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
    return re.sub(r"([<>`*_\[\]])", r"\\\1", shown)
