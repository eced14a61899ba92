"""What a record must keep to: what is required, the stages of its pipelines, its validation rules, what is unique."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from crmspec.access import passed
from crmspec.records.drafts import Draft
from crmspec.records.problems import Problem
from crmspec.records.values import StageGate
from crmspec.records.words import field_label, in_language, say
from crmspec.schema import system_or_field_columns
from crmspec.spec import Field, Pipeline, Stage


def fill_defaults(draft: Draft) -> None:
    """Give a new record the defaults of the fields that nobody set, and each pipeline its first stage."""
    for field in draft.one.fields.values():
        if field.name in draft.accepted or not field.row.stored:
            continue
        if field.default is not None:
            draft.take({field.name: default_of(draft, field)}, system=True)
        elif field.pipeline:
            first = first_stage(draft.reading.spec.pipelines[field.pipeline])
            if first:
                draft.take({field.name: first}, system=True)
    for field in draft.one.fields.values():
        if field.pipeline:
            filled = draft.row.get(field.base_column) is not None
            draft.row[f"{field.base_column}_since"] = draft.reading.context.now if filled else None


def default_of(draft: Draft, field: Field) -> object:
    """Return the value of a default."""
    context = draft.reading.context
    match field.default:
        case "today()":
            return context.today
        case "now()":
            return context.now
        case "me()":
            return context.me
    return field.default


def first_stage(pipeline: Pipeline) -> str:
    """Return the stage a new record begins in: the first open one."""
    return next((name for name, stage in pipeline.stages.items() if stage.type == "open"), "")


def check_required(draft: Draft) -> None:
    """Note every field that must be filled and is not. What is not visible is not required."""
    facts = draft.facts
    for field in draft.one.fields.values():
        if field.row.control in ("computed", "read_only") or not draft.is_blank(field):
            continue
        if field.visible_when and not facts.true(field.visible_when):
            continue
        noted = any(problem.field == field.name for problem in draft.problems)
        if not noted and (field.required or (field.required_when and facts.true(field.required_when))):
            draft.problem(field, "required")


def check_stages(draft: Draft) -> None:
    """Note what keeps the record from the stage it is to enter; a stage that changes counts anew from now."""
    for field in draft.one.fields.values():
        if not field.pipeline:
            continue
        pipeline = draft.reading.spec.pipelines[field.pipeline]
        after = draft.row.get(field.base_column)
        before = draft.before.get(field.base_column) if draft.before is not None else None
        if after is None or (not draft.is_new and after == before) or after not in pipeline.stages:
            continue
        if not draft.is_new:
            draft.row[f"{field.base_column}_since"] = draft.reading.context.now
        draft.problems.extend(entry_problems(draft, field, pipeline, before, after))


def entry_problems(draft: Draft, field: Field, pipeline: Pipeline, before: str | None, after: str) -> list[Problem]:
    """Return why a record may not enter a stage: the way there, what must be filled, what must hold."""
    language = draft.reading.language
    stage = pipeline.stages[after]
    name = stage_label(stage, language)
    found: list[Problem] = []
    if before is not None and pipeline.transitions is not None and (before, after) not in pipeline.transitions:
        start = stage_label(pipeline.stages[before], language) if before in pipeline.stages else before
        words = say(language, "not_transition", label=field_label(field, language), before=start, after=name)
        found.append(Problem(field.name, "not_transition", words))
    for required in stage.enter_requires:
        other = draft.one.fields.get(required)
        if other is not None and draft.is_blank(other):
            words = say(language, "stage_requires", label=field_label(other, language), stage=name)
            found.append(Problem(other.name, "stage_requires", words))
    if stage.enter_when and not draft.facts.true(stage.enter_when):
        words = say(language, "stage_when", stage=name, condition=stage.enter_when)
        found.append(Problem(field.name, "stage_when", words))
    return found


def stage_label(stage: Stage, language: str) -> str:
    """Return the words for a stage."""
    return in_language(stage.label, language, stage.name)


def gate_of(draft: Draft, field: Field, pipeline: Pipeline, stage: str) -> StageGate:
    """Return whether the record, as it is, may enter a stage, and what is missing."""
    before = draft.row.get(field.base_column)
    problems = entry_problems(draft, field, pipeline, before, stage) if stage != before else []
    missing = tuple(problem.field for problem in problems if problem.code == "stage_requires")
    return StageGate(
        stage=stage, open=not problems, missing=missing, reasons=tuple(problem.message for problem in problems)
    )


def check_validation(draft: Draft) -> None:
    """Note every validation rule that the record breaks."""
    facts = draft.facts
    for rule in draft.one.validation.values():
        if facts.true(rule.when):
            language = draft.reading.language
            words = in_language(rule.message, language) or say(language, "rule", rule=rule.name)
            draft.problems.append(Problem(rule.field, rule.name, words))


def check_unique(draft: Draft, names: Sequence[str] | None = None) -> None:
    """Note values that another record has already; of that record nothing is said."""
    for field in draft.one.fields.values():
        wanted = field.unique and not draft.is_blank(field) and (names is None or field.name in names)
        if wanted and _taken(draft, field.column_names):
            draft.problem(field, "taken")
    for index in draft.one.indexes:
        if index.unique:
            fields = [entry.removeprefix("-") for entry in index.fields]
            columns = [column for name in fields for column in system_or_field_columns(draft.one, name)]
            if all(draft.row.get(column) is not None for column in columns) and _taken(draft, columns):
                labels = [
                    field_label(draft.one.fields[name], draft.reading.language)
                    for name in fields
                    if name in draft.one.fields
                ]
                words = say(draft.reading.language, "taken_together", label=", ".join(labels))
                draft.problems.append(Problem(fields[0], "taken_together", words))


def _taken(draft: Draft, columns: Sequence[str]) -> bool:
    table = passed(draft.reading.object_table(draft.one.name).alias(), "everybody")
    wanted = [table.c[name] == draft.row[name] for name in columns]
    statement: sa.Select[Any] = sa.select(sa.literal_column("1")).where(*wanted, table.c.id != draft.row["id"]).limit(1)
    return draft.connection.execute(statement).first() is not None
