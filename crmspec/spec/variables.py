"""`${NAME}` in an environment's database: filled in from the variables of whoever runs the command."""

from __future__ import annotations

import re
from collections.abc import Mapping

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def variables_of(text: str) -> tuple[str, ...]:
    """Return the names of the variables in a text, each once."""
    return tuple(dict.fromkeys(_VARIABLE.findall(text)))


def filled_in(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its variables filled in; one without a value is left out."""
    return _VARIABLE.sub(lambda match: values.get(match[1], ""), text)
