"""A case is told: its releases are deployed to a real database through the public doors. Three things hold after each.

1. It converges: deploying again does nothing, and `status` finds nothing that somebody has not done by hand.
2. It equals a fresh build: every table of the spec is, name for name, what a database made from that spec has.
3. It keeps: every value is where it was, under its new name or out of sight, unless the plan said that it changes it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from crmspec.deploy import (
    Outcome,
    Project,
    count_hazards,
    deploy,
    deployed_release,
    find_drift,
    plan_from,
    purge,
    read_status,
    repair,
    restore,
    rollback,
)
from crmspec.deploy.generated import what_is_missing
from crmspec.deploy.looking import dialect_of
from crmspec.deploy.statements import execute_all
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.plan import HAZARDS, Plan
from crmspec.plan.words import change_line
from crmspec.schema import tables_of
from crmspec.schema.ddl import create_table_sql, foreign_key_sql, index_sql, quoted
from crmspec.source import load_project
from crmspec.spec import Environment, Spec
from tests.deploy.kept import Contents, contents, lost_values
from tests.deploy.reflected import Shape, reflected
from tests.deploy.rows import add_rows, answers
from tests.deploy.stories import Chapter, Section, Story

LOCAL = Environment(name="local", database="")
_PROJECT = """crm: test
languages: [en]
time_zone: Asia/Shanghai
environments: {local: {database: "sqlite:///crm.db"}}
"""


class Telling:
    """One story on one database."""

    def __init__(self, story: Story, engine: sa.Engine, folder: Path, *, update: bool) -> None:
        self._story, self._engine, self._folder, self._update = story, engine, folder, update
        self._dialect = engine.dialect.name
        self._spec: Spec | None = None
        self._by_hand = False

    def tell(self) -> None:
        """Go through the story from its first to its last chapter."""
        for chapter in self._story.chapters:
            try:
                self._carry_out(chapter)
            except Refused as refused:
                found = "\n".join(self._refusal(one) for one in refused.diagnostics) + "\n"
                assert chapter.expected("refused", self._dialect) is not None, f"it was refused:\n{found}"
                self._expect(chapter, "refused", found)
            else:
                assert chapter.expected("refused", self._dialect) is None, "it was not refused"
            for section in chapter.after(self._dialect):
                self._go_on(section)
        if self._update:
            self._story.write()

    # --- one chapter ---

    def _carry_out(self, chapter: Chapter) -> None:
        refused = chapter.expected("refused", self._dialect) is not None
        before = self._everything() if refused else None
        try:
            self._act(chapter)
        except Refused:
            assert not refused or self._everything() == before, "it was refused, and something was changed all the same"
            raise

    def _act(self, chapter: Chapter) -> None:
        text = chapter.opening.text.strip()
        match chapter.opening.name:
            case "roll back":
                self._follow(chapter, rollback(self._folder, self._engine, to=int(text) if text else None, who="test"))
            case "restore":
                self._follow(chapter, restore(self._project(), self._engine, text, environment=LOCAL, who="test"))
            case "repair":
                self._follow(chapter, repair(self._engine, allow=tuple(HAZARDS), who="test"))
            case "purge":
                purge(self._engine, text.split(), allow=("loses_data",), early=True, who="test")
            case _:
                self._release(chapter)

    def _release(self, chapter: Chapter) -> None:
        spec = self._load(chapter.opening.text)
        first = self._spec is None
        if chapter.expected("only generated", self._dialect) is not None:
            missing = what_is_missing(spec, self._folder, LOCAL)
            assert missing is not None
            missing.write(self._folder)
            return
        kept, plan = (None, None) if first else (self._contents(), self._plan(spec))
        if plan is not None:
            refused, written = (chapter.expected(what, self._dialect) for what in ("refused", "plan"))
            if refused is None or written is not None:
                self._expect(chapter, "plan", plan_words(plan))
            self._look_at_statements(chapter, plan)
        allowed = chapter.expected("allow", self._dialect)
        outcome = deploy(self._project(spec), self._engine, environment=LOCAL, who="test",
                         allow=tuple(HAZARDS) if allowed is None else allowed.split())
        self._follow(chapter, outcome, kept)

    def _follow(self, chapter: Chapter, outcome: Outcome, kept: Contents | None = None) -> None:
        """See that the three things hold after a release."""
        self._spec = outcome.release.spec
        with self._engine.connect() as connection:
            if kept is not None:
                changed = (chapter.expected("changed", self._dialect) or "").split()
                now, moved = contents(connection), moved_objects(outcome.plan)
                lost = [line for line in lost_values(outcome.plan, kept, now, changed=changed)
                        if not (object_in(line) in moved or (moved and "_object: " in line))]
                lost += [f"{record} is nowhere" for record in ids_of(kept, moved) - ids_of(now, moved)]
                assert not lost, "\n".join(lost)
                told = {change.address for change in outcome.plan.changes}
                told |= {address.rpartition(".")[0] for address in told}  # an option's change is its field's
                unsaid = [address for address in changed if address.replace("__", ".") not in told]
                assert not unsaid, "the plan did not say so"
            self._see_that_it_equals_a_fresh_build(connection)
        if chapter.opening.name.endswith(".yaml"):
            again = deploy(self._project(), self._engine, environment=LOCAL, who="test")
            assert not again.changed
            assert not again.generated
        status = read_status(self._engine, self._folder, self._spec)
        assert status.problems == ()
        drift = [str(one) for one in status.drift if one.owner == "ours" or not self._by_hand]
        assert not drift, "\n".join(drift)

    def _see_that_it_equals_a_fresh_build(self, connection: sa.Connection) -> None:
        """Every line of the catalogue is as in a fresh build; what is there besides, somebody made by hand."""
        assert self._spec is not None
        tables = tables_of(self._spec)
        real, fresh = reflected(connection, tables), self._fresh_shape(connection)
        theirs = [drift.place.replace(":", ".").rpartition(".")[2].strip()
                  for drift in find_drift(connection, self._spec) if drift.owner == "unmanaged"]
        for table, lines in fresh.items():
            missing = [line for line in lines if line not in real[table] and not self._is_theirs(line, ())]
            more = [line for line in real[table] if line not in lines and not self._is_theirs(line, theirs)]
            assert (missing, more) == ([], []), f"{table} is not as a fresh build\nmissing {missing}\nmore {more}"

    def _is_theirs(self, line: str, names: Collection[str]) -> bool:
        """Say whether a line of the catalogue is of somebody's own making."""
        own = line.startswith(("unnamed ", "options ")) or "TRIGGER" in line.upper()
        return self._by_hand and (own or any(name in line for name in names))

    def _go_on(self, section: Section) -> None:
        match section.what:
            case "records":
                assert self._spec is not None
                with self._engine.begin() as connection:
                    add_rows(connection, self._spec, section.text)
            case "by hand.sql":
                self._by_hand = True
                self._run(section.text)
            case "reads":
                with self._engine.connect() as connection:
                    self._expect_text(section, answers(connection, section.text))
            case "status":
                status = read_status(self._engine, self._folder, self._spec)
                words = [f"{drift.owner}: {drift}" for drift in status.drift]
                self._expect_text(section, "".join(f"{line}\n" for line in sorted(words)))
            case _:
                raise AssertionError(f"there is no section {section.name}")

    # --- plans ---

    def _load(self, yaml: str) -> Spec:
        (self._folder / "specs").mkdir(exist_ok=True)
        (self._folder / "crmspec.yaml").write_text(_PROJECT + self._story.said("crmspec.yaml"), "utf-8")
        (self._folder / "specs" / "all.yaml").write_text(yaml, "utf-8")
        loaded = load_project(self._folder)
        errors = [one for one in loaded.diagnostics if one.severity == "error"]
        if errors or loaded.spec is None:
            raise Refused(*errors)
        return loaded.spec

    def _project(self, spec: Spec | None = None) -> Project:
        wanted = spec or self._spec
        assert wanted is not None
        return Project(spec=wanted, folder=self._folder)

    def _plan(self, spec: Spec) -> Plan:
        with self._engine.connect() as connection:
            deployed = deployed_release(connection)
        assert deployed is not None
        return count_hazards(plan_from(deployed, spec, self._folder), self._engine)

    def _look_at_statements(self, chapter: Chapter, plan: Plan) -> None:
        """Compare `has …`, `no …` and `nothing` with the statements of the plan for this database."""
        found = "\n".join(plan.sql("sqlite" if self._dialect == "sqlite" else "postgresql"))
        for line in (chapter.expected("statements", self._dialect) or "").splitlines():
            word, _, text = line.partition(" ")
            match word:
                case "has":
                    assert text in found, found
                case "no":
                    assert text not in found, found
                case "nothing":
                    assert found == ""
                case _:
                    raise AssertionError(f"a line of `statements` begins with has, no or nothing: {line}")

    # --- the database ---

    def _fresh_shape(self, connection: sa.Connection) -> Shape:
        """Build the tables of the spec beside the real ones, look at them, and take them away."""
        assert self._spec is not None
        tables = tables_of(self._spec)
        with fresh_place(connection) as place:
            dialect = dialect_of(place)
            later = dialect == "postgresql"
            statements = [create_table_sql(table, dialect, foreign_keys=not later) for table in tables.values()]
            statements += [f"ALTER TABLE {quoted(table.name)} ADD {foreign_key_sql(key)}"
                           for table in tables.values() for key in table.foreign_keys if later]
            statements += [index_sql(table.name, index) for table in tables.values() for index in table.indexes]
            execute_all(place, statements)
            return reflected(place, tables)

    def _contents(self) -> Contents:
        with self._engine.connect() as connection:
            return contents(connection)

    def _everything(self) -> object:
        """Return what a refusal must leave as it was: the records, and which release is deployed."""
        if self._spec is None:
            return None
        with self._engine.connect() as connection:
            release = deployed_release(connection)
            there = contents(connection)
            return (release and release.number, there, reflected(connection, there.tables))

    def _run(self, text: str) -> None:
        """Do by hand what somebody did, with whatever program they have."""
        statements = [one.strip() for one in text.split(";\n") if one.strip()]
        with self._engine.connect() as connection:
            driver = connection.connection.dbapi_connection
            assert driver is not None
            if self._dialect == "postgresql":
                driver.autocommit = True
            try:
                for statement in statements:
                    driver.cursor().execute(statement.rstrip(";"))
            finally:
                connection.invalidate()

    # --- expectations ---

    def _expect(self, chapter: Chapter, what: str, found: str) -> None:
        if self._update:
            chapter.note(what, self._dialect, found)
        else:
            assert found == chapter.expected(what, self._dialect), f"{what}:\n{found}"

    def _expect_text(self, section: Section, found: str) -> None:
        if self._update:
            section.found = found
        else:
            assert found.strip() == section.text.strip(), f"{section.name}:\n{found}"

    def _refusal(self, one: Diagnostic) -> str:
        place = f"{one.position}: " if one.position else ""
        lines = [f"{place}{one.code} {one.what}", *(f"  {word}   {text}" for word, text in (
            ("why", one.why), ("help", one.help)) if text)]
        return "\n".join(lines).replace(f"{self._folder}/", "")


def moved_objects(plan: Plan) -> set[str]:
    """Return the objects whose records come or go by a merge or a split of this plan."""
    sides = ((plan.desired, plan.deployed or plan.desired), (plan.deployed or plan.desired, plan.desired))
    merges = [merge for one, other in sides for merge in one.merges
              if merge not in other.merges and "." not in merge.target]
    splits = [split for one, other in sides for split in one.splits
              if split not in other.splits and "." not in split.source]
    return {name for merge in merges for name in (*merge.sources, merge.target)} | {
        name for split in splits for name in (split.source, *split.targets)}


def object_in(line: str) -> str:
    """Return the object whose table a line speaks of, in sight or not."""
    table = re.split(r"[. ]", line)[0]
    return re.sub(r"^crmspec_\d{4}_(left_)?", "", table).partition("__")[0]


def ids_of(there: Contents, objects: Collection[str]) -> set[str]:
    """Return the ids of all records of some objects that are in sight."""
    return {str(row["id"]) for name in objects for row in there.tables.get(name, ())}


def plan_words(plan: Plan) -> str:
    """Write what a plan says: changes, hazards, questions, checks, and what a database counted."""
    lines = [change_line(change) for change in plan.changes] or ["nothing to do"]
    lines += dict.fromkeys(f"! {hazard.name} {hazard.address}" for hazard in plan.hazards)
    lines += [f"? {question.line}" for question in plan.questions]
    lines += [f"# {check.address}: {check.what}" for check in plan.checks]
    for fact in plan.facts:
        of = "" if fact.of is None else f" of {fact.of}"
        lines.append(f"= {fact.address}: {fact.rows}{of} {fact.what} {' '.join(map(str, fact.sample))}".rstrip())
    return "\n".join(lines) + "\n"


@contextmanager
def fresh_place(connection: sa.Connection) -> Iterator[sa.Connection]:
    """Give a connection to where there are no tables yet but crmspec's own; nothing of it stays."""
    if connection.dialect.name == "sqlite":
        engine = sa.create_engine("sqlite://")
        with engine.connect() as place:
            yield place
        engine.dispose()
    else:
        connection.rollback()
        connection.exec_driver_sql("CREATE SCHEMA fresh")
        connection.exec_driver_sql("SET LOCAL search_path = fresh, public")
        yield connection
        connection.rollback()
