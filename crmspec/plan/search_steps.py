"""What search finds records by, when other fields are searched, or the same ones hold other values.

On PostgreSQL the words of a field that was not searched so far are gathered before the release: the running one does
not look at them. Words that it does look at are written anew in the release.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from crmspec.plan import prepare_tables
from crmspec.plan.beside import Beside, new_name
from crmspec.plan.change import Prepared, Step
from crmspec.plan.prepare import change, function
from crmspec.plan.sides import Sides
from crmspec.plan.step import step
from crmspec.plan.work import DIALECTS, TableWork
from crmspec.schema import Dialect
from crmspec.schema.ddl import literal, quoted
from crmspec.schema.stored_names import stored_name_sql
from crmspec.spec import Field, Object

Naming = Callable[[str], str]  # column → how it is written


def search_steps(sides: Sides, tables: Sequence[Beside]) -> Iterator[Step]:
    """Yield a step for each field of a table that is there whose words in the search index are not those it needs."""
    for beside in tables:
        work = beside.work
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
        ahead = {field.name for field in gathered_ahead(sides, beside)}
        for field in one.fields.values():
            was, now, changed, fresh = _needs(sides, work, one, field)
            if was == now and not (now and changed):
                continue
            sql = {
                dialect: _statements(one, field, dialect, was=was or changed, now=now and not fresh)
                for dialect in DIALECTS
            }
            if field.name in ahead:
                sql["postgresql"] = prepare_tables.end(_trigger(one, field), one.table)
            title = f"find {one.name} by {field.name}" if now else f"find {one.name} by {field.name} no more"
            yield step(title, f"{one.name}.{field.name}", **sql)


def _needs(sides: Sides, work: TableWork, one: Object, field: Field) -> tuple[bool, bool, bool, bool]:
    """Return whether a field was searched, is, has other values than before, and has none yet."""
    before = sides.earlier(one.name)
    old = before.fields.get(field.name)
    was, now = old is not None and searched(before, old), searched(one, field)
    changed = any(name in work.fill or work.comes([name]) for name in field.column_names)
    fresh = old is None and not any(name in work.restored.values() or name in work.fill for name in field.column_names)
    return was, now, changed, fresh


def searched(one: Object, field: Field) -> bool:
    """Say whether records are found by a field: it says so, is a number given once, or is the title."""
    return field.row.searchable and (field.search or field.type == "auto_number" or field.name == one.title_field)


def _statements(one: Object, field: Field, dialect: Dialect, *, was: bool, now: bool) -> Iterator[str]:
    name, of = stored_name_sql("", one.name), stored_name_sql(one.name, field.name)
    if was or now:  # words from before a field was removed may still be there
        yield f"DELETE FROM crmspec_search WHERE object = {name} AND field = {of}"
    if now:
        yield words_of(one, field, dialect)


def words_of(one: Object, field: Field, dialect: Dialect) -> str:
    """Write the statement that notes the words of every record; a condition may follow."""
    content = _content(field, dialect, quoted)
    name, of = stored_name_sql("", one.name), stored_name_sql(one.name, field.name)
    return (
        f"INSERT INTO crmspec_search (object, record_id, field, content)\n"
        f"  SELECT {name}, id, {of}, {content}"
        f"\n  FROM {quoted(one.table)} WHERE {content} <> ''"
    )


def _content(field: Field, dialect: Dialect, named: Naming) -> str:
    parts = [f"coalesce({named(column)}, '')" for column in field.column_names]
    if field.type == "phone":
        parts.append(_digits(named(field.column_names[0]), dialect))
    return f"lower(trim({' || '.join(_spaced(parts))}))"


def _spaced(parts: Sequence[str]) -> Iterator[str]:
    for number, part in enumerate(parts):
        yield part if number == 0 else f"' ' || {part}"


def _digits(column: str, dialect: Dialect) -> str:
    """Write a telephone number without what stands between its digits: it is looked for so, too."""
    text = f"coalesce({column}, '')"
    if dialect == "postgresql":
        return f"regexp_replace({text}, '[^0-9+]', '', 'g')"
    for sign in (" ", "-", "(", ")", ".", "/"):
        text = f"replace({text}, {literal(sign)}, '')"
    return text


# --- before the release ---


def gathered_ahead(sides: Sides, beside: Beside) -> Iterator[Field]:
    """Yield the fields whose words the running release does not look at, under the very name that they will have."""
    work = beside.work
    one = sides.desired.objects[work.desired.object]
    if work.name != one.table or beside.idle or sides.old_names.get(one.name) != one.name:
        return
    deployed = sides.deployed.objects[one.name]
    for field in one.fields.values():
        was, now, _, fresh = _needs(sides, work, one, field)
        other = deployed.fields.get(field.name)
        taken = other is not None and (
            searched(deployed, other) or sides.renamed.path(("object", one.name, field.name))[-1] != field.name
        )
        if now and not was and not fresh and not taken:
            yield field


def gathering(sides: Sides, beside: Beside, one: Object, field: Field) -> Iterator[Prepared]:
    """Have a trigger note the words of what is written from now on."""
    # What is stored stays the same when the release renames the field.
    name, of = stored_name_sql("", one.name), stored_name_sql(one.name, _deployed_name(sides, one, field))
    words = f"object = {name} AND field = {of}"
    yield change(f"DELETE FROM crmspec_search WHERE {words}", f"DELETE FROM crmspec_search WHERE {words}")
    content = _content(field, "postgresql", lambda column: f"NEW.{quoted(beside.place(column))}")
    body = f"""BEGIN
  IF {content} = '' THEN
    DELETE FROM crmspec_search WHERE {words} AND record_id = NEW.id;
  ELSE
    INSERT INTO crmspec_search (object, record_id, field, content) SELECT {name}, NEW.id, {of}, {content}
    ON CONFLICT (object, record_id, field) DO UPDATE SET content = EXCLUDED.content
      WHERE crmspec_search.content <> EXCLUDED.content;
  END IF;
  RETURN NULL;
END"""
    yield function(new_name(_trigger(one, field)), body)
    yield prepare_tables.after(new_name(_trigger(one, field)), beside.table, "INSERT OR UPDATE")


def _deployed_name(sides: Sides, one: Object, field: Field) -> str:
    for name in sides.deployed.objects[one.name].fields:
        if sides.renamed.path(("object", one.name, name))[-1] == field.name:
            return name
    return field.name


def touching(beside: Beside, field: Field) -> Iterator[Prepared]:
    """Have it note those of the rows that are there, unless they are written anyway."""
    columns = [beside.place(column) for column in field.column_names]
    if not any(column in beside.computed for column in field.column_names):
        filled = " OR ".join(f"{quoted(column)} <> ''" for column in columns)
        yield prepare_tables.touch(beside.table, columns[0], filled, beside.now.key)


def _trigger(one: Object, field: Field) -> str:
    return f"{one.table}_{field.name}_words"
