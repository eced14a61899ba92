"""Rules across parts: pure functions from a Spec to what is wrong with it.

A rule file is a row of functions, each for one kind of part. `check_part` runs those of one part, so that a run after a
small change need not look at everything; `check_whole` runs what can only be seen from above.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from crmspec.spec.parts import Object, Seed
from crmspec.spec.rules.access_tests import check_access_test
from crmspec.spec.rules.converts import check_converts
from crmspec.spec.rules.cycles import check_cycles
from crmspec.spec.rules.fields import check_fields
from crmspec.spec.rules.formulas import check_formulas, reads, remember_right, right_formulas
from crmspec.spec.rules.moves import check_moves
from crmspec.spec.rules.objects import check_object
from crmspec.spec.rules.pipelines import check_pipeline
from crmspec.spec.rules.problem import Problem
from crmspec.spec.rules.reports import check_report
from crmspec.spec.rules.roles import check_environments, check_organization, check_role
from crmspec.spec.rules.screens import check_app, check_dashboard, check_layout, check_list_view
from crmspec.spec.rules.seeds import check_seed
from crmspec.spec.rules.sharing import check_restriction, check_sharing
from crmspec.spec.spec import Spec

Facts = tuple[dict[str, tuple[str, ...]], tuple[str, ...]]
"""What going round can be seen from: which worked-out field reads which, and the parents of an object."""


def check_spec(spec: Spec) -> Iterator[Problem]:
    """Check everything."""
    for name in spec.objects:
        yield from check_part(spec, "object", name)
    for kind, group in others(spec).items():
        for name in group:
            yield from check_part(spec, kind, name)
    yield from check_whole(spec, {name: facts_of(spec, one) for name, one in spec.objects.items()})


def facts_of(spec: Spec, one: Object) -> Facts:
    """Return what an object contributes to what can go round."""
    parents = tuple(field.to[0] for field in one.fields.values() if field.parent and field.to)
    return reads(spec, one), parents if one.default_access == "controlled_by_parent" else ()


def others(spec: Spec) -> dict[str, Mapping[str, object]]:
    """Return the named parts beside objects, by kind."""
    return {
        "pipeline": spec.pipelines,
        "role": spec.roles,
        "report": spec.reports,
        "list_view": spec.list_views,
        "layout": spec.layouts,
        "dashboard": spec.dashboards,
        "app": spec.apps,
        "seed": spec.seeds,
        "sharing": spec.sharing,
        "restriction": spec.restrictions,
    }


def check_part(spec: Spec, kind: str, name: str) -> Iterator[Problem]:
    """Check one named part against all the others."""
    match kind:
        case "object":
            one = spec.objects[name]
            yield from check_object(spec, one)
            yield from check_fields(spec, one)
            yield from check_converts(spec, one)
            yield from check_formulas(spec, one)
        case "pipeline":
            yield from check_pipeline(spec, spec.pipelines[name])
        case "role":
            yield from check_role(spec, spec.roles[name])
        case "report":
            yield from check_report(spec, spec.reports[name])
        case "list_view":
            yield from check_list_view(spec, spec.list_views[name])
        case "layout":
            yield from check_layout(spec, spec.layouts[name])
        case "dashboard":
            yield from check_dashboard(spec, spec.dashboards[name])
        case "app":
            yield from check_app(spec, spec.apps[name])
        case "seed":
            yield from check_seed(spec, spec.seeds[name])
        case "sharing":
            yield from check_sharing(spec, spec.sharing[name])
        case "restriction":
            yield from check_restriction(spec, spec.restrictions[name])


def seed_problems(spec: Spec, seed: Seed) -> Iterator[Problem]:
    """Check a seed that is not part of the spec: sample records."""
    yield from check_seed(spec, seed)


def check_whole(spec: Spec, facts: Mapping[str, Facts]) -> Iterator[Problem]:
    """Check what has no part of its own, and what goes round; `facts` are those of every object."""
    yield from check_environments(spec)
    yield from check_organization(spec, spec.organization)
    for number, test in enumerate(spec.access_tests):
        yield from check_access_test(spec, test, str(number))
    yield from check_moves(spec)
    computed = {address: read for reads_of, _ in facts.values() for address, read in reads_of.items()}
    yield from check_cycles(spec, computed, {name: parents for name, (_, parents) in facts.items() if parents})


__all__ = [
    "Facts",
    "Problem",
    "check_part",
    "check_spec",
    "check_whole",
    "facts_of",
    "others",
    "remember_right",
    "right_formulas",
    "seed_problems",
]
