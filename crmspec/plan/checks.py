"""What is counted before the first statement: rows that would break a rule of the desired spec."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from crmspec.plan.change import DataCheck
from crmspec.plan.convert import conversion, needs_conversion
from crmspec.schema import (
    Dialect,
    Table,
    child_table_name,
    field_columns,
    object_tables,
    scaled,
    system_or_field_columns,
)
from crmspec.schema.ddl import literal, quoted
from crmspec.spec import Field, Object, Spec

_DIALECTS: tuple[Dialect, ...] = ("sqlite", "postgresql")
Condition = Callable[[Dialect], str]


class Names:
    """The deployed names of tables and columns, found by those of the spec under its new names."""

    def __init__(self, deployed: Spec, before: Spec, old_names: Mapping[str, str]) -> None:
        self._deployed, self._before, self._old = deployed, before, old_names
        self._tables: dict[str, dict[str, tuple[Table, Table]]] = {}

    def _pairs(self, name: str) -> dict[str, tuple[Table, Table]]:
        if name not in self._tables:
            old, new = self._deployed.objects[self._old[name]], self._before.objects[name]
            pairs = zip(object_tables(self._deployed, old), object_tables(self._before, new), strict=True)
            self._tables[name] = {after.name: (before, after) for before, after in pairs}
        return self._tables[name]

    def table(self, one: Object, name: str = "") -> str:
        """Return the deployed name of an object's table, or of one of its child tables."""
        return self._pairs(one.name)[name or one.table][0].name

    def column(self, one: Object, column: str) -> str:
        """Return the deployed name of a column of the object's own table."""
        before, after = self._pairs(one.name)[one.table]
        return next(old.name for old, new in zip(before.columns, after.columns, strict=True) if new.name == column)


def data_checks(names: Names, before: Spec, desired: Spec) -> Iterator[DataCheck]:
    """Yield every check that the changes of fields and indexes ask for."""
    for name, one in desired.objects.items():
        old = before.objects.get(name)
        if old is None or old == one:
            continue
        for field in one.fields.values():
            yield from _field_checks(names, old, one, field, desired.project.time_zone)
        yield from _index_checks(names, old, one)


def _field_checks(names: Names, old: Object, one: Object, field: Field, zone: str) -> Iterator[DataCheck]:
    before, address = old.fields.get(field.name), f"{one.name}.{field.name}"
    if before is None:
        if field.required and field.default is None and field.row.stored and not field.convert:
            yield _rows(
                names.table(old),
                address,
                "records get no value in a new field that must have one",
                lambda _: "TRUE",
                f"give `{address}` a default, or `convert: {{otherwise: …}}` with a value for the records there are",
            )
        return
    if before == field and not field.convert:
        return
    yield from _conversion_checks(names, old, one, before, field, zone)
    if before.row.columns and field.row.columns:
        column = quoted(names.column(old, field_columns(before)[0].name))
        yield from _rule_checks(names.table(old), column, address, before, field)


def _conversion_checks(
    names: Names, old: Object, one: Object, before: Field, after: Field, zone: str
) -> Iterator[DataCheck]:
    address = f"{one.name}.{after.name}"
    gone = [name for name in before.option_names if name not in after.option_names]
    if before.row.child == after.row.child == "values" and gone:
        child = names.table(old, child_table_name(old, before))
        values = ", ".join(map(literal, gone))
        yield _rows(
            child,
            address,
            f"records have an option that is removed ({', '.join(gone)})",
            lambda _: f"value IN ({values})",
            f"rename the option, merge it into another (`merges:`), or give `{address}` a `convert`",
            key="record_id",
        )
    if not before.row.columns or not after.row.columns or not (needs_conversion(before, after) or gone):
        return
    column = quoted(names.column(old, field_columns(before)[0].name))
    if before.type == after.type == "lookup":
        if len(before.to) > 1:
            which = quoted(names.column(old, f"{before.base_column}_object"))
            others = ", ".join(literal(name) for name in before.to if name not in after.to)
            if others:
                yield _rows(
                    names.table(old),
                    address,
                    "records point at an object that is no target any more",
                    lambda _: f"{which} IN ({others})",
                    f"keep the target in `{address}`, or empty those records",
                )
        return
    way = conversion(before, after, zone)
    if way and way.unfit:
        unfit = way.unfit
        yield _rows(
            names.table(old),
            address,
            f"values do not fit: what is stored {way.what}",
            lambda dialect: unfit(column, dialect),
            f"mend the records, or say in `{address}` what becomes of such values: `convert: {{map: {{…}}, otherwise: empty}}`",
        )


def _rule_checks(table: str, column: str, address: str, before: Field, after: Field) -> Iterator[DataCheck]:
    numbers = before.row.formula == after.row.formula == "number"
    if after.required and not before.required and after.default is None:
        yield _rows(
            table,
            address,
            "records are blank in a field that must be filled",
            lambda _: f"{column} IS NULL",
            f"fill them, or give `{address}` a default, which they get",
        )
    if after.unique and not before.unique:
        yield _repeated(table, column, address)
    for bound, sign, tighter in (("min", "<", max), ("max", ">", min)):
        limit: Decimal | None = getattr(after, bound)
        was: Decimal | None = getattr(before, bound)
        if numbers and limit is not None and (was is None or tighter(limit, was) != was):
            stored = scaled(limit, before.decimals)
            yield _rows(
                table,
                address,
                f"values are {'below' if sign == '<' else 'above'} {limit}",
                lambda _, stored=stored, sign=sign: f"{column} {sign} {stored}",  # type: ignore[misc]
                f"mend the records, or widen `{bound}` of `{address}`",
            )
    if (
        after.max_length is not None
        and (before.max_length is None or after.max_length < before.max_length)
        and after.row.stored
    ):
        yield _rows(
            table,
            address,
            f"values are longer than {after.max_length} characters",
            lambda dialect: f"length({_text(column, dialect)}) > {after.max_length}",
            f"shorten them, or raise `max_length` of `{address}`",
        )


def _text(column: str, dialect: Dialect) -> str:
    return f"{column}::text" if dialect == "postgresql" else column


def _index_checks(names: Names, old: Object, one: Object) -> Iterator[DataCheck]:
    there = {(index.fields, index.unique) for index in old.indexes}
    for index in one.indexes:
        entries = [entry.lstrip("-") for entry in index.fields]
        if (
            not index.unique
            or (index.fields, True) in there
            or any(entry in one.fields and entry not in old.fields for entry in entries)
        ):
            continue
        columns = [
            quoted(names.column(old, column)) for entry in entries for column in system_or_field_columns(old, entry)
        ]
        yield _repeated(names.table(old), ", ".join(columns), f"index:{one.name}.{index.name}")


def _rows(table: str, address: str, what: str, condition: Condition, remedy: str, *, key: str = "id") -> DataCheck:
    def query(dialect: Dialect) -> str:
        where = f"FROM {quoted(table)} WHERE {condition(dialect)}"
        few = f"(SELECT DISTINCT {quoted(key)} AS id {where} ORDER BY 1 LIMIT 5) AS few"
        return f"SELECT count(*), (SELECT {_listed('id', dialect)} FROM {few}) {where}"

    return DataCheck(address, what, {dialect: query(dialect) for dialect in _DIALECTS}, remedy)


def _repeated(table: str, columns: str, address: str) -> DataCheck:
    names = columns.split(", ")

    def query(dialect: Dialect) -> str:
        filled = " AND ".join(f"{name} IS NOT NULL" for name in names)
        shown = " || ' / ' || ".join(f"CAST({name} AS TEXT)" for name in names)
        inner = f"SELECT {shown} AS id FROM {quoted(table)} WHERE {filled} GROUP BY {columns} HAVING count(*) > 1"
        return f"SELECT count(*), (SELECT {_listed('id', dialect)} FROM ({inner} ORDER BY 1 LIMIT 5) AS few) FROM ({inner}) AS repeated"

    return DataCheck(
        address,
        "values stand in more than one record and are to be unique",
        {d: query(d) for d in _DIALECTS},
        "merge or change the records that share a value",
    )


def _listed(column: str, dialect: Dialect) -> str:
    return f"group_concat({column}, ', ')" if dialect == "sqlite" else f"string_agg({column}::text, ', ')"
