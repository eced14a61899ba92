"""Nodes → objects, fields, options, validation rules, indexes, value sets."""

from __future__ import annotations

from typing import Any

from crmspec.diagnostics import did_you_mean
from crmspec.source.bind import (
    FLAG,
    FORMULA,
    INTEGER,
    LABEL,
    LEVELS,
    LIST,
    MISSING,
    NUMBER,
    PROSE,
    TEXT,
    WORD,
    WORDS,
    Binder,
    Key,
    choice,
    label,
    word,
    words,
)
from crmspec.source.bind_sharing import RECORD_TEAM
from crmspec.source.form import shown
from crmspec.source.tree import Node
from crmspec.spec.field_types import FIELD_TYPES
from crmspec.spec.parts import Convert, Field, Index, Object, Option, Validation, ValueSet
from crmspec.spec.values import Unfit, canonical
from crmspec.spec.writing import DECIMALS, THOUSANDS

OPTION_LENGTH_MAX = 200


_ALLOWED = {name: row.all_keys for name, row in FIELD_TYPES.items()}


def fields(binder: Binder, node: Node, where: str) -> Any:
    """Read the fields of an object."""
    out: dict[str, Field] = {}
    for name, child in binder.named(node, where, "field", "fields: {name: {type: text}}"):
        field = bind_field(binder, f"{where}.{name}", name, child)
        if field is not None:
            out[name] = field
    return out


def bind_field(binder: Binder, address: str, name: str, node: Node) -> Field | None:
    """Read one field: the type first, because it decides which keys there are."""
    if type(node.value) is not dict:
        binder.wrong_shape(node, address, "a mapping", f"{name}: {{type: text}}")
        return None
    type_node = node.value.get("type")
    if type_node is None:
        binder.missing(node, address, "type", "type: text")
        return None
    row = FIELD_TYPES.get(type_node.value) if type(type_node.value) is str else None
    if row is None:
        binder.say(
            "CRM210",
            f"unknown field type `{shown(str(type_node.value), 40)}` of `{address}`",
            type_node.at,
            "it is not in the table of field types",
            did_you_mean(str(type_node.value)[:80], FIELD_TYPES),
        )
        return None
    allowed = _ALLOWED[row.name]
    values = binder.part(node, address, FIELD_KEYS, kind=f"a {row.name} field", offered=allowed)
    for key in node.value.keys() - allowed:
        if key in FIELD_KEYS:
            child = node.value[key]
            values.pop(FIELD_KEYS[key].attribute or key, None)
            binder.say(
                "CRM205",
                f"`{key}` has no meaning for `{address}`, a {row.name} field",
                child.key_at,
                f"a {row.name} field has the keys {', '.join(sorted(allowed))}",
                did_you_mean(key, allowed),
            )
    values["type"] = row.name
    _defaults(binder, address, name, node, values)
    return Field(name=name, **values)


_SCALES = {"currency": 2, "percent": 2, "number": 2}


def _defaults(binder: Binder, address: str, name: str, node: Node, values: dict[str, Any]) -> None:
    """Fill in what the type decides, and bring the default into its canonical form."""
    type_name = values["type"]
    counted_as = values.get("result", "") if type_name == "formula" else type_name
    if counted_as in _SCALES:
        values.setdefault("scale", _SCALES[counted_as])
    if "label" not in values:
        values["label"] = binder.spoken(name)
    default = values.get("default")
    if default is None:
        return
    try:
        values["default"] = canonical(type_name, default, values.get("scale"))
    except Unfit as unfit:
        child = node.get("default")
        assert child is not None
        binder.say(
            "CRM219",
            f"the default `{shown(default, 40)}` of `{address}` {unfit.what}",
            child.at,
            f"a {type_name} field could not hold it",
            unfit.help,
        )
        del values["default"]


def options(binder: Binder, node: Node, where: str) -> Any:
    """Read the values of a picklist: a list, or a map from value to label and colour."""
    out: list[Option] = []
    if type(node.value) is list:
        values = words(binder, node, where)
        children = {child.value: child for child in node.value if type(child.value) is str}
        out = [
            Option(name=value, label=binder.spoken(value))
            for value in values
            if _option_fits(binder, value, children[value], where)
        ]
    elif type(node.value) is dict:
        for value, child in node.value.items():
            if _option_fits(binder, value, child, where, key=True):
                out.append(_option(binder, value, child, where))
    else:
        return binder.wrong_shape(node, where, "a list of values", "options: [gold, silver]")
    if not out:
        binder.say(
            "CRM211",
            f"{binder.place(node, where)} has no values",
            node.at,
            "nothing could be chosen",
            "write at least one value",
        )
    return tuple(out)


def _option(binder: Binder, value: str, child: Node, where: str) -> Option:
    if type(child.value) is str and not child.blank:
        said = label(binder, child, f"{where}.{value}")
        return Option(name=value, **({} if said is MISSING else {"label": said}))
    read = (
        {}
        if child.blank
        else binder.part(child, f"{where}.{value}", OPTION_KEYS, kind="an option", example="{label: Gold}")
    )
    read.setdefault("label", binder.spoken(value))
    return Option(name=value, **read)


def _option_fits(binder: Binder, value: str, node: Node, where: str, *, key: bool = False) -> bool:
    if value and value == value.strip() and len(value) <= OPTION_LENGTH_MAX and "\n" not in value:
        return True
    binder.say(
        "CRM212",
        f"`{shown(value)}` cannot be a value of `{where}`",
        node.key_at if key else node.at,
        f"a value is one line of 1 to {OPTION_LENGTH_MAX} characters, without blanks around it",
        "shorten or trim it, and put the words into `label`",
    )
    return False


def convert(binder: Binder, node: Node, where: str) -> Any:
    """Read how stored values become the new type."""
    return Convert(
        **binder.part(
            node, where, CONVERT_KEYS, kind="`convert`", example="convert: {map: {old: new}, otherwise: empty}"
        )
    )


def text_map(binder: Binder, node: Node, where: str) -> Any:
    """Read a map from text to text."""
    if type(node.value) is not dict:
        return binder.wrong_shape(node, where, "a mapping", "{old: new}")
    out = {key: word(binder, child, where) for key, child in node.value.items()}
    return {key: value for key, value in out.items() if value is not MISSING}


def validation(binder: Binder, node: Node, where: str) -> Any:
    """Read the validation rules of an object."""
    out: dict[str, Validation] = {}
    example = 'validation: {dates_in_order: {when: "ends < begins", message: It ends before it begins.}}'
    for name, child in binder.named(node, where, "validation", example):
        address = f"validation:{where}.{name}"
        read = binder.part(child, address, VALIDATION_KEYS, kind="a validation rule", example=example)
        if "when" not in read or "message" not in read:
            if type(child.value) is dict:
                for key in ("when", "message"):
                    if key not in child.value:
                        binder.missing(child, address, key, 'when: "…"' if key == "when" else "message: …")
            continue
        out[name] = Validation(name=name, **read)
    return out


def indexes(binder: Binder, node: Node, where: str) -> Any:
    """Read the indexes of an object: each a list of fields, or a mapping that says more."""
    if type(node.value) is not list:
        return binder.wrong_shape(node, where, "a list of lists of fields", "indexes: [[account, valid_until]]")
    out: dict[str, Index] = {}
    for child in node.value:
        read: dict[str, Any] = {}
        if type(child.value) is list:
            read = {"fields": words(binder, child, where)}
        elif type(child.value) is dict:
            read = binder.part(child, where, INDEX_KEYS, kind="an index")
        else:
            binder.wrong_shape(child, where, "a list of fields", "indexes: [[account, valid_until]]")
        if not read.get("fields"):
            if type(child.value) is dict and "fields" not in child.value:
                binder.missing(child, where, "fields", "fields: [account, valid_until]")
            continue
        read.setdefault("name", "_".join(field.lstrip("-") for field in read["fields"]))
        if read["name"] in out:
            binder.say(
                "CRM220",
                f"the index `{shown(read['name'])}` of `{where}` stands twice",
                child.at,
                "one is enough",
                "remove one",
            )
        out[read["name"]] = Index(**read)
    return tuple(out.values())


def bind_object(binder: Binder, name: str, node: Node) -> Object:
    """Read one object."""
    read = binder.part(node, name, OBJECT_KEYS, kind="an object", skip="object")
    given_label = "label" in read
    read.setdefault("label", binder.spoken(name))
    if name in binder.words:  # the words were made from label, plural and terms together
        read["label"] = {language: binder.words[name][language] for language in binder.languages}
        plurals = binder.words[f"{name}.plural"]
        read["plural"] = {language: plurals[language] for language in binder.languages}
    elif "plural" not in read:
        read["plural"] = {
            lang: plural_of(said, lang) if given_label or lang == "en" else said for lang, said in read["label"].items()
        }
    read.setdefault("fields", {})
    if not read.get("title_field"):
        read["title_field"] = title_field(read["fields"])
    return Object(name=name, **read)


def title_field(given: dict[str, Field]) -> str:
    """Return the field that names a record: `name`, else the first that reads like one."""
    if "name" in given:
        return "name"
    for type_name in ("text", "person_name", "auto_number", "email", "phone", "url"):
        for field in given.values():
            if field.type == type_name:
                return field.name
    return ""


def plural_of(word: str, language: str) -> str:
    """Form the regular plural of an English word; other languages keep the word."""
    if not language.startswith("en") or not word or not word[-1].isalpha() or not word.isascii():
        return word
    lower = word.lower()
    if lower.endswith("y") and lower[-2:-1] not in ("a", "e", "i", "o", "u", ""):
        return word[:-1] + "ies"
    if lower.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    return word + "s"


def bind_value_set(binder: Binder, name: str, node: Node) -> ValueSet:
    """Read a list of values that several picklists share."""
    read = binder.part(node, f"value_set:{name}", VALUE_SET_KEYS, kind="a value set", skip="value_set")
    if "options" not in read:
        if node.get("options") is None:
            binder.missing(node, f"value_set:{name}", "options", "options: [gold, silver]")
        read["options"] = ()
    read.setdefault("label", binder.spoken(name))
    return ValueSet(name=name, **read)


# Names, not numbers: they can be read on a light and on a dark screen.
COLOR = choice("red", "orange", "amber", "lime", "green", "teal", "cyan", "blue", "indigo", "violet", "pink", "gray")
_OPTIONS_SCHEMA = {
    "oneOf": [
        {"type": "array", "items": TEXT, "minItems": 1},
        {"type": "object", "additionalProperties": {"oneOf": [TEXT, {"$ref": "#/$defs/option"}]}},
    ]
}
OPTION_KEYS = {"label": LABEL, "color": COLOR}
TEXT_MAP = Key(text_map, {"type": "object", "additionalProperties": TEXT})
CONVERT_KEYS = {
    "map": TEXT_MAP,
    "otherwise": WORD,
    "format": WORDS,
    "decimal": choice(*DECIMALS),
    "thousands": choice(*THOUSANDS),
    "strip": WORDS,
    "round": FLAG,
    "cut": FLAG,
    "at": WORD,
    "yes": WORDS,
    "no": WORDS,
    "keep": choice("first", "last"),
    "by": WORD,
    "make_missing": FLAG,
}
VALIDATION_KEYS = {"when": FORMULA, "message": PROSE, "field": WORD}
INDEX_KEYS = {"name": WORD, "fields": WORDS, "unique": FLAG}
FIELD_KEYS: dict[str, Key] = {
    "type": Key(word, {"enum": sorted(FIELD_TYPES)}),
    "label": LABEL,
    "help": PROSE,
    "column": WORD,
    "required": FLAG,
    "required_when": FORMULA,
    "visible_when": FORMULA,
    "read_only": FLAG,
    "history": FLAG,
    "protected": FLAG,
    "unique": FLAG,
    "search": FLAG,
    "default": Key(word, {"type": ["string", "number", "boolean"]}),
    "max_length": INTEGER,
    "min_length": INTEGER,
    "pattern": WORD,
    "min": NUMBER,
    "max": NUMBER,
    "precision": INTEGER,
    "scale": INTEGER,
    "options": Key(options, _OPTIONS_SCHEMA),
    "value_set": WORD,
    "to": WORDS,
    "on_delete": choice("restrict", "set_empty", "cascade"),
    "related_list": WORD,
    "related_label": LABEL,
    "parent": FLAG,
    "format": WORD,
    "result": WORD,
    "formula": FORMULA,
    "of": WORD,
    "function": choice("sum", "count", "min", "max", "avg"),
    "via": WORD,
    "filter": FORMULA,
    "mask": WORD,
    "max_size_mb": INTEGER,
    "convert": Key(convert, {"$ref": "#/$defs/convert"}),
}
OBJECT_KEYS: dict[str, Key] = {
    "label": LABEL,
    "plural": LABEL,
    "help": PROSE,
    "icon": WORD,
    "title_field": WORD,
    "default_access": choice("private", "read", "edit", "controlled_by_parent"),
    "record_team": RECORD_TEAM,
    "protected": FLAG,
    "fields": Key(fields, {"type": "object", "additionalProperties": {"$ref": "#/$defs/field"}}),
    "validation": Key(validation, {"type": "object", "additionalProperties": {"$ref": "#/$defs/validation"}}),
    "indexes": Key(indexes, {"type": "array", "items": {"oneOf": [LIST, {"$ref": "#/$defs/index"}]}}),
}
VALUE_SET_KEYS: dict[str, Key] = {"label": LABEL, "options": Key(options, _OPTIONS_SCHEMA)}

LEVELS |= {
    "a field": FIELD_KEYS,
    "an object": OBJECT_KEYS,
    "an option": OPTION_KEYS,
    "a validation rule": VALIDATION_KEYS,
    "`convert`": CONVERT_KEYS,
    "an index": INDEX_KEYS,
}
