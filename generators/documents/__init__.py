"""A plan → the data dictionary, in every language of the project: what there is, what it means, who may see it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from crmspec.access import MatrixRow, matrix
from crmspec.artifact import Artifact, Context, made_by, markdown_cell, markdown_code, render
from crmspec.plan import Plan
from crmspec.spec import Field

from .words import words_in

FOLDER = Path(__file__).parent


def generate(plan: Plan, context: Context) -> Iterator[Artifact]:
    """Give one dictionary a language."""
    spec = plan.desired
    by_object: dict[str, list[MatrixRow]] = {name: [] for name in spec.objects}
    for row in matrix(spec):
        by_object[row.object].append(row)
    for language in spec.project.languages:
        words = words_in(language)
        objects = [
            (one, [(field, notes(field, language, words)) for field in one.fields.values()], by_object[name])
            for name, one in spec.objects.items()
        ]
        content = render(
            FOLDER,
            "data-dictionary.md.jinja",
            header=made_by("documents", comment="<!--"),
            spec=spec,
            objects=objects,
            language=language,
            words=words,
        )
        yield Artifact(f"generated/documents/data-dictionary.{language}.md", content)


def notes(field: Field, language: str, words: dict[str, str]) -> str:
    """Say in one cell what a field holds: its rules, its options, its formula, its help."""
    found: list[str] = []
    if field.to:
        found.append(f"→ {', '.join(map(markdown_code, field.to))}")
    if field.options:
        found.append(" · ".join(markdown_cell(option.label.get(language) or option.name) for option in field.options))
    if field.formula or field.of:
        found.append(f"= {markdown_code(field.formula or f'{field.function}({field.of})')}")
    found += [words[key] for key in ("unique", "read_only") if getattr(field, key)]
    for key in ("min", "max", "max_length", "default", "format", "required_when"):
        value = getattr(field, key)
        if value not in (None, ""):
            found.append(f"{words[key]} {markdown_code(str(value))}")
    if field.help.get(language):
        found.append(markdown_cell(field.help[language]))
    return "; ".join(found)
