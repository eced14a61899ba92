"""Nodes → values: one small reader for each shape a value of the language can have.

A reader is given the node and the address it belongs to, and gives the value, or `MISSING` after it has said what is
wrong. A part is a table from key to reader (`bind_object`, `bind_screens` …), so the same table checks keys, reads
values and writes the JSON Schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from crmspec.diagnostics import Position, did_you_mean
from crmspec.source.form import shown
from crmspec.source.problems import Problems
from crmspec.source.tree import Node
from crmspec.spec import names
from crmspec.spec.values import Unfit, decimal, plain, whole

LABEL_LENGTH_MAX = 255
TEXT_LENGTH_MAX = 4_000
COMBINING_MAX = 4
# More marks than any language puts on one letter.
_TOWER = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e34-\u0e3a\u0e47-\u0e4e"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{5,}"
)


class _Missing:
    """What a reader gives when there is no value to give."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*(?:\.plural)?)\}")
PLACEHOLDER_BYTES = re.compile(rb"\{([a-z][a-z0-9_]*)(?:\.plural)?\}")
Read = Callable[["Binder", Node, str], Any]


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a part: how its value is read, and what a JSON Schema says of it."""

    read: Read
    schema: Mapping[str, Any]
    attribute: str = ""  # the name in the part, when it is another


class Binder:
    """Reads the nodes of one project: knows its languages and its words, and collects what is wrong."""

    def __init__(
        self, problems: Problems, languages: tuple[str, ...], words: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        self.problems = problems
        self.languages = languages
        self.words = words or {}
        self._same: dict[str, dict[str, str]] = {}
        self._spoken: dict[str, dict[str, str]] = {}
        self._good: set[tuple[str, str]] = set()  # names that were found right; objects share most of theirs

    # Problems

    def say(self, code: str, what: str, at: Position, why: str = "", help: str = "", **more: Any) -> _Missing:
        """Keep a problem and give `MISSING`, so that a reader can end with it."""
        self.problems.add(code, what, at, why=why, help=help, **more)
        return MISSING

    def wrong_shape(self, node: Node, where: str, expected: str, example: str) -> _Missing:
        """Say that a value has another shape than its key needs."""
        what = f"{self.place(node, where)} is {shape_of(node)}, and {expected} is expected"
        return self.say("CRM206", what, node.at, "the key would have no meaning", f"write it like `{example}`")

    def place(self, node: Node, where: str) -> str:
        """Name the key and the address of a node for a message."""
        key = getattr(node.key, "value", "")
        return f"`{shown(key)}` of `{where}`" if key else f"an entry of `{where}`"

    # Parts

    def part(
        self,
        node: Node,
        where: str,
        keys: Mapping[str, Key],
        *,
        kind: str,
        skip: str = "",
        example: str = "",
        offered: Collection[str] = (),
    ) -> dict[str, Any]:
        """Read the keys of one part into the attributes of its class.

        `offered` are the keys a message names, where not all of `keys` have a meaning.
        """
        out: dict[str, Any] = {}
        value = node.value
        if type(value) is not dict:
            self.wrong_shape(node, where, "a mapping", example or "{…}")
            return out
        for name, child in value.items():
            key = keys.get(name)
            if key is None:
                if name != skip:
                    self.unknown_key(child, where, keys, kind, offered or keys)
                continue
            if child.value == "" and child.plain:
                self.blank(child, where)
                continue
            read = key.read(self, child, where)
            if read is not MISSING:
                out[key.attribute or name] = read
        return out

    def blank(self, child: Node, where: str) -> _Missing:
        """A key with nothing behind it."""
        return self.say(
            "CRM122",
            f"{self.place(child, where)} has no value",
            child.key_at,
            "a key without a value does nothing",
            "write a value, or remove the key",
        )

    def unknown_key(
        self, child: Node, where: str, keys: Mapping[str, Key], kind: str, offered: Collection[str]
    ) -> None:
        """A key the part does not have: the near word, or where the key belongs."""
        name = child.key.value
        known = ", ".join(sorted(offered))
        if name == "<<":
            self.say(
                "CRM115",
                "the merge key `<<` is not part of the language",
                child.key_at,
                "every key is written where it counts",
                "use `extend`, a `value_set` or `include`",
            )
            return
        if not name.isascii() and names.latin(name) in keys:
            self.say(
                "CRM218",
                f"the key `{shown(name)}` of `{where}` looks like `{names.latin(name)}`, and is not",
                child.key_at,
                f"it has {names.strange_letters(name)}",
                f"write `{names.latin(name)}`",
            )
            return
        belongs = [level for level, others in LEVELS.items() if name in others and others is not keys]
        code = "CRM204" if belongs else "CRM203"
        help = f"`{name}` belongs in {' or '.join(belongs)}" if belongs else did_you_mean(name, offered)
        self.say(code, f"unknown key `{shown(name)}` in `{where}`", child.key_at, f"{kind} has the keys {known}", help)

    def missing(self, node: Node, where: str, key: str, example: str) -> None:
        """A key the part cannot do without."""
        self.say("CRM211", f"`{where}` has no `{key}`", node.key_at, "it cannot do without", f"add `{example}`")

    def named(self, node: Node, where: str, kind: str, example: str) -> Iterable[tuple[str, Node]]:
        """Give the entries of a mapping whose keys are names, leaving out those whose name has not the form of one."""
        if type(node.value) is not dict:
            self.wrong_shape(node, where, "a mapping from names", example)
            return
        for name, child in node.value.items():
            if self.name(name, child, where, kind):
                yield name, child

    def name(self, name: str, node: Node, where: str, kind: str, at: Position | None = None) -> bool:
        """Say what is wrong with the name of a part, if anything; tell whether it can be used all the same."""
        if (kind, name) in self._good:
            return True
        refusal = names.form_refusal(name) or names.reserved_refusal(name, kind)
        if refusal is None:
            self._good.add((kind, name))
            return True
        code, what, why, help = refusal
        self.say(
            code,
            f"the {kind} name `{shown(name)}`{f' in `{where}`' if where else ''} cannot be used: {what}",
            at or node.key_at,
            why,
            help,
        )
        return False

    # Texts

    def text_in_languages(self, value: str) -> dict[str, str]:
        """Give one text for every language."""
        same = self._same.get(value)
        if same is None:
            same = {language: self.with_words(value, language) for language in self.languages}
            self._same[value] = same
        return same

    def spoken(self, name: str) -> dict[str, str]:
        """Give the label of what has none: the words of its name."""
        said = self._spoken.get(name)
        if said is None:
            said = self._spoken[name] = self.text_in_languages(spoken(name))
        return said

    def filled(self, given: Mapping[str, str]) -> dict[str, str]:
        """Fill the languages that are missing from the first one."""
        first = given.get(self.languages[0]) or given.get("en") or next(iter(given.values()), "")
        return {language: given.get(language, first) for language in self.languages}

    def with_words(self, value: str, language: str) -> str:
        """Put the company's words for its objects into a text: `{account}`, `{account.plural}`; other braces stay."""
        if "{" not in value:
            return value
        return _PLACEHOLDER.sub(lambda found: self.words.get(found[1], {}).get(language, found[0]), value)


def spoken(name: str) -> str:
    """Turn a name into the words of a label: `close_date` is `Close date`."""
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


LEVELS: dict[str, Mapping[str, Key]] = {}  # where each key belongs, filled by the tables of keys


def shape_of(node: Node) -> str:
    """Say in words what shape a value has."""
    if isinstance(node.value, str):
        return "nothing" if node.blank else f"the text `{shown(node.value, 30)}`"
    return "a list" if isinstance(node.value, list) else "a mapping"


# Readers


def word(binder: Binder, node: Node, where: str) -> Any:
    """Read one line of text as it stands."""
    if type(node.value) is not str:
        return binder.wrong_shape(node, where, "a text", f"{getattr(node.key, 'value', 'key')}: a text")
    if len(node.value) > TEXT_LENGTH_MAX:
        return binder.say(
            "CRM217",
            f"{binder.place(node, where)} has {len(node.value):,} characters",
            node.at,
            f"{TEXT_LENGTH_MAX:,} is the most",
            "shorten it",
        )
    return node.value


def flag(binder: Binder, node: Node, where: str) -> Any:
    """Read `true` or `false`; YAML's other words for them are refused."""
    value = node.value
    if value == "true":
        return True
    if value == "false":
        return False
    if type(value) is not str:
        return binder.wrong_shape(node, where, "`true` or `false`", f"{getattr(node.key, 'value', 'key')}: true")
    meant = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}.get(value.lower())
    meant = meant or (value.lower() if value.lower() in ("true", "false") else None)
    return binder.say(
        "CRM207",
        f"{binder.place(node, where)} is `{shown(value)}`, not `true` or `false`",
        node.at,
        "only these two words mean yes and no here",
        f"write `{meant}`" if meant else "write true or false",
    )


def integer(binder: Binder, node: Node, where: str) -> Any:
    """Read a whole number in plain digits."""
    return _number(binder, node, where, whole, "CRM208", "a whole number")


def number(binder: Binder, node: Node, where: str) -> Any:
    """Read a decimal number in plain digits."""
    read = _number(binder, node, where, decimal, "CRM209", "a number")
    return read if read is MISSING else Decimal(plain(read))  # 0.50 is 0.5


def _number(binder: Binder, node: Node, where: str, reader: Callable[[str], Any], code: str, expected: str) -> Any:
    if type(node.value) is not str:
        return binder.wrong_shape(node, where, expected, f"{getattr(node.key, 'value', 'key')}: 10")
    try:
        return reader(node.value)
    except Unfit as unfit:
        return binder.say(
            code,
            f"{binder.place(node, where)}: `{shown(node.value, 40)}` {unfit.what}",
            node.at,
            "numbers are written the same way everywhere",
            unfit.help,
        )


def label(binder: Binder, node: Node, where: str) -> Any:
    """Read a short text by language."""
    return _by_language(binder, node, where, LABEL_LENGTH_MAX)


def prose(binder: Binder, node: Node, where: str) -> Any:
    """Read a longer text by language."""
    return _by_language(binder, node, where, TEXT_LENGTH_MAX)


def _by_language(binder: Binder, node: Node, where: str, length_max: int) -> Any:
    value = node.value
    if type(value) is str:
        return binder.text_in_languages(value) if _fits(binder, node, where, length_max) else MISSING
    if type(value) is not dict:
        return binder.wrong_shape(node, where, "a text or a map by language", "label: {en: Account, zh-CN: 客户}")
    given: dict[str, str] = {}
    others: dict[str, str] = {}
    for language, child in value.items():
        if type(child.value) is not str:
            binder.wrong_shape(child, where, "a text", "label: {en: Account, zh-CN: 客户}")
        elif not _fits(binder, child, where, length_max):
            continue
        elif language in binder.languages:
            given[language] = binder.with_words(child.value, language)
        elif child.file.startswith("package:"):
            others[language] = child.value  # a package speaks more languages than a project needs
        else:
            binder.say(
                "CRM216",
                f"`{shown(language)}` of {binder.place(node, where)} is not a language of this project",
                child.key_at,
                f"the project speaks {', '.join(binder.languages)}",
                f"{_language_meant(language, binder.languages)}, or add it to `languages` in crmspec.yaml",
            )
    if not given and not others:
        return MISSING
    return given if len(given) == len(binder.languages) else binder.filled({**others, **given})


def _language_meant(language: str, languages: tuple[str, ...]) -> str:
    """`zh` is meant to be `zh-CN`, which no measure of letters finds."""
    kin = next((one for one in languages if one.split("-")[0] == language.split("-")[0].lower()), None)
    return f"did you mean `{kin}`?" if kin else did_you_mean(language, languages)


def _fits(binder: Binder, node: Node, where: str, length_max: int) -> bool:
    """Refuse texts that no screen can show: too long, blank, or letters with towers of marks on them."""
    text = node.value
    assert isinstance(text, str)
    if text.isascii() and len(text) <= length_max and not text.isspace() and text:
        return True
    if len(text) > length_max:
        binder.say(
            "CRM217",
            f"{binder.place(node, where)} has {len(text):,} characters",
            node.at,
            f"{length_max:,} is the most",
            "shorten it",
        )
        return False
    if not text.strip():
        binder.say(
            "CRM122",
            f"{binder.place(node, where)} has no value",
            node.at,
            "nobody could read it",
            "write a text, or remove the key",
        )
        return False
    if not text.isascii() and _TOWER.search(text):
        binder.say(
            "CRM217",
            f"{binder.place(node, where)} has more than {COMBINING_MAX} marks on one letter",
            node.at,
            "they would run over the lines above and below",
            "remove them",
        )
        return False
    return True


def words(binder: Binder, node: Node, where: str) -> Any:
    """Read a list of texts; one text stands for a list of one."""
    if type(node.value) is str:
        return (node.value,)
    if type(node.value) is not list:
        return binder.wrong_shape(node, where, "a list", f"{getattr(node.key, 'value', 'key')}: [one, two]")
    out: dict[str, None] = {}
    for child in node.value:
        if type(child.value) is not str or child.blank:
            binder.wrong_shape(child, where, "a text", f"{getattr(node.key, 'value', 'key')}: [one, two]")
        elif child.value in out:
            binder.say(
                "CRM220",
                f"`{shown(child.value)}` stands twice in {binder.place(node, where)}",
                child.at,
                "only one of them could count",
                "remove one",
            )
        else:
            out[child.value] = None
    return tuple(out)


def one_of(*choices: str) -> Read:
    """Give a reader of one word out of a closed list."""

    def read(binder: Binder, node: Node, where: str) -> Any:
        if node.value in choices:
            return node.value
        if type(node.value) is not str:
            return binder.wrong_shape(node, where, "a word", f"{getattr(node.key, 'value', 'key')}: {choices[0]}")
        return binder.say(
            "CRM210",
            f"{binder.place(node, where)} is `{shown(node.value)}`",
            node.at,
            f"it is one of {', '.join(choices)}",
            did_you_mean(node.value, choices),
        )

    return read


def formula(binder: Binder, node: Node, where: str) -> Any:
    """Read the text of a formula; braces without quotes are a mapping by now."""
    if type(node.value) is dict and node.event.flow_style:
        return binder.say(
            "CRM214",
            f"{binder.place(node, where)} begins with a brace and is not quoted",
            node.at,
            "YAML reads braces as a mapping",
            'quote the formula: "…"',
        )
    return word(binder, node, where)


TEXT = {"type": "string"}
BY_LANGUAGE = {"oneOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]}
LIST = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "uniqueItems": True}]}


def choice(*choices: str) -> Key:
    """Give the key of a closed list of words."""
    return Key(one_of(*choices), {"enum": list(choices)})


WORD = Key(word, TEXT)
FLAG = Key(flag, {"type": "boolean"})
INTEGER = Key(integer, {"type": "integer"})
NUMBER = Key(number, {"type": "number"})
LABEL = Key(label, BY_LANGUAGE)
PROSE = Key(prose, BY_LANGUAGE)
WORDS = Key(words, LIST)
FORMULA = Key(formula, TEXT)
