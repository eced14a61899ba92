"""The only door to rows: every list, record, count, search and change passes here, under one person's rights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from crmspec.access import Actor, Share, UnknownPerson, is_id, load_actor, passed
from crmspec.formula import Context, Dialect
from crmspec.records import boards, changing, conditional, deleting, files, finding, histories, pages, sharing, writing
from crmspec.records.conditions import Condition, Group
from crmspec.records.fetching import fetch, readable_fields, shown_columns
from crmspec.records.keyset import sortable
from crmspec.records.paths import look
from crmspec.records.problems import Forbidden
from crmspec.records.reading import Reading
from crmspec.records.rules import gate_of
from crmspec.records.secret_box import box_for
from crmspec.records.sources import Source
from crmspec.records.stored_names import StoredNames
from crmspec.records.texts import zone_of
from crmspec.records.values import Board, Event, Hit, Page, Record, Ref, StageGate, StoredFile
from crmspec.records.words import say
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
        self._levels: dict[tuple[str, str], Level] = {}
        self._kept: dict[str, StoredNames] = {}

    @property
    def reading(self) -> Reading:
        """The circumstances of one question: days are those of the project's time zone, the same for everybody."""
        now = self.now()
        today = now.astimezone(zone_of(self.spec.project.time_zone)).date()
        dialect: Dialect = "postgresql" if self.connection.dialect.name == "postgresql" else "sqlite"
        box = box_for(self.connection)
        context = Context(now, today, self.actor.me, zone_of(self.spec.project.time_zone).key)
        return Reading(
            self.spec, self.actor, context, dialect, self.language, box, self.connection,
            levels=self._levels, kept=self._kept,
        )

    # --- what this person may do ---

    def may(self, object_name: str, verb: Verb) -> bool:
        """Say whether a verb is granted on at least some records of an object."""
        return object_name in self.spec.objects and self.actor.rights.opens(object_name, verb)

    def level(self, object_name: str, path: str) -> Level:
        """Return the level of a path: none, masked, read or edit."""
        return self.reading.level(object_name, path)

    def reads(self, object_name: str, path: str) -> bool:
        """Say whether a path may be shown in clear, filtered and sorted by."""
        return self.reading.reads(object_name, path)

    def sorts(self, object_name: str, path: str) -> bool:
        """Say whether records can be sorted by a path."""
        return sortable(self.reading, object_name, path)

    def has_view(self, name: str) -> bool:
        """Say whether a list view is for this person, and its filter reads nothing that is not."""
        view = self.spec.list_views.get(name)
        return (
            view is not None
            and self.may(view.object, "read")
            and pages.has_view(self.reading, view)
            and not pages.hidden_paths(self.reading, view.object, view.filter)
        )

    def may_do(self, object_name: str, record_id: str, verbs: Iterable[Verb]) -> dict[Verb, bool]:
        """Say which verbs reach one record: what its page offers. Never opens what may not be read."""
        reading = self.reading
        table = reading.object_table(object_name).alias()
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
        where: Iterable[Condition | Group] = (),
        search: str = "",
        sort: Sequence[str] = (),
        cursor: str = "",
        start: str = "",
        skip: int = 0,
        sums: bool = False,
        group: str = "",
        whole: bool = False,
        limit: int = 50,
        verb: Verb = "read",
    ) -> Page:
        """Return a page of records. `filter` is a formula of the spec; what people filter by goes into `where`.

        A page begins at a `cursor` (`LAST`: at the end), at a value of the first key (`start`: letters, a day, a
        number) or behind `skip` records. `sums` adds up the columns that can be, `group` puts records with the same
        value of a path together and counts them; both only of lists short enough to be counted, unless `whole` insists.
        """
        asked = pages.Asked(
            object=object_name,
            columns=tuple(columns),
            list_view=list_view,
            filter=filter,
            where=tuple(where),
            search=search,
            sort=tuple(sort),
            cursor=cursor,
            start=start,
            skip=skip,
            sums=sums,
            group=group,
            whole=whole,
            limit=limit,
            verb=verb,
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

    def related(
        self,
        object_name: str,
        record_id: str,
        name: str,
        *,
        columns: Sequence[str] = (),
        sort: Sequence[str] = (),
        cursor: str = "",
        limit: int = 20,
    ) -> Page:
        """Return a page of the records that point at this one: the related list `name`."""
        reading = self.reading
        self.get(object_name, record_id, columns=())
        found = next(
            ((other, field) for list_name, other, field in self.spec.related_lists(object_name) if list_name == name),
            None,
        )
        if found is None or not reading.reads(found[0], found[1].name):
            raise Forbidden(say(self.language, "no_view", label=name[:60]), "no_view")
        other, field = found
        only = [(f"{field.base_column}_id", record_id)]
        if len(field.to) > 1:
            only.append((f"{field.base_column}_object", object_name))
        asked = pages.Asked(
            object=other, columns=tuple(columns), sort=tuple(sort), cursor=cursor, limit=limit, only=tuple(only)
        )
        return pages.page(self.connection, reading, asked, self.time_zone)

    def history(self, object_name: str, record_id: str, *, limit: int = 50) -> tuple[Event, ...]:
        """Return what happened to a record, newest first, as far as this person may see its fields."""
        self.get(object_name, record_id, columns=())
        return histories.history_of(self.connection, self.reading, object_name, record_id, limit)

    def search(self, text: str, *, per_object: int = 11) -> tuple[Hit, ...]:
        """Return the records of every object that have all the words."""
        return finding.search(self.connection, self.reading, text, per_object)

    def choices(
        self, object_name: str, field_name: str, text: str = "", *, target: str = "", limit: int = 20
    ) -> tuple[Ref, ...]:
        """Return the records that a look-up offers for what is typed, best first."""
        reading = self.reading
        seen = look(self.spec, object_name, (field_name,))
        if seen is None or not seen.to or reading.level(object_name, field_name) == "none":
            raise Forbidden(say(self.language, "may_not_use", label=field_name[:60]), "hidden_field")
        targets = tuple(one for one in seen.to if not target or one == target)
        return finding.offered(self.connection, reading, targets, text, limit)

    def board(
        self,
        object_name: str,
        pipeline: str = "",
        *,
        per_column: int = 20,
        list_view: str = "",
        filter: str = "",
        where: Iterable[Condition | Group] = (),
        search: str = "",
        sort: Sequence[str] = (),
        card_fields: Sequence[str] = (),
    ) -> Board:
        """Return a pipeline's records by stage."""
        reading = self.reading
        pages.may_read(reading, object_name)
        asked = pages.Asked(
            object=object_name, list_view=list_view, filter=filter, where=tuple(where), search=search, sort=tuple(sort)
        )
        found = boards.pipeline_named(reading, object_name, pipeline)
        return boards.board_of(self.connection, reading, asked, found, per_column, card_fields, self.time_zone)

    def gates(self, object_name: str, record: Record | str, pipeline: str = "") -> tuple[StageGate, ...]:
        """Say for each stage whether the record may enter it now, and what is missing."""
        reading = self.reading
        found = boards.pipeline_named(reading, object_name, pipeline)
        record_id = record if isinstance(record, str) else record.id
        one = self.spec.objects[object_name]
        draft = changing.draft_of(self.connection, reading, one, record_id, "read", self.time_zone)
        field = one.fields[found.field]
        return tuple(gate_of(draft, field, found, stage) for stage in found.stages)

    def conditions(
        self, object_name: str, record_id: str = "", values: Mapping[str, object] | None = None
    ) -> Mapping[str, conditional.Condition]:
        """Say what holds of the fields that depend on others, in a record as it is or as `values` would make it.

        Only what some condition looks at need be among the values; what is wrong with them is not looked at here.
        """
        reading = self.reading
        one = reading.object(object_name)
        fields = conditional.conditional_fields(one)
        if not fields:
            return {}
        if record_id:
            draft = changing.draft_of(self.connection, reading, one, record_id, "read", self.time_zone)
            draft.take(values or {})
        else:
            draft = writing.draft_new(self.connection, reading, one, values or {}, self.time_zone)
        return conditional.conditions_of(draft, fields)

    # --- writing ---

    def create(self, object_name: str, values: Mapping[str, object], *, once: str = "") -> Record:
        """Make a record; `owner` may be among the values as far as the scope of create goes.

        `once` is an id made for the form: sent twice, it makes one record.
        """
        record_id = writing.create(self.connection, self.reading, object_name, values, self.time_zone, once)
        return self._read_back(object_name, record_id)

    def move(self, object_name: str, record_id: str, stage: str, version: int | None, *, pipeline: str = "") -> Record:
        """Move a record to a stage; what the stage asks for and is not there is in `Invalid`."""
        reading = self.reading
        found = boards.pipeline_named(reading, object_name, pipeline)
        changing.update(
            self.connection,
            reading,
            object_name,
            record_id,
            {found.field: stage},
            version,
            self.time_zone,
            self._read_back,
            action="moved",
            whole=False,
        )
        return self._read_back(object_name, record_id)

    def delete(self, object_name: str, record_id: str, version: int | None = None) -> None:
        """Delete a record with what cannot be without it; `Referred` says what keeps it."""
        deleting.delete(self.connection, self.reading, object_name, record_id, version, self.time_zone, self._read_back)

    def reveal(self, object_name: str, record_id: str, field_name: str) -> str:
        """Return a secret in clear; who did is written into the audit trail."""
        return changing.reveal(self.connection, self.reading, object_name, record_id, field_name)

    # --- sharing ---

    def shareable(self, object_name: str) -> bool:
        """Say whether single records of an object can be shared at all."""
        return sharing.is_shareable(self.spec.objects[object_name])

    def shares(self, object_name: str, record_id: str) -> tuple[Share, ...]:
        """Return with whom a record is shared."""
        return sharing.shares_of_record(self.connection, self.reading, object_name, record_id, self.time_zone)

    def share(self, object_name: str, record_id: str, wanted: sharing.Wanted) -> None:
        """Open a record to a colleague."""
        sharing.share_record(self.connection, self.reading, object_name, record_id, wanted, self.time_zone)

    def unshare(self, object_name: str, record_id: str, person_id: str) -> None:
        """Close a record to a colleague again."""
        sharing.unshare_record(self.connection, self.reading, object_name, record_id, person_id, self.time_zone)

    # --- files ---

    def store_file(self, name: str, content_type: str, content: bytes) -> StoredFile:
        """Keep a file, to be put into a field afterwards."""
        return files.store_file(self.connection, self.reading, name, content_type, content)

    def read_file(self, file_id: str) -> tuple[StoredFile, bytes]:
        """Return a file that a record holds which this person may see."""
        return files.read_file(self.connection, self.reading, file_id)

    def update(self, object_name: str, record_id: str, values: Mapping[str, object], version: int | None) -> Record:
        """Change a record. Of `values` only what differs is written; `version` is the one the person saw."""
        changing.update(
            self.connection, self.reading, object_name, record_id, values, version, self.time_zone, self._read_back
        )
        return self._read_back(object_name, record_id)

    def transfer(self, object_name: str, record_id: str, owner_id: str | None, version: int | None = None) -> None:
        """Give a record to another owner. The giver may lose sight of it by that."""
        changing.transfer(
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
        return actor.rights.opens(object_name, "read")

    def _read_back(self, object_name: str, record_id: str) -> Record:
        """Return a record after a write: whoever may create but not read gets only its id."""
        reading = self.reading
        if not self.may(object_name, "read"):
            return Record(object=object_name, id=record_id, version=1, title="")
        table = passed(reading.object_table(object_name).alias("t"), "written")
        rows = sa.select(table.c.id).where(table.c.id == record_id).subquery("p")
        return fetch(self.connection, reading, object_name, readable_fields(reading, object_name), rows)[0][0]
