"""Diagnostics → text with the source line and a mark under it, or one plain value for JSON."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

from crmspec.cli.terminal import BLUE, BOLD, RED, YELLOW, coloured, counted, escaped, redacted, width
from crmspec.diagnostics import Diagnostic, Position
from crmspec.library import specs_folder

_COLOURS = {"error": RED, "warning": YELLOW, "note": BLUE}
_LINE_BYTES_MAX = 4_000       # of one source line that are looked at
_FILE_BYTES_MAX = 64_000_000  # a larger file is not read just to show a line of it
_SHOWN_COLUMNS_MAX = 110

Lines = Mapping[tuple[str, int], str]


def diagnostics_text(diagnostics: Iterable[Diagnostic], folder: Path) -> str:
    """Return all diagnostics as paragraphs; `folder` is what their files are relative to."""
    listed = list(diagnostics)
    lines = source_lines(listed, folder)
    return "\n".join(_paragraph(diagnostic, lines) for diagnostic in listed)


def count_text(diagnostics: Iterable[Diagnostic]) -> str:
    """Return `2 errors, 1 warning`, or an empty text."""
    counts = Counter(diagnostic.severity for diagnostic in diagnostics)
    return ", ".join(
        counted(counts[severity], severity)
        for severity in ("error", "warning", "note") if counts[severity]
    )


def diagnostic_value(diagnostic: Diagnostic) -> dict[str, object]:
    """Return a diagnostic as the object that JSON shows."""
    place = diagnostic.position
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "message": redacted(diagnostic.what),
        "why": redacted(diagnostic.why),
        "help": redacted(diagnostic.help),
        "related": [
            {"file": other.file, "line": other.line, "column": other.column, "message": redacted(word)}
            for other, word in diagnostic.related
        ],
    }


def source_lines(diagnostics: Iterable[Diagnostic], folder: Path) -> Lines:
    """Read each file once and return the lines that the diagnostics point at."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for diagnostic in diagnostics:
        if diagnostic.position:
            wanted[diagnostic.position.file].add(diagnostic.position.line)
    found: dict[tuple[str, int], str] = {}
    for file, numbers in wanted.items():
        try:
            found.update(((file, number), text) for number, text in _lines_of(_path(file, folder), numbers))
        except (OSError, ValueError):
            continue  # The message is worth printing even when the file cannot be read: that may be what it says.
    return found


def _path(file: str, folder: Path) -> Path:
    """Return where a file lies: in the project, or for `package:NAME/…` in a package that came with crmspec."""
    name, _, inside = file.removeprefix("package:").partition("/")
    if not file.startswith("package:"):
        return folder / file
    template = specs_folder() / "templates" / name
    return (template if template.is_dir() else specs_folder() / name) / inside


def _lines_of(path: Path, numbers: set[int]) -> Iterable[tuple[int, str]]:
    # Only plain files: a pipe named *.yaml would wait for ever.
    if not path.is_file() or path.stat().st_size > _FILE_BYTES_MAX:
        return
    with path.open("rb") as stream:
        for number, line in enumerate(islice(stream, max(numbers)), start=1):
            if number in numbers:
                yield number, line[:_LINE_BYTES_MAX].decode("utf-8", "replace").rstrip("\r\n").removeprefix("\ufeff")


def _paragraph(diagnostic: Diagnostic, lines: Lines) -> str:
    place = diagnostic.position
    head = coloured(f"{diagnostic.severity}[{diagnostic.code}]", _COLOURS[diagnostic.severity])
    what = coloured(_one_line(diagnostic.what), BOLD)
    shown = [f"{escaped(str(place))}: {head}: {what}" if place else f"{head}: {what}"]
    if place and (place.file, place.line) in lines:
        shown += _marked(place, lines[place.file, place.line])
    shown += [f"  see   {escaped(str(other))}  {_one_line(word)}" for other, word in diagnostic.related]
    shown += _labelled("why ", diagnostic.why) + _labelled("help", diagnostic.help)
    return "\n".join(shown) + "\n"


def _marked(place: Position, line: str) -> list[str]:
    """Return the source line and the line of marks below it, both cut to what a terminal shows."""
    start = place.column - 1
    first = max(0, start - 60) if start > _SHOWN_COLUMNS_MAX - 20 else 0
    before, marked = line[first:start], line[start : start + max(1, place.length)]
    gutter = f"{place.line:>5} | "
    shown = _visible(line[first : first + _SHOWN_COLUMNS_MAX])
    room = max(1, _SHOWN_COLUMNS_MAX - (start - first))
    marks = coloured("^" * min(room, max(1, width(_visible(marked)))), RED)
    cut_left, cut_right = "…" * (first > 0), "…" * (len(line) > first + _SHOWN_COLUMNS_MAX)
    return [
        f"{gutter}{cut_left}{shown}{cut_right}".rstrip(),
        f"{'|':>7} {' ' * (len(cut_left) + width(_visible(before)))}{marks}",
    ]


def _visible(text: str) -> str:
    return escaped(text.replace("\t", "→"))


def _one_line(text: str) -> str:
    return escaped(redacted(text))


def _labelled(label: str, text: str) -> list[str]:
    first, *more = escaped(redacted(text), keep="\n").split("\n")
    return [f"  {label}  {first}", *(f"        {line}".rstrip() for line in more)] if text else []
