"""`can` and `access`: who may do what, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from crmspec.cli.access_views import VERBS, show_changes, show_field, show_matrix, show_person
from crmspec.cli.options import command
from crmspec.cli.output import show, show_json
from crmspec.cli.workspace import Workspace
from crmspec.diagnostics import Diagnostic, Position, Refused, did_you_mean

if TYPE_CHECKING:
    from crmspec.access import Actor, Explanation
    from crmspec.spec import Spec, Verb


_SIGNS = {True: "+", False: "-", None: " "}


@command()
@click.argument("person")
@click.argument("verb", type=click.Choice(VERBS))
@click.argument("target", metavar="OBJECT[.FIELD][#RECORD]")
def can(workspace: Workspace, person: str, verb: str, target: str) -> int:
    """Say whether PERSON may do VERB to OBJECT, OBJECT.FIELD or one record, and why.

    PERSON is a position or a role of the project, or the log-in of somebody in the environment's database. RECORD is
    the id or the title of a record there: then each step of the rule is told. Exits with 1 when they may not.
    """
    from crmspec.spec import VERBS as KNOWN

    asked = next(one for one in KNOWN if one == verb)
    name, mark, record = target.partition("#")
    if mark:
        answer = _of_record(workspace, person, asked, name, record)
    else:
        from crmspec.access import explain

        spec = workspace.spec
        answer = explain(actor_of(workspace, spec, person), asked, target_of(spec, target))
    if workspace.json:
        show_json(_answer_value(answer, workspace.places))
    else:
        word, verdict = ("yes", "can") if answer.allowed else ("no", "cannot")
        show(f"{word}: `{person}` {verdict} {verb} `{target}`")
        show("\n".join(_reasons(answer, workspace.places)))
    return 0 if answer.allowed else 1


def _of_record(workspace: Workspace, person: str, verb: Verb, target: str, wanted: str) -> Explanation:
    """Answer about one record of the environment's database, by what is deployed there."""
    from datetime import UTC, datetime

    from crmspec.access import explain, find_record, finder_of, load_actor_for, people_by_id

    workspace.refuse_errors()
    with workspace.released() as (connection, release):
        spec = release.spec
        target_of(spec, target)
        actor = load_actor_for(connection, spec, person, datetime.now(UTC))
        if actor is None:
            known = (*spec.organization.positions, *spec.roles)
            raise Refused(Diagnostic(
                "CRM621", f"`{person}` is no position, no role and nobody's log-in", help=did_you_mean(person, known),
            ))
        object_name = target.partition(".")[0]
        found = find_record(connection, spec, object_name, wanted)
        if len(found) != 1:
            how = "several have that title; write the id" if found else "write the id of one, or its title"
            raise Refused(Diagnostic(
                "CRM622", f"{'no' if not found else 'no single'} record of `{object_name}` is `{wanted}`", help=how,
            ))
        names = people_by_id(connection)
        return explain(
            actor, verb, target, found[0], finder_of(connection, spec), lambda one: names.get(one, ""),
        )


def actor_of(workspace: Workspace, spec: Spec, person: str) -> Actor:
    """Return the actor of a position, a role, or a person in the database, in this order."""
    from crmspec.access import actor_from

    if person in spec.organization.positions:
        return actor_from(spec, f"position:{person}", (person,), (), {person: (f"position:{person}",)})
    if person in spec.roles:
        return actor_from(spec, f"role:{person}", (), (person,), {})
    known = (*spec.organization.positions, *spec.roles)
    unknown = f"`{person}` is no position, no role and nobody's log-in"
    try:
        found = _person_in_database(workspace, person)
    except Refused as refused:
        raise Refused(Diagnostic(
            "CRM621", unknown, why=f"the database could not be asked: {refused}", help=did_you_mean(person, known),
        )) from None
    if found is None:
        raise Refused(Diagnostic("CRM621", unknown, help=did_you_mean(person, known)))
    return found


def _person_in_database(workspace: Workspace, login: str) -> Actor | None:
    """Return somebody who may log in; None when nobody active has the log-in."""
    from datetime import UTC, datetime

    from crmspec.access import load_person

    with workspace.released() as (connection, release):
        return load_person(connection, release.spec, login, datetime.now(UTC))


def target_of(spec: Spec, target: str) -> str:
    """Return an object or field that is there; refuse any other."""
    object_name, _, field_name = target.partition(".")
    if object_name not in spec.objects:
        raise Refused(Diagnostic(
            "CRM623", f"there is no object `{object_name}`", help=did_you_mean(object_name, spec.objects),
        ))
    fields = spec.objects[object_name].fields
    if field_name and field_name not in fields:
        raise Refused(Diagnostic(
            "CRM624", f"`{object_name}` has no field `{field_name}`", help=did_you_mean(field_name, fields),
        ))
    return target


def _reasons(answer: Explanation, origins: Mapping[str, Position]) -> list[str]:
    return [
        f"  {_SIGNS[step.fits]} {step.text}" + (f"   {origins[step.address]}" if step.address in origins else "")
        for step in answer.steps
    ]


def _answer_value(answer: Explanation, origins: Mapping[str, Position]) -> dict[str, object]:
    steps = [
        {
            "text": step.text, "address": step.address or None, "at": str(origins.get(step.address, "")) or None,
            "fits": step.fits,
        }
        for step in answer.steps
    ]
    return {"allowed": answer.allowed, "reasons": steps}


@command()
@click.option("--diff", is_flag=True, help="What the project gives to whom and takes from whom.")
@click.option("--against", metavar="DIR|REVISION", help="With --diff: not what is deployed, but this.")
@click.option("--role", help="Only this role.")
@click.option("--field", metavar="OBJECT.FIELD", help="Who can see this field.")
@click.option("--person", metavar="LOGIN", help="What this person, position or role may do.")
def access(
    workspace: Workspace, diff: bool, against: str | None, role: str | None, field: str | None, person: str | None,
) -> None:
    """Print who may do what: one line for each role and object, or for one field, or for one person."""
    if sum((diff, field is not None, person is not None)) > 1 or (against is not None and not diff):
        raise click.UsageError("--diff (perhaps --against), --field and --person are each a question of their own")
    spec = workspace.spec
    if role is not None and role not in spec.roles:
        raise Refused(Diagnostic("CRM616", f"there is no role `{role}`", help=did_you_mean(role, spec.roles)))
    if diff:
        show_changes(workspace, against, role)
    elif field is not None:
        if "." not in field:
            raise click.UsageError("a field is written with its object: opportunity.margin")
        show_field(workspace, target_of(spec, field), role)
    elif person is not None:
        show_person(workspace, actor_of(workspace, spec, person))
    else:
        show_matrix(workspace, role)
