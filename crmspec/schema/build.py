"""Spec in, tables out: which table, column, check, foreign key and index each object and field asks for."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from crmspec.schema.tables import Check, Column, ForeignKey, OnDelete, Table, TableIndex, fitted
from crmspec.spec import Field, Object, Spec

PERSON_TABLE = "crmspec_person"
FILE_TABLE = "crmspec_file"
_ON_DELETE: dict[str, OnDelete] = {"restrict": "no_action", "set_empty": "set_null", "cascade": "cascade"}
_FUNCTION_DEFAULTS = ("today()", "now()", "me()")  # worked out by `records`, never by the database


def tables_of(spec: Spec) -> dict[str, Table]:
    """Return every table that holds a project's records, by name, in the order of the objects."""
    tables: dict[str, Table] = {}
    for one in spec.objects.values():
        for table in object_tables(spec, one):
            tables[table.name] = table
    return tables


def object_tables(spec: Spec, one: Object) -> Iterator[Table]:
    """Yield the object's own table, then one for each field that holds several values."""
    columns: list[Column] = [*_SYSTEM_COLUMNS]
    checks: list[Check] = []
    keys: list[ForeignKey] = [
        ForeignKey(name=fitted(f"fk_{one.table}_{column}"), column=column, table=PERSON_TABLE)
        for column in ("owner_id", "created_by_id", "updated_by_id")
    ]
    indexes: list[TableIndex] = [
        TableIndex(name=fitted(f"ix_{one.table}_owner"), columns=("owner_id", "-created_at", "-id")),
        TableIndex(name=fitted(f"ix_{one.table}_recent"), columns=("-created_at", "-id")),
    ]
    for field in one.fields.values():
        columns.extend(field_columns(field))
        checks.extend(_checks(one, field))
        keys.extend(_keys(one, field))
        indexes.extend(_indexes(one, field))
    # A lookup, a unique field and a stage have an index of that name by themselves, which serves as well.
    taken = {index.name for index in indexes}
    indexes.extend(index for index in _declared_indexes(one) if index.name not in taken)
    yield Table(
        name=one.table,
        columns=tuple(columns),
        checks=tuple(checks),
        foreign_keys=tuple(keys),
        indexes=tuple(indexes),
        object=one.name,
    )
    for field in one.fields.values():
        if field.row.child:
            yield child_table(one, field)


_SYSTEM_COLUMNS = (
    Column(name="id", kind="id", required=True),
    Column(name="owner_id", kind="id"),
    Column(name="created_at", kind="datetime", required=True),
    Column(name="created_by_id", kind="id"),
    Column(name="updated_at", kind="datetime", required=True),
    Column(name="updated_by_id", kind="id"),
    Column(name="version", kind="bigint", required=True, default="1"),
)


def field_columns(field: Field) -> tuple[Column, ...]:
    """Return the columns of the object's own table that hold a field.

    Composite fields (an address, a name) are never NOT NULL by column: `required` asks for the whole, in `records`.
    """
    pairs = field.row.columns
    simple = len(pairs) == 1 and len(field.to) < 2
    default = None if field.default is None or field.default in _FUNCTION_DEFAULTS else stored_default(field)
    found = [
        Column(
            name=field.base_column + suffix,
            kind=kind,
            required=field.required and simple,
            default=default,
            field=field.name,
        )
        for suffix, kind in pairs
    ]
    if field.type == "lookup" and len(field.to) > 1:
        found.append(Column(name=f"{field.base_column}_object", kind="text", field=field.name))
    if field.pipeline:
        found.append(Column(name=f"{field.base_column}_since", kind="datetime", field=field.name))
    return tuple(found)


def stored_default(field: Field) -> str:
    """Return a field's constant default as the database holds it: scaled for numbers, as written for the rest."""
    text = field.default or ""
    return scaled(Decimal(text), field.decimals) if field.row.formula == "number" else text


def scaled(value: Decimal, scale: int) -> str:
    """Return a number as its stored integer, in text: 12.5 at scale 2 is `1250`."""
    return str(int(value.scaleb(scale).to_integral_value()))


def child_table(one: Object, field: Field) -> Table:
    """Return the table of a multi_picklist (record and value) or a many_to_many (record and target)."""
    name = child_table_name(one, field)
    record = Column(name="record_id", kind="id", required=True, field=field.name)
    key = ForeignKey(name=fitted(f"fk_{name}_record_id"), column="record_id", table=one.table, on_delete="cascade")
    if field.row.child == "values":
        value = Column(name="value", kind="text", required=True, field=field.name)
        check = Check(name=fitted(f"ck_{name}_value_one_of"), column="value", rule="one_of", values=field.option_names)
        return Table(
            name=name,
            columns=(record, value),
            primary_key=("record_id", "value"),
            checks=(check,),
            foreign_keys=(key,),
            object=one.name,
            indexes=(TableIndex(name=fitted(f"ix_{name}_value"), columns=("value", "record_id")),),
        )
    target = Column(name="target_id", kind="id", required=True, field=field.name)
    other = ForeignKey(name=fitted(f"fk_{name}_target_id"), column="target_id", table=field.to[0], on_delete="cascade")
    return Table(
        name=name,
        columns=(record, target),
        primary_key=("record_id", "target_id"),
        foreign_keys=(key, other),
        object=one.name,
        indexes=(TableIndex(name=fitted(f"ix_{name}_target"), columns=("target_id", "record_id")),),
    )


def child_table_name(one: Object, field: Field) -> str:
    """Return the name of a child table; two underscores, which no object's name may have, keep it apart."""
    return fitted(f"{one.table}__{field.base_column}")


def _checks(one: Object, field: Field) -> Iterator[Check]:
    column = field.base_column

    def check(rule: str, *values: str, of: str = column) -> Check:
        return Check(name=fitted(f"ck_{one.table}_{of}_{rule}"), column=of, rule=rule, values=values)  # type: ignore[arg-type]

    if field.type == "picklist":
        yield check("one_of", *field.option_names)
    if field.type == "lookup" and len(field.to) > 1:
        yield check("one_of", *field.to, of=f"{column}_object")
        yield check("together", f"{column}_id", f"{column}_object", of=f"{column}_id")
    if field.row.formula == "number":
        low, high = (Decimal(1), field.max or Decimal(5)) if field.type == "rating" else (field.min, field.max)
        if low is not None:
            yield check("at_least", scaled(low, field.decimals))
        if high is not None:
            yield check("at_most", scaled(high, field.decimals))
    if field.max_length is not None and field.row.stored:
        yield check("length_max", str(field.max_length))


def _keys(one: Object, field: Field) -> Iterator[ForeignKey]:
    column = f"{field.base_column}_id"
    if field.type == "lookup" and len(field.to) == 1:
        table = PERSON_TABLE if field.to[0] == "person" else field.to[0]
        on_delete = _ON_DELETE[field.on_delete or ("restrict" if field.required else "set_empty")]
        yield ForeignKey(name=fitted(f"fk_{one.table}_{column}"), column=column, table=table, on_delete=on_delete)
    elif field.type in ("file", "image"):
        yield ForeignKey(name=fitted(f"fk_{one.table}_{column}"), column=column, table=FILE_TABLE)


def _indexes(one: Object, field: Field) -> Iterator[TableIndex]:
    column = field.base_column
    if field.unique or field.type == "auto_number":
        yield TableIndex(name=fitted(f"uq_{one.table}_{column}"), columns=field.column_names, unique=True)
    elif field.type == "lookup":
        yield TableIndex(name=fitted(f"ix_{one.table}_{column}"), columns=(f"{column}_id",))
    elif field.pipeline:
        yield TableIndex(name=fitted(f"ix_{one.table}_{column}"), columns=(column, "-created_at", "-id"))


def _declared_indexes(one: Object) -> Iterator[TableIndex]:
    for index in one.indexes:
        entries: list[str] = []
        for entry in index.fields:
            sign, name = ("-", entry[1:]) if entry.startswith("-") else ("", entry)
            entries.extend(sign + column for column in system_or_field_columns(one, name))
        prefix = "uq" if index.unique else "ix"
        yield TableIndex(name=fitted(f"{prefix}_{one.table}_{index.name}"), columns=tuple(entries), unique=index.unique)


def system_or_field_columns(one: Object, name: str) -> tuple[str, ...]:
    """Return the columns behind a field name, system fields included (`owner` → `owner_id`)."""
    if name in ("owner", "created_by", "updated_by"):
        return (f"{name}_id",)
    field = one.fields.get(name)
    return field.column_names if field else (name,)
