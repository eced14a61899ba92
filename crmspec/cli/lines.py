"""Which line of which file says a part: what a release keeps, so that screens can tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmspec.source.loaded import Loaded

_LEFT_OUT = ("option", "index", "seed")  # nobody asks where they stand, and they are many


class Lines(Mapping[str, str]):
    """Address → `file:line`. Worked out when it is first looked at: a deploy with nothing to do never does."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded

    @cached_property
    def _found(self) -> dict[str, str]:
        from crmspec.spec import kind_of

        spec = self._loaded.spec
        found: dict[str, str] = {}
        for address in spec.parts() if spec else ():
            position = None if kind_of(address) in _LEFT_OUT else self._loaded.origins.at(address)
            if position is not None:
                found[address] = f"{position.file}:{position.line}"
        return found

    def __getitem__(self, address: str) -> str:
        return self._found[address]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)
