"""Releases as they stand in the database: written once, chained by hashes, read back as values."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from weakref import WeakSet

import sqlalchemy as sa

from crmspec import __version__
from crmspec.deploy import state
from crmspec.deploy.contents import digest, lines_in_pieces, pieces_of, read_contents, tampered, texts_of
from crmspec.deploy.looking import has_table
from crmspec.deploy.release import Entry, Release, refuse_missing, release_of
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.spec import Mark, Spec, kept, to_plain
from crmspec.spec.canonical import dump
from crmspec.spec.stamp import stamp

_KEPT = 2  # releases kept as values: the newest, and those that requests under way still look at


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


# --- The chain ---

HISTORY_TABLES = ("crmspec_release", "crmspec_content", "crmspec_deploy")


def verify_chain(connection: sa.Connection) -> tuple[Entry, ...]:
    """Return the rows of all releases, after looking whether anybody edited, removed or inserted one."""
    if has_table(connection, "crmspec_version"):
        refuse_missing(connection, HISTORY_TABLES)
    rows = entries(connection)
    for words in breaks(connection, rows):
        raise Refused(tampered(words))
    return rows


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
    origins, pieces = lines_in_pieces(dict(draft.origins.items()))
    lists = [json.dumps(paths, ensure_ascii=False), origins]
    contents = {digest(text): text for text in (spec_text, *lists)} | objects | pieces
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
    texts = read_contents(connection, sorted({entry.artifacts_hash, entry.spec_hash, entry.origins_hash}))
    paths, spec = json.loads(texts[entry.artifacts_hash]), json.loads(texts[entry.spec_hash])
    objects = (Mark(*mark).content for mark in spec["objects"].values())
    return {*texts, *pieces_of(texts[entry.origins_hash]), *paths.values(), *objects}


def _add_contents(connection: sa.Connection, contents: Mapping[str, str], *, known: set[str]) -> None:
    rows = [(one, text) for one, text in sorted(contents.items()) if one not in known]
    if rows and connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO crmspec_content VALUES (?, ?) ON CONFLICT DO NOTHING", rows)
    elif rows:
        from sqlalchemy.dialects.postgresql import insert

        named = [{"hash": one, "content": text} for one, text in rows]
        connection.execute(insert(state.content).on_conflict_do_nothing(), named)
