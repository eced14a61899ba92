"""Deployed spec × desired spec → changes, hazards, questions, data checks and ordered steps. Pure: no database."""

from crmspec.plan.access_heads import access_difference, with_heads
from crmspec.plan.change import (
    HAZARDS,
    SYMBOLS,
    Action,
    Change,
    Count,
    DataCheck,
    Fact,
    Hazard,
    HazardName,
    Offender,
    Phase,
    Prepared,
    Question,
    Retired,
    Size,
    Step,
    Tally,
    Uses,
)
from crmspec.plan.diff import diff_specs
from crmspec.plan.impact import uses_of
from crmspec.plan.in_between import make_plan_past
from crmspec.plan.plan import Plan, make_plan, with_facts
from crmspec.plan.protection import refuse_protected

__all__ = [
    "HAZARDS",
    "SYMBOLS",
    "Action",
    "Change",
    "Count",
    "DataCheck",
    "Fact",
    "Hazard",
    "HazardName",
    "Offender",
    "Phase",
    "Plan",
    "Prepared",
    "Question",
    "Retired",
    "Size",
    "Step",
    "Tally",
    "Uses",
    "access_difference",
    "diff_specs",
    "make_plan",
    "make_plan_past",
    "refuse_protected",
    "uses_of",
    "with_facts",
    "with_heads",
]
