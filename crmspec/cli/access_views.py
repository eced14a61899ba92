"""The answers of `crmspec access`: the matrix, one field, one person, and what a change gives and takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from crmspec.cli.output import say, show, show_json
from crmspec.cli.terminal import table
from crmspec.cli.workspace import Workspace
from crmspec.diagnostics import Refused

if TYPE_CHECKING:
    from crmspec.access import AccessChange, Actor, FieldRow, Holding, MatrixRow

VERBS = ("create", "read", "update", "delete", "transfer", "export", "import", "share")


def show_changes(workspace: Workspace, against: str | None, role: str | None) -> None:
    """Say what the project gives to whom and takes from whom, with head counts where a database is at hand."""
    from datetime import UTC, datetime

    from crmspec.access import holdings
    from crmspec.plan import access_difference

    if against is None:
        with workspace.released() as (connection, release):
            held: tuple[Holding, ...] | None = holdings(connection, release.spec, datetime.now(UTC))
            before = release.spec
    else:
        from crmspec.cli.revision import spec_against

        before, held = spec_against(workspace.folder, against), _people(workspace)
    changes = [one for one in access_difference(before, workspace.spec, held) if role in (None, *one.roles)]
    if workspace.json:
        show_json({"changes": [_change_value(one) for one in changes]})
        return
    show("\n".join(f"{'+' if one.widens else '-'} {one.text}" for one in changes) or "Nobody's rights change.")
    if any(one.widens for one in changes):
        say("To deploy it: crmspec deploy --allow widens_access")


def _people(workspace: Workspace) -> tuple[Holding, ...] | None:
    from datetime import UTC, datetime

    from crmspec.access import holdings

    try:
        with workspace.released() as (connection, release):
            return holdings(connection, release.spec, datetime.now(UTC))
    except Refused as refused:
        say(f"nobody is counted: {refused}")
        return None


def _change_value(one: AccessChange) -> dict[str, object]:
    return {
        "widens": one.widens, "address": one.address, "roles": list(one.roles), "positions": list(one.positions),
        "people": one.people, "message": one.text,
    }


def show_field(workspace: Workspace, address: str, role: str | None) -> None:
    """Say what each role may do with one field, and on which records, with the line that decides."""
    from crmspec.access import field_matrix

    rows = [row for row in field_matrix(workspace.spec, address) if role in (None, row.role)]
    if workspace.json:
        show_json({"field": address, "roles": [_field_value(row, workspace) for row in rows]})
        return
    lines = [
        (row.role, row.level, *(" ".join(row.scopes.get(verb, ("-",))) for verb in ("read", "update", "export")),
         str(workspace.places.get(row.address, "")))
        for row in rows
    ]
    show(table([("role", "level", "read", "update", "export", "decided by"), *lines]) if lines else
         f"Nobody sees `{address}`.")


def _field_value(row: FieldRow, workspace: Workspace) -> dict[str, object]:
    return {
        "role": row.role, "level": row.level, "verbs": _plain(row.scopes),
        "at": str(workspace.places.get(row.address, "")) or None,
    }


def show_person(workspace: Workspace, actor: Actor) -> None:
    """Say what a person, a position or a role may do, everything counted in that they hold."""
    from crmspec.access import matrix_of

    who = actor.login or actor.person_id.partition(":")[2]
    rows = list(matrix_of(workspace.spec, who, actor.rights))
    if workspace.json:
        show_json({
            "person": who, "positions": list(actor.positions), "roles": list(actor.direct_roles),
            "setup": actor.rights.setup, "access": _row_values(rows, "role"),
        })
        return
    held = [*(f"position {name}" for name in actor.positions), *(f"role {name}" for name in actor.direct_roles)]
    show(f"{who}: {', '.join(held) or 'no position and no role'}")
    show(_table(rows))


def show_matrix(workspace: Workspace, role: str | None) -> None:
    """Print one line for each role and object."""
    from crmspec.access import matrix

    rows = [row for row in matrix(workspace.spec) if role in (None, row.role)]
    if workspace.json:
        show_json({"access": _row_values(rows)})
    else:
        show(_table(rows))


def _row_values(rows: Iterable[MatrixRow], without: str = "") -> list[dict[str, object]]:
    return [
        {key: value for key, value in {
            "role": row.role, "object": row.object, "verbs": _plain(row.scopes), "fields": _plain(row.fields),
        }.items() if key != without}
        for row in rows
    ]


def _table(rows: list[MatrixRow]) -> str:
    lines = [
        (row.role, row.object, *(" ".join(scopes.get(verb, ("-",))) for verb in VERBS),
         " ".join(f"{name}={level}" for name, level in row.fields.items()))
        for row in rows
        for scopes in ({str(verb): names for verb, names in row.scopes.items()},)
    ]
    return table([("role", "object", *VERBS, "fields"), *lines])


def _plain(mapping: Mapping[Any, object]) -> dict[str, object]:
    return {str(key): value for key, value in mapping.items()}
