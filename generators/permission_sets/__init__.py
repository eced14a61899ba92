"""A plan → what every role may do, its includes counted in: a file a role, a matrix, GRANTs for PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from crmspec.access import MatrixRow, matrix
from crmspec.artifact import Artifact, Context, made_by, render
from crmspec.plan import Plan
from crmspec.spec import VERBS, Spec

from .postgresql import grant_lines

FOLDER = Path(__file__).parent


def generate(plan: Plan, context: Context) -> Iterator[Artifact]:
    """Give one permission set a role, the matrix, and the grants."""
    spec = plan.desired
    by_role: dict[str, list[MatrixRow]] = {name: [] for name in spec.roles}
    for row in matrix(spec):
        by_role[row.role].append(row)
    for name, rows in by_role.items():
        content = render(
            FOLDER,
            "role.yaml.jinja",
            header=made_by("permission_sets"),
            role=spec.roles[name],
            grants=sorted(_grants(rows)),
            fields=sorted(_fields(rows)),
        )
        yield Artifact(f"generated/permission_sets/{name}.yaml", content)
    if spec.roles:
        yield Artifact("generated/access-matrix.md", _matrix(spec, by_role))
        lines = grant_lines(spec, by_role)
        yield Artifact(
            "generated/grants.postgresql.sql",
            render(FOLDER, "grants.sql.jinja", header=made_by("permission_sets", comment="--"), roles=lines),
        )


def _grants(rows: list[MatrixRow]) -> Iterator[tuple[str, tuple[str, ...] | str]]:
    for row in rows:
        for verb, scopes in row.scopes.items():
            yield f"{row.object}.{verb}", scopes if len(scopes) > 1 else scopes[0]


def _fields(rows: list[MatrixRow]) -> Iterator[tuple[str, str]]:
    for row in rows:
        for field, level in row.fields.items():
            yield f"{row.object}.{field}", level


def _matrix(spec: Spec, by_role: dict[str, list[MatrixRow]]) -> str:
    """Write who may do what, an object at a time, a line a role, a column a verb."""
    rows = {(row.object, row.role): row for lines in by_role.values() for row in lines}
    objects = [
        (
            one,
            [
                (role, [" ".join(row.scopes.get(verb, ())) for verb in VERBS], row.fields)
                for role in spec.roles
                if (row := rows.get((name, role)))
            ],
        )
        for name, one in spec.objects.items()
    ]
    return render(
        FOLDER,
        "matrix.md.jinja",
        header=made_by("permission_sets", comment="<!--"),
        verbs=VERBS,
        objects=objects,
        language=spec.project.languages[0],
    )
