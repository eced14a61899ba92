"""Which records become records of another object between two specs: merges, splits, and either of them taken back.

1. A declared merge or split that the deployed spec does not have yet moves records forth.
2. One that only the deployed spec has, whose other object is declared again (or is gone again), moves them back.
3. Records that leave an object which stays are kept whole in a table out of sight, so that the way back has everything.
   What leaves with its whole object is kept with that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from crmspec.diagnostics import Diagnostic, Refused
from crmspec.plan.change import Retired
from crmspec.plan.convert import conversion, needs_conversion
from crmspec.plan.renames import Renamed
from crmspec.plan.retire import newest, stored_name
from crmspec.schema import object_tables
from crmspec.spec import Field, Object, Spec

Pairs = tuple[tuple[Field, Field], ...]


@dataclass(frozen=True, slots=True)
class Moving:
    """Records of one object that become records of another.

    `source` is an object of what is deployed (under its new names), `target` one of what is desired; `pairs` are the
    fields whose values go along. `whole`: the source goes with all of its records. `back`: an earlier move is undone.
    `kept` is where the records that leave a source which stays are kept, or, where a split is taken back, where they
    have been kept.
    """

    source: Object
    target: Object
    pairs: Pairs
    values: Mapping[str, str]
    where: str = ""
    whole: bool = False
    back: bool = False
    kept: Retired | None = None

    @property
    def returns(self) -> bool:
        """Say whether the records go back to an object that was there all the time: a split is taken back."""
        return self.back and self.kept is not None and self.kept.part.name == self.target.name

    @property
    def which(self) -> str:
        """The table that has the ids of all records that move, as it is called once work has begun."""
        return self.source.table if self.kept is None else self.kept.stored_as[0]


def rows_address(name: str) -> str:
    """Return the address under which records are kept that left an object."""
    return f"{name}.*"


def moving_between(
    deployed: Spec, before: Spec, desired: Spec, renamed: Renamed, retired: Sequence[Retired], revision: str
) -> tuple[Moving, ...]:
    """Return every move of records. `before` is the deployed spec under its new names."""
    found = [
        *_merged(deployed, before, desired),
        *_split(deployed, before, desired, retired, revision),
        *_parted(deployed, before, desired, renamed, retired, revision),
        *_joined_again(deployed, before, desired, renamed, retired),
    ]
    return tuple(found)


def _merged(deployed: Spec, before: Spec, desired: Spec) -> Iterator[Moving]:
    for merge in desired.merges:
        target = desired.objects.get(merge.target)
        if merge in deployed.merges or target is None:
            continue
        for name in merge.sources:
            source = before.objects.get(name)
            if source is not None and name not in desired.objects:
                pairs = tuple(pairs_of(before, desired, source, target, merge.fields))
                yield Moving(source, target, pairs, _named(merge.values), whole=True)


def _split(deployed: Spec, before: Spec, desired: Spec, retired: Sequence[Retired], revision: str) -> Iterator[Moving]:
    for split in desired.splits:
        source, target = before.objects.get(split.source), desired.objects.get(split.targets[0])
        if split in deployed.splits or source is None or target is None or source.name not in desired.objects:
            continue
        pairs = tuple(pairs_of(before, desired, source, target, split.fields))
        kept = _keeping(before, desired, source, retired, revision)
        yield Moving(source, target, pairs, _named(split.values), where=split.where, kept=kept)


def _parted(
    deployed: Spec, before: Spec, desired: Spec, renamed: Renamed, retired: Sequence[Retired], revision: str
) -> Iterator[Moving]:
    """A merge is taken back: the records that were merged leave for the object that returns."""
    for merge in deployed.merges:
        source = before.objects.get(renamed.name("object", merge.target))
        if merge in desired.merges or source is None or source.name not in desired.objects:
            continue
        for name in merge.sources:
            earlier, target = newest(retired, name), desired.objects.get(name)
            if target is None or name in before.objects or earlier is None or not isinstance(earlier.part, Object):
                continue
            forth = _followed(merge.fields, renamed)
            pairs = tuple((b, a) for a, b in pairs_of(desired, before, target, source, forth))
            kept = _keeping(before, desired, source, retired, revision)
            yield Moving(source, target, pairs, {}, back=True, kept=kept)


def _joined_again(
    deployed: Spec, before: Spec, desired: Spec, renamed: Renamed, retired: Sequence[Retired]
) -> Iterator[Moving]:
    """A split is taken back: the records return to the object that they came from, and have been kept for."""
    for split in deployed.splits:
        if split in desired.splits or "." in split.source:
            continue
        target = desired.objects.get(renamed.name("object", split.source))
        source = before.objects.get(renamed.name("object", split.targets[0]))
        kept = newest(retired, rows_address(target.name)) if target is not None else None
        if target is None or source is None or kept is None or target.name not in before.objects:
            continue
        forth = _followed(split.fields, renamed)
        pairs = tuple((b, a) for a, b in pairs_of(desired, before, target, source, forth))
        yield Moving(source, target, pairs, {}, back=True, whole=source.name not in desired.objects, kept=kept)


def _followed(fields: Mapping[str, str], renamed: Renamed) -> dict[str, str]:
    return {renamed.address(old): renamed.address(new) for old, new in fields.items()}


def _named(values: Mapping[str, str]) -> dict[str, str]:
    return {address.partition(".")[2]: value for address, value in values.items()}


def _keeping(before: Spec, desired: Spec, source: Object, retired: Sequence[Retired], revision: str) -> Retired:
    """Return how records that leave an object are kept: with every column that they have, in sight or not.

    A table of several values that goes out of sight as a whole keeps theirs, too.
    """
    after = desired.objects[source.name].fields
    fields = {
        name: field
        for name, field in source.fields.items()
        if not field.row.child or same_child(field, after.get(name))
    }
    for one in retired:
        if one.kind == "field" and one.table == source.table and isinstance(one.part, Field):
            fields |= _out_of_sight(one, one.part)
    part = replace(source, fields=fields)
    names = tuple(table.name for table in object_tables(before, part))
    stored = tuple(stored_name(revision, f"left_{name}") for name in names)
    return Retired(
        address=rows_address(source.name), kind="rows", table=source.table, names=names, stored_as=stored,
        revision=revision, part=part,
    )


def _out_of_sight(one: Retired, part: Field) -> dict[str, Field]:
    """Return a retired column as a field of its own, by the name that it has out of sight."""
    suffix = one.names[0][len(part.base_column) :]
    base = one.stored_as[0].removesuffix(suffix)
    plain = Field(name=base, type=part.type, column=base, to=part.to, scale=part.scale, pipeline=part.pipeline)
    return {base: plain} if plain.column_names[: len(one.stored_as)] == one.stored_as else {}


def pairs_of(
    before: Spec, desired: Spec, source: Object, target: Object, said: Mapping[str, str]
) -> Iterator[tuple[Field, Field]]:
    """Yield the fields whose values go along: those that are said, then those of the same name that fit."""
    explicit = {
        address.partition(".")[2]: place.partition(".")[2]
        for address, place in said.items()
        if address.partition(".")[0] == source.name
    }
    taken = set(explicit.values())
    for name, field in source.fields.items():
        other = target.fields.get(explicit.get(name, "" if name in taken else name))
        if other is None or not (field.row.columns or field.row.child):
            continue
        if goes_along(before, desired, field, other):
            yield field, other
        elif name in explicit:
            raise Refused(
                Diagnostic(
                    "CRM405",
                    f"`{source.name}.{name}` cannot become `{target.name}.{other.name}`",
                    why=f"what a {field.type} field holds has no place in a {other.type} field",
                    help="name another field, or leave it out: what it holds is kept out of sight",
                )
            )


def goes_along(before: Spec, desired: Spec, field: Field, other: Field) -> bool:
    """Say whether the values of a field have a place in a field of another object."""
    if field.row.child or other.row.child:
        return field.type == other.type and (field.type != "many_to_many" or field.to == other.to)
    if field.type == other.type == "lookup":
        return True
    if not needs_conversion(field, other):
        return field.row.columns == other.row.columns
    return len(field.row.columns) == 1 and len(other.row.columns) == 1 and (
        conversion(field, other, desired.project.time_zone, before, desired) is not None
    )


def with_merged_targets(before: Spec, desired: Spec, moves: Sequence[Moving], *, once: bool = False) -> Spec:
    """Let lookups that stay point at what the object they point at is merged into, as they would after a rename.

    A lookup that could point at both names the target twice, as it has its columns still; `once` is for people.
    """
    into = {move.source.name: move.target.name for move in moves if move.whole and not move.back}
    if not into:
        return before
    objects: dict[str, Object] = {}
    for name, one in before.objects.items():
        after = desired.objects.get(name)
        fields = {
            key: replace(field, to=_followed_targets(field, into, once=once))
            if field.to and after and key in after.fields and after.fields[key].type == field.type
            else field
            for key, field in one.fields.items()
        }
        objects[name] = one if fields == dict(one.fields) else replace(one, fields=fields)
    return replace(before, objects=objects)


def _followed_targets(field: Field, into: Mapping[str, str], *, once: bool) -> tuple[str, ...]:
    found = tuple(into.get(target, target) for target in field.to)
    return tuple(dict.fromkeys(found)) if once else found


def same_child(before: Field | None, after: Field | None) -> bool:
    """Say whether two fields keep their values in the same table."""
    if before is None or after is None or before.row.child != after.row.child:
        return False
    return before.row.child == "values" or before.to == after.to
