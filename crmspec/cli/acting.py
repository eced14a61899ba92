"""Who a command acts as: somebody who logs in, or crmspec itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crmspec.diagnostics import Diagnostic, Refused, did_you_mean

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmspec.access import Actor
    from crmspec.spec import Spec


def acting_as(connection: Connection, spec: Spec, login: str | None) -> Actor:
    """Return the person with a log-in. Without one it is crmspec: who runs the command has the database anyway."""
    from crmspec.access import UnknownPerson, find_person, list_people, load_actor, system_actor

    if login is None:
        return system_actor(spec)
    person_id = find_person(connection, login)
    if person_id is None:
        known = [person.login for person in list_people(connection)]
        raise Refused(Diagnostic("CRM627", f"nobody has the log-in `{login}`", help=did_you_mean(login, known)))
    try:
        return load_actor(connection, spec, person_id, datetime.now(UTC))
    except UnknownPerson:
        enable = f"crmspec user disable {login} --enable"
        raise Refused(Diagnostic("CRM622", f"`{login}` may not log in any more", help=enable)) from None
