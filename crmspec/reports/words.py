"""What `reports` says to people beside the words of `records`."""

from __future__ import annotations

from crmspec.records.words import say as say_of_records

_WORDS: dict[str, dict[str, str]] = {
    "measure": {"en": "{label} ({function})", "zh-CN": "{label}（{function}）"},
    "rest": {"en": "All others", "zh-CN": "其他"},
}


def say(language: str, code: str, **parts: object) -> str:
    """Return the words of a code in a language, English where it is not known."""
    by_language = _WORDS[code]
    return by_language["zh-CN" if language.startswith("zh") else "en"].format(**parts)


def measure_label(language: str, label: str, function: str) -> str:
    """Return the words for a total: `Amount (sum)`."""
    word = say_of_records(language, function)
    return say(language, "measure", label=label, function=word if language.startswith("zh") else word.lower())
