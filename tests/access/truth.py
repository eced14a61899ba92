"""The right answers about a company, worked out from its rows with nothing of `crmspec.access`: slow, plain, once more.

Every question is answered from the question itself: is this owner below me? There are no sets, no graphs and no SQL
that could share a mistake with what is tested.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crmspec.spec import LEVELS, Principal, Role, Verb
from tests.access.company import PARENTS, WHERES, Company, person_id

NEEDS_READ = ("update", "delete", "transfer", "export", "share")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Given:
    """What one role gives, its includes counted in."""

    roles: frozenset[str]
    grants: Mapping[tuple[str, str], frozenset[str]]
    fields: Mapping[str, str]


class Truth:
    """Answers about one company."""

    def __init__(self, company: Company) -> None:
        self.company, self.spec = company, company.spec
        self.chairs = self.spec.organization.positions
        self.units = self.spec.organization.departments
        self.rows = {(one.object, one.number): one.row for one in company.records}
        self._given = {name: self._of_role(role) for name, role in self.spec.roles.items()}
        self._holds = {number: self._of_person(number) for number in range(len(company.people))}

    # --- the questions ---

    def may_log_in(self, person: int) -> bool:
        """Say whether there is such a person for the rule."""
        return self.company.people[person].active

    def may(self, person: int, verb: Verb, object_name: str, row: Row) -> bool:
        """Say whether a person may do something to a record."""
        return any(self._alone(who, front, verb, object_name, row) for who, front in self._identities(person))

    def granted(self, person: int, verb: Verb, object_name: str) -> bool:
        """Say whether a verb is granted on some records, to the person or to whom they stand in for."""
        return any(self._holds[who].grants.get((object_name, verb)) for who, _ in self._identities(person))

    def may_become(self, person: int, verb: Verb, object_name: str, before: Row, after: Row) -> bool:
        """Say whether a person may make one row of another."""
        for who, front in self._identities(person):
            if self._alone(who, front, verb, object_name, before):
                if verb == "transfer":
                    if self._unrestricted(who, front, object_name, after):
                        return True
                elif self._alone(who, front, verb, object_name, after):
                    return True
        return False

    def level(self, person: int, object_name: str, field: str) -> str:
        """Return the highest level of a field, of the person's own and of those they stand in for."""
        return max((self._level(who, object_name, field) for who, _ in self._identities(person)), key=LEVELS.index)

    # --- one identity ---

    def _identities(self, person: int) -> Iterator[tuple[int, int | None]]:
        yield person, None
        seen = {person}
        for away, stand_in, since, until in self.company.delegations:
            now = since <= 0 and (until == 0 or until > 0)
            if stand_in == person and now and self.company.people[away].active and away not in seen:
                seen.add(away)
                yield away, person

    def _alone(self, who: int, front: int | None, verb: str, object_name: str, row: Row) -> bool:
        if verb in NEEDS_READ and not self._reaches(who, front, "read", object_name, row):
            return False
        return self._reaches(who, front, verb, object_name, row)

    def _reaches(self, who: int, front: int | None, verb: str, object_name: str, row: Row) -> bool:
        scopes = self._holds[who].grants.get((object_name, verb), frozenset())
        if not scopes or not self._unrestricted(who, front, object_name, row):
            return False
        default = self.spec.objects[object_name].default_access
        if default == "controlled_by_parent":
            name, targets = PARENTS[object_name]
            above = row[f"{name}_id"]
            if above is not None:
                target = targets[0] if len(targets) == 1 else row[f"{name}_object"]
                parent = self.rows[target, int(above[-12:])]
                if not self._reaches(who, front, "read", target, parent):
                    return False
                return verb in ("read", "export") or self._reaches(who, front, "update", target, parent)
        return self._opened(who, verb, object_name, row, default, scopes)

    def _opened(self, who: int, verb: str, object_name: str, row: Row, default: str, scopes: frozenset[str]) -> bool:
        guest = self.company.people[who].kind == "guest"
        if not guest and ((default == "edit" and verb in ("read", "update")) or (default == "read" and verb == "read")):
            return True
        if any(self._in_scope(who, scope, row["owner_id"]) for scope in scopes):
            return True
        wanted = {"read": ("read", "edit"), "update": ("edit",)}.get(verb, ())
        number = int(row["id"][-12:])
        for name, record, person, access, days in self.company.shares:
            if (name, record, person) == (object_name, number, who) and access in wanted and days >= 0:
                return True
        for rule in self.spec.sharing.values():
            if rule.object != object_name or rule.access not in wanted or not self._named(who, rule.to):
                continue
            if rule.owned_by and not self._owns_as(row["owner_id"], rule.owned_by):
                continue
            if not rule.where or WHERES[object_name][rule.where](row, person_id(who)) is True:
                return True
        return False

    def _unrestricted(self, who: int, front: int | None, object_name: str, row: Row) -> bool:
        for person in (who, front):
            for rule in self.spec.restrictions.values():
                if person is None or rule.object != object_name or not self._named(person, rule.principals):
                    continue
                if WHERES[object_name][rule.where](row, person_id(person)) is not True:
                    return False
        return True

    def _in_scope(self, who: int, scope: str, owner_id: str | None) -> bool:
        if scope == "all":
            return True
        if owner_id is None:
            return False
        owner = int(owner_id[-12:])
        if owner == who:
            return True
        mine = self._sits(who)
        theirs = [*self._sits(owner), *(one for one in self.company.people[owner].former if one in self.chairs)]
        return any(self._reached(scope, one, other) for one in mine for other in theirs)

    def _reached(self, scope: str, mine: str, theirs: str) -> bool:
        match scope:
            case "team":
                above = self.chairs[mine].reports_to
                return mine == theirs or (above != "" and self.chairs[theirs].reports_to == above)
            case "subordinates":
                return mine != theirs and mine in self._line(theirs)
            case "department":
                return self.chairs[theirs].department in self._led(mine)
            case "department_below":
                return not self._led(mine).isdisjoint(self._under(self.chairs[theirs].department))
        return False

    # --- where people sit ---

    def _sits(self, who: int) -> list[str]:
        return [name for name in self.company.people[who].positions if name in self.chairs]

    def _line(self, chair: str) -> list[str]:
        """Return a position and those above it."""
        way = []
        while chair:
            way.append(chair)
            chair = self.chairs[chair].reports_to
        return way

    def _under(self, unit: str) -> list[str]:
        """Return a department and those above it."""
        way = []
        while unit:
            way.append(unit)
            unit = self.units[unit].parent
        return way

    def _led(self, chair: str) -> set[str]:
        """Return the departments somebody on a position belongs to: where it sits, and what it manages."""
        own = self.chairs[chair].department
        return {name for name, unit in self.units.items() if unit.manager == chair} | ({own} if own else set())

    def _named(self, who: int, entries: tuple[Principal, ...]) -> bool:
        return any(
            one.role in self._holds[who].roles
            if one.role
            else any(self._meant(one, chair) for chair in self._sits(who))
            for one in entries
        )

    def _meant(self, one: Principal, chair: str) -> bool:
        if one.department:
            places = self._led(chair)
            return one.department in ({up for place in places for up in self._under(place)} if one.below else places)
        if one.position:
            return one.position in (self._line(chair) if one.below else [chair])
        above = self.chairs[chair].reports_to
        return chair == one.team_of or (above != "" and above == self.chairs[one.team_of].reports_to)

    def _owns_as(self, owner_id: str | None, entries: tuple[Principal, ...]) -> bool:
        if owner_id is None:
            return False
        owner = int(owner_id[-12:])
        one = self.company.people[owner]
        chairs = [name for name in (*one.positions, *one.former) if name in self.chairs]
        roles = [role for chair in chairs for role in self.chairs[chair].roles]
        roles += [name for name, days in one.roles if days >= 0]
        brought = {inner for role in roles for inner in self._given[role].roles}
        return any(
            entry.role in brought if entry.role else any(self._meant(entry, chair) for chair in chairs)
            for entry in entries
        )

    # --- roles ---

    def _of_person(self, who: int) -> Given:
        one = self.company.people[who]
        held = [role for chair in self._sits(who) for role in self.chairs[chair].roles]
        held += [name for name, days in one.roles if days >= 0]
        return _together([self._given[role] for role in held])

    def _of_role(self, role: Role) -> Given:
        inner = _together([self._of_role(self.spec.roles[name]) for name in role.include])
        muted = self._spread(role.mute)
        grants: dict[tuple[str, str], frozenset[str]] = {}
        for key, scopes in inner.grants.items():
            away = muted.get(key, frozenset())
            grants[key] = frozenset() if "all" in away else scopes - away
        for key, scopes in self._spread(role.grants).items():
            grants[key] = grants.get(key, frozenset()) | scopes
        return Given(inner.roles | {role.name}, grants, {**inner.fields, **role.fields})

    def _spread(self, grants: Mapping[str, Mapping[Any, tuple[Any, ...]]]) -> dict[tuple[str, str], frozenset[str]]:
        """Write `*` out over every object."""
        found: dict[tuple[str, str], frozenset[str]] = {}
        for name, verbs in grants.items():
            for object_name in self.spec.objects if name == "*" else (name,):
                for verb, scopes in verbs.items():
                    key = (object_name, verb)
                    found[key] = found.get(key, frozenset()) | frozenset(scopes)
        return found

    # --- fields ---

    def _level(self, who: int, object_name: str, field: str) -> str:
        held = self._holds[who]

        def granted(verb: str) -> bool:
            return bool(held.grants.get((object_name, verb)))

        if not any(map(granted, ("read", "update", "create"))):
            return "none"
        most = "edit" if granted("update") or granted("create") else "read"
        named = held.fields.get(f"{object_name}.{field}")
        own = most if named is None else min(named, most, key=LEVELS.index)
        inputs: dict[tuple[str, str], list[tuple[str, str]]] = {
            ("deal", "profit"): [("deal", "amount"), ("deal", "margin")],
            ("deal", "papers"): [("paper", "id")],
            ("deal", "pages"): [("paper", "pages"), ("paper", "deal"), ("paper", "id")],
        }
        if (object_name, field) not in inputs or own == "none":
            return own if field != "id" else "read"
        below = [self._level(who, *one) for one in inputs[object_name, field]]
        return min([own, "read", *below], key=LEVELS.index)


def _together(several: list[Given]) -> Given:
    """Unite what several roles give; the highest level that one of them names counts."""
    grants: dict[tuple[str, str], frozenset[str]] = {}
    fields: dict[str, str] = {}
    for one in several:
        for key, scopes in one.grants.items():
            grants[key] = grants.get(key, frozenset()) | scopes
        for address, level in one.fields.items():
            fields[address] = max(level, fields.get(address, level), key=LEVELS.index)
    return Given(frozenset[str]().union(*(one.roles for one in several)), grants, fields)
