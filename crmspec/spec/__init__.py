"""The frozen model of everything a project says: parts, addresses, field types, rules across parts."""

from crmspec.spec.address import NAME, NAME_LENGTH_MAX, RESERVED_PREFIXES, SYSTEM_FIELDS, kind_of, option_address, split_field
from crmspec.spec.canonical import fingerprint, from_json, read_plain, to_json, to_plain
from crmspec.spec.field_types import FIELD_TYPES, NUMBER_TYPES, TEXT_TYPES, ColumnKind, FieldType
from crmspec.spec.parts import (
    LEVELS, SCOPES, VERBS, AccessTest, App, Chart, Company, Convert, Dashboard, Department, Environment, Field, Index, Layout, Level,
    ListView, Merge, Object, Option, Organization, Pipeline, Position, Project, Rename, Report, Role, Scope, Section, Seed,
    Stage, Term, Text, Tile, Validation, ValueSet, Verb,
)
from crmspec.spec.spec import Spec

__all__ = [
    "FIELD_TYPES", "LEVELS", "NAME", "NAME_LENGTH_MAX", "NUMBER_TYPES", "RESERVED_PREFIXES", "SCOPES", "SYSTEM_FIELDS",
    "TEXT_TYPES", "VERBS", "AccessTest", "App", "Chart", "ColumnKind", "Company", "Convert", "Dashboard", "Department", "Environment", "Field",
    "FieldType", "Index", "Layout", "Level", "ListView", "Merge", "Object", "Option", "Organization", "Pipeline", "Position",
    "Project", "Rename", "Report", "Role", "Scope", "Section", "Seed", "Spec", "Stage", "Term", "Text", "Tile", "Validation",
    "ValueSet", "Verb", "fingerprint", "from_json", "kind_of", "option_address", "read_plain", "split_field", "to_json", "to_plain",
]
