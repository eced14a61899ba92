"""What is wrong so far: collected while reading, so that one run names every problem."""

from __future__ import annotations

from collections import Counter

from crmspec.diagnostics import Diagnostic, Position, Severity

PER_FILE_MAX = 100


class Problems:
    """Collects diagnostics; after `PER_FILE_MAX` in one file it says so once and counts no further."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []
        self._in_file: Counter[str] = Counter()

    def add(
        self,
        code: str,
        what: str,
        position: Position | None,
        *,
        why: str = "",
        help: str = "",
        severity: Severity = "error",
        related: tuple[tuple[Position, str], ...] = (),
    ) -> None:
        """Keep one problem."""
        file = position.file if position else ""
        self._in_file[file] += 1
        seen = self._in_file[file]
        if seen <= PER_FILE_MAX:
            self.found.append(Diagnostic(code, what, position, why, help, severity, related))
        elif seen == PER_FILE_MAX + 1:
            self.found.append(
                Diagnostic(
                    "CRM124",
                    f"more than {PER_FILE_MAX} problems in this file",
                    position,
                    "the rest would only hide the first ones",
                    "mend these and run again",
                )
            )

    def full(self, file: str) -> bool:
        """Say whether further problems of a file would not be shown, so that finding them is not worth the time."""
        return self._in_file[file] > PER_FILE_MAX

    @property
    def has_errors(self) -> bool:
        """Say whether anything found so far is an error."""
        return any(d.severity == "error" for d in self.found)
