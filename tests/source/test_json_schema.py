"""The JSON Schema comes from the same tables as the reader, so it names the same keys."""

from __future__ import annotations

from dataclasses import fields

from crmspec.source import json_schema
from crmspec.source.bind_object import FIELD_KEYS, OBJECT_KEYS
from crmspec.source.bind_parts import PIPELINE_KEYS, STAGE_KEYS
from crmspec.source.bind_role import ROLE_KEYS
from crmspec.source.bind_screens import LAYOUT_KEYS, LIST_VIEW_KEYS, REPORT_KEYS
from crmspec.spec import FIELD_TYPES, Field, Layout, ListView, Object, Pipeline, Report, Role, Stage


def test_every_key_fills_an_attribute_and_every_attribute_has_a_key() -> None:
    """The tables of keys and the parts say the same; what is filled in by others has no key."""
    for kind, keys, filled in (
        (Object, OBJECT_KEYS, {"name"}),
        (Field, FIELD_KEYS, {"name", "pipeline"}),
        (Pipeline, PIPELINE_KEYS, {"name"}),
        (Stage, STAGE_KEYS, {"name"}),
        (Report, REPORT_KEYS, {"name"}),
        (ListView, LIST_VIEW_KEYS, {"name"}),
        (Layout, LAYOUT_KEYS, {"name"}),
        (Role, ROLE_KEYS, {"name"}),
    ):
        assert {key.attribute or name for name, key in keys.items()} == {one.name for one in fields(kind)} - filled
    assert set(FIELD_KEYS) == {key for row in FIELD_TYPES.values() for key in row.all_keys}


def test_a_field_has_the_keys_of_its_type() -> None:
    """One branch a type; references lead somewhere."""
    schema = json_schema()
    definitions = schema["$defs"]
    branches = {branch["title"]: branch for branch in definitions["field"]["oneOf"]}  # type: ignore[index]
    assert set(branches) == set(FIELD_TYPES)
    assert set(branches["boolean"]["properties"]) == FIELD_TYPES["boolean"].all_keys
    named = set(_references(schema))
    assert named <= {f"#/$defs/{name}" for name in definitions}  # type: ignore[attr-defined]


def _references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [ref for child in value.values() for ref in _references(child)]
    return [ref for child in value for ref in _references(child)] if isinstance(value, list) else []
