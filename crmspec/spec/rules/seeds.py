"""Rules of seeds: every value fits its field."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crmspec.diagnostics import did_you_mean
from crmspec.spec.parts import Field, Object, Seed
from crmspec.spec.rules.problem import Problem, dangling
from crmspec.spec.scope import PERSON
from crmspec.spec.spec import Spec
from crmspec.spec.values import Unfit, canonical

_REMEMBERED = ("id", "owner", "created_at", "created_by", "updated_at", "updated_by")
_PERSON = ("login", "name", "email", "positions", "roles", "language")
_FAULTS_MOST = 50
_STEPS = r"(?:[+-]\d{1,6}[dhm]?)*"
_RELATIVE = {
    "date": re.compile(r"today\(\)(?:[+-]\d{1,6}d?)*\Z"),
    "datetime": re.compile(rf"(?:today|now)\(\){_STEPS}\Z"),
}


def check_seed(spec: Spec, seed: Seed) -> Iterator[Problem]:
    """Check the rows of one seed; after many faults the rest is left out."""
    address = f"seed:{seed.name}"
    if seed.object == PERSON:
        yield from _people(spec, seed, address)
        return
    one = spec.objects.get(seed.object)
    if one is None:
        yield dangling(address, "object", "object", seed.object, spec.objects, code="CRM301")
        return
    if seed.key not in one.fields and seed.key != "id":
        yield Problem(
            address,
            "key" if seed.key != "name" else "",
            "CRM302",
            f"`{address}` finds its records by `{seed.key}`, which is not there",
            f"`{one.name}` has no field of this name",
            did_you_mean(seed.key, one.fields),
        )
        return
    faults = 0
    seen: dict[object, int] = {}
    for number in range(len(seed.rows)):
        for problem in _row(one, seed, address, number, seen):
            faults += 1
            if faults > _FAULTS_MOST:
                return
            yield problem


def _people(spec: Spec, seed: Seed, address: str) -> Iterator[Problem]:
    """People are seeded by their log-in, and sit on positions that are there."""
    for number, row in enumerate(seed.rows):
        if "login" not in row:
            yield Problem(
                address,
                f"rows.{number}",
                "CRM370",
                f"a row of `{address}` has no `login`",
                "a person is found again by it",
                "add `login: …`",
            )
        for name, value in row.items():
            key = f"rows.{number}.{name}"
            if name not in _PERSON:
                yield Problem(
                    address,
                    key,
                    "CRM302",
                    f"a row of `{address}` has a `{name}`, which people have not",
                    "no field has this name",
                    did_you_mean(name, _PERSON),
                )
            elif name in ("positions", "roles"):
                there = spec.organization.positions if name == "positions" else spec.roles
                for one in value if isinstance(value, tuple) else (value,):
                    if one not in there:
                        yield dangling(
                            address, key, name[:-1], one, there, code="CRM306" if name == "positions" else "CRM304"
                        )


def _row(one: Object, seed: Seed, address: str, number: int, seen: dict[object, int]) -> Iterator[Problem]:
    row = seed.rows[number]
    since = [f"{field.name}_since" for field in one.fields.values() if field.pipeline]
    key = row.get(seed.key)
    if key is None:
        yield Problem(
            address,
            f"rows.{number}",
            "CRM370",
            f"a row of `{address}` has no `{seed.key}`",
            "a row is found again by it",
            f"add `{seed.key}: …`",
        )
    elif key in seen:
        yield Problem(
            address,
            f"rows.{number}.{seed.key}",
            "CRM370",
            f"two rows of `{address}` have the {seed.key} `{key}`",
            "a row is found again by it",
            "change one of them",
            related=((address, f"rows.{seen[key]}.{seed.key}", "the first one"),),
        )
    else:
        seen[key] = number
    for name, value in row.items():
        base, _, part = name.partition(".")
        field = one.fields.get(base)
        if field is None:
            if base not in _REMEMBERED and base not in since:
                yield Problem(
                    address,
                    f"rows.{number}.{name}",
                    "CRM302",
                    f"a row of `{address}` has a `{base}`, which `{one.name}` has not",
                    "no field has this name",
                    did_you_mean(base, (*one.fields, *_REMEMBERED)),
                )
        else:
            yield from _value(field, value, part, address, f"rows.{number}.{name}")


def _value(field: Field, value: str | tuple[str, ...], part: str, address: str, key: str) -> Iterator[Problem]:
    if field.row.formula == "computed":
        yield Problem(
            address,
            key,
            "CRM371",
            f"a row of `{address}` gives `{field.name}`, a {field.type} field",
            "its value is worked out",
            "remove it",
        )
    elif part:
        parts = [suffix.lstrip("_") for suffix, _ in field.row.columns]
        if part not in parts or len(parts) < 2:
            yield Problem(
                address,
                key,
                "CRM371",
                f"`{field.name}` has no part `{part}`",
                f"it is a {field.type} field",
                did_you_mean(part, parts),
            )
    elif isinstance(value, tuple) and not field.row.child:
        yield Problem(
            address,
            key,
            "CRM371",
            f"a row of `{address}` gives a list for `{field.name}`, a {field.type} field",
            "it holds one value",
            "write one value",
        )
    elif field.options:
        for one in value if isinstance(value, tuple) else (value,):
            if one not in field.option_names:
                yield Problem(
                    address,
                    key,
                    "CRM371",
                    f"`{one}` is no value of `{field.name}`",
                    "the list is closed",
                    did_you_mean(one, field.option_names),
                )
    elif isinstance(value, str):
        yield from _fits(field, value, address, key)


def _fits(field: Field, value: str, address: str, key: str) -> Iterator[Problem]:
    relative = _RELATIVE.get(field.type)
    if relative is not None and relative.match(value):
        return  # counted from the day the seed is loaded
    try:
        canonical(field.type, value, field.decimals if field.row.formula == "number" else None)
    except Unfit as unfit:
        yield Problem(
            address,
            key,
            "CRM371",
            f"`{value[:40]}` for `{field.name}` {unfit.what}",
            f"it is a {field.type} field",
            unfit.help,
        )
    else:
        if field.max_length is not None and len(value) > field.max_length:
            yield Problem(
                address,
                key,
                "CRM371",
                f"`{value[:40]}…` for `{field.name}` has {len(value)} characters",
                f"`max_length` is {field.max_length}",
                "shorten it",
            )
