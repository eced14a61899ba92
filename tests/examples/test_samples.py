"""The shipped packages and their sample records: nothing wrong with them, and as fresh as their generator."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from crmspec.library import specs_folder
from crmspec.source import load_project
from crmspec.spec import Seed, Spec

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {"standard": "standard", "printing": "templates/printing"}


def load_with_samples(folder: Path, package: str) -> Spec:
    """Load a new project of a package, its sample records among its own specs; it must have no problem."""
    home = specs_folder() / PACKAGES[package]
    shutil.copytree(home / "starter", folder)
    shutil.copytree(home / "sample", folder / "specs" / "records")
    loaded = load_project(folder)
    assert [(d.position, d.what) for d in loaded.diagnostics] == []
    assert loaded.spec is not None
    return loaded.spec


@pytest.fixture(scope="module", params=list(PACKAGES))
def spec(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Spec:
    """The spec of a package, samples included."""
    return load_with_samples(tmp_path_factory.mktemp(request.param) / "project", request.param)


def test_every_lookup_finds_its_target(spec: Spec) -> None:
    """A row names other records by their key; each of them is there, in a seed that is loaded before."""
    there: dict[str, set[str]] = {"person": set()}
    missing: list[str] = []
    for seed in spec.seeds.values():
        for number, row in enumerate(seed.rows):
            missing += [
                f"{seed.name} {number}: {name} {key}"
                for name, key in _lookups(spec, seed, row)
                if not _known(there, name, key)
            ]
            there.setdefault(seed.object, set()).add(str(row[seed.key]))
    assert missing == []


def _known(there: dict[str, set[str]], objects: str, key: str) -> bool:
    return any(key in there.get(one, ()) for one in objects.split(","))


def _lookups(spec: Spec, seed: Seed, row: object) -> list[tuple[str, str]]:
    """Return (object, key) for each record that a row points at."""
    assert isinstance(row, dict)
    if seed.object == "person":
        return []
    found = [("person", str(row[name])) for name in ("owner", "created_by") if name in row]
    for name, value in row.items():
        field = spec.objects[seed.object].fields.get(name)
        if field is None or not field.to:
            continue
        for one in value if isinstance(value, tuple) else (value,):
            target, colon, key = one.partition(":") if len(field.to) > 1 else (field.to[0], ":", one)
            assert colon, f"{seed.name}: {name} says no object: {one}"
            assert target in field.to
            found.append((target, key))
    return found


def test_required_fields_are_filled(spec: Spec) -> None:
    """What a person would be asked for is there: required fields, and what a stage asks for."""
    missing: list[str] = []
    for seed in spec.seeds.values():
        if seed.object == "person":
            continue
        one = spec.objects[seed.object]
        pipeline = spec.pipeline_of(seed.object)
        required = {name for name, field in one.fields.items() if field.required and field.default is None}
        for row in seed.rows:
            stage = pipeline.stages.get(str(row.get(pipeline.field))) if pipeline else None
            asked = required | set(stage.enter_requires if stage else ())
            missing += [f"{seed.name} {row[seed.key]}: {name}" for name in sorted(asked) if name not in row]
    assert missing == []


def test_there_is_enough_to_look_at(spec: Spec) -> None:
    """Every main object has records, every role a person, every stage a record."""
    counts = {seed.object: len(seed.rows) for seed in spec.seeds.values()}
    least = {
        "account": 200,
        "contact": 300,
        "lead": 150,
        "opportunity": 160,
        "activity": 1500,
        "quote": 120,
        "case": 50,
        "issue": 15,
    }
    assert {name: counts.get(name, 0) for name, few in least.items() if counts.get(name, 0) < few} == {}
    held = {
        role
        for row in spec.seeds["people"].rows
        for name in row["positions"]
        for role in spec.organization.positions[name].roles
    }
    included = {name for role in held for name in spec.roles[role].include}
    assert set(spec.roles) - held - included == set()
    for pipeline in spec.pipelines.values():
        used = {
            row.get(pipeline.field)
            for seed in spec.seeds.values()
            if seed.object == pipeline.object
            for row in seed.rows
        }
        assert set(pipeline.stages) - used == set(), pipeline.name


def test_the_samples_are_what_the_generator_writes(tmp_path: Path) -> None:
    """Committed files and generator do not drift apart."""
    shutil.copytree(
        ROOT / "examples" / "tools", tmp_path / "examples" / "tools", ignore=shutil.ignore_patterns("__pycache__")
    )
    subprocess.run([sys.executable, "make_samples.py"], cwd=tmp_path / "examples" / "tools", check=True)
    for name in PACKAGES.values():
        fresh = {path.name: path.read_text("utf-8") for path in (tmp_path / "specs" / name / "sample").iterdir()}
        committed = {path.name: path.read_text("utf-8") for path in (specs_folder() / name / "sample").iterdir()}
        assert committed == fresh
        assert max(len(text.encode()) for text in committed.values()) < 900_000
