"""Secret fields: encrypted before they reach the database, opened only to be shown masked or to be revealed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

KEY_VARIABLE = "CRMSPEC_SECRET_KEY"


@dataclass(frozen=True)
class SecretBox:
    """A key for secret fields: from the environment, else from a file beside a SQLite database.

    The file is made when the first secret is stored and never travels with a backup of the database.
    """

    key: bytes | None = None
    file: Path | None = None

    def closed(self, text: str) -> str | None:
        """Return the text encrypted; None when there is no key and no place to keep one."""
        fernet = self._fernet(make=True)
        return fernet.encrypt(text.encode()).decode() if fernet else None

    def opened(self, stored: str) -> str | None:
        """Return the clear text; None when this is not the key it was closed with."""
        from cryptography.fernet import InvalidToken

        fernet = self._fernet(make=False)
        if fernet is None:
            return None
        try:
            return fernet.decrypt(stored.encode()).decode()
        except InvalidToken:
            return None

    def _fernet(self, *, make: bool) -> Fernet | None:
        from cryptography.fernet import Fernet

        if self.key:
            return Fernet(self.key)
        if self.file is None:
            return None
        if not self.file.exists() and make:
            _write_key(self.file, Fernet.generate_key())
        return Fernet(self.file.read_bytes().strip()) if self.file.exists() else None


def box_for(connection: sa.Connection) -> SecretBox:
    """Return the box of the database a connection leads to."""
    key = os.environ.get(KEY_VARIABLE, "")
    if key:
        return SecretBox(key=key.encode())
    database = connection.engine.url.database or ""
    if connection.dialect.name == "sqlite" and database not in ("", ":memory:"):
        return SecretBox(file=Path(database + ".key"))
    return SecretBox()


def _write_key(file: Path, key: bytes) -> None:
    """Make the key file for its owner's eyes only; when another process was first, its key stays."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as stream:
        stream.write(key)
