"""What ended a command early → diagnostics on the screen and an exit code; only a fault of ours leaves a report."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from crmspec import __version__
from crmspec.cli.output import show_json, show_paragraphs
from crmspec.cli.show_diagnostics import diagnostic_value
from crmspec.cli.terminal import redacted
from crmspec.diagnostics import Diagnostic, Refused, in_order


def show_failure(error: Exception, arguments: Sequence[str]) -> int:
    """Print why a command could not go on; return exit code 1."""
    if os.environ.get("CRMSPEC_DEBUG"):
        sys.stderr.write(redacted("".join(traceback.format_exception(error))))
    diagnostics = diagnostics_of(error) or (_fault(error, arguments),)
    if _wants_json(arguments):
        show_json({"diagnostics": [diagnostic_value(diagnostic) for diagnostic in diagnostics]})
    else:
        show_paragraphs(diagnostics, _folder(arguments))
    return 1


def diagnostics_of(error: Exception) -> tuple[Diagnostic, ...]:
    """Return what went wrong in a project or in the world around us; empty for a fault of ours."""
    if isinstance(error, Refused):
        return in_order(error.diagnostics)
    if isinstance(error, UnicodeDecodeError):
        return (Diagnostic("CRM902", "a file is not UTF-8 text", why=_words(error),
                           help="git status and git diff --stat name the files that changed last"),)
    if isinstance(error, OSError):
        return (_system_error(error),)
    # Whoever has not loaded SQLAlchemy has not met its errors either.
    database = sys.modules.get("sqlalchemy.exc")
    if database is not None:
        if isinstance(error, database.ArgumentError | database.NoSuchModuleError):
            return (Diagnostic("CRM904", "the database URL cannot be read", why=_words(error), help=_URL_HELP),)
        # DatabaseError itself is what SQLite says of a file that is no database, or a damaged one.
        is_damaged = type(error) is database.DatabaseError
        if is_damaged or isinstance(error, database.OperationalError | database.InterfaceError):
            return (_database_error(getattr(error, "orig", None) or error),)
    return ()


_URL_HELP = "write sqlite:///crm.db or postgresql+psycopg://user:password@host/database"


def _system_error(error: OSError) -> Diagnostic:
    name = f"`{error.filename}`" if error.filename else "a file or an address"
    reason = (error.strerror or str(error) or type(error).__name__).lower()
    return Diagnostic("CRM901", f"{name} cannot be used: {reason}", help="mend that and run the same command again")


def _database_error(error: BaseException) -> Diagnostic:
    words = _words(error)
    lower = words.lower()
    if "locked" in lower or "busy" in lower:
        help_words = "another program writes to it; wait until it is done, or find out with `crmspec status`"
    elif "unable to open" in lower or "readonly" in lower or "read-only" in lower:
        help_words = "look at the path and the rights of the file and of its folder"
    elif "does not exist" in lower and "database" in lower:
        help_words = "make it first: createdb NAME"
    elif "not a database" in lower or "malformed" in lower:
        help_words = "look at the path; a damaged file comes back from the newest one in backups/"
    elif "disk" in lower or "no space" in lower:
        help_words = "make room on the disk and run the same command again"
    else:
        help_words = "look whether the server runs and whether host, port, user and password are right"
    return Diagnostic("CRM903", "the database cannot be used", why=words, help=help_words)


def _words(error: BaseException) -> str:
    """Return an error's own words, short, on one line, without secrets."""
    text = " ".join(redacted(str(error)).split())
    return text[:400] or type(error).__name__


def _fault(error: Exception, arguments: Sequence[str]) -> Diagnostic:
    path = _write_report(error, arguments)
    return Diagnostic(
        "CRM999", f"this is a fault of crmspec, not of your project ({type(error).__name__})",
        why=_words(error), help=f"please send us the report, it says what happened: {path}",
    )


def _write_report(error: Exception, arguments: Sequence[str]) -> Path:
    handle, name = tempfile.mkstemp(prefix="crmspec-fault-", suffix=".txt")
    lines = [
        f"crmspec {__version__}, Python {sys.version.split()[0]}, {sys.platform}",
        f"command: crmspec {' '.join(arguments)}",
        "".join(traceback.format_exception(error)),
    ]
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
        stream.write(redacted("\n".join(lines)))
    return Path(name)


def _wants_json(arguments: Sequence[str]) -> bool:
    return "--format=json" in arguments or ("--format", "json") in pairwise(arguments)


def _folder(arguments: Sequence[str]) -> Path:
    """Return what the files of diagnostics are relative to: the folder after `-C`, else the current one."""
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if argument == "-C":
            return Path(following)
        if argument.startswith("-C") and len(argument) > 2:
            return Path(argument[2:])
    return Path()
