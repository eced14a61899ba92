"""Every path of the server gives a restricted, shared-with or standing-in person exactly what the truth says."""

from __future__ import annotations

import os

import sqlalchemy as sa

from tests.access.agreement import Answers
from tests.access.company import drawn
from tests.access.paths import compare_paths

COMPANIES = int(os.environ.get("CRMSPEC_PATHS", "1"))
SEED = int(os.environ.get("CRMSPEC_SEED", "0"))


def test_every_path_gives_what_is_right(connections: list[sa.Connection]) -> None:
    """Reading, counting, guessing and changing, as everybody in drawn companies."""
    compared = 0
    for seed in range(3 + SEED * COMPANIES, 3 + (SEED + 1) * COMPANIES):
        answers = Answers(drawn.__wrapped__(seed, records=8))
        compared += sum(compare_paths(connection, answers, sample=2) for connection in connections)
    assert compared > COMPANIES * 400
