"""Which revisions are prepared before their release: those that touch a large table, and nothing that an earlier one
touches too.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from crmspec.deploy import comeback
from crmspec.deploy import online_journal as journal
from crmspec.deploy.apart import stands_apart
from crmspec.deploy.lock import Say
from crmspec.deploy.migration import prepare_with
from crmspec.deploy.online_journal import Direction, Place, Row
from crmspec.deploy.prepare import BuildIndex, Preparation, Validate
from crmspec.deploy.revisions import Revision
from crmspec.deploy.touched import touched_tables
from crmspec.schema.ddl import quoted

ONLINE_ABOVE = 10_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """A revision that is prepared before its release."""

    place: Place
    tables: tuple[str, ...]
    works: tuple[Preparation, ...]


def worth_preparing(
    connection: sa.Connection, revisions: Sequence[Revision], *, upward: bool, above: int, resumed: str | None,
    say: Say,
) -> tuple[Prepared, ...]:
    """Choose among revisions that are about to be released; `resumed` is one that is released in part already."""
    direction: Direction = "upgrade" if upward else "downgrade"
    found: list[Prepared] = []
    passed: list[Revision] = []
    for revision in revisions:
        # What is adopted is mended where it stands.
        works = () if upward and revision.adopting else _works_of(revision, direction)
        if upward and works:
            works = _with_copies(works, tuple(comeback.beforehand(connection, revision.name, works)))
        one = Prepared(Place(revision.name, direction), touched_tables(revision), works)
        begun = bool(one.works) and fits(one, journal.journalled(connection, one.place))
        earlier = next((other.name for other in passed if _in_the_way(other, revision, direction)), "")
        if revision.name == resumed:
            found += [one] if begun else []  # what was not prepared then, it is too late for
        elif one.works and (begun or is_large(connection, one.tables, above)):
            found += [] if earlier else [one]
            if earlier:
                say(f"{revision.name} touches what {earlier} touches too, and changes it all at once: people wait "
                    "meanwhile; deployed one after the other, they would not")
        passed.append(revision)
    return tuple(found)


def _in_the_way(earlier: Revision, later: Revision, direction: Direction) -> bool:
    """Say whether a revision changes what another one, which comes later, would prepare beside."""
    if not hasattr(earlier.module, "TABLES"):
        return True  # it does not say what it touches
    common = set(touched_tables(earlier)) & set(touched_tables(later))
    return bool(common) and not stands_apart(later, earlier, direction)


def _with_copies(works: tuple[Preparation, ...], copies: tuple[Preparation, ...]) -> tuple[Preparation, ...]:
    """Copy before anything is built over the columns: a row is written quicker while they are in no index."""
    at = next((place for place, one in enumerate(works) if isinstance(one, BuildIndex | Validate)), len(works))
    return (*works[:at], *copies, *works[at:])


def _works_of(revision: Revision, direction: Direction) -> tuple[Preparation, ...]:
    works: list[Preparation] = []
    prepare = getattr(revision.module, f"prepare_{direction}", None)
    if prepare is not None:
        with prepare_with(works.append):
            prepare()
    return tuple(works)


def fits(one: Prepared, rows: Sequence[Row]) -> bool:
    """Say whether what is journalled is the beginning of what is to be prepared, and not of an older wording."""
    wanted = [journal.checksum_of(work) for work in one.works]
    return bool(rows) and [row.checksum for row in rows] == wanted[:len(rows)]


def is_large(connection: sa.Connection, tables: Collection[str], above: int) -> bool:
    """Say whether one of the tables has more rows: by the server's estimate, else counted that far."""
    if above == 0:
        return True
    for table in tables:
        estimate = connection.execute(
            sa.text("SELECT reltuples FROM pg_class WHERE oid = to_regclass(:table) AND relkind IN ('r', 'p')"),
            {"table": quoted(table)}).scalar()
        # An estimate may be old, or none yet (-1): only a large one is believed.
        if estimate is not None and (estimate > above or _counted(connection, table, above + 1) > above):
            return True
    return False


def _counted(connection: sa.Connection, table: str, rows_max: int) -> int:
    query = f"SELECT count(*) FROM (SELECT 1 FROM {quoted(table)} LIMIT {rows_max}) AS found"
    return int(connection.exec_driver_sql(query).scalar_one())
