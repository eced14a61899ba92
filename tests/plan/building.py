"""Short ways to write specs in tests, and a database that follows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from crmspec.deploy.database import open_database
from crmspec.deploy.drift import find_drift
from crmspec.deploy.looking import dialect_of
from crmspec.deploy.state import ensure_state
from crmspec.deploy.statements import execute_all
from crmspec.plan import Plan, Retired, make_plan
from crmspec.schema import Dialect
from crmspec.schema.ddl import quoted
from crmspec.spec import Field, Index, Object, Option, Project, Rename, Spec

MOMENT = {"sqlite": "2026-01-02T03:04:05.000000Z", "postgresql": "2026-01-02 03:04:05+00"}


def options(*names: str) -> tuple[Option, ...]:
    """Return options of these names."""
    return tuple(Option(name=name) for name in names)


def field(name: str, type: str = "text", **keys: Any) -> Field:
    """Return a field; options may be given as names, and numbers get the scale that the loader gives them."""
    if isinstance(keys.get("options"), str):
        keys["options"] = options(*keys["options"].split())
    if isinstance(keys.get("to"), str):
        keys["to"] = tuple(keys["to"].split())
    if type in ("number", "currency", "percent"):
        keys.setdefault("scale", 2)
    for bound in ("min", "max"):
        if bound in keys:
            keys[bound] = Decimal(keys[bound])
    return Field(name=name, type=type, **keys)


def thing(name: str, *fields: Field, indexes: Sequence[Index] = (), **keys: Any) -> Object:
    """Return an object."""
    return Object(name=name, fields={one.name: one for one in fields}, indexes=tuple(indexes), **keys)


def spec(*objects: Object, renames: Iterable[tuple[str, str]] = (), **keys: Any) -> Spec:
    """Return a spec."""
    return Spec(
        project=Project(crm="test", time_zone=keys.pop("time_zone", "Asia/Shanghai")),
        objects={one.name: one for one in objects},
        renames=tuple(Rename(before=before, after=after) for before, after in renames),
        **keys,
    )


class Database:
    """A real database that goes from spec to spec by plans, as a deploy would, and is compared after each step."""

    def __init__(self, url: str) -> None:
        self._engine = open_database(url, foreign_keys=False)
        self._connection = self._engine.connect()
        self._transaction = self._connection.begin()
        ensure_state(self._connection)
        self.spec: Spec | None = None
        self.retired: tuple[Retired, ...] = ()
        self.number = 0

    def close(self) -> None:
        """Forget everything."""
        self._transaction.rollback()
        self._connection.close()
        self._engine.dispose()

    @contextmanager
    def anew(self) -> Iterator[None]:
        """Start from nothing, and forget what was done at the end."""
        with self._connection.begin_nested() as point:
            self.spec, self.retired, self.number = None, (), 0
            yield
            point.rollback()

    @property
    def dialect(self) -> Dialect:
        """Which of the two it is."""
        return dialect_of(self._connection)

    def follow(self, desired: Spec, *, backward: bool = False, same_revision: bool = False) -> Plan:
        """Plan and carry out the way to a spec; the database must then equal one built from that spec directly."""
        self.number += 0 if same_revision else 1
        plan = make_plan(
            self.spec, desired, retired=self.retired, revision=f"{self.number:04d}_test", backward=backward
        )
        for check in plan.checks:
            count, sample = self._connection.exec_driver_sql(
                check.sql[self.dialect], execution_options={"no_parameters": True}
            ).one()
            assert count == 0, f"{check.address}: {count} {check.what} ({sample})"
        self.carry_out(plan)
        self.spec, self.retired = desired, plan.retired
        self.same(desired)
        again = make_plan(desired, desired, retired=self.retired)
        assert not again
        return plan

    def same(self, spec: Spec) -> None:
        """Compare the database with one built from a spec directly."""
        assert [str(one) for one in find_drift(self._connection, spec) if one.owner == "ours"] == []
        if self.dialect == "sqlite":
            assert self._connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []

    def carry_out(self, plan: Plan) -> None:
        """Do what a plan says, all of it at once."""
        self.run(plan.sql(self.dialect))

    def run(self, statements: Iterable[str]) -> None:
        """Execute statements."""
        execute_all(self._connection, list(statements))

    def execute(self, text: str, **values: Any) -> list[Any]:
        """Execute one statement with values, and return its rows."""
        result = self._connection.execute(sa.text(text), values)
        return list(result) if result.returns_rows else []

    @property
    def connection(self) -> sa.Connection:
        """The connection, in its transaction."""
        return self._connection

    def failing(self, desired: Spec, *, backward: bool = False) -> dict[str, tuple[int, str | None]]:
        """Return what the checks of a plan count: address → (rows, the first of them)."""
        plan = make_plan(self.spec, desired, retired=self.retired, revision="9999_test", backward=backward)
        found = {}
        for check in plan.checks:
            row = self._connection.exec_driver_sql(
                check.sql[self.dialect], execution_options={"no_parameters": True}
            ).one()
            if row[0]:
                found[check.address] = (row[0], row[1])
        return found

    def insert(self, table: str, **values: Any) -> str:
        """Insert a row with the system columns filled in; its id is made from a number."""
        self._rows = getattr(self, "_rows", 0) + 1
        key = f"00000000-0000-7000-8000-{self._rows:012d}"
        row = {"id": key, "created_at": MOMENT[self.dialect], "updated_at": MOMENT[self.dialect], **values}
        if table.count("__"):
            row = values
        names = ", ".join(map(quoted, row))
        marks = ", ".join(f":v{number}" for number in range(len(row)))
        self._connection.execute(
            sa.text(f"INSERT INTO {quoted(table)} ({names}) VALUES ({marks})"),
            {f"v{number}": value for number, value in enumerate(row.values())},
        )
        return key

    def values(self, table: str, *columns: str, order: str = "id") -> list[Any]:
        """Return columns of every row as the driver gives them; one column as it is, several as tuples."""
        names = ", ".join(map(quoted, columns))
        rows = self._connection.exec_driver_sql(f"SELECT {names} FROM {quoted(table)} ORDER BY {quoted(order)}").all()
        return [row[0] if len(columns) == 1 else tuple(row) for row in rows]


def without(one: Object, *names: str) -> Object:
    """Return an object without some of its fields."""
    return replace(one, fields={name: part for name, part in one.fields.items() if name not in names})
