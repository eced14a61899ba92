"""Files that no case file can hold: bytes, sizes, pipes, links."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

from tests.source.check_load import ACCOUNT, check_load, codes, write_project

THING = "object: thing\nfields:\n  name: {type: text}\n"


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"object: thing\nlabel: caf\xe9\n", "CRM104", 2),
        (b"\xff\xfeo\x00b\x00", "CRM104", 1),
        (b"object: thing\nlabel: a\x00b\n", "CRM105", 2),
        (b"object: thing\nlabel: a\x1b[31mb\n", "CRM105", 2),
        ("object: thing\nlabel: a\u2066b\n".encode(), "CRM107", 2),
        (b"[" * 100_000, "CRM109", 1),
        (b"{a:" * 100_000, "CRM109", 1),
        (b"- " * 100_000, "CRM109", 1),
        (b"".join(b" " * n + b"a:\n" for n in range(900)), "CRM109", 33),
        (b"object: thing\nlabel: " + b"x" * 2_000_000, "CRM102", 1),
        (b"a: [" + b"1," * 400_000 + b"]", "CRM110", 1),
    ],
    ids=["latin", "utf16", "nul", "escape", "isolate", "lists", "maps", "dashes", "block", "long_line", "many_values"],
)
def test_bytes_that_no_spec_has(tmp_path: Path, content: bytes, code: str, line: int) -> None:
    """Each gets one diagnostic at its line, in a second, before libyaml could take its time."""
    begin = time.perf_counter()
    loaded = check_load(tmp_path, {"specs/account.yaml": ACCOUNT, "specs/case.yaml": content})
    assert time.perf_counter() - begin < 4
    assert [code] == codes(loaded)
    place = loaded.diagnostics[0].position
    assert place is not None
    assert (place.file, place.line) == ("specs/case.yaml", line)
    assert "\x1b" not in loaded.diagnostics[0].what


def test_a_byte_order_mark_and_every_line_end_are_accepted(tmp_path: Path) -> None:
    """CRLF, CR and LF end a line; lines are numbered as an editor numbers them."""
    content = "\ufeffobject: thing\r\nlabel: Thing\rfields:\n  name: {type: txt}\r\n".encode()
    loaded = check_load(tmp_path, {"specs/case.yaml": content})
    assert [(one.code, one.position.line) for one in loaded.diagnostics if one.position] == [("CRM210", 4)]


def test_line_ends_that_only_yaml_knows_are_none(tmp_path: Path) -> None:
    """NEL, LS and PS stay in the text they stand in, and number no lines."""
    content = 'object: thing\nlabel: a\x85b\u2028c\u2029d\nhelp: "x\u2028y"\nfields:\n  name: {type: txt}\n'
    loaded = check_load(tmp_path, {"specs/case.yaml": content})
    assert loaded.spec is not None
    assert loaded.spec.objects["thing"].label["en"] == "a\x85b\u2028c\u2029d"
    assert loaded.spec.objects["thing"].help["en"] == "x\u2028y"
    assert [one.position.line for one in loaded.diagnostics if one.code == "CRM210" and one.position] == [5]


def test_words_that_yaml_takes_for_something_else_stay_as_written(tmp_path: Path) -> None:
    """NO, 1.10, 1:30, 012, on and null in a text are these letters."""
    fields = "".join(
        f"  f{n}: {{type: text, default: {word}}}\n"
        for n, word in enumerate(["NO", "1.10", "1:30", "012", "on", "null", "~"])
    )
    loaded = check_load(tmp_path, {"specs/case.yaml": THING + fields})
    assert codes(loaded) == []
    assert loaded.spec is not None
    defaults = [field.default for field in loaded.spec.objects["thing"].fields.values()]
    assert defaults == [None, "NO", "1.10", "1:30", "012", "on", "null", "~"]


def test_braces_of_other_languages_are_shown_as_they_are(tmp_path: Path) -> None:
    """Only the word for an object is replaced in a label."""
    words = "{{7*7}} {% include %} ${7*7} <%= x %> {nothing} {thing} {thing.plural}"
    loaded = check_load(tmp_path, {"specs/case.yaml": f'{THING}help: "{words}"\n'})
    assert loaded.spec is not None
    expected = "{{7*7}} {% include %} ${7*7} <%= x %> {nothing} Thing Things"
    assert loaded.spec.objects["thing"].help["en"] == expected


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    """A pipe, a socket and a folder with the name of a file; links that lead out or round."""
    folder = write_project(tmp_path / "project", {"specs/thing.yaml": THING})
    specs = folder / "specs"
    os.mkfifo(specs / "pipe.yaml")
    (specs / "folder.yaml").mkdir()
    listening = socket.socket(socket.AF_UNIX)
    try:
        listening.bind(str(specs / "s.yaml"))
        (tmp_path / "outside.yaml").write_text(ACCOUNT)
        (specs / "link.yaml").symlink_to(tmp_path / "outside.yaml")
        (specs / "round").symlink_to(specs)
        (specs / "old.yml").write_text(THING)
        loaded = check_load(folder, {})
    finally:
        listening.close()
    found = {one.position.file: one.code for one in loaded.diagnostics if one.position}
    assert found == {
        "specs/pipe.yaml": "CRM101",
        "specs/folder.yaml": "CRM101",
        "specs/s.yaml": "CRM101",
        "specs/link.yaml": "CRM119",
        "specs/round": "CRM119",
        "specs/old.yml": "CRM101",
    }
    assert loaded.spec is not None
    assert list(loaded.spec.objects) == ["thing"]


def test_a_file_nobody_may_read_is_named(tmp_path: Path) -> None:
    """Permission errors are problems like any other."""
    folder = write_project(tmp_path, {"specs/thing.yaml": THING})
    (folder / "specs" / "thing.yaml").chmod(0)
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    assert "CRM101" in codes(check_load(folder, {}))


def test_a_password_in_the_address_of_a_database_is_refused(tmp_path: Path) -> None:
    """It is not repeated in the message; a variable is fine."""
    project = (
        "crm: test\nenvironments:\n"
        '  a: {database: "postgresql://me:hunter2@host/db"}\n'
        '  b: {database: "postgresql://host/db?password=hunter2"}\n'
        '  c: {database: "postgresql://me:${PASSWORD}@host/db"}\n'
        '  d: {database: "${CRM_DATABASE_URL}"}\n'
    )
    loaded = check_load(tmp_path, {"specs/thing.yaml": THING}, project=project)
    assert [(one.code, one.position.line) for one in loaded.diagnostics if one.position] == [
        ("CRM225", 3),
        ("CRM225", 4),
    ]
    assert all("hunter2" not in f"{one.what}{one.why}{one.help}" for one in loaded.diagnostics)


@pytest.mark.parametrize("name", ["../../x", "/etc/x", "C:\\x", "\\\\host\\x", "%2e%2e%2f", "x.", "CON", "NUL"])
def test_a_package_is_found_by_its_name_never_by_a_path(tmp_path: Path, name: str) -> None:
    """Whatever could be a path is no name."""
    loaded = check_load(tmp_path, {"specs/thing.yaml": THING}, project=f"crm: test\npackages: ['{name}']\n")
    assert codes(loaded) == ["CRM221"]


def test_a_folder_without_a_project_says_so(tmp_path: Path) -> None:
    """No crmspec.yaml, no spec."""
    from crmspec.source import load_project

    loaded = load_project(tmp_path)
    assert (loaded.spec, codes(loaded)) == (None, ["CRM123"])


def test_more_problems_than_anybody_reads_are_cut(tmp_path: Path) -> None:
    """After a hundred in one file the rest is left out, and nothing takes long."""
    fields = "".join(f"  f{n}: {{type: text, lable: x}}\n" for n in range(3_000))
    begin = time.perf_counter()
    loaded = check_load(tmp_path, {"specs/case.yaml": THING + fields})
    assert time.perf_counter() - begin < 4
    assert codes(loaded).count("CRM203") == 100
    assert "CRM124" in codes(loaded)
