"""Specs that the tests of deploy share: small, but with something of every storage."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from crmspec.spec import Environment, Field, Index, Object, Option, Project, Spec

LOCAL = {"local": Environment(name="local", database="sqlite:///crm.db"),
         "production": Environment(name="production", database="sqlite:///crm.db", protected=True)}


def options(*names: str) -> tuple[Option, ...]:
    """Options without labels."""
    return tuple(Option(name=name) for name in names)


def fields(*several: Field) -> dict[str, Field]:
    """Fields by name."""
    return {one.name: one for one in several}


def spec_of(*objects: Object, **more: object) -> Spec:
    """A spec of objects."""
    return Spec(project=Project(crm="acme", environments=LOCAL), objects={one.name: one for one in objects},
                **more)  # type: ignore[arg-type]


ACCOUNT = Object(name="account", title_field="name", fields=fields(
    Field(name="name", type="text", required=True, max_length=80),
    Field(name="parent", type="lookup", to=("account",)),
    Field(name="industry", type="picklist", options=options("print", "it's, (all) else"), default="print"),
    Field(name="revenue", type="currency", scale=2, min=Decimal("-5.50"), max=Decimal("90000000000")),
    Field(name="active", type="boolean", default="true"),
    Field(name="founded", type="date", default="2001-02-03"),
    Field(name="opens", type="time", default="09:30"),
    Field(name="seen", type="datetime", default="2001-02-03T04:05:06.000000Z"),
    Field(name="billing", type="address"),
    Field(name="tags", type="multi_picklist", options=options("fair", "web")),
    Field(name="extra", type="json"),
    Field(name="stars", type="rating"),
))
BOTH = Index(name="both", fields=("account", "-name"))
CONTACT = Object(name="contact", title_field="name", indexes=(BOTH,), fields=fields(
    Field(name="name", type="text", required=True),
    Field(name="account", type="lookup", to=("account",), required=True, on_delete="cascade"),
    Field(name="about", type="lookup", to=("account", "contact")),
    Field(name="email", type="email", unique=True),
    Field(name="fax", type="phone"),
    Field(name="number", type="auto_number", format="C-{0000}"),
    Field(name="friends", type="many_to_many", to=("account",)),
    Field(name="only", type="picklist", options=options("one")),
))
BASE = spec_of(ACCOUNT, CONTACT)


def with_field(spec: Spec, object_name: str, *added: Field) -> Spec:
    """The spec with fields added to, or replaced in, an object."""
    one = spec.objects[object_name]
    changed = replace(one, fields={**one.fields, **fields(*added)})
    return replace(spec, objects={**spec.objects, object_name: changed})


def without_field(spec: Spec, object_name: str, field: str) -> Spec:
    """The spec with a field removed."""
    one = spec.objects[object_name]
    changed = replace(one, fields={name: value for name, value in one.fields.items() if name != field})
    return replace(spec, objects={**spec.objects, object_name: changed})
