"""Log-ins as people type them → ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmspec.diagnostics import Diagnostic, Refused, did_you_mean

if TYPE_CHECKING:
    from sqlalchemy import Connection


def person_named(connection: Connection, login: str) -> str:
    """Return the id of the person with a log-in; refused with the near one."""
    from crmspec.access import find_person, list_people

    person_id = find_person(connection, login)
    if person_id is None:
        known = [person.login for person in list_people(connection)]
        raise Refused(Diagnostic("CRM627", f"nobody has the log-in `{login}`", help=did_you_mean(login, known)))
    return person_id
