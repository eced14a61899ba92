"""Spec → the tables that hold it, as plain values and as SQL text; `schema.metadata` gives them to SQLAlchemy."""

from crmspec.schema.build import (
    FILE_TABLE,
    PERSON_TABLE,
    child_table,
    child_table_name,
    field_columns,
    object_tables,
    scaled,
    stored_default,
    system_or_field_columns,
    tables_of,
)
from crmspec.schema.tables import Check, Column, Dialect, ForeignKey, OnDelete, Table, TableIndex, Tables, fitted

__all__ = [
    "FILE_TABLE",
    "PERSON_TABLE",
    "Check",
    "Column",
    "Dialect",
    "ForeignKey",
    "OnDelete",
    "Table",
    "TableIndex",
    "Tables",
    "child_table",
    "child_table_name",
    "field_columns",
    "fitted",
    "object_tables",
    "scaled",
    "stored_default",
    "system_or_field_columns",
    "tables_of",
]
