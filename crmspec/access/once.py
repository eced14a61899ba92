"""What is worked out from a spec alone, worked out once for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from crmspec.spec import Spec

T = TypeVar("T")
_KEPT_MAX = 8  # releases a process looks at: the one it serves, the one before, those of its tests


def once_per_spec(work: Callable[[Spec], T]) -> Callable[[Spec], T]:
    """Remember the answer for the last few specs, told apart by identity: comparing them would cost more than the work.

    The spec itself is kept beside the answer, so that its identity cannot pass to another one.
    """
    kept: dict[int, tuple[Spec, T]] = {}

    @wraps(work)
    def remembered(spec: Spec) -> T:
        found = kept.get(id(spec))
        if found is not None and found[0] is spec:
            return found[1]
        answer = work(spec)
        for key in list(kept)[: max(0, len(kept) - _KEPT_MAX + 1)]:
            kept.pop(key, None)
        kept[id(spec)] = (spec, answer)
        return answer

    return remembered
