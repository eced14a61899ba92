"""A plan as people read it in a terminal: changes by object, hazards, what the records say, how long it takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from itertools import groupby

from crmspec.cli.output import NOTHING_TO_DO
from crmspec.cli.show_plan_data import About, Meaning
from crmspec.cli.terminal import counted, table
from crmspec.plan import Action, Change, Phase, Plan
from crmspec.plan.diff import object_of, own
from crmspec.schema import Dialect
from crmspec.spec import Field, LogIn, Object, kind_of, to_plain

_TO_DO: Mapping[Action, str] = {"add": "to add", "alter": "to alter", "rename": "to rename", "remove": "to remove"}
_DONE: Mapping[Action, str] = {"add": "added", "alter": "altered", "rename": "renamed", "remove": "removed"}
_VALUE_LENGTH_MAX = 60
_ALTERED_KEYS_MAX = 4
_PLAIN_ROWS_MAX = 12
_BY_LANGUAGE = ("label", "plural", "help", "message", "related_label", "inputs", "measure", "name", "address")
_PHASES: Mapping[Phase, str] = {
    "prepare": "-- == prepared before the release, step by step, while everybody goes on working ==\n",
    "release": "-- == the release: one transaction ==\n",
}

Row = tuple[str, ...]


def plan_sql(plan: Plan, dialect: Dialect) -> str:
    """Return every statement for a database, each step under its title; those of a phase stand together."""
    paragraphs, phase = [], "release"
    for step in plan.steps:
        if step.sql[dialect]:
            if step.phase != phase:
                phase = step.phase
                paragraphs.append(_PHASES[phase])
            statements = "".join(f"{statement};\n" for statement in step.sql[dialect])
            paragraphs.append(f"-- {' '.join(step.title.split())}\n{statements}")
    return "\n".join(paragraphs)


def plan_text(plan: Plan, about: About | None = None) -> str:
    """Return the plan as text; the commands to go on with are not part of it."""
    if not plan.changes and not plan.steps:
        return NOTHING_TO_DO
    paragraphs = [f"{title}\n{table(rows, indent='  ')}" for title, rows in groups(plan)]
    paragraphs += filter(None, _meaning(Meaning(plan, about or About())))
    return "\n\n".join([*paragraphs, summary(plan)])


def summary(plan: Plan) -> str:
    """Return `Plan: 1 to add, 1 to remove. 1 hazard to allow.`"""
    names = allowable(plan)
    hazards = f" {counted(len(names), 'hazard')} to allow." if names else ""
    unfit = len({fact.address for fact in plan.facts if fact.kind == "unfit"})
    stop = f" The records of {counted(unfit, 'part')} stand in the way." if unfit else ""
    return f"Plan: {counts_words(plan, _TO_DO)}.{hazards}{stop}"


def allowable(plan: Plan) -> tuple[str, ...]:
    """Return the hazards that somebody can allow. Whether records fit is nobody's to say: every deploy counts them."""
    return tuple(name for name in plan.hazard_names if name != "may_fail_on_data")


def done_words(plan: Plan) -> str:
    """Return `1 added, 1 removed`."""
    return counts_words(plan, _DONE)


def counts_words(plan: Plan, words: Mapping[Action, str]) -> str:
    """Count the changes of each action; a plan may have only steps."""
    counts = (f"{plan.count_of(action):,} {word}" for action, word in words.items() if plan.count_of(action))
    return ", ".join(counts) or counted(len(plan.steps), "step")


def next_command(plan: Plan) -> str:
    """Return the deploy command that allows what the plan poses."""
    names = allowable(plan)
    return f"crmspec deploy --allow {','.join(names)}" if names else "crmspec deploy"


def groups(plan: Plan) -> Iterator[tuple[str, list[Row]]]:
    """Yield title and rows: one group an object, one for each other kind of part."""
    hazards: dict[str, list[str]] = {}
    for hazard in plan.hazards:
        hazards.setdefault(hazard.address, []).append(hazard.name)
    shown = shown_changes(plan)
    whole = [change for change in shown if _is_whole_object(change)]
    rest = [change for change in shown if not _is_whole_object(change)]
    for title, changes in groupby([*whole, *rest], key=group_of):
        rows: list[Row] = [
            (
                f"{change.symbol} {change.address}", words_of(change, plan),
                " ".join(f"! {name}" for name in dict.fromkeys(hazards.get(change.address, ()))),
            )
            for change in changes
        ]
        is_plain = len(rows) > _PLAIN_ROWS_MAX and not any(row[1] or row[2] for row in rows)
        yield title, _in_short(title, rows) if is_plain else rows


def _in_short(title: str, rows: list[Row]) -> list[Row]:
    """Count many rows that say nothing but a name."""
    signs = Counter(row[0][0] for row in rows)
    return [(f"{sign} {number} {title}", "", "") for sign, number in signs.items()]


def _is_whole_object(change: Change) -> bool:
    return change.action in ("add", "remove") and isinstance(change.after or change.before, Object)


def shown_changes(plan: Plan) -> list[Change]:
    """Leave out what comes or goes with its parent: a new object says how many fields it has, not which."""
    whole = {change.address for change in plan.changes if change.action in ("add", "remove")}
    return [change for change in plan.changes if not any(parent in whole for parent in _parents(change.address))]


def _parents(address: str) -> Iterator[str]:
    kind, colon, rest = address.partition(":")
    if colon and kind in ("validation", "index"):
        yield rest.split(".", 1)[0]
    elif colon:
        name, dot, _ = rest.partition(".")
        if dot:
            yield f"{kind}:{name}"
    elif "." in address:
        one, _, rest = address.partition(".")
        yield one
        if "." in rest:
            yield f"{one}.{rest.split('.', 1)[0]}"


def group_of(change: Change) -> str:
    """Return the heading that a change stands under: its object, or the plural of its kind."""
    kind = kind_of(change.address)
    name = object_of(change.address)
    if name and not _is_whole_object(change):
        return name
    return kind.replace("_", " ") + ("" if kind in ("project", "company") else "s")


def words_of(change: Change, plan: Plan) -> str:
    """Say in a few words what a change is."""
    match change.action:
        case "rename":
            return f"was {change.was}"
        case "alter":
            return _altered(change.before, change.after)
        case "add":
            return _described(change.after)
        case "remove":
            return ", ".join(filter(None, (_described(change.before), _lost(change, plan))))


def _lost(change: Change, plan: Plan) -> str:
    count = plan.counts.get(change.address)
    if count is None:
        return ""
    whole = f" of {count.of:,}" if count.of is not None else ""
    return f"{count.rows:,}{whole} records have it" if change.address.count(".") else counted(count.rows, "record")


def _described(part: object) -> str:
    match part:
        case Object():
            return counted(len(part.fields), "field")
        case Field():
            return f"{part.type} to {', '.join(part.to)}" if part.to else part.type
        case _:
            return ""


def _altered(before: object, after: object) -> str:
    old, new = own(before, after), own(after, before)
    keys = [key for key in new if old.get(key) != new.get(key)]
    said = [line for key in keys for line in _differences(key, old.get(key), new.get(key))]
    more = len(said) - _ALTERED_KEYS_MAX
    return ", ".join([*said[:_ALTERED_KEYS_MAX], *([f"{more} more"] if more > 0 else [])])


def _differences(key: str, old: object, new: object) -> Iterator[str]:
    """Say what differs under one key: of a map its entries, of a list of unnamed things how many."""
    match old, new:
        case Mapping(), Mapping():
            first = next(iter(new), "") if key in _BY_LANGUAGE else ""
            names = [name for name in dict.fromkeys([*new, *old]) if old.get(name) != new.get(name)]
            for name in names[:1] if key in _BY_LANGUAGE else names:  # one language shows what it is about
                where = key if name == first else f"{key} {name}"
                if isinstance(old.get(name), Mapping) and isinstance(new.get(name), Mapping):
                    yield from _differences(where, old[name], new[name])
                else:
                    yield f"{where}: {_entry(old, name)} → {_entry(new, name)}"
        case tuple(), tuple() if any(is_dataclass(item) and not hasattr(item, "name") for item in (*old, *new)):
            kept = sum(item in old for item in new)
            yield f"{key}: {len(new) - kept} of {len(new)} changed"
        case _:
            yield f"{key}: {_value(old)} → {_value(new)}"


def _entry(values: Mapping[str, object], name: str) -> str:
    return _value(values[name]) if name in values else "not said"


def _value(value: object) -> str:
    """Write a value shortly: labels in the project's first language, names of lists, yes and no."""
    match value:
        case None | "" | ():
            return "none"
        case bool():
            return "yes" if value else "no"
        case Mapping() if not value:
            return "none"
        case Mapping() if all(isinstance(item, str) for item in value.values()):
            text = next(iter(value.values()))
        case Mapping():
            text = ", ".join(map(str, value))
        case tuple() | list():
            text = ", ".join(str(getattr(item, "name", item)) for item in value)
        case LogIn():
            text = ", ".join(f"{name} {said}" for name, said in to_plain(value).items()) or "as usual"
        case _:
            text = str(value)
    text = " ".join(text.split())
    return text if len(text) <= _VALUE_LENGTH_MAX else text[: _VALUE_LENGTH_MAX - 1] + "…"


# --- what follows from the changes ---


def _meaning(meaning: Meaning) -> Iterator[str]:
    """Yield a paragraph for each thing that a plan means; an empty one is left out."""
    yield _section("hazards", [(f"! {name}", *rest) for name, *rest in meaning.hazard_rows()])
    yield _in_the_way(meaning)
    yield _section("hazards that the records do not pose", list(meaning.settled_rows()))
    yield _section("what becomes of records", list(meaning.record_rows()))
    yield _section("what uses the parts that go or change their type", list(meaning.impact_rows()))
    yield _time(meaning)
    yield _section("steps", list(meaning.step_rows()))
    questions = [(one.before, "→", one.after, f"renames: {one.line}") for one in meaning.plan.questions]
    yield _section("possible renames: say which are", questions)


def _section(title: str, rows: Sequence[Row]) -> str:
    return f"{title}\n{table(rows, indent='  ')}" if rows else ""


def _in_the_way(meaning: Meaning) -> str:
    """Say which stored records stand in the way, with the first of them and the way out."""
    lines = []
    for fact in meaning.in_the_way:
        lines.append(f"  {fact.address}  {fact.rows:,} {fact.what}")
        first = [(one.key, _value(one.value) if one.value is not None else "blank") for one in fact.sample]
        lines.append(table(first, indent="    "))
        lines.append(f"    help  {fact.remedy}")
    return "\n".join(["records that stand in the way: nothing is deployed before they fit", *lines]) if lines else ""


def _time(meaning: Meaning) -> str:
    """Say how long it takes, who waits meanwhile, and which steps take the time."""
    if not meaning.duration:
        return ""
    waiting = f"; {meaning.waiting}" if meaning.waiting else ""
    head = f"time, estimated from the size of the tables: {meaning.duration}{waiting}"
    rows = list(meaning.cost_rows())
    return f"{head}\n{table(rows, indent='  ')}" if rows else head
