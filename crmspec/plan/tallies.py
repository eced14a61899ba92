"""What is worth telling of the stored records: how many get another value, a blank, a default. Nothing is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crmspec.plan.as_now import AsNow, Condition
from crmspec.plan.change import Change, FactKind, Tally
from crmspec.plan.checks import tables_now
from crmspec.plan.making import Making
from crmspec.plan.moving_checks import moving_tallies
from crmspec.plan.sides import Sides
from crmspec.plan.work import DIALECTS, FieldWork, TableWork
from crmspec.schema import Dialect, child_table_name, field_columns
from crmspec.schema.ddl import literal, quoted
from crmspec.spec import Field, Object, Option


def tallies_of(sides: Sides, works: Iterable[TableWork], changes: Iterable[Change]) -> Iterator[Tally]:
    """Yield every count of a plan."""
    yield from _lost(sides, changes)
    yield from moving_tallies(sides)
    for table in tables_now(sides, works):
        yield from _Tallies(table.work, table.before, table.after, table.tables).all()


@dataclass(frozen=True)
class _Tallies(AsNow):
    """What one table's records become."""

    def all(self) -> Iterator[Tally]:
        """Yield every count of one table."""
        for field in self.work.fields:
            column = next(iter(field.fill), None) or next((one.name for one in field.add), None)
            if column is None or not self.work.desired.column(column):
                continue
            if field.makes:
                yield self._made(field, field.makes)
            if field.source is not None and field.fill:
                yield from self._converted(field, column)
            elif not field.restore:
                yield from self._filled(field, column)
        for column, names in self.work.value_names.items():
            values = ", ".join(map(literal, names))
            of = self.work.desired.column(column)
            address = self.address_of(of) if of else self.after.name
            yield self._tally(
                address,
                "renamed",
                f"records have {' or '.join(f'`{name}`' for name in names)}, and get the new name",
                lambda dialect, column=column, values=values: (  # type: ignore[misc]
                    f"{self.was(column)} IN ({values})"
                ),
            )

    def was(self, column: str) -> str:
        """Name a column as it is deployed, with its values as they are."""
        now = self.names_now()
        return f"{quoted(self.name)}.{quoted(now.get(self.work.retired.get(column, column), column))}"

    def _converted(self, field: FieldWork, name: str) -> Iterator[Tally]:
        column = self.work.desired.column(name)
        assert column is not None

        def said(dialect: Dialect) -> str:
            return f"trim({self.as_now((field.source or {})[dialect])}) <> ''"

        def fits(dialect: Dialect) -> str:
            unfit = self.unfit_of(field)
            return f"NOT coalesce({self.as_now(unfit[dialect])}, FALSE)" if unfit else "TRUE"

        def value(dialect: Dialect) -> str:
            return self.value(column, dialect)

        def becomes(dialect: Dialect, blank: str) -> str:
            return f"CASE WHEN {fits(dialect)} THEN {said(dialect)} AND {value(dialect)} {blank} ELSE FALSE END"

        yield self._tally(
            field.address, "converted", "values are converted", lambda dialect: becomes(dialect, "IS NOT NULL")
        )
        yield self._tally(
            field.address,
            "emptied",
            "values have no counterpart and become blank; they are kept out of sight",
            lambda dialect: becomes(dialect, "IS NULL"),
        )

    def _made(self, field: FieldWork, makes: Making) -> Tally:
        def named(dialect: Dialect) -> str:
            # Where the object is new, nothing bears a name yet.
            if makes.several and field.unfit:
                return f"coalesce({self.as_now(field.unfit[dialect])}, FALSE)"
            return f"trim({self.as_now(makes.name)}) <> ''"

        return self._tally(field.address, "filled", f"records name one of `{makes.table}` that is made for them", named)

    def _filled(self, field: FieldWork, name: str) -> Iterator[Tally]:
        column = self.work.desired.column(name)
        assert column is not None
        old, new = self.fields_of(column)
        if new is None or name not in new.column_names:
            return  # what stands beside the value, since when it is there
        if name in self.work.added:
            if column.default is None and name not in field.fill:
                return
            yield self._tally(
                field.address,
                "filled",
                "records get " + _value_words(new.default, "a first value"),
                lambda dialect: f"{self.value(column, dialect)} IS NOT NULL",
            )
        elif old is not None:
            yield self._tally(
                field.address,
                "filled",
                "records are blank and get " + _value_words(new.default, "a value"),
                lambda dialect: f"{self.was(name)} IS NULL AND {self.value(column, dialect)} IS NOT NULL",
            )

    def _tally(self, address: str, kind: FactKind, what: str, condition: Condition) -> Tally:
        return Tally(address, kind, what, self.name, {dialect: condition(dialect) for dialect in DIALECTS})


def _value_words(default: str | None, otherwise: str) -> str:
    return otherwise if default is None else f"the default `{default}`"


# --- values that go out of sight ---

_LOST_WORDS = ("records go out of sight", "records have a value in it", "records have this option")


def _lost(sides: Sides, changes: Iterable[Change]) -> Iterator[Tally]:
    """Yield a count of the records that have something in what is removed or becomes another type."""
    for change in changes:
        name, _, rest = change.address.partition(".")
        one, before = sides.deployed.objects.get(sides.old_names.get(name, "")), sides.before.objects.get(name)
        if one is None or before is None or (rest and name not in sides.desired.objects):
            continue  # what goes with its object is counted with it
        if not rest and change.action == "remove" and any(move.source.name == name for move in sides.moves):
            continue  # its records are records of another object from then on
        condition = _lost_with(change, one, before, rest)
        if condition:
            what = _LOST_WORDS[min(change.address.count("."), 2)]
            yield Tally(change.address, "lost", what, one.table, dict.fromkeys(DIALECTS, condition))


def _lost_with(change: Change, one: Object, before: Object, rest: str) -> str:
    """Write which records of a deployed object lose something by a change, or ''. `before` has the new names."""
    match change.action, change.before:
        case "remove", Object():
            return "TRUE"
        case ("remove" | "alter"), Field() as part if change.action == "remove" or _is_another(part, change.after):
            field = _deployed(one, before, part.name)
            return _has_value(one, field) if field else ""
        case "remove", Option() as option:
            field = _deployed(one, before, rest.partition(".")[0])
            moved = before.fields.get(rest.partition(".")[0])
            if field is None or moved is None or option.name not in moved.option_names:
                return ""
            return _has_option(one, field, field.option_names[moved.option_names.index(option.name)])
    return ""


def _deployed(one: Object, before: Object, name: str) -> Field | None:
    """Return a field under its deployed name: both objects have the same fields in the same order."""
    place = next((number for number, field in enumerate(before.fields) if field == name), None)
    return None if place is None else list(one.fields.values())[place]


def _is_another(before: Field, after: object) -> bool:
    """Say whether a field holds other things from now on, so that its values may have no place in it."""
    if not isinstance(after, Field):
        return True
    return before.type != after.type or (bool(before.to) and not set(before.to) & set(after.to))


def _has_value(one: Object, field: Field) -> str:
    if field.row.child:
        return _several(one, field, "TRUE")
    columns = field_columns(field)
    return " OR ".join(f"{_own(one, column.name)} IS NOT NULL" for column in columns) or "FALSE"


def _has_option(one: Object, field: Field, option: str) -> str:
    if field.row.child:
        return _several(one, field, f"many.value = {literal(option)}")
    return f"{_own(one, field.base_column)} = {literal(option)}"


def _several(one: Object, field: Field, condition: str) -> str:
    child = quoted(child_table_name(one, field))
    return f"EXISTS (SELECT 1 FROM {child} AS many WHERE many.record_id = {_own(one, 'id')} AND {condition})"


def _own(one: Object, column: str) -> str:
    return f"{quoted(one.table)}.{quoted(column)}"
