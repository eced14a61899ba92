"""The release people work with: asked for at each request, so that a new one is followed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import sqlalchemy as sa

from crmspec.spec import Spec


class Release(Protocol):
    """What `deploy` stores of a release and the server reads."""

    @property
    def number(self) -> int:
        """Its place in the sequence of releases."""

    @property
    def spec(self) -> Spec:
        """Everything that was deployed."""

    @property
    def origins(self) -> Mapping[str, str]:
        """Address → file:line of what the release was made from."""

    @property
    def artifacts(self) -> Mapping[str, str]:
        """Path → content of what the generators wrote."""


LoadRelease = Callable[[sa.Connection], Release | None]
