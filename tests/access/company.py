"""Companies to hold the rule against: organisations, roles, sharing, people and records, drawn at random or exhaustive.

What other tests may use, and its shape:

- `drawn(seed) -> Company`: a company that depends on its seed alone.
- `every_scope() -> Company`: each scope on each verb, held on each position, against owners in every relation to it.
- `Company`: `spec`, and plain rows: `people` (`Member`), `records` (`Thing`), `shares`, `delegations`. People and
  records are numbers; `person_id` and `record_id` make ids of them. Records of different objects have the same ids.
- `settled(connection, company)`: the rows in a database, for the length of a `with`; everything is rolled back.
- `SHAPE`: a spec with the tables that every company has. `tests.records.crm.build(engine, SHAPE)` makes them; only the
  rules over them differ from company to company.
- `tests.access.truth.Truth(company)`: the right answers, worked out without any code of `crmspec.access`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

import sqlalchemy as sa

from crmspec.access import metadata_for
from crmspec.spec import (
    LEVELS,
    SCOPES,
    VERBS,
    Department,
    Field,
    Object,
    Organization,
    Pipeline,
    Position,
    Principal,
    Project,
    Restriction,
    Role,
    Scope,
    Sharing,
    Spec,
    Stage,
    Verb,
)
from tests.records.crm import NOW, field

STAGES = {
    "talk": Stage(name="talk", probability=10),
    "offer": Stage(name="offer", probability=60),
    "won": Stage(name="won", type="won", probability=100),
}


def _object(name: str, *fields: Field, default: str = "private") -> Object:
    made = {one.name: one for one in (field("name", "text", search=True), *fields)}
    return Object(name=name, default_access=default, title_field="name", fields=made)  # type: ignore[arg-type]


SHAPE = Spec(
    project=Project(crm="test"),
    objects={
        one.name: one
        for one in (
            _object(
                "deal",
                field("amount", "currency"),
                field("region", "picklist", options="east west"),
                field("closed", "boolean"),
                field("signed", "date"),
                field("grade", "text"),
                field("manager", "lookup", to="person"),
                field("stage", "picklist", options="talk offer won", pipeline="sales"),
                field("margin", "currency"),
                field("profit", "formula", result="currency", formula="amount - margin"),
                field("pages", "rollup", of="paper.pages", function="sum", via="deal"),
                field("papers", "rollup", of="paper", function="count"),
            ),
            _object(
                "paper",
                field("deal", "lookup", to="deal", parent=True),
                field("pages", "integer"),
                field("region", "picklist", options="east west"),
                default="controlled_by_parent",
            ),
            _object("line", field("paper", "lookup", to="paper", parent=True), default="controlled_by_parent"),
            _object("memo", field("about", "lookup", to="deal paper", parent=True), field("grade", "text")),
            _object(
                "asset",
                field("amount", "currency"),
                field("region", "picklist", options="east west"),
                field("deal", "lookup", to="deal"),
            ),
        )
    },
    pipelines={"sales": Pipeline(name="sales", object="deal", field="stage", stages=STAGES)},
)
TABLES = metadata_for(SHAPE).tables
PARENTS = {"paper": ("deal", ("deal",)), "line": ("paper", ("paper",)), "memo": ("about", ("deal", "paper"))}
_ACCESS = ("private", "private", "read", "edit")

# Conditions, each beside what it means for a row: True, False, or None where it cannot be known.
WHERES: dict[str, dict[str, Any]] = {
    "deal": {
        "amount >= 100": lambda row, me: None if row["amount"] is None else row["amount"] >= 10_000,
        "region == 'east'": lambda row, me: None if row["region"] is None else row["region"] == "east",
        "not (region == 'east')": lambda row, me: None if row["region"] is None else row["region"] != "east",
        "isblank(region)": lambda row, me: row["region"] is None,
        "closed": lambda row, me: row["closed"],
        "owner == me()": lambda row, me: None if row["owner_id"] is None else row["owner_id"] == me,
        "manager == me()": lambda row, me: None if row["manager_id"] is None else row["manager_id"] == me,
        "region == 'west' or amount >= 100": lambda row, me: (
            True
            if row["region"] == "west" or (row["amount"] or 0) >= 10_000
            else None
            if row["region"] is None or row["amount"] is None
            else False
        ),
        "signed >= date('2026-01-01')": lambda row, me: (
            None if row["signed"] is None else row["signed"] >= date(2026, 1, 1)
        ),
        "starts_with(grade, 'a')": lambda row, me: None if row["grade"] is None else row["grade"].startswith("a"),
        "stage.type == 'open' and stage.probability > 20": lambda row, me: (
            None if row["stage"] is None else row["stage"] == "offer"
        ),
    },
    "paper": {
        "region == 'east'": lambda row, me: None if row["region"] is None else row["region"] == "east",
        "pages > 3": lambda row, me: None if row["pages"] is None else row["pages"] > 3,
    },
    "line": {
        "created_by == me()": lambda row, me: None if row["created_by_id"] is None else row["created_by_id"] == me
    },
    "memo": {"grade != 'b'": lambda row, me: None if row["grade"] is None else row["grade"] != "b"},
    "asset": {
        "amount < 50 or isblank(amount)": lambda row, me: row["amount"] is None or row["amount"] < 5_000,
        "region == 'west'": lambda row, me: None if row["region"] is None else row["region"] == "west",
    },
}


@dataclass(frozen=True)
class Member:
    """One person. `former` positions count only for the records they own; days of a role are from now, 0: for ever."""

    kind: str = "person"
    active: bool = True
    positions: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    roles: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Thing:
    """One record: its owner and, where there is one, the record it hangs on; then its own columns."""

    object: str
    number: int
    owner: int | None
    parent: tuple[str, int] | None = None
    values: tuple[tuple[str, Any], ...] = ()

    @property
    def name(self) -> str:
        """Return what it is called: with a word that all have, and one that a third has."""
        return f"{self.object} {self.number} {('red', 'green', 'blue')[self.number % 3]}"

    @property
    def row(self) -> dict[str, Any]:
        """Return what stands in its table."""
        found: dict[str, Any] = {
            "id": record_id(self.number),
            "owner_id": person_id(self.owner),
            "created_by_id": person_id(self.number % 3),
            "created_at": NOW,
            "updated_at": NOW,
            "version": 1,
            "name": self.name,
            **dict(self.values),
        }
        if self.object in PARENTS:
            name, targets = PARENTS[self.object]
            found[f"{name}_id"] = record_id(self.parent[1]) if self.parent else None
            if len(targets) > 1:
                found[f"{name}_object"] = self.parent[0] if self.parent else None
        return found


@dataclass(frozen=True)
class Company:
    """Everything that decides: rules in `spec`, and rows."""

    spec: Spec
    people: tuple[Member, ...]
    records: tuple[Thing, ...]
    shares: tuple[tuple[str, int, int, str, int], ...] = ()  # object, record, person, access, days from now (0: ever)
    delegations: tuple[tuple[int, int, int, int], ...] = ()  # away, stand-in, since and until in days (0: ever)
    now: datetime = NOW


def person_id(number: int | None) -> str | None:
    """Return the id of a person. Some begin like others, so that comparing beginnings is found out."""
    return None if number is None else f"00000000-0000-7000-8000-{number:012}"


def record_id(number: int) -> str:
    """Return the id of a record: the same for records of different objects, so that mixing objects up is found out."""
    return f"00000000-0000-7000-8001-{number:012}"


@cache
def drawn(seed: int, *, records: int = 12) -> Company:
    """Draw a company; `records` of each object."""
    return _Draw(Random(seed)).company(records)


class _Draw:
    """One drawing."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.departments = [f"d{number}" for number in range(random.randint(1, 4))]
        self.positions = [f"p{number}" for number in range(random.randint(3, 8))]
        self.roles = [f"r{number}" for number in range(random.randint(2, 5))]

    def some(self, choices: Sequence[Any], most: int) -> tuple[Any, ...]:
        """Draw up to so many different ones."""
        return tuple(self.random.sample(list(choices), min(len(choices), self.random.randint(0, most))))

    def maybe(self, choices: Sequence[Any], chance: float = 0.6) -> Any:
        """Draw one, or nothing."""
        return self.random.choice(choices) if choices and self.random.random() < chance else ""

    def company(self, records: int) -> Company:
        """Draw all of it."""
        random = self.random
        spec = replace(
            SHAPE,
            objects={name: self.object(one) for name, one in SHAPE.objects.items()},
            roles={name: self.role(at, name) for at, name in enumerate(self.roles)},
            organization=Organization(departments=self.tree(), positions=self.chairs()),
        )
        spec = replace(
            spec,
            sharing={f"s{number}": self.sharing(f"s{number}") for number in range(random.randint(0, 7))},
            restrictions={f"x{number}": self.restriction(f"x{number}") for number in range(random.randint(0, 3))},
        )
        people = tuple(self.member() for _ in range(random.randint(4, 7)))
        who = range(len(people))
        numbers = range(records)
        shares = {
            (random.choice(list(SHAPE.objects)), random.choice(numbers), random.choice(who)): (
                random.choice(["read", "edit"]),
                random.choice([-1, 0, 0, 1]),
            )
            for _ in range(random.randint(0, 40))
        }
        delegations = {
            (away, stand_in, *random.choice([(-1, 0), (-1, 1), (-2, -1), (1, 2)]))
            for away, stand_in in ((random.choice(who), random.choice(who)) for _ in range(random.randint(0, 6)))
            if away != stand_in
        }
        return Company(
            spec,
            people,
            tuple(self.thing(name, number, who, records) for name in SHAPE.objects for number in numbers),
            tuple((*key, *said) for key, said in shares.items()),
            tuple(sorted(delegations)),
        )

    def object(self, one: Object) -> Object:
        """Draw who sees what nobody opened."""
        if one.name in ("paper", "line"):
            return one
        choices = (*_ACCESS, "controlled_by_parent") if one.name == "memo" else _ACCESS
        return replace(one, default_access=self.random.choice(choices))  # type: ignore[arg-type]

    def tree(self) -> dict[str, Department]:
        """Draw departments under each other."""
        return {
            name: Department(
                name=name, parent=self.maybe(self.departments[:at]), manager=self.maybe(self.positions, 0.5)
            )
            for at, name in enumerate(self.departments)
        }

    def chairs(self) -> dict[str, Position]:
        """Draw a reporting line."""
        return {
            name: Position(
                name=name,
                department=self.maybe(self.departments, 0.8),
                reports_to=self.maybe(self.positions[:at], 0.8),
                roles=self.some(self.roles, 2),
            )
            for at, name in enumerate(self.positions)
        }

    def grants(self, most: int) -> dict[str, dict[Verb, tuple[Scope, ...]]]:
        """Draw what a role gives."""
        found: dict[str, dict[Verb, tuple[Scope, ...]]] = {}
        for name in self.some([*SHAPE.objects, "*"], most):
            verbs = {"read", *self.some(VERBS, 6)} if self.random.random() < 0.8 else set(self.some(VERBS, 4))
            found[name] = {
                verb: self.some(SCOPES, 3) or (self.random.choice(SCOPES),) for verb in VERBS if verb in verbs
            }
        return found

    def role(self, at: int, name: str) -> Role:
        """Draw one role."""
        named = [f"{one.name}.{field}" for one in SHAPE.objects.values() for field in one.fields]
        include = self.some(self.roles[:at], 2)
        return Role(
            name=name,
            include=include,
            grants=self.grants(4),
            mute=self.grants(2) if include and self.random.random() < 0.5 else {},
            fields={address: self.random.choice(LEVELS) for address in self.some(named, 4)},
        )

    def people_meant(self, most: int, roles: float = 0.25) -> tuple[Principal, ...]:
        """Draw whom a rule names, roles as often as is said."""
        found = []
        for _ in range(self.random.randint(1, most)):
            below = self.random.random() < 0.5
            others = ["department", "position", "team_of"]
            kind = "role" if self.random.random() < roles else self.random.choice(others)
            match kind:
                case "role":
                    found.append(Principal(role=self.random.choice(self.roles)))
                case "department":
                    found.append(Principal(department=self.random.choice(self.departments), below=below))
                case "position":
                    found.append(Principal(position=self.random.choice(self.positions), below=below))
                case _:
                    found.append(Principal(team_of=self.random.choice(self.positions)))
        return tuple(dict.fromkeys(found))

    def sharing(self, name: str) -> Sharing:
        """Draw a sharing rule: by condition, by owner, by both, or of everything."""
        of = self.random.choice(["deal", "deal", "asset", "memo"])
        kind = self.random.choice(["where", "where", "owner", "owner", "both", "all"])
        return Sharing(
            name=name,
            object=of,
            where=self.random.choice(list(WHERES[of])) if kind in ("where", "both") else "",
            owned_by=self.people_meant(2, 0.6) if kind in ("owner", "both") else (),
            to=self.people_meant(2),
            access=self.random.choice(["read", "edit"]),
        )

    def restriction(self, name: str) -> Restriction:
        """Draw a restriction."""
        of = self.random.choice(["deal", "deal", "paper", "line", "memo", "asset"])
        return Restriction(
            name=name, object=of, principals=self.people_meant(2), where=self.random.choice(list(WHERES[of]))
        )

    def member(self) -> Member:
        """Draw one person."""
        kind = self.random.choices(["person", "integration", "guest"], [6, 1, 1])[0]
        seats = self.some(self.positions, 2) if kind != "guest" else ()
        former = self.some(self.positions, 2) if not seats and kind == "person" else ()
        roles = tuple((name, self.random.choice([-1, 0, 1])) for name in self.some(self.roles, 2))
        return Member(kind, self.random.random() < 0.85, seats, former, roles)

    def thing(self, name: str, number: int, people: Sequence[int], records: int) -> Thing:
        """Draw one record."""
        random = self.random
        values = drawn_values(random, name, people)
        parent = None
        if name in PARENTS and random.random() < 0.8:
            parent = (random.choice(PARENTS[name][1]), random.randrange(records))
        owner = random.choice(people) if random.random() < 0.9 else None
        return Thing(name, number, owner, parent, tuple(values.items()))


def drawn_values(random: Random, object_name: str, people: Sequence[int]) -> dict[str, Any]:
    """Draw what a record says of itself; blanks are frequent."""

    def or_blank(value: Any) -> Any:
        return value if random.random() < 0.75 else None

    region = or_blank(random.choice(["east", "west"]))
    amount = or_blank(random.choice([0, 4_999, 5_000, 9_999, 10_000, 20_000]))
    match object_name:
        case "deal":
            return {
                "amount": amount,
                "region": region,
                "closed": or_blank(random.random() < 0.5),
                "signed": or_blank(random.choice([date(2025, 12, 31), date(2026, 1, 1)])),
                "grade": or_blank(random.choice(["a", "ab", "b"])),
                "manager_id": or_blank(person_id(random.choice(people))),
                "stage": or_blank(random.choice(list(STAGES))),
            }
        case "paper":
            return {"region": region, "pages": or_blank(random.choice([3, 4]))}
        case "memo":
            return {"grade": or_blank(random.choice(["a", "b"]))}
        case "asset":
            return {"amount": amount, "region": region, "deal_id": or_blank(record_id(random.randrange(8)))}
    return {}


@cache
def every_scope() -> Company:
    """Return three levels of an organisation, each scope on each position, and a record of everybody."""
    departments = {
        "head": Department(name="head", manager="chief"),
        "sales": Department(name="sales", parent="head", manager="lead"),
        "east": Department(name="east", parent="sales"),
        "works": Department(name="works", parent="head"),
    }
    line = {
        "chief": ("head", ""),
        "lead": ("sales", "chief"),
        "foreman": ("works", "chief"),
        "rep": ("east", "lead"),
        "other": ("east", "lead"),
        "worker": ("works", "foreman"),
    }
    roles: dict[str, Role] = {
        scope: Role(name=scope, grants={"deal": dict.fromkeys(VERBS, (scope,))}) for scope in SCOPES
    }
    positions = {name: Position(name=name, department=of, reports_to=to) for name, (of, to) in line.items()}
    spec = replace(SHAPE, roles=roles, organization=Organization(departments=departments, positions=positions))
    people = [Member(positions=(chair,), roles=((scope, 0),)) for chair in positions for scope in SCOPES]
    people += [Member(former=("rep",)), Member(active=False, positions=("worker",)), Member(roles=(("team", 0),))]
    records = [Thing("deal", number, number) for number in range(len(people))]
    return Company(spec, tuple(people), (*records, Thing("deal", len(people), None)))


@cache
def every_way() -> Company:
    """Return people with each scope for read beside each for update, whom rules and shares let in besides, and who
    stand in for each other.
    """
    pairs = [(read, update) for read in SCOPES for update in SCOPES]
    roles = {f"{r}_{u}": Role(name=f"{r}_{u}", grants={"deal": {"read": (r,), "update": (u,)}}) for r, u in pairs}
    chairs = {
        "boss": Position(name="boss", department="one"),
        "clerk": Position(name="clerk", department="one", reports_to="boss"),
        "mate": Position(name="mate", department="two", reports_to="boss"),
        "empty": Position(name="empty"),
    }
    everybody = (Principal(position="boss"),)
    rules = (
        Sharing(name="east", object="deal", where="region == 'east'", to=(Principal(role="team_own"),)),
        Sharing(name="of_clerks", object="deal", owned_by=(Principal(position="clerk"),), to=everybody, access="edit"),
        Sharing(name="of_mates", object="deal", owned_by=(Principal(position="mate"),), to=everybody, access="edit"),
        Sharing(
            name="of_nobody",
            object="deal",
            where="closed",
            owned_by=(Principal(position="empty"),),
            to=(Principal(role="team_own"),),
        ),
    )
    spec = replace(
        SHAPE,
        roles=roles,
        sharing={rule.name: rule for rule in rules},
        organization=Organization(departments={n: Department(name=n) for n in ("one", "two")}, positions=chairs),
    )
    bosses = [Member(positions=("boss",), roles=((name, 0),)) for name in roles]
    plain = [Member(positions=chairs, roles=(("own_own", 0),)) for chairs in (("clerk",), ("mate",), ())]
    people = (*bosses, *plain)
    first, last = len(bosses), len(people) - 1
    random = Random(0)
    records = [
        Thing("deal", number, owner, None, tuple(drawn_values(random, "deal", range(3)).items()))
        for number, owner in enumerate([*(who for who in range(first, last + 1) for _ in range(6)), 0, 1, None, None])
    ]
    shares = tuple(
        ("deal", number, who, random.choice(["read", "edit"]), 0)
        for who in range(first) for number in random.sample(range(len(records)), 4)
    )  # fmt: skip
    delegations = ((first, last, -1, 0), (first + 1, last, -1, 0), (last, first, -1, 1))
    return Company(spec, people, tuple(records), shares, delegations)


@contextmanager
def settled(connection: sa.Connection, company: Company) -> Iterator[None]:
    """Put a company into the database, and take it out again."""
    with connection.begin() as transaction:
        for name, rows in rows_of(company).items():
            if rows:
                connection.execute(sa.insert(TABLES[name]), rows)
        try:
            yield
        finally:
            transaction.rollback()


def rows_of(company: Company) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every table, in an order that foreign keys allow."""

    def moment(days: int) -> datetime | None:
        return company.now + timedelta(days=days) if days else None

    rows: dict[str, list[dict[str, Any]]] = {"crmspec_person": [], "crmspec_person_position": []}
    rows |= {"crmspec_person_role": [], "crmspec_delegation": [], "crmspec_share": []}
    for number, one in enumerate(company.people):
        me = person_id(number)
        rows["crmspec_person"].append(
            {
                "id": me,
                "login": f"u{number}",
                "name": f"U{number}",
                "active": one.active,
                "theme": "system",
                "kind": one.kind,
                "created_at": company.now,
            }
        )
        for names, former in ((one.positions, False), (one.former, True)):
            rows["crmspec_person_position"] += [{"person_id": me, "position": name, "former": former} for name in names]
        rows["crmspec_person_role"] += [
            {"person_id": me, "role": name, "until": moment(days)} for name, days in one.roles
        ]
    for at, (away, stand_in, since, until) in enumerate(company.delegations):
        rows["crmspec_delegation"].append(
            {
                "id": f"00000000-0000-7000-8002-{at:012}",
                "person_id": person_id(away),
                "stand_in_id": person_id(stand_in),
                "since": moment(since) or company.now,
                "until": moment(until),
                "created_at": company.now,
            }
        )
    for object_name, number, person, access, days in company.shares:
        rows["crmspec_share"].append(
            {
                "object": object_name,
                "record_id": record_id(number),
                "person_id": person_id(person),
                "access": access,
                "until": moment(days),
                "created_at": company.now,
            }
        )
    for thing in company.records:
        row = {column.name: None for column in TABLES[thing.object].columns}
        rows.setdefault(thing.object, []).append({**row, **thing.row})
    rows["crmspec_search"] = [
        {"object": one.object, "record_id": record_id(one.number), "field": "name", "content": one.name}
        for one in company.records
    ]
    return rows
