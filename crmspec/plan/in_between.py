"""The plan over several releases at once, where a part went in one of them and came back as another in a later.

The deployed and the desired spec alone would look like a change of type, and its values like something to convert. The
revisions in between put them out of sight, and make a new part of the same name.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from crmspec.plan.change import Retired
from crmspec.plan.plan import Plan, make_plan
from crmspec.plan.renames import renamed_between
from crmspec.spec import Object, Spec


def make_plan_past(
    deployed: Spec, desired: Spec, *, retired: Sequence[Retired] = (), gone: Collection[str] = ()
) -> Plan:
    """Plan as `make_plan` does; what went on the way (`gone`, by addresses of the desired side) is another part now."""
    middle = without(deployed, desired, gone)
    if middle is deployed:
        return make_plan(deployed, desired, retired=retired)
    first = make_plan(deployed, middle, retired=retired, emptying=True)
    second = make_plan(middle, desired, retired=first.retired)
    return replace(
        second,
        deployed=deployed,
        changes=(*first.changes, *second.changes),
        steps=(*first.steps, *second.steps),
        tables=tuple(dict.fromkeys((*first.tables, *second.tables))),
        hazards=(*first.hazards, *second.hazards),
        questions=(),
        checks=(*first.checks, *second.checks),
        tallies=(*first.tallies, *second.tallies),
        impact=(*first.impact, *second.impact),
    )


def without(deployed: Spec, desired: Spec, gone: Collection[str]) -> Spec:
    """Return the deployed spec without the objects and fields that have, under the desired names, these addresses."""
    # What is not desired either is no other part now: it goes, perhaps into what it is merged into.
    gone = {address for address in gone if address in desired.objects or desired.field(address) is not None}
    if not gone:
        return deployed
    renamed = renamed_between(deployed, desired)
    objects: dict[str, Object] = {}
    for name, one in deployed.objects.items():
        if renamed.address(name) in gone:
            continue
        kept = {field: part for field, part in one.fields.items() if renamed.address(f"{name}.{field}") not in gone}
        objects[name] = one if len(kept) == len(one.fields) else replace(one, fields=kept)
    same = len(objects) == len(deployed.objects) and all(objects[name] is deployed.objects[name] for name in objects)
    return deployed if same else replace(deployed, objects=objects)
