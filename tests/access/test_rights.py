"""What roles give together, and by which line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from crmspec.access import rights_of
from crmspec.access.rights import everything
from crmspec.spec import VERBS, Object, Project, Role, Spec
from tests.records.crm import SPEC


def spec_with(*roles: Role) -> Spec:
    """Make a spec of two objects and some roles."""
    objects = {name: Object(name=name) for name in ("account", "quote")}
    return Spec(project=Project(crm="test"), objects=objects, roles={role.name: role for role in roles})


def role(name: str, grants: Mapping[str, Any] | None = None, **more: Any) -> Role:
    """Make a role; scopes may be one word."""

    def long(given: Mapping[str, Any]) -> dict[str, Any]:
        return {
            one: {verb: (scopes,) if isinstance(scopes, str) else scopes for verb, scopes in verbs.items()}
            for one, verbs in given.items()
        }

    return Role(name=name, grants=long(grants or {}), mute=long(more.pop("mute", {})), **more)


def test_nothing_is_granted_that_no_line_grants() -> None:
    """Deny by default."""
    rights = rights_of(spec_with(role("a", {"account": {"read": "own"}})), ("a",))
    assert {verb for verb in VERBS if rights.may("account", verb)} == {"read"}
    assert not any(rights.may("quote", verb) for verb in VERBS)


def test_several_roles_are_united() -> None:
    """The most generous of several roles wins: scopes are a set."""
    spec = spec_with(role("a", {"account": {"read": "own"}}), role("b", {"account": {"read": ("team", "department")}}))
    assert rights_of(spec, ("a", "b")).scopes("account", "read") == {"own", "team", "department"}


def test_a_star_is_every_object() -> None:
    """A grant on `*` is a grant on every object of the spec."""
    rights = rights_of(spec_with(role("a", {"*": {"read": "all"}})), ("a",))
    assert [rights.scopes(one, "read") for one in ("account", "quote")] == [{"all"}, {"all"}]


def test_includes_are_followed_and_remembered() -> None:
    """A right knows the way it came: from the role that is held to the role that says it."""
    spec = spec_with(
        role("base", {"account": {"read": "own"}}), role("middle", include=("base",)), role("top", include=("middle",))
    )
    rights = rights_of(spec, ("top",))
    [line] = rights.reasons("account", "read")
    assert (line.through, line.address) == (("top", "middle", "base"), "role:base.grants.account.read")
    assert rights.roles == ("top", "middle", "base")


def test_mute_takes_back_what_includes_gave_and_nothing_else() -> None:
    """A muted scope is gone, other scopes stay; the role's own grants are added after."""
    spec = spec_with(
        role("base", {"account": {"read": ("own", "team"), "delete": "own"}}),
        role(
            "top",
            {"account": {"delete": "team"}},
            include=("base",),
            mute={"account": {"read": "team", "delete": "own"}},
        ),
    )
    rights = rights_of(spec, ("top",))
    assert rights.scopes("account", "read") == {"own"}
    assert rights.scopes("account", "delete") == {"team"}


def test_muting_all_takes_the_whole_verb_back() -> None:
    """`mute: {account: {delete: true}}` leaves no scope of delete."""
    spec = spec_with(
        role("base", {"account": {"delete": "own"}}), role("top", include=("base",), mute={"*": {"delete": "all"}})
    )
    assert not rights_of(spec, ("top",)).may("account", "delete")
    assert rights_of(spec, ("base",)).may("account", "delete")


def test_what_is_muted_in_one_role_another_may_give() -> None:
    """Mute works inside its role: a person who holds the muted role elsewhere keeps what that gives."""
    spec = spec_with(
        role("base", {"account": {"delete": "own"}}),
        role("top", include=("base",), mute={"account": {"delete": "all"}}),
    )
    assert rights_of(spec, ("top", "base")).may("account", "delete")


def test_a_role_says_its_fields_over_its_includes() -> None:
    """What a role says of a field replaces what its includes say; among several roles the highest counts."""
    spec = spec_with(
        role("low", {"account": {"read": "own"}}, fields={"account.fax": "none"}),
        role("high", include=("low",), fields={"account.fax": "read"}),
        role("other", fields={"account.fax": "masked"}),
    )
    assert rights_of(spec, ("high",)).named_level("account.fax") == "read"
    assert rights_of(spec, ("low", "other")).named_level("account.fax") == "masked"
    assert rights_of(spec, ("low",)).named_level("account.email") is None


def test_roles_that_include_each_other_do_not_run_for_ever() -> None:
    """`validate` refuses a circle; the model only must end."""
    spec = spec_with(
        role("a", {"account": {"read": "own"}}, include=("b",)),
        role("b", {"account": {"update": "own"}}, include=("a",)),
    )
    rights = rights_of(spec, ("a",))
    assert rights.may("account", "read")
    assert rights.may("account", "update")


@pytest.mark.parametrize("names", [(), ("nobody",)])
def test_no_role_gives_nothing(names: tuple[str, ...]) -> None:
    """Roles that are not there give nothing."""
    assert rights_of(SPEC, names).grants == {}


def test_crmspec_itself_may_do_everything() -> None:
    """Seeds are written under rights that no person has."""
    rights = everything(SPEC)
    assert all(rights.scopes(name, verb) == {"all"} for name in SPEC.objects for verb in VERBS)
