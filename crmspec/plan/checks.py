"""What is counted before the first statement: rows that would break a rule of the desired tables.

For every column that gets a tighter rule, or other values than it has, the value it will have is written as an
expression over the deployed table: what fills it, with the names of now. The rule is then asked of that expression.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from crmspec.plan.as_now import AsNow, Condition
from crmspec.plan.change import DataCheck
from crmspec.plan.moving_checks import moving_checks, with_kept
from crmspec.plan.sides import Sides
from crmspec.plan.work import DIALECTS, TableWork, coming_indexes, index_columns
from crmspec.schema import Check, Column, Dialect
from crmspec.schema.ddl import check_sql, quoted


def data_checks(sides: Sides, works: Sequence[TableWork]) -> Iterator[DataCheck]:
    """Yield every count that has to be zero."""
    for table in tables_now(sides, works):
        checks = _Checks(table.work, table.before, table.after, table.tables)
        yield from checks.unfit()
        yield from checks.blanks()
        yield from checks.outside()
        yield from checks.repeated()
    yield from moving_checks(sides, works)


def tables_now(sides: Sides, works: Iterable[TableWork]) -> Iterator[AsNow]:
    """Yield every table that changes, beside what it will hold."""
    for work in works:
        one = sides.desired.objects[work.desired.object]
        now = AsNow(work, sides.before.objects.get(one.name), one, sides.names_now)
        yield with_kept(sides, now) if sides.moves else now


@dataclass(frozen=True)
class _Checks(AsNow):
    """The four ways in which rows can stand in the way."""

    def unfit(self) -> Iterator[DataCheck]:
        """Yield a count of values that cannot be converted."""
        for field in self.work.fields:
            unfit = self.unfit_of(field)
            if unfit:
                words = "is the name of several records" if field.makes else field.unfit_words
                yield self._rows(
                    field.address,
                    f"values do not fit: what is stored {words}",
                    partial(self._now, unfit),
                    f"mend the records, or say in `{field.address}` what becomes of such values: "
                    "`convert: {map: {…}, otherwise: empty}`",
                    partial(self.shown_source, field),
                )

    def _now(self, both: Mapping[Dialect, str], dialect: Dialect) -> str:
        return self.as_now(both[dialect])

    def blanks(self) -> Iterator[DataCheck]:
        """Yield a count of blanks in columns that must be filled."""
        for column in self.work.desired.columns:
            if not column.required or self._never_blank(column):
                continue
            address = self.address_of(column)
            new = column.name in self.work.added and column.name not in self.work.fill
            what = (
                "records would have no value in a new field that must have one"
                if new
                else "records are blank in a field that must be filled"
            )
            remedy = (
                f"give `{address}` a default, or `convert: {{otherwise: …}}` with a value for the records there are"
                if new
                else f"fill them, or give `{address}` a default, which they get"
            )
            yield self._rows(address, what, self._blank(column), remedy)

    def _blank(self, column: Column) -> Condition:
        def condition(dialect: Dialect) -> str:
            misfit = self.misfit(column, dialect)
            blank = f"{self.value(column, dialect)} IS NULL"
            return f"CASE WHEN {misfit} THEN FALSE ELSE {blank} END" if misfit else blank

        return condition

    def _never_blank(self, column: Column) -> bool:
        if column.default is not None and (column.name in self.work.added or column.name in self.work.fill):
            return True
        now = self.work.moved.after.column(column.name)
        kept = column.name not in self.work.restored.values() and column.name not in self.work.added
        return kept and now is not None and now.required and column.name not in self.work.fill

    def outside(self) -> Iterator[DataCheck]:
        """Yield a count of values that a new or tighter check refuses."""
        for check in self.work.desired.checks:
            column = self.work.desired.column(check.column)
            if column is None or check.rule == "together" or self._implied(check, column):
                continue
            address = self.address_of(column)
            what, remedy = _WORDS[check.rule]
            limit = self._limit(check, column)
            yield self._rows(
                address,
                what.format(limit=limit),
                self._refused(check, column),
                remedy.format(address=address, limit=limit),
                partial(self.shown, column),
            )

    def _refused(self, check: Check, column: Column) -> Condition:
        def condition(dialect: Dialect) -> str:
            misfit = self.misfit(column, dialect)
            rule = check_sql(check, dialect).replace(quoted(check.column), self.value(column, dialect), 1)
            return f"CASE WHEN {misfit} THEN FALSE ELSE NOT ({rule}) END" if misfit else f"NOT ({rule})"

        return condition

    def _implied(self, check: Check, column: Column) -> bool:
        """Say whether a check holds of the rows already, by the rules that they have kept so far."""
        if column.name in self.work.added and column.name not in self.work.fill:
            return True
        if (
            check in self.work.physical["postgresql"].checks
            and not self.work.comes([column.name])
            and column.name not in self.work.fill
        ):
            return True
        old, new = self.fields_of(column)
        converted = new is not None and new.convert is not None and column.name in self.work.fill
        if check.rule == "one_of" and (converted or self.misfit(column, "sqlite")):
            return True  # what is in no map has been counted, or becomes what `otherwise` says
        if (
            old is None
            or new is None
            or column.name in self.work.restored.values()
            or old.row.formula != new.row.formula
        ):
            return False
        match check.rule:
            case "at_least":
                return old.min is not None and new.min is not None and new.min <= old.min
            case "at_most":
                return old.max is not None and new.max is not None and new.max >= old.max
            case "length_max":
                return old.max_length is not None and new.max_length is not None and new.max_length >= old.max_length
            case "one_of":
                values = old.option_names or old.to
                return bool(values) and set(values) <= set(check.values) and not (new.convert and new.convert.map)
        return False

    def repeated(self) -> Iterator[DataCheck]:
        """Yield a count of values that stand in several rows where a new index, or one that is there, allows one."""
        coming = coming_indexes(self.work, "postgresql")
        for index in self.work.desired.indexes:
            names = index_columns(index)
            if index not in coming and not any(name in self.work.fill for name in names):
                continue
            columns = [column for name in names if (column := self.work.desired.column(name))]
            if not index.unique or any(self._is_empty(column) for column in columns):
                continue
            declared = next(
                (one for one in self.after.indexes if index.name.endswith(f"_{one.name}") and one.unique), None
            )
            address = (
                f"index:{self.after.name}.{declared.name}"
                if declared and len(columns) > 1
                else self.address_of(columns[0])
            )
            yield self._repeated(address, columns)

    def _is_empty(self, column: Column) -> bool:
        """Say whether a column is new and blank in every record."""
        return column.name in self.work.added and column.name not in self.work.fill and column.default is None

    # --- words and queries ---

    def _limit(self, check: Check, column: Column) -> str:
        old, new = self.fields_of(column)
        match check.rule:
            case "at_least" | "at_most" if new is not None:
                bound = new.min if check.rule == "at_least" else new.max
                return str(bound) if bound is not None else check.values[0]
            case "one_of":
                gone = [name for name in (old.option_names or old.to if old else ()) if name not in check.values]
                return ", ".join(gone) or "none of: " + ", ".join(check.values)
        return check.values[0]

    def _rows(
        self, address: str, what: str, condition: Condition, remedy: str, shown: Condition = lambda _: "NULL"
    ) -> DataCheck:
        def query(dialect: Dialect) -> str:
            where = f"FROM {quoted(self.name)} WHERE {condition(dialect)}"
            few = f"SELECT {quoted(self.key)} AS id, {shown(dialect)} AS value {where} ORDER BY 1, 2 LIMIT 5"
            first = f"(SELECT {_listed(dialect)} FROM ({few}) AS few)"
            return f"SELECT count(*), CASE WHEN count(*) > 0 THEN {first} END {where}"

        queries = {dialect: query(dialect) for dialect in DIALECTS}
        conditions = {dialect: condition(dialect) for dialect in DIALECTS}
        return DataCheck(address, what, queries, remedy, self.name, conditions)

    def _repeated(self, address: str, columns: list[Column]) -> DataCheck:
        def query(dialect: Dialect) -> str:
            values = [self.value(column, dialect) for column in columns]
            # The default of a new column, a constant by itself, would be taken for the number of a column.
            new = self.work.added.keys() - self.work.fill.keys()
            alike = [
                f"coalesce({value}, NULL)" if column.name in new else value
                for column, value in zip(columns, values, strict=True)
            ]
            filled = " AND ".join(f"{value} IS NOT NULL" for value in values)
            misfits = "".join(f" AND NOT {misfit}" for column in columns if (misfit := self.misfit(column, dialect)))
            shown = " || ' / ' || ".join(self.shown(column, dialect) for column in columns)
            inner = (
                f"SELECT {shown} AS id, count(*) || ' records' AS value FROM {quoted(self.name)} "
                f"WHERE {filled}{misfits} GROUP BY {', '.join(alike)} HAVING count(*) > 1"
            )
            return (
                f"SELECT count(*), CASE WHEN count(*) > 0 THEN "
                f"(SELECT {_listed(dialect)} FROM ({inner} ORDER BY 1 LIMIT 5) AS few) END FROM ({inner}) AS repeated"
            )

        return DataCheck(
            address,
            "values stand in more than one record and are to be unique",
            {dialect: query(dialect) for dialect in DIALECTS},
            "merge or change the records that share a value",
        )


_WORDS: Mapping[str, tuple[str, str]] = {
    "one_of": (
        "records have an option that is removed ({limit})",
        "rename the option, merge it into another (`merges:`), or say in `{address}` what becomes of it (`convert:`)",
    ),
    "at_least": ("values are below {limit}", "mend the records, or lower `min` of `{address}`"),
    "at_most": ("values are above {limit}", "mend the records, or raise `max` of `{address}`"),
    "length_max": ("values are longer than {limit} characters", "shorten them, or raise `max_length` of `{address}`"),
}


def _listed(dialect: Dialect) -> str:
    if dialect == "sqlite":
        return "json_group_array(json_array(id, value))"
    return "CAST(json_agg(json_build_array(id, value)) AS text)"
