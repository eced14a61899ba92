"""Packages below, the team's specs above: extended, renamed, removed, worded, locked."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmspec.diagnostics import Refused
from crmspec.source import load_project, load_samples, write_lock
from tests.source.check_load import check_load, codes, write_project

PROJECT = "crm: test\nlanguages: [en, zh-CN]\npackages: [base@1]\n"
BASE = {
    "shipped/base/package.yaml": "package: base\nversion: 1.2.0\n",
    "shipped/base/all.yaml": """\
object: contact
label: {en: Contact, zh-CN: 联系人, de: Kontakt}
fields:
  name: {type: text, required: true}
  phone: {type: phone, search: true}
  fax: {type: phone}
  firm: {type: lookup, to: firm, related_list: contacts, label: "{firm}"}
  rank: {type: picklist, options: [hot, cold], default: hot}
  hot: {type: formula, result: text, formula: "if(rank == 'hot', phone, firm.name)"}
indexes: [[phone]]
---
object: firm
fields:
  name: {type: text}
  calls: {type: rollup, of: contact, function: count, filter: "rank == 'hot'"}
---
list_view: contacts
object: contact
columns: [name, phone, fax, firm.name]
filter: "rank != 'cold'"
---
layout: contact
object: contact
highlights: [fax]
sections: [{label: "All of {contact.plural}", fields: [name, phone, fax]}]
---
role: clerk
grants: {contact: {read: own}}
fields: {contact.fax: none}
---
pipeline: leads
object: contact
field: state
stages: {new: {}, kept: {type: won}}
""",
    "shipped/base/sample/people.yaml": "seed: people\nobject: contact\nrows:\n  - {name: Li, phone: 1, rank: hot}\n",
}


def load(folder: Path, team: str, **more: str):  # type: ignore[no-untyped-def]
    """Load a team's document over the base package."""
    return check_load(folder, {**BASE, "specs/team.yaml": team, **more}, project=PROJECT)


def test_a_patch_is_laid_over_key_by_key(tmp_path: Path) -> None:
    """Labels keep their other languages, lists are replaced, a changed type drops the keys it has not."""
    team = """\
extend: contact
label: {en: Person}
fields:
  phone: {type: text, max_length: 20}
  rank: {options: {warm: {label: Warm}}}
  nick: {type: text}
---
extend: list_view:contacts
columns: [name]
"""
    loaded = load(tmp_path, team)
    assert codes(loaded) == []
    contact = loaded.spec.objects["contact"]
    assert contact.label == {"en": "Person", "zh-CN": "联系人"}
    assert (contact.fields["phone"].type, contact.fields["phone"].max_length) == ("text", 20)
    assert contact.fields["rank"].option_names == ("hot", "cold", "warm")
    assert "nick" in contact.fields
    assert loaded.spec.list_views["contacts"].columns == ("name",)
    place = loaded.origins.at("contact.phone", "max_length")
    assert (place.file, place.line) == ("specs/team.yaml", 4)
    assert str(loaded.origins.at("contact.name")) == "package:base/all.yaml:4:3"


def test_indexes_come_beside_those_of_the_package(tmp_path: Path) -> None:
    """None is lost by naming another; one of the same fields is said anew, one that is not wanted is taken out."""
    more = load(tmp_path, "extend: contact\nindexes:\n  - [-name]\n  - {fields: [phone], unique: true}\n")
    assert codes(more) == []
    assert [(one.name, one.fields, one.unique) for one in more.spec.objects["contact"].indexes] == [
        ("name", ("-name",), False), ("phone", ("phone",), True),
    ]
    less = load(tmp_path, "extend: contact\nremove: [indexes.phone]\n")
    assert codes(less) == []
    assert less.spec.objects["contact"].indexes == ()
    wrong = load(tmp_path, "extend: contact\nremove: [indexes.phon]\n")
    assert codes(wrong) == ["CRM224"]


def test_what_is_new_stands_behind_what_is_written_before_it(tmp_path: Path) -> None:
    """A stage or a field is put in its place by naming the one before it; without one, it comes last."""
    team = """\
extend: pipeline:leads
stages:
  new: {}
  asked: {label: Asked}
---
extend: contact
fields:
  nick: {type: text}
  name: {}
  title: {type: text}
"""
    loaded = load(tmp_path, team)
    assert codes(loaded) == []
    assert list(loaded.spec.pipelines["leads"].stages) == ["new", "asked", "kept"]
    assert loaded.spec.objects["contact"].fields["state"].option_names == ("new", "asked", "kept")
    names = list(loaded.spec.objects["contact"].fields)
    assert names[:2] == ["name", "title"]
    assert names.index("nick") > names.index("hot")


def test_a_pipeline_brings_its_field(tmp_path: Path) -> None:
    """The stages are the options, the first open one is the default, and nobody need declare the field."""
    field = load(tmp_path, "terms: {firm: Company}\n").spec.objects["contact"].fields["state"]
    assert (field.option_names, field.default, field.required, field.pipeline) == (
        ("new", "kept"),
        "new",
        True,
        "leads",
    )


def test_a_term_is_said_everywhere(tmp_path: Path) -> None:
    """Label, plural and every text that holds the word in braces; the English plural is formed."""
    spec = load(tmp_path, "terms: {firm: {en: Company, zh-CN: 公司}, contact: {label: Person, plural: People}}\n").spec
    assert spec.objects["firm"].plural == {"en": "Companies", "zh-CN": "公司"}
    assert spec.objects["contact"].fields["firm"].label == {"en": "Company", "zh-CN": "公司"}
    assert spec.layouts["contact"].sections[0].label["en"] == "All of People"


def test_a_rename_reaches_everything_a_package_says(tmp_path: Path) -> None:
    """Definition, columns, formulas, options, roles, indexes, words, samples."""
    team = """\
renames:
  - {from: contact.phone, to: contact.mobile}
  - {from: contact.mobile, to: contact.cell}
  - {from: contact.rank.hot, to: contact.rank.warm}
  - {from: contact.state.new, to: contact.state.fresh}
  - {from: firm, to: business}
  - {from: role:clerk, to: role:agent}
"""
    loaded = load(tmp_path, team)
    assert codes(loaded) == []
    spec = loaded.spec
    contact = spec.objects["contact"]
    assert list(contact.fields)[:2] == ["name", "cell"]
    assert contact.fields["hot"].formula == "if(rank == 'warm', cell, firm.name)"
    assert (contact.fields["rank"].option_names, contact.fields["rank"].default) == (("warm", "cold"), "warm")
    assert contact.fields["firm"].to == ("business",)
    assert contact.fields["firm"].label["en"] == "Business"
    assert list(spec.pipelines["leads"].stages) == ["fresh", "kept"]
    assert spec.list_views["contacts"].columns == ("name", "cell", "fax", "firm.name")
    assert list(spec.roles) == ["agent"]
    assert contact.indexes[0].fields == ("cell",)
    assert spec.objects["business"].fields["calls"].filter == "rank == 'warm'"
    assert load_samples(loaded)[0].rows == ({"name": "Li", "cell": "1", "rank": "warm"},)


def test_a_rename_reaches_what_a_package_says_of_the_parts_of_another(tmp_path: Path) -> None:
    """A patch of a layout does not say again whose it is; the names in it are followed all the same."""
    more = {
        "shipped/more/package.yaml": "package: more\nversion: 1.0.0\nrequires: [base@1]\n",
        "shipped/more/all.yaml": """\
extend: layout:contact
highlights: [phone]
---
extend: list_view:contacts
columns: [phone]
""",
    }
    project = PROJECT.replace("[base@1]", "[base@1, more@1]")
    team = "renames: [{from: contact.phone, to: contact.cell}]\n"
    loaded = check_load(tmp_path, {**BASE, **more, "specs/team.yaml": team}, project=project)
    assert codes(loaded) == []
    assert loaded.spec is not None
    assert loaded.spec.layouts["contact"].highlights == ("cell",)
    assert loaded.spec.list_views["contacts"].columns == ("cell",)


def test_a_swap_and_a_rename_with_its_object(tmp_path: Path) -> None:
    """Two names change places; a field follows the object it belongs to."""
    team = """\
renames:
  - {from: contact.phone, to: contact.fax}
  - {from: contact.fax, to: contact.phone}
  - {from: firm, to: business}
  - {from: business.name, to: business.title}
"""
    loaded = load(tmp_path, team)
    assert codes(loaded) == []
    assert loaded.spec.list_views["contacts"].columns == ("name", "fax", "phone", "firm.title")


def test_what_is_removed_leaves_lists_and_pages_of_packages(tmp_path: Path) -> None:
    """Columns, places on a page and levels go silently; the field is gone."""
    loaded = load(tmp_path, "extend: contact\nremove: [fax]\n")
    assert codes(loaded) == []
    spec = loaded.spec
    assert spec.list_views["contacts"].columns == ("name", "phone", "firm.name")
    assert (spec.layouts["contact"].highlights, spec.layouts["contact"].sections[0].fields) == ((), ("name", "phone"))
    assert spec.roles["clerk"].fields == {}


def test_what_reads_a_removed_field_is_named_with_its_line(tmp_path: Path) -> None:
    """A formula and an index of the package, a column of the team: each with the line of the removal, and a way out."""
    team = "extend: contact\nremove: [phone]\n---\nlist_view: mine\nobject: contact\ncolumns: [name, phone]\n"
    loaded = load(tmp_path, team)
    found = {(one.position.file, one.code) for one in loaded.diagnostics}
    assert found == {
        ("package:base/all.yaml", "CRM401"),
        ("package:base/all.yaml", "CRM302"),
        ("specs/team.yaml", "CRM302"),
    }
    assert all("removed in specs/team.yaml:2:10" in one.why for one in loaded.diagnostics)


def test_an_object_of_a_package_is_not_declared_again(tmp_path: Path) -> None:
    """Both places are named, and how to change it instead."""
    loaded = load(tmp_path, "object: contact\nfields: {name: {type: text}}\n")
    assert codes(loaded) == ["CRM220"]
    assert loaded.diagnostics[0].help == "write `extend: contact` to change it"
    assert loaded.diagnostics[0].related[0][0].file == "package:base/all.yaml"


@pytest.mark.parametrize(
    ("packages", "code"),
    [
        ("[bsae]", "CRM221"),
        ("[base@2]", "CRM222"),
        ("[base, base]", "CRM220"),
        ("[more]", "CRM227"),
        ("[base, own]", "CRM221"),
    ],
)
def test_packages_that_do_not_fit(tmp_path: Path, packages: str, code: str) -> None:
    """Misspelt, of another version, twice, without what they need, or there twice."""
    files = {
        **BASE,
        "shipped/templates/more/package.yaml": "package: more\nrequires: [base@1]\n",
        "shipped/own/package.yaml": "package: own\n",
        "packages/own/package.yaml": "package: own\n",
    }
    assert codes(check_load(tmp_path, files, project=f"crm: test\npackages: {packages}\n")) == [code]


def test_a_package_whose_content_moves_is_refused(tmp_path: Path) -> None:
    """The lock holds version and checksum; a new version is fine."""
    folder = write_project(tmp_path, BASE, project=PROJECT)
    write_lock(folder, packages_folder=folder / "shipped")
    assert codes(check_load(folder, {}, project=PROJECT)) == []
    all_yaml = folder / "shipped/base/all.yaml"
    all_yaml.write_text(all_yaml.read_text("utf-8") + "# moved\n", "utf-8")
    assert codes(check_load(folder, {}, project=PROJECT)) == ["CRM226"]
    (folder / "shipped/base/package.yaml").write_text("package: base\nversion: 1.3.0\n")
    assert codes(check_load(folder, {}, project=PROJECT)) == []


@pytest.mark.parametrize(
    "content", ["", "[]", '{"packages": {"base": {"version": 1}}}', '{"format_version": 2, "packages": {}}']
)
def test_a_lock_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    """Changed by hand, or by a merge: said in one line, with the way on."""
    loaded = load(tmp_path, "terms: {firm: A}\n", **{"crmspec.lock": content})
    assert codes(loaded) == ["CRM226"]
    assert "\n" not in loaded.diagnostics[0].what


def test_wrong_samples_are_refused_when_they_are_asked_for(tmp_path: Path) -> None:
    """Not before: a project is valid without them."""
    loaded = load(tmp_path, "terms: {firm: A}\n", **{"sample/x.yaml": "seed: x\nobject: contact\nrows: [{nam: A}]\n"})
    assert codes(loaded) == []
    with pytest.raises(Refused) as refused:
        load_samples(loaded)
    assert {one.code for one in refused.value.diagnostics} == {"CRM370", "CRM302"}


def test_shipped_packages_are_right(tmp_path: Path) -> None:
    """The standard CRM and every template load without a problem, samples too."""
    from crmspec.library import specs_folder

    templates = sorted(path.parent.name for path in specs_folder().glob("templates/*/package.yaml"))
    for number, packages in enumerate(["standard@1", *(f"standard@1, {name}@1" for name in templates)]):
        folder = write_project(
            tmp_path / str(number), {}, project=f"crm: test\nlanguages: [en, zh-CN]\npackages: [{packages}]\n"
        )
        loaded = load_project(folder, cache=False)
        assert loaded.diagnostics == ()
        assert load_samples(loaded)
