"""What search finds records by, when other fields are searched, or the same ones hold other values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crmspec.plan.change import Step
from crmspec.plan.sides import Sides
from crmspec.plan.step import step
from crmspec.plan.work import DIALECTS, TableWork
from crmspec.schema import Dialect
from crmspec.schema.ddl import literal, quoted
from crmspec.spec import Field, Object


def search_steps(sides: Sides, works: Sequence[TableWork]) -> Iterator[Step]:
    """Yield a step for each field of a table that is there whose words in the search index are not those it needs."""
    for work in works:
        one = sides.desired.objects[work.desired.object]
        if work.name != one.table:
            continue
        before = sides.earlier(one.name)
        for name, field in before.fields.items():
            if name not in one.fields and searched(before, field):
                yield step(
                    f"find {one.name} by {name} no more",
                    f"{one.name}.{name}",
                    **{dialect: _statements(one, field, dialect, was=True, now=False) for dialect in DIALECTS},
                )
        for field in one.fields.values():
            old = before.fields.get(field.name)
            was, now = old is not None and searched(before, old), searched(one, field)
            changed = any(name in work.fill or work.comes([name]) for name in field.column_names)
            fresh = old is None and not any(
                name in work.restored.values() or name in work.fill for name in field.column_names
            )
            if was != now or (now and changed):
                yield step(
                    f"find {one.name} by {field.name}" if now else f"find {one.name} by {field.name} no more",
                    f"{one.name}.{field.name}",
                    **{
                        dialect: _statements(one, field, dialect, was=was or changed, now=now and not fresh)
                        for dialect in DIALECTS
                    },
                )


def searched(one: Object, field: Field) -> bool:
    """Say whether records are found by a field: it says so, is a number given once, or is the title."""
    return field.row.searchable and (field.search or field.type == "auto_number" or field.name == one.title_field)


def _statements(one: Object, field: Field, dialect: Dialect, *, was: bool, now: bool) -> Iterator[str]:
    name = literal(one.name)
    if was or now:  # words from before a field was removed may still be there
        yield f"DELETE FROM crmspec_search WHERE object = {name} AND field = {literal(field.name)}"
    if now:
        parts = [f"coalesce({quoted(column)}, '')" for column in field.column_names]
        if field.type == "phone":
            parts.append(_digits(field.column_names[0], dialect))
        content = f"lower(trim({' || '.join(_spaced(parts))}))"
        yield (
            f"INSERT INTO crmspec_search (object, record_id, field, content)\n"
            f"  SELECT {name}, id, {literal(field.name)}, {content}"
            f"\n  FROM {quoted(one.table)} WHERE {content} <> ''"
        )


def _spaced(parts: Sequence[str]) -> Iterator[str]:
    for number, part in enumerate(parts):
        yield part if number == 0 else f"' ' || {part}"


def _digits(column: str, dialect: Dialect) -> str:
    """Write a telephone number without what stands between its digits: it is looked for so, too."""
    text = f"coalesce({quoted(column)}, '')"
    if dialect == "postgresql":
        return f"regexp_replace({text}, '[^0-9+]', '', 'g')"
    for sign in (" ", "-", "(", ")", ".", "/"):
        text = f"replace({text}, {literal(sign)}, '')"
    return text
