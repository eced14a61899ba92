"""`rebase` and `squash`: the revisions of a project in git, put in one line, or many of them into one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from crmspec.cli.options import command
from crmspec.cli.output import say, show, show_json
from crmspec.cli.terminal import counted
from crmspec.cli.workspace import Workspace, opened
from crmspec.diagnostics import Diagnostic, Refused

if TYPE_CHECKING:
    from collections.abc import Collection

    from crmspec.artifact import Rebased, Written
    from crmspec.deploy import Standing


@command(env=False)
@click.option("--onto", metavar="REVISION", help="The newest revision that others have already.")
@click.option("--settled", is_flag=True, help="Parts that both branches changed: specs/ says what is meant.")
def rebase(workspace: Workspace, onto: str | None, settled: bool) -> None:
    """Put the revisions that only this branch has on top of those of the other one, after merging it.

    They become one revision, made again for the merged project: the other's tables are what it starts from.
    Needs git, and no database; asks those it can reach whether one of the revisions was applied there.
    """
    from crmspec.artifact import carry_out_rebase, find_fork, rebased
    from crmspec.history import read_files

    desired = workspace.spec
    fork = find_fork(workspace.folder, read_files(workspace.folder), onto)
    if fork is None:
        if workspace.json:
            show_json({"added": [], "changed": [], "removed": []})
        else:
            show("Nothing to do: the revisions make one line.")
        return
    _refuse_applied(workspace, {one.name for one in fork.ours}, fork.theirs[-1].name, fork.ours[-1].name)
    made = rebased(workspace.folder, fork, desired, settled=settled)
    _show_rebased(workspace, made, carry_out_rebase(workspace.folder, made))


def _show_rebased(workspace: Workspace, made: Rebased, written: Written) -> None:
    from crmspec.cli.planning import show_files

    if workspace.json:
        show_json({
            "onto": made.fork.theirs[-1].name, "rebased": [one.name for one in made.fork.ours],
            "revision": made.plan.revision if made.plan else None,
            "added": list(written.added), "changed": list(written.changed), "removed": list(written.removed),
        })
        return
    show_files(written)
    names = ", ".join(f"{one.name} ({one.title})" for one in made.fork.ours)
    first = made.fork.theirs[-1]
    what = f"as {made.plan.revision}" if made.plan else "and nothing is left of them to do"
    show(f"Put {names} on top of {first.name} ({first.title}), {what}.")
    say("Next: crmspec validate && git add migrations generated && git commit")


def _refuse_applied(workspace: Workspace, names: Collection[str], theirs: str, ours: str) -> None:
    """Refuse to make anew what a database has applied as it was."""
    problems = []
    for environment, standing in _standings(workspace):
        applied = sorted(standing.applied & set(names))
        if applied:
            way = f"crmspec rollback --env {environment}" if standing.release and standing.release > 1 else \
                f"crmspec rebase --onto {ours}"
            problems.append(Diagnostic(
                "CRM580", f"`{applied[0]}` was applied to the database of `{environment}`",
                why="made again it would be another revision, and that database could not go on",
                help=f"{way}      or, if `{theirs}` is nowhere yet: crmspec rebase --onto {ours}"
                     if not way.endswith(ours) else way))
    if problems:
        raise Refused(*problems)


_NO_DATABASE_YET = "CRM907"


def _standings(workspace: Workspace) -> Iterator[tuple[str, Standing]]:
    """Ask the databases of the project that can be asked where they stand; say which cannot."""
    from sqlalchemy.exc import SQLAlchemyError

    from crmspec.deploy import standing_of

    silent = []
    for name, environment in workspace.spec.project.environments.items():
        try:
            with opened(environment.database, workspace.folder) as engine:
                yield name, standing_of(engine)
        except (Refused, SQLAlchemyError, OSError) as error:
            made_yet = not isinstance(error, Refused) or error.diagnostics[0].code != _NO_DATABASE_YET
            silent += [name] if made_yet else []
    if silent and not workspace.json:
        say(f"not asked, since they cannot be reached from here: {', '.join(silent)}")


@command(env=False)
@click.option("--to", metavar="REVISION", help="The last revision to squash (default: the newest).")
def squash(workspace: Workspace, to: str | None) -> None:
    """Turn old revisions into one that makes the same tables at once.

    Databases that have passed them go on as if nothing had happened; empty ones start with the new revision.
    """
    from crmspec.artifact import carry_out_squash, squashed
    from crmspec.history import history_problems, read_files

    workspace.refuse_errors()
    problems = history_problems(workspace.folder)
    if problems:
        raise Refused(*problems)
    made = squashed(workspace.folder, read_files(workspace.folder), to)
    if made is None:
        if workspace.json:
            show_json({"added": [], "changed": [], "removed": []})
        else:
            show("Nothing to do: there are no two revisions to squash.")
        return
    _refuse_in_between(workspace, [one.name for one in made.replaced])
    written = carry_out_squash(workspace.folder, made)
    if workspace.json:
        show_json({
            "revision": made.replaced[-1].name, "replaced": [one.name for one in made.replaced],
            "added": list(written.added), "changed": list(written.changed), "removed": list(written.removed),
        })
        return
    from crmspec.cli.planning import show_files

    show_files(written)
    show(f"Squashed {counted(len(made.replaced), 'revision')} into {made.replaced[-1].name}.")
    say("Next: git add migrations && git commit")


def _refuse_in_between(workspace: Workspace, names: list[str]) -> None:
    """Refuse while a database stands at a revision that would be gone."""
    problems = [
        Diagnostic(
            "CRM581", f"the database of `{environment}` stands in between, at `{standing.current}`",
            why=f"it could not get to `{names[-1]}` any more once the revisions on the way are gone",
            help=f"crmspec deploy --env {environment}      then squash, or squash only up to there: "
                 f"crmspec squash --to {standing.current}")
        for environment, standing in _standings(workspace) if standing.current in names[:-1]]
    if problems:
        raise Refused(*problems)
