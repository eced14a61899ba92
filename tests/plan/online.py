"""A PostgreSQL database that goes from spec to spec as a full one does: prepared step by step, then released."""

from __future__ import annotations

from collections.abc import Callable

from crmspec.deploy import online_steps, prepare
from crmspec.deploy.lock import Held
from crmspec.deploy.online_journal import Place, journalled
from crmspec.plan import Plan, Prepared
from tests.plan.building import Database

ALL = 1 << 30  # after every step


class OnlineDatabase(Database):
    """Everything is committed as it is done; `meanwhile` is called before each step that is prepared, and at the end.

    What it does is what people do who work with the running release.
    """

    meanwhile: Callable[[int], None] | None = None

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._transaction.commit()

    def close(self) -> None:
        """Leave an empty database for the next."""
        try:
            self._connection.rollback()
            for statement in ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"):
                self._connection.exec_driver_sql(statement)
            self._connection.commit()
        finally:
            self._connection.close()
            self._engine.dispose()

    def carry_out(self, plan: Plan) -> None:
        """Prepare and release a plan."""
        self.prepare(plan)
        self.release(plan)

    def roll_back(self) -> None:
        """Forget what is not committed."""
        self._connection.rollback()

    def release(self, plan: Plan) -> None:
        """Do what is left once everything is prepared."""
        self.run(sql for step in plan.steps if step.phase == "release" for sql in step.sql["postgresql"])
        self._connection.exec_driver_sql("DELETE FROM crmspec_online")
        self._connection.commit()

    def prepare(self, plan: Plan) -> None:
        """Do everything that comes before the release, or what is left of it when it was cut off."""
        self._connection.commit()
        works = [work_of(call) for step in plan.steps for call in step.prepared]
        done = journalled(self._connection)
        for number, work in enumerate(works):
            self._write(number)
            row = done[number] if number < len(done) else None
            if row is None or row.state != "done":
                online_steps.run_step(self._site(plan), work, row)
        self._write(ALL)

    def take_back(self, plan: Plan) -> None:
        """Undo what was prepared, the last of it first."""
        for row in reversed(journalled(self._connection)):
            online_steps.take_back(self._site(plan), row)

    def left_in_preparation(self) -> list[str]:
        """Return the names of everything that only a preparation makes."""
        return [
            name
            for query in (
                "SELECT relname FROM pg_class",
                "SELECT attname FROM pg_attribute WHERE NOT attisdropped AND attrelid IN "
                "(SELECT oid FROM pg_class WHERE relkind = 'r')",
                "SELECT conname FROM pg_constraint",
                "SELECT tgname FROM pg_trigger",
                "SELECT proname FROM pg_proc",
            )
            for name in self._connection.exec_driver_sql(query).scalars()
            if "crmspec_new_" in name
        ]

    def _site(self, plan: Plan) -> online_steps.Site:
        held = Held(self._connection, lambda: None)
        return online_steps.Site(held, Place(plan.revision, "upgrade"), plan.tables, lambda _: None)

    def _write(self, number: int) -> None:
        if self.meanwhile:
            self.meanwhile(number)
        self._connection.commit()


def work_of(call: Prepared) -> prepare.Preparation:
    """Return what a revision's call hands to `deploy`."""
    match call.kind:
        case "change":
            return prepare.Change(call.sql, call.undo)
        case "build_index":
            return prepare.BuildIndex(call.sql, call.name)
        case "validate":
            return prepare.Validate(call.sql)
        case "backfill":
            return prepare.Backfill(call.table, dict(call.values), call.where, call.key)
