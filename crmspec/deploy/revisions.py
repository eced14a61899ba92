"""The revisions of a project's `migrations/`: their order, what a database has of them, whether one was edited."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import sqlalchemy as sa

from crmspec.deploy import state
from crmspec.deploy.database import for_reading
from crmspec.deploy.looking import has_table
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.history import VERSIONS, digests_of, read_files, read_text, two_branches

FOLDER = "migrations"
_NAME = re.compile(rb"""^revision(?:: *str)? *= *["']([^"'\n]+)["']""", re.MULTILINE)
_AFTER = re.compile(rb"""^down_revision(?:: *[^=\n]+)? *= *(?:None|["']([^"'\n]+)["'])""", re.MULTILINE)
_LEADS_TO = re.compile(rb'^FINGERPRINT_AFTER = "([0-9a-f]+)"$', re.MULTILINE)
_REPLACES, _ADOPTS, _FUNCTION = b"\nREPLACES = ", b"\nADOPTS = ", b"\ndef "
_HEAD = 1 << 14
_TITLE = re.compile(rb'"""([^\n"]*)')


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision file."""

    name: str
    after: str | None                 # the revision before it
    title: str
    file: Path
    checksum: str
    leads_to: str | None = None       # the fingerprint of the spec after it
    # The revisions that were squashed into it, with the checksums that their files had.
    replaces: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    adopting: bool = False            # whether it takes over tables that a database may have already

    @property
    def adopts(self) -> Mapping[str, str]:
        """The objects whose tables are taken over where they are there: name → the object as JSON."""
        found: Mapping[str, str] = self.module.ADOPTS if self.adopting else {}
        return found

    @property
    def module(self) -> ModuleType:
        """What the file says is to be done, read when it is: a database has passed most of them long ago."""
        return _load(self.file, self.checksum)


@dataclass(frozen=True, slots=True)
class Revisions:
    """The revisions of a project, oldest first: one line without branches."""

    line: tuple[Revision, ...] = ()

    @property
    def head(self) -> str | None:
        """The newest revision, None where there is none yet."""
        return self.line[-1].name if self.line else None

    @property
    def by_name(self) -> Mapping[str, Revision]:
        """Find a revision by its name."""
        return {one.name: one for one in self.line}

    @property
    def replaced(self) -> Mapping[str, tuple[str, ...]]:
        """Every revision that was squashed, with the checksums that its file had."""
        return {name: checksums for one in self.line for name, checksums in one.replaces.items()}

    def between(self, start: str | None, end: str | None) -> tuple[tuple[Revision, ...], bool]:
        """Return the revisions to go through from one to another, in the order of going, and whether that is upward."""
        names = [None, *(one.name for one in self.line)]
        first, last = names.index(start), names.index(end)
        if first <= last:
            return self.line[first:last], True
        return tuple(reversed(self.line[last:first])), False


def read_revisions(project_folder: Path) -> Revisions:
    """Read the heads of a project's revision files; refuse a history with two ends or a hole."""
    folder = project_folder / VERSIONS
    files = sorted(folder.glob("*.py"))
    checksums = digests_of(project_folder, (f"{VERSIONS}/{file.name}" for file in files), kept_as="revisions")
    read = {file: _read(file, checksums[f"{VERSIONS}/{file.name}"]) for file in files}
    for file, one in read.items():
        if one is None and file.name[0].isdigit():
            raise Refused(Diagnostic("CRM515", f"migrations/versions/{file.name} is no revision",
                                     why="it does not say which revision it is, and which one it follows",
                                     help=f"git checkout -- migrations/versions/{file.name}"))
    found = [one for one in read.values() if one is not None]
    by_name = {one.name: one for one in found}
    if len(by_name) < len(found):
        twice = next(one.name for one in found if by_name[one.name] is not one)
        raise Refused(_no_line(f"two files say that they are the revision `{twice}`"))
    parents = {one.after for one in found}
    heads = [one.name for one in found if one.name not in parents]
    if len(heads) > 1:
        raise Refused(two_branches(read_files(project_folder)))
    line: list[Revision] = []
    at: str | None = heads[0] if heads else None
    while at is not None:
        one = by_name.pop(at, None)
        if one is None:
            raise Refused(_no_line(f"`{line[-1].name}` follows the revision `{at}`, which is not there"))
        line.append(one)
        at = one.after
    if by_name:
        raise Refused(_no_line(f"{', '.join(f'`{name}`' for name in by_name)} follow one another in a circle"))
    return Revisions(tuple(reversed(line)))


def _read(file: Path, checksum: str) -> Revision | None:
    """Read what a revision file says of itself; its statements are looked at only when they are run."""
    head = _head_of(file)
    name, after = _NAME.search(head), _AFTER.search(head)
    if name is None or after is None:
        return None
    title = _TITLE.match(head)
    leads_to = _LEADS_TO.search(head)
    said = read_text(head.decode("utf-8", errors="replace"), file.name) if _REPLACES in head else None
    return Revision(
        name[1].decode(), after[1].decode() if after[1] else None, title[1].decode().strip() if title else "", file,
        checksum, leads_to[1].decode() if leads_to else None, said.replaces if said else {},
        _ADOPTS in head)


def _head_of(file: Path) -> bytes:
    """Return what stands before the first function: of a revision that makes a thousand tables, hardly anything."""
    with file.open("rb") as stream:
        content = stream.read(_HEAD)
        while _FUNCTION not in content.replace(b"\r\n", b"\n") and (more := stream.read(len(content))):
            content += more
    head, _, _ = content.replace(b"\r\n", b"\n").partition(_FUNCTION)
    return head


def _no_line(why: str) -> Diagnostic:
    return Diagnostic("CRM515", "the revisions in migrations/ do not make one line", why=why,
                      help="a file is missing or named wrongly; bring it back from git")


@lru_cache(maxsize=64)
def _load(file: Path, checksum: str) -> ModuleType:
    """Run a revision file; `checksum` keeps an edited one apart from what it was."""
    spec = spec_from_file_location(f"crmspec_revision_{checksum[:16]}", file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (SyntaxError, NameError, ImportError, AttributeError, TypeError) as error:
        raise Refused(Diagnostic("CRM515", f"the revision {file.name} cannot be read", why=str(error),
                                 help=f"git checkout -- {FOLDER}/versions/{file.name}")) from error
    return module


# --- What a database has of them ---


def current_revision(connection: sa.Connection) -> str | None:
    """Return the revision that the tables of a database stand at, as Alembic knows it."""
    if not has_table(connection, "alembic_version"):
        return None
    found: list[str] = list(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars())
    if len(found) > 1:
        raise Refused(Diagnostic("CRM516", f"the database stands at {len(found)} revisions at once: {', '.join(found)}",
                                 help="bring it to one with Alembic: alembic history, alembic upgrade REVISION"))
    return found[0] if found else None


def refuse_other_history(connection: sa.Connection, revisions: Revisions) -> str | None:
    """Return where a database stands; refuse when the project is not the history that brought it there."""
    current = current_revision(connection)
    applied = _applied(connection)
    if current is not None and current not in revisions.by_name:
        raise Refused(_in_between(current, revisions) if current in revisions.replaced else
                      _other_history(connection, current, revisions, applied))
    problems = []
    for name, checksum in applied.items():
        revision = revisions.by_name.get(name)
        known = {*revisions.replaced.get(name, ()), *([revision.checksum] if revision else [])}
        if not known:
            problems.append(Diagnostic(
                "CRM517", f"the revision `{name}` was applied to this database and is not in migrations/",
                help=f"bring the file back from git: git log --all -- 'migrations/versions/*{name}*'"))
        elif checksum not in known:
            problems.append(_edited(name, revision))
    if problems:
        raise Refused(*problems)
    return current


def _edited(name: str, revision: Revision | None) -> Diagnostic:
    if revision is None:
        return Diagnostic(
            "CRM518", f"the revision `{name}` was edited before it was squashed, and after it was applied here",
            why="the database has what its file said before, and nobody can tell what that was",
            help=f"bring it back as it was: git log --all -- 'migrations/versions/*{name}*'")
    return Diagnostic(
        "CRM518", f"the revision `{name}` was edited after it was applied here: {revision.file.name}",
        why="the database has what the file said before, and nobody can tell what that was",
        help=f"git checkout -- migrations/versions/{revision.file.name}      and make a new revision")


def _in_between(current: str, revisions: Revisions) -> Diagnostic:
    baseline = next(one for one in revisions.line if current in one.replaces)
    return Diagnostic(
        "CRM575", f"this database stands at `{current}`, which was squashed into `{baseline.name}`",
        why="the revisions that lead on from there are not in migrations/ any more",
        help=f"deploy the project as it was before the squash first (git log -- {FOLDER}/versions/"
             f"{baseline.file.name}), then this one")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a database says of itself when it is asked from a checkout that may not fit it."""

    applied: frozenset[str]
    current: str | None
    release: int | None               # the newest one


def standing_of(engine: sa.Engine) -> Standing:
    """Ask a database which revisions it has; reads only."""
    with for_reading(engine).connect() as connection:
        current = current_revision(connection)
        newest = sa.select(sa.func.max(state.release.c.number))
        release = connection.execute(newest).scalar() if has_table(connection, "crmspec_release") else None
        return Standing(frozenset({*_applied(connection), *([current] if current else [])}), current, release)


def _applied(connection: sa.Connection) -> dict[str, str]:
    if not has_table(connection, "crmspec_revision"):
        return {}
    return {row.revision: row.checksum for row in connection.execute(sa.select(state.revision))}


def _other_history(
    connection: sa.Connection, current: str, revisions: Revisions, applied: Mapping[str, str],
) -> Diagnostic:
    if revisions.head is None or revisions.head in applied:
        at_head = sa.select(sa.func.max(state.release.c.number)).where(state.release.c.revision == revisions.head)
        number = connection.execute(at_head).scalar() if revisions.head else None
        return Diagnostic(
            "CRM519", f"this project is older than what is deployed: the database stands at `{current}`",
            why=f"the project ends at `{revisions.head or 'nothing'}`, which the database has long passed",
            help="bring the newer commits in: git pull, or git merge. To go back on purpose, from the newer checkout: "
                 f"crmspec rollback{f' --to {number}' if number else ''}")
    return Diagnostic(
        "CRM519", f"another branch was deployed to this database: it stands at `{current}`",
        why=f"migrations/ ends at `{revisions.head}` and does not have `{current}`",
        help="merge the branch that has it, and put your own revision on top of it: crmspec rebase")
