"""Files on disk: all or none, never over somebody's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmspec.artifact import (
    Artifact,
    Context,
    committed,
    find_generators,
    generate_artifacts,
    made_by,
    stale,
    write_artifacts,
)
from crmspec.artifact.templates import markdown_cell, markdown_code, python_text, render, yaml_flow
from crmspec.diagnostics import Refused
from crmspec.plan import make_plan
from tests.plan.building import field, spec, thing

HEAD = made_by("test")


def artifact(path: str, text: str = "", *, kept: bool = False) -> Artifact:
    return Artifact(path, f"{HEAD}\n{text}", kept=kept)


def test_files_are_written_changed_and_taken_away(tmp_path: Path) -> None:
    first = write_artifacts(tmp_path, [artifact("generated/a.txt", "1"), artifact("generated/deep/b.txt")])
    assert first.added == ("generated/a.txt", "generated/deep/b.txt")
    second = write_artifacts(tmp_path, [artifact("generated/a.txt", "2")])
    assert (second.added, second.changed, second.removed) == ((), ("generated/a.txt",), ("generated/deep/b.txt",))
    assert not (tmp_path / "generated" / "deep").exists()
    assert not write_artifacts(tmp_path, [artifact("generated/a.txt", "2")])


def test_looking_changes_nothing(tmp_path: Path) -> None:
    assert stale(tmp_path, [artifact("generated/a.txt")]).added == ("generated/a.txt",)
    assert list(tmp_path.iterdir()) == []


def test_a_kept_file_is_never_written_again(tmp_path: Path) -> None:
    write_artifacts(tmp_path, [artifact("migrations/versions/0001.py", "1", kept=True)])
    assert not write_artifacts(tmp_path, [artifact("migrations/versions/0001.py", "2", kept=True)])
    assert not write_artifacts(tmp_path, [])


def test_a_file_of_somebody_else_is_left_alone_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "generated").mkdir()
    (tmp_path / "generated" / "b.txt").write_text("mine")
    with pytest.raises(Refused, match="was not made by crmspec"):
        write_artifacts(tmp_path, [artifact("generated/a.txt"), artifact("generated/b.txt")])
    assert [file.name for file in (tmp_path / "generated").iterdir()] == ["b.txt"]
    write_artifacts(tmp_path, [artifact("generated/a.txt")])
    assert (tmp_path / "generated" / "b.txt").read_text() == "mine"


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    project = tmp_path / "project"
    project.mkdir()
    (project / "generated").symlink_to(outside)
    with pytest.raises(Refused, match="symbolic link"):
        write_artifacts(project, [artifact("generated/a.txt")])
    assert list(outside.iterdir()) == []


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "generated" / "a.txt").mkdir(parents=True)
    with pytest.raises(Refused, match="is a folder"):
        write_artifacts(tmp_path, [artifact("generated/a.txt")])


def project_generator(folder: Path, name: str, code: str) -> None:
    (folder / "generators" / name).mkdir(parents=True)
    (folder / "generators" / name / "__init__.py").write_text(code)


PLAN = make_plan(None, spec(thing("contact", field("name"))), revision="0001_x")


def test_a_project_adds_a_generator(tmp_path: Path) -> None:
    project_generator(
        tmp_path,
        "extra",
        (
            "from crmspec.artifact import Artifact\n"
            "def generate(plan, context):\n"
            "    yield Artifact('generated/extra.txt', '# Made by crmspec\\n' + ' '.join(plan.desired.objects))\n"
        ),
    )
    assert "extra" in [one.name for one in find_generators(tmp_path)]
    made = {one.path: one.content for one in generate_artifacts(PLAN, folder=tmp_path)}
    assert made["generated/extra.txt"].endswith("contact")


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("screens", "def generate(plan, context):\n    return []\n", "two generators are called `screens`"),
        ("nothing", "", "has no function `generate`"),
        (
            "stray",
            "from crmspec.artifact import Artifact\ndef generate(plan, context):\n    yield Artifact('../x', '')\n",
            "would write to ../x",
        ),
        (
            "twice",
            "from crmspec.artifact import Artifact\n"
            "def generate(plan, context):\n    yield Artifact('generated/screens/contact.yaml', '')\n",
            "two generators make generated/screens/contact.yaml",
        ),
    ],
)
def test_a_generator_that_breaks_the_contract_is_refused(tmp_path: Path, name: str, code: str, words: str) -> None:
    project_generator(tmp_path, name, code)
    with pytest.raises(Refused, match=words):
        generate_artifacts(PLAN, folder=tmp_path)


def test_a_name_that_a_template_was_not_given_is_an_error(tmp_path: Path) -> None:
    from jinja2 import UndefinedError

    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "a.jinja").write_text("{{ nothing }}")
    with pytest.raises(UndefinedError):
        render(tmp_path, "a.jinja")


def test_without_revisions_nothing_is_deployed(tmp_path: Path) -> None:
    assert committed(tmp_path).spec is None
    assert committed(tmp_path).number == 0


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"project": 3}'])
def test_what_cannot_be_read_is_refused_with_the_way_back(tmp_path: Path, broken: str) -> None:
    write_artifacts(tmp_path, generate_artifacts(PLAN, context=Context()))
    (tmp_path / "migrations" / "spec.json").write_text(broken)
    with pytest.raises(Refused) as refused:
        committed(tmp_path)
    assert "git checkout -- migrations/spec.json" in refused.value.diagnostics[0].help


def test_a_missing_spec_beside_revisions_is_refused(tmp_path: Path) -> None:
    write_artifacts(tmp_path, generate_artifacts(PLAN, context=Context()))
    (tmp_path / "migrations" / "spec.json").unlink()
    with pytest.raises(Refused, match="is missing"):
        committed(tmp_path)


NASTY = [
    "it's",
    'say "x"',
    "both ' and \"",
    "line\nfeed",
    'a"""b',
    "back\\slash",
    "tab\there",
    "\u2028",
    "{{ 7*7 }}",
    "",
    "客户",
]


@pytest.mark.parametrize("text", NASTY)
def test_texts_of_people_come_back_as_they_were(text: str) -> None:
    import ast

    import yaml

    assert ast.literal_eval(python_text(text)) == text
    assert yaml.safe_load(yaml_flow({"a": text, "b": [text, text]})) == {"a": text, "b": [text, text]}


@pytest.mark.parametrize(
    "word", ["no", "On", "012", "1:30", "1.10", "null", "~", "- x", "a: b", "#x", "&a", "*a", "!x", "a,b", "2024-01-01"]
)
def test_words_stay_words_in_yaml(word: str) -> None:
    import yaml

    assert yaml.safe_load(yaml_flow([word])) == [word]


def test_markdown_shows_text_as_text() -> None:
    assert markdown_cell("a|b <script> *c* [x](y)") == r"a\|b \<script\> \*c\* \[x\](y)"
    assert markdown_code("a `b` | c") == r"``a `b` \| c``"
