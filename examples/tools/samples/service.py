"""Cases, campaigns and their members, announcements, issues."""

from __future__ import annotations

from samples.world import World, day, moment

WAITING = {"new": 1, "in_progress": 6, "waiting": 9}


def cases(world: World, count: int = 72) -> None:
    """Make cases of customers: most solved, some open, a few too long."""
    rng = world.rng
    customers = [one for one in world.accounts if one.type == "customer"]
    orders: dict[str, str] = {str(row["account"]): str(row["subject"]) for row in world.rows["order"]}
    for _ in range(count):
        kind, subject, cause, solution = rng.choice(world.words.CASES)
        account = rng.choice(customers)
        status = world.pick({"new": 9, "in_progress": 13, "waiting": 7, "solved": 38, "dropped": 5})
        age = (
            rng.randint(1, 3) if status == "new" else rng.randint(2, 20) if status in WAITING else rng.randint(12, 240)
        )
        age = min(age, account.age)
        since = (
            max(1, age - rng.randint(0, 12)) if status not in WAITING else min(age, rng.randint(1, WAITING[status] + 3))
        )
        solved = status == "solved"
        world.add(
            "case",
            {
                "id": world.new_id(),
                "subject": subject,
                "account": account.name,
                "contact": rng.choice(account.contacts),
                "order": orders.get(account.name),
                "status": status,
                "kind": kind,
                "channel": rng.choice(world.words.CHANNELS),
                "priority": world.pick({"low": 2, "normal": 6, "high": 3, "urgent": 1}),
                "description": subject,
                "due": day(age - rng.choice([2, 3, 5, 7, 10])),
                "cause": cause if solved or status == "waiting" else None,
                "solution": solution if solved else None,
                "satisfaction": rng.choices([2, 3, 4, 5], [1, 2, 5, 6])[0] if solved and world.chance(0.8) else None,
                "owner": rng.choice(world.logins("service_agent")),
                "created_at": moment(rng, age),
                "status_since": moment(rng, since),
            },
        )


def campaigns(world: World) -> None:
    """Make the campaigns, over the year."""
    rng = world.rng
    for index, (name, kind, budget, revenue) in enumerate(world.words.CAMPAIGNS):
        start = 330 - index * 32 + rng.randint(-8, 8)
        length = rng.choice([3, 14, 30])
        status = "planned" if start < 0 else "running" if start < length else "finished"
        world.add(
            "campaign",
            {
                "name": name,
                "kind": kind,
                "status": status,
                "start_date": day(start),
                "end_date": day(start - length),
                "budget": budget,
                "actual_cost": int(budget * rng.uniform(0.8, 1.15)) if status != "planned" else None,
                "expected_revenue": revenue,
                "goal": world.words.CAMPAIGN_GOAL.format(n=rng.choice([20, 30, 50, 80])),
                "owner": world.logins("marketer")[0],
                "created_at": moment(rng, start + 40),
            },
        )


def campaign_members(world: World) -> None:
    """Say who was addressed by a campaign, and who answered."""
    rng = world.rng
    leads = [f"lead:{row['name']}" for row in world.rows["lead"]]
    contacts = [f"contact:{row['name']}" for row in world.rows["contact"]]
    for row in world.rows["campaign"]:
        start = int(str(row["start_date"]).removeprefix("today()-") or 0) if "-" in str(row["start_date"]) else 0
        for member in rng.sample(leads, 8) + rng.sample(contacts, 12):
            status = (
                "planned"
                if row["status"] == "planned"
                else world.pick({"invited": 8, "responded": 4, "attended": 4, "declined": 2})
            )
            world.add(
                "campaign_member",
                {
                    "id": world.new_id(),
                    "campaign": row["name"],
                    "member": member,
                    "status": status,
                    "responded_on": day(max(0, start - rng.randint(0, 10)))
                    if status in ("responded", "attended")
                    else None,
                    "owner": row["owner"],
                },
            )


def announcements(world: World) -> None:
    """Make what the company tells its people."""
    for index, (title, category, body) in enumerate(world.words.ANNOUNCEMENTS):
        ago = 2 + index * 9
        world.add(
            "announcement",
            {
                "title": title,
                "category": category,
                "publish_on": day(ago),
                "expires_on": day(ago - 60) if category in ("news", "price") else None,
                "pinned": True if index < 2 else None,
                "body": f"<p>{body}</p>",
                "owner": world.rng.choice(world.logins("executive", "marketer", "sales_director")),
                "created_at": moment(world.rng, ago),
            },
        )


def issues(world: World) -> None:
    """Make the issue control table, as it looks some weeks after the start."""
    rng = world.rng
    for index, (title, area, severity, resolution) in enumerate(world.words.ISSUES):
        age = 58 - index * 3
        state = (
            ("rejected" if severity == "normal" and index == 8 else "solved")
            if resolution
            else rng.choice(["reported", "accepted", "in_progress"])
        )
        reviewed = [ago for ago in (42, 28, 14, 0) if ago < age]
        world.add(
            "issue",
            {
                "title": title,
                "description": title,
                "area": area,
                "state": state,
                "severity": severity,
                "reported_by": rng.choice([login for _, login, _ in world.words.STAFF]),
                "due_date": day(age - rng.choice([10, 14, 21])),
                "reviewed_on": day(reviewed[-1]) if reviewed else None,
                "resolved_on": day(max(1, age - rng.randint(5, 18))) if resolution else None,
                "resolution": resolution,
                "owner": world.logins("administrator")[0],
                "created_at": moment(rng, age),
            },
        )
