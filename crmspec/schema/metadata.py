"""The same tables for SQLAlchemy, with types that give the same Python values on both databases."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect as EngineDialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from crmspec.schema.build import tables_of
from crmspec.schema.system import SYSTEM_TABLES
from crmspec.schema.tables import MOMENT_FORMAT, Table
from crmspec.spec import ColumnKind, Spec


class Moment(TypeDecorator[datetime]):
    """A moment in UTC: timestamptz on PostgreSQL, text of one width on SQLite. Python sees aware datetimes only."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: EngineDialect) -> TypeEngine[Any]:
        """Take text on SQLite, timestamptz elsewhere."""
        return dialect.type_descriptor(sa.String() if dialect.name == "sqlite" else sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: EngineDialect) -> Any:
        """Refuse a moment without a zone, then write it in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = value.astimezone(UTC)
        return moment.strftime(MOMENT_FORMAT) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: EngineDialect) -> datetime | None:
        """Read it back as UTC."""
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.strptime(value, MOMENT_FORMAT).replace(tzinfo=UTC)
        return value.astimezone(UTC)  # type: ignore[no-any-return]


def sql_type(kind: ColumnKind) -> TypeEngine[Any]:
    """Return the SQLAlchemy type of a column kind. Ids are text in Python on both databases."""
    match kind:
        case "id":
            return sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")
        case "text":
            return sa.Text()
        case "bigint":
            return sa.BigInteger()
        case "boolean":
            return sa.Boolean(create_constraint=False)
        case "date":
            return sa.Date()
        case "datetime":
            return Moment()
        case "time":
            return sa.Time()
        case "json":
            from sqlalchemy.dialects.postgresql import JSONB
            return sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def metadata_of(spec: Spec) -> sa.MetaData:
    """Return the project's tables and crmspec's own, for building queries. Constraints are left to the DDL."""
    metadata = sa.MetaData()
    add_tables(metadata, SYSTEM_TABLES)
    file_id = sa.Column("file_id", sql_type("id"), primary_key=True)
    sa.Table("crmspec_file_content", metadata, file_id, sa.Column("content", sa.LargeBinary()))
    add_tables(metadata, tables_of(spec).values())
    return metadata


def add_tables(metadata: sa.MetaData, tables: Iterable[Table]) -> None:
    """Add tables to a metadata. Names are quoted always."""
    for table in tables:
        columns = [
            sa.Column(sa.sql.quoted_name(column.name, True), sql_type(column.kind), nullable=not column.required,
                      primary_key=column.name in table.primary_key)
            for column in table.columns
        ]
        sa.Table(sa.sql.quoted_name(table.name, True), metadata, *columns)
