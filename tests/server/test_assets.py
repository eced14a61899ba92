"""Assets are named by their content, kept for ever, and are what their makers published."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

from crmspec.server.assets import STATIC_FOLDER, load_assets
from crmspec.server.icons import ICONS, UNKNOWN_ICON
from crmspec.server.rendering import TEMPLATES_FOLDER
from crmspec.server.vendor import PACKAGES


def test_answers() -> None:
    """The present version is kept for ever, an older one is asked for again, what is not there is not found."""
    assets = load_assets()
    now = assets.answer(assets.path("crm.js"), "br, gzip")
    assert now.status == 200
    assert now.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert gzip.decompress(now.body) == (STATIC_FOLDER / "crm.js").read_bytes()
    old = assets.answer("0123456789ab/crm.js")
    assert (old.status, old.headers["Cache-Control"], "Content-Encoding" in old.headers) == (200, "no-cache", False)
    for path in ("", "x", f"{assets.version}/../assets.py", f"{assets.version}/nothing.js", "/etc/passwd"):
        assert assets.answer(path).status == 404
    with pytest.raises(KeyError):
        assets.path("nothing.js")


def test_style_is_one_file() -> None:
    """What a style sheet imports stands in it, so that a page waits for one file only."""
    style = load_assets().files["crm.css"].body.decode()
    assert "@import" not in style
    assert "--canvas" in style
    assert "url(" not in style


def test_the_version_follows_the_content(tmp_path: Path) -> None:
    """Another byte, another version."""
    (tmp_path / "a.css").write_text("a{}", encoding="utf-8")
    before = load_assets(tmp_path).version
    (tmp_path / "a.css").write_text("b{}", encoding="utf-8")
    assert load_assets(tmp_path).version != before


@pytest.mark.parametrize("package", PACKAGES, ids=lambda one: one.name)
def test_vendored_files_are_unchanged(package: object) -> None:
    """Every file of others has its checksum, version and licence beside it."""
    assert isinstance(package, type(PACKAGES[0]))
    folder = (Path(__file__).parent if package.tests_only else STATIC_FOLDER) / "vendor"
    entry = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))[package.name]
    assert (entry["version"], entry["license"]) == (package.version, package.license)
    assert (folder / "licenses" / f"{package.name}.txt").stat().st_size > 100
    found = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in package.files.values()}
    assert found == entry["sha256"]


def test_every_icon_is_in_the_sprite() -> None:
    """The sprite has the icons that pages may use, and templates use no others."""
    drawn = re.findall(r'<symbol id="([^"]+)"', (STATIC_FOLDER / "icons.svg").read_text(encoding="utf-8"))
    assert tuple(drawn) == ICONS
    assert UNKNOWN_ICON in ICONS
    used = set()
    for template in TEMPLATES_FOLDER.rglob("*.html"):
        used |= set(re.findall(r'icon\("([a-z0-9-]+)"', template.read_text(encoding="utf-8")))
    assert sorted(used - set(ICONS)) == []
