"""The only door to rows: every list, record, count, search and change passes here, under one person's rights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from crmspec.access import Actor, UnknownPerson, is_id, load_actor
from crmspec.formula import Context, Dialect
from crmspec.records import pages, writing
from crmspec.records.conditions import Condition
from crmspec.records.fetching import fetch, readable_fields, shown_columns
from crmspec.records.keyset import sortable
from crmspec.records.paths import look, split_path
from crmspec.records.reading import Reading
from crmspec.records.secret_box import box_for
from crmspec.records.sources import Source
from crmspec.records.texts import zone_of
from crmspec.records.values import Page, Record
from crmspec.spec import Level, Spec, Verb
from crmspec.spec.scope import PERSON


class Records:
    """Records as one person sees them.

    `connection` must be inside a transaction; the caller ends it. Each write is all or nothing by itself: when it is
    refused, the transaction can go on. `now` is asked once a call. Everything raises `NotFound`, `Forbidden`,
    `BadQuestion`, `Invalid`, `Conflict`, `Referred` (all `RecordError`), in the person's language.
    """

    def __init__(
        self,
        spec: Spec,
        connection: sa.Connection,
        actor: Actor,
        *,
        now: Callable[[], datetime],
        language: str = "",
        time_zone: str = "",
    ) -> None:
        self.spec, self.connection, self.actor, self.now = spec, connection, actor, now
        self.language = language or actor.language or spec.project.languages[0]
        self.time_zone = time_zone or actor.time_zone or spec.project.time_zone

    @property
    def reading(self) -> Reading:
        """The circumstances of one question: days are those of the project's time zone, the same for everybody."""
        now = self.now()
        today = now.astimezone(zone_of(self.spec.project.time_zone)).date()
        dialect: Dialect = "postgresql" if self.connection.dialect.name == "postgresql" else "sqlite"
        return Reading(
            self.spec, self.actor, Context(now, today, self.actor.me), dialect, self.language, box_for(self.connection)
        )

    # --- what this person may do ---

    def may(self, object_name: str, verb: Verb) -> bool:
        """Say whether a verb is granted on at least some records of an object."""
        return object_name in self.spec.objects and self.actor.rights.may(object_name, verb)

    def level(self, object_name: str, path: str) -> Level:
        """Return the level of a path: none, masked, read or edit."""
        return self.reading.level(object_name, path)

    def reads(self, object_name: str, path: str) -> bool:
        """Say whether a path may be shown in clear, filtered and sorted by."""
        return self.reading.reads(object_name, path)

    def sorts(self, object_name: str, path: str) -> bool:
        """Say whether records can be sorted by a path."""
        return sortable(self.reading, object_name, path)

    def may_do(self, object_name: str, record_id: str, verbs: Iterable[Verb]) -> dict[Verb, bool]:
        """Say which verbs reach one record: what its page offers. Never opens what may not be read."""
        reading = self.reading
        table = reading.object_table(object_name)
        wanted = tuple(verbs)
        if not is_id(record_id):
            return dict.fromkeys(wanted, False)
        rules = [reading.rule(verb, object_name, table) for verb in wanted]
        columns = [
            sa.case((sa.true() if rule is None else rule, 1), else_=0).label(f"v{at}") for at, rule in enumerate(rules)
        ]
        row = self.connection.execute(sa.select(*columns).where(table.c.id == record_id)).one_or_none()
        return {verb: bool(row[at]) if row is not None else False for at, verb in enumerate(wanted)}

    # --- reading ---

    def page(
        self,
        object_name: str,
        *,
        columns: Sequence[str] = (),
        list_view: str = "",
        filter: str = "",
        where: Iterable[Condition] = (),
        search: str = "",
        sort: Sequence[str] = (),
        cursor: str = "",
        limit: int = 50,
    ) -> Page:
        """Return a page of records. `filter` is a formula of the spec; what people filter by goes into `where`."""
        asked = pages.Asked(
            object=object_name,
            columns=tuple(columns),
            list_view=list_view,
            filter=filter,
            where=tuple(where),
            search=search,
            sort=tuple(sort),
            cursor=cursor,
            limit=limit,
        )
        return pages.page(self.connection, self.reading, asked, self.time_zone)

    def get(self, object_name: str, record_id: str, *, columns: Sequence[str] | None = None) -> Record:
        """Return one record with every field the person may see, or with the paths asked for."""
        reading = self.reading
        pages.may_read(reading, object_name)
        paths = (
            readable_fields(reading, object_name)
            if columns is None
            else shown_columns(reading, object_name, columns)[0]
        )
        table = reading.object_table(object_name).alias("t")
        if not is_id(record_id):
            raise writing.not_found(reading, object_name)
        picked = sa.select(table.c.id).where(table.c.id == record_id)
        rule = reading.rule("read", object_name, table)
        rows = (picked if rule is None else picked.where(rule)).subquery("p")
        found = fetch(self.connection, reading, object_name, paths, rows)
        if not found:
            raise writing.not_found(reading, object_name)
        return found[0][0]

    def title(self, object_name: str, record_id: str) -> str:
        """Return the title of a record, or of a person; empty when there is none that may be seen."""
        reading = self.reading
        if object_name not in (*self.spec.objects, PERSON) or not is_id(record_id):
            return ""
        source = Source(reading, object_name, reading.object_table(object_name).alias())
        column = source.title()
        statement = sa.select(column).select_from(source.from_clause).where(source.table.c.id == record_id)
        rule = reading.rule("read", object_name, source.table)
        return self.connection.execute(statement if rule is None else statement.where(rule)).scalar_one_or_none() or ""

    # --- writing ---

    def create(self, object_name: str, values: Mapping[str, object]) -> Record:
        """Make a record; `owner` may be among the values as far as the scope of create goes."""
        record_id = writing.create(self.connection, self.reading, object_name, values, self.time_zone)
        return self._read_back(object_name, record_id)

    def update(self, object_name: str, record_id: str, values: Mapping[str, object], version: int | None) -> Record:
        """Change a record. Of `values` only what differs is written; `version` is the one the person saw."""
        writing.update(
            self.connection, self.reading, object_name, record_id, values, version, self.time_zone, self._read_back
        )
        return self._read_back(object_name, record_id)

    def transfer(self, object_name: str, record_id: str, owner_id: str | None, version: int | None = None) -> None:
        """Give a record to another owner. The giver may lose sight of it by that."""
        writing.transfer(
            self.connection,
            self.reading,
            object_name,
            record_id,
            owner_id,
            version,
            self.time_zone,
            self._read_back,
            lambda person: self._may_own(person, object_name),
        )

    def _may_own(self, person_id: str, object_name: str) -> bool:
        try:
            actor = load_actor(self.connection, self.spec, person_id, self.now())
        except UnknownPerson:
            return False
        return actor.rights.may(object_name, "read")

    def _read_back(self, object_name: str, record_id: str) -> Record:
        """Return a record after a write: whoever may create but not read gets only its id."""
        reading = self.reading
        if not self.may(object_name, "read"):
            return Record(object=object_name, id=record_id, version=1, title="")
        table = reading.object_table(object_name).alias("t")
        rows = sa.select(table.c.id).where(table.c.id == record_id).subquery("p")
        return fetch(self.connection, reading, object_name, readable_fields(reading, object_name), rows)[0][0]

    def path_exists(self, object_name: str, path: str) -> bool:
        """Say whether a path leads anywhere."""
        return look(self.spec, object_name, split_path(path)) is not None
