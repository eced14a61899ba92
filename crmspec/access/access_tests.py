"""The access tests of a spec, answered by the model: `validate` and `deploy` fail when one does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crmspec.access.once import once_per_spec
from crmspec.diagnostics import Diagnostic, Position, did_you_mean
from crmspec.spec import SYSTEM_FIELDS, AccessTest, Deed, Spec, split_field

if TYPE_CHECKING:
    from crmspec.access.actor import Actor
    from crmspec.access.explain import Explanation
    from crmspec.access.reasons import Step

_STRANGER = "person:somebody else"
_CHANGE = "change the roles, or the test when this is what you want now"


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a sentence about everybody is held against: a role by itself, a position, or a person."""

    words: str
    actor: Actor


@dataclass(frozen=True, slots=True)
class Breach:
    """A sentence about everybody that does not hold for somebody: what they can do, and which lines let them."""

    number: int  # of the test
    test: AccessTest
    holder: Holder
    done: tuple[tuple[Actor, Deed], ...]  # each with the identity that can: their own, or one they stand in for

    @property
    def deeds(self) -> tuple[Deed, ...]:
        """What they can do."""
        return tuple(deed for _, deed in self.done)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Why they can."""
        return tuple(dict.fromkeys(step for identity, deed in self.done for step in _chain(identity, deed)))

    @property
    def text(self) -> str:
        """What somebody can do: `the role `clerk` can create payment and update payment.confirmed`."""
        return f"{self.holder.words} can {' and '.join(map(deed_words, self.deeds))}"


def check_access_tests(spec: Spec, origins: Mapping[str, Position] | None = None) -> tuple[Diagnostic, ...]:
    """Return a diagnostic for every access test that does not hold. `origins` gives addresses their places."""
    places = origins or {}
    whole = {number: test for number, test in enumerate(spec.access_tests) if not test.speaks_of_one}
    found: dict[int, Diagnostic] = {}
    for number, test in enumerate(spec.access_tests):
        place = places.get(f"access_test:{number}")
        problem = _missing(spec, test, place) or (
            _check(spec, test, place, places) if test.speaks_of_one else None
        )
        if problem is not None:
            found[number] = problem
            whole.pop(number, None)
    if whole:
        breaches = breaches_of(spec, whole, holders_by_the_spec(spec))
        found |= {one.number: problem for one, problem in reported(breaches, places)}
    return tuple(found[number] for number in sorted(found))


def sentence(test: AccessTest) -> str:
    """Write a test as people say it: `rep_east cannot read opportunity.margin`, `nobody can delete account`."""
    deed = deed_words(test.deeds[0])
    if test.as_:
        owner = f" owned by {test.owned_by}" if test.owned_by else ""
        return f"{test.as_} {'can' if test.allowed else 'cannot'} {deed}{owner}"
    if test.never_both:
        beside = f", except {_listed(test.except_)}" if test.except_ else ""
        return f"never both {' and '.join(map(deed_words, test.never_both))}{beside}"
    return f"only {_listed(test.only)} can {deed}" if test.only else f"nobody can {deed}"


def deed_words(deed: Deed) -> str:
    """Write a deed as people say it: `update payment.confirmed`."""
    return f"{deed.verb} {deed.on}"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)


def holders_by_the_spec(spec: Spec) -> Iterator[Holder]:
    """Yield everybody there can be by the spec alone: who has one role, and who sits on one position."""
    from crmspec.access.actor import Actor, roles_held
    from crmspec.access.rights import rights_held

    for role in spec.roles:
        rights = rights_held(spec, (role,))
        yield Holder(
            f"the role `{role}`", Actor(spec=spec, person_id=f"role:{role}", direct_roles=(role,), rights=rights)
        )
    for chair in spec.organization.positions:
        rights = rights_held(spec, roles_held(spec, (chair,)))
        yield Holder(
            f"the position `{chair}`",
            Actor(spec=spec, person_id=f"position:{chair}", positions=(chair,), rights=rights),
        )


def breaches_of(spec: Spec, tests: Mapping[int, AccessTest], holders: Iterable[Holder]) -> Iterator[Breach]:
    """Yield where sentences about everybody do not hold. Many people have the same few rights: each is asked once."""
    from crmspec.access.deeds import possible

    known: dict[tuple[frozenset[str], Deed], bool] = {}

    def can(identity: Actor, deed: Deed) -> bool:
        key = (frozenset(_held(identity)), deed)
        if key not in known:
            known[key] = possible(spec, identity.rights, deed.verb, deed.on)
        return known[key]

    for holder in holders:
        for number, test in tests.items():
            done = _done(holder.actor, test, can)
            if len(done) >= (2 if test.never_both else 1):
                yield Breach(number, test, holder, done[:2])


def _done(
    actor: Actor, test: AccessTest, can: Callable[[Actor, Deed], bool]
) -> tuple[tuple[Actor, Deed], ...]:
    """Return which deeds of a test somebody can do, each with the identity that can: their own, or that of somebody
    they stand in for. An identity of whom the test does not speak is left aside.
    """
    meant = [
        one for one in actor.identities if not {*one.positions, *one.roles} & {*test.only, *test.except_}
    ]
    found = ((next((one for one in meant if can(one, deed)), None), deed) for deed in test.deeds)
    return tuple((identity, deed) for identity, deed in found if identity is not None)


def _held(actor: Actor) -> tuple[str, ...]:
    from crmspec.access.actor import roles_held

    return roles_held(actor.spec, actor.positions, actor.direct_roles)


def _chain(identity: Actor, deed: Deed) -> tuple[Step, ...]:
    from crmspec.access.explain import explain

    return explain(identity, deed.verb, deed.on).steps


def reported(
    breaches: Iterable[Breach], places: Mapping[str, Position], help: str = _CHANGE
) -> Iterator[tuple[Breach, Diagnostic]]:
    """Make one diagnostic of each sentence: the first for whom it does not hold with the whole chain, and how many more
    there are.
    """
    by_test: dict[int, list[Breach]] = {}
    for breach in breaches:
        by_test.setdefault(breach.number, []).append(breach)
    for number, several in by_test.items():
        first, more = several[0], len(several) - 1
        steps = first.steps
        others = (f"{several[1].holder.words} can, too" if more == 1 else f"{more} more can, too",) if more else ()
        yield first, Diagnostic(
            "CRM601",
            f"access test does not hold: `{sentence(first.test)}`",
            places.get(f"access_test:{number}"),
            why="; ".join((first.text, *_unplaced(steps, places), *others)),
            help=help,
            related=_related(steps, places),
        )


def _unplaced(steps: Iterable[Step], places: Mapping[str, Position]) -> Iterator[str]:
    """Yield the links of a chain that are not shown with their line."""
    return (step.text for step in steps if step.address not in places)


def _related(steps: Iterable[Step], places: Mapping[str, Position]) -> tuple[tuple[Position, str], ...]:
    return tuple((places[step.address], step.text) for step in steps if step.address in places)


def _check(spec: Spec, test: AccessTest, place: Position | None, places: Mapping[str, Position]) -> Diagnostic | None:
    answer = answer_of(spec, test)
    if answer.allowed == test.allowed:
        return None
    return Diagnostic(
        "CRM601",
        f"access test does not hold: `{sentence(test)}`",
        place,
        why="; ".join(_unplaced(answer.steps, places)),
        help=_CHANGE,
        related=_related(answer.steps, places),
    )


def _missing(spec: Spec, test: AccessTest, place: Position | None) -> Diagnostic | None:
    """Name what a test speaks of and the spec has not: only where no earlier rule has said it already."""
    positions, roles = spec.organization.positions, spec.roles
    named = (*((test.as_,) if test.as_ else ()), *test.only, *test.except_)
    wanted = [(name, (*positions, *roles), "position or role") for name in named]
    for deed in test.deeds:
        object_name, field_name = split_field(deed.on)
        wanted.append((object_name, tuple(spec.objects), "object"))
        if field_name and object_name in spec.objects:
            fields = (*spec.objects[object_name].fields, *SYSTEM_FIELDS)
            wanted.append((field_name, fields, f"field of `{object_name}`"))
    if test.owned_by:
        wanted.append((test.owned_by, tuple(positions), "position"))
    for name, known, kind in wanted:
        if name not in known:
            return Diagnostic(
                "CRM602",
                f"access test speaks of `{name}`, which is no {kind}",
                place,
                why=f"the test says `{sentence(test)}`",
                help=did_you_mean(name, known),
            )
    return None


def answer_of(spec: Spec, test: AccessTest) -> Explanation:
    """Answer a test by the model: one person on each position, and somebody whom no scope but `all` reaches.

    It speaks of records of which nothing is known but the owner: such as no restriction holds back, and no condition
    shares. Else a package's tests would fail in every project that narrows something.
    """
    from crmspec.access.explain import explain

    spec = _of_plain_records(spec)
    actor = _person_on(spec, test.as_)
    _, field_name = split_field(test.on)
    if field_name and not test.owned_by:
        return explain(actor, test.verb, test.on)
    if test.owned_by == test.as_ or (test.verb == "create" and not test.owned_by):
        owner = actor.person_id
    else:
        owner = f"position:{test.owned_by}" if test.owned_by else _STRANGER
    parentless = {"owner_id": owner}
    return explain(actor, test.verb, test.on, parentless)


@once_per_spec
def _of_plain_records(spec: Spec) -> Spec:
    sharing = {name: rule for name, rule in spec.sharing.items() if not rule.where}
    return replace(spec, sharing=sharing, restrictions={})


def _person_on(spec: Spec, name: str) -> Actor:
    from crmspec.access.actor import actor_from

    positions = spec.organization.positions
    holders = {chair: (f"position:{chair}",) for chair in positions}
    if name in positions:
        return actor_from(spec, f"position:{name}", (name,), (), holders)
    return actor_from(spec, f"role:{name}", (), (name,), holders)
