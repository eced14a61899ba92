"""Which refusals are written down: every one, until somebody makes so many that they would fill the trail."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from crmspec.server.web import Exchange, Problem

NOTED = frozenset({400, 403, 404, 405, 408, 413})
_A_MINUTE = 300  # so many from one session or address, and then none until the minute is over
_KEPT = 10_000


class Refusals:
    """Counts the refusals of each session or address, in this process: it protects the trail, and decides nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def take(self, exchange: Exchange | None, address: str, problem: Problem) -> bool:
        """Say whether a refusal is written down. A wrong address that nobody is logged in to ask for is not."""
        known = exchange is not None and (exchange.signed_in or exchange.waiting) is not None
        if problem.status == 404 and not known:
            return False
        key = exchange.session.id if exchange and exchange.session else address
        minute = int(time.monotonic() // 60)
        with self._lock:
            then, count = self._counts.pop(key, (minute, 0))
            count = count + 1 if then == minute else 1
            self._counts[key] = (minute, count)
            while len(self._counts) > _KEPT:
                self._counts.popitem(last=False)
        if count == _A_MINUTE:
            problem.why = f"{problem.why}; further ones of this minute are not written down".lstrip("; ")
        return count <= _A_MINUTE
