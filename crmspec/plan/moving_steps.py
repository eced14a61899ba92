"""Records that become records of another object, as steps.

1. What leaves an object that stays is copied whole, out of sight. On PostgreSQL nobody writes to it from then on.
2. The records are written into the table of their new object, with what they hold there; several values likewise.
   Where a merge is taken back they are there already, as they were: only what was changed since is brought over.
3. What crmspec knows of them (history, shares, what search finds them by) follows by their ids.
4. They are taken out of the object that they left.

PostgreSQL writes them before the rules of their new table are set, SQLite, which writes that table anew, afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crmspec.plan.change import Step
from crmspec.plan.convert import conversion, needs_conversion
from crmspec.plan.moving import Moving, same_child
from crmspec.plan.moving_values import SYSTEM, Filling, MovedValues, Reading, condition_of, reading
from crmspec.plan.retire import forget, remember
from crmspec.plan.search_steps import searched, words_of
from crmspec.plan.sides import Sides
from crmspec.plan.step import step
from crmspec.plan.work import DIALECTS, Both, TableWork
from crmspec.schema import Dialect, Table, child_table_name, object_tables
from crmspec.schema.ddl import create_table_sql, literal, quoted
from crmspec.schema.stored_names import stored_name_sql
from crmspec.schema.system import SYSTEM_TABLES
from crmspec.spec import Field, Object


def keeping(sides: Sides) -> Iterator[Step]:
    """Copy what leaves an object that stays."""
    for move in sides.moves:
        if move.kept is None:
            continue
        if move.returns:  # what was deleted since does not come back
            there = f"SELECT there.id FROM {quoted(move.source.table)} AS there"
            gone = [f"DELETE FROM {quoted(move.which)} WHERE id NOT IN ({there})"]
            yield step(f"find what returns to {move.target.name}", move.target.name, sqlite=gone, postgresql=gone)
            continue
        sql = {dialect: list(_kept(sides, move, dialect)) for dialect in DIALECTS}
        yield step(f"keep what leaves {move.source.name}", move.source.name, **sql)


def _kept(sides: Sides, move: Moving, dialect: Dialect) -> Iterator[str]:
    assert move.kept is not None
    assert isinstance(move.kept.part, Object)
    tables = list(object_tables(sides.unmapped, move.kept.part))
    source = quoted(move.source.table)
    if dialect == "postgresql":
        # Nobody may change what is copied, nor begin to point at it: deleting it would take that along, unseen.
        yield f"LOCK TABLE {source} IN ACCESS EXCLUSIVE MODE"
    for table, stored in zip(tables, move.kept.stored_as, strict=True):
        bare = Table(name=stored, columns=table.columns, primary_key=table.primary_key, object=table.object)
        yield create_table_sql(bare, dialect).replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1)
    if move.back:
        which = f"{source}.\"id\" IN (SELECT there.id FROM {quoted(move.target.table)} AS there)"
    else:
        which = condition_of(move, sides.desired.project.time_zone, sides.unmapped)[dialect]
    for number, (table, stored) in enumerate(zip(tables, move.kept.stored_as, strict=True)):
        columns = ", ".join(quoted(column.name) for column in table.columns)
        moved = f"record_id IN (SELECT there.id FROM {quoted(move.which)} AS there)"
        where = moved if number else which
        yield (
            f"INSERT INTO {quoted(stored)} ({columns})\n  SELECT {columns} FROM {quoted(table.name)} WHERE {where}"
        )
    yield from remember(move.kept)


def arriving(sides: Sides, works: Sequence[TableWork], dialect: Dialect) -> Iterator[Step]:
    """Write the records into their new object, and let what is known of them follow."""
    for move in sides.moves:
        arrival = _Arrival(sides, move, works)
        title = f"let records of {move.source.name} be records of {move.target.name}"
        yield step(title, move.target.name, **{dialect: list(arrival.statements(dialect))})
    for name in sides.changing if sides.moves else ():
        for field in sides.new_children(name):
            statements = list(_links_that_follow(sides, name, field))
            yield step(f"let {name}.{field.name} follow", f"{name}.{field.name}", **{dialect: statements})


def _links_that_follow(sides: Sides, name: str, field: Field) -> Iterator[str]:
    """Fill a new table of links from the one that went out of sight, as far as its records are there."""
    before = sides.earlier(name).fields.get(field.name)
    if before is None or not before.type == field.type == "many_to_many":
        return
    table = child_table_name(sides.desired.objects[name], field)
    stored = sides.stored_child(name, before, child_table_name(sides.earlier(name), before))
    for move in sides.moves:
        if move.source.name in before.to and move.target.name in field.to:
            moved = f"(SELECT there.id FROM {quoted(move.which)} AS there)"
            yield (
                f"INSERT INTO {quoted(table)} (record_id, target_id)\n  SELECT record_id, target_id "
                f"FROM {quoted(stored)} WHERE target_id IN {moved}"
            )


def leaving(sides: Sides, dialect: Dialect) -> Iterator[Step]:
    """Take the records out of the object that they left, where that stays; end what is kept no more."""
    for move in sides.moves:
        statements: list[str] = []
        if move.returns:
            assert move.kept is not None
            if not move.whole:
                statements += _taken_out(sides, move, dialect)
            statements += [f"DROP TABLE {quoted(name)}" for name in reversed(move.kept.stored_as)]
            statements += forget(move.kept)
        elif move.kept is not None:
            statements += _taken_out(sides, move, dialect)
        yield step(f"take out of {move.source.name} what left it", move.source.name, **{dialect: statements})


def _taken_out(sides: Sides, move: Moving, dialect: Dialect) -> Iterator[str]:
    moved = f"(SELECT there.id FROM {quoted(move.which)} AS there)"
    if dialect == "postgresql":
        yield from _guards(sides, move, moved)
    after = sides.desired.objects[move.source.name].fields
    for field in move.source.fields.values():
        if field.row.child and same_child(field, after.get(field.name)):
            yield f"DELETE FROM {quoted(child_table_name(move.source, field))} WHERE record_id IN {moved}"
    yield f"DELETE FROM {quoted(move.source.table)} WHERE id IN {moved}"


def _guards(sides: Sides, move: Moving, moved: str) -> Iterator[str]:
    """Stop where somebody pointed at a record that leaves after it was counted: deleting it would empty, or delete."""
    for name, one in sides.desired.objects.items():
        there = sides.before.objects.get(name)
        for field in one.fields.values():
            if there is None or field.name not in there.fields or field.to != (move.source.name,):
                continue
            table, column = one.table, f"{field.base_column}_id"
            key = "id"
            if field.row.child:
                table, column, key = child_table_name(one, field), "target_id", "record_id"
            own = f' AND pointing."{key}" NOT IN {moved}' if name == move.source.name else ""
            why = literal(f"{name}.{field.name}: somebody has just pointed at a record that leaves {move.source.name}")
            yield (
                f"DO $crmspec$ BEGIN IF EXISTS (SELECT FROM {quoted(table)} AS pointing "
                f"WHERE pointing.{quoted(column)} IN {moved}{own}) THEN\n"
                f"  RAISE foreign_key_violation USING MESSAGE = {why}; END IF; END $crmspec$"
            )


class _Arrival:
    def __init__(self, sides: Sides, move: Moving, works: Sequence[TableWork]) -> None:
        self._sides, self._move = sides, move
        self._values = MovedValues(move, sides.before, sides.desired, sides.moves)
        self._names = {work.moved.after.name: dict(work.moved.renamed_values()) for work in works}
        self._ids = f"(SELECT there.id FROM {quoted(move.which)} AS there)"

    def statements(self, dialect: Dialect) -> Iterator[str]:
        move = self._move
        if not move.back:
            yield self._inserted(dialect)
        elif move.returns:
            yield self._returned(dialect)
        else:
            yield from self._brought_over(dialect)
        yield from self._several()
        yield from self._known()
        yield from self._found_by(dialect)

    # --- forth ---

    def _source(self, alias: str) -> Reading:
        """Read from where the records come: their table, or where they are kept; both have the options' old names."""
        return reading(alias, self._names.get(self._move.source.table, {}))

    def _inserted(self, dialect: Dialect) -> str:
        fillings = self._values.fillings(self._source("moving"))
        columns = [*SYSTEM, *(one.column for one in fillings)]
        values = [*(f'moving."{name}"' for name in SYSTEM), *(one.value[dialect] for one in fillings)]
        return (
            f"INSERT INTO {quoted(self._move.target.table)} ({_listed(columns)})\n"
            f"  SELECT {', '.join(values)}\n  FROM {quoted(self._move.which)} AS moving"
        )

    # --- back ---

    def _brought_over(self, dialect: Dialect) -> Iterator[str]:
        """Take a merge back: the records are there as they were before; what was changed since follows."""
        move, table = self._move, quoted(self._move.target.table)
        sets = [f'"{name}" = newer."{name}"' for name in SYSTEM[1:]]
        sets += [
            f"{quoted(one.column)} = {self._unless_unchanged(one, move.target.table, dialect)}"
            for one in self._values.fillings(self._source("newer"))
            if any(target.name == one.field.name for _, target in move.pairs)
        ]
        for field in move.target.fields.values():
            if field.row.child:
                several = quoted(child_table_name(move.target, field))
                yield f"DELETE FROM {several} WHERE record_id NOT IN {self._ids}"
        yield f"DELETE FROM {table} WHERE id NOT IN {self._ids}"
        yield (
            f"UPDATE {table} SET {', '.join(sets)}\n  FROM {quoted(move.which)} AS newer "
            f"WHERE newer.\"id\" = {table}.\"id\""
        )

    def _returned(self, dialect: Dialect) -> str:
        """Take a split back: the records are kept as they were before; what was changed since follows."""
        move = self._move
        assert move.kept is not None
        assert isinstance(move.kept.part, Object)
        changed = {one.column: one for one in self._values.fillings(self._source("newer"))
                   if any(target.name == one.field.name for _, target in move.pairs)}
        there = self._columns_there()
        kept = [column.name for column in next(iter(object_tables(self._sides.unmapped, move.kept.part))).columns]
        columns = [name for name in dict.fromkeys((*kept, *changed)) if name in there]
        values = [
            f'newer."{name}"' if name in SYSTEM
            else self._unless_unchanged(changed[name], "older", dialect) if name in changed
            else f"older.{quoted(name)}"
            for name in columns
        ]
        return (
            f"INSERT INTO {quoted(move.target.table)} ({_listed(columns)})\n  SELECT {', '.join(values)}\n"
            f"  FROM {quoted(move.which)} AS older JOIN {quoted(move.source.table)} AS newer "
            f"ON newer.\"id\" = older.\"id\""
        )

    def _columns_there(self) -> set[str]:
        """Return the columns that the table has by then, those that are out of sight among them."""
        table = self._move.target.table
        found = {column.name for column in next(iter(object_tables(self._sides.desired, self._move.target))).columns}
        found |= {name for one in self._sides.retired if one.kind == "field" and one.table == table
                  for name in one.stored_as}
        return found

    def _unless_unchanged(self, one: Filling, older: str, dialect: Dialect) -> str:
        """Keep the older value where it is what the newer one came from: it may have said more."""
        source, target = next((a, b) for a, b in self._move.pairs if b.name == one.field.name)
        newer, then = one.value[dialect], f"{quoted(older)}.{quoted(one.column)}"
        if not needs_conversion(target, source) or source.type == "lookup":
            return newer
        zone = self._sides.desired.project.time_zone
        forth = conversion(target, source, zone, self._sides.before, self._sides.desired)
        if forth is None:
            return f"coalesce({newer}, {then})"
        same = "IS" if dialect == "sqlite" else "IS NOT DISTINCT FROM"
        column = self._source("newer")(source.column_names[0])
        fits = f"NOT coalesce({forth.unfit(then, dialect)}, FALSE)" if forth.unfit else "TRUE"
        return f"CASE WHEN {fits} AND ({forth.expression(then, dialect)}) {same} {column} THEN {then} ELSE {newer} END"

    # --- what belongs to them ---

    def _several(self) -> Iterator[str]:
        move = self._move
        pairs = {target.name: source for source, target in self._values.several}
        for target in move.target.fields.values():
            source = pairs.get(target.name)
            if not target.row.child:
                continue
            into = quoted(child_table_name(move.target, target))
            column = "value" if target.row.child == "values" else "target_id"
            if source is not None:
                table = self._table_of(source)
                if move.back and not move.returns:
                    yield f"DELETE FROM {into} WHERE record_id IN {self._ids}"
            elif move.returns and (kept := self._kept_table(target)):
                table = kept
            else:
                continue
            fits = f" AND value IN ({', '.join(map(literal, target.option_names))})" if column == "value" else ""
            yield (
                f"INSERT INTO {into} (record_id, {column})\n  SELECT record_id, {column} FROM {quoted(table)} "
                f"WHERE record_id IN {self._ids}{fits}"
            )

    def _table_of(self, source: Field) -> str:
        """Return where the several values of a record are read: they may have been taken out already."""
        name = child_table_name(self._move.source, source)
        kept = self._move.kept
        if kept is not None and not self._move.returns and name in kept.names:
            return kept.stored_as[kept.names.index(name)]
        after = self._sides.desired.objects.get(self._move.source.name)
        if after is None or same_child(source, after.fields.get(source.name)):
            return name
        return self._sides.stored_child(self._move.source.name, source, name)

    def _kept_table(self, target: Field) -> str:
        kept = self._move.kept
        name = child_table_name(self._move.target, target)
        return kept.stored_as[kept.names.index(name)] if kept is not None and name in kept.names else ""

    def _known(self) -> Iterator[str]:
        """Let the rows of crmspec's own tables that are about a record follow it."""
        old, new = self._move.source.name, self._move.target.name
        for table in SYSTEM_TABLES:
            columns = {column.name: column for column in table.columns}
            if "object" not in columns or "record_id" not in columns or table.name in _APART:
                continue
            ids = self._ids
            if columns["record_id"].kind != "id":
                ids = ids.replace("there.id", "CAST(there.id AS text)")
            if table.name == "crmspec_history":
                cases = " ".join(
                    f"WHEN {stored_name_sql(old, source.name)} THEN {stored_name_sql(new, target.name)}"
                    for source, target in self._move.pairs
                )
                field = f", field = CASE field {cases} ELSE field END" if cases else ""
                sets = f"object = {stored_name_sql('', new)}{field}"
                yield f"UPDATE {table.name} SET {sets} WHERE object = {stored_name_sql('', old)} AND record_id IN {ids}"
            else:
                yield (
                    f"UPDATE {table.name} SET object = {literal(new)} "
                    f"WHERE object = {literal(old)} AND record_id IN {ids}"
                )

    def _found_by(self, dialect: Dialect) -> Iterator[str]:
        move = self._move
        gone = [move.source.name] if not move.whole or move.back else []
        for name in (*gone, *([move.target.name] if move.back else [])):
            yield (
                f"DELETE FROM crmspec_search WHERE object = {stored_name_sql('', name)} AND record_id IN {self._ids}"
            )
        for field in move.target.fields.values():
            if searched(move.target, field):
                yield f"{words_of(move.target, field, dialect)} AND id IN {self._ids}\n  ON CONFLICT DO NOTHING"


# What search finds is written anew for the fields of the other object; the audit trail is what was said at the time.
_APART = ("crmspec_search", "crmspec_audit")


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(map(quoted, columns))


def late_fills(works: Sequence[TableWork]) -> Iterator[Step]:
    """On PostgreSQL, let lookups follow when their records are there."""
    for work in works:
        late: dict[str, Both] = {name: one for field in work.fields if field.late for name, one in field.fill.items()}
        if late:
            sets = ", ".join(f"{quoted(name)} = {value['postgresql']}" for name, value in late.items())
            yield step(
                f"let lookups of {work.name} follow their records", work.desired.object,
                postgresql=[f"UPDATE {quoted(work.name)} SET {sets}"],
            )
