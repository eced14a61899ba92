"""What the project's `migrations/` folder says: the spec after the newest revision, and what is out of sight by then.

No database is needed to plan the next revision: `spec.json` and `retired.json` are the deployed side.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crmspec.artifact.artifact import MADE_BY
from crmspec.artifact.write import finish_writing
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.history import AFTER, SPEC_HEAD, VERSIONS, read_file, spec_of_another
from crmspec.history import SPEC_FILE as SPEC_FILE  # generators know it from here
from crmspec.plan import Retired
from crmspec.spec import Convert, Field, Object, Spec, fingerprint
from crmspec.spec.canonical import Plain, read_plain, to_plain
from crmspec.spec.kept import UNREADABLE, read_kept

UNREADABLE_FILE = (OSError, ValueError)  # not there, not to be opened, no text
RETIRED_FILE = "migrations/retired.json"
_DEPTH = 4  # of maps that are spread over lines: spec, objects, object, fields
_REVISION = re.compile(r'^revision = "([^"]+)"$', re.MULTILINE)
_HEAD = SPEC_HEAD  # characters in which the name of a revision stands, but where its first lines are very many
_KINDS: dict[str, type[Field] | type[Object]] = {"field": Field, "child": Field, "object": Object, "rows": Object}


@dataclass(frozen=True, slots=True)
class Committed:
    """The newest revision of a project, None before the first, and the spec after it."""

    spec: Spec | None = None
    retired: tuple[Retired, ...] = ()
    revision: str | None = None
    number: int = 0

    def next_revision(self, desired: Spec) -> str:
        """Return the name of the revision that leads to a spec: a number, and what two branches cannot share."""
        return f"{self.number + 1:04d}_{fingerprint(desired)[:8]}"


def committed(folder: Path) -> Committed:
    """Read what a project's folder says of its newest revision."""
    finish_writing(folder)
    names = [_name_of(file) for file in sorted((folder / "migrations" / "versions").glob("[0-9]*.py"))]
    spec_file, retired_file = folder / SPEC_FILE, folder / RETIRED_FILE
    if not names:
        return Committed()
    if not spec_file.is_file():
        raise Refused(
            Diagnostic(
                "CRM802",
                f"{SPEC_FILE} is missing, and there are revisions",
                why="it is the spec after the newest revision; without it nobody knows what has changed",
                help=f"git checkout -- {SPEC_FILE}",
            )
        )
    try:
        text = spec_file.read_text("utf-8")
        another = spec_of_another(text[:SPEC_HEAD], names[-1])
        if another is not None:
            raise Refused(another)
        spec = read_kept(text, _unreadable)
        retired = retired_from_json(retired_file.read_text("utf-8")) if retired_file.is_file() else ()
    except UNREADABLE as error:
        raise _unreadable(error) from error
    return Committed(spec, retired, names[-1], int(names[-1][:4]))


def leads_to(folder: Path) -> str | None:
    """Return the fingerprint of the spec after the newest revision, as that revision says it; None where it does not.

    `spec.json`, which says all of the spec, is as large as the project: only its first lines are looked at.
    """
    finish_writing(folder)
    newest = max((folder / VERSIONS).glob("[0-9]*.py"), default=None)
    said = read_file(newest) if newest is not None else None
    if said is None:
        return None
    try:
        with (folder / SPEC_FILE).open(encoding="utf-8") as text:
            found = AFTER.search(text.read(SPEC_HEAD))
    except UNREADABLE_FILE:
        return None
    return said.leads_to if found is not None and found[1] == said.name else None


def _unreadable(error: Exception) -> Refused:
    return Refused(
        Diagnostic(
            "CRM803",
            "what migrations/ says of the newest revision cannot be read",
            why=str(error),
            help=f"git checkout -- {SPEC_FILE} {RETIRED_FILE}",
        )
    )


def _name_of(file: Path) -> str:
    """Find the name of a revision, which stands before its statements: those of a large one are not looked through."""
    with file.open(encoding="utf-8", errors="replace") as text:
        head = text.read(_HEAD)
        match = _REVISION.search(head) or _REVISION.search(head + text.read())
    if match is None:
        path = f"migrations/versions/{file.name}"
        raise Refused(Diagnostic("CRM803", f"{path} is no revision", why="it does not say which revision it is",
                                 help=f"git checkout -- {path}"))
    return match[1]


def spec_json(spec: Spec, after: str) -> str:
    """Write the text of `migrations/spec.json`; `after` is the revision that leads to the spec.

    Two branches that each add a revision thus always differ in this line: git cannot merge what nobody has looked at.
    """
    return _document({"after": after, **to_plain(spec)})


def retired_json(retired: Sequence[Retired]) -> str:
    """Write the text of `migrations/retired.json`, oldest first."""
    rows = [
        {
            "address": one.address,
            "kind": one.kind,
            "table": one.table,
            "names": list(one.names),
            "stored_as": list(one.stored_as),
            "revision": one.revision,
            "part": to_plain(one.part),
            **_became(one),
        }
        for one in retired
    ]
    return _document({"retired": rows})


def retired_from_json(text: str) -> tuple[Retired, ...]:
    """Read what `retired_json` wrote."""
    return tuple(
        Retired(
            address=row["address"],
            kind=row["kind"],
            table=row["table"],
            names=tuple(row["names"]),
            stored_as=tuple(row["stored_as"]),
            revision=row["revision"],
            part=read_plain(_KINDS[row["kind"]], row["part"]),
            became=_field_that_came(row),
        )
        for row in json.loads(text)["retired"]
    )


def _became(one: Retired) -> dict[str, Plain]:
    """Write what the values were converted into, and by which map: going back asks which values are still the same."""
    if one.became is None:
        return {}
    convert = {"convert": to_plain(one.became.convert)} if one.became.convert else {}
    return {"became": to_plain(one.became), **convert}


def _field_that_came(row: dict[str, Plain]) -> Field | None:
    if "became" not in row:
        return None
    convert = read_plain(Convert, row["convert"]) if "convert" in row else None
    return replace(read_plain(Field, row["became"]), convert=convert)


def _document(plain: dict[str, Plain]) -> str:
    """Write JSON that says what made it in its first key; maps keep the order of the project."""
    head = {"made_by": f"{MADE_BY} (migrations) from specs/"}
    return _spread(head | plain, _DEPTH, "") + "\n"


def _spread(plain: Plain, depth: int, margin: str) -> str:
    """Write a line for each entry of the outer maps, so that a field is one line in a difference."""
    inner = margin + " "
    if depth and isinstance(plain, list) and plain and isinstance(plain[0], dict):
        return "[\n" + ",\n".join(inner + json.dumps(item, ensure_ascii=False) for item in plain) + f"\n{margin}]"
    if depth == 0 or not isinstance(plain, dict) or not plain:
        return json.dumps(plain, ensure_ascii=False)
    entries = (
        f"{inner}{json.dumps(key, ensure_ascii=False)}: {_spread(item, depth - 1, inner)}"
        for key, item in plain.items()
    )
    return "{\n" + ",\n".join(entries) + f"\n{margin}}}"
