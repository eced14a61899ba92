"""Addresses: the one name of every part, used in messages, plans, state and tests.

Objects and fields are bare (`contact`, `contact.email`, option `lead.status.hot`); every other kind of part says its
kind first (`role:sales_rep`, `pipeline:sales.won`, `report:stuck_opportunities`).
"""

from __future__ import annotations

import re

NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
NAME_LENGTH_MAX = 48
RESERVED_PREFIXES = ("crmspec_", "sqlite_", "pg_", "crm_", "alembic_")
SYSTEM_FIELDS = ("id", "owner", "created_at", "created_by", "updated_at", "updated_by", "version")
KINDS = (
    "role",
    "pipeline",
    "report",
    "list_view",
    "layout",
    "department",
    "position",
    "validation",
    "index",
    "value_set",
    "dashboard",
    "app",
    "seed",
    "sharing",
    "restriction",
)


def kind_of(address: str) -> str:
    """Return the kind an address names: `object`, `field`, `option`, `system`, or the word before the colon."""
    head, colon, _ = address.partition(":")
    if colon and "." not in head:  # an option may have a colon in it
        return head
    return ("object", "field", "option")[min(address.count("."), 2)]


def option_address(object_name: str, field_name: str, option: str) -> str:
    """Return the address of one value of a picklist; the value itself may be any text."""
    return f"{object_name}.{field_name}.{option}"


def split_field(address: str) -> tuple[str, str]:
    """Split `contact.email` into object and field."""
    object_name, _, field_name = address.partition(".")
    return object_name, field_name
