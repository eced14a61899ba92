"""Records that are made because a text names them and nothing bears that name: `convert: {make_missing: true}`.

Each name makes one record, owned by whom one of the records that name it belongs to. On PostgreSQL this comes before
the release: a made record has the id that its name gives, so that it is known again when the preparation is taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from types import MappingProxyType

from crmspec.schema import Dialect
from crmspec.schema.ddl import literal, quoted
from crmspec.schema.stored_names import stored_name_sql

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Making:
    """Which records are made: the table they go into, the column of their names, and where these stand."""

    table: str
    column: str
    field: str
    is_searched: bool
    own: str  # the table whose records name them
    name: str  # an expression over it, with its names once work has begun
    seed: str  # what the ids of one revision have in common
    several: Mapping[Dialect, str] = attribute(default_factory=dict)  # when a name is that of several records already

    def statements(self) -> tuple[str, ...]:
        """Write what makes them on SQLite."""
        searched = self._searched() if self.is_searched else ()
        return (self._insert("sqlite", self.name, self.own, _NOTHING), *searched)

    def prepared(self, name: str, own: str, tables: Mapping[str, str]) -> tuple[str, str]:
        """Write what makes them on PostgreSQL before a release, and what takes them back.

        `name` is the expression, and `own` the table, as they are deployed; `tables` maps every other name to that.
        """
        table, column = quoted(tables.get(self.table, self.table)), quoted(self._column(tables))
        insert = self._insert("postgresql", name, own, tables)
        gone = f"DELETE FROM {table} WHERE \"id\" = {self._id('postgresql', column)}"
        if not self.is_searched:
            return insert, gone
        there = tables.get(self.table, self.table)
        object_name = self.table if there.startswith("crmspec_new_") else there
        field = stored_name_sql(object_name, tables.get(f"{self.table}.{self.column}", self.field))
        words = f"SELECT {stored_name_sql('', object_name)}, made.id, {field}, lower(made.name) FROM made"
        return (
            f'WITH made AS ({insert} RETURNING "id", {column} AS name)\n'
            f"INSERT INTO crmspec_search (object, record_id, field, content) {words}",
            f'WITH gone AS ({gone} RETURNING "id")\n'
            'DELETE FROM crmspec_search WHERE record_id IN (SELECT gone."id" FROM gone)',
        )

    def _column(self, tables: Mapping[str, str]) -> str:
        return tables.get(f"{self.table}.{self.column}", self.column)

    def _insert(self, dialect: Dialect, name: str, own: str, tables: Mapping[str, str]) -> str:
        table, column = quoted(tables.get(self.table, self.table)), quoted(self._column(tables))
        now = "now()" if dialect == "postgresql" else "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')"
        owner = f'min(CAST({quoted(own)}."owner_id" AS text))'
        owner = f"CAST({owner} AS uuid)" if dialect == "postgresql" else owner
        return (
            f'INSERT INTO {table} ("id", {column}, "owner_id", "created_at", "updated_at")\n'
            f"  SELECT {self._id(dialect, 'named.name')}, named.name, named.owner, {now}, {now}\n"
            f"  FROM (SELECT trim({name}) AS name, {owner} AS owner FROM {quoted(own)} WHERE trim({name}) <> '' "
            f"GROUP BY 1) AS named\n"
            f"  WHERE named.name NOT IN (SELECT trim({column}) FROM {table} WHERE {column} IS NOT NULL)"
        )

    def _id(self, dialect: Dialect, name: str) -> str:
        if dialect == "postgresql":
            return f"md5({literal(self.seed)} || trim({name}))::uuid"
        millis = "printf('%012x', CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))"
        return (
            f"lower(substr({millis}, 1, 8) || '-' || substr({millis}, 9) || '-7' || substr(hex(randomblob(2)), 2) "
            "|| '-' || substr('89ab', 1 + abs(random() % 4), 1) || substr(hex(randomblob(2)), 2) "
            "|| '-' || hex(randomblob(6)))"
        )

    def _searched(self) -> tuple[str, ...]:
        table, field = stored_name_sql("", self.table), stored_name_sql(self.table, self.field)
        known = f"SELECT record_id FROM crmspec_search WHERE object = {table} AND field = {field}"
        content = f"lower(trim({quoted(self.column)}))"
        return (
            f"INSERT INTO crmspec_search (object, record_id, field, content)\n"
            f"  SELECT {table}, id, {field}, {content}\n"
            f"  FROM {quoted(self.table)} WHERE {content} <> '' AND id NOT IN ({known})",
        )
