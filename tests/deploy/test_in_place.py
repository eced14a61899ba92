"""What newer SQLite alters, older SQLite writes anew: by the same revision, to the same end."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import apsw
import pytest

from crmspec.deploy.create_table import definitions
from crmspec.deploy.statements import execute_on_sqlite
from crmspec.plan import make_plan
from crmspec.schema import tables_of
from crmspec.schema.ddl import create_table_sql, index_sql
from crmspec.spec import Spec
from tests.plan.building import field, spec, thing

BEFORE = spec(
    thing("ant", field("name"), field("size", "integer", min=0, max=9), field("kind", "picklist", options="a b"),
          field("open", "boolean", default="true"), field("bee", "lookup", to="bee")),
    thing("bee", field("name", required=True), field("note", max_length=40)),
)
ROWS = (
    "INSERT INTO bee (id, created_at, updated_at, name) VALUES ('b', 'x', 'y', 'B')",
    "INSERT INTO ant (id, created_at, updated_at, name, size, kind, open, bee_id) "
    "VALUES ('1', 'x', 'y', 'A', 5, 'a', 1, 'b'), ('2', 'x', 'y', 'C', 3, 'b', 0, NULL)",
    "CREATE VIEW names AS SELECT name, size FROM ant",
    "CREATE TRIGGER mine AFTER UPDATE ON ant BEGIN UPDATE bee SET note = new.name; END",
    "ALTER TABLE ant ADD COLUMN mine TEXT COLLATE NOCASE CHECK (mine <> 'x, NOT NULL')",
)


def after(**keys: dict[str, Any]) -> Spec:
    """`BEFORE` with other keys of some fields of the ant, and others of the bee's name."""
    ant, bee = (dict(BEFORE.objects[name].fields) for name in ("ant", "bee"))
    for name, more in keys.items():
        fields = bee if name == "note" else ant
        old = fields[name]
        kept = {"min": old.min, "max": old.max, "default": old.default, "max_length": old.max_length, "to": old.to,
                "options": old.options, "scale": old.scale, "required": old.required}
        said = {key: value for key, value in (kept | more).items() if value not in (None, ())}
        fields[name] = field(name, old.type, **said)
    return spec(thing("ant", *ant.values()), thing("bee", *bee.values()))


ALTERED = {
    "required": after(name={"required": True}, size={"required": True}),
    "checks": after(size={"min": Decimal(1), "max": None}, kind={"options": "a b it's"}, note={"max_length": 50}),
    "both": after(name={"required": True, "max_length": 9}, kind={"required": True}),
}
WRITTEN_ANEW = {
    "a default": after(name={"default": "it's"}),
    "another default": after(open={"default": "false"}),
    "a foreign key": after(bee={"on_delete": "cascade"}),
}


def build(driver: Any) -> None:
    """Make the tables, fill them, and add what somebody made."""
    for statement in ("CREATE TABLE crmspec_person (id TEXT PRIMARY KEY)",
                      "CREATE TABLE crmspec_retired (table_name, stored_as, name, address, revision)"):
        driver.execute(statement)
    for table in tables_of(BEFORE).values():
        driver.execute(create_table_sql(table, "sqlite"))
        for index in table.indexes:
            driver.execute(index_sql(table.name, index))
    for statement in ROWS:
        driver.execute(statement)


def end(driver: Any) -> tuple[object, ...]:
    """Everything there is: what each table says, however it is written, and every row."""
    texts = driver.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()
    shapes: list[object] = []
    for name, sql in texts:
        if not sql.startswith("CREATE TABLE"):
            shapes.append((name, sql))
            continue
        found = definitions(sql)
        checks = sorted(" ".join(check.split()) for entry in found.entries for check in entry.checks())
        columns = driver.execute(f"SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info('{name}')")
        keys = driver.execute(f"SELECT * FROM pragma_foreign_key_list('{name}')")
        shapes.append((name, sorted(columns.fetchall()), sorted(map(tuple, keys.fetchall())), checks))
    rows = [driver.execute(f"SELECT id, name FROM {table} ORDER BY id").fetchall() for table in ("ant", "bee")]
    return shapes, rows, driver.execute("SELECT id, size, kind, open, bee_id, mine FROM ant ORDER BY id").fetchall()


def noting(ran: list[str]) -> Callable[..., bool]:
    """Return what is called with each statement; it lets all of them through."""
    def note(_cursor: object, sql: str, _values: object) -> bool:
        ran.append(sql)
        return True

    return note


@pytest.mark.parametrize(("desired", "altered"), [
    *((one, True) for one in ALTERED.values()), *((one, False) for one in WRITTEN_ANEW.values()),
], ids=[*ALTERED, *WRITTEN_ANEW])
def test_both_ways_come_to_the_same_end(desired: Spec, altered: bool) -> None:
    """The newer one does not write a row where nothing but NOT NULL and checks change."""
    statements = list(make_plan(BEFORE, desired, revision="0002_a").sql("sqlite"))
    assert any(one.startswith("DROP TABLE") for one in statements)
    older, newer = sqlite3.connect(":memory:", isolation_level=None), apsw.Connection(":memory:")
    ran: list[str] = []
    try:
        for driver in (older, newer):
            build(driver)
        newer.exec_trace = noting(ran)
        execute_on_sqlite(older, statements)
        execute_on_sqlite(newer, statements)  # type: ignore[arg-type]
        assert any(one.startswith("DROP TABLE") for one in ran) is not altered
        newer.exec_trace = None
        assert end(newer) == end(older)
    finally:
        older.close()
        newer.close()
