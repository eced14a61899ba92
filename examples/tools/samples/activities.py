"""Activities: what was done, week by week, and what is planned."""

from __future__ import annotations

from samples.rows import Row
from samples.world import Deal, World, day, moment

KINDS = {"call": 40, "visit": 16, "task": 20, "email": 18, "note": 6}
OUTCOMES = {"interested": 5, "call_again": 5, "quote_wanted": 3, "agreed": 3, "not_reached": 3, "not_interested": 1}
MINUTES = {"call": (3, 25), "visit": (40, 150), "email": (5, 15)}


def activities(world: World, count: int = 1500) -> None:
    """Make the follow-ups of quotes, then the rest about opportunities, accounts, leads and cases."""
    _quote_follow_ups(world)
    leads = world.rows["lead"]
    while len(world.rows["activity"]) < count:
        about = world.pick({"deal": 52, "account": 24, "lead": 16, "case": 8})
        ago = _when(world)
        if about == "deal":
            _about_deal(world, world.rng.choice(world.deals), ago)
        elif about == "account":
            account = world.rng.choice(world.accounts)
            _activity(
                world,
                ago,
                account.owner,
                {"account": account.name, "contact": world.rng.choice(account.contacts)},
                account.age,
            )
        elif about == "lead":
            lead = world.rng.choice(leads)
            _activity(world, ago, str(lead["owner"]), {"about": f"lead:{lead['name']}"}, _age(str(lead["created_at"])))
        else:
            case = world.rng.choice(world.rows["case"])
            _activity(
                world,
                ago,
                str(case["owner"]),
                {"account": case["account"], "contact": case["contact"], "about": f"case:{case['id']}"},
                _age(str(case["created_at"])),
            )


def _age(created: str) -> int:
    return int(created.removeprefix("today()-").partition("d")[0])


def _when(world: World) -> int:
    """Choose a day: three of four in the past, the nearer the more; some overdue, the rest to come."""
    if world.chance(0.16):
        return -world.rng.randint(0, 21)
    return int(1 + 180 * world.rng.random() ** 2)


def _about_deal(world: World, deal: Deal, ago: int) -> None:
    if deal.stage in ("won", "lost"):
        ago = deal.closed + world.rng.randint(0, max(1, deal.created - deal.closed))
    _activity(
        world,
        ago,
        deal.account.owner,
        {"account": deal.account.name, "contact": deal.contact, "about": f"opportunity:{deal.name}"},
        deal.created,
        deal.topic,
    )


def _quote_follow_ups(world: World) -> None:
    """Follow up most quotes that were sent, and leave some: the report must have something to show."""
    world.rows["activity"] = []
    for row in world.rows["quote"]:
        if row["status"] == "draft" or row.get("kind") == "supplier" or world.chance(0.16):
            continue
        sent = _age(str(row["created_at"]))
        for turn in range(world.rng.choice([1, 1, 2, 3])):
            ago = sent - 2 - turn * world.rng.randint(2, 5)
            if ago < 0:
                break
            world.add(
                "activity",
                {
                    "id": world.new_id(),
                    "subject": world.rng.choice(world.words.FOLLOW_UP),
                    "kind": "call",
                    "due": day(ago),
                    "done_on": day(ago),
                    "duration": _duration(world, "call"),
                    "outcome": world.pick(OUTCOMES),
                    "account": row["account"],
                    "contact": row.get("contact"),
                    "about": f"quote:{row['subject']}",
                    "notes": world.rng.choice(world.words.NOTES["call"]),
                    "owner": row["owner"],
                    "created_at": moment(world.rng, ago + 1),
                },
            )


def _duration(world: World, kind: str) -> str | None:
    if kind not in MINUTES:
        return None
    minutes = world.rng.randint(*MINUTES[kind])
    return f"{minutes // 60}h {minutes % 60}m" if minutes >= 60 else f"{minutes}m"


def _activity(world: World, ago: int, owner: str, given: Row, age_max: int, topic: str = "") -> None:
    rng = world.rng
    kind = world.pick(KINDS) if ago > 0 else world.pick({"call": 4, "visit": 3, "task": 5})
    ago = min(ago, max(0, age_max - 1))
    done = ago > 0 and not (ago < 25 and world.chance(0.12))
    subjects = world.words.SUBJECTS[kind]
    subject = rng.choice(subjects if topic else [one for one in subjects if "{" not in one])
    notes = rng.choice(world.words.NOTES[kind]) if done else ""
    if kind == "note":
        notes = rng.choice(world.words.NOTES["note"])
    world.add(
        "activity",
        {
            "id": world.new_id(),
            "subject": subject.format(topic=topic),
            "kind": kind,
            "due": day(ago),
            "due_time": f"{rng.randint(9, 17):02}:{rng.choice(('00', '30'))}"
            if kind in ("call", "visit") and world.chance(0.6)
            else None,
            "done_on": day(max(0, ago - world.pick({0: 8, 1: 2, 2: 1}))) if done else None,
            "priority": world.pick({"normal": 7, "high": 2, "low": 2, "urgent": 1}),
            "duration": _duration(world, kind) if done else None,
            "outcome": world.pick(OUTCOMES) if done and kind in ("call", "visit") else None,
            **given,
            "notes": notes,
            "owner": owner,
            "created_at": moment(rng, min(age_max, max(ago, 0) + rng.randint(1, 8))),
        },
    )
