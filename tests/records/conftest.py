"""A deployed CRM on each database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.records.crm import Crm, crm_at


@pytest.fixture
def crm(database_url: str) -> Iterator[Crm]:
    """A CRM with a person on each position."""
    with crm_at(database_url) as deployed:
        yield deployed
