"""What is asked of whom before a log-in opens anything."""

from __future__ import annotations

from collections.abc import Mapping

from crmspec.access import Actor

# What is still asked → the page below /log-in/ that asks it.
STEPS: Mapping[str, str] = {"second_factor": "code", "password": "password", "enrol": "second-factor"}


def asked_of(actor: Actor) -> bool:
    """Say whether a role of this person asks for a second factor."""
    roles = actor.spec.roles
    return any(roles[name].second_factor for name in actor.roles if name in roles)
