"""`report`, `export`, `import`: records under somebody's rights."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmspec.cli.acting import acting_as
from crmspec.cli.exchange import import_rows, shown, write_csv
from crmspec.cli.options import command
from crmspec.cli.output import say, show, show_json
from crmspec.cli.terminal import counted, table
from crmspec.cli.workspace import Workspace
from crmspec.diagnostics import Diagnostic, Refused, did_you_mean

if TYPE_CHECKING:
    from crmspec.records import Record
    from crmspec.reports import Group, Result, Totals
    from crmspec.spec import Object, Spec

_AS = click.option("--as", "login", metavar="LOGIN", help="Under this person's rights (default: crmspec's own).")
_ROWS_MAX = 1_000_000


def now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


@command("csv")
@click.argument("name")
@click.option("--language", default="", help="The language of labels.")
@_AS
def report(workspace: Workspace, name: str, language: str, login: str | None) -> None:
    """Run a report of the deployed release: groups with their totals, or rows."""
    from crmspec.records import RecordError
    from crmspec.reports import run

    with workspace.released() as (connection, release):
        spec = release.spec
        wanted = spec.reports.get(name)
        if wanted is None:
            raise Refused(Diagnostic("CRM720", f"there is no report `{name}`", help=did_you_mean(name, spec.reports)))
        actor = acting_as(connection, spec, login)
        try:
            result = run(
                spec, connection, actor, wanted, now=now(), language=language or _language(spec), limit=_ROWS_MAX,
            )
        except RecordError as error:
            way = f"crmspec can {login or 'PERSON'} read {wanted.object}"
            raise Refused(Diagnostic("CRM721", error.message, help=way)) from None
    match workspace.output:
        case "json":
            show_json(_result_value(result))
        case "csv":
            stream = io.StringIO()
            write_csv(stream, [column.path for column in result.columns], result.rows)
            click.echo(stream.getvalue(), nl=False)
        case _:
            show(_result_text(result))


def _result_text(result: Result) -> str:
    """Lay out groups with their totals; a report without groups as its rows."""
    heads = [measure.label for measure in result.measures]
    if result.group_by:
        head = (*(column.label for column in result.group_by), *heads)
        rows = [head, *_group_rows(result, result.groups, ()), _total_row(result)]
    else:
        columns = [column.path for column in result.columns]
        head = tuple(column.label for column in result.columns)
        rows = [head, *(tuple(shown(record.get(path)) for path in columns) for record in result.rows)]
    return f"{table(rows)}\n\n{counted(result.count, 'record')}"


def _group_rows(result: Result, groups: Sequence[Group], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for group in groups:
        way = (*above, group.label)
        if group.groups:
            yield from _group_rows(result, group.groups, way)
        else:
            yield (*way, *(shown(group.totals.get(measure.key)) for measure in result.measures))


def _total_row(result: Result) -> tuple[str, ...]:
    blank = ("",) * (len(result.group_by) - 1)
    return ("Σ", *blank, *(shown(result.totals.get(measure.key)) for measure in result.measures))


def _result_value(result: Result) -> dict[str, object]:
    return {
        "report": result.report, "object": result.object, "count": result.count,
        "columns": [{"path": column.path, "label": column.label, "type": column.type} for column in result.columns],
        "omitted": list(result.omitted),
        "totals": _totals_value(result, result.totals),
        "groups": [_group_value(result, group) for group in result.groups],
        "rows": [_row_value(result, record) for record in result.rows],
    }


def _totals_value(result: Result, totals: Totals) -> list[dict[str, object]]:
    return [
        {
            "path": measure.path, "function": measure.function, "label": measure.label,
            "value": shown(totals.get(measure.key)),
        }
        for measure in result.measures
    ]


def _group_value(result: Result, group: Group) -> dict[str, object]:
    return {
        "path": group.path, "label": group.label, "count": group.count,
        "totals": _totals_value(result, group.totals), "groups": [_group_value(result, one) for one in group.groups],
    }


def _row_value(result: Result, record: Record) -> dict[str, object]:
    return {"id": record.id, **{column.path: shown(record.get(column.path)) for column in result.columns}}


def _language(spec: Spec) -> str:
    """Return the language of commands: English where the project speaks it, whoever the command acts as."""
    return "en" if "en" in spec.project.languages else spec.project.languages[0]


def _object(spec: Spec, name: str) -> Object:
    if name not in spec.objects:
        raise Refused(Diagnostic("CRM623", f"there is no object `{name}`", help=did_you_mean(name, spec.objects)))
    return spec.objects[name]


@command(name="export")
@click.argument("object_name", metavar="OBJECT")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@_AS
def export_records(workspace: Workspace, object_name: str, out: Path | None, login: str | None) -> None:
    """Write the records of OBJECT as CSV: those and the fields that the person may export."""
    from crmspec.records import RecordError
    from crmspec.reports import run
    from crmspec.spec import Report

    with workspace.released() as (connection, release):
        one = _object(release.spec, object_name)
        actor = acting_as(connection, release.spec, login)
        fields = tuple(name for name, field in one.fields.items() if field.type not in ("secret", "file", "image"))
        question = Report(name="export", object=one.name, columns=fields, sort=("created_at",))
        try:
            result = run(
                release.spec, connection, actor, question, now=now(), language=_language(release.spec),
                limit=_ROWS_MAX, verb="export",
            )
        except RecordError as error:
            way = f"crmspec can {login or 'PERSON'} export {object_name}"
            raise Refused(Diagnostic("CRM722", error.message, help=way)) from None
    from crmspec.cli.noting import note_command

    with workspace.released(writes=True) as (connection, _):
        note_command(connection, "export", object=one.name, records=len(result.rows), **{"as": login})
    columns = [column.path for column in result.columns]
    if workspace.json:
        rows = [_row_value(result, record) for record in result.rows]
        show_json({"object": one.name, "columns": columns, "rows": rows})
        return
    stream = io.StringIO()
    count = write_csv(stream, columns, result.rows)
    if out is None:
        click.echo(stream.getvalue(), nl=False)
    else:
        from crmspec.artifact import write_whole

        write_whole(out, stream.getvalue())
        say(f"{counted(count, 'record')} in {out}")


@command(name="import")
@click.argument("object_name", metavar="OBJECT")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.csv")
@click.option("--dry-run", is_flag=True, help="Check every row, keep none.")
@_AS
def import_records(workspace: Workspace, object_name: str, file: Path, dry_run: bool, login: str | None) -> None:
    """Make a record of OBJECT from each row of a CSV file: all of them, or none.

    The first line names the fields. Look-ups are found by id or by their exact title.
    """
    from crmspec.records import Records

    with workspace.released(writes=True) as (connection, release):
        one = _object(release.spec, object_name)
        actor = acting_as(connection, release.spec, login)
        if not actor.rights.may(one.name, "import"):
            raise Refused(Diagnostic(
                "CRM722", f"`{login}` may not import `{one.name}`", help=f"crmspec can {login} import {one.name}",
            ))
        with connection.begin_nested() as rows:
            records = Records(release.spec, connection, actor, now=now, language=_language(release.spec))
            count = import_rows(records, one, file)
            if dry_run:
                rows.rollback()
        if not dry_run:
            from crmspec.cli.noting import note_command

            note_command(connection, "imported", object=one.name, records=count, **{"as": login})
    if workspace.json:
        show_json({"object": one.name, "imported": 0 if dry_run else count, "checked": count})
    else:
        done = f"{counted(count, 'record')} of {one.name}"
        show(f"{done}: all are right, none was kept" if dry_run else f"+ {done}")
