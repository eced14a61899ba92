"""The revisions of a project's `migrations/`: their order, what a database has of them, whether one was edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import sqlalchemy as sa

from crmspec.deploy import state
from crmspec.deploy.state import has_table
from crmspec.diagnostics import Diagnostic, Refused

FOLDER = "migrations"


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision file."""

    name: str
    after: str | None                 # the revision before it
    title: str
    file: Path
    checksum: str
    module: ModuleType


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

    def between(self, start: str | None, end: str | None) -> tuple[tuple[Revision, ...], bool]:
        """Return the revisions to go through from one to another, in the order of going, and whether that is upward."""
        names = [None, *(one.name for one in self.line)]
        first, last = names.index(start), names.index(end)
        if first <= last:
            return self.line[first:last], True
        return tuple(reversed(self.line[last:first])), False


def read_revisions(project_folder: Path) -> Revisions:
    """Read the revision files of a project; refuse a history with two ends or a hole."""
    folder = project_folder / FOLDER
    if not (folder / "versions").is_dir():
        return Revisions()
    from alembic.script import ScriptDirectory
    from alembic.util.exc import CommandError

    try:
        script = ScriptDirectory(folder, version_locations=[str(folder / "versions")])
        heads = script.get_heads()
        if len(heads) > 1:
            raise Refused(_two_branches(script, heads))
        scripts = list(script.walk_revisions())
    except CommandError as error:
        raise Refused(Diagnostic("CRM515", "the revisions in migrations/ do not make one line", why=str(error),
                                 help="a file is missing or named wrongly; bring it back from git")) from error
    line = []
    for one in reversed(scripts):
        file = Path(one.path)
        line.append(Revision(one.revision, _single(one.down_revision), (one.doc or "").strip(), file, checksum_of(file),
                             one.module))
    return Revisions(tuple(line))


def _single(down: object) -> str | None:
    return down if isinstance(down, str) else None


def _two_branches(script: object, heads: Sequence[str]) -> Diagnostic:
    return Diagnostic(
        "CRM516", f"migrations/ has {len(heads)} newest revisions: {', '.join(f'`{head}`' for head in heads)}",
        why="two branches each added one, and nobody has said which comes first",
        help="remove the one that no database has applied, and make it anew on top of the other: crmspec generate",
    )


def checksum_of(file: Path) -> str:
    """Return the SHA-256 of a revision file, the same whatever line ends git checked it out with."""
    return sha256(file.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


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
        raise Refused(_other_history(current, revisions, applied))
    problems = []
    for name, checksum in applied.items():
        revision = revisions.by_name.get(name)
        if revision is None:
            problems.append(Diagnostic(
                "CRM517", f"the revision `{name}` was applied to this database and is not in migrations/",
                help=f"bring the file back from git: git log --all -- 'migrations/versions/*{name}*'"))
        elif revision.checksum != checksum:
            problems.append(Diagnostic(
                "CRM518", f"the revision `{name}` was edited after it was applied here: {revision.file.name}",
                why="the database has what the file said before, and nobody can tell what that was",
                help=f"git checkout -- migrations/versions/{revision.file.name}      and make a new revision"))
    if problems:
        raise Refused(*problems)
    return current


def _applied(connection: sa.Connection) -> dict[str, str]:
    if not has_table(connection, "crmspec_revision"):
        return {}
    return {row.revision: row.checksum for row in connection.execute(sa.select(state.revision))}


def _other_history(current: str, revisions: Revisions, applied: Mapping[str, str]) -> Diagnostic:
    if revisions.head is None or revisions.head in applied:
        return Diagnostic(
            "CRM519", f"this project is older than what is deployed: the database stands at `{current}`",
            why=f"the project ends at `{revisions.head or 'nothing'}`, which the database has long passed",
            help="check out the newer project, or go back to an earlier release on purpose: crmspec rollback")
    return Diagnostic(
        "CRM519", f"another branch was deployed to this database: it stands at `{current}`",
        why=f"migrations/ ends at `{revisions.head}` and does not have `{current}`",
        help="merge the branch that has it, then put your own revision on top of it: remove yours, crmspec generate")
