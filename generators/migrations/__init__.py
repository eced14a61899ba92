"""A plan → an Alembic revision with the statements of each database, and the environment that runs it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from crmspec.artifact import MADE_BY, Artifact, Context, render, sealed
from crmspec.artifact.committed import RETIRED_FILE, SPEC_FILE, retired_json, spec_json
from crmspec.plan import Plan, Step, make_plan
from crmspec.plan.words import change_line
from crmspec.spec import Spec, fingerprint, kind_of

FOLDER = Path(__file__).parent
_SLUG_LENGTH_MAX = 50


def generate(plan: Plan, context: Context) -> Iterator[Artifact]:
    """Give the revision of the plan, where it changes anything, and the files beside it."""
    header = f"# {MADE_BY} (migrations). Do not edit"
    yield Artifact("migrations/env.py", render(FOLDER, "env.py.jinja", header=header))
    yield Artifact("migrations/alembic.ini", render(FOLDER, "alembic.ini.jinja", header=header))
    if plan:
        yield Artifact(f"migrations/versions/{file_name(plan, context)}", revision(plan, context), kept=True)
        yield Artifact(SPEC_FILE, spec_json(plan.desired, plan.revision))
        yield Artifact(RETIRED_FILE, retired_json(plan.retired))


def file_name(plan: Plan, context: Context) -> str:
    """Return the name of the revision's file: its number, and what people call it."""
    words = context.message or title(plan)
    slug = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    slug = slug[:_SLUG_LENGTH_MAX].rpartition("_")[0] if len(slug) > _SLUG_LENGTH_MAX else slug
    return f"{plan.revision[:4]}_{slug or 'change'}.py"


def title(plan: Plan) -> str:
    """Say in one line what the revision does."""
    if plan.deployed is None:
        return f"first release of {plan.desired.project.crm}"
    # An option is part of its field's change in a title; the docstring below it has every line.
    large = [change for change in plan.changes if kind_of(change.address) != "option"]
    words = [f"{change.action} {change.address}" for change in large or plan.changes]
    return ", ".join(words[:2]) + (f" and {len(words) - 2} more" if len(words) > 2 else "")


def revision(plan: Plan, context: Context) -> str:
    """Write the revision's file."""
    back = _reverse(plan)
    text = render(
        FOLDER,
        "revision.py.jinja",
        made_by=MADE_BY,
        title=_one_line(context.message or title(plan)),
        changes=[_one_line(change_line(change)) for change in plan.changes] if plan.deployed else _summary(plan),
        revision=plan.revision,
        down_revision=context.down_revision,
        before=fingerprint(plan.deployed) if plan.deployed else None,
        after=fingerprint(plan.desired),
        functions=sorted({"run", *_called(plan.steps), *_called(back.steps)}),
        tables=sorted({*plan.tables, *back.tables}),
        directions={"upgrade": plan.steps, "downgrade": back.steps},
        replaces=context.replaces,
        adopts={name: json.dumps(part, ensure_ascii=False) for name, part in context.adopts.items()},
    )
    return sealed(text)


def _called(steps: Sequence[Step]) -> Iterator[str]:
    """Yield the functions that the steps of a direction call, `run` apart."""
    return (call.kind for step in steps for call in step.prepared)


def _reverse(plan: Plan) -> Plan:
    """Plan the way back: what this revision retires returns, what it adds is retired under the same number, what it
    brought back is kept as it was before.
    """
    before = plan.deployed or Spec(project=plan.desired.project)
    return make_plan(
        plan.desired,
        before,
        retired=plan.retired,
        revision=plan.revision,
        again=plan.returned,
        backward=True,
        emptying=True,
    )


def _summary(plan: Plan) -> list[str]:
    return [f"+ {name}   {len(one.fields)} fields" for name, one in plan.desired.objects.items()]


def _one_line(text: str) -> str:
    """Keep a text of people's out of the way of Python: one line, no quotes that end a docstring, no backslash."""
    return " ".join(text.split()).replace("\\", "/").replace('"""', "'''").rstrip('"')
