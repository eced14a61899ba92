"""What to say when a formula cannot be read: the place, and the mistake people most likely made there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .types import FormulaProblem

if TYPE_CHECKING:
    from lark.exceptions import UnexpectedInput

# What other languages write, and what it is here. Longer ones first.
_HABITS = (
    (re.compile(r"==="), "write `==`"),
    (re.compile(r"="), "write `==` to compare"),
    (re.compile(r"&&|&"), "write `and`; to join texts, `concat(a, b)`"),
    (re.compile(r"\|\|?"), "write `or`; to join texts, `concat(a, b)`"),
    (re.compile(r"!"), "write `not`"),
    (re.compile(r"\*\*|\^"), "there are no powers: multiply"),
    (re.compile(r"\?"), "write `if(condition, then, else)`"),
    (re.compile(r"//|--|/\*|#"), "a formula has no comments; YAML has, with `#`"),
    (re.compile(r";"), "a formula is one expression"),
    (re.compile(r"[\[{]"), "lists stand in parentheses: `kind in ('a', 'b')`"),
    (re.compile(r"[“”‘’「」]"), "write straight quotes: `'text'`"),
    (re.compile(r"[（）]"), "write `(` and `)`"),
    (re.compile(r"，"), "write `,`"),
    (re.compile(r"\.\d"), "write a digit before the point: `0.5`"),
    (re.compile(r"\d"), "numbers are written `1234.56`; a name begins with a letter"),
    (re.compile(r"(?:AND|OR|NOT|IN|TRUE|FALSE|BLANK)\b"), "write it in small letters"),
    (re.compile(r"(?i:null|none|nil|is)\b"), "write `isblank(…)`, or `blank` for no value"),
    (re.compile(r"==|!=|<=|>=|<|>"), "comparisons do not chain: write `a < b and b < c`, or `between(b, a, c)`"),
    (re.compile(r"'[^']*$|\"[^\"]*$"), "close the quote"),
)


def explain(text: str, error: UnexpectedInput) -> FormulaProblem:
    """Turn the parser's error into a problem at its place."""
    place = getattr(error, "pos_in_stream", None)
    if place is None or place < 0 or getattr(getattr(error, "token", None), "type", "") == "$END":
        return _ends_early(text)
    found = re.compile(r"\w+|'[^']*'|\"[^\"]*\"|[<>=!&|*/]+|.", re.DOTALL).match(text, place)
    word = found[0] if found else text[place]
    shown = word if len(word) <= 30 else word[:30] + "…"
    if word[:1] in ("'", '"') and len(word) == 1:
        return FormulaProblem(
            place + 1, len(text) + 1, "the text has no closing quote", help=f"write {word} at its end"
        )
    help = next((say for habit, say in _HABITS if habit.match(text, place)), "")
    if text[place - 1 : place + 1] == "<>":
        help = "write `!=`"
    if not help and word[0] in "'\"" and text[place - 1 : place] in ("'", '"'):
        help = f"write `\\{word[0]}` for a quote inside a text"
    if (not help and word == ",") or word == ")":
        help = help or "a value is missing before it, or an opening parenthesis"
    return FormulaProblem(place + 1, place + 1 + len(word), f"`{shown}` cannot stand here", _before(text, place), help)


def _before(text: str, place: int) -> str:
    """Name what was read before the place, so that the message can be understood without the text."""
    before = text[:place].strip()
    if not before:
        return "a formula begins with a value"
    return f"it follows `{'…' if len(before) > 24 else ''}{before[-24:]}`"


def _ends_early(text: str) -> FormulaProblem:
    # Quoted parentheses do not count.
    bare = re.sub(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", "", text)
    missing = bare.count("(") - bare.count(")")
    help = (
        f"close {missing} parenthes{'is' if missing == 1 else 'es'}: `{')' * min(missing, 10)}`"
        if missing > 0
        else ("write the value that is missing")
    )
    return FormulaProblem(len(text), len(text) + 1, "the formula ends too early", _before(text, len(text)), help)
