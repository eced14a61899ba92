"""The shipped packages are finished: in both languages, on every screen, with every report of the standard."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest

from crmspec.access import Rights, formula_level, path_level, readable, rights_of
from crmspec.library import specs_folder
from crmspec.server.formatting import HUES
from crmspec.server.icons import ICONS
from crmspec.source import load_project
from crmspec.spec import ListView, Report, Spec
from tests.examples.test_samples import PACKAGES

CHINESE = re.compile(r"[\u4e00-\u9fff]")
STANDARD_REPORTS = {
    "active_accounts", "account_owners", "lead_lifetime", "lead_sources", "opportunity_pipeline", "stuck_opportunities",
    "closed_opportunities", "quarterly_forecast", "contact_roles",
}  # fmt: skip


@pytest.fixture(scope="module", params=list(PACKAGES))
def spec(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Spec:
    """The spec of a new project of a package."""
    folder = tmp_path_factory.mktemp(request.param) / "project"
    shutil.copytree(specs_folder() / PACKAGES[request.param] / "starter", folder)
    loaded = load_project(folder)
    assert loaded.diagnostics == ()
    assert loaded.spec is not None
    return loaded.spec


def test_every_label_is_chinese_in_chinese(spec: Spec) -> None:
    """No label, help or message falls back to English, and no word of an object stays in braces."""
    texts = list(_texts(spec, "", spec.parts()))
    assert len(texts) > 1_000
    same = re.compile(r"(project|company)$|job_specification\.format")  # own names, sizes of paper
    assert [where for where, text in texts if not CHINESE.search(text["zh-CN"]) and not same.match(where)] == []
    assert [where for where, text in texts if "{" in text["en"] + text["zh-CN"]] == []


def _texts(spec: Spec, where: str, value: object) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield every text by language below a value, with the address of its part."""
    if isinstance(value, dict):
        if value and set(value) == set(spec.project.languages):
            yield where, value
            return
        for key, child in value.items():
            yield from _texts(spec, where or str(key), child)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            if name not in ("fields", "stages", "validation", "indexes") or where.startswith("layout:"):
                yield from _texts(spec, where, getattr(value, name))
    elif isinstance(value, tuple):
        for child in value:
            yield from _texts(spec, where, child)


def test_every_object_has_its_screens(spec: Spec) -> None:
    """A layout that shows every field, exactly one default list, an icon that the server knows."""
    for name, one in spec.objects.items():
        layouts = [layout for layout in spec.layouts.values() if layout.object == name]
        assert len(layouts) == 1, name
        shown = {field for section in layouts[0].sections for field in section.fields}
        shown |= {one.title_field, *layouts[0].highlights}  # these stand above the sections
        assert set(one.fields) - shown == set(), name
        assert [view.default for view in spec.list_views.values() if view.object == name].count(True) == 1, name
        assert one.icon in ICONS, name


def test_related_lists_that_layouts_name_are_there(spec: Spec) -> None:
    """Every related list of a layout comes from a lookup."""
    for layout in spec.layouts.values():
        there = {name for name, _, _ in spec.related_lists(layout.object)}
        assert set(layout.related) - there == set(), layout.name


def test_colours_are_names_the_server_knows(spec: Spec) -> None:
    """Options and stages have a colour of the palette, or none."""
    used = {option.color for one in spec.objects.values() for field in one.fields.values() for option in field.options}
    used |= {stage.color for pipeline in spec.pipelines.values() for stage in pipeline.stages.values()}
    assert used - set(HUES) - {"gray", ""} == set()


def test_the_nine_standard_reports_are_there(spec: Spec) -> None:
    """Each of them with a picture."""
    assert STANDARD_REPORTS - set(spec.reports) == set()
    assert [name for name in STANDARD_REPORTS if spec.reports[name].chart is None] == []


def test_money_that_representatives_do_not_see(spec: Spec) -> None:
    """Costs and margins are for managers; every role that may not see them says so."""
    for address in ("product.cost", "opportunity.margin", "order.profit", "order_line.unit_cost"):
        assert spec.field(address) is not None
    assert spec.roles["sales_rep"].fields["opportunity.margin"] == "none"


def test_files_hold_one_object_each() -> None:
    """Somebody who looks for an object finds its file by name."""
    for package in PACKAGES.values():
        for path in sorted((specs_folder() / package).rglob("*.yaml")):
            if path.parent.name != "sample":
                declared = re.findall(r"(?:\A|---\n)(?:#.*\n)*object: (\w+)$", path.read_text("utf-8"), re.MULTILINE)
                assert declared in ([], [path.stem.split("-")[-1]]), path


def test_every_role_has_a_first_page_and_every_object_a_place(spec: Spec) -> None:
    """Somebody of each role finds a home page, and each main object in the navigation."""
    first = {role for dashboard in spec.dashboards.values() for role in dashboard.roles}
    assert set(spec.roles) - first - {"everyone"} == set()
    main = {name for name, one in spec.objects.items() if one.default_access != "controlled_by_parent"}
    places = [name for app in spec.apps.values() for name in app.objects]
    assert sorted(places) == sorted(main)


def test_whoever_is_offered_a_list_or_report_may_use_it(spec: Spec) -> None:
    """No role meets a list or report that filters, groups, sorts or adds up by something it may not read."""
    refused: list[str] = []
    for role in spec.roles:
        rights = rights_of(spec, [role])
        parts: list[tuple[str, Report | ListView]] = [*spec.reports.items(), *spec.list_views.items()]
        for name, part in parts:
            offered = not part.roles or not set(part.roles).isdisjoint(rights.roles)
            if offered and rights.scopes(part.object, "read"):
                refused += [f"{role} {name}: {path}" for path in _used(part) if not _readable(rights, spec, part, path)]
    assert refused == []


def _used(part: Report | ListView) -> list[str]:
    """Return the paths that decide what a list or report shows."""
    paths = [path.removeprefix("-") for path in part.sort]
    if isinstance(part, Report):
        paths += [*part.group_by, *(path for path in part.totals if path != "records")]
    return paths


def _readable(rights: Rights, spec: Spec, part: Report | ListView, path: str) -> bool:
    levels = [path_level(rights, spec, part.object, path.split("."))]
    if part.filter:
        levels.append(formula_level(rights, spec, part.object, part.filter))
    return all(readable(level) for level in levels)
