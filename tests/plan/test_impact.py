"""Who uses a field: found in the few objects that name it, the same as in all of them."""

from __future__ import annotations

from pathlib import Path

from crmspec.plan.impact import Users
from crmspec.source import load_project
from crmspec.spec.canonical import to_json
from crmspec.spec.kept import read_kept

LOOKS_ELSEWHERE = """
object: slip
fields:
  name: {type: text}
  opportunity: {type: lookup, to: opportunity}
  slow: {type: formula, result: boolean, formula: "opportunity.days_in_stage > 3"}
  of_account: {type: formula, result: text, formula: "opportunity.account.name"}
"""


def test_few_objects_tell_what_all_would(tmp_path: Path) -> None:
    """Fields of the standard CRM, each asked of a spec whose objects nobody has looked at yet."""
    (tmp_path / "specs").mkdir()
    (tmp_path / "crmspec.yaml").write_text("crm: acme\nversion: 1.0.0\npackages: [standard@1]\n")
    (tmp_path / "specs" / "slip.yaml").write_text(LOOKS_ELSEWHERE)
    spec = load_project(tmp_path).spec
    assert spec is not None
    assert "slip" in spec.objects
    text, everything, used = to_json(spec), Users(spec), 0
    for address in sorted(f"{one.name}.{field}" for one in spec.objects.values() for field in one.fields)[::6]:
        uses = Users(read_kept(text, AssertionError)).of(address)
        assert uses == everything.of(address)
        used += "formula" in uses.by
    assert used > 5
    assert "slip.of_account" in everything.of("account.name").by["formula"]
    many = Users(read_kept(text, AssertionError))
    own = (f"opportunity.{field}" for field in spec.objects["opportunity"].fields)
    for address in ("account", "opportunity.stage", *own):
        assert many.of(address) == everything.of(address)
