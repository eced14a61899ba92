"""Records as CSV, out and in: what a spreadsheet would run is made harmless, what is wrong is said by row."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from crmspec.diagnostics import Diagnostic, Position, Refused, did_you_mean

if TYPE_CHECKING:
    from crmspec.records import Record, Records, Value
    from crmspec.spec import Object

# What spreadsheets take for the beginning of a formula (OWASP ASVS 1.2.10), full-width signs included.
_FORMULA = tuple("=+-@\t\r＝＋－＠")
_PROBLEMS_MAX = 50
_IGNORED = frozenset({"id"})  # written by `export`, given by the database
ID = "id"


def write_csv(stream: TextIO, columns: Sequence[str], records: Iterable[Record]) -> int:
    """Write records below a line of field names; return how many."""
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([ID, *columns])
    count = 0
    for record in records:
        writer.writerow([record.id, *(cell(record.get(name)) for name in columns)])
        count += 1
    return count


def cell(value: Value) -> str:
    """Return the text of a value for a spreadsheet: text that it would run gets an apostrophe in front."""
    text = shown(value)
    return f"'{text}" if not isinstance(value, Decimal | int) and _would_run(text) else text


def shown(value: Value) -> str:
    """Return the text of a value; records and people by their titles."""
    from crmspec.records import Ref
    from crmspec.records.texts import text_of

    match value:
        case Ref():
            return str(value)
        case tuple():
            return "; ".join(map(str, value))
        case _:
            return text_of(None, value)


def _would_run(text: str) -> bool:
    """Say whether a spreadsheet may take a text for a formula; with apostrophes in front too, so that one can go."""
    return text.lstrip("'").startswith(_FORMULA)


def _as_written(text: str) -> str:
    """Take away the apostrophe that `cell` put in front."""
    return text[1:] if text.startswith("'") and _would_run(text[1:]) else text


def read_rows(file: Path, one: Object) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line number and values of each row; refuse a file that is no CSV, or has other columns than the object."""
    if not file.is_file():
        raise Refused(Diagnostic("CRM730", f"{file} is not a file", help="name a CSV file"))
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, strict=True)
        try:
            names = _names(next(reader, []), file, one)
            for row in reader:
                if row:
                    yield reader.line_num, _values(row, names, file, reader.line_num)
        except UnicodeDecodeError as error:
            place = Position(str(file), reader.line_num + 1, 1)
            raise Refused(Diagnostic(
                "CRM732", "the file is not UTF-8", place, why=f"byte {error.start} of a block cannot be read",
                help="save it as CSV UTF-8",
            )) from None
        except csv.Error as error:
            place = Position(str(file), max(1, reader.line_num), 1)
            raise Refused(Diagnostic("CRM733", f"this is not CSV: {error}", place, help="look at the quotes")) from None


def _names(head: list[str], file: Path, one: Object) -> list[str]:
    names = [name.strip() for name in head]
    place = Position(str(file), 1, 1)
    if not names:
        raise Refused(Diagnostic("CRM734", "the file has no columns", place, help="name the fields in the first line"))
    problems = [
        Diagnostic("CRM734", f"`{one.name}` has no field `{name}`", place, help=did_you_mean(name, one.fields))
        for name in names if name not in one.fields and name not in _IGNORED
    ]
    problems += [
        Diagnostic("CRM734", f"the column `{name}` stands twice", place, help="remove one")
        for name in dict.fromkeys(names) if names.count(name) > 1
    ]
    if problems:
        raise Refused(*problems)
    return names


def _values(row: list[str], names: list[str], file: Path, line: int) -> dict[str, str]:
    if len(row) != len(names):
        place = Position(str(file), line, 1)
        raise Refused(Diagnostic(
            "CRM735", f"row {line} has {len(row)} cells, and the first line has {len(names)}", place,
            help="look for a comma or a line end without quotes",
        ))
    return {name: _as_written(text) for name, text in zip(names, row, strict=True) if name not in _IGNORED}


def import_rows(records: Records, one: Object, file: Path) -> int:
    """Make a record of each row, in the caller's transaction; refuse with everything that is wrong, row by row."""
    from crmspec.records import Forbidden, Invalid

    problems: list[Diagnostic] = []
    count = 0
    for line, values in read_rows(file, one):
        try:
            records.create(one.name, values)
            count += 1
        except Invalid as invalid:
            problems += [_row_problem(file, line, problem.field, problem.message) for problem in invalid.problems]
        except Forbidden as forbidden:
            problems.append(_row_problem(file, line, "", forbidden.message))
        if len(problems) >= _PROBLEMS_MAX:
            break
    if problems:
        raise Refused(*problems)
    return count


def _row_problem(file: Path, line: int, field: str, message: str) -> Diagnostic:
    where = f"row {line}, {field}" if field else f"row {line}"
    return Diagnostic(
        "CRM731", f"{where}: {message}", Position(str(file), line, 1), why="no row was imported",
        help="mend the row and import the file again",
    )
