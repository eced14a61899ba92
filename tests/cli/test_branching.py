"""Two branches put in one line, and old revisions turned into one: with git, through the real commands."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from alembic import command

from crmspec.deploy import open_database
from crmspec.deploy.catalogue import real_shapes
from tests.cli.conftest import Crm
from tests.deploy.project import Checkout
from tests.deploy.test_alembic import config

_GIT = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false",
        "-c", "init.defaultBranch=main", "-c", "core.hooksPath=/dev/null"]


def git(crm: Crm, *arguments: str, fails: bool = False) -> None:
    """Run git in the project."""
    done = subprocess.run([*_GIT, *arguments], cwd=crm.folder, capture_output=True, text=True, check=False)
    assert (done.returncode != 0) == fails, done.stdout + done.stderr


def commit(crm: Crm, message: str) -> None:
    """Commit everything."""
    git(crm, "add", "-A")
    git(crm, "commit", "-q", "-m", message)


def revisions(crm: Crm) -> list[str]:
    """The names of the revision files."""
    return sorted(file.name for file in (crm.folder / "migrations" / "versions").glob("*.py"))


def database(crm: Crm) -> Path:
    """The file of the project's database."""
    return crm.folder / "crm.db"


def shape(file: Path) -> object:
    """The tables of a database, columns in the order of their names."""
    engine = open_database(f"sqlite:///{file}")
    with engine.connect() as connection:
        found = real_shapes(connection)
    engine.dispose()
    return {name: (sorted(one.columns.items()), one.checks, one.foreign_keys, one.indexes)
            for name, one in sorted(found.items())}


@pytest.fixture
def forked(crm: Crm) -> Crm:
    """A project whose branch `mine` and whose `main` both added a revision; merged, with both still there."""
    crm.write(".gitignore", "*.db\n*.db-*\nbackups/\n.crmspec/\n")
    crm("generate", "-m", "the beginning").ok()
    git(crm, "init", "-q", "-b", "main")
    commit(crm, "the beginning")
    git(crm, "checkout", "-q", "-b", "mine")
    crm.write("specs/mine.yaml", "extend: contact\nfields:\n  nickname: {type: text}\n")
    crm("generate", "-m", "what I call people").ok()
    commit(crm, "nicknames")
    git(crm, "checkout", "-q", "main")
    crm.write("specs/theirs.yaml", "object: visit\nlabel: Visit\nfields:\n  name: {type: text}\n  day: {type: date}\n")
    crm("generate", "-m", "visits").ok()
    commit(crm, "visits")
    git(crm, "checkout", "-q", "mine")
    git(crm, "merge", "-q", "main", fails=True)  # both say after which revision migrations/spec.json is
    git(crm, "checkout", "--ours", "migrations")
    return crm


def test_a_spec_of_another_revision_is_found(crm: Crm) -> None:
    """Somebody takes the newest revision away and leaves `spec.json`, in which everything is said to have happened."""
    crm("generate", "-m", "the beginning").ok()
    crm.write("specs/mine.yaml", "extend: contact\nfields:\n  nickname: {type: text}\n")
    crm("generate", "-m", "nicknames").ok()
    crm("validate").ok()
    (crm.folder / "migrations" / "versions" / revisions(crm)[-1]).unlink()
    for command_name in ("validate", "generate"):
        said = crm(command_name)
        assert said.code == 1
        assert "CRM814" in said.out + said.err
        assert "migrations/spec.json:" in said.out + said.err


def test_two_branches_are_found_and_put_in_one_line(forked: Crm) -> None:
    """`validate` says which and what to do; the rebased revision keeps its message, and fits what the others have."""
    crm = forked
    found = crm("validate", "--format", "json").json["diagnostics"]
    assert [one["code"] for one in found] == ["CRM516"]
    assert "(visits)" in found[0]["message"]
    assert "(what I call people)" in found[0]["message"]
    assert "crmspec rebase" in found[0]["help"]
    for arguments in (("generate",), ("generate", "--check"), ("deploy",)):
        refused = crm(*arguments)
        assert refused.code == 1
        assert "CRM516" in refused.err
    done = crm("rebase").ok()
    assert "on top of 0002_" in done.out
    assert revisions(crm) == ["0001_the_beginning.py", "0002_visits.py", "0003_what_i_call_people.py"]
    crm("validate").ok()
    crm("generate", "--check").ok()
    commit(crm, "merged")
    assert "Nothing to do" in crm("rebase").ok().out
    crm("deploy").ok()
    _same_as_made_in_one_line(crm)


def _same_as_made_in_one_line(crm: Crm) -> None:
    """The same project, had this branch begun after the other one."""
    other = Crm(crm.folder.parent / "other")
    for name in ("crmspec.yaml", "specs/contact.yaml"):
        other.write(name, (crm.folder / name).read_text("utf-8"))
    other("generate", "-m", "the beginning").ok()
    for name in ("specs/theirs.yaml", "specs/mine.yaml"):
        other.write(name, (crm.folder / name).read_text("utf-8"))
        other("generate").ok()
    other("deploy").ok()
    assert shape(database(crm)) == shape(database(other))
    for name in ("spec.json", "retired.json"):
        assert (crm.folder / "migrations" / name).read_text("utf-8") == (
            other.folder / "migrations" / name).read_text("utf-8")


def test_which_one_was_published_can_be_said(forked: Crm) -> None:
    """With `--onto` the other revision comes first, whatever the branches are called."""
    git(forked, "branch", "-m", "main", "trunk")
    refused = forked("rebase")
    assert refused.code == 1
    assert "CRM578" in refused.err
    assert "crmspec rebase --onto 0002_" in refused.err
    mine = next(name for name in revisions(forked) if "what_i_call" in name)
    text = (forked.folder / "migrations" / "versions" / mine).read_text("utf-8")
    name = text.partition('revision = "')[2].partition('"')[0]
    answer = forked("rebase", "--onto", name, "--format", "json").ok().json
    assert answer["onto"] == name
    assert revisions(forked) == ["0001_the_beginning.py", "0002_what_i_call_people.py", "0003_visits.py"]
    assert forked("rebase", "--onto", "9").code == 0  # one line by now
    forked("generate", "--check").ok()


def test_what_a_database_has_is_not_made_anew(forked: Crm) -> None:
    """A revision that was applied here stays what it is; the way through is said."""
    git(forked, "merge", "--abort")
    forked("deploy").ok()
    git(forked, "merge", "-q", "main", fails=True)
    refused = forked("rebase")
    assert refused.code == 1
    assert "CRM580" in refused.err
    assert "crmspec rebase --onto" in refused.err
    assert len(revisions(forked)) == 3


def test_contradictions_have_to_be_settled(crm: Crm) -> None:
    """Both branches gave one field another length: named with both answers, and with what the project says now."""
    git(crm, "init", "-q", "-b", "main")
    crm.write(".gitignore", "*.db\n.crmspec/\n")
    crm("generate").ok()
    commit(crm, "first")
    for branch, length in (("mine", 40), ("theirs", 60)):
        git(crm, "checkout", "-q", "-b", branch, "main")
        crm.replace("specs/contact.yaml", "name: {type: text, required: true}",
                    f"name: {{type: text, required: true, max_length: {length}}}")
        crm("generate", "-m", f"at most {length}").ok()
        commit(crm, branch)
    git(crm, "checkout", "-q", "main")
    git(crm, "merge", "-q", "theirs")
    git(crm, "merge", "-q", "mine", fails=True)
    git(crm, "checkout", "--theirs", "specs/contact.yaml")
    refused = crm("rebase")
    assert refused.code == 1
    assert "CRM577" in refused.err
    assert "both branches changed `contact.name: max_length`" in refused.err
    crm("rebase", "--settled").ok()
    assert revisions(crm)[1:] == ["0002_at_most_60.py", "0003_at_most_40.py"]
    crm("deploy").ok()


# --- squash ---


@pytest.fixture
def grown(crm: Crm) -> Crm:
    """A project with three revisions; one removed a field."""
    crm.write(".gitignore", "*.db\n*.db-*\nbackups/\n.crmspec/\n")
    git(crm, "init", "-q", "-b", "main")
    crm("generate", "-m", "one").ok()
    commit(crm, "one")
    crm.replace("specs/contact.yaml", "  fax: {type: phone}\n", "")
    crm.replace("specs/contact.yaml", "fields:\n  contact.fax: none\n", "")
    crm("generate", "-m", "two").ok()
    commit(crm, "two")
    crm.write("specs/visit.yaml", "object: visit\nlabel: Visit\nfields:\n  name: {type: text}\n  day: {type: date}\n")
    crm("generate", "-m", "three").ok()
    commit(crm, "three")
    return crm


def alembic(crm: Crm, file: Path) -> None:
    """Have plain Alembic bring a database to the newest revision."""
    engine = open_database(f"sqlite:///{file}")
    command.upgrade(config(Checkout(crm.folder), engine), "head")
    engine.dispose()


def test_a_squash_changes_no_database_and_makes_the_same_tables(grown: Crm, tmp_path: Path) -> None:
    """One that has passed them goes on, an empty one starts at the baseline, and so does plain Alembic's."""
    crm = grown
    crm("deploy").ok()
    replayed = tmp_path / "replayed.db"
    alembic(crm, replayed)
    done = crm("squash").ok()
    assert "Squashed 3 revisions into 0003_" in done.out
    assert revisions(crm) == ["0003_baseline_of_3_revisions_0001_to_0003.py"]
    crm("validate").ok()
    crm("generate", "--check").ok()
    assert crm("deploy").ok().out == "Nothing to do: release 1 is what the project says.\n"
    empty = tmp_path / "empty.db"
    alembic(crm, empty)
    assert shape(empty) == shape(replayed)
    alembic(crm, replayed)
    crm.replace("specs/contact.yaml", "  tier:", "  fax: {type: phone}\n  tier:")
    crm("generate", "-m", "fax again").ok()
    for file in (empty, replayed):
        alembic(crm, file)
    crm("deploy").ok()
    assert "agree with the release" in crm("status").ok().out
    assert shape(empty) == shape(replayed)
    assert "Squashed 2 revisions into 0004_" in crm("squash").ok().out  # a baseline of a baseline
    assert crm("deploy").ok().out.startswith("Nothing to do")


def test_a_database_in_between_is_not_left_behind(grown: Crm) -> None:
    """Neither does a squash leave one there, nor is one that was left deployed to."""
    crm = grown
    git(crm, "checkout", "-q", "HEAD~1")
    crm("deploy").ok()
    git(crm, "checkout", "-q", "main")
    refused = crm("squash")
    assert refused.code == 1
    assert "CRM581" in refused.err
    (crm.folder / "crm.db").rename(crm.folder / "elsewhere.db")
    crm("squash").ok()
    (crm.folder / "elsewhere.db").rename(crm.folder / "crm.db")
    refused = crm("deploy")
    assert refused.code == 1
    assert "CRM575" in refused.err
    assert "which was squashed into `0003_" in refused.err


def test_only_the_older_ones_are_squashed(grown: Crm) -> None:
    """The spec of that time comes out of git; what comes after it stays as it is."""
    last = (grown.folder / "migrations" / "versions" / "0003_three.py").read_text("utf-8")
    grown("squash", "--to", "0002").ok()
    assert revisions(grown) == ["0002_baseline_of_2_revisions_0001_to_0002.py", "0003_three.py"]
    assert (grown.folder / "migrations" / "versions" / "0003_three.py").read_text("utf-8") == last
    grown("deploy").ok()
    assert "agree with the release" in grown("status").ok().out


def test_what_was_written_by_hand_is_not_squashed(grown: Crm) -> None:
    """The baseline says what the spec says; an edited revision may say more."""
    file = grown.folder / "migrations" / "versions" / "0002_two.py"
    file.write_text(file.read_text("utf-8") + "\n# by hand\n", "utf-8")
    refused = grown("squash")
    assert refused.code == 1
    assert "CRM583" in refused.err
    assert len(revisions(grown)) == 3
    assert grown("squash", "--to", "nothing").code == 1
