"""Diagnostics as other programs read them."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from crmspec.cli.validate_formats import github, junit, sarif
from crmspec.diagnostics import Diagnostic, Position

PLACE = Position("specs/a b.yaml", 7, 5, 3)
ERROR = Diagnostic("CRM203", "unknown key `a,b`", PLACE, why="50 % of\nkeys", help="remove it")
WARNING = Diagnostic("CRM301", "\x1b possible rename", severity="warning")


def test_github_marks_the_line() -> None:
    """Colons, commas, per cent signs and line ends are escaped as GitHub asks."""
    assert github([ERROR, WARNING]) == (
        "::error file=specs/a b.yaml,line=7,col=5,endColumn=8,title=CRM203::"
        "unknown key `a,b`%0A50 %25 of%0Akeys%0Aremove it\n"
        "::warning title=CRM301::\x1b possible rename"
    )


def test_sarif_is_a_log_with_rules_and_places() -> None:
    """Each result names its rule and, where there is one, its place."""
    log = json.loads(sarif([ERROR, WARNING]))
    (run,) = log["runs"]
    assert (log["version"], [rule["id"] for rule in run["tool"]["driver"]["rules"]]) == ("2.1.0", ["CRM203", "CRM301"])
    first, second = run["results"]
    assert first["locations"][0]["physicalLocation"]["region"] == {"startLine": 7, "startColumn": 5, "endColumn": 8}
    assert (second["level"], "locations" in second) == ("warning", False)


def test_junit_fails_for_errors_and_passes_for_nothing() -> None:
    """A warning does not fail the build; a project without problems is one case that passed."""
    suite = ElementTree.fromstring(junit([ERROR, WARNING]).partition("\n")[2])
    assert (suite.get("tests"), suite.get("failures"), len(suite.findall("testcase/failure"))) == ("2", "1", 1)
    good = ElementTree.fromstring(junit([]).partition("\n")[2])
    assert (good.get("tests"), good.get("failures"), len(good.findall("testcase"))) == ("1", "0", 1)
