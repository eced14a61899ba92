"""A small CRM with something of everything: what the tests of access, records and reports work on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from crmspec.access import Actor, add_person, guarded, load_actor
from crmspec.access.people import Cost
from crmspec.deploy.database import open_database
from crmspec.records import Records
from crmspec.schema import tables_of
from crmspec.schema.ddl import create_table_sql, foreign_key_sql, index_sql, quoted
from crmspec.schema.system import AUDIT_GUARDS, SYSTEM_SQL, SYSTEM_TABLES
from crmspec.spec import (
    Department,
    Field,
    Index,
    ListView,
    Object,
    Option,
    Organization,
    Pipeline,
    Position,
    Project,
    Role,
    Spec,
    Stage,
    Validation,
)

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
CHEAP = Cost(passes=1, memory_kib=8, lanes=1)


def field(name: str, type: str, **keys: Any) -> Field:
    """Make a field: `options` and `to` may be written as words."""
    if "options" in keys:
        keys["options"] = tuple(
            Option(name=one, label={"en": one.title(), "zh-CN": f"{one}项"}) for one in keys["options"].split()
        )
    if "to" in keys:
        keys["to"] = tuple(keys["to"].split())
    for bound in ("min", "max"):
        if bound in keys:
            keys[bound] = Decimal(keys[bound])
    if type in ("number", "currency", "percent") or keys.get("result") in ("number", "currency", "percent"):
        keys.setdefault("scale", 2)
    label = {"en": name.replace("_", " ").capitalize(), "zh-CN": f"{name}字段"}
    return Field(name=name, type=type, label=label, **keys)


def one_object(name: str, *fields: Field, **keys: Any) -> Object:
    """Make an object."""
    label = {"en": name.replace("_", " ").capitalize(), "zh-CN": f"{name}对象"}
    keys.setdefault("title_field", "name")
    return Object(name=name, label=label, plural=label, fields={one.name: one for one in fields}, **keys)


STAGES = {
    "qualify": Stage(name="qualify", label={"en": "Qualify", "zh-CN": "验证"}, probability=10, stuck_after_days=14),
    "proposal": Stage(
        name="proposal",
        label={"en": "Proposal", "zh-CN": "报价"},
        probability=50,
        stuck_after_days=7,
        enter_requires=("amount", "close_date"),
        enter_when="amount > 0",
    ),
    "won": Stage(name="won", label={"en": "Won", "zh-CN": "赢单"}, type="won", probability=100),
    "lost": Stage(name="lost", label={"en": "Lost", "zh-CN": "输单"}, type="lost", enter_requires=("lost_reason",)),
}

OBJECTS = (
    one_object(
        "account",
        field("name", "text", required=True, max_length=80, search=True),
        field("industry", "picklist", options="printing retail software"),
        field("parent", "lookup", to="account", on_delete="set_empty"),
        field("tags", "multi_picklist", options="fair web phone"),
        field("email", "email", unique=True, search=True),
        field("phone", "phone", search=True),
        field("website", "url"),
        field("billing", "address"),
        field("place", "geolocation"),
        field("revenue", "currency", min="0"),
        field("stars", "rating"),
        field("credit_limit", "currency", mask="***"),
        field("bank", "secret", mask="****{last4}"),
        field("notes", "rich_text"),
        field("brand", "color"),
        field("contract", "file", max_size_mb=1),
        field("logo", "image"),
        field("facts", "json"),
        field("key_account", "boolean", default="false"),
        field("founded", "date"),
        field("first_call", "datetime"),
        field("opens_at", "time"),
        field("lead_time", "duration"),
        field("staff", "integer", min="0", max="100000"),
        field("ratio", "number", precision=8, scale=3),
        field("code", "text", pattern="[A-Z]{2}[0-9]{3}"),
        field("pipeline_total", "rollup", of="opportunity.amount", function="sum", filter="stage.type == 'open'"),
        field("opportunities", "rollup", of="opportunity", function="count"),
        field("average_amount", "rollup", of="opportunity.amount", function="avg"),
        field("last_close", "rollup", of="opportunity.close_date", function="max"),
        default_access="private",
    ),
    one_object(
        "contact",
        field("name", "person_name", required=True, search=True),
        field("account", "lookup", to="account", on_delete="cascade", related_list="contacts"),
        field("email", "email"),
        default_access="read",
    ),
    one_object("competitor", field("name", "text", required=True), default_access="edit"),
    one_object(
        "opportunity",
        field("name", "text", required=True, search=True),
        field("number", "auto_number", format="O-{YYYY}-{0000}"),
        field("account", "lookup", to="account", on_delete="restrict", related_list="opportunities"),
        field("amount", "currency", min="0"),
        field("discount", "percent", max="60"),
        field("net", "formula", result="currency", formula="amount * (1 - discount / 100)"),
        field("margin", "currency"),
        field("margin_share", "formula", result="percent", formula="margin / amount * 100"),
        field("account_industry", "formula", result="text", formula="concat(account.industry, '/', owner.name)"),
        field("close_date", "date"),
        field("stage", "picklist", pipeline="sales", options=" ".join(STAGES)),
        field("lost_reason", "text", visible_when="stage == 'lost'"),
        field("competitors", "many_to_many", to="competitor"),
        field("signed", "date", required_when="stage == 'won'"),
        field("imported", "text", read_only=True),
        validation={
            "not_before": Validation(
                name="not_before",
                when="close_date < date(created_at)",
                field="close_date",
                message={"en": "It cannot close before it begins.", "zh-CN": "结束日期不能早于创建日期。"},
            ),
            "account_kept": Validation(
                name="account_kept",
                when="account.key_account and discount > 30",
                field="discount",
                message={"en": "Key accounts get 30 % at most.", "zh-CN": "大客户折扣最多 30%。"},
            ),
        },
        indexes=(Index(name="name_account", fields=("name", "account"), unique=True),),
    ),
    one_object(
        "quote",
        field("name", "text", required=True, search=True),
        field("opportunity", "lookup", to="opportunity", parent=True, required=True, on_delete="cascade"),
        field("total", "rollup", of="quote_line.amount", function="sum"),
        default_access="controlled_by_parent",
    ),
    one_object(
        "quote_line",
        field("name", "text", required=True),
        field("quote", "lookup", to="quote", parent=True, on_delete="cascade"),
        field("amount", "currency"),
        default_access="controlled_by_parent",
    ),
    one_object(
        "note",
        field("name", "text", required=True, search=True),
        field("about", "lookup", to="account opportunity", parent=True, on_delete="set_empty", related_list="notes"),
        field("body", "long_text", search=True),
        default_access="controlled_by_parent",
    ),
)

ALL_VERBS = ("create", "read", "update", "delete", "transfer", "export", "import", "share")


def every(*scopes: str) -> dict[Any, Any]:
    """Grant every verb at some scopes."""
    return dict.fromkeys(ALL_VERBS, scopes)


ROLES = (
    Role(name="everyone", grants={"competitor": {"read": ("own",), "update": ("own",), "create": ("all",)}}),
    Role(
        name="sales_rep",
        include=("everyone",),
        grants={
            "account": {"create": ("own",), "read": ("department",), "update": ("own",), "transfer": ("own",)},
            "contact": {"create": ("own",), "read": ("own",), "update": ("own",)},
            "opportunity": {
                "create": ("own",),
                "read": ("own", "subordinates"),
                "update": ("own",),
                "transfer": ("own",),
                "delete": ("own",),
                "export": ("own",),
            },
            "quote": every("own"),
            "quote_line": every("own"),
            "note": every("own"),
        },
        fields={"opportunity.margin": "none", "account.credit_limit": "masked"},
    ),
    Role(
        name="sales_manager",
        include=("sales_rep",),
        grants={"opportunity": {**every("subordinates"), "create": ("all",)}, "account": every("department_below")},
        fields={"opportunity.margin": "edit", "account.credit_limit": "edit"},
    ),
    Role(name="administrator", grants={"*": every("all")}, setup=True),
    Role(name="auditor", grants={"*": {"read": ("all",)}}),
)

ORGANIZATION = Organization(
    departments={
        "head_office": Department(name="head_office", label={"en": "Head office", "zh-CN": "总部"}),
        "sales": Department(name="sales", parent="head_office", manager="sales_director"),
        "east": Department(name="east", parent="sales"),
        "west": Department(name="west", parent="sales"),
    },
    positions={
        "boss": Position(name="boss", department="head_office", roles=("administrator",)),
        "auditor": Position(name="auditor", department="head_office", roles=("auditor",)),
        "sales_director": Position(
            name="sales_director", department="head_office", reports_to="boss", roles=("sales_manager",)
        ),
        "rep_east": Position(name="rep_east", department="east", reports_to="sales_director", roles=("sales_rep",)),
        "rep_west": Position(name="rep_west", department="west", reports_to="sales_director", roles=("sales_rep",)),
    },
)

SPEC = Spec(
    project=Project(crm="test", languages=("en", "zh-CN"), time_zone="Asia/Shanghai", currency="CNY"),
    objects={one.name: one for one in OBJECTS},
    pipelines={
        "sales": Pipeline(
            name="sales",
            object="opportunity",
            field="stage",
            stages=STAGES,
            transitions=(
                ("qualify", "proposal"),
                ("proposal", "won"),
                ("proposal", "lost"),
                ("qualify", "lost"),
                ("lost", "qualify"),
            ),
        )
    },
    roles={one.name: one for one in ROLES},
    organization=ORGANIZATION,
    list_views={
        "open_opportunities": ListView(
            name="open_opportunities",
            object="opportunity",
            columns=("name", "account", "amount", "stage"),
            filter="stage.type == 'open'",
            sort=("-amount",),
        ),
        "for_managers": ListView(
            name="for_managers", object="opportunity", columns=("name", "margin"), roles=("sales_manager",)
        ),
    },
)


def build(engine: sa.Engine, spec: Spec = SPEC) -> None:
    """Make every table of a spec, and crmspec's own, in an empty database."""
    dialect: Any = "postgresql" if engine.dialect.name == "postgresql" else "sqlite"
    tables = [*SYSTEM_TABLES, *tables_of(spec).values()]
    with engine.begin() as connection:
        for table in tables:
            connection.exec_driver_sql(
                create_table_sql(table, dialect, foreign_keys=dialect == "sqlite").replace("%", "%%")
            )
        for table in tables:
            for index in table.indexes:
                connection.exec_driver_sql(index_sql(table.name, index))
            if dialect == "postgresql":
                for key in table.foreign_keys:
                    connection.exec_driver_sql(f"ALTER TABLE {quoted(table.name)} ADD {foreign_key_sql(key)}")
        for statement in SYSTEM_SQL[dialect]:
            connection.exec_driver_sql(statement)


class Crm:
    """A deployed CRM with a person on each position."""

    def __init__(self, engine: sa.Engine, spec: Spec = SPEC) -> None:
        self.engine, self.spec, self.now = engine, spec, NOW
        self.people: dict[str, str] = {}
        build(engine, spec)
        with engine.begin() as connection:
            self._seat_people(connection)

    def _seat_people(self, connection: sa.Connection) -> None:
        for name in self.spec.organization.positions:
            words = name.replace("_", " ").title()
            self.people[name] = add_person(
                connection, self.spec, login=name, name=words, now=NOW, positions=(name,), language="en"
            )

    def reset(self) -> None:
        """Empty every table and seat everybody again."""
        self.spec, self.now = SPEC, NOW
        names = [table.name for table in (*SYSTEM_TABLES, *tables_of(self.spec).values())]
        with self.engine.begin() as connection:
            self._open_trail(connection)
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"TRUNCATE {', '.join(quoted(name) for name in names)} CASCADE")
            else:
                connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
                for name in reversed(names):
                    connection.exec_driver_sql(f"DELETE FROM {quoted(name)}")
            for statement in AUDIT_GUARDS[connection.dialect.name]:
                connection.exec_driver_sql(statement)
            self._seat_people(connection)

    def _open_trail(self, connection: sa.Connection) -> None:
        """Let the audit trail be emptied, which nothing but a test may."""
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("DROP TRIGGER crmspec_audit_no_change ON crmspec_audit")
            return
        for name in ("no_update", "no_delete", "no_replace"):
            connection.exec_driver_sql(f"DROP TRIGGER crmspec_audit_{name}")

    @contextmanager
    def connection(self) -> Iterator[sa.Connection]:
        """Give a connection in a transaction."""
        with self.engine.begin() as connection:
            yield connection

    def actor(self, connection: sa.Connection, who: str) -> Actor:
        """Return who sits on a position."""
        return load_actor(connection, self.spec, self.people[who], self.now)

    @contextmanager
    def records(self, who: str, **more: Any) -> Iterator[Records]:
        """Give the records as the holder of a position sees them, in a transaction of their own, under the hook that
        the server has on its statements.
        """
        with guarded(self.engine).begin() as connection:
            yield Records(self.spec, connection, self.actor(connection, who), now=lambda: self.now, **more)

    def make(self, who: str, object_name: str, **values: Any) -> str:
        """Create a record as somebody and return its id."""
        with self.records(who) as records:
            return records.create(object_name, values).id


@contextmanager
def crm_at(url: str, spec: Spec = SPEC) -> Iterator[Crm]:
    """Deploy a CRM to an empty database."""
    engine = open_database(url)
    try:
        yield Crm(engine, spec)
    finally:
        engine.dispose()


def statements(engine: sa.Engine) -> Any:
    """Count the statements sent while the block runs: `with statements(engine) as sent:`."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        sent: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
                sent.append(statement)

        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)

    return counting()


__all__ = [
    "CHEAP",
    "NOW",
    "ORGANIZATION",
    "ROLES",
    "SPEC",
    "Crm",
    "Mapping",
    "build",
    "crm_at",
    "field",
    "one_object",
    "statements",
]
