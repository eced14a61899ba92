"""Which line of which file says a part: what a release keeps, so that screens can tell."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Future

    from crmspec.source.loaded import Loaded


class Lines(Mapping[str, str]):
    """Address → `file:line`. Worked out when it is first looked at, or from `begin` on: a deploy with nothing to do
    does neither.
    """

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._begun: Future[dict[str, str]] | None = None

    def begin(self) -> None:
        """Work them out while the database is busy: its driver lets other threads run, and the files are many."""
        if self._begun is None:
            from concurrent.futures import ThreadPoolExecutor

            worker = ThreadPoolExecutor(max_workers=1)
            with suppress(RuntimeError):  # there is no memory for one more thread: they are worked out when asked
                self._begun = worker.submit(self._work_out)
            worker.shutdown(wait=False)

    @cached_property
    def _found(self) -> dict[str, str]:
        return self._begun.result() if self._begun else self._work_out()

    def _work_out(self) -> dict[str, str]:
        return self._loaded.lines()

    def __getitem__(self, address: str) -> str:
        return self._found[address]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def items(self) -> ItemsView[str, str]:
        """Return all of them; `dict` of this is many times faster than of the map."""
        return self._found.items()
