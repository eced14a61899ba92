"""Releases as they stand in the database: written once, chained by hashes, read back as values."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from weakref import WeakSet

import sqlalchemy as sa

from crmspec import __version__
from crmspec.artifact.committed import RETIRED_FILE, retired_from_json
from crmspec.deploy import state
from crmspec.deploy.contents import (
    Contents,
    ReadLater,
    Texts,
    digest,
    read_contents,
    tampered,
    texts_of,
    verify_contents,
)
from crmspec.deploy.state import has_table, missing_tables
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.plan import Retired
from crmspec.spec import KeptObjects, Mark, Object, Spec, kept, read_plain, to_plain
from crmspec.spec.canonical import dump
from crmspec.spec.stamp import stamp

_KEPT = 2  # releases kept as values: the newest, and those that requests under way still look at


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


# --- Reading ---

_kept: OrderedDict[str, Release] = OrderedDict()
_deployed_to: WeakSet[sa.Engine] = WeakSet()


def deployed_release(connection: sa.Connection, *, whole: bool = True) -> Release | None:
    """Return the newest release, or None where nothing was ever deployed.

    One small query when nothing has changed: the spec and the artifacts are read only for a release not seen before.
    `whole` as for `release_of`.
    """
    if connection.engine not in _deployed_to:
        if not has_table(connection, "crmspec_release"):
            return None
        _deployed_to.add(connection.engine)
    newest = sa.select(state.release.c.number, state.release.c.hash).order_by(state.release.c.number.desc()).limit(1)
    row = connection.execute(newest).first()
    if row is None:
        return None
    known = _kept.get(row.hash)
    if known is not None or not whole:
        return known or release_of(connection, entry_of(connection, row.number), whole=False)
    return _keep(release_of(connection, entry_of(connection, row.number)))


def _keep(release: Release) -> Release:
    _kept[release.entry.hash] = release
    while len(_kept) > _KEPT:
        _kept.popitem(last=False)
    return release


def entries(connection: sa.Connection) -> tuple[Entry, ...]:
    """Return every release's row, oldest first."""
    if not has_table(connection, "crmspec_release"):
        return ()
    rows = connection.execute(sa.select(state.release).order_by(state.release.c.number)).mappings()
    return tuple(Entry(**row) for row in rows)


def entry_of(connection: sa.Connection, number: int) -> Entry:
    """Return one release's row; refuse a number that there is not."""
    row = connection.execute(sa.select(state.release).where(state.release.c.number == number)).mappings().first()
    if row is None:
        raise Refused(Diagnostic("CRM530", f"there is no release {number} in this database", help="crmspec history"))
    return Entry(**row)


def release_of(connection: sa.Connection, entry: Entry, *, whole: bool = True) -> Release:
    """Read a release's spec and artifacts, and refuse them when they are not what their hashes say.

    Unless `whole` is asked for, its objects and artifacts are read when somebody looks at them: of a large release that
    a small change follows, these are few.
    """
    _refuse_missing(connection, ("crmspec_content",))
    lists = read_contents(connection, sorted({entry.artifacts_hash, entry.spec_hash}))
    paths: dict[str, str] = json.loads(lists[entry.artifacts_hash])
    plain = json.loads(lists[entry.spec_hash])
    marks = {name: Mark(*mark) for name, mark in plain["objects"].items()}
    hashes = {entry.origins_hash, *paths.values(), *(mark.content for mark in marks.values())}
    if whole:
        text = read_contents(connection, sorted(hashes)).__getitem__
    else:
        verify_contents(connection, hashes)
        text = Contents(connection, hashes).text

    def written(name: str) -> str:
        return text(marks[name].content)

    def read(name: str) -> Object:
        return read_plain(Object, json.loads(written(name)))

    def origins() -> dict[str, str]:
        found: dict[str, str] = json.loads(text(entry.origins_hash))
        return found

    spec = replace(read_plain(Spec, {**plain, "objects": {}}), objects=KeptObjects(marks, read, marks, written))
    return Release(
        number=entry.number, spec=spec, fingerprint=entry.fingerprint, artifacts=Texts(paths, text),
        origins=origins() if whole else ReadLater(origins), entry=entry,
    )


# --- The chain ---

HISTORY_TABLES = ("crmspec_release", "crmspec_content", "crmspec_deploy")


def verify_chain(connection: sa.Connection) -> tuple[Entry, ...]:
    """Return the rows of all releases, after looking whether anybody edited, removed or inserted one."""
    if has_table(connection, "crmspec_version"):
        _refuse_missing(connection, HISTORY_TABLES)
    rows = entries(connection)
    for words in breaks(connection, rows):
        raise Refused(tampered(words))
    return rows


def _refuse_missing(connection: sa.Connection, names: Collection[str]) -> None:
    if missing := missing_tables(connection, names):
        raise Refused(*(tampered(f"the table {name} is missing") for name in missing))


def breaks(connection: sa.Connection, rows: tuple[Entry, ...]) -> Iterator[str]:
    """Yield each place where the history is not what was written."""
    previous: Entry | None = None
    for row in rows:
        expected = previous.number + 1 if previous else 1
        if row.own_hash != row.hash:
            yield f"the row of release {row.number} was edited"
        if row.previous_hash != (previous.hash if previous else ""):
            # A number that is left out is no break by itself: `doctor --repair` closes the chain over a lost release.
            yield (f"release {expected} is missing, release {row.number} stands in its place"
                   if row.number != expected else
                   f"release {row.number} does not follow release {row.number - 1}: one was replaced")
        previous = row
    for deploy_id in lost_deploys(connection, rows):
        yield f"the release of deploy {deploy_id} is missing"


def lost_deploys(connection: sa.Connection, rows: tuple[Entry, ...]) -> list[str]:
    """A chain does not feel its last links being taken off; the rows of finished deploys do."""
    if not has_table(connection, "crmspec_deploy"):
        return []
    done = connection.scalars(sa.select(state.deploy.c.id).where(state.deploy.c.state == "done")).all()
    released = {row.deploy_id for row in rows}
    return [deploy_id for deploy_id in done if deploy_id not in released]


# --- Writing ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A release that is to be written: its number, hashes, clock and place in the chain are the database's to say."""

    action: str
    spec: Spec
    fingerprint: str
    artifacts: Mapping[str, str]
    origins: Mapping[str, str]
    revision: str | None
    git_commit: str | None
    who: str


@dataclass(frozen=True, slots=True)
class Hashes:
    """Under which hashes the contents of a release stand."""

    spec: str
    artifacts: str
    origins: str


def write_contents(connection: sa.Connection, draft: Draft, *, previous: Entry | None) -> Hashes:
    """Write those of a release's contents that the database does not have; this can be done before the release."""
    known = _hashes_of(connection, previous)
    artifacts = texts_of(draft.artifacts)
    paths = dict(sorted(artifacts.digests.items()))
    spec_text, objects = _spec_contents(draft.spec, known)
    lists = [json.dumps(paths, ensure_ascii=False), json.dumps(dict(draft.origins.items()), ensure_ascii=False)]
    contents = {digest(text): text for text in (spec_text, *lists)} | objects
    contents.update({one: artifacts[path] for path, one in paths.items() if one not in known})
    _add_contents(connection, contents, known=known)
    return Hashes(digest(spec_text), digest(lists[0]), digest(lists[1]))


def write_release(
    connection: sa.Connection, draft: Draft, hashes: Hashes, *, deploy_id: str, previous: Entry | None,
) -> Release:
    """Write a release whose contents are there; return it as it stands in the database."""
    unsigned = Entry(
        number=previous.number + 1 if previous else 1, deploy_id=deploy_id, action=draft.action,
        fingerprint=draft.fingerprint, revision=draft.revision, git_commit=draft.git_commit, who=draft.who,
        at=state.database_clock(connection), made_by=__version__, spec_hash=hashes.spec,
        artifacts_hash=hashes.artifacts, origins_hash=hashes.origins, previous_hash=previous.hash if previous else "",
    )
    entry = replace(unsigned, hash=unsigned.own_hash)
    row = {column.name: getattr(entry, column.name) for column in state.release.columns}
    connection.execute(state.release.insert().values(**row))
    _stamp(connection, entry.fingerprint)
    return Release(number=entry.number, spec=draft.spec, fingerprint=entry.fingerprint, entry=entry,
                   artifacts=draft.artifacts, origins=draft.origins)


def _spec_contents(spec: Spec, known: Collection[str]) -> tuple[str, dict[str, str]]:
    """Return a spec as it is stored, and the texts of those of its objects that the database does not have."""
    objects = kept(spec.objects)
    # Written again, an object of an older crmspec may read otherwise than it stood there: texts first, then marks.
    missing = [(name, objects.text(name)) for name in objects if objects.mark(name).content not in known]
    texts = {objects.mark(name).content: text for name, text in missing}
    marks = {name: objects.mark(name) for name in objects}
    plain = to_plain(replace(spec, objects={})) | {"objects": marks}
    return dump(plain), texts


def _stamp(connection: sa.Connection, fingerprint: str) -> None:
    """Write which release it is into the head of a SQLite file: read there without parsing thousands of tables."""
    if connection.dialect.name == "sqlite":
        for name, number in zip(("application_id", "user_version"), stamp(fingerprint), strict=True):
            connection.exec_driver_sql(f"PRAGMA {name} = {number}")


def _hashes_of(connection: sa.Connection, entry: Entry | None) -> set[str]:
    """Return the hashes of the contents that a release refers to."""
    if entry is None:
        return set()
    texts = read_contents(connection, sorted({entry.artifacts_hash, entry.spec_hash}))
    paths, spec = json.loads(texts[entry.artifacts_hash]), json.loads(texts[entry.spec_hash])
    objects = (Mark(*mark).content for mark in spec["objects"].values())
    return {entry.spec_hash, entry.artifacts_hash, entry.origins_hash, *paths.values(), *objects}


def _add_contents(connection: sa.Connection, contents: Mapping[str, str], *, known: set[str]) -> None:
    from sqlalchemy.dialects import postgresql, sqlite

    rows = [{"hash": one, "content": text} for one, text in sorted(contents.items()) if one not in known]
    if rows:
        insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        connection.execute(insert(state.content).on_conflict_do_nothing(), rows)


def retired_after(release: Release | Draft | None) -> tuple[Retired, ...]:
    """Return what is out of sight once a release is there, as the plan of the next one needs it."""
    text = release.artifacts.get(RETIRED_FILE) if release else None
    return retired_from_json(text) if text else ()
