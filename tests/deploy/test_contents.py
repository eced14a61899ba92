"""Where parts of a spec stand, as a release keeps it: in pieces, of which a small change adds one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import sqlalchemy as sa

from crmspec.deploy import Project, deploy, deployed_release
from crmspec.deploy.contents import digest, lines_in_pieces, pieces_of
from crmspec.plan import HAZARDS
from crmspec.spec import Field
from tests.deploy.project import LOCAL, Checkout
from tests.deploy.specs import BASE, with_field


def lines_of(objects: int, moved: str = "") -> dict[str, str]:
    """Lines of so many objects with twenty fields; those of one of them have moved."""
    found = {"role:clerk": "specs/roles.yaml:1"}
    for name in (f"object_{number}" for number in range(objects)):
        found |= {f"{name}.field_{at}": f"specs/{name}.yaml:{at + (name == moved)}" for at in range(20)}
        found[f"validation:{name}.rule"] = f"specs/{name}.yaml:90"
    return found


@pytest.mark.parametrize("objects", [0, 1, 30, 300])
def test_pieces_hold_all_lines_and_one_changes_with_an_object(objects: int) -> None:
    """Small projects have one piece, large ones many."""
    text, pieces = lines_in_pieces(lines_of(objects))
    assert tuple(pieces) == pieces_of(text) or len(pieces) < len(pieces_of(text)), "equal pieces are one"
    together: dict[str, str] = {}
    for piece in pieces.values():
        together |= json.loads(piece)
    assert together == lines_of(objects)
    if objects:
        _, others = lines_in_pieces(lines_of(objects, moved="object_0"))
        assert len(others.keys() - pieces.keys()) == 1


def test_a_release_has_its_lines(engine: sa.Engine, checkout: Checkout) -> None:
    """Those of a project that grew, and those that an older crmspec wrote as one text."""
    spec, lines = BASE, lines_of(30)
    for moved in ("", "object_3"):
        lines = lines_of(30, moved)
        project = Project(spec=spec, folder=checkout.folder, origins=lines)
        deploy(project, engine, environment=LOCAL, allow=tuple(HAZARDS))
        spec = with_field(spec, "contact", Field(name=f"more_{moved}", type="text"))
        with engine.connect() as connection:
            release = deployed_release(connection)
            assert release is not None
            assert release.origins == lines
    old = json.dumps(lines)
    assert release is not None
    entry = replace(release.entry, origins_hash=digest(old))
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO crmspec_content VALUES (:hash, :text)"),
                           {"hash": digest(old), "text": old})
        connection.execute(sa.text("UPDATE crmspec_release SET origins_hash = :one, hash = :two WHERE number = 2"),
                           {"one": digest(old), "two": entry.own_hash})
        known = deployed_release(connection)
        assert known is not None
        assert known.origins == lines
