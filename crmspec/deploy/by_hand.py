"""Tables that are not what crmspec left: changed by hand, or somebody else's under a name that is needed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from crmspec.deploy.catalogue import real_shapes, table_names
from crmspec.deploy.changed import changed_tables
from crmspec.deploy.drift import Drift, compare
from crmspec.deploy.looking import Asks, dialect_of
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.schema import Table, tables_of
from crmspec.spec import Spec


def refuse_changes_by_hand(
    connection: Asks, deployed: Spec | None, desired: Spec, *, adopted: Collection[str] = (),
) -> None:
    """Refuse to change tables that are not what the deployed spec says: the plan was made for others.

    Tables that are `adopted` may be there.

    It comes before anything is counted: a query over a column that somebody dropped would only fail.
    """
    if deployed is None:
        _refuse_strangers(connection, tables_of(desired).keys() - set(adopted))
        return
    wanted = changed_tables(desired, deployed)
    coming = changed_tables(deployed, desired)
    _refuse_strangers(connection, coming.keys() - wanted.keys() - set(adopted))
    found = compare(wanted, real_shapes(connection, wanted), dialect_of(connection))
    _refuse_strange_columns(found, coming, adopted)
    drift = [one for one in found if one.owner == "ours"]
    if drift:
        raise Refused(*(
            Diagnostic("CRM513", f"somebody changed the tables by hand: {one}",
                       why="the same table is to be changed, and the plan was made for what is deployed",
                       help="crmspec status shows what differs and what restores it; crmspec deploy --repair does it")
            for one in drift))


def _refuse_strange_columns(found: Sequence[Drift], coming: Mapping[str, Table], adopted: Collection[str]) -> None:
    """Refuse to add columns whose names somebody else's columns have."""
    taken = [one for one in found if one.owner == "unmanaged" and one.aspect == "column" and one.table in coming
             and coming[one.table].column(one.name) and one.place not in adopted]
    if taken:
        raise Refused(*(
            Diagnostic("CRM533", f"the table `{one.table}` has a column `{one.name}` that crmspec did not make",
                       help=f"take it over with its values: crmspec adopt {one.place}      "
                            "or give the field another name")
            for one in taken))


def _refuse_strangers(connection: Asks, wanted: Collection[str]) -> None:
    """Refuse to make tables whose names somebody else's tables have."""
    taken = sorted(set(wanted) & set(table_names(connection))) if wanted else []
    if taken:
        raise Refused(*(
            Diagnostic("CRM533", f"the database has a table `{name}` that crmspec did not make",
                       help=f"take it over with its records: crmspec adopt {name}      or give the object another name")
            for name in taken))
