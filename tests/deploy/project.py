"""A project in a folder whose revisions are written from plans, the way the generator of migrations does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from crmspec.deploy.deploy import Outcome, Project, deploy
from crmspec.plan import HAZARDS, Plan, Retired, Step, make_plan
from crmspec.spec import Environment, Spec

LOCAL = Environment(name="local", database="")


@dataclass
class Checkout:
    """A folder with revisions; `generate` adds one for each spec, `deploy` brings a database there."""

    folder: Path
    spec: Spec | None = None
    retired: tuple[Retired, ...] = ()
    names: list[str] = field(default_factory=list)

    def generate(self, spec: Spec, *, name: str = "") -> Plan:
        """Write the revision that leads from the last spec to this one."""
        revision = name or f"{len(self.names) + 1:04d}"
        plan = make_plan(self.spec, spec, retired=self.retired, revision=revision)
        empty = Spec(project=spec.project)
        back = make_plan(spec, self.spec or empty, retired=plan.retired, revision=revision, backward=True)
        versions = self.folder / "migrations" / "versions"
        versions.mkdir(parents=True, exist_ok=True)
        (versions / f"{revision}.py").write_text(_revision(
            revision, self.names[-1] if self.names else None, plan.steps, back.steps), "utf-8")
        self.spec, self.retired = spec, plan.retired
        self.names.append(revision)
        (self.folder / "generated").mkdir(exist_ok=True)
        (self.folder / "generated" / "objects.txt").write_text("\n".join(spec.objects), "utf-8")
        return plan

    def project(self, spec: Spec | None = None) -> Project:
        """What is handed to `deploy`."""
        chosen = spec or self.spec
        assert chosen is not None
        return Project(spec=chosen, folder=self.folder)

    def deploy(self, engine: sa.Engine, spec: Spec | None = None, **more: object) -> Outcome:
        """Deploy with every hazard allowed unless said otherwise."""
        settings = {"environment": LOCAL, "allow": tuple(HAZARDS), "who": "tester"} | more
        return deploy(self.project(spec), engine, **settings)  # type: ignore[arg-type]


def _revision(name: str, after: str | None, upgrade: tuple[Step, ...], downgrade: tuple[Step, ...]) -> str:
    return "\n".join([
        f'"""Revision {name}."""', "from crmspec.deploy.migration import run", "",
        f"revision = {name!r}", f"down_revision = {after!r}", "", "",
        "def upgrade():", *_calls(upgrade), "", "", "def downgrade():", *_calls(downgrade), "",
    ])


def _calls(steps: tuple[Step, ...]) -> list[str]:
    calls = []
    for step in steps:
        sql = [f"{dialect}={json.dumps(statements, ensure_ascii=False)}" for dialect, statements in step.sql.items()]
        calls.append(f"    run({', '.join(sql)})")
    return calls or ["    pass"]
