"""Squawk, which knows what hurts a PostgreSQL database in use, looks at the statements of every case, up and down.

They are shown to it as they are carried out on a full table: each step of the preparation by itself, then the release
in one transaction. `.squawk.toml` says what it does not have to mind, and why.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from crmspec.deploy.online_steps import BUILD_LOCK_TIMEOUT
from crmspec.deploy.patience import LOCK_TIMEOUT
from crmspec.plan import Plan, Prepared, make_plan
from tests.plan.test_cases import CASES, load, parts_of, plan_of

ROOT = Path(__file__).parent.parent.parent
# (case, rule) → why it may stand there.
EXCUSED = {
    ("required_without_default", "adding-not-nullable-field"): "refused unless the table is empty",
    ("one_to_several", "require-concurrent-index-creation"): "over a table that is made for it, unseen and empty",
    ("option_renamed", "require-concurrent-index-creation"): "over a table that is made for it, unseen and empty",
}


def script(plan: Plan) -> str:
    """Write a plan as `deploy` carries it out on a full table."""
    prepared = "".join(one for step in plan.steps for call in step.prepared for one in alone(call))
    released = [sql for step in plan.steps if step.phase == "release" for sql in step.sql["postgresql"]]
    return prepared + transaction(*released)


def alone(call: Prepared) -> Iterator[str]:
    if call.kind == "build_index":
        yield f"SET lock_timeout = '{BUILD_LOCK_TIMEOUT}';\n{call.sql};\n"
    else:
        yield transaction(call.sql)


def transaction(*statements: str) -> str:
    return "\n".join(
        ("BEGIN;", f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}';", *map("{};".format, statements), "COMMIT;\n")
    )


def test_squawk_finds_nothing_that_is_not_excused(tmp_path: Path) -> None:
    for file in CASES:
        parts = parts_of(file)
        if "plan" not in parts:
            continue
        before, after = (load(tmp_path / file.stem / name, parts[f"{name}.yaml"]) for name in ("before", "after"))
        up = plan_of(before, after)
        down = make_plan(after, before, retired=up.retired, revision="0002_case", again=up.returned, backward=True)
        for direction, plan in (("up", up), ("down", down)):
            (tmp_path / f"{file.stem}.{direction}.sql").write_text(script(plan), "utf-8")
    found = findings(tmp_path)
    assert {(case, rule): text for (case, rule), text in found.items() if (case, rule) not in EXCUSED} == {}
    assert EXCUSED.keys() <= found.keys(), "an excuse that nothing needs any more"


def findings(folder: Path) -> dict[tuple[str, str], str]:
    """Return what squawk says, by case and rule."""
    command = str(Path(sys.executable).with_name("squawk"))
    files = sorted(map(str, folder.glob("*.sql")))
    done = subprocess.run(
        [command, "--config", str(ROOT / ".squawk.toml"), "--reporter", "json", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return {
        (Path(one["file"]).name.split(".")[0], one["rule_name"]): f"{one['file']}:{one['line']} {one['message']}"
        for one in json.loads(done.stdout)
    }
