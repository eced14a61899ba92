"""What `status`, `history` and the counts of a plan tell, and that looking writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from crmspec.deploy import count_hazards, deployed_release, history, read_status, rollback
from crmspec.diagnostics import Refused
from crmspec.plan import make_plan
from crmspec.spec import Field, Option
from tests.deploy.project import Checkout
from tests.deploy.records import add_records
from tests.deploy.specs import ACCOUNT, BASE, spec_of, with_field, without_field

VIP = with_field(BASE, "contact", Field(name="vip", type="boolean"))


def test_before_the_first_deploy(engine: sa.Engine, checkout: Checkout) -> None:
    """Nothing is deployed, the revisions wait, and nothing is made by looking."""
    checkout.generate(BASE)
    status = read_status(engine, checkout.folder, BASE)
    assert (status.release, status.up_to_date, len(status.pending), status.drift) == (None, False, 1, ())
    assert history(engine) == ()
    with engine.connect() as connection:
        assert deployed_release(connection) is None
        assert sa.inspect(connection).get_table_names() == []


def test_after_changes_and_a_rollback(engine: sa.Engine, checkout: Checkout) -> None:
    """The project is ahead after a rollback, and says by what."""
    checkout.deploy(engine, BASE)
    assert read_status(engine, checkout.folder, BASE).up_to_date
    checkout.deploy(engine, without_field(VIP, "contact", "fax"))
    status = read_status(engine, checkout.folder, VIP)
    assert not status.up_to_date
    assert [(one.address, one.name) for one in status.retired] == [("contact.fax", "fax")]
    rollback(checkout.folder, engine, who="anna")
    status = read_status(engine, checkout.folder)
    assert status.release is not None
    assert (status.release.number, status.release.action, len(status.pending)) == (3, "rollback to 1", 1)
    assert [one.address for one in status.retired] == ["contact.vip"]
    assert [(entry.number, entry.who) for entry in history(engine)] == [(1, "tester"), (2, "tester"), (3, "anna")]


def test_there_is_nothing_before_the_first_release(engine: sa.Engine, checkout: Checkout) -> None:
    """Neither an empty database nor the first release can be rolled back, and a number must be one there is."""
    with pytest.raises(Refused):
        rollback(checkout.folder, engine)
    checkout.deploy(engine, BASE)
    with pytest.raises(Refused):
        rollback(checkout.folder, engine)
    with pytest.raises(Refused) as caught:
        rollback(checkout.folder, engine, to=7)
    assert caught.value.diagnostics[0].what == "there is no release 7 in this database"
    assert not rollback(checkout.folder, engine, to=1).changed


def test_going_back_step_by_step_and_forward(engine: sa.Engine, checkout: Checkout) -> None:
    """A second rollback goes one further back; a release after a rollback can be gone to as well."""
    third = with_field(VIP, "contact", Field(name="size", type="integer"))
    for spec in (BASE, VIP, third):
        checkout.deploy(engine, spec)
    actions = [rollback(checkout.folder, engine).release.entry.action for _ in range(2)]
    assert actions == ["rollback to 2", "rollback to 1"]
    forward = rollback(checkout.folder, engine, to=3)
    assert (forward.release.spec, forward.release.number) == (third, 6)
    assert read_status(engine, checkout.folder, third).up_to_date


def test_the_release_is_read_once(engine: sa.Engine, checkout: Checkout) -> None:
    """The same number and hash give the same value, without reading it again; a new release is seen at once."""
    checkout.deploy(engine, BASE)
    with engine.connect() as connection:
        first = deployed_release(connection)
        assert deployed_release(connection) is first
    checkout.deploy(engine, VIP)
    with engine.connect() as connection:
        second = deployed_release(connection)
    assert second is not None
    assert second.spec == VIP


def test_a_plan_says_how_many_records_it_means(engine: sa.Engine, checkout: Checkout) -> None:
    """Removed fields, options and objects, new types, rules that would be broken: with numbers of this database."""
    checkout.deploy(engine, BASE)
    with engine.begin() as connection:
        add_records(connection, BASE, "account", [
            {"id": n, "name": f"A{n}", "revenue": n * 100 if n < 4 else None,
             "industry": "print" if n < 3 else "it's, (all) else", "billing_city": "Ulm" if n == 1 else None,
             "stars": None} for n in range(1, 11)])
        add_records(connection, BASE, "account__tags", [{"record_id": 1, "value": "fair"},
                                                        {"record_id": 1, "value": "web"}])
    account = without_field(without_field(BASE, "account", "billing"), "account", "tags")
    account = with_field(account, "account", Field(name="revenue", type="text"),
                         Field(name="industry", type="picklist", options=(Option(name="print"),), default="print"),
                         Field(name="stars", type="rating", required=True))
    plan = count_hazards(make_plan(BASE, spec_of(account.objects["account"])), engine)
    counted = {address: (count.rows, count.of) for address, count in plan.counts.items()}
    assert counted["account.billing"] == (1, 10)
    assert counted["account.tags"] == (1, 10)
    assert counted["account.revenue"] == (3, 10)
    assert counted["contact"] == (0, 0)
    assert counted["account.industry.it's, (all) else"] == (8, 10)
    assert plan.counts["account.stars"].rows == 10
    assert len(plan.counts["account.stars"].sample) == 5


def test_looking_at_a_file_that_may_only_be_read(sqlite_engine: sa.Engine, checkout: Checkout, tmp_path: Path) -> None:
    """`status` works where `deploy` is refused; ACCOUNT stands for any table."""
    checkout.deploy(sqlite_engine, spec_of(ACCOUNT))
    before = Path(str(sqlite_engine.url.database)).read_bytes()
    assert read_status(sqlite_engine, checkout.folder, spec_of(ACCOUNT)).drift == ()
    assert Path(str(sqlite_engine.url.database)).read_bytes() == before
