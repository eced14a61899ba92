"""A plan as people read it: changes by object, hazards with their reasons, what the data says, what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import is_dataclass
from itertools import groupby

from crmspec.cli.output import NOTHING_TO_DO
from crmspec.cli.terminal import counted, table
from crmspec.plan import Action, Change, Plan
from crmspec.plan.diff import object_of, own
from crmspec.schema import Dialect
from crmspec.spec import Field, Object, kind_of
from crmspec.spec.canonical import to_plain

_TO_DO: Mapping[Action, str] = {"add": "to add", "alter": "to alter", "rename": "to rename", "remove": "to remove"}
_DONE: Mapping[Action, str] = {"add": "added", "alter": "altered", "rename": "renamed", "remove": "removed"}
_VALUE_LENGTH_MAX = 60
_ALTERED_KEYS_MAX = 4
_PLAIN_ROWS_MAX = 12
_BY_LANGUAGE = ("label", "plural", "help", "message", "related_label", "inputs", "measure", "name", "address")

Row = tuple[str, ...]


def plan_value(plan: Plan, dialect: Dialect, deployed: str, desired: str) -> dict[str, object]:
    """Return a plan as the object that JSON shows and `--out` saves, with the fingerprints of both sides."""
    return {
        "deployed": deployed or None,
        "desired": desired,
        "dialect": dialect,
        "changes": [
            {
                "action": change.action, "address": change.address, "was": change.was or None,
                "before": to_plain(change.before), "after": to_plain(change.after),
            }
            for change in plan.changes
        ],
        "steps": [
            {
                "title": step.title, "address": step.address, "phase": step.phase, "sql": list(step.sql[dialect]),
                "hazards": [hazard.name for hazard in step.hazards],
            }
            for step in plan.steps
        ],
        "hazards": [
            {"name": hazard.name, "address": hazard.address, "reason": hazard.reason} for hazard in plan.hazards
        ],
        "possible_renames": [
            {"from": question.before, "to": question.after, "line": question.line} for question in plan.questions
        ],
        "counts": {
            address: {"rows": count.rows, "of": count.of, "sample": list(count.sample)}
            for address, count in plan.counts.items()
        },
    }


def plan_sql(plan: Plan, dialect: Dialect) -> str:
    """Return every statement for a database, each step under its title."""
    paragraphs = []
    for step in plan.steps:
        if step.sql[dialect]:
            statements = "".join(f"{statement};\n" for statement in step.sql[dialect])
            paragraphs.append(f"-- {' '.join(step.title.split())}\n{statements}")
    return "\n".join(paragraphs)


def plan_text(plan: Plan) -> str:
    """Return the plan as text; the commands to go on with are not part of it."""
    if not plan.changes and not plan.steps:
        return NOTHING_TO_DO
    paragraphs = [f"{title}\n{table(rows, indent='  ')}" for title, rows in _groups(plan)]
    paragraphs += filter(None, (_hazards_text(plan), _data_text(plan), _questions_text(plan)))
    return "\n\n".join([*paragraphs, summary(plan)])


def summary(plan: Plan) -> str:
    """Return `Plan: 1 to add, 1 to remove. 1 hazard to allow.`"""
    hazards = f" {counted(len(plan.hazard_names), 'hazard')} to allow." if plan.hazards else ""
    return f"Plan: {counts_words(plan, _TO_DO)}.{hazards}"


def done_words(plan: Plan) -> str:
    """Return `1 added, 1 removed`."""
    return counts_words(plan, _DONE)


def counts_words(plan: Plan, words: Mapping[Action, str]) -> str:
    """Count the changes of each action; a plan may have only steps."""
    counts = (f"{plan.count_of(action):,} {word}" for action, word in words.items() if plan.count_of(action))
    return ", ".join(counts) or counted(len(plan.steps), "step")


def next_command(plan: Plan) -> str:
    """Return the deploy command that allows what the plan poses."""
    return f"crmspec deploy --allow {','.join(plan.hazard_names)}" if plan.hazards else "crmspec deploy"


def _groups(plan: Plan) -> Iterator[tuple[str, list[Row]]]:
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
        case _:
            text = str(value)
    text = " ".join(text.split())
    return text if len(text) <= _VALUE_LENGTH_MAX else text[: _VALUE_LENGTH_MAX - 1] + "…"


def _hazards_text(plan: Plan) -> str:
    rows = [(f"! {hazard.name}", hazard.address, hazard.reason) for hazard in plan.hazards]
    return "hazards\n" + table(rows, indent="  ") if rows else ""


def _data_text(plan: Plan) -> str:
    """Say which stored records stand in the way, with the first of them and the way out."""
    lines = []
    for check in plan.checks:
        count = plan.counts.get(check.address)
        # A count with a whole says how many values go out of sight, not how many do not fit.
        if count and count.rows and count.of is None:
            first = f": {', '.join(count.sample)}" if count.sample else ""
            lines.append(f"  {check.address}  {count.rows:,} {check.what}{first}\n    help  {check.remedy}")
    return "\n".join(["records that stand in the way", *lines]) if lines else ""


def _questions_text(plan: Plan) -> str:
    rows = [(question.before, "→", question.after, f"renames: {question.line}") for question in plan.questions]
    return "possible renames: say which are\n" + table(rows, indent="  ") if rows else ""


def plan_markdown(plan: Plan) -> str:
    """Return the plan for a pull request: the summary, the hazards, and the details folded."""
    if not plan.changes and not plan.steps:
        return f"**crmspec:** {NOTHING_TO_DO}"
    lines = [f"**{summary(plan)}**", ""]
    if plan.hazards:
        posed = ((hazard.name, hazard.address, hazard.reason) for hazard in plan.hazards)
        lines += _markdown_table(("hazard", "what", "why"), posed, code=(0, 1))
    if plan.questions:
        questions = ((one.before, one.after, one.line) for one in plan.questions)
        lines += _markdown_table(("removed", "added", "if this is a rename, declare"), questions, code=(0, 1, 2))
    for title, rows in _groups(plan):
        lines += [f"<details><summary><code>{title}</code>: {counted(len(rows), 'change')}</summary>", ""]
        cells = ((row[0][0], row[0][2:], row[1], row[2]) for row in rows)
        lines += [*_markdown_table(("", "what", "", "hazard"), cells, code=(0, 1)), "</details>", ""]
    if plan.hazards:
        lines.append(f"To deploy: `{next_command(plan)}`")
    return "\n".join(lines).rstrip()


def _markdown_table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]], *, code: tuple[int, ...]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for row in rows:
        cells = (_cell(cell, as_code=place in code) for place, cell in enumerate(row))
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def _cell(text: str, *, as_code: bool) -> str:
    """Write a text so that nothing in it is Markdown or HTML."""
    text = " ".join(text.split()).replace("|", "\\|")
    if as_code:
        return f"`{text.replace('`', chr(39))}`" if text else ""
    for character in "\\`*_[]<>":
        if character != "\\":
            text = text.replace(character, f"\\{character}")
    return text
