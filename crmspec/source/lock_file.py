"""What `crmspec.lock` says, as a model. Imported only when there is such a file: pydantic takes 0.1 s to import."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class LockedPackage(BaseModel):
    """One package as it was when it was locked."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    version: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class LockFile(BaseModel):
    """All packages of a project."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format_version: Literal[1] = 1
    packages: dict[str, LockedPackage]


def read_lock(path: Path) -> LockFile | str:
    """Read a lock file, or say in a few words why it is none."""
    try:
        return LockFile.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        return f"{place or 'all of it'}: {first['msg'][:1].lower()}{first['msg'][1:]}"
    except OSError as error:
        return (error.strerror or "unknown reason").lower()
