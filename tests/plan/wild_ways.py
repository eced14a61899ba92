"""Random ways from one valid spec to the next: edits of every kind, declared where they are renames or merges."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume
from hypothesis import strategies as st

from crmspec.spec import Convert, Field, Index, Merge, Object, Rename, Spec
from tests.plan.wild_specs import (
    NAMES,
    OBJECTS,
    OPTIONS,
    STAGES,
    an_object,
    fields,
    is_valid,
    objects,
    other_index,
    other_key,
    other_pipeline,
    staged,
    with_parts,
    words_of,
)


@st.composite
def next_of(draw: st.DrawFn, before: Spec) -> Spec:
    """Draw a spec that came of another by one to five edits, declared where they are renames or merges."""
    after = before
    for _ in range(draw(st.integers(1, 5))):
        edit = draw(st.sampled_from((
            _add_field, _remove_field, _retype, _rekey, _rekey, _rename_field, _rename_object, _rename_option,
            _merge_options, _merge_fields, _reindex, _add_object, _remove_object, _merge_objects,
            other_pipeline, _restage,
        )))
        after = draw(edit(after))
    assume(is_valid(after))
    return after


def _fields_of(one: Object) -> list[Field]:
    return [part for part in one.fields.values() if part.name != "name" and not part.pipeline]


@st.composite
def _add_field(draw: st.DrawFn, made: Spec) -> Spec:
    one = draw(an_object(made))
    free = [name for name in NAMES if name not in one.fields]
    if not free:
        return made
    new = draw(fields(draw(st.sampled_from(free)), tuple(made.objects)))
    return with_parts(made, replace(one, fields={**one.fields, new.name: new}))


@st.composite
def _remove_field(draw: st.DrawFn, made: Spec) -> Spec:
    one = draw(an_object(made))
    if not _fields_of(one):
        return made
    gone = draw(st.sampled_from(_fields_of(one))).name
    indexes = tuple(index for index in one.indexes if gone not in [entry.lstrip("-") for entry in index.fields])
    kept = {name: part for name, part in one.fields.items() if name != gone}
    return with_parts(made, replace(one, fields=kept, indexes=indexes))


@st.composite
def _retype(draw: st.DrawFn, made: Spec) -> Spec:
    one = draw(an_object(made))
    if not _fields_of(one):
        return made
    old = draw(st.sampled_from(_fields_of(one)))
    new = draw(fields(old.name, tuple(made.objects)))
    if new.type == "picklist" and draw(st.booleans()):
        way = Convert(map={"p": new.options[0].name, "12.5": new.options[-1].name}, otherwise="empty")
        new = replace(new, convert=way, required=False)
    indexes = tuple(index for index in one.indexes if old.name not in [entry.lstrip("-") for entry in index.fields])
    return with_parts(made, replace(one, fields={**one.fields, old.name: new}, indexes=indexes))


@st.composite
def _rekey(draw: st.DrawFn, made: Spec) -> Spec:
    one = draw(an_object(made))
    if not _fields_of(one):
        return made
    new = draw(other_key(draw(st.sampled_from(_fields_of(one)))))
    return with_parts(made, replace(one, fields={**one.fields, new.name: new}))


@st.composite
def _reindex(draw: st.DrawFn, made: Spec) -> Spec:
    return with_parts(made, draw(other_index(draw(an_object(made)))))


def _said(made: Spec, before: str, after: str) -> tuple[Rename, ...]:
    return (*made.renames, Rename(before=before, after=after))


@st.composite
def _rename_field(draw: st.DrawFn, made: Spec) -> Spec:
    one = draw(an_object(made))
    free = [name for name in NAMES if name not in one.fields]
    if not free or not _fields_of(one):
        return made
    old, new = draw(st.sampled_from(_fields_of(one))).name, draw(st.sampled_from(free))
    parts = {(new if name == old else name): replace(part, name=new) if name == old else part
             for name, part in one.fields.items()}
    indexes = tuple(_renamed_in(index, old, new) for index in one.indexes)
    return with_parts(made, replace(one, fields=parts, indexes=indexes),
                 renames=_said(made, f"{one.name}.{old}", f"{one.name}.{new}"))


def _renamed_in(index: Index, old: str, new: str) -> Index:
    entries = tuple(entry.replace(old, new) if entry.lstrip("-") == old else entry for entry in index.fields)
    return Index(name="_".join(entry.lstrip("-") for entry in entries), fields=entries, unique=index.unique)


@st.composite
def _rename_object(draw: st.DrawFn, made: Spec) -> Spec:
    free = [name for name in OBJECTS if name not in made.objects]
    if not free:
        return made
    old, new = draw(an_object(made)).name, draw(st.sampled_from(free))
    changed = []
    for one in made.objects.values():
        parts = {name: replace(part, to=tuple(new if target == old else target for target in part.to))
                 for name, part in one.fields.items()}
        changed.append(replace(one, name=new if one.name == old else one.name, fields=parts))
    ways = {name: replace(way, object=new if way.object == old else way.object) for name, way in made.pipelines.items()}
    return replace(made, objects={one.name: one for one in changed}, pipelines=ways, renames=_said(made, old, new))


@st.composite
def _rename_option(draw: st.DrawFn, made: Spec) -> Spec:
    one = draw(an_object(made))
    able = [part for part in _fields_of(one) if part.options]
    if not able:
        return made
    part = draw(st.sampled_from(able))
    free = [name for name in OPTIONS if name not in part.option_names]
    if not free:
        return made
    old, new = draw(st.sampled_from(part.option_names)), draw(st.sampled_from(free))
    options = tuple(replace(option, name=new) if option.name == old else option for option in part.options)
    named = replace(part, options=options, default=new if part.default == old else part.default, convert=None)
    address = f"{one.name}.{part.name}"
    return with_parts(made, replace(one, fields={**one.fields, part.name: named}),
                 renames=_said(made, f"{address}.{old}", f"{address}.{new}"))


@st.composite
def _merge_options(draw: st.DrawFn, made: Spec) -> Spec:
    one = draw(an_object(made))
    able = [part for part in _fields_of(one) if len(part.options) > 1]
    if not able:
        return made
    part = draw(st.sampled_from(able))
    gone, kept = part.option_names[0], part.option_names[1]
    fewer = replace(part, options=part.options[1:], default=kept if part.default == gone else part.default)
    address = f"{one.name}.{part.name}"
    merge = Merge(sources=(f"{address}.{gone}",), target=f"{address}.{kept}")
    return with_parts(made, replace(one, fields={**one.fields, part.name: fewer}), merges=(*made.merges, merge))


@st.composite
def _merge_fields(draw: st.DrawFn, made: Spec) -> Spec:
    one = draw(an_object(made))
    able = [part for part in _fields_of(one) if part.type in ("text", "long_text", "phone") and not part.unique
            and not any(part.name in words_of(index) for index in one.indexes)]
    if len(able) < 2:
        return made
    gone, kept = able[0], able[1]
    target = replace(kept, type="long_text", max_length=None, default=None, required=False)
    parts = {name: part for name, part in one.fields.items() if name != gone.name} | {kept.name: target}
    merge = Merge(sources=(f"{one.name}.{gone.name}", f"{one.name}.{kept.name}"), target=f"{one.name}.{kept.name}",
                  keep=draw(st.sampled_from(("first_not_empty", "last_not_empty", "join"))))
    return with_parts(made, replace(one, fields=parts), merges=(*made.merges, merge))


@st.composite
def _add_object(draw: st.DrawFn, made: Spec) -> Spec:
    free = [name for name in OBJECTS if name not in made.objects]
    if not free:
        return made
    name = draw(st.sampled_from(free))
    return with_parts(made, draw(objects(name, (*made.objects, name))))


@st.composite
def _remove_object(draw: st.DrawFn, made: Spec) -> Spec:
    if len(made.objects) < 2:
        return made
    gone = draw(an_object(made)).name
    changed = []
    for one in made.objects.values():
        kept = {name: part for name, part in one.fields.items() if gone not in part.to}
        indexes = tuple(index for index in one.indexes if set(words_of(index)) <= kept.keys())
        changed.append(replace(one, fields=kept, indexes=indexes))
    ways = {name: way for name, way in made.pipelines.items() if way.object != gone}
    return replace(made, objects={one.name: one for one in changed if one.name != gone}, pipelines=ways)


@st.composite
def _merge_objects(draw: st.DrawFn, made: Spec) -> Spec:
    """Let an object become another one: what looks it up looks up that, and its fields of the same name go along."""
    if len(made.objects) < 2 or made.pipelines:
        return made
    gone, kept = draw(st.permutations(sorted(made.objects)))[:2]
    changed = []
    for one in made.objects.values():
        parts = {name: replace(part, to=tuple(dict.fromkeys(kept if to == gone else to for to in part.to)))
                 for name, part in one.fields.items()}
        changed.append(replace(one, fields=parts))
    return replace(made, objects={one.name: one for one in changed if one.name != gone},
                   merges=(*made.merges, Merge(sources=(gone,), target=kept)))


@st.composite
def _restage(draw: st.DrawFn, made: Spec) -> Spec:
    """Draw other stages: some new ones, another order, or one of another name."""
    if not made.pipelines:
        return made
    way = next(iter(made.pipelines.values()))
    one, names = made.objects[way.object], list(way.stages)
    free = [name for name in STAGES[:3] if name not in names]
    renames: bool = draw(st.booleans())
    if free and renames and names[0] in STAGES[:3]:
        new = staged(made, one, [free[0], *names[1:]])
        return replace(new, renames=_said(made, f"{one.name}.stage.{names[0]}", f"{one.name}.stage.{free[0]}"))
    return staged(made, one, list(draw(st.permutations([*names, *free]))))
