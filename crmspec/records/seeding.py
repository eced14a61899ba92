"""Records that come with a release: seeds of the spec, found again by their key, made or brought up to date.

1. Seeds are taken in the order given; people first. What a row looks up is found by the key its own seed uses, else by
   title. A row that looks up one of a later seed is completed when that one is there.
2. Every row passes the checks a person's record passes; what is wrong is said for all rows at once, nothing is written.
3. New rows of a seed are written together, numbers included: some thousand take seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from crmspec.access import is_id, system_actor
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.formula import Context
from crmspec.records.changing import write_draft
from crmspec.records.drafts import Draft
from crmspec.records.facts import Found
from crmspec.records.numbering import next_numbers, raise_counters
from crmspec.records.reading import Reading
from crmspec.records.relative import Unreadable, relative_day, relative_moment
from crmspec.records.rules import check_stages, check_validation
from crmspec.records.secret_box import box_for
from crmspec.records.seeding_people import People, seed_people
from crmspec.records.sources import Source
from crmspec.records.storing import insert_records
from crmspec.records.texts import zone_of
from crmspec.records.values import Ref
from crmspec.records.writing import draft_new, made_of
from crmspec.spec import Field, Object, Seed, Spec
from crmspec.spec.scope import PERSON

_SAID_MAX = 50
_MOMENTS = ("created_at", "updated_at")
_PEOPLE = ("owner", "created_by", "updated_by")


def load_seeds(connection: sa.Connection, spec: Spec, seeds: Iterable[Seed], *, now: datetime) -> int:
    """Write seeds and return how many rows were made or changed. `Refused` says what is wrong, and nothing is kept."""
    wanted = sorted(seeds, key=lambda seed: seed.object != PERSON)
    today = now.astimezone(zone_of(spec.project.time_zone)).date()
    dialect: Any = "postgresql" if connection.dialect.name == "postgresql" else "sqlite"
    context = Context(now, today, None, zone_of(spec.project.time_zone).key)
    actor, box = system_actor(spec), box_for(connection)
    reading = Reading(spec, actor, context, dialect, spec.project.languages[0], box, connection)
    with connection.begin_nested():
        loading = _Loading(connection, reading, wanted)
        written = sum(loading.load(seed) for seed in wanted)
        loading.complete()
        loading.stop_if_wrong()
    return written


@dataclass(frozen=True, slots=True)
class _Later:
    """A lookup of a row whose target was not there yet."""

    seed: Seed
    number: int
    field: Field
    text: str | tuple[str, ...]
    record_id: str


@dataclass
class _Loading:
    """What is known while seeds are loaded: ids by key for every object, and everything that is wrong so far."""

    connection: sa.Connection
    reading: Reading
    seeds: Sequence[Seed]
    people: People = attribute(init=False)
    ids: dict[tuple[str, str], dict[str, str]] = attribute(default_factory=dict)
    found: Found = attribute(default_factory=dict)
    later: list[_Later] = attribute(default_factory=list)
    wrong: list[Diagnostic] = attribute(default_factory=list)
    turns: dict[str, int] = attribute(default_factory=dict)

    def __post_init__(self) -> None:
        self.people = People.read(self.connection)

    def load(self, seed: Seed) -> int:
        """Write one seed; its rows are in the database afterwards, or something is noted as wrong."""
        if seed.object == PERSON:
            written = seed_people(self.connection, self.reading.spec, seed, self.reading.context.now, self.wrong)
            self.people = People.read(self.connection)
            return written
        one = self.reading.object(seed.object)
        known = self._ids(seed.object, seed.key)
        made: list[Draft] = []
        changed = 0
        before = len(self.wrong)
        for number, row in enumerate(seed.rows):
            key = str(row.get(seed.key, ""))
            record_id = known.get(key)
            if record_id is None:
                draft = self._new(seed, number, one, row)
                known[key] = draft.row["id"]
                made.append(draft)
            else:
                changed += self._bring_up_to_date(seed, number, one, row, record_id)
        if len(self.wrong) == before:
            self._write(seed, one, made)
        return len(made) + changed

    def _new(self, seed: Seed, number: int, one: Object, row: Mapping[str, Any]) -> Draft:
        values, preset = self._values(seed, number, one, row, "")
        draft = draft_new(
            self.connection,
            self.reading,
            one,
            values,
            self.reading.spec.project.time_zone,
            preset=preset,
            found=self.found,
        )
        for entry in self.later:
            if entry.record_id == "" and entry.seed is seed and entry.number == number:
                draft.problems = [problem for problem in draft.problems if problem.field != entry.field.name]
        self.later = [
            entry if entry.record_id else _Later(seed, number, entry.field, entry.text, draft.row["id"])
            for entry in self.later
        ]
        self._note(seed, number, draft)
        return draft

    def _bring_up_to_date(self, seed: Seed, number: int, one: Object, row: Mapping[str, Any], record_id: str) -> int:
        """Change what differs from the row; what the row does not name stays as people left it."""
        table = self.reading.object_table(one.name)
        stored = dict(self.connection.execute(sa.select(table).where(table.c.id == record_id)).mappings().one())
        values, preset = self._values(seed, number, one, row, record_id, stored["owner_id"])
        draft = Draft(
            self.connection, self.reading, one, dict(stored), stored, self.reading.spec.project.time_zone, self.found
        )
        draft.load_several()
        draft.take(values, system=True)
        # A row's moments say how old a sample looks when it is made, not that it changes again with every load.
        draft.row.update({name: value for name, value in preset.items() if name == "owner_id"})
        if not draft.problems:
            check_validation(draft)
        changed = draft.changed()
        self._note(seed, number, draft)
        if draft.problems or (not changed and draft.row["owner_id"] == stored["owner_id"]):
            return 0
        check_stages(draft)
        write_draft(draft, changed, "updated")
        return 1

    # --- values of a row ---

    def _values(
        self, seed: Seed, number: int, one: Object, row: Mapping[str, Any], record_id: str, owner: str | None = None
    ) -> tuple[dict[str, object], dict[str, Any]]:
        """Split a row into the values of fields and what crmspec writes itself: moments, people, an id."""
        values: dict[str, object] = {}
        preset: dict[str, Any] = {}
        since = {f"{field.name}_since": field for field in one.fields.values() if field.pipeline}
        for name, text in row.items():
            base, _, part = name.partition(".")
            field = one.fields.get(base)
            try:
                if field is None:
                    preset.update(self._system(seed, name, str(text), since, owner))
                elif part:
                    values.setdefault(base, {})[part] = text  # type: ignore[index]
                else:
                    self._field(seed, number, field, text, values, record_id)
            except Unreadable as problem:
                self._say(seed, number, f"{name}: {problem}")
        return values, preset

    def _system(
        self, seed: Seed, name: str, text: str, since: Mapping[str, Field], owner: str | None
    ) -> dict[str, Any]:
        if name in _MOMENTS:
            return {name: self._moment(text)}
        if name in since:
            return {f"{since[name].base_column}_since": self._moment(text)}
        if name in _PEOPLE:
            return {f"{name}_id": self._person(text, owner if name == "owner" else None)}
        if name == "id" and is_id(text):
            return {"id": text}
        raise Unreadable(f"`{text}` cannot be given to a record of `{seed.object}`")

    def _field(
        self,
        seed: Seed,
        number: int,
        field: Field,
        text: str | tuple[str, ...],
        values: dict[str, object],
        record_id: str,
    ) -> None:
        if field.type in ("lookup", "many_to_many"):
            wanted = text if isinstance(text, tuple) else (text,)
            refs = [self._lookup(field, one) for one in wanted]
            if any(ref is None for ref in refs):
                self.later.append(_Later(seed, number, field, text, record_id))
            else:
                values[field.name] = tuple(refs) if field.type == "many_to_many" else refs[0]
        elif field.type == "date" and isinstance(text, str) and "(" in text:
            values[field.name] = relative_day(text, self.reading.context.today)
        elif field.type == "datetime" and isinstance(text, str):
            values[field.name] = self._moment(text)
        else:
            values[field.name] = text

    def _moment(self, text: str) -> datetime:
        return relative_moment(text, self.reading.context.now, zone_of(self.reading.spec.project.time_zone))

    def _person(self, text: str, present: str | None = None) -> str:
        """Return whose turn it is among a position's holders (`present` stays if it is one), or who a login names."""
        holders = self.people.on_position.get(text, ())
        if not holders:
            if text not in self.people.by_login:
                raise Unreadable(f"there is nobody with the login or on the position `{text}`")
            return self.people.by_login[text]
        if present in holders:
            return str(present)
        turn = self.turns.get(text, 0)
        self.turns[text] = turn + 1
        return holders[turn % len(holders)]

    def _lookup(self, field: Field, text: str) -> Ref | None:
        """Return the record a lookup's text names, None when it is not there (yet)."""
        targets: Sequence[str] = field.to
        named, _, rest = text.partition(":")
        if len(field.to) > 1 and named in field.to:
            targets, text = (named,), rest
        for target in targets:
            if target == PERSON:
                return Ref(PERSON, self._person(text), "")
            keys = [seed.key for seed in self.seeds if seed.object == target]
            for key in dict.fromkeys((*keys, "")):
                record_id = self._ids(target, key).get(text)
                if record_id:
                    return Ref(target, record_id, "")
        return None

    def _ids(self, object_name: str, key: str) -> dict[str, str]:
        """Return the ids of an object's records by key; an empty key means the title."""
        place = (object_name, key)
        if place not in self.ids:
            unguarded = self.reading.unguarded
            source = Source(unguarded, object_name, unguarded.object_table(object_name).alias())
            column = source.title() if not key else source.column((key,))
            statement = (
                sa.select(sa.cast(column, sa.Text), source.table.c.id)
                .select_from(source.from_clause)
                .where(column.is_not(None))
            )
            rows = self.connection.execute(
                statement.order_by(source.table.c.created_at.desc(), source.table.c.id.desc())
            )
            self.ids[place] = dict(rows.all())
        return self.ids[place]

    # --- writing ---

    def _write(self, seed: Seed, one: Object, made: Sequence[Draft]) -> None:
        if not made:
            return
        self._number(one, made)
        try:
            insert_records(
                self.connection,
                self.reading,
                [made_of(draft) for draft in made],
                self.reading.context.now,
                None,
                at_creation=True,
            )
        except IntegrityError as error:
            # The transaction cannot go on from here, and need not: nothing of it is kept.
            self._say(seed, 0, f"the database refuses the rows: {str(error.orig).splitlines()[0]}")
            self.stop_if_wrong()
        # Titles of what is there now are asked for again when a row looks them up.
        self.ids.pop((one.name, ""), None)

    def _number(self, one: Object, made: Sequence[Draft]) -> None:
        """Give numbers by the day a record was made, so that last year's samples have last year's numbers."""
        zone = zone_of(self.reading.spec.project.time_zone)
        for field in one.fields.values():
            if field.type != "auto_number":
                continue
            given = [draft.row[field.base_column] for draft in made if draft.row.get(field.base_column)]
            raise_counters(self.connection, one.name, field, given)
            days: dict[Any, list[Draft]] = {}
            for draft in made:
                if not draft.row.get(field.base_column):
                    days.setdefault(draft.row["created_at"].astimezone(zone).date(), []).append(draft)
            for day in sorted(days):
                numbers = next_numbers(self.connection, one.name, field, day, len(days[day]))
                for draft, number in zip(days[day], numbers, strict=True):
                    draft.row[field.base_column] = number

    def complete(self) -> None:
        """Fill in what rows looked up before it was there."""
        if self.wrong:
            return
        for entry in self.later:
            texts = entry.text if isinstance(entry.text, tuple) else (entry.text,)
            refs = [self._lookup(entry.field, one) for one in texts]
            missing = [text for text, ref in zip(texts, refs, strict=True) if ref is None]
            if missing:
                self._say(
                    entry.seed,
                    entry.number,
                    f"{entry.field.name}: there is no {' or '.join(entry.field.to)} `{missing[0]}`",
                )
                continue
            one = self.reading.object(entry.seed.object)
            table = self.reading.object_table(one.name)
            stored = dict(
                self.connection.execute(sa.select(table).where(table.c.id == entry.record_id)).mappings().one()
            )
            draft = Draft(self.connection, self.reading, one, dict(stored), stored, "UTC", self.found)
            draft.load_several()
            draft.take({entry.field.name: tuple(refs) if entry.field.type == "many_to_many" else refs[0]}, system=True)
            self._note(entry.seed, entry.number, draft)
            if not draft.problems and (changed := draft.changed()):
                write_draft(draft, changed, "updated")

    # --- what is wrong ---

    def _note(self, seed: Seed, number: int, draft: Draft) -> None:
        for problem in draft.problems:
            self._say(seed, number, f"{problem.field}: {problem.message}" if problem.field else problem.message)

    def _say(self, seed: Seed, number: int, what: str) -> None:
        key = seed.rows[number].get(seed.key, "")
        self.wrong.append(
            Diagnostic(
                "CRM701",
                f"row {number + 1} of `seed:{seed.name}` (`{key}`) cannot be written: {what}",
                help="change the row, or the rule it does not keep",
            )
        )

    def stop_if_wrong(self) -> None:
        """Refuse everything when something is wrong."""
        if self.wrong:
            raise Refused(*self.wrong[:_SAID_MAX])
