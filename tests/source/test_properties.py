"""Whatever is written into a file, the loader answers with diagnostics, never with an exception."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from crmspec.source import load_project
from crmspec.source.problems import Problems
from crmspec.source.tree import read_tree
from crmspec.spec import from_json, to_json
from tests.source.check_load import ACCOUNT, write_project

CASES = sorted((Path(__file__).parent.parent / "cases" / "bad_inputs").glob("*.yaml"))
_WORDS = """
object fields type text lookup to label options a b [ ] { } : - , ' " # | > ? & * ! % @ ` --- ... true 1.5 null extend
remove pipeline stages renames from to role grants account name formula terms access_tests seed rows \ud7ff 客
"""
WORDS = st.sampled_from([*_WORDS.split(), "\u2028", "\x85"])


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Bytes give trees or problems."""
    problems = Problems()
    trees = read_tree("x.yaml", data, problems)
    assert trees or problems.found


@given(st.lists(st.tuples(WORDS, st.sampled_from([" ", "\n", "\n  ", ": ", ""])), max_size=60))
@settings(max_examples=120, deadline=None)
def test_any_words_are_loaded_or_refused(words: list[tuple[str, str]]) -> None:
    """Words of the language in any order never crash a load."""
    text = "".join(word + gap for word, gap in words)
    with tempfile.TemporaryDirectory() as name:
        folder = write_project(
            Path(name), {"specs/a.yaml": ACCOUNT, "specs/b.yaml": text.encode("utf-8", "surrogatepass")}
        )
        loaded = load_project(folder, cache=False, packages_folder=folder)
        assert loaded.spec is not None


@given(st.sampled_from(CASES), st.integers(0, 2**32))
@settings(max_examples=120, deadline=None)
def test_mutilated_specs_are_loaded_or_refused(case: Path, seed: int) -> None:
    """Real documents with pieces cut, doubled and swapped; what could be read survives being written as JSON."""
    chance = random.Random(seed)
    text = case.read_text("utf-8") + "---\n" + chance.choice(CASES).read_text("utf-8")
    for _ in range(chance.randint(1, 5)):
        start, end = sorted(chance.randrange(len(text) + 1) for _ in range(2))
        piece = text[start : min(end, start + 40)]
        text = chance.choice([text[:start] + text[start + len(piece) :], text[:start] + piece + text[start:]])
    with tempfile.TemporaryDirectory() as name:
        folder = write_project(Path(name), {"specs/a.yaml": ACCOUNT, "specs/b.yaml": text.encode("utf-8", "replace")})
        spec = load_project(folder, cache=False, packages_folder=folder).spec
        assert spec is not None
        assert from_json(to_json(spec)).objects == spec.objects
