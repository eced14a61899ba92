"""One small CRM on both databases: the records on which every formula of the tests is worked out three times."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa

from crmspec.formula import Context, Dialect, Expression, Type, Unknown, evaluate, to_sql
from crmspec.formula.fragment import UtcText
from crmspec.formula.zones import add_functions

KINDS = ("customer", "supplier", "channel")
TAGS = ("hot", "new", "vip")
# None, one with the same offset for long, a quarter of an hour, summer time north and south, midnight twice a year.
ZONES = ("UTC", "Asia/Shanghai", "Asia/Kathmandu", "Europe/Berlin", "America/Santiago", "America/Havana")
PEOPLE = tuple(f"0190f3c2-7a51-7cc3-98f4-00000000000{at}" for at in (1, 2, 3))
CONTEXT = Context(datetime(2026, 3, 31, 9, 30, tzinfo=UTC), date(2026, 3, 31), PEOPLE[0])

FIELDS: dict[str, Type] = {
    "amount": Type("number", 2),
    "rate": Type("number", 2, digits=5),
    "quantity": Type("number", 0, digits=9),
    "huge": Type("number", 0, digits=18),
    "fine": Type("number", 6, digits=18),
    "active": Type("boolean"),
    "known": Type("boolean"),
    "name": Type("text"),
    "note": Type("text"),
    "kind": Type("choice", options=KINDS),
    "former_kind": Type("choice", options=KINDS),
    "starts": Type("date"),
    "ends": Type("date"),
    "created_at": Type("datetime"),
    "opens": Type("time"),
    "owner": Type("reference", to=("person",)),
    "made_by": Type("reference", to=("person",)),
    "tags": Type("choices", options=TAGS),
    "photo": Type("none"),
}
COLUMNS = [name for name in FIELDS if name not in ("tags", "photo")]


class Fields:
    """The scope of the tests: the fields above, and those of the account behind `account`."""

    def resolve(self, path: tuple[str, ...]) -> Type | Unknown:
        """Look a path up."""
        if path == ("account",):
            return Type("reference", to=("account",))
        if path[0] == "account" and path[1:2] != ("account",):
            path = path[1:]
            found = self.resolve(path)
            return Unknown(found.at + 1, found.candidates, found.reason) if isinstance(found, Unknown) else found
        if path[0] not in FIELDS:
            return Unknown(0, (*FIELDS, "account"))
        if len(path) > 1:
            return Unknown(1, (), f"`{path[0]}` is not a lookup")
        return FIELDS[path[0]]


Row = dict[tuple[str, ...], Any]

_TEXTS = (
    None,
    "",
    "a",
    "Ana",
    "ana",
    "Éva",
    "客户 ACME",
    "it's",
    'a"b\\c',
    "100%_",
    "🙂🙂",
    "e\u0301",
    "  ",
    "line\nline",
)
_DAYS = (
    None,
    date(1, 1, 1),
    date(9999, 12, 31),
    date(2024, 2, 29),
    date(2026, 1, 31),
    date(1999, 12, 31),
    date(2026, 3, 31),
    date(2025, 11, 2),
    date(2024, 9, 8),
    date(1988, 7, 1),
)
_MOMENTS = (
    None, datetime(1, 1, 2, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC), datetime(2026, 3, 31, 9, 30, tzinfo=UTC),
    datetime(2024, 2, 29, 23, 59, 59, 999_999, UTC), datetime(1988, 6, 30, 15, 30, tzinfo=UTC),
    datetime(2025, 11, 2, 4, 30, tzinfo=UTC), datetime(2024, 9, 8, 4, tzinfo=UTC),
    datetime(9999, 12, 30, 23, 59, 59, tzinfo=UTC),
)  # fmt: skip


def _value(name: str, chance: random.Random) -> Any:
    kind = FIELDS[name]
    if chance.random() < 0.15:
        return frozenset() if kind.kind == "choices" else None
    match kind.kind:
        case "number":
            most = 10**kind.digits - 1
            near = chance.choice((0, 1, -1, 2, 100, -250, 333, 12_345, most, -most, most // 2))
            return near if abs(near) <= most and chance.random() < 0.5 else chance.randint(-(10**4), 10**4)
        case "boolean":
            return chance.random() < 0.5
        case "text":
            return chance.choice(_TEXTS)
        case "choice":
            return chance.choice(KINDS)
        case "choices":
            return frozenset(tag for tag in TAGS if chance.random() < 0.5)
        case "date":
            return chance.choice(_DAYS)
        case "datetime":
            return chance.choice(_MOMENTS)
        case "time":
            return chance.choice((time(9, 0), time(9, 30), time(0, 0), time(23, 59, 59)))
        case _:
            return chance.choice(PEOPLE)


def rows(count: int, seed: int) -> list[Row]:
    """Make records, the same for the same seed, with blanks and the farthest values of each field."""
    chance = random.Random(seed)
    made: list[Row] = []
    for _ in range(count):
        row: Row = {(name,): _value(name, chance) for name in FIELDS if name != "photo"}
        for name in FIELDS:
            if name != "photo":
                row["account", name] = _value(name, chance)
        row[("account",)] = None
        made.append(row)
    return made


def _table(name: str, metadata: sa.MetaData, dialect: Dialect) -> sa.Table:
    types: dict[str, Any] = {
        "number": sa.BigInteger(), "boolean": sa.Boolean(), "date": sa.Date(), "time": sa.Time(),
        "reference": sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite"),
        "datetime": UtcText() if dialect == "sqlite" else sa.DateTime(timezone=True),
    }  # fmt: skip
    return sa.Table(
        name, metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("account_id", sa.Integer),
        *(sa.Column(column, types.get(FIELDS[column].kind, sa.Text())) for column in COLUMNS),
    )  # fmt: skip


@dataclass
class Database:
    """One database with the records in it."""

    dialect: Dialect
    connection: sa.Connection
    record: sa.Table
    account: sa.Table
    tag: sa.Table

    def columns(self, path: tuple[str, ...], type: Type) -> sa.ColumnElement[Any]:
        """Give the column or the sub-select of a path, as the other rooms do."""
        behind = self.record if len(path) == 1 else self.account
        if type.kind == "choices":
            place = self.record.c.id if len(path) == 1 else -self.record.c.id
            return sa.select(self.tag.c.value).where(self.tag.c.record == place).correlate(self.record)  # type: ignore[return-value]
        if path == ("account",):
            return sa.cast(self.record.c.account_id, sa.Text)
        if len(path) == 1:
            return behind.c[path[0]]
        return sa.select(behind.c[path[1]]).where(behind.c.id == self.record.c.account_id).scalar_subquery()

    def values(self, expression: Expression, zone: str) -> list[Any]:
        """Work a formula out for every record."""
        column = to_sql(expression, self.columns, dialect=self.dialect, context=replace(CONTEXT, zone=zone))
        statement = sa.select(column.label("value")).order_by(self.record.c.id)
        # A formula that reads nothing names no table by itself.
        return list(self.connection.scalars(statement.select_from(self.record)))


def database(url: str, records: list[Row]) -> Iterator[Database]:
    """Make the tables, fill them, and close when done."""
    dialect: Dialect = "postgresql" if url.startswith("postgresql") else "sqlite"
    engine = sa.create_engine(url, connect_args={"options": "-c timezone=UTC"} if dialect == "postgresql" else {})
    if dialect == "sqlite":
        sa.event.listen(engine, "connect", lambda driver, _: add_functions(driver))
    metadata = sa.MetaData()
    tables = [_table("record", metadata, dialect), _table("account", metadata, dialect)]
    tag = sa.Table("tag", metadata, sa.Column("record", sa.Integer), sa.Column("value", sa.Text))
    with engine.begin() as connection:
        metadata.create_all(connection)
        for at, row in enumerate(records, 1):
            for table, prefix, sign in ((tables[0], (), 1), (tables[1], ("account",), -1)):
                columns = {name: row[*prefix, name] for name in COLUMNS}
                connection.execute(table.insert().values(id=at, account_id=at, **columns))
                chosen = sorted(row[*prefix, "tags"])
                if chosen:
                    connection.execute(tag.insert(), [{"record": at * sign, "value": value} for value in chosen])
    with engine.connect() as connection:
        yield Database(dialect, connection, tables[0], tables[1], tag)
    engine.dispose()


@dataclass
class Everywhere:
    """The same records in Python and in both databases."""

    records: list[Row] = field(repr=False)
    databases: tuple[Database, ...] = field(repr=False)

    def answers(self, expression: Expression, zone: str = "UTC") -> dict[str, list[tuple[type, Any]]]:
        """Work a formula out for every record, everywhere; types stand beside values, so that 1 is not true."""
        found: dict[str, list[Any]] = {"python": by_python(expression, self.records, zone)}
        found |= {database.dialect: database.values(expression, zone) for database in self.databases}
        return {place: [(type(value), value) for value in values] for place, values in found.items()}


def by_python(expression: Expression, records: list[Row], zone: str = "UTC") -> list[Any]:
    """Work a formula out for every record, without a database."""
    context = replace(CONTEXT, zone=zone)
    return [evaluate(expression, row.__getitem__, context) for row in records]
