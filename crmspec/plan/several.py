"""Several values become one: which of them, read from the table that holds them and goes out of sight.

One value is taken where there is one. Where a record has several, the plan refuses with the first of them, unless
`convert: {keep: first}` (or last) says which: of options in their order, of records the one that was made first.
"""

from __future__ import annotations

from collections.abc import Mapping

from crmspec.plan.pointing import ALIAS
from crmspec.plan.sides import Sides
from crmspec.plan.work import DIALECTS, Both, FieldWork, renaming
from crmspec.schema import child_table_name
from crmspec.schema.ddl import literal, quoted
from crmspec.spec import TEXT_TYPES, Convert, Field, Object


def becomes_one(before: Field, after: Field) -> bool:
    """Say whether the several values of a field can become what it holds from now on."""
    match before.type, after.type:
        case "multi_picklist", after_type:
            return after_type == "picklist" or after_type in TEXT_TYPES
        case "many_to_many", "lookup":
            return before.to == after.to
    return False


def note_several(sides: Sides, one: Object, before: Field, after: Field, work: FieldWork) -> None:
    """Fill the column of a field from the values that it had in a table of their own."""
    if not becomes_one(before, after):
        return
    values = _Values(sides, one, before, after)
    column = f"{after.base_column}{after.row.columns[0][0]}"
    work.reads = values.table
    work.source = values.joined()
    if after.row.columns[0][1] == "text" and after.type != "picklist":
        work.fill[column] = work.source
        return
    work.fill[column] = dict.fromkeys(DIALECTS, values.kept())
    faults = [values.are_several()] if not values.said.keep else []
    words = ["is several values"] if faults else []
    if after.options and values.said.otherwise is None:
        faults.append(f"{values.kept()} NOT IN ({', '.join(map(literal, after.option_names))})")
        words.append("is no option any more")
    elif after.options:
        work.fill[column] = dict.fromkeys(DIALECTS, values.kept_or_otherwise())
    if faults:
        work.unfit = dict.fromkeys(DIALECTS, " OR ".join(faults))
        work.unfit_words = " or ".join(words)


class _Values:
    """The table of a field's several values, as it is called once it is out of sight."""

    def __init__(self, sides: Sides, one: Object, before: Field, after: Field) -> None:
        self.table = sides.stored_child(one.name, before, child_table_name(sides.earlier(one.name), before))
        self.said = after.convert or Convert()
        self._before, self._after = before, after
        self._column = "value" if before.options else "target_id"
        self._stored = _stored_options(sides, one, before)
        renamed = {old: new for old, new in zip(self._stored, before.option_names, strict=True) if old != new}
        self._names: Mapping[str, str] = {**renamed, **self.said.map}

    def _of(self, column: str) -> str:
        return f"{quoted(ALIAS + self.table)}.{quoted(column)}"

    @property
    def _value(self) -> str:
        own = self._of(self._column)
        return renaming(own, self._names) if self._names else own

    @property
    def _from(self) -> str:
        read = f"{quoted(self.table)} AS {quoted(ALIAS + self.table)}"
        return f"FROM {read} WHERE {self._of('record_id')} = {quoted('id')}"

    def kept(self) -> str:
        """Write the value that counts."""
        order = self._of(self._column)
        if self._before.options:
            places = " ".join(f"WHEN {literal(name)} THEN {place}" for place, name in enumerate(self._stored))
            order = f"CASE {order} {places} END"
        down = " DESC" if self.said.keep == "last" else ""
        return f"(SELECT {self._value} {self._from} ORDER BY {order}{down} LIMIT 1)"

    def kept_or_otherwise(self) -> str:
        """Write the value that counts, or what stands for one that is no option any more."""
        known = f"{self.kept()} IN ({', '.join(map(literal, self._after.option_names))})"
        rest = "NULL" if self.said.otherwise in (None, "empty") else literal(str(self.said.otherwise))
        return f"CASE WHEN {self.kept()} IS NULL THEN NULL WHEN {known} THEN {self.kept()} ELSE {rest} END"

    def are_several(self) -> str:
        """Write when a record has more than one."""
        return f"(SELECT count(*) {self._from}) > 1"

    def joined(self) -> Both:
        """Write all of them in one text."""
        inner = f"SELECT CAST({self._value} AS text) AS one {self._from} ORDER BY 1"
        return {
            "sqlite": f"(SELECT group_concat(several.one, ', ') FROM ({inner}) AS several)",
            "postgresql": f"(SELECT string_agg(several.one, ', ' ORDER BY several.one COLLATE \"C\") "
            f"FROM ({inner}) AS several)",
        }


def _stored_options(sides: Sides, one: Object, before: Field) -> tuple[str, ...]:
    """Return the options of a field as they are stored, in the order of the names that they have from now on."""
    deployed = sides.deployed.objects.get(sides.old_names.get(one.name, ""))
    earlier = sides.before.objects.get(one.name)
    if deployed is None or earlier is None:
        return before.option_names
    return list(deployed.fields.values())[list(earlier.fields).index(before.name)].option_names
