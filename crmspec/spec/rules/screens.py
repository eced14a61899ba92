"""Rules of list views, layouts, dashboards and apps."""

from __future__ import annotations

from collections.abc import Iterator

from crmspec.diagnostics import did_you_mean
from crmspec.spec.parts import App, Dashboard, Layout, ListView
from crmspec.spec.rules.formulas import formula_problems
from crmspec.spec.rules.problem import Problem, dangling, last_step, path_problem, unknown_names
from crmspec.spec.scope import ObjectScope
from crmspec.spec.spec import Spec

COLUMNS_MOST = 50


def check_list_view(spec: Spec, view: ListView) -> Iterator[Problem]:
    """Check one list view."""
    address = f"list_view:{view.name}"
    if view.object not in spec.objects:
        yield dangling(address, "object", "object", view.object, spec.objects, code="CRM301")
        return
    scope = ObjectScope(spec, view.object)
    for number, path in enumerate(view.columns):
        problem = path_problem(address, f"columns.{number}", scope, path)
        if problem is not None:
            yield problem
    yield from sort_problems(address, scope, view.sort)
    if view.filter:
        yield from formula_problems(address, "filter", view.filter, scope)
    yield from unknown_names(address, "roles", "role", view.roles, spec.roles, code="CRM304")


def sort_problems(address: str, scope: ObjectScope, sort: tuple[str, ...]) -> Iterator[Problem]:
    """Check that what a list is sorted by is there and has an order."""
    for number, path in enumerate(sort):
        bare = path.removeprefix("-")
        problem = path_problem(address, f"sort.{number}", scope, bare)
        step = last_step(scope, bare)
        if problem is not None:
            yield problem
        elif step is not None and step.field is not None and not step.attribute and not step.field.row.sortable:
            yield Problem(
                address,
                f"sort.{number}",
                "CRM360",
                f"`{address}` is sorted by `{bare}`, a {step.field.type} field",
                "its values have no order",
                "sort by another field",
            )


def check_layout(spec: Spec, layout: Layout) -> Iterator[Problem]:
    """Check one layout: every field is there, and stands once."""
    address = f"layout:{layout.name}"
    one = spec.objects.get(layout.object)
    if one is None:
        yield dangling(address, "object", "object", layout.object, spec.objects, code="CRM301")
        return
    scope = ObjectScope(spec, layout.object)
    for number, path in enumerate(layout.highlights):
        problem = path_problem(address, f"highlights.{number}", scope, path)
        if problem is not None:
            yield problem
    shown: set[str] = set()
    for block, section in enumerate(layout.sections):
        if not 1 <= section.columns <= 4:
            yield Problem(
                address,
                f"sections.{block}.columns",
                "CRM361",
                f"a section of `{address}` has {section.columns} columns",
                "a page holds 1 to 4",
                "write `columns: 2`",
            )
        for number, path in enumerate(section.fields):
            key = f"sections.{block}.fields.{number}"
            problem = path_problem(address, key, scope, path)
            if problem is not None:
                yield problem
            elif path in shown:
                yield Problem(
                    address,
                    key,
                    "CRM361",
                    f"`{path}` stands twice in `{address}`",
                    "a form has one place for each field",
                    "remove one",
                )
            shown.add(path)
    lists = [name for name, _, _ in spec.related_lists(layout.object)] if layout.related else []
    for number, name in enumerate(layout.related):
        if name not in lists:
            yield Problem(
                address,
                f"related.{number}",
                "CRM308",
                f"`{address}` names a related list `{name}` that is not there",
                f"no lookup points at `{layout.object}` with this `related_list`",
                did_you_mean(name, lists),
            )
    yield from unknown_names(address, "roles", "role", layout.roles, spec.roles, code="CRM304")


def check_dashboard(spec: Spec, dashboard: Dashboard) -> Iterator[Problem]:
    """Check one dashboard: what its tiles show is there."""
    address = f"dashboard:{dashboard.name}"
    for number, tile in enumerate(dashboard.tiles):
        where = f"tiles.{number}"
        if tile.list_view and tile.list_view not in spec.list_views:
            yield dangling(address, f"{where}.list_view", "list view", tile.list_view, spec.list_views, code="CRM307")
        if tile.report and tile.report not in spec.reports:
            yield dangling(address, f"{where}.report", "report", tile.report, spec.reports, code="CRM307")
    yield from unknown_names(address, "roles", "role", dashboard.roles, spec.roles, code="CRM304")


def check_app(spec: Spec, app: App) -> Iterator[Problem]:
    """Check one app: its objects are there."""
    address = f"app:{app.name}"
    yield from unknown_names(address, "objects", "object", app.objects, spec.objects, code="CRM301")
    yield from unknown_names(address, "roles", "role", app.roles, spec.roles, code="CRM304")
