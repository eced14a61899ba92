"""`plan` and `generate`: what would change, and the files that say so."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmspec.cli.asking import declare_renames, somebody_is_there
from crmspec.cli.glance import dialect_of, is_deployed
from crmspec.cli.options import command
from crmspec.cli.output import FORMAT_VERSION, NOTHING_TO_DO, say, show, show_json
from crmspec.cli.workspace import Workspace
from crmspec.diagnostics import Diagnostic, Refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from crmspec.artifact import Written
    from crmspec.cli.show_plan_data import About
    from crmspec.deploy import Release
    from crmspec.plan import Plan
    from crmspec.schema import Dialect
    from crmspec.spec import Spec

CHANGES = 3  # the exit code that says so


@command("markdown", "sql")
@click.option("--against", metavar="DIR|REVISION", help="Compare with a folder or a git revision.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Save the plan for `deploy --plan`.")
@click.option("--exit-code", is_flag=True, help="Exit with 3 when there are changes.")
def plan(workspace: Workspace, against: str | None, out: Path | None, exit_code: bool) -> int:
    """Show what a deploy would change: every change, what it costs, which statements.

    Compares with what is deployed in the environment's database, and counts there what would be lost.
    """
    workspace.refuse_errors()
    database = workspace.environment.database
    dialect, desired = dialect_of(database), workspace.loaded.fingerprint
    made: Plan | None = None
    about: About | None = None
    if against is None and is_deployed(database, workspace.folder, desired):
        # Equal fingerprints are equal specs: neither has to be read to say that there is nothing to do.
        value = _nothing(desired, dialect)
    else:
        from crmspec.cli.show_plan_json import plan_value

        made, deployed, about = _plan(workspace, against)
        value = plan_value(made, about, deployed, desired)
    if out is not None:
        from crmspec.artifact import write_whole

        at = {} if against is not None else {"release": _stands_at(workspace)}
        text = json.dumps({"format_version": FORMAT_VERSION, **at, **value}, ensure_ascii=False, indent=1)
        write_whole(out, f"{text}\n")
    _show_plan(workspace, made, value, about, out)
    return CHANGES if exit_code and made else 0


def _show_plan(
    workspace: Workspace, made: Plan | None, value: dict[str, object], about: About | None, out: Path | None,
) -> None:
    if workspace.json:
        show_json(value)
    elif made is None or about is None:
        nothing = {"text": NOTHING_TO_DO, "markdown": f"**crmspec:** {NOTHING_TO_DO}", "sql": f"-- {NOTHING_TO_DO}"}
        show(nothing[workspace.output])
    else:
        from crmspec.cli.show_plan import next_command, plan_sql, plan_text
        from crmspec.cli.show_plan_markdown import plan_markdown

        if workspace.output == "sql":
            click.echo(plan_sql(made, about.dialect), nl=False)
        else:
            show(plan_markdown(made, about) if workspace.output == "markdown" else plan_text(made, about))
        if made and workspace.output == "text":
            first = "mend the records, then " if any(fact.kind == "unfit" for fact in made.facts) else ""
            say(f"Next: {first}{next_command(made)}{f' --plan {out}' if out else ''}")


def _nothing(fingerprint: str, dialect: Dialect) -> dict[str, object]:
    """Return what `plan_value` says of a plan without changes."""
    names = ("changes", "steps", "hazards", "settled", "possible_renames", "facts", "impact")
    lists: dict[str, object] = {name: [] for name in names}
    nothing: dict[str, object] = {"counts": {}, "sizes": {}, "seconds": None, "blocked": None, "undo": None}
    return {"deployed": fingerprint, "desired": fingerprint, "dialect": dialect, **lists, **nothing}


def _plan(workspace: Workspace, against: str | None) -> tuple[Plan, str, About]:
    """Make the plan from a folder or revision, or from what is deployed; return it with the deployed fingerprint."""
    from crmspec.cli.lines import Lines
    from crmspec.cli.show_plan_data import About
    from crmspec.plan import make_plan
    from crmspec.spec import fingerprint

    about = About(dialect_of(workspace.environment.database), lines=Lines(workspace.loaded))
    if against is not None:
        from crmspec.cli.revision import spec_against

        before = spec_against(workspace.folder, against)
        return make_plan(before, workspace.spec), fingerprint(before), about
    from crmspec.deploy.asking import plan_asked

    if (asked := plan_asked(workspace.environment.database, workspace.folder, workspace.spec)) is not None:
        return _told(about, *asked)
    with workspace.database(must_exist=False) as engine:
        # SQLite would make an empty file just by being asked.
        if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
            return make_plan(None, workspace.spec), "", about
        return _plan_on(workspace, engine, about)


def _stands_at(workspace: Workspace) -> str | None:
    """Return the hash of the newest release: no other database has it, even one that says the same."""
    from crmspec.deploy import deployed_release, for_reading

    with workspace.database(must_exist=False) as engine:
        if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
            return None
        with for_reading(engine).connect() as connection:
            release = deployed_release(connection)
        return release.entry.hash if release else None


def _plan_on(workspace: Workspace, engine: Engine, about: About) -> tuple[Plan, str, About]:
    """Make the plan from what is deployed, with what the records there say of it."""
    from crmspec.deploy import count_hazards_of, deployed_release, for_reading, plan_from
    from crmspec.plan import make_plan

    with for_reading(engine).connect() as connection:
        release = deployed_release(connection, whole=False)
    if release is None:
        return make_plan(None, workspace.spec), "", about
    made = count_hazards_of(plan_from(release, workspace.spec, workspace.folder), engine, workspace.folder)
    return _told(about, made, release)


def _told(about: About, made: Plan, release: Release) -> tuple[Plan, str, About]:
    """Add to a plan where what it speaks of stands; what is not in the project any more, as the release says it."""
    from collections import ChainMap

    lines = ChainMap(dict(about.lines), dict(release.origins)) if made.impact else about.lines
    return made, release.fingerprint, replace(about, release=release.number, lines=lines)


@command(env=False)
@click.option("-m", "--message", default="", help="What people call this change; names the revision.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 when a file is stale.")
@click.option("--not-renamed", is_flag=True, help="What looks like a rename is a removal and an addition.")
def generate(workspace: Workspace, message: str, check: bool, not_renamed: bool) -> int:
    """Write what a reviewer reads and `deploy` runs: migrations, screens, permission sets, documents."""
    from crmspec.artifact import Context, committed, generate_artifacts, stale, write_artifacts
    from crmspec.history import history_problems
    from crmspec.plan import make_plan

    problems = history_problems(workspace.folder)
    if problems:
        raise Refused(*problems)
    known = committed(workspace.folder)

    def plan_of(desired: Spec) -> Plan:
        return make_plan(known.spec, desired, retired=known.retired, revision=known.next_revision(desired))

    made = plan_of(workspace.spec)
    if made.questions and not not_renamed and not check:
        if workspace.json or not somebody_is_there():
            _refuse_questions(made)
        if declare_renames(workspace.folder, made.questions):
            made = plan_of(workspace.again().spec)
    context = Context(down_revision=known.revision, message=message)
    artifacts = generate_artifacts(made, folder=workspace.folder, context=context)
    written = stale(workspace.folder, artifacts) if check else write_artifacts(workspace.folder, artifacts)
    if workspace.json:
        show_json({"added": list(written.added), "changed": list(written.changed), "removed": list(written.removed)})
    else:
        _show_files(written, check=check)
    return 1 if check and written else 0


def show_files(written: Written) -> None:
    """Print which files came, changed and went."""
    signs = {"+": written.added, "~": written.changed, "-": written.removed}
    show("\n".join(f"{sign} {path}" for sign, paths in signs.items() for path in paths))


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
    show_files(written)
    say("Stale. Next: crmspec generate" if check else "Next: git add migrations generated && crmspec deploy")
