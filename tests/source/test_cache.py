"""What is remembered is what a whole run would find, whatever was changed in between."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from crmspec.source import load_project
from crmspec.source.loaded import Loaded
from tests.source.check_load import PROJECT, write_project

FILES = {
    "specs/account.yaml": (
        "object: account\nfields:\n  name: {type: text}\n  state: {type: picklist, options: [a, b]}\n"
    ),
    "specs/contact.yaml": (
        "object: contact\nfields:\n  name: {type: text}\n  account: {type: lookup, to: account}\n"
        "  at: {type: formula, result: text, formula: \"if(account.state == 'a', account.name, name)\"}\n"
        "  price: {type: currency, convert: {map: {x: '1'}}}\n"
    ),
    "specs/list.yaml": "list_view: contacts\nobject: contact\ncolumns: [name, account.name]\n",
    "specs/role.yaml": "role: clerk\ngrants: {account: {read: own}}\n",
    "specs/page.yaml": "layout: account\nobject: account\nrelated: [contact_account]\n",
    "specs/flow.yaml": "pipeline: flow\nobject: contact\nstages: {new: {}, done: {type: won}}\n",
    "specs/words.yaml": 'report: all\nfrom: contact\ncolumns: [name]\nlabel: "All {contact.plural}"\n',
}
CHANGES = {
    "comment": ("specs/account.yaml", "object: account", "# new\nobject: account"),
    "field_added": ("specs/account.yaml", "  state:", "  more: {type: date}\n  state:"),
    "field_gone": ("specs/account.yaml", "  name: {type: text}", "  title: {type: text}"),
    "option_gone": ("specs/account.yaml", "[a, b]", "[c, b]"),
    "retyped": ("specs/account.yaml", "name: {type: text}", "name: {type: date}"),
    "label": ("specs/contact.yaml", "object: contact\n", "object: contact\nlabel: Person\n"),
    "broken": ("specs/account.yaml", "type: text", "type: txet"),
    "not_yaml": ("specs/account.yaml", "fields:", "fields"),
    "dangling": ("specs/contact.yaml", "to: account", "to: acount"),
    "other_name": ("specs/account.yaml", "object: account", "object: firm"),
    "column_gone": ("specs/list.yaml", "account.name", "account.nam"),
    "role_cycle": ("specs/role.yaml", "role: clerk\n", "role: clerk\ninclude: [clerk]\n"),
    "stage": ("specs/flow.yaml", "new: {}", "new: {}, second: {}"),
    "lookup_list": ("specs/contact.yaml", "to: account}", "to: account, related_list: people}"),
}


def same(one: Loaded, other: Loaded) -> None:
    """Compare everything two loads say."""
    assert [*one.diagnostics] == [*other.diagnostics]
    assert one.spec == other.spec
    assert one.fingerprint == other.fingerprint
    assert one.spec is None or list(one.spec.objects) == list(other.spec.objects)  # type: ignore[union-attr]
    assert one.origins.at("account.name") == other.origins.at("account.name")


@pytest.mark.parametrize("change", CHANGES)
def test_a_small_run_says_what_a_whole_one_says(tmp_path: Path, change: str) -> None:
    """After each kind of change, with and without a run in between, and when it is taken back."""
    folder = write_project(tmp_path, FILES)
    name, before, after = CHANGES[change]
    file = folder / name
    text = file.read_text("utf-8")
    assert load_project(folder).diagnostics == ()
    assert before in text
    for content in (
        text.replace(before, after),
        text,
        text.replace(before, after) + "# again\n",
        text + "# and back\n",
    ):
        file.write_text(content, "utf-8")
        same(load_project(folder), load_project(folder, cache=False))
        same(load_project(folder), load_project(folder, cache=False))


def test_a_cache_is_only_a_cache(tmp_path: Path) -> None:
    """Deleted, cut, changed by hand or on a disk that is full: nothing but time is lost."""
    folder = write_project(tmp_path, FILES)
    expected = load_project(folder, cache=False)
    same(load_project(folder), expected)
    cache = folder / ".crmspec" / "cache" / "load.json"
    assert (folder / ".crmspec" / ".gitignore").read_text() == "*\n"
    whole = cache.read_bytes()
    for content in (b"", b"{}", whole[:100], whole[:-10], b"[]\n", whole.replace(b'"files"', b'"flies"')):
        cache.write_bytes(content)
        same(load_project(folder), expected)
    shutil.rmtree(folder / ".crmspec")
    (folder / ".crmspec").write_text("in the way")
    same(load_project(folder), expected)


def test_new_and_removed_files_are_seen(tmp_path: Path) -> None:
    """Files come and go."""
    folder = write_project(tmp_path, FILES)
    load_project(folder)
    (folder / "specs" / "new.yaml").write_text("object: thing\nfields: {name: {type: text}}\n")
    same(load_project(folder), load_project(folder, cache=False))
    (folder / "specs" / "list.yaml").unlink()
    same(load_project(folder), load_project(folder, cache=False))
    (folder / "crmspec.yaml").write_text(PROJECT + "currency: CNY\n")
    same(load_project(folder), load_project(folder, cache=False))
    assert load_project(folder).spec.project.currency == "CNY"  # type: ignore[union-attr]
