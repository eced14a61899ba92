"""Every way to a record that people have, held against the truth about a company.

Lists, counts, single records, buttons, search, look-ups, related lists, boards, reports with their totals, exports,
sums over children, names behind lookups, filters and sorts, histories; then each way to change something, undone again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

import sqlalchemy as sa

from crmspec.access import load_actor
from crmspec.records import BadQuestion, Condition, Forbidden, Invalid, NotFound, RecordError, Records, Ref
from crmspec.reports import run
from crmspec.spec import VERBS, Report, Verb
from tests.access.agreement import Answers, Disagreement
from tests.access.company import STAGES, TABLES, drawn_values, person_id, record_id, settled

_ALL = 200
_COLOURS = ("red", "green", "blue")
_WORDS = ("deal", "memo", "green")


@dataclass
class Way:
    """One person's ways to the records of a company."""

    connection: sa.Connection
    answers: Answers
    who: int
    sample: int

    def __post_init__(self) -> None:
        company = self.answers.company
        self.actor = load_actor(self.connection, company.spec, str(person_id(self.who)), company.now)
        self.records = Records(company.spec, self.connection, self.actor, now=lambda: company.now)
        self.truth, self.compared = self.answers.truth, 0

    # --- what is right ---

    def may(self, verb: Verb, name: str, number: int) -> bool:
        """Say whether the person may do this to a record."""
        return self.answers.right[self.who, name, number][VERBS.index(verb)]

    def reached(self, verb: Verb, name: str) -> set[str]:
        """Return the ids a verb reaches."""
        return {record_id(number) for number, _ in self.answers.things[name] if self.may(verb, name, number)}

    def some(self, name: str) -> list[tuple[int, dict[str, Any]]]:
        """Return some records of an object."""
        things = self.answers.things[name]
        return Random(f"{self.who} {name}").sample(things, min(self.sample, len(things)))

    def report(self, report: Report, verb: Verb = "read") -> Any:
        """Run a report as the person."""
        company = self.answers.company
        return run(company.spec, self.connection, self.actor, report, now=company.now, verb=verb)

    def reads(self, name: str, field: str) -> bool:
        """Say whether a field may be used."""
        return self.truth.level(self.who, name, field) in ("read", "edit")

    def granted(self, verb: Verb, name: str) -> bool:
        """Say whether a verb is granted on an object at all."""
        return self.truth.granted(self.who, verb, name)

    # --- comparing ---

    def same(self, what: str, said: object, right: object) -> None:
        """Note one comparison."""
        self.compared += 1
        if said != right:
            raise Disagreement(f"u{self.who}: {what} is {said}, and should be {right}")

    def refused(self, what: str, ask: Callable[[], object], *kinds: type[RecordError]) -> None:
        """Note that something has to be refused."""
        self.compared += 1
        try:
            found = ask()
        except kinds:
            return
        raise Disagreement(f"u{self.who}: {what} is not refused: {found!r}"[:400])

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Take back whatever happens inside."""
        savepoint = self.connection.begin_nested()
        try:
            yield
        finally:
            savepoint.rollback()


def compare_paths(connection: sa.Connection, answers: Answers, *, sample: int = _ALL) -> int:
    """Go every way as every person; return how many comparisons there were. Single records: `sample` of each object."""
    compared = 0
    with settled(connection, answers.company):
        for who in answers.people:
            way = Way(connection, answers, who, sample)
            for check in _CHECKS:
                check(way)
            compared += way.compared
    return compared


def _lists(way: Way) -> None:
    """Lists and their counts."""
    for name in way.answers.objects:
        right = way.reached("read", name)
        if not way.granted("read", name):
            way.refused(f"a list of {name}", partial(way.records.page, name), Forbidden)
            continue
        page = way.records.page(name, columns=("name",), limit=_ALL)
        way.same(f"the list of {name}", {row.id for row in page.rows}, right)
        way.same(f"the count of {name}", page.count, len(right))


def _singles(way: Way) -> None:
    """Single records, their titles and histories, and what is offered on their pages."""
    for name in way.answers.objects:
        for number, _ in way.some(name):
            one, right = record_id(number), way.may("read", name, number)
            if right:
                way.same(f"{name} {number}", way.records.get(name, one).id, one)
            else:
                kinds = (NotFound,) if way.granted("read", name) else (NotFound, Forbidden)
                way.refused(f"{name} {number}", partial(way.records.get, name, one), *kinds)
                way.refused(f"history of {name} {number}", partial(way.records.history, name, one), *kinds)
                way.same(f"title of {name} {number}", way.records.title(name, one), "")
            offered = way.records.may_do(name, one, VERBS)
            way.same(f"may_do {name} {number}", offered, {verb: way.may(verb, name, number) for verb in VERBS})


def _searches(way: Way) -> None:
    """Search over everything, search in a list, and look-ups."""
    hits = [{(hit.ref.object, hit.ref.id) for hit in way.records.search(word, per_object=_ALL)} for word in _WORDS]
    for name in way.answers.objects:
        named = way.reached("read", name) if way.reads(name, "name") else set()
        for word, found in zip(_WORDS, hits, strict=True):
            right = {one for one in named if _has(word, name, one)}
            way.same(f"search {word} in {name}", {one for of, one in found if of == name}, right)
        if way.granted("read", name):
            listed = way.records.page(name, columns=("name",), search="green", limit=_ALL)
            way.same(
                f"list search in {name}",
                {row.id for row in listed.rows},
                {one for one in named if _has("green", name, one)},
            )
    if way.truth.level(way.who, "paper", "deal") == "none":
        way.refused("look-up", partial(way.records.choices, "paper", "deal"), Forbidden)
        return
    deals = way.reached("read", "deal")
    way.same("look-up", {ref.id for ref in way.records.choices("paper", "deal", limit=_ALL)}, deals)
    typed = {ref.id for ref in way.records.choices("paper", "deal", "blue", limit=_ALL)}
    way.same("typeahead", typed, {one for one in deals if way.reads("deal", "name") and _has("blue", "deal", one)})


def _has(word: str, name: str, record: str) -> bool:
    number = int(record[-12:])
    return word == name or word == _COLOURS[number % 3]


def _children(way: Way) -> None:
    """Related lists, names behind lookups, and sums over children."""
    papers = {record_id(number): row for number, row in way.answers.things["paper"]}
    deals, mine = way.reached("read", "deal"), way.reached("read", "paper")
    if way.granted("read", "paper") and way.reads("paper", "deal"):
        for row in way.records.page("paper", columns=("deal",), limit=_ALL).rows:
            to, shown = papers[row.id]["deal_id"], row["deal"]
            way.same(f"deal of {row.id}", shown is None, to is None)
            way.same(f"id behind {row.id}", getattr(shown, "id", ""), to if to in deals else "")
        for number, _ in way.some("deal"):
            _related(way, record_id(number), deals, {one: papers[one]["deal_id"] for one in mine})
        if way.reads("deal", "name"):
            by_name = way.records.page("paper", where=[Condition("deal.name", "contains", "deal")], limit=_ALL)
            way.same(
                "papers by the name of their deal",
                {row.id for row in by_name.rows},
                {paper for paper in mine if papers[paper]["deal_id"] in deals},
            )
    if not way.granted("read", "deal"):
        return
    page = way.records.page("deal", columns=("pages", "profit"), limit=_ALL)
    way.same(
        "columns of deals",
        set(page.columns),
        {name for name in ("pages", "profit") if way.truth.level(way.who, "deal", name) != "none"},
    )
    if way.reads("deal", "pages"):
        for row in page.rows:
            right = sum(papers[one]["pages"] or 0 for one in mine if papers[one]["deal_id"] == row.id)
            way.same(f"pages of {row.id}", row["pages"] or 0, right)


def _related(way: Way, deal: str, deals: set[str], papers: dict[str, str]) -> None:
    if deal in deals:
        found = {row.id for row in way.records.related("deal", deal, "paper_deal", columns=("name",), limit=_ALL).rows}
        way.same(f"papers of {deal}", found, {paper for paper, of in papers.items() if of == deal})
    else:
        way.refused(f"papers of {deal}", partial(way.records.related, "deal", deal, "paper_deal"), NotFound, Forbidden)


def _behind(way: Way) -> None:
    """A lookup that access does not follow: what it points at is hidden, and cannot be filtered or grouped out."""
    if not way.granted("read", "asset") or not way.reads("asset", "deal"):
        return
    deals, mine = way.reached("read", "deal"), way.reached("read", "asset")
    to = {record_id(number): row["deal_id"] for number, row in way.answers.things["asset"]}
    amounts = {record_id(number): row["amount"] for number, row in way.answers.things["deal"]}
    for row in way.records.page("asset", columns=("deal",), limit=_ALL).rows:
        shown = row["deal"]
        way.same(f"whether {row.id} has a deal", shown is None, to[row.id] is None)
        way.same(f"id of the deal of {row.id}", getattr(shown, "id", ""), to[row.id] if to[row.id] in deals else "")

    def found(*where: Condition) -> set[str]:
        return {row.id for row in way.records.page("asset", columns=("name",), where=where, limit=_ALL).rows}

    for deal in sorted({one for one in to.values() if one is not None})[: way.sample]:
        right = {one for one in mine if to[one] == deal} if deal in deals else set()
        way.same("assets of a deal", found(Condition("deal", "is", deal)), right)
        way.same("assets of other deals", found(Condition("deal", "is_not", deal)), mine - right)
    if way.reads("deal", "amount"):
        right = {one for one in mine if to[one] in deals and (amounts[to[one]] or 0) >= 5_000}
        way.same("assets of large deals", found(Condition("deal.amount", "at_least", "50")), right)
        large = Report(name="large", object="asset", columns=("id",), filter="deal.amount >= 50")
        way.same("report of large deals", {row.id for row in way.report(large).rows}, right)
    grouped = way.report(Report(name="by_deal", object="asset", group_by=("deal",), totals={"records": ()}))
    by_deal = {one.key.id: one.count for one in grouped.groups if isinstance(one.key, Ref) and one.key.id}
    seen = {deal: sum(to[one] == deal for one in mine) for deal in deals}
    way.same("assets by deal", by_deal, {deal: count for deal, count in seen.items() if count})


def _boards_and_reports(way: Way) -> None:
    """Boards, groups, totals, exports."""
    deals = {record_id(number): row for number, row in way.answers.things["deal"]}
    right = way.reached("read", "deal")
    summed = Report(name="by_region", object="deal", group_by=("region",), totals={"amount": ("sum",), "records": ()})
    if not way.granted("read", "deal"):
        way.refused("a report", partial(way.report, summed), Forbidden)
        return
    if way.reads("deal", "stage"):
        board = way.records.board("deal", per_column=_ALL)
        staged = {one for one in right if deals[one]["stage"] in STAGES}
        way.same("the board", {card.id for column in board.columns for card in column.cards}, staged)
        way.same("its counts", sum(column.count for column in board.columns), len(staged))
    else:
        way.refused("the board", partial(way.records.board, "deal"), Forbidden, BadQuestion)
    if way.reads("deal", "region") and way.reads("deal", "amount"):
        found = way.report(summed)
        for region in ("east", "west", None):
            inside = [deals[one] for one in right if deals[one]["region"] == region]
            group = next((one for one in found.groups if one.key == region), None)
            way.same(f"records in {region}", group.count if group else 0, len(inside))
            total = group.totals["amount", "sum"] if group else None
            said = sum((Decimal(row["amount"]) / 100 for row in inside if row["amount"] is not None), Decimal(0))
            way.same(f"amount in {region}", total or Decimal(0), said)
    else:
        way.refused("a report over hidden fields", partial(way.report, summed), Forbidden)
    listed = Report(name="all", object="deal", columns=("id",))
    if way.granted("export", "deal"):
        way.same("the export", {row.id for row in way.report(listed, "export").rows}, way.reached("export", "deal"))
    else:
        way.refused("the export", partial(way.report, listed, "export"), Forbidden)


def _guesses(way: Way) -> None:
    """A hidden value cannot be found out by filters, sorts, groups, totals and pages."""
    if not way.granted("read", "deal"):
        return
    for name, operator in (("margin", "at_least"), ("grade", "starts_with"), ("profit", "at_most")):
        if way.reads("deal", name):
            continue
        page, blank = partial(way.records.page, "deal"), f"isblank({name})"
        listed = Report(name="guess", object="deal", columns=("id",))
        questions: list[Callable[[], object]] = [
            partial(page, where=[Condition(name, operator, "1")]),
            partial(page, where=[Condition(name, "is_empty")]),
            partial(page, sort=[name]),
            partial(page, filter=blank),
            partial(way.report, replace(listed, filter=blank)),
            partial(way.report, replace(listed, sort=(name,))),
            partial(way.report, replace(listed, group_by=(name,))),
            partial(way.report, replace(listed, totals={name: ("count",)})),
        ]
        for ask in questions:
            way.refused(f"a question by {name}", ask, Forbidden, BadQuestion)


def _changes(way: Way) -> None:
    """Updates, transfers and deletions succeed exactly where the truth says so, and creations, too."""
    random = Random(way.who)
    people = range(len(way.answers.company.people))
    for name in way.answers.objects:
        for number, before in way.some(name):
            after = {**before, **drawn_values(random, name, people)}
            _update(way, name, number, before, after)
            _transfer(way, name, number, before, random.choice(people))
            delete = partial(way.records.delete, name, record_id(number))
            _tried(way, f"delete {name} {number}", way.may("delete", name, number), delete)
        _create(way, name, drawn_values(random, name, people))


def _update(way: Way, name: str, number: int, before: dict[str, Any], after: dict[str, Any]) -> None:
    changed = _given(way, name, {key: value for key, value in after.items() if value != before.get(key)})
    levels = all(way.truth.level(way.who, name, field) == "edit" for field in changed)
    # Nobody points at what they may not see.
    levels = levels and (changed.get("deal") is None or changed["deal"].id in way.reached("read", "deal"))
    right = way.truth.may_become(way.who, "update", name, before, after) if changed else way.may("update", name, number)
    change = partial(way.records.update, name, record_id(number), changed, None)
    _tried(way, f"update {name} {number} to {changed}", right and levels, change)


def _transfer(way: Way, name: str, number: int, before: dict[str, Any], owner: int) -> None:
    after = {**before, "owner_id": person_id(owner)}
    takes = way.truth.may_log_in(owner) and way.truth.granted(owner, "read", name)
    right = way.truth.may_become(way.who, "transfer", name, before, after) and takes
    if before["owner_id"] == after["owner_id"]:
        right = way.may("transfer", name, number)
    give = partial(way.records.transfer, name, record_id(number), person_id(owner))
    _tried(way, f"transfer {name} {number} to u{owner}", right, give)


def _create(way: Way, name: str, values: dict[str, Any]) -> None:
    given = _given(way, name, {key: value for key, value in values.items() if value is not None})
    row = dict.fromkeys(column.name for column in TABLES[name].columns)
    row |= {**values, "id": record_id(999), "owner_id": person_id(way.who), "created_by_id": person_id(way.who)}
    if name == "deal":
        row["stage"] = row["stage"] or next(iter(STAGES))
    right = way.truth.may(way.who, "create", name, row)
    right = right and all(way.truth.level(way.who, name, field) == "edit" for field in given)
    right = right and ("deal" not in given or given["deal"].id in way.reached("read", "deal"))
    _tried(way, f"create {name} {given}", right, partial(way.records.create, name, given))


def _given(way: Way, name: str, columns: dict[str, Any]) -> dict[str, Any]:
    """Return stored columns as people hand values in: by field."""
    fields = way.answers.company.spec.objects[name].fields.values()
    named = {one.column_names[0]: one for one in fields if one.column_names}
    return {
        named[column].name: _spoken(named[column].type, value) for column, value in columns.items() if column in named
    }


def _spoken(type_name: str, value: Any) -> Any:
    if value is None:
        return None
    if type_name == "currency":
        return Decimal(value) / 100
    if type_name == "lookup":
        return Ref("person" if "-8000-" in value else "deal", value, "")
    return value


def _tried(way: Way, what: str, right: bool, change: Callable[[], object]) -> None:
    """Compare whether a change goes through; it is taken back."""
    with way.undone():
        try:
            change()
            done = True
        except (Forbidden, NotFound, Invalid):
            done = False
    way.same(what, done, right)


_CHECKS = (_lists, _singles, _searches, _children, _behind, _boards_and_reports, _guesses, _changes)
