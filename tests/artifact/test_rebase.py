"""Rebasing ours onto theirs comes to the same as having made ours on top of theirs, whatever the two are."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from crmspec.artifact import carry_out_rebase, committed, find_fork, rebased
from crmspec.diagnostics import Refused
from crmspec.history import history_problems, merge_plain, read_files
from crmspec.plan import make_plan
from crmspec.spec import SYSTEM_FIELDS, Spec, from_json, to_plain
from crmspec.spec.canonical import dump
from tests.deploy.project import Checkout
from tests.plan.random_specs import changed, specs

EXAMPLES = int(os.environ.get("CRMSPEC_EXAMPLES", "4"))


def merged(before: Spec, theirs: Spec, ours: Spec) -> Spec:
    """What git makes of two branches that do not contradict each other."""
    plain, conflicts = merge_plain(*(to_plain(replace(one, objects=dict(one.objects))) for one in (
        before, theirs, ours)))
    assume(not conflicts)
    return from_json(dump(plain))


def project(folder: Path) -> Checkout:
    """An empty project."""
    folder.mkdir()
    return Checkout(folder)


@given(st.data())
@settings(max_examples=2 * EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture,
                                                               HealthCheck.filter_too_much, HealthCheck.too_slow])
def test_rebased_is_made_on_top(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """The revision, the spec after it and what is out of sight are the same, byte by byte but for its title."""
    base: Spec = data.draw(specs())
    theirs: Spec = data.draw(changed(base))
    ours: Spec = data.draw(changed(base))
    assume(base not in (theirs, ours) and theirs != ours)
    both = merged(base, theirs, ours)
    known = {*both.objects, "person"}
    assume(both.objects and both != theirs)
    assume(all(set(field.to) <= known for one in both.objects.values() for field in one.fields.values()))
    assume(all(entry.lstrip("-") in (*one.fields, *SYSTEM_FIELDS) for one in both.objects.values()
               for index in one.indexes for entry in index.fields))
    folder = tmp_path_factory.mktemp("rebase")
    forked, other, straight = (project(folder / name) for name in ("forked", "other", "straight"))
    try:
        for checkout, later in ((forked, (theirs,)), (other, (ours,)), (straight, (theirs, both))):
            for spec in (base, *later):
                checkout.generate(spec)
    except Refused:  # what looks like a rename asks first
        assume(False)
    _, mine = read_files(other.folder)
    shutil.copy(other.folder / mine.path, forked.folder / "migrations" / "versions" / "0002_mine.py")
    files = read_files(forked.folder)
    assert [one.code for one in history_problems(forked.folder)] == ["CRM516"]
    published = next(one.name for one in files if one.path.startswith("migrations/versions/0002_") and
                     not one.path.endswith("0002_mine.py"))
    fork = find_fork(forked.folder, files, published)
    assert fork is not None
    carry_out_rebase(forked.folder, rebased(forked.folder, fork, both, settled=True))
    assert history_problems(forked.folder) == ()
    assert committed(forked.folder) == committed(straight.folder)
    bodies = [body(one.folder) for one in (forked, straight)]
    assert bodies[0] == bodies[1]
    assert not make_plan(committed(forked.folder).spec, both, retired=committed(forked.folder).retired).changes


def body(folder: Path) -> str:
    """What the newest revision does, without its first line, which people write."""
    newest = read_files(folder)[-1]
    text = (folder / newest.path).read_text("utf-8")
    return text[text.index("revision = "):].replace(newest.checksum, "")
