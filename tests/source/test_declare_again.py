"""A removed part is declared again where it was removed, or written out as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmspec.source import declare_again, load_project
from crmspec.spec import Field, Object, Spec

PROJECT = "crm: acme\nlanguages: [en, zh-CN]\npackages: [base@1]\n"
PACKAGE = "package: base\nversion: 1.0.0\n"
ACCOUNT = """\
object: account
fields:
  name: {type: text, required: true}
  fax: {type: phone, label: {en: Fax, zh-CN: 传真}}
  tier: {type: picklist, options: {gold: {label: {en: Gold, zh-CN: 金}, color: amber}, silver: 银}, default: gold}
  amount: {type: currency, min: 0.5, scale: 3, help: "Don't: ask"}
  parent: {type: lookup, to: account, on_delete: restrict, related_list: children}
---
object: note
fields:
  name: {type: text}
  about: {type: lookup, to: account}
validation:
  short: {when: "length(name) > 80", message: {en: Too long, zh-CN: 太长}, field: name}
indexes: [[name, about], {name: one, fields: [name], unique: true}]
"""


def project(tmp_path: Path, patch: str) -> Path:
    """A project on a package, with a file of its own."""
    for name, text in (
        ("packages/base/package.yaml", PACKAGE),
        ("packages/base/account.yaml", ACCOUNT),
        ("acme/crmspec.yaml", PROJECT),
        ("acme/specs/patch.yaml", patch),
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return tmp_path / "acme"


def spec_of(folder: Path) -> Spec:
    """Load a project that has no errors."""
    loaded = load_project(folder, cache=False, packages_folder=folder.parent / "packages")
    assert loaded.diagnostics == ()
    assert loaded.spec is not None
    return loaded.spec


def part_of(tmp_path: Path, address: str) -> Field | Object:
    """Return a part as it was before anything was removed."""
    spec = spec_of(project(tmp_path / "before", "terms: {account: {en: Account, zh-CN: 客户}}\n"))
    return spec.field(address) or spec.objects[address]


@pytest.mark.parametrize(
    ("patch", "after"),
    [
        (
            "extend: account\nremove: [fax, tier]   # both\nlabel: Company\n",
            "extend: account\nremove: [tier]   # both\nlabel: Company\n",
        ),
        (
            "extend: account\nlabel: Company\nremove:\n  - tier\n  - fax  # who has one?\n",
            "extend: account\nlabel: Company\nremove:\n  - tier\n",
        ),
        ("extend: account\nremove: [fax]\nlabel: Company\n", "extend: account\nlabel: Company\n"),
        ("extend: account\nlabel: Company\nremove:\n  - fax\n", "extend: account\nlabel: Company\n"),
        ("extend: note\nlabel: Memo\n---\nextend: account\nremove: [fax]\n", "extend: note\nlabel: Memo\n"),
        ("# Ours.\nextend: account\nremove: [fax]\n---\nextend: note\nlabel: Memo\n", "extend: note\nlabel: Memo\n"),
        ("extend: account\nremove: [fax]\n", None),
    ],
)
def test_a_removal_is_taken_back(tmp_path: Path, patch: str, after: str | None) -> None:
    """The entry goes; the key when it was the only one; the document, or the file, when it said nothing else."""
    folder = project(tmp_path, patch)
    assert spec_of(folder).field("account.fax") is None
    fax = part_of(tmp_path, "account.fax")
    edit = declare_again(folder, "account.fax", fax, packages_folder=folder.parent / "packages")
    assert (edit.file, edit.text) == (Path("specs/patch.yaml"), after)
    if after is None:
        (folder / edit.file).unlink()
    else:
        (folder / edit.file).write_text(after, "utf-8")
    assert spec_of(folder).field("account.fax") == part_of(tmp_path, "account.fax")


@pytest.mark.parametrize("address", ["account.fax", "account.tier", "account.amount", "account.parent", "note"])
def test_a_part_is_written_out_as_it_was(tmp_path: Path, address: str) -> None:
    """What the team itself declared and deleted comes back whole: options, labels, limits, rules, indexes."""
    part = part_of(tmp_path, address)
    folder = project(tmp_path, "terms: {account: {en: Account, zh-CN: 客户}}\n")
    package = folder.parent / "packages/base/account.yaml"
    kept = [line for line in ACCOUNT.splitlines() if not line.startswith(f"  {address.partition('.')[2] or '-'}:")]
    text = "\n".join(kept) if "." in address else ACCOUNT.split("---")[0]
    package.write_text(text + "\n", "utf-8")
    edit = declare_again(folder, address, part, packages_folder=folder.parent / "packages")
    assert edit.text is not None
    (folder / edit.file).parent.mkdir(parents=True)
    (folder / edit.file).write_text(edit.text, "utf-8")
    spec = spec_of(folder)
    assert (spec.field(address) or spec.objects[address]) == part
