"""Records that come with a release, or with a demonstration: written through `records`, all of them or none."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from crmspec.deploy import Outcome
    from crmspec.spec import Seed, Spec


def write_seeds_of(engine: Engine, outcome: Outcome) -> None:
    """Write the records that come with a release where they are not there yet, and note that they are."""
    from crmspec.deploy import mark_seeded
    from crmspec.records import load_seeds

    if outcome.seeds_changed:
        spec = outcome.release.spec
        seeds = tuple(seed for seed in spec.seeds.values() if not seed.sample)
        with engine.begin() as connection:
            load_seeds(connection, spec, seeds, now=datetime.now(UTC))
            mark_seeded(connection, spec)


def write_seeds(engine: Engine, spec: Spec, seeds: Iterable[Seed]) -> None:
    """Write seeds in one transaction."""
    from crmspec.records import load_seeds

    with engine.begin() as connection:
        load_seeds(connection, spec, tuple(seeds), now=datetime.now(UTC))
