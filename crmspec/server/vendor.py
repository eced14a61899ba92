"""Fetch the browser parts that crmspec ships, at fixed versions: `python -m crmspec.server.vendor`.

Each package is fetched with `npm pack` (nothing of it is run), the named files are copied, with licence and checksum,
into `static/vendor/`, and the icons that pages may use are put into one sprite, `static/icons.svg`. axe-core goes to
the tests.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crmspec.server.icons import ICONS

STATIC = Path(__file__).resolve().parent / "static"
TESTS = Path(__file__).resolve().parents[2] / "tests" / "server"


@dataclass(frozen=True, slots=True)
class Package:
    """One npm package: which of its files go where, beside its licence."""

    name: str
    version: str
    license: str
    license_file: str
    files: Mapping[str, str]          # in the package → in the folder
    tests_only: bool = False


PACKAGES = (
    Package("htmx.org", "4.0.1", "0BSD", "LICENSE", {"dist/htmx.min.js": "htmx.min.js"}),
    Package("sortablejs", "1.15.7", "MIT", "LICENSE", {"Sortable.min.js": "sortable.min.js"}),
    Package("lucide-static", "1.62.0", "ISC", "LICENSE", {}),
    Package("axe-core", "4.14.1", "MPL-2.0", "LICENSE", {"axe.min.js": "axe.min.js"}, tests_only=True),
)


def fetch(package: Package, folder: Path) -> Path:
    """Return the unpacked folder of a package."""
    command = ["npm", "pack", f"{package.name}@{package.version}", "--silent", "--ignore-scripts"]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603 (fixed words)
    inside = folder / package.name
    with tarfile.open(folder / done.stdout.strip().splitlines()[-1]) as archive:
        archive.extractall(inside, filter="data")
    return inside / "package"


def sprite(icons: Path) -> str:
    """Return one SVG with a symbol for each icon of ICONS, in order."""
    symbols = []
    for name in ICONS:
        drawn = (icons / f"{name}.svg").read_text(encoding="utf-8")
        inner = re.sub(r"\s+", " ", drawn[drawn.index(">", drawn.index("<svg")) + 1:drawn.rindex("</svg>")]).strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inner.replace("> <", "><")}</symbol>')
    return (
        "<!-- Made by crmspec/server/vendor.py from lucide-static, ISC: see vendor/licenses/lucide-static.txt -->\n"
        '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
    )


def place(package: Package, source: Path, target: Path) -> dict[str, object]:
    """Copy a package's files and licence into a folder; return its line of the manifest."""
    (target / "licenses").mkdir(parents=True, exist_ok=True)
    license_text = (source / package.license_file).read_text(encoding="utf-8")
    (target / "licenses" / f"{package.name}.txt").write_text(license_text, encoding="utf-8")
    sums = {}
    for inside, outside in package.files.items():
        content = (source / inside).read_bytes()
        (target / outside).write_bytes(content)
        sums[outside] = hashlib.sha256(content).hexdigest()
    return {"version": package.version, "license": package.license, "sha256": sums}


def refresh(static: Path = STATIC, tests: Path = TESTS) -> None:
    """Fetch everything and write it where it belongs."""
    manifests: dict[Path, dict[str, object]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for package in PACKAGES:
            source = fetch(package, Path(temporary))
            target = (tests if package.tests_only else static) / "vendor"
            manifests.setdefault(target, {})[package.name] = place(package, source, target)
            if package.name == "lucide-static":
                (static / "icons.svg").write_text(sprite(source / "icons"), encoding="utf-8")
    for target, manifest in manifests.items():
        text = json.dumps(manifest, indent=2, sort_keys=True) + "\n"
        (target / "manifest.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    refresh()
