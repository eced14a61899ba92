"""The deployed and the desired spec in, one plan out: changes, hazards, questions, checks and ordered steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute

from crmspec.diagnostics import Diagnostic, Refused
from crmspec.plan.change import (
    Action,
    Change,
    Count,
    DataCheck,
    Fact,
    Hazard,
    HazardName,
    Question,
    Retired,
    Size,
    Step,
    Tally,
    Uses,
)
from crmspec.plan.checks import data_checks
from crmspec.plan.diff import changes_between
from crmspec.plan.hazards import hazards_of
from crmspec.plan.impact import Users, impact_of
from crmspec.plan.merge import with_option_merges
from crmspec.plan.moved import moved
from crmspec.plan.moving import moving_between, with_merged_targets
from crmspec.plan.protection import refuse_protected
from crmspec.plan.questions import possible_renames
from crmspec.plan.renames import renamed_between
from crmspec.plan.retire import following
from crmspec.plan.sides import Sides
from crmspec.plan.steps import planned_steps
from crmspec.plan.tallies import tallies_of
from crmspec.schema import Dialect
from crmspec.spec import Spec

UNNUMBERED = "0000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What has to happen so that what is deployed becomes what is desired.

    `tables` are those that the steps touch, by the names before and after.
    `retired` is what is out of sight afterwards, `returned` what is back in sight, as it was kept. `impact` says what
    uses the parts that go. Until a database was asked (`with_facts`), `counts` (address → how many), `facts`, `sizes`
    (of the deployed tables) and `settled` (hazards that its records do not pose) are empty.
    """

    deployed: Spec | None
    desired: Spec
    changes: tuple[Change, ...] = ()
    steps: tuple[Step, ...] = ()
    tables: tuple[str, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    questions: tuple[Question, ...] = ()
    checks: tuple[DataCheck, ...] = ()
    tallies: tuple[Tally, ...] = ()
    impact: tuple[Uses, ...] = ()
    retired: tuple[Retired, ...] = ()
    returned: tuple[Retired, ...] = ()
    revision: str = UNNUMBERED
    counts: Mapping[str, Count] = attribute(default_factory=dict)
    facts: tuple[Fact, ...] = ()
    sizes: Mapping[str, Size] = attribute(default_factory=dict)
    settled: tuple[Hazard, ...] = ()

    def __bool__(self) -> bool:
        """Say whether there is anything to do."""
        return bool(self.changes or self.steps)

    @property
    def hazard_names(self) -> tuple[HazardName, ...]:
        """Every kind of hazard once, in the order they come."""
        return tuple(dict.fromkeys(hazard.name for hazard in self.hazards))

    def count_of(self, action: Action) -> int:
        """Return how many changes of an action there are."""
        return sum(change.action == action for change in self.changes)

    def sql(self, dialect: Dialect) -> Iterator[str]:
        """Yield every statement for a database, in order, as one transaction takes them."""
        for step in self.steps:
            if dialect == "postgresql" and step.prepared:
                yield from (call.direct for call in step.prepared)
            else:
                yield from step.sql[dialect]


def make_plan(
    deployed: Spec | None,
    desired: Spec,
    *,
    retired: Sequence[Retired] = (),
    revision: str = "",
    again: Sequence[Retired] = (),
    backward: bool = False,
    emptying: bool = False,
) -> Plan:
    """Plan the way from the deployed to the desired spec. Pure: the same values in, the same plan out.

    `retired` is what is out of sight already, oldest first; `revision` names what this plan retires; what is in `again`
    goes out of sight as it was kept there before. `backward` is for going back to an earlier spec: the renames that
    only the deployed one declares are undone. A desired spec without objects is refused, unless `emptying` says that
    it is meant (the way back from the first revision).
    """
    if not emptying:
        _refuse_emptiness(deployed, desired)
    number = revision or UNNUMBERED
    if deployed is desired or deployed == desired:
        return Plan(deployed=deployed, desired=desired, retired=tuple(retired), revision=number)
    base = deployed or replace(
        Spec(project=desired.project), organization=replace(desired.organization, departments={}, positions={})
    )
    renamed = renamed_between(base, desired, backward=backward)
    named = moved(base, desired, renamed)
    kept = following(retired, renamed)
    moves = moving_between(base, named, desired, renamed, kept, number)
    before = with_merged_targets(named, desired, moves)
    desired = with_option_merges(before, desired)
    changes = changes_between(base, with_merged_targets(named, desired, moves, once=True), desired, renamed)
    sides = Sides(base, before, desired, renamed, kept, number, following(again, renamed), moves, named)
    planned = planned_steps(sides)
    if deployed is None:
        return Plan(
            deployed=None,
            desired=desired,
            changes=changes,
            steps=planned.steps,
            tables=planned.tables,
            retired=planned.retired,
            returned=planned.returned,
            revision=number,
        )
    checks, uses = tuple(data_checks(sides, planned.works)), Users(before)
    hazards = hazards_of(before, desired, changes, checks, uses, moves)
    if not backward:  # the way back of a revision is only written down; `rollback` asks by itself
        refuse_protected(changes, hazards)
    return Plan(
        deployed=deployed,
        desired=desired,
        changes=changes,
        steps=with_hazards(planned.steps, hazards),
        tables=planned.tables,
        hazards=hazards,
        # Going back, nobody has to be asked: what was renamed on the way is known.
        questions=() if backward else possible_renames(changes, desired),
        checks=checks,
        tallies=tuple(tallies_of(sides, planned.works, changes)),
        impact=impact_of(uses, changes),
        retired=planned.retired,
        returned=planned.returned,
        revision=number,
    )


def with_facts(
    plan: Plan, facts: Sequence[Fact], counts: Mapping[str, Count], sizes: Mapping[str, Size] | None = None
) -> Plan:
    """Return the plan with what a database said, without the hazards that its records do not pose.

    What was counted to be zero needs nobody's consent: every value fits, or (where the project says
    `empty_removals: free`) nobody has anything in what goes.
    """
    in_the_way = {(fact.address, fact.what) for fact in facts if fact.kind == "unfit"}
    free = plan.desired.project.empty_removals == "free"
    empty = {fact.address for fact in facts if fact.kind == "lost" and not fact.rows} if free else set()

    def is_posed(hazard: Hazard) -> bool:
        if hazard.name == "may_fail_on_data":
            return (hazard.address, hazard.reason) in in_the_way
        return hazard.name != "loses_data" or hazard.address not in empty

    hazards = tuple(filter(is_posed, plan.hazards))
    steps = tuple(replace(step, hazards=tuple(filter(is_posed, step.hazards))) for step in plan.steps)
    return replace(
        plan,
        steps=steps if hazards != plan.hazards else plan.steps,
        hazards=hazards,
        settled=tuple(hazard for hazard in plan.hazards if not is_posed(hazard)),
        facts=tuple(facts),
        counts=counts,
        sizes=sizes or {},
    )


def with_hazards(steps: Sequence[Step], hazards: Sequence[Hazard]) -> tuple[Step, ...]:
    """Put every hazard to the first step of its address, else to the first one of its object."""
    first: dict[str, int] = {}
    for number, step in enumerate(steps):
        first.setdefault(step.address, number)
        first.setdefault(step.address.partition(".")[0], number)
    found = list(steps)
    for hazard in hazards:
        number = first.get(hazard.address, first.get(hazard.address.rpartition(":")[2].partition(".")[0], -1))
        if number >= 0:
            found[number] = replace(found[number], hazards=(*found[number].hazards, hazard))
    return tuple(found)


def _refuse_emptiness(deployed: Spec | None, desired: Spec) -> None:
    """Nobody means to remove everything: an empty spec is a wrong folder, a wrong environment or a lost checkout."""
    if deployed is not None and deployed.objects and not desired.objects:
        raise Refused(
            Diagnostic(
                "CRM402",
                f"the project has no objects, and {len(deployed.objects)} are deployed",
                why="deploying it would take every record out of sight",
                help="look whether this is the right folder and environment (crmspec -C DIR --env NAME plan)",
            )
        )
