"""`crmspec rename` edits the text where the part is named, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmspec.diagnostics import Refused
from crmspec.source import load_project, rename_part
from tests.source.check_load import write_project

DEAL = """\
# Our deals.
object: deal
label: Deal
fields:
  name: {type: text}      # the name
  amount: {type: currency, min: 0}   # money: amount
  state: {type: picklist, options: [hot, cold], default: hot}
  net: {type: formula, result: currency, formula: "amount * 2 + if(state == 'hot', 1, 0)"}
  kind: {type: picklist, value_set: kinds}
indexes: [[name, -amount]]
validation:
  v: {when: 'amount > 3 and state == "hot"', message: "No {deal} of that amount"}
---
list_view: deals
object: deal
columns: [name, amount]
filter: >
  amount > 5
  and state == 'hot'
---
role: clerk
grants: {deal: {read: own}}
fields: {deal.amount: read}
---
sharing: hot_deals
object: deal
where: "amount > 5 and state == 'hot'"
to: [{role: clerk}]
---
restriction: cold_only
object: deal
for: {role: clerk}
where: "state == 'cold' or amount < 5"
---
value_set: kinds
options: [a, b]
"""
LINE = """\
object: line
fields:
  name: {type: text}
  deal: {type: lookup, to: deal}
  x: {type: formula, result: currency, formula: deal.amount * 2}
"""
SAMPLE = "seed: deals\nobject: deal\nrows:\n  - {name: A, amount: 5, state: hot}\n"


def project(folder: Path) -> Path:
    """A project in which everything names everything."""
    return write_project(folder, {"specs/deal.yaml": DEAL, "specs/line.yaml": LINE, "sample/deals.yaml": SAMPLE})


def test_a_field_is_renamed_wherever_it_is_named(tmp_path: Path) -> None:
    """Comments, quotes, layout and words that only look alike stay; the renamed project is right."""
    folder = project(tmp_path)
    changed = rename_part(folder, "deal.amount", "value")
    assert [str(one.file) for one in changed] == [
        "sample/deals.yaml",
        "specs/deal.yaml",
        "specs/line.yaml",
        "specs/renames.yaml",
    ]
    text = (folder / "specs/deal.yaml").read_text("utf-8")
    expected = (
        DEAL.replace("amount: {type", "value: {type")
        .replace('"amount * 2', '"value * 2')
        .replace("-amount", "-value")
        .replace("'amount > 3", "'value > 3")
        .replace("[name, amount]", "[name, value]")
        .replace("  amount > 5", "  value > 5")
        .replace("deal.amount: read", "deal.value: read")
        .replace('where: "amount > 5', 'where: "value > 5')
        .replace("or amount < 5", "or value < 5")
    )
    assert text == expected
    assert "formula: deal.value * 2" in (folder / "specs/line.yaml").read_text("utf-8")
    assert "value: 5" in (folder / "sample/deals.yaml").read_text("utf-8")
    assert (folder / "specs/renames.yaml").read_text("utf-8") == "renames:\n  - {from: deal.amount, to: deal.value}\n"
    assert load_project(folder, cache=False).diagnostics == ()


def test_access_tests_follow(tmp_path: Path) -> None:
    """Fields, objects, roles and positions are renamed in every shape of a sentence."""
    sentences = (
        "organization: {positions: {jack: {roles: [clerk]}}}\n---\naccess_tests:\n"
        "  - {only: [clerk, jack], can: read, on: deal.amount}\n"
        "  - {nobody: delete, on: deal}\n"
        "  - {never_both: [create: deal, update: deal.amount], except: [clerk, jack]}\n"
    )
    folder = write_project(tmp_path, {"specs/deal.yaml": DEAL, "specs/line.yaml": LINE, "specs/who.yaml": sentences})
    for old, new in (
        ("deal.amount", "value"), ("deal", "contract"), ("role:clerk", "writer"), ("position:jack", "jill"),
    ):
        rename_part(folder, old, new)
    assert (folder / "specs/who.yaml").read_text("utf-8") == (
        "organization: {positions: {jill: {roles: [writer]}}}\n---\naccess_tests:\n"
        "  - {only: [writer, jill], can: read, on: contract.value}\n"
        "  - {nobody: delete, on: contract}\n"
        "  - {never_both: [create: contract, update: contract.value], except: [writer, jill]}\n"
    )
    assert load_project(folder, cache=False).diagnostics == ()


def test_conversions_merges_and_splits_follow(tmp_path: Path) -> None:
    """What values become is named by today's names; what they were is the past, but for the object's name."""
    folder = project(tmp_path)
    (folder / "specs/moves.yaml").write_text(
        """\
merges:
  - {from: [deal.old, deal.older], to: deal.name}   # two texts
  - {from: [deal.state.warm], to: deal.state.hot}
---
splits:
  - {from: deal.both, to: [deal.name, deal.amount], at: ","}
---
object: note
fields:
  name: {type: text}
  state: {type: picklist, options: [good, bad], convert: {map: {ok: good}, otherwise: bad}}
  deal: {type: lookup, to: deal, convert: {by: name}}
""",
        "utf-8",
    )
    for old, new in (
        ("deal.name", "title"),
        ("deal.state.hot", "boiling hot"),
        ("deal", "chance"),
        ("note.state.good", "fine"),
        ("note.state.bad", "poor"),
    ):
        rename_part(folder, old, new)
    text = (folder / "specs/moves.yaml").read_text("utf-8")
    assert "- {from: [chance.old, chance.older], to: chance.title}   # two texts" in text
    assert "- {from: [chance.state.warm], to: chance.state.boiling hot}" in text
    assert '- {from: chance.both, to: [chance.title, chance.amount], at: ","}' in text
    assert "options: [fine, poor], convert: {map: {ok: fine}, otherwise: poor}" in text
    assert "to: chance, convert: {by: title}" in text
    assert [one.what for one in load_project(folder).diagnostics if one.severity == "error"] == []


def test_renames_of_every_kind_follow_each_other(tmp_path: Path) -> None:
    """Option, object, role: after each the project is right, and the entries stand one below the other."""
    folder = project(tmp_path)
    for old, new in (
        ("deal.state.hot", "very warm"),
        ("deal", "bargain"),
        ("role:clerk", "role:agent"),
        ("bargain.name", "title"),
    ):
        rename_part(folder, old, new)
        assert load_project(folder, cache=False).diagnostics == ()
    assert (folder / "specs/renames.yaml").read_text("utf-8").splitlines() == [
        "renames:",
        '  - {from: deal.state.hot, to: "deal.state.very warm"}',
        "  - {from: deal, to: bargain}",
        "  - {from: role:clerk, to: role:agent}",
        "  - {from: bargain.name, to: bargain.title}",
    ]
    text = (folder / "specs/deal.yaml").read_text("utf-8")
    assert 'message: "No {bargain} of that amount"' in text
    assert "if(state == 'very warm', 1, 0)" in text
    assert "and state == 'very warm'" in text
    assert 'options: ["very warm", cold]' in text or "options: [very warm, cold]" in text


def test_nothing_is_written_when_only_asked(tmp_path: Path) -> None:
    """A dry run says the places."""
    folder = project(tmp_path)
    changed = rename_part(folder, "deal.amount", "value", write=False)
    assert sum(one.places for one in changed) >= 9
    assert (folder / "specs/deal.yaml").read_text("utf-8") == DEAL
    assert not (folder / "specs/renames.yaml").exists()


def test_line_ends_and_flow_lists_stay(tmp_path: Path) -> None:
    """A file with CRLF keeps it; an entry is added within brackets, too."""
    text = "object: thing\r\nfields:\r\n  name: {type: text} # x\r\n  b: {type: text}\r\n---\r\n"
    text += "renames: [{from: thing.a, to: thing.b}]\r\n"
    folder = write_project(tmp_path, {"specs/thing.yaml": text})
    rename_part(folder, "thing.name", "title")
    expected = text.replace("name: {type", "title: {type").replace(
        "thing.b}]", "thing.b}, {from: thing.name, to: thing.title}]"
    )
    assert (folder / "specs/thing.yaml").read_bytes() == expected.encode()
    assert load_project(folder, cache=False).diagnostics == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("deal.amuont", "x"),
        ("deal.amount", "name"),
        ("deal.amount", "line.value"),
        ("deal", "role:deal"),
        ("deal.amount", "Value"),
        ("deal.amount", "id"),
        ("deal", "pg_deal"),
        ("deal.kind.a", "c"),
        ("nothing", "x"),
    ],
)
def test_what_cannot_be_renamed_is_refused(tmp_path: Path, old: str, new: str) -> None:
    """Before anything is written, with a way on."""
    folder = project(tmp_path)
    with pytest.raises(Refused) as refused:
        rename_part(folder, old, new)
    assert refused.value.diagnostics[0].help
    assert (folder / "specs/deal.yaml").read_text("utf-8") == DEAL
