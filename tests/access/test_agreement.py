"""The rule is written twice, and both say the same: for every person, verb and record of generated companies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crmspec.access import Actor, allows, load_actor, metadata_for, predicate
from crmspec.deploy.database import open_database
from crmspec.spec import SCOPES, VERBS, Department, Field, Object, Organization, Position, Project, Role, Spec
from tests.records.crm import NOW, build

_OBJECTS = ("deal", "paper", "line", "memo")
_ACCESS = ("private", "read", "edit")


def _object(name: str, default: str, *fields: Field) -> Object:
    return Object(name=name, default_access=default, title_field="id", fields={one.name: one for one in fields})  # type: ignore[arg-type]


@dataclass(frozen=True)
class Company:
    """A spec, who sits where, and records: (object, number, owner or None, parent as (object, number) or None)."""

    spec: Spec
    seats: tuple[tuple[int, str], ...]
    direct: tuple[tuple[int, str, int], ...]
    people: int
    records: tuple[tuple[str, int, int | None, tuple[str, int] | None], ...]


@st.composite
def companies(draw: st.DrawFn) -> Company:
    """Draw a reporting line, a department tree, roles over every verb and scope, people and records."""
    departments = [f"d{number}" for number in range(draw(st.integers(1, 3)))]
    positions = [f"p{number}" for number in range(draw(st.integers(2, 6)))]
    roles = [f"r{number}" for number in range(draw(st.integers(1, 4)))]
    tree = {
        name: Department(
            name=name,
            parent=draw(st.sampled_from(["", *departments[:at]])),
            manager=draw(st.sampled_from(["", *positions])),
        )
        for at, name in enumerate(departments)
    }
    chairs = {
        name: Position(
            name=name,
            department=draw(st.sampled_from(["", *departments])),
            reports_to=draw(st.sampled_from(["", *positions[:at]])),
            roles=tuple(draw(st.lists(st.sampled_from(roles), max_size=2, unique=True))),
        )
        for at, name in enumerate(positions)
    }
    scopes = st.lists(st.sampled_from(SCOPES), min_size=1, max_size=3, unique=True).map(tuple)
    grants = st.dictionaries(
        st.sampled_from([*_OBJECTS, "*"]), st.dictionaries(st.sampled_from(VERBS), scopes, max_size=5), max_size=4
    )
    made = {
        name: Role(
            name=name,
            grants=draw(grants),
            mute=draw(st.one_of(st.just({}), grants)),
            include=tuple(draw(st.lists(st.sampled_from(roles[:at]), max_size=2, unique=True))) if at else (),
        )
        for at, name in enumerate(roles)
    }
    objects = (
        _object("deal", draw(st.sampled_from(_ACCESS))),
        _object("paper", "controlled_by_parent", Field(name="deal", type="lookup", to=("deal",), parent=True)),
        _object("line", "controlled_by_parent", Field(name="paper", type="lookup", to=("paper",), parent=True)),
        _object(
            "memo",
            draw(st.sampled_from(("controlled_by_parent", "private"))),
            Field(name="about", type="lookup", to=("deal", "paper"), parent=True),
        ),
    )
    spec = Spec(
        project=Project(crm="test"),
        objects={one.name: one for one in objects},
        roles=made,
        organization=Organization(departments=tree, positions=chairs),
    )
    people = draw(st.integers(2, 5))
    person = st.integers(0, people - 1)
    seats = draw(st.lists(st.tuples(person, st.sampled_from(positions)), max_size=7, unique=True))
    direct = draw(
        st.lists(
            st.tuples(person, st.sampled_from(roles), st.sampled_from([-1, 0, 1])),
            max_size=2,
            unique_by=lambda d: d[:2],
        )
    )
    owner = st.one_of(st.none(), person)
    records: list[tuple[str, int, int | None, tuple[str, int] | None]] = []
    for name, parents in (("deal", ()), ("paper", ("deal",)), ("line", ("paper",)), ("memo", ("deal", "paper"))):
        above = [(target, number) for target in parents for number in range(3)]
        for number in range(3):
            parent = draw(st.one_of(st.none(), st.sampled_from(above))) if above else None
            records.append((name, number, draw(owner), parent))
    return Company(spec, tuple(seats), tuple(direct), people, tuple(records))


def _id(kind: int, number: int) -> str:
    """Return an id; records of different objects have the same ones, so that mixing objects up is found."""
    return f"00000000-0000-7000-{8000 + kind:04}-{number:012}"


@contextmanager
def settled(connection: sa.Connection, company: Company) -> Iterator[None]:
    """Put a company into the database, and take it out again."""
    tables = TABLES
    with connection.begin() as transaction:
        connection.execute(
            sa.insert(tables["crmspec_person"]),
            [
                {
                    "id": _id(0, n),
                    "login": f"u{n}",
                    "name": f"U{n}",
                    "active": True,
                    "theme": "system",
                    "created_at": NOW,
                }
                for n in range(company.people)
            ],
        )
        if company.seats:
            connection.execute(
                sa.insert(tables["crmspec_person_position"]),
                [{"person_id": _id(0, n), "position": name} for n, name in company.seats],
            )
        if company.direct:
            connection.execute(
                sa.insert(tables["crmspec_person_role"]),
                [
                    {"person_id": _id(0, n), "role": name, "until": NOW + timedelta(days=days) if days else None}
                    for n, name, days in company.direct
                ],
            )
        for name, number, owner, parent in company.records:
            row: dict[str, Any] = {
                "id": _id(1, number),
                "owner_id": None if owner is None else _id(0, owner),
                "created_at": NOW,
                "updated_at": NOW,
                "version": 1,
            }
            if parent is not None:
                field = next(iter(company.spec.objects[name].fields.values()))
                row[f"{field.name}_id"] = _id(1, parent[1])
                if len(field.to) > 1:
                    row[f"{field.name}_object"] = parent[0]
            connection.execute(sa.insert(tables[name]), row)
        try:
            yield
        finally:
            transaction.rollback()


def decisions(connection: sa.Connection, company: Company) -> int:
    """Compare both answers for everything; return how many there were."""
    tables = TABLES
    rows = {
        name: {row["id"]: dict(row) for row in connection.execute(sa.select(tables[name])).mappings()}
        for name in _OBJECTS
    }

    def find(object_name: str, record_id: str) -> dict[str, Any] | None:
        return rows[object_name].get(record_id)

    compared = 0
    for number in range(company.people):
        actor = load_actor(connection, company.spec, _id(0, number), NOW)
        for name in _OBJECTS:
            alias = tables[name].alias()
            answers = [sa.case((predicate(actor, verb, name, alias), 1), else_=0) for verb in VERBS]
            full = actor_in_full(actor)
            for record_id, *by_sql in connection.execute(sa.select(alias.c.id, *answers)):
                by_python = [int(allows(full, verb, name, rows[name][record_id], find)) for verb in VERBS]
                assert by_sql == by_python, (number, name, record_id)
                compared += len(VERBS)
    return compared


def actor_in_full(actor: Actor) -> Actor:
    """Scopes that nobody was granted are not loaded; the oracle asks only for those that were."""
    return replace(actor, owners={scope: actor.owners.get(scope, frozenset()) for scope in SCOPES})


def _shape(spec: Spec) -> Spec:
    """Tables do not depend on who may do what."""
    return replace(spec, roles={}, organization=Organization())


@pytest.fixture
def connection(database_url: str) -> Iterator[sa.Connection]:
    """A database with the tables that every drawn company has."""
    engine = open_database(database_url)
    build(engine, _shape(companies_spec()))
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def companies_spec() -> Spec:
    """Any drawn spec: they have the same tables."""
    fields = {
        "deal": (),
        "paper": (Field(name="deal", type="lookup", to=("deal",), parent=True),),
        "line": (Field(name="paper", type="lookup", to=("paper",), parent=True),),
        "memo": (Field(name="about", type="lookup", to=("deal", "paper"), parent=True),),
    }
    return Spec(
        project=Project(crm="test"), objects={name: _object(name, "private", *parts) for name, parts in fields.items()}
    )


TABLES = metadata_for(companies_spec()).tables


def test_python_and_sql_give_the_same_answers(connection: sa.Connection) -> None:
    """Two descriptions of one rule, written apart, differ in no decision."""
    compared = 0

    @settings(
        max_examples=80,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(companies())
    def compare(company: Company) -> None:
        nonlocal compared
        with settled(connection, company):
            compared += decisions(connection, company)

    compare()
    assert compared > 20_000
