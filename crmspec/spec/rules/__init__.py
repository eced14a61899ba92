"""Rules across parts: pure functions from a Spec to what is wrong with it.

A rule file is a row of functions, each for one kind of part. `check_part` runs those of one part, so that a run after a
small change need not look at everything; `check_whole` runs what can only be seen from above.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from crmspec.spec.rules.cycles import check_cycles
from crmspec.spec.rules.fields import check_fields
from crmspec.spec.rules.formulas import check_formulas, reads
from crmspec.spec.rules.objects import check_object
from crmspec.spec.rules.pipelines import check_pipeline
from crmspec.spec.rules.problem import Problem
from crmspec.spec.rules.reports import check_report
from crmspec.spec.rules.roles import check_access_test, check_organization, check_role
from crmspec.spec.rules.screens import check_layout, check_list_view
from crmspec.spec.rules.seeds import check_seed
from crmspec.spec.parts import Seed
from crmspec.spec.spec import Spec


def check_spec(spec: Spec) -> Iterator[Problem]:
    """Check everything."""
    computed: dict[str, tuple[str, ...]] = {}
    for name, one in spec.objects.items():
        yield from check_part(spec, "object", name)
        computed.update(reads(spec, one))
    for kind, group in others(spec).items():
        for name in group:
            yield from check_part(spec, kind, name)
    yield from check_whole(spec, computed)


def others(spec: Spec) -> dict[str, Mapping[str, object]]:
    """Return the named parts beside objects, by kind."""
    return {"pipeline": spec.pipelines, "role": spec.roles, "report": spec.reports, "list_view": spec.list_views,
            "layout": spec.layouts, "seed": spec.seeds}


def check_part(spec: Spec, kind: str, name: str) -> Iterator[Problem]:
    """Check one named part against all the others."""
    match kind:
        case "object":
            one = spec.objects[name]
            yield from check_object(spec, one)
            yield from check_fields(spec, one)
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
        case "seed":
            yield from check_seed(spec, spec.seeds[name])


def seed_problems(spec: Spec, seed: Seed) -> Iterator[Problem]:
    """Check a seed that is not part of the spec: sample records."""
    yield from check_seed(spec, seed)


def check_whole(spec: Spec, computed: Mapping[str, tuple[str, ...]]) -> Iterator[Problem]:
    """Check what has no part of its own, and what goes round; `computed` is what `reads` gave for every object."""
    yield from check_organization(spec, spec.organization)
    for number, test in enumerate(spec.access_tests):
        yield from check_access_test(spec, test, str(number))
    yield from check_cycles(spec, computed)


__all__ = ["Problem", "check_part", "check_spec", "check_whole", "others", "seed_problems"]
