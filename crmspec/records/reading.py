"""Who reads, when, in which language and on which database: what every question about records carries along."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as attribute

import sqlalchemy as sa

from crmspec.access import Actor, is_everything, metadata_for, once_per_spec, passed, path_level, predicate, readable
from crmspec.formula import Context, Dialect, Expression, Kind, check
from crmspec.records.paths import split_path
from crmspec.records.secret_box import SecretBox
from crmspec.records.stored_names import StoredNames, read_stored_names
from crmspec.spec import Level, Object, Spec, Verb
from crmspec.spec.scope import PERSON, ObjectScope

_AS_THEY_ARE = StoredNames()


class BrokenFormula(ValueError):
    """A formula of a deployed spec does not fit it: a fault of ours, since `validate` lets none through."""


@dataclass(frozen=True)
class Reading:
    """The circumstances of a question. Without an actor nothing is hidden: for rules, which hold for everybody."""

    spec: Spec
    actor: Actor | None
    context: Context
    dialect: Dialect
    language: str = "en"
    secrets: SecretBox | None = None
    connection: sa.Connection | None = attribute(default=None, compare=False, repr=False)
    common_words: dict[str, bool] = attribute(default_factory=dict, compare=False, repr=False)
    levels: dict[tuple[str, str], Level] = attribute(default_factory=dict, compare=False, repr=False)
    kept: dict[str, StoredNames] = attribute(default_factory=dict, compare=False, repr=False)

    @property
    def stored_names(self) -> StoredNames:
        """What parts are called in rows of history and search; read once."""
        if "names" not in self.kept and self.connection is not None:
            self.kept["names"] = read_stored_names(self.connection, self.table("crmspec_name"))
        return self.kept.get("names", _AS_THEY_ARE)

    @property
    def unguarded(self) -> Reading:
        """The same question asked by nobody in particular."""
        return Reading(
            self.spec, None, self.context, self.dialect, self.language, self.secrets, self.connection, kept=self.kept
        )

    def object(self, name: str) -> Object:
        """Return an object of the spec."""
        return self.spec.objects[name]

    def table(self, name: str) -> sa.Table:
        """Return a table of the project's database by its name."""
        return metadata_for(self.spec).tables[name]

    def object_table(self, object_name: str) -> sa.Table:
        """Return the table of an object, of people too."""
        return self.table("crmspec_person" if object_name == PERSON else self.object(object_name).table)

    def rule(self, verb: Verb, object_name: str, table: sa.FromClause) -> sa.ColumnElement[bool] | None:
        """Return the condition that a record may be reached by a verb; None when all may."""
        if self.actor is None or object_name == PERSON:
            passed(table, "everybody")
            return None
        condition = predicate(self.actor, verb, object_name, table)
        return None if is_everything(condition) else condition

    def level(self, object_name: str, path: str) -> Level:
        """Return the level of a path for the one who asks."""
        if self.actor is None or object_name == PERSON:
            return "edit"
        key = (object_name, path)
        if key not in self.levels:
            self.levels[key] = path_level(self.actor.rights, self.spec, object_name, split_path(path))
        return self.levels[key]

    def reads(self, object_name: str, path: str) -> bool:
        """Say whether a path may be shown, filtered and sorted by, grouped and added up."""
        return readable(self.level(object_name, path))

    def formula(
        self,
        object_name: str,
        text: str,
        expects: Kind | None = None,
        scale: int | None = None,
        *,
        date_parts: bool = False,
    ) -> Expression:
        """Return the typed tree of a formula of the spec."""
        known = _trees(self.spec)
        key = (object_name, text, expects, scale)
        if key not in known:
            checked = check(
                text, ObjectScope(self.spec, object_name, date_parts=date_parts), expects=expects, scale=scale
            )
            if checked.expression is None:
                raise BrokenFormula(f"{object_name}: {text}: {'; '.join(problem.what for problem in checked.problems)}")
            known[key] = checked.expression
        return known[key]


@once_per_spec
def _trees(spec: Spec) -> dict[tuple[str, str, Kind | None, int | None], Expression]:
    return {}
