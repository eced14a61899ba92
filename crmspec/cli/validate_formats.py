"""Diagnostics in the languages of other programs: GitHub's annotations, SARIF, JUnit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from crmspec import __version__
from crmspec.cli.terminal import escaped, redacted
from crmspec.diagnostics import Diagnostic

_GITHUB_LEVEL = {"error": "error", "warning": "warning", "note": "notice"}
_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def github(diagnostics: Iterable[Diagnostic]) -> str:
    """Return one workflow command a line; GitHub shows each beside the line of the pull request."""
    return "\n".join(_annotation(diagnostic) for diagnostic in diagnostics)


def _annotation(diagnostic: Diagnostic) -> str:
    place = diagnostic.position
    properties = {"title": diagnostic.code}
    if place:
        properties = {
            "file": place.file, "line": str(place.line), "col": str(place.column),
            "endColumn": str(place.column + max(1, place.length)), **properties,
        }
    named = ",".join(f"{key}={_github_escaped(value, in_property=True)}" for key, value in properties.items())
    return f"::{_GITHUB_LEVEL[diagnostic.severity]} {named}::{_github_escaped(_sentence(diagnostic))}"


def _github_escaped(text: str, *, in_property: bool = False) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if in_property else text


def sarif(diagnostics: Iterable[Diagnostic]) -> str:
    """Return a SARIF 2.1.0 log with one run."""
    listed = list(diagnostics)
    rules = {diagnostic.code: {"id": diagnostic.code} for diagnostic in listed}
    driver = {"name": "crmspec", "version": __version__, "rules": [rules[code] for code in sorted(rules)]}
    results = [_sarif_result(diagnostic) for diagnostic in listed]
    log = {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}
    return json.dumps(log, ensure_ascii=False, indent=2)


def _sarif_result(diagnostic: Diagnostic) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": diagnostic.code, "level": diagnostic.severity, "message": {"text": _sentence(diagnostic)},
    }
    place = diagnostic.position
    if place:
        end = place.column + max(1, place.length)
        region = {"startLine": place.line, "startColumn": place.column, "endColumn": end}
        result["locations"] = [{"physicalLocation": {"artifactLocation": {"uri": place.file}, "region": region}}]
    return result


def junit(diagnostics: Iterable[Diagnostic]) -> str:
    """Return a JUnit report: a failed case for each error, or one that passed."""
    listed = list(diagnostics)
    errors = [diagnostic for diagnostic in listed if diagnostic.severity == "error"]
    suite = Element("testsuite", name="crmspec validate", tests=str(max(1, len(listed))), failures=str(len(errors)))
    for diagnostic in listed:
        place = f"{diagnostic.position}: " if diagnostic.position else ""
        file = diagnostic.position.file if diagnostic.position else "crmspec"
        name = escaped(f"{diagnostic.code} {redacted(diagnostic.what)}")
        case = SubElement(suite, "testcase", classname=escaped(file), name=name)
        kind = "failure" if diagnostic.severity == "error" else "system-out"
        words = SubElement(case, kind)
        words.text = escaped(f"{place}{_sentence(diagnostic)}", keep="\n")
    if not listed:
        SubElement(suite, "testcase", classname="crmspec", name="the project has no problems")
    indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suite, encoding="unicode")


def _sentence(diagnostic: Diagnostic) -> str:
    parts: Sequence[str] = (diagnostic.what, diagnostic.why, diagnostic.help)
    return redacted("\n".join(part for part in parts if part))


FORMATS: dict[str, Callable[[Iterable[Diagnostic]], str]] = {"github": github, "sarif": sarif, "junit": junit}
