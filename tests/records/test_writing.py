"""Creating, changing, moving, transferring, deleting records under a person's rights."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from crmspec.records import Condition, Conflict, Forbidden, Invalid, Masked, NotFound, Ref, Referred
from crmspec.records.numbering import next_numbers
from tests.records.crm import NOW, Crm

DEAL = {"name": "Deal", "amount": "100", "close_date": "2026-12-01"}


def problems(crm: Crm, who: str, object_name: str, values: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    """Try to create a record; return what is wrong with it."""
    with crm.records(who, **more) as records, pytest.raises(Invalid) as invalid:
        records.create(object_name, values)
    return [(problem.field, problem.code) for problem in invalid.value.problems]


def rows(crm: Crm, table: str) -> int:
    """Count the rows of a table."""
    with crm.connection() as connection:
        return int(connection.execute(sa.text(f'SELECT count(*) FROM "{table}"')).scalar_one())


def test_a_record_gets_what_nobody_has_to_say(crm: Crm) -> None:
    """Owner, moments, number, first stage and defaults."""
    record_id = crm.make("rep_east", "opportunity", **DEAL)
    with crm.records("rep_east") as records:
        record = records.get("opportunity", record_id)
    me = Ref("person", crm.people["rep_east"], "Rep East")
    assert (record["owner"], record["created_by"], record["updated_by"]) == (me, me, me)
    assert (record["created_at"], record["updated_at"], record.version) == (NOW, NOW, 1)
    assert (record["number"], record["stage"], record.title) == ("O-2026-0001", "qualify", "Deal")
    with crm.records("rep_east") as records:
        assert records.page("opportunity", columns=["stage_since", "days_in_stage"]).rows[0].values == {
            "stage_since": NOW,
            "days_in_stage": 0,
        }


def test_everything_wrong_is_said_at_once(crm: Crm) -> None:
    """Types, bounds, unknown, hidden, computed, system, read-only and missing fields; nothing is written."""
    found = problems(
        crm,
        "rep_east",
        "opportunity",
        {
            "amount": "-1",
            "discount": "61",
            "close_date": "soon",
            "account": "No such Ltd",
            "margin": "3",
            "net": "1",
            "number": "O-1",
            "imported": "x",
            "owner_id": "x",
            "created_at": "2020-01-01",
            "version": 9,
            "id": "x",
            "is_admin": True,
            "days_in_stage": 3,
            "stage": "nowhere",
        },
    )
    assert set(found) == {
        ("amount", "too_small"),
        ("discount", "too_large"),
        ("close_date", "not_date"),
        ("account", "not_record"),
        ("margin", "hidden_field"),
        ("net", "read_only"),
        ("number", "read_only"),
        ("imported", "read_only"),
        ("owner_id", "read_only"),
        ("created_at", "read_only"),
        ("version", "read_only"),
        ("id", "read_only"),
        ("is_admin", "unknown_field"),
        ("days_in_stage", "unknown_field"),
        ("stage", "not_option"),
        ("name", "required"),
    }
    assert rows(crm, "opportunity") == rows(crm, "crmspec_history") == rows(crm, "crmspec_counter") == 0


def test_messages_are_in_the_persons_language(crm: Crm) -> None:
    """Field labels and sentences, of crmspec and of the spec."""
    with crm.records("rep_east", language="zh-CN") as records, pytest.raises(Invalid) as invalid:
        records.create("opportunity", {"amount": "x"})
    assert [problem.message for problem in invalid.value.problems] == [
        "amount字段必须是数字，例如 1234.56。",
        "请填写name字段。",
    ]
    with crm.records("rep_east", language="zh-CN") as records, pytest.raises(Invalid) as invalid:
        records.create("opportunity", {**DEAL, "close_date": "2020-01-01"})
    assert [problem.message for problem in invalid.value.problems] == ["结束日期不能早于创建日期。"]


def test_rules_read_through_lookups_whatever_one_may_see(crm: Crm) -> None:
    """A validation rule holds for everybody: it knows the account, though the person may not see it later."""
    account = crm.make("rep_east", "account", name="Key", key_account=True)
    assert problems(crm, "rep_east", "opportunity", {**DEAL, "account": account, "discount": "31"}) == [
        ("discount", "account_kept")
    ]
    assert crm.make("rep_east", "opportunity", **DEAL, account=account, discount="30")


def test_required_depends_on_conditions(crm: Crm) -> None:
    """`required_when` asks, `visible_when` excuses."""
    assert problems(crm, "rep_east", "opportunity", {**DEAL, "stage": "won"}) == [("signed", "required")]
    assert problems(crm, "rep_east", "opportunity", {**DEAL, "stage": "lost"}) == [("lost_reason", "stage_requires")]


def test_a_lookup_takes_only_records_one_may_see(crm: Crm) -> None:
    """An id of a hidden record is as wrong as one of nothing; titles work when they are clear."""
    hidden = crm.make("boss", "account", name="Hidden")
    crm.make("rep_east", "account", name="Mine")
    for name in ("Twin", "Twin"):
        crm.make("rep_east", "account", name=name)
    for wrong in (hidden, "01a209bf-6f73-7417-8534-000000000000", "Hidden", "Twin", "nothing", "account:x"):
        assert problems(crm, "rep_east", "opportunity", {**DEAL, "account": wrong}) == [("account", "not_record")]
    record_id = crm.make("rep_east", "opportunity", **DEAL, account="Mine")
    with crm.records("rep_east") as records:
        assert str(records.get("opportunity", record_id)["account"]) == "Mine"


def test_a_hidden_lookup_that_stays_is_kept(crm: Crm) -> None:
    """Whoever cannot see the account can still change the rest, and what a form sends back for it changes nothing."""
    account = crm.make("boss", "account", name="Hidden", credit_limit="5")
    record_id = crm.make("boss", "opportunity", **DEAL, account=account, owner=crm.people["rep_east"])
    with crm.records("rep_east") as records:
        record = records.get("opportunity", record_id)
        assert isinstance(record["account"], Ref)
        records.update("opportunity", record_id, {"account": record["account"], "name": "New"}, 1)
    with crm.records("boss") as records:
        record = records.get("opportunity", record_id)
        assert (str(record["account"]), record["name"]) == ("Hidden", "New")


def test_masks_that_come_back_change_nothing(crm: Crm) -> None:
    """A masked value in a form stands for the value behind it."""
    record_id = crm.make("boss", "account", name="ACME", bank="6222123456785678")
    with crm.records("boss") as records:
        record = records.get("account", record_id)
        assert record["bank"] == Masked("****5678")
        records.update("account", record_id, {"bank": record["bank"], "name": "Acme"}, 1)
        assert records.reveal("account", record_id, "bank") == "6222123456785678"
    assert rows(crm, "crmspec_audit") == 1
    with crm.connection() as connection:
        dump = str(connection.execute(sa.text("SELECT * FROM account")).all()) + str(
            connection.execute(sa.text("SELECT * FROM crmspec_history")).all()
        )
    assert "622212345678" not in dump
    assert "5678" not in dump


def test_only_what_differs_is_written(crm: Crm) -> None:
    """The same values again make no version and no history."""
    record_id = crm.make("rep_east", "opportunity", **DEAL)
    crm.now = NOW + timedelta(hours=1)
    with crm.records("rep_east") as records:
        assert records.update("opportunity", record_id, {"name": "Deal", "amount": "100.00"}, 1).version == 1
        changed = records.update("opportunity", record_id, {"name": "Deal", "amount": "120"}, 1)
        assert (changed.version, changed["updated_at"], changed["created_at"]) == (2, crm.now, NOW)
        [event, created] = records.history("opportunity", record_id)
    assert [(change.field, change.before, change.after) for change in event.changes] == [
        ("amount", Decimal("100"), Decimal("120"))
    ]
    assert (event.action, event.at, str(event.who), created.action) == ("updated", crm.now, "Rep East", "created")


def test_who_saves_second_is_told(crm: Crm) -> None:
    """Both versions, who and when; nothing is overwritten."""
    record_id = crm.make("rep_east", "opportunity", **DEAL)
    with crm.records("boss") as records:
        records.update("opportunity", record_id, {"amount": "200"}, 1)
    with crm.records("rep_east") as records, pytest.raises(Conflict) as conflict:
        records.update("opportunity", record_id, {"amount": "300"}, 1)
    assert (conflict.value.theirs["amount"], conflict.value.theirs.version, conflict.value.yours) == (
        Decimal("200"),
        2,
        {"amount": "300"},
    )
    assert str(conflict.value.who) == "Boss"
    for call in ("delete", "transfer"):
        with crm.records("rep_east") as records, pytest.raises(Conflict):
            records.delete("opportunity", record_id, 1) if call == "delete" else records.transfer(
                "opportunity", record_id, crm.people["boss"], 1
            )


def test_a_refused_write_leaves_the_transaction_usable(crm: Crm) -> None:
    """All or nothing by itself: what was done before and after in the same transaction stays."""
    with crm.records("boss") as records:
        records.create("competitor", {"name": "before"})
        with pytest.raises(Invalid):
            records.create("account", {"name": ""})
        records.create("account", {"name": "a", "email": "a@b.cn"})
        with pytest.raises(Invalid) as invalid:
            records.create("account", {"name": "b", "email": "a@b.cn"})
        assert invalid.value.of("email") == ("Email: this is already used.",)
        records.create("competitor", {"name": "after"})
    assert (rows(crm, "competitor"), rows(crm, "account"), rows(crm, "crmspec_search")) == (2, 1, 4)


def test_what_is_unique_is_kept_so(crm: Crm) -> None:
    """Alone and together with others, on create and on update; of the other record nothing is said."""
    account = crm.make("boss", "account", name="A", email="a@b.cn")
    other = crm.make("boss", "account", name="B", email="b@b.cn")
    assert problems(crm, "rep_east", "account", {"name": "C", "email": "a@b.cn"}) == [("email", "taken")]
    crm.make("boss", "opportunity", **DEAL, account=account)
    assert problems(crm, "boss", "opportunity", {**DEAL, "account": account}) == [("name", "taken_together")]
    with crm.records("boss") as records:
        with pytest.raises(Invalid):
            records.update("account", other, {"email": "a@b.cn"}, 1)
        records.update("account", other, {"email": "B@b.cn"}, 1)


def test_sent_twice_is_made_once(crm: Crm) -> None:
    """The same form again returns the same record; somebody else's id is of no use."""
    once = "01a209bf-6f73-7417-8534-8546501269a6"
    for _ in range(2):
        with crm.records("rep_east") as records:
            assert records.create("opportunity", DEAL, once=once).id == once
    assert rows(crm, "opportunity") == 1
    with crm.records("rep_west") as records, pytest.raises(Invalid):
        records.create("opportunity", DEAL, once=once)


def test_verbs_are_asked(crm: Crm) -> None:
    """No create, no update, no delete, no transfer without a line that grants it."""
    record_id = crm.make("rep_east", "account", name="A")
    with crm.records("auditor") as records:
        for call in (
            lambda: records.create("account", {"name": "x"}),
            lambda: records.update("account", record_id, {"name": "x"}, 1),
            lambda: records.delete("account", record_id),
            lambda: records.transfer("account", record_id, None),
        ):
            with pytest.raises(Forbidden):
                call()
        assert records.may_do("account", record_id, ("read", "update", "delete")) == {
            "read": True,
            "update": False,
            "delete": False,
        }
    with crm.records("rep_east") as records:
        with pytest.raises(Forbidden):
            records.delete("account", record_id)
        with pytest.raises(Forbidden):
            records.create("account", {"name": "x", "owner": crm.people["boss"]})
        with pytest.raises(Forbidden):
            records.create("nothing", {})


def test_nothing_is_put_under_a_parent_one_may_not_change(crm: Crm) -> None:
    """A child needs update on its parent, when it is made and when it is moved."""
    mine = crm.make("rep_east", "opportunity", **DEAL)
    other = crm.make("rep_west", "opportunity", **{**DEAL, "name": "Other"})
    quote = crm.make("rep_east", "quote", name="Q", opportunity=mine)
    assert problems(crm, "rep_east", "quote", {"name": "Q", "opportunity": other}) == [("opportunity", "not_record")]
    with crm.records("auditor") as records, pytest.raises(Forbidden):
        records.create("quote", {"name": "Q", "opportunity": mine})
    crm.make("boss", "contact", name={"family": "X"})
    with crm.records("rep_east") as records:
        with pytest.raises(Invalid):
            records.update("quote", quote, {"opportunity": other}, 1)
        assert records.update("quote", quote, {"name": "Q2"}, 1).version == 2


def test_giving_a_record_away(crm: Crm) -> None:
    """The owner may give it to somebody who may have such records; then it is theirs alone."""
    record_id = crm.make("rep_east", "opportunity", **DEAL)
    with crm.records("rep_east") as records:
        for wrong in ("nobody", "01a209bf-6f73-7417-8534-000000000000"):
            with pytest.raises(Invalid):
                records.transfer("opportunity", record_id, wrong)
        records.transfer("opportunity", record_id, crm.people["rep_west"], 1)
        with pytest.raises(NotFound):
            records.get("opportunity", record_id)
    with crm.records("rep_west") as records:
        assert records.get("opportunity", record_id).version == 2
        event = records.history("opportunity", record_id)[0]
        assert (event.action, str(event.changes[0].before), str(event.changes[0].after)) == (
            "transferred",
            "Rep East",
            "Rep West",
        )
        with pytest.raises(Invalid, match="cannot be changed"):
            records.update("opportunity", record_id, {"owner": crm.people["boss"]}, 2)


# --- stages ---


def test_a_stage_asks_for_what_it_needs(crm: Crm) -> None:
    """Transitions, required fields and conditions, each with its reason; the clock starts anew."""
    record_id = crm.make("rep_east", "opportunity", name="Deal", amount="0")
    with crm.records("rep_east") as records:
        gates = {gate.stage: gate for gate in records.gates("opportunity", record_id)}
        assert gates["proposal"].missing == ("close_date",)
        assert gates["proposal"].reasons == (
            "Close date is required for Proposal.",
            "Not ready for Proposal: amount > 0.",
        )
        assert gates["won"].reasons == ("Stage cannot go from Qualify to Won.",)
        with pytest.raises(Invalid) as invalid:
            records.move("opportunity", record_id, "proposal", 1)
        assert [problem.code for problem in invalid.value.problems] == ["stage_requires", "stage_when"]
        records.update("opportunity", record_id, {"amount": "5", "close_date": "2026-12-01"}, 1)
    crm.now = NOW + timedelta(days=3)
    with crm.records("rep_east") as records:
        assert records.page("opportunity", columns=["days_in_stage"]).rows[0]["days_in_stage"] == 3
        moved = records.move("opportunity", record_id, "proposal", 2)
        assert (moved["stage"], moved.version) == ("proposal", 3)
        assert records.page("opportunity", columns=["stage_since"]).rows[0]["stage_since"] == crm.now
        assert records.history("opportunity", record_id)[0].action == "moved"
        with pytest.raises(Conflict):
            records.move("opportunity", record_id, "lost", 2)


def test_the_board(crm: Crm) -> None:
    """Counts and sums of all, cards of some, of what one may see."""
    for number in range(4):
        crm.make("rep_east", "opportunity", **{**DEAL, "name": f"Deal {number}", "amount": str(number)})
    crm.make("rep_west", "opportunity", **{**DEAL, "name": "West", "stage": "proposal"})
    with crm.records("rep_east") as records:
        board = records.board("opportunity", per_column=2, card_fields=["amount", "account", "margin"])
        assert board.card_fields == ("amount", "account")
        shown = {
            column.stage: (column.count, column.total, [card.title for card in column.cards])
            for column in board.columns
        }
    assert shown == {
        "qualify": (4, Decimal("6.00"), ["Deal 3", "Deal 2"]),
        "proposal": (0, Decimal("0.00"), []),
        "won": (0, Decimal("0.00"), []),
        "lost": (0, Decimal("0.00"), []),
    }
    with crm.records("sales_director") as records:
        assert [column.count for column in records.board("opportunity").columns] == [4, 1, 0, 0]


# --- deleting ---


def test_deleting_follows_the_lookups(crm: Crm) -> None:
    """Restrict refuses with counts, cascade goes along, set_empty lets go with a line of history; search forgets."""
    account = crm.make("boss", "account", name="Parent")
    child = crm.make("boss", "account", name="Child", parent=account)
    crm.make("boss", "contact", name={"family": "X", "given": "Y"}, account=account)
    note = crm.make("boss", "note", name="Note", about=f"account:{account}")
    deal = crm.make("boss", "opportunity", **DEAL, account=account)
    quote = crm.make("boss", "quote", name="Q", opportunity=deal)
    crm.make("boss", "quote_line", name="L", quote=quote)
    with crm.records("boss") as records:
        with pytest.raises(Referred) as referred:
            records.delete("account", account)
        assert [(one.object, one.field, one.count) for one in referred.value.references] == [
            ("opportunity", "account", 1)
        ]
        assert referred.value.message == "This Account is still used: 1 in Opportunity (Account)."
        records.delete("opportunity", deal, 1)
        records.delete("account", account)
        assert records.get("account", child)["parent"] is None
        assert records.get("note", note)["about"] is None
        assert [change.field for change in records.history("account", child)[0].changes] == ["parent"]
        assert records.get("account", child).version == 2
    assert [rows(crm, name) for name in ("contact", "quote", "quote_line", "opportunity")] == [0, 0, 0, 0]
    with crm.connection() as connection:
        left = set(connection.execute(sa.text("SELECT object, content FROM crmspec_search")).all())
    assert left == {("account", "child"), ("note", "note")}


# --- numbers ---


def test_numbers_count_each_year_without_gaps(crm: Crm) -> None:
    """A refused record takes none; a new year begins at one."""
    crm.make("boss", "opportunity", **DEAL)
    problems(crm, "boss", "opportunity", {**DEAL, "name": "x", "amount": "-1"})
    second = crm.make("boss", "opportunity", **{**DEAL, "name": "2"})
    crm.now = NOW + timedelta(days=60)
    third = crm.make("boss", "opportunity", **{**DEAL, "name": "3", "close_date": "2027-05-01"})
    with crm.records("boss") as records:
        assert [records.get("opportunity", one)["number"] for one in (second, third)] == ["O-2026-0002", "O-2027-0001"]


def test_numbers_are_given_once_to_many_at_once(postgres_crm: Crm) -> None:
    """Eight people making records at the same moment get eight numbers in a row."""
    crm, found, lock = postgres_crm, [], threading.Lock()
    field = crm.spec.objects["opportunity"].fields["number"]

    def work() -> None:
        for _ in range(10):
            with crm.connection() as connection:
                [number] = next_numbers(connection, "opportunity", field, NOW.date())
            with lock:
                found.append(number)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [f"O-2026-{number:04}" for number in range(1, 81)]


# --- files ---

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def test_files_belong_to_records(crm: Crm) -> None:
    """A file is given out to whoever may see a record that holds it, and to nobody before one does."""
    with crm.records("rep_east") as records:
        stored = records.store_file("..\\x/../怪 name\x00\r\n.png", "text/html", PNG)
        assert (stored.name, stored.content_type, stored.size) == ("怪 name.png", "image/png", 28)
        assert records.store_file("x.png", "image/png", b"<script>").content_type == "application/octet-stream"
        assert records.store_file("x", "no type", b"").content_type == "application/octet-stream"
        for missing in (stored.id, "x", "01a209bf-6f73-7417-8534-000000000000"):
            with pytest.raises(NotFound):
                records.read_file(missing)
        with pytest.raises(Invalid):
            records.store_file("x", "x/y", b"0" * (25 * 1024 * 1024 + 1))


def test_a_file_in_a_field(crm: Crm) -> None:
    """Only what this person brought, of the kind and size the field takes; read by whoever may read the field."""
    with crm.records("boss") as records:
        foreign = records.store_file("b.png", "image/png", PNG)
    with crm.records("rep_east") as records:
        large = records.store_file("l.bin", "application/pdf", b"0" * (1024 * 1024 + 1))
        plain, picture = records.store_file("p.pdf", "application/pdf", b"%PDF"), records.store_file("a.png", "", PNG)
    refused: list[tuple[dict[str, object], str]] = [
        ({"contract": foreign}, "not_file"),
        ({"contract": large}, "file_too_large"),
        ({"logo": plain}, "not_picture"),
        ({"contract": "01a209bf-6f73-7417-8534-000000000000"}, "not_file"),
        ({"contract": "../../etc/passwd"}, "not_file"),
    ]
    for values, code in refused:
        assert [found for _, found in problems(crm, "rep_east", "account", {"name": "A", **values})] == [code]
    record_id = crm.make("rep_east", "account", name="A", contract=plain, logo=picture)
    with crm.records("rep_east") as records:
        record = records.get("account", record_id)
        assert (record["contract"], record["logo"]) == (plain, picture)
        assert records.read_file(plain.id) == (plain, b"%PDF")
        records.update("account", record_id, {"contract": record["contract"], "name": "B"}, 1)
    with crm.records("rep_west") as records, pytest.raises(NotFound):
        records.read_file(plain.id)
    with crm.records("boss") as records:
        records.update("account", record_id, {"contract": None}, 2)
        with pytest.raises(NotFound):
            records.read_file(plain.id)


STRANGE = (
    "undefined",
    "NULL",
    "1E+02",
    "${jndi:ldap://x}",
    "Robert'); DROP TABLE account;--",
    "<svg/onload=alert(1)>",
    "{{7*7}}",
    "{% include 'x' %}",
    "%s%s%n",
    "../../../etc/passwd",
    "\u202etxt.exe",
    "\ufeffBOM",
    "Z\u0351\u036ba\u0334lgo",
    "👾 🙇 🏳‍🌈",
    "الكل في المجمو عة",
    "ﬀ ß İ ı",
    "' OR 1=1 -- 1",
    '" onmouseover="x',
    "=1+1",
    "a\u2028b\u2029c\x85d",
    "\t tab",
    "file:///etc/hosts",
    "CON",
    "-",
    "\\",
    "%00",
    "＝cmd",
    "٣",
    "\U0001d7d9",
)


def test_strange_text_is_kept_as_it_is(crm: Crm) -> None:
    """Whatever people write is stored, found and given back letter by letter."""
    ids = {text: crm.make("boss", "account", name=text) for text in STRANGE}
    with crm.records("boss") as records:
        for text, record_id in ids.items():
            assert records.get("account", record_id)["name"] == text
            assert [row.id for row in records.page("account", where=[Condition("name", "is", text)]).rows] == [
                record_id
            ]
            word = text.split()[0]
            assert record_id in {row.id for row in records.page("account", search=word, limit=100).rows}
