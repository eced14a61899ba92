"""The whole of what a project says, as one frozen value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute

from crmspec.spec.address import option_address
from crmspec.spec.parts import (
    AccessTest,
    App,
    Dashboard,
    Field,
    Layout,
    ListView,
    Merge,
    Object,
    Organization,
    Pipeline,
    Project,
    Rename,
    Report,
    Role,
    Seed,
    Split,
    Stage,
    Term,
    ValueSet,
)
from crmspec.spec.sharing import Restriction, Sharing


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """Everything, layers merged, short forms written out, labels filled in every language of the project."""

    project: Project
    objects: Mapping[str, Object] = attribute(default_factory=dict)
    value_sets: Mapping[str, ValueSet] = attribute(default_factory=dict)
    pipelines: Mapping[str, Pipeline] = attribute(default_factory=dict)
    roles: Mapping[str, Role] = attribute(default_factory=dict)
    organization: Organization = attribute(default_factory=Organization)
    sharing: Mapping[str, Sharing] = attribute(default_factory=dict)
    restrictions: Mapping[str, Restriction] = attribute(default_factory=dict)
    reports: Mapping[str, Report] = attribute(default_factory=dict)
    list_views: Mapping[str, ListView] = attribute(default_factory=dict)
    layouts: Mapping[str, Layout] = attribute(default_factory=dict)
    dashboards: Mapping[str, Dashboard] = attribute(default_factory=dict)
    apps: Mapping[str, App] = attribute(default_factory=dict)
    seeds: Mapping[str, Seed] = attribute(default_factory=dict)
    terms: Mapping[str, Term] = attribute(default_factory=dict)
    access_tests: tuple[AccessTest, ...] = ()
    renames: tuple[Rename, ...] = ()
    merges: tuple[Merge, ...] = ()
    splits: tuple[Split, ...] = ()

    # Every page asks for related lists: they are worked out once. `replace` does not copy what has no place in `init`.
    _related: dict[str, tuple[tuple[str, str, Field], ...]] = attribute(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def parts(self) -> dict[str, object]:
        """Map the address of every part that a diff compares to the part. Parents come before their children.

        An object or a pipeline stands here whole and its children stand beside it, so a comparison of a parent
        looks only at its own keys (see `plan.diff`).
        """
        return dict(self._parts())

    def _parts(self) -> Iterator[tuple[str, object]]:
        yield "project", self.project
        for name, one in self.objects.items():
            yield name, one
            for field_name, a_field in one.fields.items():
                yield f"{name}.{field_name}", a_field
                for option in a_field.options:
                    yield option_address(name, field_name, option.name), option
            for rule_name, rule in one.validation.items():
                yield f"validation:{name}.{rule_name}", rule
            for index in one.indexes:
                yield f"index:{name}.{index.name}", index
        for name, value_set in self.value_sets.items():
            yield f"value_set:{name}", value_set
        for name, pipeline in self.pipelines.items():
            yield f"pipeline:{name}", pipeline
            for stage_name, stage in pipeline.stages.items():
                yield f"pipeline:{name}.{stage_name}", stage
        for kind, group in (
            ("role", self.roles),
            ("department", self.organization.departments),
            ("position", self.organization.positions),
            ("sharing", self.sharing),
            ("restriction", self.restrictions),
            ("report", self.reports),
            ("list_view", self.list_views),
            ("layout", self.layouts),
            ("dashboard", self.dashboards),
            ("app", self.apps),
            ("seed", self.seeds),
        ):
            for name, part in group.items():
                yield f"{kind}:{name}", part
        yield "company", self.organization.company

    def object(self, name: str) -> Object:
        """Return an object by name; KeyError when there is none."""
        return self.objects[name]

    def names_of(self, object_name: str) -> tuple[str, ...]:
        """Return an object's name and those it had before: what was once written down under them stays so."""
        names = [object_name]
        for rename in reversed(self.renames):
            if rename.after == names[-1]:
                names.append(rename.before)
        return tuple(dict.fromkeys(names))

    def field(self, address: str) -> Field | None:
        """Return the field at `contact.email`, or None."""
        object_name, _, field_name = address.partition(".")
        one = self.objects.get(object_name)
        return one.fields.get(field_name) if one else None

    def pipeline_of(self, object_name: str) -> Pipeline | None:
        """Return the first pipeline of an object, or None."""
        return next((p for p in self.pipelines.values() if p.object == object_name), None)

    def stage_of(self, a_field: Field, value: str | None) -> Stage | None:
        """Return the stage a picklist value stands for, or None when the field belongs to no pipeline."""
        pipeline = self.pipelines.get(a_field.pipeline)
        return pipeline.stages.get(value) if pipeline and value is not None else None

    def related_lists(self, object_name: str) -> tuple[tuple[str, str, Field], ...]:
        """Return (list name, object, lookup field) for each lookup elsewhere that points at the object."""
        if not self._related and self.objects:
            found: dict[str, list[tuple[str, str, Field]]] = {}
            for other in self.objects.values():
                for a_field in other.fields.values():
                    for target in a_field.to if a_field.type == "lookup" else ():
                        name = a_field.related_list or f"{other.name}_{a_field.name}"
                        found.setdefault(target, []).append((name, other.name, a_field))
            self._related.update({target: tuple(lists) for target, lists in found.items()})
        return self._related.get(object_name, ())
