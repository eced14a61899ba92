"""A project in a folder, without YAML: specs are values, the files beside them are generated as ever."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from crmspec.deploy.deploy import Outcome, Project, deploy
from crmspec.deploy.generated import what_is_missing
from crmspec.plan import HAZARDS
from crmspec.spec import Environment, Spec

LOCAL = Environment(name="local", database="")
PROTECTED = Environment(name="production", database="", protected=True)


@dataclass
class Checkout:
    """A folder with revisions; `generate` adds one for a spec, `deploy` brings a database there."""

    folder: Path

    def generate(self, spec: Spec) -> tuple[str, ...]:
        """Write what leads from the last spec to this one."""
        missing = what_is_missing(spec, self.folder, LOCAL)
        return missing.write(self.folder).all if missing else ()

    def project_of(self, spec: Spec) -> Project:
        """What is handed to `deploy` and `restore`."""
        return Project(spec=spec, folder=self.folder)

    def deploy(self, engine: sa.Engine, spec: Spec, **more: object) -> Outcome:
        """Deploy with every hazard allowed unless said otherwise."""
        settings = {"environment": LOCAL, "allow": tuple(HAZARDS), "who": "tester"} | more
        return deploy(self.project_of(spec), engine, **settings)  # type: ignore[arg-type]
