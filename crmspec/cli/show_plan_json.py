"""A plan as one plain value: what JSON shows and `--out` saves."""

from __future__ import annotations

from crmspec.cli.show_plan_data import About, Meaning
from crmspec.plan import Plan
from crmspec.plan.costs import BUSY, blocked_seconds, total_seconds
from crmspec.plan.impact import part_address
from crmspec.spec.canonical import to_plain


def plan_value(plan: Plan, about: About, deployed: str, desired: str) -> dict[str, object]:
    """Return a plan as an object, with the fingerprints of both sides."""
    meaning, dialect = Meaning(plan, about), about.dialect
    seconds, blocked = blocked_seconds(plan.steps, meaning.costs)
    return {
        "deployed": deployed or None,
        "desired": desired,
        "dialect": dialect,
        "changes": [
            {
                "action": change.action, "address": change.address, "was": change.was or None,
                "before": to_plain(change.before), "after": to_plain(change.after),
            }
            for change in plan.changes
        ],
        "steps": [
            {
                "title": step.title, "address": step.address, "phase": step.phase, "sql": list(step.sql[dialect]),
                "hazards": [hazard.name for hazard in step.hazards], **cost,
            }
            for step, cost in zip(plan.steps, meaning.cost_values(), strict=True)
        ],
        "hazards": [
            {"name": hazard.name, "address": hazard.address, "reason": hazard.reason} for hazard in plan.hazards
        ],
        "settled": [
            {"name": hazard.name, "address": hazard.address, "reason": hazard.reason} for hazard in plan.settled
        ],
        "possible_renames": [
            {"from": question.before, "to": question.after, "line": question.line} for question in plan.questions
        ],
        "counts": {
            address: {"rows": count.rows, "of": count.of, "sample": list(count.sample)}
            for address, count in plan.counts.items()
        },
        "facts": [
            {
                "address": fact.address, "kind": fact.kind, "what": fact.what, "rows": fact.rows, "of": fact.of,
                "sample": [{"key": one.key, "value": one.value} for one in fact.sample], "remedy": fact.remedy or None,
            }
            for fact in plan.facts
        ],
        "impact": [
            {
                "address": uses.address, "kind": kind, "name": name,
                "place": about.lines.get(part_address(kind, name)),
            }
            for uses in plan.impact for kind, names in uses.by.items() for name in names
        ],
        "sizes": {name: {"rows": size.rows, "bytes": size.bytes} for name, size in plan.sizes.items()},
        "seconds": round(total_seconds(meaning.costs), 3) if plan.sizes else None,
        "seconds_busy": round(BUSY * total_seconds(meaning.costs), 3) if plan.sizes else None,
        "blocked": {"seconds": round(seconds, 3), "tables": list(blocked)} if plan.sizes else None,
        "undo": meaning.undo or None,
    }
