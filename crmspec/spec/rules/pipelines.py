"""Rules of pipelines: the field, the stages, what a stage asks for, and which may follow which."""

from __future__ import annotations

from collections.abc import Iterator

from crmspec.diagnostics import did_you_mean
from crmspec.spec.parts import Pipeline, Stage
from crmspec.spec.rules.formulas import formula_problems
from crmspec.spec.rules.problem import Problem, dangling, path_problem
from crmspec.spec.scope import ObjectScope
from crmspec.spec.spec import Spec


def check_pipeline(spec: Spec, pipeline: Pipeline) -> Iterator[Problem]:
    """Check one pipeline."""
    address = f"pipeline:{pipeline.name}"
    one = spec.objects.get(pipeline.object)
    if one is None:
        yield dangling(address, "object", "object", pipeline.object, spec.objects, code="CRM301")
        return
    field = one.fields.get(pipeline.field)
    if field is not None and field.type != "picklist":
        yield Problem(
            address,
            "field",
            "CRM350",
            f"`{one.name}.{pipeline.field}` is a {field.type} field",
            "the stages of a pipeline are the values of a picklist",
            "name another field, or make it a picklist",
            related=((f"{one.name}.{pipeline.field}", "type", "the field"),),
        )
    elif field is not None and field.pipeline != pipeline.name:
        yield Problem(
            address,
            "field",
            "CRM350",
            f"`{one.name}.{pipeline.field}` belongs to the pipeline `{field.pipeline}` already",
            "a field shows the stages of one pipeline",
            "write `field:` with another name",
            related=((f"pipeline:{field.pipeline}", "", "the other one"),),
        )
    if not pipeline.stages:
        yield Problem(
            address,
            "stages",
            "CRM351",
            f"`{address}` has no stages",
            "a record would be nowhere",
            "add `stages: {open: {}}`",
        )
    elif not any(stage.type == "open" for stage in pipeline.stages.values()):
        yield Problem(
            address,
            "stages",
            "CRM351",
            f"`{address}` has no open stage",
            "a new record begins in the first open one",
            "add a stage that is neither won nor lost",
        )
    scope = ObjectScope(spec, one.name)
    for stage in pipeline.stages.values():
        yield from _stage(spec, pipeline, stage, scope)
    yield from _transitions(pipeline, address)


def _stage(spec: Spec, pipeline: Pipeline, stage: Stage, scope: ObjectScope) -> Iterator[Problem]:
    address = f"pipeline:{pipeline.name}.{stage.name}"
    if stage.probability is not None and not 0 <= stage.probability <= 100:
        yield Problem(
            address,
            "probability",
            "CRM352",
            f"the probability of `{address}` is {stage.probability}",
            "it is a percentage from 0 to 100",
            "write `probability: 50`",
        )
    if stage.stuck_after_days is not None and not 1 <= stage.stuck_after_days <= 3650:
        yield Problem(
            address,
            "stuck_after_days",
            "CRM352",
            f"`{address}` is stuck after {stage.stuck_after_days} days",
            "it is a number of days from 1 to 3650",
            "write `stuck_after_days: 14`",
        )
    if stage.stuck_after_days is not None and stage.type != "open":
        yield Problem(
            address,
            "stuck_after_days",
            "CRM352",
            f"`{address}` is {stage.type} and can be stuck",
            "a record stays in a closed stage for ever",
            "remove `stuck_after_days`",
        )
    if stage.responsible and stage.responsible not in spec.roles:
        yield dangling(address, "responsible", "role", stage.responsible, spec.roles, code="CRM304")
    for number, name in enumerate(stage.enter_requires):
        problem = path_problem(address, f"enter_requires.{number}", scope, name)
        if problem is not None:
            yield problem
        elif name not in spec.objects[pipeline.object].fields:
            yield Problem(
                address,
                f"enter_requires.{number}",
                "CRM352",
                f"`{address}` requires `{name}`, which is no field of its own",
                "only fields of the record itself can be filled in at a stage",
                'write a condition: `enter_when: "…"`',
            )
    if stage.enter_when:
        yield from formula_problems(address, "enter_when", stage.enter_when, scope)


def _transitions(pipeline: Pipeline, address: str) -> Iterator[Problem]:
    for number, pair in enumerate(pipeline.transitions or ()):
        for name in pair:
            if name not in pipeline.stages:
                yield Problem(
                    address,
                    f"transitions.{number}",
                    "CRM353",
                    f"a transition of `{address}` names `{name}`, which is no stage",
                    "only stages follow each other",
                    did_you_mean(name, pipeline.stages),
                )
        if pair[0] == pair[1]:
            yield Problem(
                address,
                f"transitions.{number}",
                "CRM353",
                f"a transition of `{address}` goes from `{pair[0]}` to itself",
                "it would change nothing",
                "remove it",
            )
