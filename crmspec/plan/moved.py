"""The deployed spec under the names of the desired one: what it would say if only the renames had happened.

Everything after this compares equal addresses, and a table of the deployed spec stands beside the same table under its
new name, column for column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from crmspec.plan.renames import Renamed
from crmspec.spec import (
    App,
    Dashboard,
    Field,
    Index,
    Layout,
    ListView,
    Object,
    Option,
    Organization,
    Pipeline,
    Principal,
    Report,
    Restriction,
    Role,
    Seed,
    Sharing,
    Spec,
)

T = TypeVar("T")
# A quoted text, or a name with its path; a name before a bracket is a function.
_WORD = re.compile(
    r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"|[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*(?!\s*\()"
)
_OFF_FIELD = re.compile(r"days_in_(?P<field>.+)\Z")


def moved(deployed: Spec, desired: Spec, renamed: Renamed) -> Spec:
    """Return the deployed spec with every name, and every reference to it, as the renames say."""
    if not renamed:
        return deployed
    return _Mover(deployed, desired, renamed).spec()


def _spoken(name: str) -> str:
    """Return the label that a part gets from its name when its spec gives it none."""
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]


def relabelled(before: T, old_name: str, after: object) -> T:
    """Let a label that only says the name follow the name; its plural with it."""
    label, wanted = getattr(before, "label", None), getattr(after, "label", None)
    name = getattr(after, "name", "")
    if not label or not wanted or set(label) != set(wanted) or name == old_name:
        return before
    follows = [
        language for language, text in label.items() if text == _spoken(old_name) and wanted[language] == _spoken(name)
    ]
    if not follows:
        return before
    keys: dict[str, object] = {"label": {**label, **{language: wanted[language] for language in follows}}}
    plural, wanted_plural = getattr(before, "plural", None), getattr(after, "plural", None)
    if plural and wanted_plural:
        keys["plural"] = {
            **plural,
            **{language: wanted_plural[language] for language in follows if language in wanted_plural},
        }
    return replace(before, **keys)  # type: ignore[type-var]


class _Mover:
    def __init__(self, deployed: Spec, desired: Spec, renamed: Renamed) -> None:
        self._deployed = deployed
        self._desired = desired
        self._renamed = renamed

    def spec(self) -> Spec:
        """Move every part."""
        was = self._deployed
        return replace(
            was,
            objects={part.name: part for part in map(self._object, was.objects.values())},
            value_sets=self._named("value_set", was.value_sets),
            pipelines={part.name: part for part in map(self._pipeline, was.pipelines.values())},
            roles={part.name: part for part in map(self._role, was.roles.values())},
            organization=self._organization(was.organization),
            reports={part.name: part for part in map(self._report, was.reports.values())},
            list_views={part.name: part for part in map(self._list_view, was.list_views.values())},
            layouts={part.name: part for part in (self._layout(one) for one in was.layouts.values())},
            dashboards={part.name: part for part in map(self._dashboard, was.dashboards.values())},
            apps={part.name: part for part in map(self._app, was.apps.values())},
            sharing={part.name: part for part in map(self._sharing, was.sharing.values())},
            restrictions={part.name: part for part in map(self._restriction, was.restrictions.values())},
            seeds={part.name: part for part in (self._seed(one) for one in was.seeds.values())},
        )

    # --- names ---

    def _name(self, kind: str, name: str) -> str:
        return self._renamed.name(kind, name)

    def _object_name(self, name: str) -> str:
        return self._renamed.name("object", name)

    def _field_name(self, object_name: str, name: str) -> str:
        return self._renamed.name("object", object_name, name)

    def _option(self, object_name: str, field: str, name: str) -> str:
        return self._renamed.name("object", object_name, field, name)

    def _named(self, kind: str, parts: Mapping[str, T]) -> dict[str, T]:
        found = {}
        for name, part in parts.items():
            new = self._name(kind, name)
            found[new] = replace(part, name=new) if new != name else part  # type: ignore[type-var]
        return found

    def _path(self, object_name: str, path: str) -> str:
        """Move a path that goes through lookups from an object: `account.owner.name`. An unknown word stays."""
        sign, path = ("-", path[1:]) if path.startswith("-") else ("", path)
        words: list[str] = []
        current: Object | None = self._deployed.objects.get(object_name)
        for word in path.split("."):
            field = current.fields.get(word) if current else None
            if field is None and current and (match := _OFF_FIELD.match(word)) and match["field"] in current.fields:
                words.append(f"days_in_{self._field_name(current.name, match['field'])}")
                current = None
                continue
            words.append(self._field_name(current.name, word) if field and current else word)
            current = self._deployed.objects.get(field.to[0]) if field and len(field.to) == 1 else None
        return sign + ".".join(words)

    def _paths(self, object_name: str, paths: Iterable[str]) -> tuple[str, ...]:
        return tuple(self._path(object_name, path) for path in paths)

    def _formula(self, object_name: str, text: str) -> str:
        """Move the names in a formula; words in quotes are values and stay."""
        return _WORD.sub(lambda match: match[0] if match[0][0] in "'\"" else self._path(object_name, match[0]), text)

    # --- parts ---

    def _object(self, one: Object) -> Object:
        fields = {field.name: field for field in (self._field(one, field) for field in one.fields.values())}
        new = replace(
            one,
            name=self._object_name(one.name),
            fields=fields,
            title_field=self._field_name(one.name, one.title_field) if one.title_field else "",
            validation={
                name: replace(
                    rule,
                    name=name,
                    when=self._formula(one.name, rule.when),
                    field=self._field_name(one.name, rule.field) if rule.field else "",
                )
                for name, rule in (
                    (self._renamed.name("validation", one.name, old), rule) for old, rule in one.validation.items()
                )
            },
        )
        new = relabelled(new, one.name, self._desired.objects.get(new.name))
        return replace(new, indexes=tuple(self._index(one, new, index) for index in one.indexes))

    def _field(self, one: Object, field: Field) -> Field:
        def formula(text: str, of: str = one.name) -> str:
            return self._formula(of, text) if text else ""

        name = self._field_name(one.name, field.name)
        after = self._desired.field(f"{self._object_name(one.name)}.{name}")
        other = field.of.partition(".")
        new = replace(
            field,
            name=name,
            # A column pinned by `column:` stays what it is; the desired field says what it is called from now on.
            column=after.column if after else field.column,
            options=tuple(self._moved_option(one, field, option, after) for option in field.options),
            default=self._default(one, field),
            to=tuple(self._object_name(target) for target in field.to),
            pipeline=self._name("pipeline", field.pipeline) if field.pipeline else "",
            value_set=self._name("value_set", field.value_set) if field.value_set else "",
            required_when=formula(field.required_when),
            visible_when=formula(field.visible_when),
            formula=formula(field.formula),
            of=".".join(filter(None, (self._object_name(other[0]), self._path(other[0], other[2]))))
            if field.of
            else "",
            via=self._field_name(other[0], field.via) if field.via else "",
            filter=formula(field.filter, other[0]),
        )
        return relabelled(new, field.name, after)

    def _moved_option(self, one: Object, field: Field, option: Option, after: Field | None) -> Option:
        name = self._option(one.name, field.name, option.name)
        desired = next((other for other in after.options if other.name == name), None) if after else None
        return relabelled(replace(option, name=name), option.name, desired)

    def _default(self, one: Object, field: Field) -> str | None:
        return (
            self._option(one.name, field.name, field.default)
            if field.default is not None and field.options
            else field.default
        )

    def _index(self, one: Object, new: Object, index: Index) -> Index:
        """Move an index; where its name says its fields, or only the name differs, the desired name is taken."""
        fields = tuple(
            ("-" if entry.startswith("-") else "") + self._field_name(one.name, entry.lstrip("-"))
            for entry in index.fields
        )
        after = self._desired.objects.get(new.name)
        names = {other.name for other in after.indexes} if after else set()
        name = self._renamed.name("index", one.name, index.name)
        if after and name not in names:
            kept = {other.name for other in one.indexes}
            same = [
                other.name
                for other in after.indexes
                if other.fields == fields and other.unique == index.unique and other.name not in kept
            ]
            name = same[0] if same else name
        return replace(index, name=name, fields=fields)

    def _pipeline(self, pipeline: Pipeline) -> Pipeline:
        def stage_name(name: str) -> str:
            return self._renamed.name("pipeline", pipeline.name, name)

        after = self._desired.pipelines.get(self._name("pipeline", pipeline.name))
        stages = {
            stage_name(name): replace(
                relabelled(stage, name, after.stages.get(stage_name(name)) if after else None),
                name=stage_name(name),
                responsible=self._name("role", stage.responsible) if stage.responsible else "",
                enter_requires=tuple(self._field_name(pipeline.object, field) for field in stage.enter_requires),
                enter_when=self._formula(pipeline.object, stage.enter_when) if stage.enter_when else "",
            )
            for name, stage in pipeline.stages.items()
        }
        transitions = pipeline.transitions
        return replace(
            pipeline,
            name=self._name("pipeline", pipeline.name),
            object=self._object_name(pipeline.object),
            field=self._field_name(pipeline.object, pipeline.field),
            stages=stages,
            transitions=transitions and tuple((stage_name(before), stage_name(after)) for before, after in transitions),
        )

    def _role(self, role: Role) -> Role:
        fields = {}
        for address, level in role.fields.items():
            object_name, _, field = address.partition(".")
            fields[f"{self._object_name(object_name)}.{self._field_name(object_name, field)}"] = level
        return replace(
            role,
            name=self._name("role", role.name),
            include=tuple(self._name("role", name) for name in role.include),
            fields=fields,
            grants={self._object_name(name): verbs for name, verbs in role.grants.items()},
            mute={self._object_name(name): verbs for name, verbs in role.mute.items()},
        )

    def _organization(self, was: Organization) -> Organization:
        departments = {
            name: replace(
                one,
                parent=self._name("department", one.parent) if one.parent else "",
                manager=self._name("position", one.manager) if one.manager else "",
            )
            for name, one in self._named("department", was.departments).items()
        }
        positions = {
            name: replace(
                one,
                department=self._name("department", one.department) if one.department else "",
                reports_to=self._name("position", one.reports_to) if one.reports_to else "",
                roles=tuple(self._name("role", role) for role in one.roles),
            )
            for name, one in self._named("position", was.positions).items()
        }
        return replace(was, departments=departments, positions=positions)

    def _sharing(self, rule: Sharing) -> Sharing:
        new = replace(
            rule,
            name=self._name("sharing", rule.name),
            object=self._object_name(rule.object),
            where=self._formula(rule.object, rule.where),
            to=tuple(map(self._principal, rule.to)),
            owned_by=tuple(map(self._principal, rule.owned_by)),
        )
        return relabelled(new, rule.name, self._desired.sharing.get(new.name))

    def _restriction(self, rule: Restriction) -> Restriction:
        new = replace(
            rule,
            name=self._name("restriction", rule.name),
            object=self._object_name(rule.object),
            where=self._formula(rule.object, rule.where),
            principals=tuple(map(self._principal, rule.principals)),
        )
        return relabelled(new, rule.name, self._desired.restrictions.get(new.name))

    def _principal(self, one: Principal) -> Principal:
        kind = "position" if one.kind == "team_of" else one.kind
        return replace(one, **{one.kind: self._name(kind, one.name)})  # type: ignore[arg-type]

    def _report(self, report: Report) -> Report:
        def path(text: str) -> str:
            return self._path(report.object, text)

        chart = report.chart and replace(report.chart, by=path(report.chart.by), value=path(report.chart.value))
        return replace(
            report,
            name=self._name("report", report.name),
            object=self._object_name(report.object),
            columns=self._paths(report.object, report.columns),
            filter=self._formula(report.object, report.filter),
            group_by=self._paths(report.object, report.group_by),
            totals={path(name): kinds for name, kinds in report.totals.items()},
            sort=self._paths(report.object, report.sort),
            chart=chart,
            roles=self._roles(report.roles),
        )

    def _roles(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(self._name("role", name) for name in names)

    def _list_view(self, view: ListView) -> ListView:
        return replace(
            view,
            name=self._name("list_view", view.name),
            object=self._object_name(view.object),
            columns=self._paths(view.object, view.columns),
            filter=self._formula(view.object, view.filter),
            sort=self._paths(view.object, view.sort),
            roles=self._roles(view.roles),
        )

    def _layout(self, one: Layout) -> Layout:
        return replace(
            one,
            name=self._name("layout", one.name),
            object=self._object_name(one.object),
            highlights=self._paths(one.object, one.highlights),
            roles=self._roles(one.roles),
            sections=tuple(
                replace(section, fields=self._paths(one.object, section.fields)) for section in one.sections
            ),
        )

    def _dashboard(self, board: Dashboard) -> Dashboard:
        tiles = tuple(
            replace(
                tile,
                list_view=self._name("list_view", tile.list_view) if tile.list_view else "",
                report=self._name("report", tile.report) if tile.report else "",
            )
            for tile in board.tiles
        )
        return replace(board, name=self._name("dashboard", board.name), tiles=tiles, roles=self._roles(board.roles))

    def _app(self, app: App) -> App:
        objects = tuple(map(self._object_name, app.objects))
        return replace(app, name=self._name("app", app.name), objects=objects, roles=self._roles(app.roles))

    def _seed(self, seed: Seed) -> Seed:
        def name(field: str) -> str:
            return self._field_name(seed.object, field)

        return replace(
            seed,
            name=self._name("seed", seed.name),
            object=self._object_name(seed.object),
            key=name(seed.key),
            rows=tuple({name(field): value for field, value in row.items()} for row in seed.rows),
        )
