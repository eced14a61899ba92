"""What is published works alone: the wheel carries specs, generators and screens inside the package."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout and unpacked where a checkout is not."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_has_everything_in_one_package(installed: Path) -> None:
    """Nothing is installed beside `crmspec`, and nothing that only the tests need is inside it."""
    assert {path.name for path in installed.iterdir() if path.suffix != ".dist-info"} == {"crmspec"}
    for name in (
        "specs/standard/package.yaml", "specs/templates/printing/package.yaml", "generators/migrations/__init__.py",
        "server/static/crm.css", "server/templates", "py.typed",
    ):
        assert (installed / "crmspec" / name).exists(), name


def test_the_wheel_works_without_a_checkout(installed: Path, tmp_path: Path) -> None:
    """A project is started, checked, generated and deployed with what came along."""
    environment = {**os.environ, "PYTHONPATH": str(installed)}

    def python(*arguments: str) -> str:
        result = subprocess.run(
            [sys.executable, "-P", *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    code = "import crmspec.library as l; print(l.specs_folder(), l.generators_folder())"
    assert python("-c", code).split() == [str(installed / "crmspec" / name) for name in ("specs", "generators")]
    python("-m", "crmspec", "init", "acme", "--template", "printing")
    for command in ("validate", "generate", "deploy"):
        python("-m", "crmspec", "-C", "acme", command)
