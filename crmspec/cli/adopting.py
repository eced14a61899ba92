"""`adopt`: what somebody made by hand in the database becomes part of the project, with everything in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmspec.cli.options import command
from crmspec.cli.output import say, show, show_json
from crmspec.cli.terminal import table
from crmspec.cli.workspace import Workspace
from crmspec.diagnostics import Diagnostic, Refused

if TYPE_CHECKING:
    from crmspec.deploy import Adopted, Outcome, Place, Strangers
    from crmspec.schema import TableIndex
    from crmspec.source.declaring import Edit
    from crmspec.spec import Field, Index, Object, Spec


@command()
@click.argument("places", nargs=-1, metavar="[PLACE]...")
@click.option("--dry-run", is_flag=True, help="Say what would be declared, write nothing.")
def adopt(workspace: Workspace, places: tuple[str, ...], dry_run: bool) -> None:
    """Take over what somebody made by hand in the database: declare it in the project, and deploy that.

    PLACE is a table, a column (contact.mine) or an index (contact: ix_mine), as `crmspec status` names it; without one
    they are listed. Its rows and values stay where they are; what the table lacks is made.
    A protected environment takes what was reviewed: there the files are written, and deployed once they are committed.
    """
    from crmspec.deploy import read_strangers

    workspace.refuse_errors()
    with workspace.database() as engine:
        strangers = read_strangers(engine)
    if not places:
        _list(workspace, strangers)
        return
    found = sorted((strangers.find(place) for place in dict.fromkeys(places)), key=lambda one: _ORDER.index(one.kind))
    edits = list(_edits(workspace.spec, strangers, found))
    if dry_run:
        _show_edits(workspace, edits)
        return
    with _written(workspace.folder, edits):
        again = Workspace(workspace.folder, workspace.env, workspace.output, workspace.url)
        _carry_out(again, strangers, found, edits)


def _list(workspace: Workspace, strangers: Strangers) -> None:
    if workspace.json:
        show_json({"places": [{"kind": one.kind, "place": str(one)} for one in strangers.places]})
        return
    rows = [(f"? {one}", one.kind) for one in strangers.places]
    show(table(rows) if rows else "Nothing to adopt: everything in the database is what the project says.")
    if rows:
        say("Next: crmspec adopt PLACE      or look first: crmspec adopt --dry-run PLACE")


# --- What it is called in the project ---


_ORDER = ("table", "column", "index")  # an index is over fields that may come with it


def _edits(spec: Spec, strangers: Strangers, places: Sequence[Place]) -> Iterator[Edit]:
    """Yield the YAML that declares each place which the project does not declare already."""
    from crmspec.source import declare_index, declare_new
    from crmspec.spec import Index

    for place in places:
        part = _undeclared(spec, strangers, place)
        if part is None:
            continue
        spec = _with(spec, place, part)
        if isinstance(part, Index):
            yield declare_index(place.object, part)
        else:
            yield declare_new(place.object if place.kind == "table" else f"{place.object}.{part.name}", part)


def _with(spec: Spec, place: Place, part: Field | Index | Object) -> Spec:
    """Return the spec with a part of it declared."""
    from crmspec.spec import Field, Object

    if isinstance(part, Object):
        return replace(spec, objects={**spec.objects, part.name: part})
    one = spec.objects[place.object]
    if isinstance(part, Field):
        one = replace(one, fields={**one.fields, part.name: part})
    else:
        one = replace(one, indexes=(*one.indexes, part))
    return replace(spec, objects={**spec.objects, one.name: one})


def _undeclared(spec: Spec, strangers: Strangers, place: Place) -> Field | Index | Object | None:
    """Return what a place would be in the project; None where the project declares it already."""
    one = spec.objects.get(place.object)
    if place.kind == "table":
        return None if one else _part(strangers, spec, place)
    if one is None:
        raise Refused(Diagnostic("CRM571", f"`{place}` belongs to no object of the project",
                                 help=f"adopt the table first: crmspec adopt {place.table}"))
    if place.kind == "column" and any(place.name in field.column_names for field in one.fields.values()):
        return None
    part = _part(strangers, spec, place)
    known = {index.name: index for index in one.indexes}
    if place.kind == "index" and (known.get(part.name) == part or _unique_field(strangers, one, place)):
        return None
    return part


def _part(strangers: Strangers, spec: Spec, place: Place) -> Field | Index | Object:
    from crmspec.deploy import field_of, index_of, object_of

    match place.kind:
        case "table":
            return object_of(strangers, place.table)
        case "column":
            return field_of(strangers, place.table, place.name)
        case _:
            return index_of(strangers, spec, place)


def _unique_field(strangers: Strangers, one: Object, place: Place) -> bool:
    """Say whether an index is what a field that is adopted with it asks for by itself."""
    entries, unique = strangers.real[place.table].indexes[place.name]
    return unique and any(field.unique and field.column_names == entries for field in one.fields.values())


@contextmanager
def _written(folder: Path, edits: Sequence[Edit]) -> Iterator[None]:
    """Have the files in the project; take them away again when what follows is refused."""
    taken = [edit.file for edit in edits if (folder / edit.file).exists()]
    if taken:
        raise Refused(Diagnostic("CRM571", f"{taken[0]} is there already", help="move it away, or declare it there"))
    made = []
    try:
        for edit in edits:
            path = folder / edit.file
            made += [one for one in (path.parent, *path.parent.parents) if not one.exists()]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(edit.text or "", "utf-8")
        yield
    except BaseException:
        for edit in edits:
            (folder / edit.file).unlink(missing_ok=True)
        for one in made:
            one.rmdir()
        raise


# --- The revision, and the deploy ---


def _carry_out(workspace: Workspace, strangers: Strangers, places: Sequence[Place], edits: Sequence[Edit]) -> None:
    from crmspec.cli.deploying import refuse_problems
    from crmspec.deploy import check_adoption

    refuse_problems(workspace)
    adopted = [_adopted(workspace.spec, strangers, name, [one for one in places if one.object == name])
               for name in dict.fromkeys(one.object for one in places)]
    _refuse_other_changes(workspace, adopted)
    with workspace.database() as engine:
        check_adoption(engine, adopted)
    with _revision(workspace, adopted, places) as written:
        outcome = None if workspace.environment.protected else _deployed(workspace)
    _show(workspace, edits, written, outcome)


def _refuse_other_changes(workspace: Workspace, adopted: Sequence[Adopted]) -> None:
    """Refuse to mix what is adopted with other changes of objects that are deployed: their statements are left out."""
    from crmspec.artifact import committed
    from crmspec.deploy import addresses_of
    from crmspec.plan import diff_specs

    known = committed(workspace.folder).spec
    if known is None:
        return
    mine = {address for one in adopted for address in addresses_of(one)}
    other = [change.address for change in diff_specs(known, workspace.spec)
             if change.address not in mine and ".".join(change.address.split(".")[:2]) not in mine]
    if other:
        raise Refused(Diagnostic(
            "CRM574", f"the project has other changes that are not generated yet: `{other[0]}`",
            why="a revision that takes something over does nothing else",
            help="crmspec generate, and deploy it; then adopt"))


def _adopted(spec: Spec, strangers: Strangers, name: str, places: Sequence[Place]) -> Adopted:
    from crmspec.deploy import Adopted

    part = spec.objects[name]
    if any(place.kind == "table" for place in places):
        return Adopted(part)
    wanted = {(index.columns, index.unique): index.name for index in _indexes(spec, part)}
    found = [wanted.get(strangers.real[one.table].indexes[one.name], "") for one in places if one.kind == "index"]
    if not all(found):
        raise Refused(Diagnostic(
            "CRM571", f"the project does not declare the index of `{name}` after all",
            why="another file takes it out again with `remove:`",
            help=f"look for `remove:` in the files that say `extend: {name}`"))
    return Adopted(part, tuple(one.name for one in places if one.kind == "column"), tuple(found))


def _indexes(spec: Spec, part: Object) -> Iterator[TableIndex]:
    from crmspec.schema import object_tables

    for made in object_tables(spec, part):
        if made.name == part.table:
            yield from made.indexes


@contextmanager
def _revision(workspace: Workspace, adopted: Sequence[Adopted], places: Sequence[Place]) -> Iterator[tuple[str, ...]]:
    """Write the revision that takes things over; take it away again when the deploy is refused."""
    from crmspec.artifact import Context, committed, generate_artifacts
    from crmspec.deploy.generated import Missing, written
    from crmspec.plan import make_plan

    known, desired = committed(workspace.folder), workspace.spec
    plan = make_plan(known.spec, desired, retired=known.retired, revision=known.next_revision(desired))
    if not plan:
        raise Refused(Diagnostic(
            "CRM574", f"the revision `{known.revision}` makes it already, and does not take over what is there",
            why="a revision that a database may have applied is never made again",
            help="where none has: take its file away, bring migrations/*.json back as before it, and adopt again"))
    context = Context(down_revision=known.revision, message=f"adopt {', '.join(map(str, places))}",
                      adopts={one.part.name: one.plain() for one in adopted})
    artifacts = generate_artifacts(plan, folder=workspace.folder, context=context)
    with written(Missing(plan, artifacts), workspace.folder) as paths:
        yield paths


def _deployed(workspace: Workspace) -> Outcome:
    from crmspec.cli.deploying import deploy_project

    with workspace.database() as engine:
        return deploy_project(workspace, engine)


def _show_edits(workspace: Workspace, edits: Sequence[Edit]) -> None:
    if workspace.json:
        show_json({"files": [{"file": str(edit.file), "text": edit.text} for edit in edits]})
        return
    show("\n".join(f"+ {edit.file}\n{edit.text}" for edit in edits).rstrip() or
         "The project declares all of it already.")


def _show(workspace: Workspace, edits: Sequence[Edit], written: Sequence[str], outcome: Outcome | None) -> None:
    if workspace.json:
        show_json({
            "files": [str(edit.file) for edit in edits], "generated": list(written),
            "release": outcome.release.number if outcome else None,
        })
        return
    for edit in edits:
        show(f"+ {edit.file}")
    for path in written:
        show(f"~ {path}")
    if outcome is None:
        say(f"Next: commit them, and when they are reviewed: crmspec deploy --env {workspace.environment.name}")
    else:
        show(f"Adopted, as release {outcome.release.number}.")
        say("Next: git add specs migrations generated && git commit")
