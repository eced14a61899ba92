"""`deploy --repair`: what somebody changed by hand goes back to what is deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmspec.cli.output import say, show
from crmspec.cli.progress import progress
from crmspec.cli.show_status import mend_lines
from crmspec.cli.terminal import counted, table
from crmspec.diagnostics import Diagnostic, Refused

if TYPE_CHECKING:
    from pathlib import Path

    from crmspec.cli.workspace import Workspace
    from crmspec.deploy import Repair


def repair_database(
    workspace: Workspace, allow: tuple[str, ...], plan_file: Path | None, online_above: int,
) -> None:
    """Show what a repair does, then do it."""
    from crmspec.cli.deploying import show_outcome
    from crmspec.deploy import plan_repair, repair

    if plan_file is not None:
        raise Refused(Diagnostic("CRM425", "a repair has no saved plan: it goes back to what is deployed",
                                 help="crmspec deploy --repair"))
    with workspace.database() as engine:
        planned = plan_repair(engine, online_above=online_above)
        if planned and not workspace.json:
            say(repair_text(planned))
        with progress(quiet=workspace.json) as tell:
            outcome = repair(engine, allow=allow, say=tell, online_above=online_above)
    if workspace.json:
        show_outcome(workspace, outcome, "")
    elif outcome.changed:
        show(f"Repaired {counted(len(planned.mends), 'difference')}, as release {outcome.release.number}.")
        if outcome.backup:
            show(f"  backup   {outcome.backup}")
    else:
        show(f"Nothing to repair: the tables are what release {outcome.release.number} says.")


def repair_text(planned: Repair) -> str:
    """Return what a repair would do, for people."""
    lines = [line for mend in planned.mends for line in (f"  ! {mend.drift}", *mend_lines(mend))]
    rows = [(f"! {hazard.name}", hazard.address, hazard.reason) for hazard in planned.hazards]
    hazards = ["hazards", table(rows, indent="  ")] if rows else []
    return "\n".join([f"{counted(len(planned.mends), 'difference')} to repair", *lines, *hazards])
