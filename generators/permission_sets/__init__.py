"""A plan → what every role may do, its includes counted in: a file a role, a matrix, GRANTs for PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from crmspec.access import EVERY_OBJECT, MatrixRow, matrix, rights_of
from crmspec.artifact import Artifact, Context, made_by, render
from crmspec.plan import Plan
from crmspec.spec import SCOPES, VERBS, Scope, Spec, Verb

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
            grants=sorted(_grants(spec, rows)),
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


def _grants(spec: Spec, rows: list[MatrixRow]) -> Iterator[tuple[str, tuple[str, ...] | str]]:
    """Yield one line a grant. What a role gives on every object is one line for all of them; an object has a line of
    its own where it is another. So who adds an object changes no file of a role that may do everything.
    """
    by_object = {row.object: row.scopes for row in rows}
    everywhere = _everywhere(spec, rows)
    for verb, scopes in everywhere.items():
        yield f"{EVERY_OBJECT}.{verb}", _short(scopes)
    for name, verbs in by_object.items():
        for verb, scopes in verbs.items():
            if scopes != everywhere.get(verb):
                yield f"{name}.{verb}", _short(scopes)


def _everywhere(spec: Spec, rows: list[MatrixRow]) -> dict[Verb, tuple[Scope, ...]]:
    """Return what the lines for every object give by themselves, so far as they give it on each: an object on which a
    verb was muted has every other say its own.
    """
    if not rows or len(rows) < len(spec.objects):
        return {}
    rights = rights_of(spec, (rows[0].role,))
    found: dict[Verb, tuple[Scope, ...]] = {}
    for verb in VERBS:
        given = {
            frozenset(line.scope for line in rights.reasons(row.object, verb) if line.object == EVERY_OBJECT)
            for row in rows
        }
        if len(given) == 1 and (scopes := given.pop()):
            found[verb] = ("all",) if "all" in scopes else tuple(scope for scope in SCOPES if scope in scopes)
    return found


def _short(scopes: tuple[Scope, ...]) -> tuple[Scope, ...] | Scope:
    return scopes if len(scopes) > 1 else scopes[0]


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
