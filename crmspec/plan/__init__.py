"""Deployed spec × desired spec → changes, hazards, questions, data checks and ordered steps. Pure: no database."""

from crmspec.plan.change import (
    HAZARDS,
    SYMBOLS,
    Action,
    Change,
    Count,
    DataCheck,
    Hazard,
    HazardName,
    Phase,
    Prepared,
    Question,
    Retired,
    Step,
    Uses,
)
from crmspec.plan.diff import diff_specs
from crmspec.plan.impact import uses_of
from crmspec.plan.plan import Plan, make_plan

__all__ = [
    "HAZARDS",
    "SYMBOLS",
    "Action",
    "Change",
    "Count",
    "DataCheck",
    "Hazard",
    "HazardName",
    "Phase",
    "Plan",
    "Prepared",
    "Question",
    "Retired",
    "Step",
    "Uses",
    "diff_specs",
    "make_plan",
    "uses_of",
]
