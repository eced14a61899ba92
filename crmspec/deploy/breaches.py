"""Sentences about everybody, held against the people of a database: before a release is seen, and by `status`."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from crmspec.access import check_people
from crmspec.deploy.looking import has_table
from crmspec.deploy.state import database_clock
from crmspec.diagnostics import Diagnostic, Position, Refused
from crmspec.spec import Spec


def refuse_breaches(connection: sa.Connection, spec: Spec, places: Mapping[str, Position]) -> None:
    """Refuse a release under which somebody could do what its access tests forbid."""
    found = breaches(connection, spec, places)
    if found:
        raise Refused(*found)


def breaches(
    connection: sa.Connection, spec: Spec, places: Mapping[str, Position] | None = None
) -> tuple[Diagnostic, ...]:
    """Return a diagnostic for every sentence that somebody breaks as things are."""
    about_everybody = any(not test.speaks_of_one for test in spec.access_tests)
    if not about_everybody or not has_table(connection, "crmspec_person"):
        return ()
    return check_people(connection, spec, database_clock(connection), places)
