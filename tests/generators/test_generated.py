"""Screens, permission sets and documents: readable, valid in their own language, the same each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from crmspec.artifact import Artifact, generate_artifacts
from crmspec.plan import make_plan
from crmspec.spec import Option, Project, Role, Spec, Validation
from tests.plan.building import Database, field, spec, thing

NASTY = 'a | b: "c" <script>alert(1)</script> {{ 7*7 }} [x](javascript:alert(1))\nnew line'


def whole() -> Spec:
    """Return a spec with a little of everything, and words that try to be more than words."""
    account = thing(
        "account", field("name", required=True), field("margin", "currency"), label={"en": NASTY, "zh-CN": "客户"}
    )
    deal = thing(
        "deal",
        field("name", help={"en": NASTY}),
        field("account", "lookup", to="account"),
        field("tags", "multi_picklist", options=(Option(name="a", label={"en": NASTY}),)),
        field("net", "formula", result="currency", formula="amount | `x`", scale=2),
        validation={"rule": Validation(name="rule", when="name == '|`'", message={"en": NASTY})},
    )
    roles = {
        "everyone": Role(name="everyone", label={"en": NASTY}, grants={"deal": {"read": ("own", "team")}}),
        "boss": Role(
            name="boss",
            include=("everyone",),
            setup=True,
            fields={"account.margin": "none"},
            grants={
                "account": {"read": ("all",), "update": ("own",), "create": ("all",)},
                "deal": {"read": ("all",), "update": ("all",), "delete": ("all",), "transfer": ("all",)},
            },
        ),
        "nobody": Role(name="nobody"),
    }
    made = spec(account, deal, roles=roles)
    return replace(made, project=replace(made.project, languages=("en", "zh-CN", "fr")))


def files() -> dict[str, str]:
    """Return what is generated from it."""
    return {one.path: one.content for one in generate_artifacts(make_plan(None, whole(), revision="0001_x"))}


def test_every_file_is_there_and_says_what_made_it() -> None:
    made = files()
    assert {path for path in made if path.startswith("generated/")} == {
        "generated/screens/account.yaml",
        "generated/screens/deal.yaml",
        "generated/permission_sets/everyone.yaml",
        "generated/permission_sets/boss.yaml",
        "generated/permission_sets/nobody.yaml",
        "generated/access-matrix.md",
        "generated/grants.postgresql.sql",
        "generated/documents/data-dictionary.en.md",
        "generated/documents/data-dictionary.zh-CN.md",
        "generated/documents/data-dictionary.fr.md",
    }
    assert all("Made by crmspec" in text[:400] for text in made.values())
    assert made == files()


@pytest.mark.parametrize("path", [path for path in files() if path.startswith("generated/") and path.endswith(".yaml")])
def test_yaml_is_yaml(path: str) -> None:
    assert isinstance(yaml.safe_load(files()[path]), dict)


def test_a_permission_set_has_what_its_includes_give() -> None:
    made = yaml.safe_load(files()["generated/permission_sets/boss.yaml"])
    assert made["grants"] == {
        "account.create": "all",
        "account.read": "all",
        "account.update": "own",
        "deal.delete": "all",
        "deal.read": "all",
        "deal.transfer": "all",
        "deal.update": "all",
    }
    assert made["fields"] == {"account.margin": "none"}
    assert made["label"] == {}
    assert "grants" not in yaml.safe_load(files()["generated/permission_sets/nobody.yaml"])


def test_screens_are_worked_out() -> None:
    made = yaml.safe_load(files()["generated/screens/deal.yaml"])
    assert made["records"]["default"]["sections"][0]["fields"] == ["name", "account", "tags", "net"]
    assert made["form"][0]["fields"] == ["name", "account", "tags"]
    assert made["fields"]["account"]["to"] == ["account"]
    assert yaml.safe_load(files()["generated/screens/account.yaml"])["label"]["en"] == NASTY


def test_words_in_tables_stay_in_their_cell() -> None:
    for path, text in files().items():
        if path.endswith(".md"):
            assert "<script>" not in text.replace("\\<script\\>", "")
            rows = [line for line in text.splitlines() if line.startswith("|")]
            for line in rows:
                assert line.endswith("|")
            assert "\nnew line" not in text


def test_the_dictionary_speaks_the_language() -> None:
    made = files()
    assert "# 数据字典" in made["generated/documents/data-dictionary.zh-CN.md"]
    assert "## 客户 (`account`)" in made["generated/documents/data-dictionary.zh-CN.md"]
    assert "# Data dictionary" in made["generated/documents/data-dictionary.fr.md"]


def test_grants_are_taken_by_postgresql(postgres_url: str) -> None:
    database = Database(postgres_url)
    try:
        database.follow(whole())
        statements = [
            line
            for line in files()["generated/grants.postgresql.sql"].splitlines()
            if line and not line.startswith("--")
        ]
        database.run([line.removesuffix(";") for line in statements])
        granted = database.execute(
            "SELECT table_name, column_name, privilege_type FROM information_schema.column_privileges "
            "WHERE grantee = 'crmspec_test_boss' AND column_name IN ('name', 'margin') ORDER BY 1, 2, 3"
        )
        assert [tuple(row) for row in granted] == [
            ("account", "name", "INSERT"),
            ("account", "name", "SELECT"),
            ("account", "name", "UPDATE"),
            ("deal", "name", "SELECT"),
            ("deal", "name", "UPDATE"),
        ]
        assert (
            database.execute(
                "SELECT count(*) FROM information_schema.column_privileges WHERE grantee = 'crmspec_test_nobody'"
            )[0][0]
            == 0
        )
    finally:
        database.close()


def test_a_project_without_roles_gets_no_grants(tmp_path: Path) -> None:
    bare = Spec(project=Project(crm="bare"), objects={"a": thing("a", field("name"))})
    made: list[Artifact] = list(generate_artifacts(make_plan(None, bare)))
    assert not any("grants" in one.path for one in made)
