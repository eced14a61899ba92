"""Rules of access tests: everything a sentence names is there, and can be asked."""

from __future__ import annotations

from collections.abc import Iterator

from crmspec.diagnostics import did_you_mean
from crmspec.spec.address import SYSTEM_FIELDS
from crmspec.spec.parts import AccessTest, Deed
from crmspec.spec.rules.problem import Problem
from crmspec.spec.spec import Spec

_OF_FIELDS = ("read", "update", "create", "export")


def check_access_test(spec: Spec, test: AccessTest, key: str) -> Iterator[Problem]:
    """Check that a sentence speaks of people, objects and fields that are there."""
    if test.as_:
        yield from _actor(spec, test.as_, f"{key}.as")
    for word, names in (("only", test.only), ("except", test.except_)):
        for number, name in enumerate(names):
            yield from _actor(spec, name, f"{key}.{word}.{number}")
    if test.owned_by and test.owned_by not in spec.organization.positions:
        yield Problem(
            "access_tests",
            f"{key}.owned_by",
            "CRM306",
            f"an access test speaks of records owned by `{test.owned_by}`, which is no position",
            "no record could be theirs",
            did_you_mean(test.owned_by, spec.organization.positions),
        )
    if not test.never_both:
        yield from _deed(spec, Deed(verb=test.verb, on=test.on), f"{key}.on")
    for number, deed in enumerate(test.never_both):
        place = f"{key}.never_both.{number}.{deed.verb}"
        yield from _deed(spec, deed, place)
        if deed in test.never_both[:number]:
            yield Problem(
                "access_tests",
                place,
                "CRM307",
                f"an access test says `{deed.verb}` on `{deed.on}` twice",
                "nothing can be kept apart from itself",
                "write the other deed",
            )


def _actor(spec: Spec, name: str, key: str) -> Iterator[Problem]:
    positions = spec.organization.positions
    if name not in positions and name not in spec.roles:
        yield Problem(
            "access_tests",
            key,
            "CRM307",
            f"an access test speaks of `{name}`, which is neither a position nor a role",
            "nobody has it",
            did_you_mean(name, (*positions, *spec.roles)),
        )


def _deed(spec: Spec, deed: Deed, key: str) -> Iterator[Problem]:
    object_name, dot, field_name = deed.on.partition(".")
    one = spec.objects.get(object_name)
    if one is None:
        yield Problem(
            "access_tests",
            key,
            "CRM301",
            f"an access test names the object `{object_name}` that is not there",
            "there is no object of this name",
            did_you_mean(object_name, spec.objects),
        )
    elif dot and field_name not in one.fields and field_name not in SYSTEM_FIELDS:
        yield Problem(
            "access_tests",
            key,
            "CRM302",
            f"an access test names `{deed.on}`, which is not there",
            f"`{object_name}` has no field of this name",
            did_you_mean(field_name, one.fields),
        )
    elif dot and deed.verb not in _OF_FIELDS:
        yield Problem(
            "access_tests",
            key,
            "CRM307",
            f"an access test asks who may {deed.verb} a field",
            "only whole records are",
            f"write `{object_name}`",
        )
