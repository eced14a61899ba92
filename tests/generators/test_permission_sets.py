"""Permission sets say exactly the effective rights, in lines that two branches can add to without meeting."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from crmspec.access import field_level, matrix, rights_of
from crmspec.artifact import generate_artifacts
from crmspec.plan import make_plan
from crmspec.spec import LEVELS, SCOPES, VERBS, Role, Scope, Spec, Verb
from tests.plan.building import field, spec, thing

NAMES = tuple(f"object_{letter}" for letter in "abcdefgh")
OBJECTS = tuple(thing(name, field("name"), field("price", "currency"), field("note")) for name in NAMES)
SCOPE_SETS = st.lists(st.sampled_from(SCOPES), min_size=1, max_size=3, unique=True).map(tuple)
GRANTS = st.dictionaries(
    st.sampled_from((*NAMES, "*")), st.dictionaries(st.sampled_from(VERBS), SCOPE_SETS, max_size=4), max_size=5
)
FIELDS = st.dictionaries(
    st.builds("{}.{}".format, st.sampled_from(NAMES), st.sampled_from(("price", "note"))), st.sampled_from(LEVELS),
    max_size=4,
)
Grants = Mapping[str, Mapping[Verb, tuple[Scope, ...]]]


@st.composite
def role_sets(draw: st.DrawFn) -> Spec:
    """Draw a few roles that include each other, mute and name fields."""
    roles: dict[str, Role] = {}
    for name in ("first", "second", "third"):
        include = tuple(draw(st.lists(st.sampled_from([*roles]), unique=True))) if roles else ()
        mute = draw(GRANTS) if include else {}
        roles[name] = Role(name=name, include=include, grants=draw(GRANTS), mute=mute, fields=draw(FIELDS))
    return spec(*OBJECTS, roles=roles)


def files(made: Spec) -> dict[str, str]:
    """Generate the permission sets."""
    folder = "generated/permission_sets/"
    return {
        one.path.removeprefix(folder): one.content
        for one in generate_artifacts(make_plan(None, made, revision="0001_x"))
        if one.path.startswith(folder)
    }


def parsed(text: str) -> tuple[dict[tuple[str, str], frozenset[str]], dict[str, str]]:
    """Read a permission set: (object, verb) → scopes, and field → level. A star stands for every object without a line
    of its own.
    """
    read = yaml.safe_load(text)
    written = {
        tuple(target.rsplit(".", 1)): frozenset([scopes] if isinstance(scopes, str) else scopes)
        for target, scopes in read.get("grants", {}).items()
    }
    stars = {verb: scopes for (name, verb), scopes in written.items() if name == "*"}
    every = {(name, verb): scopes for name in NAMES for verb, scopes in stars.items()}
    own = {key: scopes for key, scopes in written.items() if key[0] != "*"}
    return every | own, read.get("fields", {})


@settings(max_examples=60, deadline=None)
@given(role_sets())
def test_a_file_says_exactly_the_rights(made: Spec) -> None:
    """No grant is missing, none is too many, and every field that roles name has its effective level."""
    for name, text in files(made).items():
        role = name.removesuffix(".yaml")
        rights = rights_of(made, (role,))
        grants, fields = parsed(text)
        scopes = {
            (one, verb): frozenset({"all"}) if "all" in rights.scopes(one, verb) else rights.scopes(one, verb)
            for one in NAMES for verb in VERBS if rights.may(one, verb)
        }
        assert grants == scopes
        reached = {row.object for row in matrix(made) if row.role == role}
        named = {address for address in rights.fields if address.partition(".")[0] in reached}
        assert fields == {
            address: field_level(rights, made, *address.split(".")) for address in named
        }


@settings(max_examples=60, deadline=None)
@given(role_sets())
def test_lines_are_sorted_and_none_gives_nothing(made: Spec) -> None:
    """A line a grant, each once, in one order; a role that gives nothing has no list at all."""
    for text in files(made).values():
        lines = [line for line in text.splitlines() if line.startswith("  ")]
        targets = [line.strip().split(": ")[0].strip('"') for line in lines]
        grants = [one for one in targets if one.rsplit(".", 1)[-1] in VERBS]
        assert grants == sorted(set(grants))
        assert "grants: {}" not in text
        assert ": []" not in text


def merged(base: str, ours: str, theirs: str) -> str | None:
    """Merge as git does; None when it finds that both changed the same lines."""
    with TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for path, text in zip(paths, (ours, base, theirs), strict=True):
            path.write_text(text, "utf-8")
        done = subprocess.run(
            ["git", "merge-file", "-p", *map(str, paths)], capture_output=True, check=False, text=True
        )
    return done.stdout if done.returncode == 0 else None


def with_grant(made: Spec, name: str, verb: Verb) -> Spec:
    """Let the first role do one thing more."""
    role = made.roles["first"]
    grants = {**role.grants, name: {**role.grants.get(name, {}), verb: ("all",)}}
    return replace(made, roles={**made.roles, "first": replace(role, grants=grants)})


@settings(max_examples=25, deadline=None)
@given(role_sets(), st.data())
def test_branches_that_add_grants_apart_merge(made: Spec, data: st.DataObject) -> None:
    """What git makes of two branches is what would be generated from both; so do branches that add an object each."""
    # A line between two others, so that git has something to hold on to.
    whole: Grants = {name: {"read": ("own",), "update": ("own",)} for name in NAMES}
    role = replace(made.roles["first"], grants=whole, include=(), mute={})
    made = replace(made, roles={**made.roles, "first": role})
    first, second = data.draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=2, unique=True))
    ours, theirs = with_grant(made, first, "export"), with_grant(made, second, "delete")
    both = with_grant(ours, second, "delete")
    texts = [files(one)["first.yaml"] for one in (made, ours, theirs, both)]
    assert merged(*texts[:3]) == texts[3]


def test_a_role_that_may_do_everything_is_a_line_a_verb() -> None:
    """Whoever adds an object does not touch it."""
    everything = Role(name="first", grants={"*": dict.fromkeys(VERBS, ("all",))})
    small, large = (files(spec(*objects, roles={"first": everything})) for objects in (OBJECTS[:2], OBJECTS))
    assert small == large
    assert small["first.yaml"].count('"*.') == len(VERBS)
