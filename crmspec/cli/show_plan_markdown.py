"""A plan as a reviewer reads it on a pull request: what it comes to on top, what stands in the way, the rest folded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from crmspec.cli.output import NOTHING_TO_DO
from crmspec.cli.show_plan import allowable, groups, next_command, summary
from crmspec.cli.show_plan_data import About, Meaning, audience_rows
from crmspec.cli.terminal import counted
from crmspec.plan import Hazard, Plan

_AUDIENCE_MAX = 10


def plan_markdown(plan: Plan, about: About | None = None) -> str:
    """Return the plan for a pull request: the summary, what stands in the way, the hazards, and the details folded."""
    if not plan.changes and not plan.steps:
        return f"**crmspec:** {NOTHING_TO_DO}"
    meaning = Meaning(plan, about or About())
    lines = [f"**{summary(plan)}**", "", *_summary(meaning), *_in_the_way(meaning), *_hazards(meaning)]
    if plan.questions:
        lines += ["#### Is something only renamed?", ""]
        rows = ((one.before, one.after, one.line) for one in plan.questions)
        lines += _table(("removed", "added", "if it is a rename, declare under `renames:`"), rows, code=(0, 1, 2))
    lines += _details(meaning)
    return "\n".join(lines).rstrip()


def _summary(meaning: Meaning) -> Iterator[str]:
    """Yield the table on top, what changes for whom; then how long it takes, how it is deployed and taken back."""
    plan, rows = meaning.plan, list(audience_rows(meaning.plan))
    if rows:
        shown = rows[:_AUDIENCE_MAX]
        more = [("", f"and {len(rows) - len(shown)} more, see below")] if len(rows) > len(shown) else []
        yield from _table(("who", "what changes"), [*shown, *more], code=())
    if meaning.duration:
        waiting = f"; {meaning.waiting}" if meaning.waiting else ""
        yield f"- **How long:** {_cell(f'{meaning.duration}, estimated{waiting}')}"
    deployed = "not before the records below are mended" if meaning.in_the_way else f"`{next_command(plan)}`"
    yield f"- **To deploy:** {deployed}"
    if meaning.undo:
        kept = f"; what goes can be restored for {plan.desired.project.retention_days} days"
        yield f"- **To undo:** `{meaning.undo}`{kept if any(map(_is_loss, plan.hazards)) else ''}"
    yield ""


def _is_loss(hazard: Hazard) -> bool:
    return hazard.name == "loses_data"


def _in_the_way(meaning: Meaning) -> Iterator[str]:
    if not meaning.in_the_way:
        return
    yield from ("#### Records that stand in the way", "")
    for fact in meaning.in_the_way:
        first = ", ".join(_offender(one.key, one.value) for one in fact.sample)
        yield f"- {_cell(fact.address, as_code=True)}: **{fact.rows:,}** {_cell(fact.what)}"
        yield f"  <br>first: {first}"
        yield f"  <br>way out: {_cell(fact.remedy)}"
    yield ""


def _offender(key: str, value: str | None) -> str:
    return f"{_cell(key, as_code=True)} {'*blank*' if value is None else _cell(value)}"


def _hazards(meaning: Meaning) -> Iterator[str]:
    rows = [row for row in meaning.hazard_rows() if row[0] in allowable(meaning.plan)]
    if rows:
        yield from ("#### Hazards to allow", "")
        yield from _table(("hazard", "where", "records", "why"), rows, code=(0, 1))


def _details(meaning: Meaning) -> Iterator[str]:
    plan = meaning.plan
    for title, rows in groups(plan):
        cells = ((row[0][0], row[0][2:], row[1], row[2].replace("! ", "").replace(" ", ", ")) for row in rows)
        yield from _folded(f"<code>{_cell(title)}</code>: {counted(len(rows), 'change')}",
                           ("", "what", "", "hazard"), cells, code=(0, 1))
    yield from _folded("What becomes of records", ("where", "records", "what"), list(meaning.record_rows()), code=(0,))
    yield from _folded("Hazards that the records do not pose: nobody has to allow them",
                       ("hazard", "where", "found"), list(meaning.settled_rows()), code=(0, 1))
    yield from _folded("What uses the parts that go or change their type", ("part", "used by", "written in"),
                       list(meaning.impact_rows()), code=(0, 2))
    costs = list(meaning.cost_rows())
    yield from _folded("The steps: prepared while everybody goes on working, then released in one transaction",
                       ("phase", "step"), list(meaning.step_rows()), code=(0,))
    yield from _folded("The steps that take the time", ("step", "time", "lock", ""), costs, code=())


def _folded(
    title: str, head: tuple[str, ...], rows: Iterable[Sequence[str]], *, code: tuple[int, ...],
) -> Iterator[str]:
    shown = list(rows)
    if shown:
        yield from (f"<details><summary>{title}</summary>", "", *_table(head, shown, code=code), "</details>", "")


def _table(
    head: tuple[str, ...], rows: Iterable[Sequence[str]], *, code: tuple[int, ...],
) -> list[str]:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for row in rows:
        cells = (_cell(cell, as_code=place in code) for place, cell in enumerate(row))
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def _cell(text: str, *, as_code: bool = False) -> str:
    """Write a text so that nothing in it is Markdown or HTML but what stands between backticks."""
    text = " ".join(text.split()).replace("|", "\\|")
    if as_code:
        return f"`{text.replace('`', chr(39))}`" if text else ""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a backtick that is not closed is only a character
        return _plain(text)
    return "`".join(part if number % 2 else _plain(part) for number, part in enumerate(parts))


def _plain(text: str) -> str:
    for character in "`*_[]":
        text = text.replace(character, f"\\{character}")
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
