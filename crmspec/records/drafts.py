"""Values that came in become a record that may be stored, or every reason why it may not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

import sqlalchemy as sa

from crmspec.access import is_id, passed
from crmspec.records.accepting import accept
from crmspec.records.facts import Facts, Found
from crmspec.records.paths import label_of, noun
from crmspec.records.problems import Problem
from crmspec.records.reading import Reading
from crmspec.records.sources import Source
from crmspec.records.storing import Stored, columns_of, several_of, value_from
from crmspec.records.texts import Unfit
from crmspec.records.values import Masked, Ref, Value
from crmspec.records.words import field_label, say
from crmspec.spec import SYSTEM_FIELDS, Field, Object
from crmspec.spec.scope import PERSON

Values = Mapping[str, object]


@dataclass
class Draft:
    """One record on its way in. `before` is the stored row, None for a new record; `row` what it will be."""

    connection: sa.Connection
    reading: Reading
    one: Object
    row: Stored
    before: Stored | None = None
    time_zone: str = "UTC"
    found: Found = attribute(default_factory=dict)
    several: dict[str, tuple[str, ...]] = attribute(default_factory=dict)
    several_before: dict[str, tuple[str, ...]] = attribute(default_factory=dict)
    problems: list[Problem] = attribute(default_factory=list)
    accepted: dict[str, Value] = attribute(default_factory=dict)

    @property
    def is_new(self) -> bool:
        """Say whether the record is not stored yet."""
        return self.before is None

    @property
    def facts(self) -> Facts:
        """The record as formulas see it, as it now stands in the draft."""
        return Facts(
            self.connection, self.reading, self.one.name, self.row, self.several, self.found, stored=not self.is_new
        )

    def problem(self, field: Field | None, code: str, **parts: object) -> None:
        """Note what is wrong, in the person's language."""
        label = (
            field_label(field, self.reading.language)
            if field
            else noun(self.reading.spec, self.one.name, self.reading.language)
        )
        words = say(self.reading.language, code, **{"label": label, **parts})
        self.problems.append(Problem(field.name if field else "", code, words))

    def take(self, values: Values, *, system: bool = False) -> None:
        """Take values in: each allowed, of its type, and pointing at records that the person may see."""
        fresh: dict[str, Value] = {}
        for name, value in values.items():
            field = self._settable(name, system=system)
            if field is None:
                continue
            # A mask that comes back from a form stands for the value it hides.
            if isinstance(value, Masked) or (isinstance(value, Ref) and value.hidden):
                continue
            try:
                fresh[name] = accept(field, value, self.reading.language, self.time_zone)
            except Unfit as unfit:
                self.problem(field, unfit.code, **unfit.parts)
        self._resolve_lookups(fresh, trusted=system)
        self._check_files(fresh)
        for name, value in fresh.items():
            self._put(self.one.fields[name], value)
        self.accepted.update(fresh)

    def _settable(self, name: str, *, system: bool) -> Field | None:
        """Return the field of a name when this person may set it; else note why not."""
        field = self.one.fields.get(name)
        language = self.reading.language
        if field is None:
            code = "read_only" if name in SYSTEM_FIELDS or name in self.row else "unknown_field"
            label = label_of(self.reading.spec, self.one.name, name, language) if name in SYSTEM_FIELDS else name[:60]
            self.problems.append(Problem(name, code, say(language, code, label=label)))
            return None
        if system and field.row.control != "computed":
            return field
        level = self.reading.level(self.one.name, name)
        if level == "none":
            self.problems.append(Problem(name, "hidden_field", say(language, "hidden_field", label=name)))
        elif level != "edit" or field.read_only or field.row.control in ("computed", "read_only"):
            self.problem(field, "read_only")
        else:
            return field
        return None

    def _put(self, field: Field, value: Value) -> None:
        if field.row.child:
            parts = value if isinstance(value, tuple) else ()
            self.several[field.name] = tuple(part.id if isinstance(part, Ref) else str(part) for part in parts)
        elif field.type == "secret" and value is not None:
            self._put_secret(field, str(value))
        else:
            self.row.update(columns_of(field, value))

    def _put_secret(self, field: Field, text: str) -> None:
        """Encrypt a secret; the same one again keeps its ciphertext, which would be another one each time."""
        box, stored = self.reading.secrets, self.row.get(field.base_column)
        if box is not None and stored is not None and box.opened(stored) == text:
            return
        closed = box.closed(text) if box is not None else None
        if closed is None:
            self.problem(field, "no_secret_key")
        self.row[field.base_column] = closed

    # --- lookups ---

    def _resolve_lookups(self, fresh: dict[str, Value], *, trusted: bool) -> None:
        """Turn what lookups were given into references; crmspec's own references are taken at their word."""
        for name, value in list(fresh.items()):
            field = self.one.fields[name]
            if field.type not in ("lookup", "many_to_many") or value is None:
                continue
            wanted = value if isinstance(value, tuple) else (value,)
            refs = [one if trusted and isinstance(one, Ref) else self._resolve(field, one) for one in wanted]
            if any(ref is None for ref in refs):
                del fresh[name]
                self.problem(field, "not_record")
            elif field.type == "lookup":
                fresh[name] = refs[0]
            else:
                fresh[name] = tuple(dict.fromkeys(ref for ref in refs if ref is not None))

    def _resolve(self, field: Field, value: object) -> Ref | None:
        """Find the record that an id, a Ref or an exact title names, among those the person may see."""
        targets: Iterable[str] = field.to
        text = str(value)
        if isinstance(value, Ref):
            targets, text = ([value.object] if value.object in field.to else field.to), value.id
        elif ":" in text and text.partition(":")[0] in field.to:
            target, _, rest = text.partition(":")
            targets, text = [target], rest
        # What is stored already may stay, even where the person cannot see it.
        if self.before is not None and self.before.get(f"{field.base_column}_id") == text:
            kept = value_from(field, self.before)
            return kept if isinstance(kept, Ref) else None
        found = [ref for target in targets for ref in self._candidates(target, text)]
        return found[0] if len(found) == 1 else None

    def _candidates(self, target: str, text: str) -> list[Ref]:
        key = (target, text, ("ref",))
        if key not in self.found:
            source = Source(self.reading, target, self.reading.object_table(target).alias())
            column = source.table.c.id if is_id(text) else source.title()
            statement = sa.select(source.table.c.id).select_from(source.from_clause).where(column == text)
            rule = self.reading.rule("read", target, source.table)
            if rule is not None:
                statement = statement.where(rule)
            if target == PERSON and not is_id(text):
                statement = sa.select(source.table.c.id).where(
                    sa.or_(source.table.c.login == text, source.table.c.name == text)
                )
            ids = self.connection.execute(statement.limit(2)).scalars().all()
            self.found[key] = [Ref(target, record_id, "") for record_id in ids]
        return list(self.found[key])

    # --- files ---

    def _check_files(self, fresh: dict[str, Value]) -> None:
        """A file must be there, of the kind and size its field takes, and brought by this person or held already."""
        for name, value in list(fresh.items()):
            field = self.one.fields[name]
            if field.type not in ("file", "image") or value is None:
                continue
            code = self._file_problem(field, str(value))
            if code:
                del fresh[name]
                self.problem(field, code, most=field.max_size_mb or 0)

    def _file_problem(self, field: Field, file_id: str) -> str:
        if self.before is not None and self.before.get(f"{field.base_column}_id") == file_id:
            return ""
        files = passed(self.reading.table("crmspec_file").alias(), "written")
        row = (
            self.connection.execute(sa.select(files).where(files.c.id == file_id)).one_or_none()
            if is_id(file_id)
            else None
        )
        actor = self.reading.actor
        if row is None or (actor is not None and not actor.system and row.created_by_id != actor.me):
            return "not_file"
        if field.type == "image" and not row.content_type.startswith("image/"):
            return "not_picture"
        return "file_too_large" if field.max_size_mb is not None and row.size > field.max_size_mb * 1024 * 1024 else ""

    # --- what changed ---

    def load_several(self) -> None:
        """Read the values of fields that have several, as they are stored."""
        for field in self.one.fields.values():
            if field.row.child:
                values = several_of(self.connection, self.reading, self.one, field, self.row["id"])
                self.several_before[field.name] = values
                self.several.setdefault(field.name, values)

    def changed(self) -> list[Field]:
        """Return the fields that will be other than they are stored."""
        return [field for field in self.one.fields.values() if self._differs(field)]

    def _differs(self, field: Field) -> bool:
        if field.row.child:
            return set(self.several.get(field.name, ())) != set(self.several_before.get(field.name, ()))
        before = self.before or {}
        return any(self.row.get(name) != before.get(name) for name in field.column_names)

    def is_blank(self, field: Field) -> bool:
        """Say whether a field will have no value."""
        if field.row.child:
            return not self.several.get(field.name)
        return all(self.row.get(name) in (None, "") for name in field.column_names)

    def value_of(self, field: Field, *, before: bool = False) -> Any:
        """Return a field's value in the draft, or as it was stored."""
        if field.row.child:
            return (self.several_before if before else self.several).get(field.name, ())
        row = self.before if before else self.row
        return value_from(field, row or {})
