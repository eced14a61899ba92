"""Bound parts → finished parts: options from value sets and pipelines, and the fields that pipelines bring along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from crmspec.spec.parts import Field, Object, Option, Pipeline, Text, ValueSet


def finished(
    one: Object, pipelines: dict[str, list[Pipeline]], value_sets: dict[str, ValueSet], label_of: Callable[[str], Text]
) -> Object:
    """Fill in what other documents say of an object's fields."""
    changed: dict[str, Field] = {}
    for field in one.fields.values():
        shared = value_sets.get(field.value_set) if field.value_set else None
        if shared is not None and not field.options:
            changed[field.name] = replace(field, options=shared.options)
    for pipeline in pipelines.get(one.name, ()):
        declared = changed.get(pipeline.field) or one.fields.get(pipeline.field)
        field = declared or Field(name=pipeline.field, type="picklist", required=True, label=label_of(pipeline.field))
        if field.type == "picklist" and not field.pipeline:
            changed[pipeline.field] = _staged(field, pipeline)
    return replace(one, fields={**one.fields, **changed}) if changed else one


def _staged(field: Field, pipeline: Pipeline) -> Field:
    """Write the stages of a pipeline into its field."""
    options = tuple(Option(name=stage.name, label=stage.label, color=stage.color) for stage in pipeline.stages.values())
    first = next((stage.name for stage in pipeline.stages.values() if stage.type == "open"), None)
    return replace(field, options=options, pipeline=pipeline.name, default=field.default or first)
