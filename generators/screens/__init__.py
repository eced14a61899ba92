"""A plan → the screens of every object, worked out: what a reviewer reads beside the change that caused it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from crmspec.artifact import Artifact, Context, made_by, render
from crmspec.plan import Plan
from crmspec.spec import Field
from crmspec.spec.screens import screens_of

FOLDER = Path(__file__).parent
_SAID = (
    "required",
    "required_when",
    "visible_when",
    "read_only",
    "unique",
    "search",
    "default",
    "to",
    "value_set",
    "pipeline",
)


def generate(plan: Plan, context: Context) -> Iterator[Artifact]:
    """Give one file an object: its lists, record page, form and boards."""
    header = made_by("screens")
    for name, one in plan.desired.objects.items():
        fields = {field.name: described(field) for field in one.fields.values()}
        content = render(
            FOLDER, "screens.yaml.jinja", header=header, one=one, screens=screens_of(plan.desired, name), fields=fields
        )
        yield Artifact(f"generated/screens/{name}.yaml", content)


def described(field: Field) -> dict[str, object]:
    """Return what a reviewer wants to see of a field beside its place: its type, words and rules."""
    found: dict[str, object] = {"type": field.type, "label": field.label}
    if field.row.control != field.type:
        found["control"] = field.row.control
    if field.options and not field.value_set:
        found["options"] = field.option_names
    return found | {key: value for key in _SAID if (value := getattr(field, key))}
