"""Addresses as `access` speaks them → lines of the project, looked up when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from crmspec.diagnostics import Position

if TYPE_CHECKING:
    from crmspec.source.origins import Origins


class Places(Mapping[str, Position]):
    """Finds `role:sales_rep.grants.account.read`, `contact.email`, `position:rep_east`, `access_test:3`."""

    def __init__(self, read: Callable[[], Origins]) -> None:
        self._read = read

    @cached_property
    def _origins(self) -> Origins:
        # Every file is read for them: nobody pays for that as long as nothing is wrong.
        return self._read()

    def __getitem__(self, address: str) -> Position:
        kind, _, rest = address.partition(":")
        if kind == "access_test":
            found = self._origins.at("access_tests", rest)
        elif kind == "role":
            name, _, key = rest.partition(".")
            found = self._origins.at(f"role:{name}", key)
        else:
            found = self._origins.at(address)
        if found is None:
            raise KeyError(address)
        return found

    def __iter__(self) -> Iterator[str]:
        """Nothing: every address is looked up, none is listed."""
        return iter(())

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return True
