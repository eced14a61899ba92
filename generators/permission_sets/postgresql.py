"""Rights as GRANTs: which columns a role's profile may read and write. Which rows is the policies' business."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from crmspec.access import MatrixRow, Rights, field_level, rights_of
from crmspec.schema import child_table_name, field_columns, fitted
from crmspec.schema.ddl import quoted
from crmspec.spec import Object, Spec

_SYSTEM = ("id", "owner_id", "created_at", "created_by_id", "updated_at", "updated_by_id", "version")


def profile_name(spec: Spec, role: str) -> str:
    """Return the database role of a role: roles belong to the whole server, so the project's name is in it."""
    return fitted(f"crmspec_{spec.project.crm}_{role}")


def grant_lines(spec: Spec, by_role: Mapping[str, list[MatrixRow]]) -> dict[str, tuple[str, list[str]]]:
    """Map every role to its database role and its GRANT statements."""
    return {
        name: (
            profile_name(spec, name),
            [line for row in rows for line in _of_object(spec, row, profile_name(spec, name))],
        )
        for name, rows in by_role.items()
    }


def _of_object(spec: Spec, row: MatrixRow, profile: str) -> Iterator[str]:
    one, rights = spec.objects[row.object], rights_of(spec, (row.role,))
    to = f"TO {quoted(profile)}"
    readable, editable = _columns(spec, rights, one)
    table = quoted(one.table)
    if "read" in row.scopes:
        yield f"GRANT SELECT ({_listed((*_SYSTEM, *readable))}) ON {table} {to}"
    if "create" in row.scopes:
        yield f"GRANT INSERT ({_listed((*_SYSTEM, *editable))}) ON {table} {to}"
    if "update" in row.scopes:
        owner = ("owner_id",) if "transfer" in row.scopes else ()
        yield f"GRANT UPDATE ({_listed((*owner, 'updated_at', 'updated_by_id', 'version', *editable))}) ON {table} {to}"
    if "delete" in row.scopes:
        yield f"GRANT DELETE ON {table} {to}"
    for field in one.fields.values():
        if field.row.child and "read" in row.scopes:
            level = field_level(rights, spec, one.name, field.name)
            verbs = {"read": "SELECT", "edit": "SELECT, INSERT, DELETE"}.get(level)
            if verbs:
                yield f"GRANT {verbs} ON {quoted(child_table_name(one, field))} {to}"


def _columns(spec: Spec, rights: Rights, one: Object) -> tuple[list[str], list[str]]:
    """Return the columns that may be read, and those that may be written. A masked field's column is neither."""
    readable: list[str] = []
    editable: list[str] = []
    for field in one.fields.values():
        names = [column.name for column in field_columns(field)]
        level = field_level(rights, spec, one.name, field.name)
        if level in ("read", "edit"):
            readable += names
        if level == "edit":
            editable += names
    return readable, editable


def _listed(columns: tuple[str, ...]) -> str:
    return ", ".join(map(quoted, columns))
