"""Two specs in, what changes for whom out: worked out from effective rights, so that roles rearranged say nothing.

1. Rights as tokens: which records a verb reaches is a set of scopes, each with what it contains (`department_below`
   contains `department`, every scope contains `own`, `all` contains everything). What `default_access` opens is `all`;
   records that follow a parent are `parent`; what needs read is never more than read.
2. Each role that is on both sides is compared with itself, each position whose roles are others with itself, and each
   position with the positions whose records its scopes reach.
3. Equal changes of several roles and positions are one sentence.

`deployed` stands under the names of `desired`: whoever knows the renames has moved it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as attribute

from crmspec.access.actor import roles_held
from crmspec.access.fields import field_level
from crmspec.access.organization import graph_of
from crmspec.access.reach import NEEDS_READ, parent_lookup
from crmspec.access.rights import Rights, rights_held
from crmspec.access.rule_difference import Held, names_one, rule_changes, rules_met
from crmspec.spec import LEVELS, SCOPES, VERBS, Level, Principal, Scope, Spec, Verb, differing

Atom = tuple[bool, str, str]  # widens, object or field or `set-up` or a position, verb or level of detail
_SAID_MOST = 4
_FOLLOWS = "parent"
_ORPHANED = " without a parent"  # a scope of records that follow no parent although others of their object do
_CONTAINED: Mapping[str, frozenset[str]] = {
    "own": frozenset({"own"}),
    "team": frozenset({"own", "team"}),
    "subordinates": frozenset({"own", "subordinates"}),
    "department": frozenset({"own", "department"}),
    "department_below": frozenset({"own", "department", "department_below"}),
    "all": frozenset({*SCOPES, _FOLLOWS, *(f"{scope}{_ORPHANED}" for scope in SCOPES)}),
    _FOLLOWS: frozenset({_FOLLOWS}),
}
_OPEN: Mapping[str, frozenset[Verb]] = {"read": frozenset({"read"}), "edit": frozenset({"read", "update"})}


@dataclass(frozen=True, slots=True)
class What:
    """Something that is given or taken, whoever it is given to or taken from."""

    widens: bool
    words: str  # read on `account`: team (before: own)
    address: str  # the object, the field, the position
    atoms: frozenset[Atom] = attribute(default=frozenset(), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessChange:
    """One sentence: what roles and positions gain or lose. `people` is how many that concerns, where they are known."""

    what: What
    roles: tuple[str, ...] = ()
    positions: tuple[str, ...] = ()
    named: tuple[Principal, ...] = ()  # whom a sharing rule or restriction names
    people: int | None = None

    @property
    def widens(self) -> bool:
        """Say whether somebody may do more than before."""
        return self.what.widens

    @property
    def address(self) -> str:
        """What it is about: an object, a field, a position."""
        return self.what.address

    @property
    def moot(self) -> bool:
        """Say whether it speaks of something that goes, and nobody there is loses anything by it."""
        goes = {detail for _, _, detail in self.what.atoms} & {"role", "seat"}
        return self.people == 0 and bool(goes)

    @property
    def text(self) -> str:
        """The sentence."""
        groups = (("role", self.roles), ("position", self.positions))
        holders = [_listed(kind, names) for kind, names in groups if names]
        who = " and ".join((*holders, *(f"the {one}" for one in self.named)))
        if self.people is not None:
            number = "nobody yet" if self.people == 0 and self.widens else "nobody" if self.people == 0 else (
                "1 person" if self.people == 1 else f"{self.people:,} people"
            )
            who = f"{number} ({who.removeprefix('the ')})"
        return f"{'gives' if self.widens else 'takes from'} {who} {self.what.words}"


def _listed(kind: str, names: tuple[str, ...]) -> str:
    shown = [f"`{name}`" for name in names[:_SAID_MOST]]
    if len(names) > _SAID_MOST:
        shown.append(f"{len(names) - _SAID_MOST} more")
    last = f" and {shown[-1]}" if len(shown) > 1 else ""
    return f"the {kind}{'s' if len(names) > 1 else ''} {', '.join(shown[:-1] if last else shown)}{last}"


def diff_access(deployed: Spec | None, desired: Spec) -> tuple[AccessChange, ...]:
    """Say what each role and each position gains and loses from one spec to the next."""
    found: dict[What, AccessChange] = {}
    for role, whats in _of_roles(deployed, desired):
        for what in whats:
            known = found.get(what) or AccessChange(what=what)
            found[what] = replace(known, roles=(*known.roles, role))
    for position, whats in _of_positions(deployed, desired) if deployed else ():
        for what in whats:
            known = found.get(what) or AccessChange(what=what)
            found[what] = replace(known, positions=(*known.positions, position))
    rules = rule_changes(deployed, desired) if deployed else ()
    said = (AccessChange(what=What(one.widens, one.words, one.address), named=one.people) for one in rules)
    return (*found.values(), *said)


def _of_roles(deployed: Spec | None, desired: Spec) -> Iterator[tuple[str, Iterable[What]]]:
    touched = _touched(deployed, desired)
    for role in deployed.roles if deployed else ():
        if role not in desired.roles:
            gone = What(False, "everything it gave: the role goes", f"role:{role}", frozenset({(False, role, "role")}))
            yield role, (gone,)
    for role in desired.roles:
        # A new role gives nothing until somebody has it; against nothing at all, everything is new.
        if deployed is None or role in deployed.roles:
            before = rights_held(deployed, (role,)) if deployed else Rights()
            yield role, rights_changes(deployed, desired, before, rights_held(desired, (role,)), touched)
            if deployed is not None:
                yield role, _met(deployed, desired, ((), (role,)), ((), (role,)))


def _of_positions(deployed: Spec, desired: Spec) -> Iterator[tuple[str, Iterable[What]]]:
    was, now = deployed.organization, desired.organization
    if was == now:
        return
    touched = _touched(deployed, desired)
    for name, chair in was.positions.items():
        if name in now.positions:
            if chair.roles != now.positions[name].roles:
                before, after = (rights_held(spec, roles_held(spec, (name,))) for spec in (deployed, desired))
                yield name, rights_changes(deployed, desired, before, after, touched)
            yield name, _reach_changes(deployed, desired, name)
            yield name, _met(deployed, desired, ((name,), chair.roles), ((name,), now.positions[name].roles))
        elif chair.roles:
            words = f"{_listed('role', chair.roles)}: the position goes"
            yield name, (What(False, words, f"position:{name}", frozenset({(False, name, "seat")})),)


def _met(deployed: Spec, desired: Spec, before: Held, after: Held) -> Iterator[What]:
    """Yield the rules that name somebody who was not named, because roles or the organization changed."""
    for widens, words, address in rules_met(deployed, desired, before, after):
        yield What(widens, words, address, frozenset({(widens, address, "")}))


def _touched(deployed: Spec | None, desired: Spec) -> frozenset[str]:
    """Return the objects that are otherwise than before."""
    return frozenset(differing(desired.objects, deployed.objects)) if deployed else frozenset(desired.objects)


def rights_changes(
    deployed: Spec | None, desired: Spec, before: Rights, after: Rights, touched: Collection[str]
) -> Iterator[What]:
    """Yield what one set of roles gives more or less than before. Objects that go are no loss of a right."""
    if before.setup != after.setup:
        yield What(after.setup, "the set-up pages", "set-up", frozenset({(after.setup, "set-up", "")}))
    named = {address.partition(".")[0] for address in {*before.fields, *after.fields}}
    for name in desired.objects:
        old, new = before.grants.get(name, {}), after.grants.get(name, {})
        same = {verb: frozenset(scopes) for verb, scopes in old.items()} == {
            verb: frozenset(scopes) for verb, scopes in new.items()
        }
        if same and name not in touched and name not in named:
            continue
        there = deployed is not None and name in deployed.objects
        yield from _verbs(deployed if there else None, desired, name, before, after)
        if deployed is not None and there:
            yield from _fields(deployed, desired, name, before, after)


def _verbs(deployed: Spec | None, desired: Spec, name: str, before: Rights, after: Rights) -> Iterator[What]:
    for verb in VERBS:
        old = reached(deployed, before, verb, name) if deployed else frozenset[str]()
        new = reached(desired, after, verb, name)
        for widens, more, left in ((True, new - old, old), (False, old - new, new)):
            if more:
                beside = f" ({'before' if widens else 'left'}: {_scopes(left)})" if left else ""
                words = f"{verb} on `{name}`: {_scopes(more)}{beside}"
                yield What(widens, words, name, frozenset({(widens, name, verb)}))


def reached(spec: Spec, rights: Rights, verb: Verb, name: str) -> frozenset[str]:
    """Return which records of an object a verb reaches, as scopes with everything they contain."""
    found = _granted(spec, rights, verb, name)
    return found & _granted(spec, rights, "read", name) if verb in NEEDS_READ and found else found


def _granted(spec: Spec, rights: Rights, verb: Verb, name: str) -> frozenset[str]:
    scopes = rights.scopes(name, verb)
    if not scopes:
        return frozenset()
    one = spec.objects[name]
    if verb in _OPEN.get(one.default_access, ()):
        return _CONTAINED["all"]
    own = frozenset[str]().union(*(_CONTAINED[scope] for scope in scopes))
    parent = parent_lookup(one)
    if parent is None:
        return own
    orphaned = frozenset() if parent.required else frozenset(f"{scope}{_ORPHANED}" for scope in own & {*SCOPES})
    return _CONTAINED[_FOLLOWS] | orphaned


def _scopes(tokens: frozenset[str]) -> str:
    """Name the widest scopes only: what they contain goes without saying."""
    if "all" in tokens:
        return "all records"
    widest = [*_widest(tokens)]
    orphaned = [*_widest(frozenset(one.removesuffix(_ORPHANED) for one in tokens if one.endswith(_ORPHANED)))]
    widest += ["as the parent lets them"] * (_FOLLOWS in tokens)
    widest += [f"{', '.join(orphaned)}{_ORPHANED}"] * bool(orphaned)
    return ", ".join(widest)


def _widest(tokens: frozenset[str]) -> Iterator[str]:
    contained = frozenset[str]().union(*(_CONTAINED[one] - {one} for one in tokens if one in _CONTAINED))
    return (scope for scope in SCOPES if scope in tokens - contained)


def _fields(deployed: Spec, desired: Spec, name: str, before: Rights, after: Rights) -> Iterator[What]:
    """Group fields by what changes, so that a role that loses ten fields is one sentence."""
    moved: dict[tuple[Level, Level], list[str]] = {}
    was, now = deployed.objects[name], desired.objects[name]
    for field in was.fields:
        if field in now.fields:
            old, new = field_level(before, deployed, name, field), field_level(after, desired, name, field)
            if old != new:
                moved.setdefault((old, new), []).append(field)
            elif new == "masked" and was.fields[field].mask != now.fields[field].mask:
                atoms = frozenset({(True, f"{name}.{field}", "")})
                yield What(True, f"another part of `{name}.{field}`: its mask changes", f"{name}.{field}", atoms)
    # When a whole verb came or went, its own sentence has said so.
    verbs_same = all(before.may(name, verb) == after.may(name, verb) for verb in ("read", "update", "create"))
    for (old, new), fields in moved.items():
        if verbs_same or any(f"{name}.{field}" in {**before.fields, **after.fields} for field in fields):
            widens = LEVELS.index(new) > LEVELS.index(old)
            beside = f" ({'before' if widens else 'left'}: {old if widens else new})"
            level = _LEVEL_WORDS[new if widens else old]
            words, address = f"{level} {_fields_words(name, fields)}{beside}", name
            if len(fields) == 1:
                address = f"{name}.{fields[0]}"
            yield What(widens, words, address, frozenset((widens, f"{name}.{field}", "") for field in fields))


_LEVEL_WORDS: Mapping[Level, str] = {"none": "", "masked": "a masked view of", "read": "read of", "edit": "edit of"}


def _fields_words(name: str, fields: list[str]) -> str:
    if len(fields) == 1:
        return f"`{name}.{fields[0]}`"
    return f"{len(fields)} fields of `{name}` ({', '.join(fields[:5])}{' …' if len(fields) > 5 else ''})"


def _reach_changes(deployed: Spec, desired: Spec, name: str) -> Iterator[What]:
    """Say whose records a position reaches that it did not reach before, among positions that are on both sides."""
    both = {*deployed.organization.positions} & {*desired.organization.positions}
    old, new = (graph_of(spec).reached[name] for spec in (deployed, desired))
    if old == new:
        return
    rights = rights_held(desired, roles_held(desired, (name,)))
    for scope in ("team", "subordinates", "department", "department_below"):
        if old[scope] & both == new[scope] & both:
            continue
        used = _uses(desired, rights, scope)
        for widens, more in ((True, new[scope] - old[scope]), (False, old[scope] - new[scope])):
            others = tuple(sorted(more & both - {name}))
            if others and used:
                words = f"the records of {_listed('position', others)} by `{scope}`: {used}"
                yield What(widens, words, f"position:{name}", frozenset({(widens, name, "position")}))


def _uses(spec: Spec, rights: Rights, scope: Scope) -> str:
    """Say for what a scope is used: `read on account, contact; update on account`."""
    found: dict[Verb, list[str]] = {}
    for name in rights.grants:
        for verb in VERBS:
            if scope in rights.scopes(name, verb) and "all" not in reached(spec, rights, verb, name):
                found.setdefault(verb, []).append(f"`{name}`")
    return "; ".join(
        f"{verb} on {', '.join(names[:_SAID_MOST])}{' …' if len(names) > _SAID_MOST else ''}"
        for verb, names in found.items()
    )


@dataclass(frozen=True, slots=True)
class Holding:
    """What some people hold: positions and direct roles, by the names of the desired spec, and how many they are."""

    positions: tuple[str, ...]
    roles: tuple[str, ...]
    people: int = 1


def with_people(
    changes: Iterable[AccessChange], deployed: Spec, desired: Spec, holdings: Iterable[Holding]
) -> tuple[AccessChange, ...]:
    """Say of each sentence how many people gain or lose by it, everything counted in that they hold beside."""
    touched, known = _touched(deployed, desired), tuple(changes)
    counts = dict.fromkeys(range(len(known)), 0)
    by_roles: dict[tuple[tuple[str, ...], ...], frozenset[Atom]] = {}
    for held in holdings:
        names = tuple(roles_held(spec, held.positions, held.roles) for spec in (deployed, desired))
        before, after = rights_held(deployed, names[0]), rights_held(desired, names[1])
        if names not in by_roles:
            whats = rights_changes(deployed, desired, before, after, touched)
            by_roles[names] = frozenset(atom for what in whats for atom in what.atoms)
        met = _met(deployed, desired, (held.positions, before.roles), (held.positions, after.roles))
        moved = by_roles[names].union(*(what.atoms for what in met))
        roles, positions = {*before.roles, *after.roles}, {*held.positions}
        for number, one in enumerate(known):
            if one.named:
                if any(names_one(spec, one.named, positions, roles) for spec in (deployed, desired)):
                    counts[number] += held.people
                continue
            holds = roles & {*one.roles} or positions & {*one.positions}
            if holds and _concerns(one.what, moved):
                counts[number] += held.people
    return tuple(replace(one, people=counts[number]) for number, one in enumerate(known))


def _concerns(what: What, moved: frozenset[Atom]) -> bool:
    """Say whether somebody of whom a sentence speaks gains or loses by it; `moved` is what changes for them in all. A
    role or a position that goes concerns only whoever loses something by that.
    """
    kinds = {detail for _, _, detail in what.atoms}
    if kinds & {"role", "seat"}:
        return any(not widens for widens, _, _ in moved)
    return kinds == {"position"} or bool(moved & what.atoms)
