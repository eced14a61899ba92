"""The tables of keys → a JSON Schema, so that editors complete keys and underline mistakes while somebody types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmspec.source.bind import BY_LANGUAGE, Key
from crmspec.source.bind_access_tests import ACCESS_TEST_KEYS
from crmspec.source.bind_object import (
    CONVERT_KEYS,
    FIELD_KEYS,
    INDEX_KEYS,
    OBJECT_KEYS,
    OPTION_KEYS,
    VALIDATION_KEYS,
    VALUE_SET_KEYS,
)
from crmspec.source.bind_parts import MERGE_KEYS, PIPELINE_KEYS, RENAME_KEYS, SEED_KEYS, SPLIT_KEYS, STAGE_KEYS
from crmspec.source.bind_people import COMPANY_KEYS, DEPARTMENT_KEYS, ORGANIZATION_KEYS, POSITION_KEYS
from crmspec.source.bind_project import ENVIRONMENT_KEYS, LOG_IN_KEYS, OPEN_ID_KEYS, PACKAGE_KEYS, PROJECT_KEYS
from crmspec.source.bind_role import ROLE_KEYS
from crmspec.source.bind_screens import (
    APP_KEYS,
    CHART_KEYS,
    DASHBOARD_KEYS,
    LAYOUT_KEYS,
    LIST_VIEW_KEYS,
    REPORT_KEYS,
    SECTION_KEYS,
    TILE_KEYS,
)
from crmspec.source.bind_sharing import PRINCIPAL_KEYS, RESTRICTION_KEYS, SHARING_KEYS, TEAM_ROLE_KEYS
from crmspec.spec.address import NAME_LENGTH_MAX
from crmspec.spec.field_types import FIELD_TYPES

_NAME = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$", "maxLength": NAME_LENGTH_MAX}
_DOCUMENTS: dict[str, tuple[str, Mapping[str, Key]]] = {
    "crm": ("A project.", PROJECT_KEYS),
    "package": ("A package.", PACKAGE_KEYS),
    "object": ("A kind of record.", OBJECT_KEYS),
    "value_set": ("A list of values that several picklists share.", VALUE_SET_KEYS),
    "pipeline": ("The stages a record goes through.", PIPELINE_KEYS),
    "role": ("What people may do.", ROLE_KEYS),
    "report": ("A question asked of the records.", REPORT_KEYS),
    "list_view": ("A named list.", LIST_VIEW_KEYS),
    "layout": ("How a record's page is laid out.", LAYOUT_KEYS),
    "dashboard": ("A page of cards; the first that fits a person is their home page.", DASHBOARD_KEYS),
    "app": ("A group of the navigation.", APP_KEYS),
    "seed": ("Records that come with the release.", SEED_KEYS),
    "sharing": ("Records that are open to more people than their scopes say.", SHARING_KEYS),
    "restriction": ("What the records that some people reach must meet, whatever else lets them in.", RESTRICTION_KEYS),
}
_PARTS: dict[str, Mapping[str, Key]] = {
    "option": OPTION_KEYS,
    "convert": CONVERT_KEYS,
    "validation": VALIDATION_KEYS,
    "index": INDEX_KEYS,
    "stage": STAGE_KEYS,
    "chart": CHART_KEYS,
    "section": SECTION_KEYS,
    "tile": TILE_KEYS,
    "company": COMPANY_KEYS,
    "department": DEPARTMENT_KEYS,
    "position": POSITION_KEYS,
    "environment": ENVIRONMENT_KEYS,
    "open_id": OPEN_ID_KEYS,
    "log_in": LOG_IN_KEYS,
    "rename": RENAME_KEYS,
    "merge": MERGE_KEYS,
    "split": SPLIT_KEYS,
    "access_test": ACCESS_TEST_KEYS,
    "organization": ORGANIZATION_KEYS,
    "principal": PRINCIPAL_KEYS,
    "team_role": TEAM_ROLE_KEYS,
}


def json_schema() -> dict[str, Any]:
    """Return the schema of one document of a project."""
    definitions = {name: _mapping(keys) for name, keys in _PARTS.items()}
    definitions["field"] = _field()
    documents = [_named(kind, help, keys) for kind, (help, keys) in _DOCUMENTS.items()]
    documents += [_extend(), *_wholes()]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "crmspec",
        "description": "One document of a crmspec project. The first key says what it is.",
        "type": "object",
        "oneOf": documents,
        "$defs": definitions,
    }


def _mapping(keys: Mapping[str, Key]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: dict(key.schema) for name, key in keys.items()},
    }


def _named(kind: str, help: str, keys: Mapping[str, Key]) -> dict[str, Any]:
    found = _mapping(keys)
    found["properties"] = {kind: {**_NAME, "description": help}, **found["properties"]}
    return {**found, "required": [kind], "title": kind}


def _extend() -> dict[str, Any]:
    """A patch has the keys of what it patches; which that is, its name says."""
    keys = {name: dict(key.schema) for _, (_, keys) in _DOCUMENTS.items() for name, key in keys.items()}
    removed = {"oneOf": [{"const": True}, {"type": "array", "items": {"type": "string"}}]}
    fields = {"type": "object", "additionalProperties": {"type": "object"}}
    pattern = {"type": "string", "pattern": "^([a-z_]+:)?[a-z][a-z0-9_]*$"}
    properties = {"extend": pattern, **keys, "fields": fields, "remove": removed}
    return {
        "type": "object",
        "title": "extend",
        "required": ["extend"],
        "additionalProperties": False,
        "properties": properties,
    }


def _wholes() -> list[dict[str, Any]]:
    terms = {"type": "object", "additionalProperties": BY_LANGUAGE}
    lists = {
        kind: {"type": "array", "items": {"$ref": f"#/$defs/{kind[:-1]}"}}
        for kind in ("renames", "merges", "splits", "access_tests")
    }
    contents: dict[str, Any] = {"terms": terms, "organization": {"$ref": "#/$defs/organization"}, **lists}
    return [
        {
            "type": "object",
            "title": kind,
            "required": [kind],
            "additionalProperties": False,
            "properties": {kind: content},
        }
        for kind, content in contents.items()
    ]


def _field() -> dict[str, Any]:
    """A field's type decides which keys it has."""
    branches = []
    for name, row in FIELD_TYPES.items():
        properties = {key: dict(FIELD_KEYS[key].schema) for key in sorted(row.all_keys) if key in FIELD_KEYS}
        properties["type"] = {"const": name, "description": row.help}
        branches.append(
            {
                "type": "object",
                "required": ["type"],
                "additionalProperties": False,
                "properties": properties,
                "title": name,
            }
        )
    return {"oneOf": branches}
