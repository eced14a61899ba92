"""One field becomes several: its text is cut at a mark, and the pieces are converted into what the fields hold.

The text is read where it is out of sight already. A text with fewer pieces leaves the later fields blank; where it has
more, the last field takes the rest, or with `rest: first` the first one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from crmspec.plan.convert import as_text, conversion
from crmspec.plan.field_work import or_default
from crmspec.plan.sides import Sides
from crmspec.plan.work import DIALECTS, Both, FieldWork
from crmspec.schema import Dialect
from crmspec.schema.ddl import literal, quoted
from crmspec.spec import Field, Object, Split


def split_fills(sides: Sides, before: Object, after: Object, works: Sequence[FieldWork]) -> list[FieldWork]:
    """Return the work of every target field of the splits that concern an object and were not passed yet."""
    retired = {column: stored for work in works for column, stored in work.retire.items()}
    return [
        work
        for split in sides.desired.splits
        for work in _split_fills(sides, split, before, after, retired)
        if split.source.partition(".")[0] == after.name
    ]


def _split_fills(
    sides: Sides, split: Split, before: Object, after: Object, retired: Mapping[str, str]
) -> Iterator[FieldWork]:
    name = split.source.partition(".")[2]
    source = before.fields.get(name)
    written = as_text(source) if source is not None and source.row.columns else None
    if source is None or written is None or name in after.fields:
        return
    column = f"{source.base_column}{source.row.columns[0][0]}"
    place = quoted(retired.get(column, column))
    for number, address in enumerate(split.targets):
        target = after.fields.get(address.partition(".")[2])
        if target is None or not target.row.columns:
            continue
        pieces: Both = {
            dialect: piece(written(place, dialect), split, number, dialect) for dialect in DIALECTS
        }
        work = _converted(sides, target, pieces, address)
        if work is not None:
            yield work


def _converted(sides: Sides, target: Field, pieces: Both, address: str) -> FieldWork | None:
    """Let a piece become what its field holds; a field that has values already keeps them."""
    piece, desired = Field(name="piece", type="text"), sides.desired
    way = conversion(piece, target, desired.project.time_zone, sides.before, desired)
    if way is None:
        return None
    column = f"{target.base_column}{target.row.columns[0][0]}"
    values = {dialect: way.expression(text, dialect) for dialect, text in pieces.items()}
    there = sides.before.field(address)
    if there is not None and there.row.columns:
        values = {dialect: f"coalesce({quoted(column)}, {value})" for dialect, value in values.items()}
    work = FieldWork(address, fill={column: or_default(values, target)}, source=pieces)
    if way.unfit:
        work.unfit = {dialect: way.unfit(text, dialect) for dialect, text in pieces.items()}
        work.unfit_words = way.what
    return work


def piece(text: str, split: Split, number: int, dialect: Dialect) -> str:
    """Write one piece of a text, without blanks around it; blank where there is none."""
    count = len(split.targets)
    if split.rest == "last":
        left, found = _after(text, split.at, number, dialect)
        cut = left if number == count - 1 else _before(left, split.at, dialect)
    else:
        # From the end: what stands before the last marks is left for the first field.
        from_end = count - 1 - number
        left, found = _without_last(text, split.at, from_end, dialect)
        cut = left if number == 0 else _last(left, split.at, dialect)
        found = "TRUE" if number == 0 else _marked(left, split.at, dialect)
    value = f"nullif(trim({cut}), '')"
    return value if found == "TRUE" else f"CASE WHEN {found} THEN {value} END"


def _marked(text: str, mark: str, dialect: Dialect) -> str:
    return f"{_position(text, mark, dialect)} > 0"


def _position(text: str, mark: str, dialect: Dialect) -> str:
    return f"{'strpos' if dialect == 'postgresql' else 'instr'}({text}, {literal(mark)})"


def _before(text: str, mark: str, dialect: Dialect) -> str:
    place = _position(text, mark, dialect)
    return f"CASE WHEN {place} > 0 THEN substr({text}, 1, {place} - 1) ELSE {text} END"


def _after(text: str, mark: str, times: int, dialect: Dialect) -> tuple[str, str]:
    """Write what follows so many marks, and whether there are so many."""
    left, found = f"trim({text})", "TRUE"
    for _ in range(times):
        place = _position(left, mark, dialect)
        found = f"{place} > 0" if found == "TRUE" else f"{found} AND {place} > 0"
        rest = f"substr({left}, {place} + {len(mark)})"
        left = f"(CASE WHEN {place} > 0 THEN {'ltrim' if not mark.strip() else ''}({rest}) ELSE '' END)"
    return left, found


def _without_last(text: str, mark: str, times: int, dialect: Dialect) -> tuple[str, str]:
    """Write what stands before so many marks, counted from the end."""
    left = f"trim({text})"
    for _ in range(times):
        cut = f"rtrim({left}, replace({left}, {literal(mark)}, ''))"
        left = f"(CASE WHEN {_marked(left, mark, dialect)} THEN rtrim({cut}, {literal(mark)}) ELSE {left} END)"
    return left, "TRUE"


def _last(text: str, mark: str, dialect: Dialect) -> str:
    """Write what follows the last mark."""
    return f"substr({text}, length(rtrim({text}, replace({text}, {literal(mark)}, ''))) + 1)"
