"""One release as it stands in a database, read back as a value: all of it, or as far as somebody looks."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from crmspec.deploy.contents import (
    Contents,
    ReadLater,
    Texts,
    digest,
    pieces_of,
    read_contents,
    tampered,
    verify_contents,
)
from crmspec.deploy.looking import Asks, missing_tables
from crmspec.diagnostics import Refused
from crmspec.spec import KeptObjects, Mark, Object, Spec, read_plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The row of a release: everything but its contents, which stand under their hashes."""

    number: int
    deploy_id: str
    action: str                       # `deploy`, `rollback to 3`, `restore contact.fax` …
    fingerprint: str                  # of the spec
    revision: str | None              # the migration that the tables stand at
    git_commit: str | None
    who: str
    at: datetime
    made_by: str                      # the version of crmspec
    spec_hash: str
    artifacts_hash: str
    origins_hash: str
    previous_hash: str
    hash: str = ""

    @property
    def own_hash(self) -> str:
        """What `hash` has to be."""
        moment = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        values = [self.number, self.deploy_id, self.action, self.fingerprint, self.revision, self.git_commit, self.who,
                  moment, self.made_by, self.spec_hash, self.artifacts_hash, self.origins_hash, self.previous_hash]
        return digest(json.dumps(values, ensure_ascii=False, separators=(",", ":")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What is deployed: the whole spec, the artifacts (path → content) that were made from it, and where each part
    of it was written (address → file:line)."""

    number: int
    spec: Spec
    fingerprint: str
    artifacts: Mapping[str, str]
    origins: Mapping[str, str]
    entry: Entry


def release_of(connection: Asks, entry: Entry, *, whole: bool = True) -> Release:
    """Read a release's spec and artifacts, and refuse them when they are not what their hashes say.

    Unless `whole` is asked for, its objects and artifacts are read when somebody looks at them: of a large release that
    a small change follows, these are few.
    """
    refuse_missing(connection, ("crmspec_content",))
    lists = read_contents(connection, sorted({entry.artifacts_hash, entry.spec_hash, entry.origins_hash}))
    paths: dict[str, str] = json.loads(lists[entry.artifacts_hash])
    plain = json.loads(lists[entry.spec_hash])
    marks = {name: Mark(*mark) for name, mark in plain["objects"].items()}
    pieces = pieces_of(lists[entry.origins_hash])
    hashes = {*pieces, *paths.values(), *(mark.content for mark in marks.values())}
    if whole:
        text = read_contents(connection, sorted(hashes)).__getitem__
    else:
        verify_contents(connection, hashes)
        text = Contents(connection, hashes, lambda: _again(connection)).text

    def written(name: str) -> str:
        return text(marks[name].content)

    def read(name: str) -> Object:
        return read_plain(Object, json.loads(written(name)))

    def origins() -> dict[str, str]:
        found: dict[str, str] = {}
        for piece in map(text, pieces) if pieces else (lists[entry.origins_hash],):
            found |= json.loads(piece)
        return found

    spec = replace(read_plain(Spec, {**plain, "objects": {}}), objects=KeptObjects(marks, read, marks, written))
    return Release(
        number=entry.number, spec=spec, fingerprint=entry.fingerprint, artifacts=Texts(paths, text),
        origins=origins() if whole else ReadLater(origins), entry=entry,
    )


def _again(connection: Asks) -> AbstractContextManager[Asks]:
    """Return another connection to the same database."""
    from crmspec.deploy.asking import Asked

    if isinstance(connection, Asked):
        return connection.again()
    import sqlalchemy as sa

    from crmspec.deploy.database import for_reading

    assert isinstance(connection, sa.Connection)
    return for_reading(connection.engine).connect()


def refuse_missing(connection: Asks, names: Collection[str]) -> None:
    if missing := missing_tables(connection, names):
        raise Refused(*(tampered(f"the table {name} is missing") for name in missing))
