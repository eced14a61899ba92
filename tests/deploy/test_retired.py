"""What was removed comes back with its values, or is ended for good, and only by an explicit act."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from crmspec.deploy import endings, find_drift, purge, read_status, restorable, restore
from crmspec.diagnostics import Refused
from tests.deploy.project import LOCAL, PROTECTED, Checkout
from tests.deploy.records import add_records, all_values
from tests.deploy.specs import ACCOUNT, BASE, spec_of, without_field

NO_FAX = without_field(BASE, "contact", "fax")


@pytest.fixture
def removed(engine: sa.Engine, checkout: Checkout) -> Checkout:
    """A database in which `contact.fax` was removed while one of two contacts had one."""
    checkout.deploy(engine, BASE)
    with engine.begin() as connection:
        add_records(connection, BASE, "account", [{"id": 1, "name": "ACME"}])
        add_records(connection, BASE, "contact", [
            {"id": 2, "name": "A", "account_id": 1, "number": "1", "fax": "0731"},
            {"id": 3, "name": "B", "account_id": 1, "number": "2", "fax": None}])
    checkout.deploy(engine, NO_FAX)
    return checkout


def test_it_comes_back_with_its_values(engine: sa.Engine, removed: Checkout) -> None:
    """Restoring is declaring it again: a revision, a release, and the column is the old one."""
    assert restorable(removed.folder, "contact.fax").part == BASE.objects["contact"].fields["fax"]
    outcome = restore(removed.project_of(NO_FAX), engine, "contact.fax", environment=LOCAL)
    assert (outcome.release.number, outcome.release.spec) == (3, BASE)
    with engine.connect() as connection:
        assert find_drift(connection, BASE) == ()
        assert {row["fax"] for row in all_values(connection, BASE, "contact").values()} == {"0731", None}
    assert read_status(engine, removed.folder, BASE).retired == ()


def test_what_cannot_be_restored_is_said(engine: sa.Engine, removed: Checkout) -> None:
    """An address that nothing had, a protected environment, a field whose object is gone as well."""
    project = removed.project_of(NO_FAX)
    with pytest.raises(Refused) as unknown:
        restore(project, engine, "contact.fux", environment=LOCAL)
    assert unknown.value.diagnostics[0].help == "did you mean `contact.fax`?"
    with pytest.raises(Refused) as protected:
        restore(project, engine, "contact.fax", environment=PROTECTED)
    assert protected.value.diagnostics[0].code == "CRM514"
    removed.deploy(engine, spec_of(ACCOUNT))
    with pytest.raises(Refused) as orphan:
        restore(removed.project_of(spec_of(ACCOUNT)), engine, "contact.fax", environment=LOCAL)
    assert orphan.value.diagnostics[0].help == "restore the object first: crmspec restore contact"


def test_a_removed_object_comes_back(engine: sa.Engine, removed: Checkout) -> None:
    """With its records and its child tables."""
    removed.deploy(engine, spec_of(ACCOUNT))
    outcome = restore(removed.project_of(spec_of(ACCOUNT)), engine, "contact", environment=LOCAL)
    with engine.connect() as connection:
        assert find_drift(connection, outcome.release.spec) == ()
        assert len(all_values(connection, outcome.release.spec, "contact")) == 2


def test_ending_needs_time_or_a_word_and_the_hazard(engine: sa.Engine, removed: Checkout) -> None:
    """Nothing is over yet; named before its time it needs `early`, and always the hazard."""
    assert not purge(engine).changed
    (ending,) = endings(engine, ["contact.fax"])
    assert (ending.address, ending.values, (ending.kept_until - ending.at).days) == ("contact.fax", 1, 90)
    with pytest.raises(Refused) as early:
        purge(engine, ["contact.fax"], allow=["loses_data"])
    assert early.value.diagnostics[0].code == "CRM562"
    with pytest.raises(Refused) as hazard:
        purge(engine, ["contact.fax"], early=True)
    assert hazard.value.diagnostics[0].help == "crmspec purge --allow loses_data"
    with pytest.raises(Refused) as unknown:
        purge(engine, ["contact.email"], early=True)
    assert unknown.value.diagnostics[0].code == "CRM560"
    with engine.connect() as connection:
        retired = read_status(engine, removed.folder).retired
        values = connection.exec_driver_sql(f'SELECT "{retired[0].stored_as}" FROM contact').scalars().all()
    assert sorted(map(str, values)) == ["0731", "None"]


def test_what_is_ended_is_gone_and_the_line_goes_on(engine: sa.Engine, removed: Checkout) -> None:
    """No value is left; declaring the field again still works, and gives a blank one."""
    stored = read_status(engine, removed.folder).retired[0].stored_as
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE crmspec_retired SET at = '2020-01-01T00:00:00.000000Z'")
    outcome = purge(engine, allow=["loses_data"], who="anna")
    assert (outcome.release.number, outcome.release.entry.action) == (3, "purge contact.fax")
    with engine.connect() as connection:
        assert set(connection.exec_driver_sql(f'SELECT "{stored}" FROM contact').scalars()) == {None}
    assert read_status(engine, removed.folder, NO_FAX).retired == ()
    assert removed.deploy(engine, BASE).changed
    with engine.connect() as connection:
        assert find_drift(connection, BASE) == ()
        assert {row["fax"] for row in all_values(connection, BASE, "contact").values()} == {None}
