"""Rules of an object as a whole: its title, its parent, its indexes."""

from __future__ import annotations

from collections.abc import Iterator

from crmspec.diagnostics import did_you_mean
from crmspec.spec.address import SYSTEM_FIELDS
from crmspec.spec.parts import Index, Object
from crmspec.spec.rules.problem import Problem
from crmspec.spec.spec import Spec

FIELDS_MOST = 800  # PostgreSQL has 1,600 columns a table, dropped ones included
_TITLES = frozenset({"text", "person_name", "auto_number", "email", "phone", "url", "formula"})


def check_object(spec: Spec, one: Object) -> Iterator[Problem]:
    """Check what an object says beside its fields."""
    if not one.fields:
        yield Problem(
            one.name,
            "",
            "CRM340",
            f"the object `{one.name}` has no fields",
            "its records would say nothing",
            "add `fields: {name: {type: text}}`",
        )
        return
    if len(one.fields) > FIELDS_MOST:
        yield Problem(
            one.name,
            "fields",
            "CRM340",
            f"the object `{one.name}` has {len(one.fields)} fields",
            f"{FIELDS_MOST} is the most a table can hold with room for changes",
            "split the object",
        )
    yield from _title(one)
    parents = [field.name for field in one.fields.values() if field.parent]
    if one.default_access == "controlled_by_parent" and not parents:
        yield Problem(
            one.name,
            "default_access",
            "CRM341",
            f"`{one.name}` is controlled by a parent it has not",
            "no lookup says `parent: true`",
            "add `parent: true` to the lookup that access follows",
        )
    elif len(parents) > 1:
        yield Problem(
            f"{one.name}.{parents[1]}",
            "parent",
            "CRM341",
            f"`{one.name}` has {len(parents)} parents",
            "access follows one of them",
            "remove one `parent: true`",
            related=((f"{one.name}.{parents[0]}", "parent", "the first one"),),
        )
    elif parents and one.default_access != "controlled_by_parent":
        yield Problem(
            f"{one.name}.{parents[0]}",
            "parent",
            "CRM341",
            f"`parent` of `{one.name}.{parents[0]}` does nothing",
            f"access to `{one.name}` does not follow a parent",
            f"add `default_access: controlled_by_parent` to `{one.name}`, or remove it",
        )
    if one.record_team is not None and one.default_access == "controlled_by_parent":
        yield Problem(
            one.name,
            "record_team",
            "CRM336",
            f"`record_team` of `{one.name}` opens nothing",
            f"access to `{one.name}` follows its parent entirely",
            "write it at the parent",
        )
    for index in one.indexes:
        yield from _index(one, index)


def _title(one: Object) -> Iterator[Problem]:
    if not one.title_field:
        yield Problem(
            one.name,
            "",
            "CRM342",
            f"`{one.name}` has no field that names a record",
            "lists and lookups show the title of a record",
            "add a field `name`, or `title_field: …` with one of its fields",
        )
        return
    field = one.fields.get(one.title_field)
    if field is None:
        yield Problem(
            one.name,
            "title_field",
            "CRM302",
            f"the title of `{one.name}` is `{one.title_field}`, which is not there",
            "no field has this name",
            did_you_mean(one.title_field, one.fields),
        )
    elif field.type not in _TITLES:
        yield Problem(
            one.name,
            "title_field",
            "CRM342",
            f"the title of `{one.name}` is a {field.type} field",
            f"a title is one of {', '.join(sorted(_TITLES))}",
            "name a text field",
        )


def _index(one: Object, index: Index) -> Iterator[Problem]:
    address = f"index:{one.name}.{index.name}"
    for name in index.fields:
        bare = name.removeprefix("-")
        field = one.fields.get(bare)
        if field is None and bare not in SYSTEM_FIELDS:
            yield Problem(
                address,
                "",
                "CRM302",
                f"the index of `{one.name}` names `{bare}`, which is not there",
                "no field has this name",
                did_you_mean(bare, (*one.fields, *SYSTEM_FIELDS)),
            )
        elif field is not None and (
            len(field.column_names) != 1 or field.type in ("json", "secret", "long_text", "rich_text")
        ):
            yield Problem(
                address,
                "",
                "CRM343",
                f"`{one.name}.{bare}`, a {field.type} field, cannot be indexed",
                "an index needs one column with values that have an order",
                "remove it from the index",
            )
    if len(index.fields) > 8:
        yield Problem(
            address,
            "",
            "CRM343",
            f"an index of `{one.name}` has {len(index.fields)} fields",
            "8 is the most that helps",
            "shorten it",
        )
