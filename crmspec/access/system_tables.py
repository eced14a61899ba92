"""crmspec's own tables for SQLAlchemy, for what needs no spec."""

from __future__ import annotations

from functools import lru_cache

import sqlalchemy as sa

from crmspec.access.once import once_per_spec
from crmspec.schema.metadata import add_tables, metadata_of
from crmspec.schema.system import SYSTEM_TABLES
from crmspec.spec import Spec


@lru_cache(maxsize=1)
def _metadata() -> sa.MetaData:
    metadata = sa.MetaData()
    add_tables(metadata, SYSTEM_TABLES)
    return metadata


def system_table(name: str) -> sa.Table:
    """Return a table of crmspec's own by name."""
    return _metadata().tables[name]


@once_per_spec
def metadata_for(spec: Spec) -> sa.MetaData:
    """Return all tables of a project, made once a release."""
    return metadata_of(spec)
