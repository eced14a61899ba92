"""Compare every answer about a company: the plain truth, the rule in Python, the rule in SQL. One query a person and
object says which records each verb reaches.
"""

from __future__ import annotations

from random import Random
from typing import Any

import sqlalchemy as sa

from crmspec.access import UnknownPerson, allows, field_level, load_actor, may_become, predicate
from crmspec.spec import VERBS, Verb
from tests.access.company import TABLES, Company, drawn_values, person_id, record_id, settled
from tests.access.truth import Truth


class Disagreement(AssertionError):
    """Two answers to one question."""


class Answers:
    """The truth about a company, worked out once and held against any number of databases."""

    def __init__(self, company: Company) -> None:
        self.company, self.truth = company, Truth(company)
        self.objects = [name for name in company.spec.objects if any(one.object == name for one in company.records)]
        self.things: dict[str, list[Any]] = {name: [] for name in self.objects}
        for one in company.records:
            self.things[one.object].append((one.number, one.row))
        self.people = [who for who in range(len(company.people)) if self.truth.may_log_in(who)]
        self.right = {
            (who, name, number): tuple(self.truth.may(who, verb, name, row) for verb in VERBS)
            for who in self.people
            for name in self.objects
            for number, row in self.things[name]
        }

    def compare_sql(self, connection: sa.Connection) -> int:
        """Hold the predicate of one database against the truth; return how many decisions were compared."""
        with settled(connection, self.company):
            self._unknown(connection)
            return sum(self._compare_person(connection, who) for who in self.people)

    def _unknown(self, connection: sa.Connection) -> None:
        for who in set(range(len(self.company.people))) - set(self.people):
            try:
                load_actor(connection, self.company.spec, str(person_id(who)), self.company.now)
            except UnknownPerson:
                continue
            raise Disagreement(f"u{who} is not active and was let in")

    def _compare_person(self, connection: sa.Connection, who: int) -> int:
        actor = load_actor(connection, self.company.spec, str(person_id(who)), self.company.now)
        compared = 0
        for name in self.objects:
            table = TABLES[name].alias()
            answers = [sa.case((predicate(actor, verb, name, table), 1), else_=0) for verb in VERBS]
            found = {row[0]: tuple(map(bool, row[1:])) for row in connection.execute(sa.select(table.c.id, *answers))}
            for number, _ in self.things[name]:
                self._same("sql", who, name, number, found[record_id(number)])
                compared += len(VERBS)
        return compared

    def _same(self, side: str, who: int, name: str, number: int, answer: tuple[bool, ...]) -> None:
        right = self.right[who, name, number]
        if answer != right:
            wrong = {verb: said for verb, said, true in zip(VERBS, answer, right, strict=True) if said != true}
            raise Disagreement(f"{side}: u{who} on {name} {number} says {wrong}")

    def compare_python(self, connection: sa.Connection) -> int:
        """Hold the rule in Python, new rows and field levels against the truth."""
        with settled(connection, self.company):
            return sum(self._compare_plain(connection, who) for who in self.people)

    def _compare_plain(self, connection: sa.Connection, who: int) -> int:
        actor = load_actor(connection, self.company.spec, str(person_id(who)), self.company.now)
        rows = {(name, record_id(number)): row for name, things in self.things.items() for number, row in things}

        def find(name: str, record: str) -> dict[str, Any] | None:
            return rows.get((name, record))

        random, compared = Random(who), 0
        for name in self.objects:
            for number, row in self.things[name]:
                answer = tuple(allows(actor, verb, name, row, find) for verb in VERBS)
                self._same("python", who, name, number, answer)
                compared += len(VERBS)
            compared += self._compare_changes(actor, who, name, random, find)
            for field in self.company.spec.objects[name].fields:
                said, right = (
                    field_level(actor.rights, self.company.spec, name, field),
                    self.truth.level(who, name, field),
                )
                if said != right:
                    raise Disagreement(f"u{who}: {name}.{field} is {said} and should be {right}")
                compared += 1
        return compared

    def _compare_changes(self, actor: Any, who: int, name: str, random: Random, find: Any) -> int:
        """Turn records into others: other values, other owners, other parents."""
        verbs: tuple[Verb, ...] = ("update", "transfer")
        for number, before in random.sample(self.things[name], min(6, len(self.things[name]))):
            other = random.choice(self.things[name])[1]
            values = drawn_values(random, name, range(len(self.company.people)))
            after = {**other, **values, "id": record_id(number)}
            for verb in verbs:
                said = may_become(actor, verb, name, before, after, find)
                if said != self.truth.may_become(who, verb, name, before, after):
                    raise Disagreement(f"u{who} may {verb} {name} {number} into {after}: {said}")
        return min(6, len(self.things[name])) * len(verbs)
