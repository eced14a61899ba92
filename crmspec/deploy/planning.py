"""A release × the desired spec → the plan that leads there, past what is out of sight."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from crmspec.artifact.committed import RETIRED_FILE, retired_from_json
from crmspec.deploy.release import Release
from crmspec.plan import Plan, Retired, make_plan, make_plan_past
from crmspec.spec import Spec


class HasArtifacts(Protocol):
    """A release, or what is to be one."""

    @property
    def artifacts(self) -> Mapping[str, str]:
        """Path → content."""


def plan_from(release: Release, desired: Spec, folder: Path) -> Plan:
    """Plan from what is deployed to a project's spec, past what the revisions in between put out of sight for good."""
    retired = retired_after(release)
    ledger = folder / RETIRED_FILE
    text = ledger.read_text("utf-8") if ledger.is_file() else ""
    if not text or text == release.artifacts.get(RETIRED_FILE):
        return make_plan(release.spec, desired, retired=retired)
    known = {one.stored_as for one in retired}
    gone = [one.address for one in retired_from_json(text)
            if one.stored_as not in known and one.became is None and one.revision > (release.entry.revision or "")]
    return make_plan_past(release.spec, desired, retired=retired, gone=gone)


def retired_after(release: HasArtifacts | None) -> tuple[Retired, ...]:
    """Return what is out of sight once a release is there, as the plan of the next one needs it."""
    text = release.artifacts.get(RETIRED_FILE) if release else None
    return retired_from_json(text) if text else ()
