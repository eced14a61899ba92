"""What sharing rules and restrictions change between two specs: rules that come, go or speak otherwise, and people who
come under a rule because their roles or the organization changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from crmspec.access.principals import positions_meant
from crmspec.access.rights import rights_held
from crmspec.spec import Principal, Restriction, Sharing, Spec


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One sentence about a rule: what it gives or takes, to or from the people it names."""

    widens: bool
    people: tuple[Principal, ...]
    words: str
    address: str  # sharing:big_deals


def rule_changes(deployed: Spec, desired: Spec) -> Iterator[RuleChange]:
    """Yield what rules themselves give and take, on objects that are on both sides."""
    for kind, old_rules, new_rules in (
        ("sharing", deployed.sharing, desired.sharing),
        ("restriction", deployed.restrictions, desired.restrictions),
    ):
        rules: Mapping[str, Sharing | Restriction] = {**old_rules, **new_rules}
        for name, rule in rules.items():
            if rule.object in deployed.objects and rule.object in desired.objects:
                address = f"{kind}:{name}"
                old, new = old_rules.get(name), new_rules.get(name)
                if old is None or new is None:
                    yield _whole(rule, address, there=new is not None)
                elif old != replace(new, label=old.label):
                    yield from _altered(old, new, address)
                elif isinstance(rule, Sharing):
                    yield from _owners(deployed, desired, rule, address)


def _whole(rule: Sharing | Restriction, address: str, *, there: bool) -> RuleChange:
    widens = there == isinstance(rule, Sharing)
    end = "" if there else ": the rule goes"
    return RuleChange(widens, _named(rule), f"{_opened(rule)}{end}", address)


def _opened(rule: Sharing | Restriction) -> str:
    """Say which records a rule opens, or which it leaves."""
    if isinstance(rule, Restriction):
        return f"every record of `{rule.object}` but those where {rule.where}"
    verbs = "read and update" if rule.access == "edit" else "read"
    owners = f" owned by {_people(rule.owned_by)}" if rule.owned_by else ""
    where = f" where {rule.where}" if rule.where else ""
    return f"{verbs} on `{rule.object}`: records{owners}{where}" if owners or where else f"{verbs} on `{rule.object}`"


def _named(rule: Sharing | Restriction) -> tuple[Principal, ...]:
    return rule.to if isinstance(rule, Sharing) else rule.principals


def _people(people: Iterable[Principal]) -> str:
    return ", ".join(map(str, people))


def _altered(old: Sharing | Restriction, new: Sharing | Restriction, address: str) -> Iterator[RuleChange]:
    """Tell people who come and people who go apart; another condition may give and take at once."""
    before, after = _named(old), _named(new)
    come = tuple(one for one in after if one not in before)
    gone = tuple(one for one in before if one not in after)
    stay = tuple(one for one in after if one in before)
    opens = isinstance(new, Sharing)
    if come:
        yield RuleChange(opens, come, _opened(new), address)
    if gone:
        yield RuleChange(not opens, gone, _opened(old), address)
    if not stay:
        return
    more, less = _moved(old, new)
    for widens, moved in ((True, more), (False, less)):
        if moved:
            yield RuleChange(widens, stay, f"{_opened(new if widens == opens else old)} (the rule changes)", address)


def _moved(old: Sharing | Restriction, new: Sharing | Restriction) -> tuple[bool, bool]:
    """Say whether the same people may reach more by a changed rule, and whether less; what cannot be told is both."""
    if isinstance(old, Restriction) or isinstance(new, Restriction):
        return (old.object, old.where) != (new.object, new.where), (old.object, old.where) != (new.object, new.where)
    if (old.object, old.where) != (new.object, new.where):
        return True, True
    owners_more = _wider(old.owned_by, new.owned_by)
    owners_less = _wider(new.owned_by, old.owned_by)
    levels = (old.access, new.access)
    return owners_more or levels == ("read", "edit"), owners_less or levels == ("edit", "read")


def _wider(old: tuple[Principal, ...], new: tuple[Principal, ...]) -> bool:
    """Say whether some owners are meant anew. Nobody named means everybody."""
    return bool(old) and (not new or not set(new) <= set(old))


def _owners(deployed: Spec, desired: Spec, rule: Sharing, address: str) -> Iterator[RuleChange]:
    """Say whose records an unchanged rule opens anew, because the organization changed."""
    if not rule.owned_by or deployed.organization == desired.organization:
        return
    both = {*deployed.organization.positions} & {*desired.organization.positions}
    old, new = (_meant(spec, rule.owned_by) & both for spec in (deployed, desired))
    for widens, more in ((True, new - old), (False, old - new)):
        if more:
            names = ", ".join(f"`{name}`" for name in sorted(more))
            yield RuleChange(widens, rule.to, f"what the rule opens of records owned by {names}", address)


def _meant(spec: Spec, people: Iterable[Principal]) -> frozenset[str]:
    return frozenset[str]().union(*(positions_meant(spec, one) for one in people))


def rules_over(spec: Spec, people: Iterable[str], roles: Iterable[str]) -> dict[str, Sharing | Restriction]:
    """Return the rules that name somebody with these positions and roles, by address."""
    if not spec.sharing and not spec.restrictions:
        return {}
    seats, held = {*people}, {*rights_held(spec, roles).roles}
    rules = [(f"sharing:{name}", rule) for name, rule in spec.sharing.items()]
    rules += [(f"restriction:{name}", rule) for name, rule in spec.restrictions.items()]  # type: ignore[misc]
    return {address: rule for address, rule in rules if names_one(spec, _named(rule), seats, held)}


def names_one(spec: Spec, people: Iterable[Principal], seats: set[str], roles: set[str]) -> bool:
    """Say whether somebody with these positions and roles in effect is named."""
    return any(
        one.name in roles if one.kind == "role" else not seats.isdisjoint(positions_meant(spec, one)) for one in people
    )


Held = tuple[tuple[str, ...], tuple[str, ...]]  # positions, roles


def rules_met(deployed: Spec, desired: Spec, before: Held, after: Held) -> Iterator[tuple[bool, str, str]]:
    """Yield (widens, words, address) for every rule on both sides that names somebody now who was not named, or no
    longer: `before` and `after` are the positions and roles they hold.
    """
    old, new = rules_over(deployed, *before), rules_over(desired, *after)
    for address in {**old, **new}:
        if (address in old) == (address in new):
            continue
        rule = new.get(address) or old[address]
        there, still = (
            (spec.sharing if isinstance(rule, Sharing) else spec.restrictions).get(rule.name)
            for spec in (deployed, desired)
        )
        # A rule that names others by itself has told so.
        if there and still and _named(there) == _named(still) and rule.object in deployed.objects:
            widens = (address in new) == isinstance(rule, Sharing)
            verb = "opens" if isinstance(rule, Sharing) else "holds back"
            yield widens, f"what `{address}` {verb}: {_opened(rule)}", address
