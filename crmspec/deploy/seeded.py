"""Which records that come with a release (seeds) a database has, so that a run cut off in between is made up for.

`deploy` cannot write records: `records` does, after it, in a transaction of its own that also sets this mark.
"""

from __future__ import annotations

import json
from hashlib import sha256

import sqlalchemy as sa

from crmspec.deploy import state
from crmspec.deploy.looking import has_table
from crmspec.spec import Spec, to_plain

_MARK = "seeds"
_NONE = 0


def seeds_due(connection: sa.Connection, spec: Spec) -> bool:
    """Say whether a release's spec brings records that were not written yet: asked before it is deployed."""
    query = sa.select(state.version.c.version).where(state.version.c.name == _MARK)
    marked = connection.execute(query).scalar() if has_table(connection, "crmspec_version") else None
    return (marked or _NONE) != _mark_of(spec)


def mark_seeded(connection: sa.Connection, spec: Spec) -> None:
    """Note that the records of a release are there, in the transaction that writes them."""
    connection.execute(sa.delete(state.version).where(state.version.c.name == _MARK))
    connection.execute(state.version.insert().values(name=_MARK, version=_mark_of(spec)))


def _mark_of(spec: Spec) -> int:
    """Return a number that stands for the seeds of a spec, samples left out; 0 when there are none."""
    seeds = [to_plain(seed) for _, seed in sorted(spec.seeds.items()) if not seed.sample]
    return int(sha256(json.dumps(seeds, sort_keys=True).encode()).hexdigest()[:15], 16) if seeds else _NONE
