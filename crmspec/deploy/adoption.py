"""Tables that a database has already, taken over by the revision that would make them.

Such a revision says which objects it adopts. Where their tables, columns or indexes are there, its statements for them
are left out, and what they lack, or have otherwise, is mended in place (`deploy.mend`); every row stays where it is.
A database that has nothing of them goes through the revision like through any other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from crmspec.deploy.catalogue import real_shapes
from crmspec.deploy.database import for_reading
from crmspec.deploy.drift import Drift, compare
from crmspec.deploy.looking import dialect_of
from crmspec.deploy.mend import There, in_order, mends_of, unfit_rows
from crmspec.deploy.migration import Runner, run_with
from crmspec.deploy.shape import Shape
from crmspec.deploy.statements import execute_all
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.plan import Plan
from crmspec.schema import Table, fitted, tables_of
from crmspec.schema.ddl import add_column_sql, quoted
from crmspec.spec import Object, Project, Spec, read_plain, to_plain

if TYPE_CHECKING:
    from crmspec.deploy.revisions import Revision

_TARGET = re.compile(
    r'\s*(?:CREATE TABLE|ALTER TABLE|INSERT INTO|UPDATE|DROP TABLE|CREATE (?:UNIQUE )?INDEX .*? ON) '
    r'"(?:crmspec_rebuild_)?([^"]+)"', re.DOTALL)
_ROUNDS = 3
_AN_ID = "0198c0de-7f3a-7000-8000-3f9c21aa04d1"
_FORM_OF_ID = re.sub("[^-]", "_", _AN_ID)
_BYTES = "hex(randomblob({0}))"
_FRESH = {
    "TEXT": f"lower({_BYTES.format(4)} || '-' || {_BYTES.format(2)} || '-4' || substr({_BYTES.format(2)}, 2) || '-8' "
            f"|| substr({_BYTES.format(2)}, 2) || '-' || {_BYTES.format(6)})",
    "uuid": "gen_random_uuid()",
}
_NOW = {"sqlite": "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')", "postgresql": "now()"}
_DATES = ("created_at", "updated_at")


@dataclass(frozen=True, slots=True)
class Adopted:
    """What a revision takes over of one object: the object as it is afterwards, and what of it has to be there.

    Without columns and indexes it is the whole table.
    """

    part: Object
    columns: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[str, ...]:
        """The table, or the columns of it, that may be there before the revision."""
        return tuple(f"{self.part.table}.{name}" for name in self.columns) or (self.part.table,)

    def plain(self) -> dict[str, object]:
        """Write it as a revision keeps it."""
        return {"object": to_plain(self.part), "columns": list(self.columns), "indexes": list(self.indexes)}


def adopted_by(revision: Revision) -> tuple[Adopted, ...]:
    """Read what a revision takes over."""
    said = (json.loads(text) for text in revision.adopts.values())
    return tuple(Adopted(read_plain(Object, one["object"]), tuple(one["columns"]), tuple(one["indexes"]))
                 for one in said)


def at_hand(connection: sa.Connection, revision: Revision) -> tuple[Adopted, ...]:
    """Return what of it this database has already."""
    wanted = adopted_by(revision)
    real = real_shapes(connection, {one.part.table for one in wanted}) if wanted else {}
    return tuple(one for one in wanted if one.part.table in real and _has(real[one.part.table], one))


def _has(shape: Shape, one: Adopted) -> bool:
    table = tables_of(_spec([one.part]))[one.part.table]
    wanted = {index.name: (index.columns, index.unique) for index in table.indexes}
    return set(one.columns) <= shape.columns.keys() and all(
        wanted[name] in shape.indexes.values() for name in one.indexes)


def take_over(connection: sa.Connection, revision: Revision, there: Sequence[Adopted], runner: Runner) -> None:
    """Carry out a revision around what is there, and mend that to be what the revision would have made."""
    spec = _spec(one.part for one in there)
    tables = tables_of(spec)
    refuse_unfit_tables(connection, there)
    for one in there:
        execute_all(connection, list(_dated(connection, one.part.table)))
    _mend(connection, spec, tables, final=False)
    if any(not one.columns and not one.indexes for one in there):
        with run_with(partial(_without, runner, frozenset(tables)), connection):
            revision.module.upgrade()
    _mend(connection, spec, tables, final=True)


def _without(runner: Runner, tables: Collection[str], statements: Sequence[str]) -> None:
    """Hand on the statements that are about other tables."""
    runner([one for one in statements if not ((match := _TARGET.match(one)) and match[1] in tables)])


def refuse_unfit_tables(connection: sa.Connection, there: Sequence[Adopted]) -> None:
    """Refuse tables whose records have no id of ours, that only a person can mend, or whose rows would not fit."""
    spec = _spec(one.part for one in there)
    real = real_shapes(connection, tables_of(spec))
    problems = [problem for one in there for problem in _identity(one.part.table, real[one.part.table],
                                                                  "TEXT" if _sqlite(connection) else "uuid")]
    if not problems:
        mends = mends_of(_there(connection, spec, tables_of(spec)))
        problems = [Diagnostic("CRM573", f"{mend.drift}, and this cannot be mended by itself", why=mend.conflict,
                               help=mend.remedy) for mend in mends if mend.conflict and mend.drift.aspect != "column"]
        dated = {f"{one.part.table}.{name}" for one in there for name in _DATES}
        problems += unfit_rows(connection, [
            mend for mend in mends if not (mend.drift.aspect == "column" and mend.drift.place in dated)])
    if _sqlite(connection) and not problems:
        problems = [problem for one in there for problem in _strange_ids(connection, one.part.table)]
    if problems:
        raise Refused(*problems)


def _strange_ids(connection: sa.Connection, table: str) -> Iterator[Diagnostic]:
    """Say where ids are not of our form, which SQLite does not mind and nothing that links to records expects."""
    where = f"FROM {quoted(table)} WHERE \"id\" NOT LIKE '{_FORM_OF_ID}'"
    rows = connection.exec_driver_sql(f"SELECT count(*) {where}").scalar_one()
    if rows:
        first = connection.exec_driver_sql(f'SELECT "id" {where} ORDER BY "id" LIMIT 5').scalars()
        yield Diagnostic(
            "CRM573", f"{rows:,} records of `{table}` have an id that is none of ours",
            why=f"the first are {', '.join(str(one) for one in first)}; an id looks like {_AN_ID}",
            help=f'UPDATE "{table}" SET "id" = {_FRESH["TEXT"]}, and with it whatever points at them')


def _sqlite(connection: sa.Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _identity(table: str, shape: Shape, kind: str) -> Iterator[Diagnostic]:
    found = shape.columns.get("id")
    if found is None or found[0].lower() != kind.lower():
        what = f"is {found[0].lower()}" if found else "is not there"
        yield Diagnostic(
            "CRM573", f"the table `{table}` cannot be adopted: its column `id` {what}",
            why=f"records are found by an id of the type {kind}, which other tables point at",
            help=f'rename the old one, then: ALTER TABLE "{table}" ADD COLUMN "id" {kind}; '
                 f'UPDATE "{table}" SET "id" = {_FRESH[kind]}')


def _dated(connection: sa.Connection, table: str) -> Iterator[str]:
    """Give records whose table does not say when they were made this moment."""
    shape = real_shapes(connection, {table})[table]
    columns = {column.name: column for column in tables_of(_spec([Object(name=table)]))[table].columns}
    dialect = dialect_of(connection)
    for name in _DATES:
        if name not in shape.columns:
            yield f"{add_column_sql(table, columns[name], dialect)}".replace(" NOT NULL", "")
            yield f"UPDATE {quoted(table)} SET {quoted(name)} = {_NOW[dialect]}"


def _mend(connection: sa.Connection, spec: Spec, tables: dict[str, Table], *, final: bool) -> None:
    """Mend tables until they are what they should be; before the others are made, what points at them can wait."""
    for _ in range(_ROUNDS):
        there = _there(connection, spec, tables)
        mends = [mend for mend in mends_of(there) if not mend.conflict and (final or not _waits(there, mend.drift))]
        if not mends:
            break
        execute_all(connection, in_order(mends))


def _waits(there: There, drift: Drift) -> bool:
    if drift.aspect != "foreign key":
        return False
    keys = there.tables[drift.table].foreign_keys
    return any(key.table not in there.real for key in keys if drift.name in (key.name, key.column))


def _there(connection: sa.Connection, spec: Spec, tables: dict[str, Table]) -> There:
    dialect, real = dialect_of(connection), real_shapes(connection)
    drift = compare(tables, real, dialect)
    # A table that is not there is made by the revision itself; what it has besides is somebody else's and stays.
    ours = tuple(one for one in drift if one.owner == "ours" and one.aspect != "table")
    return There(dialect, spec, real, ours)


def _spec(objects: Iterable[Object]) -> Spec:
    return Spec(project=Project(crm="adopted"), objects={one.name: one for one in objects})


def check_adoption(engine: sa.Engine, adopted: Sequence[Adopted]) -> None:
    """Refuse what a deploy that adopts would refuse; reads only."""
    with for_reading(engine).connect() as connection:
        refuse_unfit_tables(connection, adopted)


def addresses_of(one: Adopted) -> Iterator[str]:
    """Yield the addresses of the parts that are taken over."""
    part = one.part
    whole = not one.columns and not one.indexes
    if whole:
        yield part.name
    for field in part.fields.values():
        if whole or set(field.column_names) & set(one.columns):
            yield f"{part.name}.{field.name}"
    for index in part.indexes:
        name = fitted(f"{'uq' if index.unique else 'ix'}_{part.table}_{index.name}")
        if whole or name in one.indexes:
            yield f"index:{part.name}.{index.name}"


def without_adopted(plan: Plan, adopted: Sequence[Adopted]) -> Plan:
    """Leave out of a plan what it says of records for parts that are there already: they have their values."""
    addresses = {address for one in adopted if one.columns or one.indexes for address in addresses_of(one)}
    if not addresses:
        return plan
    return replace(
        plan, checks=tuple(check for check in plan.checks if check.address not in addresses),
        hazards=tuple(hazard for hazard in plan.hazards if hazard.address not in addresses))
