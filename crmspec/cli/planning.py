"""`plan` and `generate`: what would change, and the files that say so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmspec.cli.options import command
from crmspec.cli.output import FORMAT_VERSION, say, show, show_json
from crmspec.cli.workspace import Workspace
from crmspec.diagnostics import Diagnostic, Refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from crmspec.artifact import Written
    from crmspec.plan import Plan
    from crmspec.schema import Dialect

CHANGES = 3  # the exit code that says so


@command("markdown", "sql")
@click.option("--against", metavar="DIR|REVISION", help="Compare with a folder or a git revision.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Save the plan for `deploy --plan`.")
@click.option("--exit-code", is_flag=True, help="Exit with 3 when there are changes.")
def plan(workspace: Workspace, against: str | None, out: Path | None, exit_code: bool) -> int:
    """Show what a deploy would change: every change, what it costs, which statements.

    Compares with what is deployed in the environment's database, and counts there what would be lost.
    """
    from crmspec.cli.show_plan import next_command, plan_markdown, plan_sql, plan_text, plan_value

    made, fingerprints = _plan(workspace, against)
    dialect = dialect_of(workspace)
    if out is not None:
        value = {"format_version": FORMAT_VERSION, **plan_value(made, dialect, *fingerprints)}
        out.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", "utf-8")
    match workspace.output:
        case "json":
            show_json(plan_value(made, dialect, *fingerprints))
        case "markdown":
            show(plan_markdown(made))
        case "sql":
            click.echo(plan_sql(made, dialect), nl=False)
        case _:
            show(plan_text(made))
            if made:
                say(f"Next: {next_command(made)}{f' --plan {out}' if out else ''}")
    return CHANGES if exit_code and made else 0


def _plan(workspace: Workspace, against: str | None) -> tuple[Plan, tuple[str, str]]:
    """Make the plan from a folder or revision, or from what is deployed; return it with both fingerprints."""
    from crmspec.plan import Plan, make_plan
    from crmspec.spec.canonical import fingerprint

    workspace.refuse_errors()
    desired = workspace.loaded.fingerprint
    if against is not None:
        from crmspec.cli.revision import spec_against

        before = spec_against(workspace.folder, against)
        return make_plan(before, workspace.spec), (fingerprint(before), desired)
    from crmspec.deploy import for_reading
    from crmspec.deploy.releases import entries

    with workspace.database(must_exist=False) as engine:
        # SQLite would make an empty file just by being asked.
        if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
            return make_plan(None, workspace.spec), ("", desired)
        with for_reading(engine).connect() as connection:
            known = entries(connection)
        deployed = known[-1].fingerprint if known else ""
        outline = workspace.loaded.outline.spec
        if deployed == desired and outline is not None:
            # Equal fingerprints are equal specs: neither has to be read to say that there is nothing to do.
            return Plan(deployed=outline, desired=outline), (deployed, desired)
        return _plan_on(workspace, engine), (deployed, desired)


def _plan_on(workspace: Workspace, engine: Engine) -> Plan:
    """Make the plan from what is deployed, with what the records there say of it."""
    from crmspec.artifact import committed
    from crmspec.deploy import count_hazards, deployed_release, for_reading
    from crmspec.plan import make_plan

    with for_reading(engine).connect() as connection:
        release = deployed_release(connection)
    if release is None:
        return make_plan(None, workspace.spec)
    known = committed(workspace.folder)
    retired = known.retired if known.spec == release.spec else ()
    return count_hazards(make_plan(release.spec, workspace.spec, retired=retired), engine)


def dialect_of(workspace: Workspace) -> Dialect:
    """Return the kind of the environment's database, without asking it."""
    from crmspec.deploy import expanded

    written = workspace.environment.database
    try:
        return "sqlite" if expanded(written).startswith("sqlite") else "postgresql"
    except Refused:
        return "postgresql"  # `--against` needs no database; a variable that is not set is a server's


@command(env=False)
@click.option("-m", "--message", default="", help="What people call this change; names the revision.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 when a file is stale.")
@click.option("--not-renamed", is_flag=True, help="What looks like a rename is a removal and an addition.")
def generate(workspace: Workspace, message: str, check: bool, not_renamed: bool) -> int:
    """Write what a reviewer reads and `deploy` runs: migrations, screens, permission sets, documents."""
    from crmspec.artifact import Context, committed, generate_artifacts, stale, write_artifacts
    from crmspec.plan import make_plan

    desired = workspace.spec
    known = committed(workspace.folder)
    made = make_plan(known.spec, desired, retired=known.retired, revision=known.next_revision(desired))
    if made.questions and not not_renamed and not check:
        _refuse_questions(made)
    context = Context(down_revision=known.revision, message=message)
    artifacts = generate_artifacts(made, folder=workspace.folder, context=context)
    written = stale(workspace.folder, artifacts) if check else write_artifacts(workspace.folder, artifacts)
    if workspace.json:
        show_json({"added": list(written.added), "changed": list(written.changed), "removed": list(written.removed)})
    else:
        _show_files(written, check=check)
    return 1 if check and written else 0


def _refuse_questions(made: Plan) -> None:
    """Stop where a removed and an added part may be one: nobody but a person knows."""
    raise Refused(*(
        Diagnostic(
            "CRM421", f"`{question.before}` is gone and `{question.after}` is new: is it the same under another name?",
            why="as a rename it keeps its data; as a removal and an addition it does not",
            help=f"if it is, add to a file in specs/:\n  renames:\n    {question.line}\n"
                 "if it is not: crmspec generate --not-renamed",
        )
        for question in made.questions
    ))


def _show_files(written: Written, *, check: bool) -> None:
    if not written:
        show("Up to date: every generated file is what the project says.")
        return
    signs = {"+": written.added, "~": written.changed, "-": written.removed}
    show("\n".join(f"{sign} {path}" for sign, paths in signs.items() for path in paths))
    say("Stale. Next: crmspec generate" if check else "Next: git add migrations generated && crmspec deploy")
