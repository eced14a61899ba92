"""What only a printing company has: job specifications and work orders."""

from __future__ import annotations

from samples.rows import Row
from samples.world import Deal, World, day, moment

FLAT = {"leaflet", "poster", "label", "stationery", "carrier_bag"}
BOXES = {"folding_box", "gift_box", "corrugated_box"}
PAPERS = {
    "brochure": ("gloss_coated", 157),
    "book": ("offset", 80),
    "leaflet": ("gloss_coated", 157),
    "poster": ("gloss_coated", 200),
    "folding_box": ("ivory_board", 350),
    "gift_box": ("speciality", 157),
    "carrier_bag": ("ivory_board", 230),
    "label": ("self_adhesive", 80),
    "manual": ("offset", 80),
    "calendar": ("matt_coated", 250),
    "corrugated_box": ("corrugated", 450),
    "stationery": ("speciality", 120),
}
FINISHING = {
    "brochure": ["matt_lamination", "folding"],
    "folding_box": ["gloss_lamination", "die_cutting", "gluing"],
    "gift_box": ["matt_lamination", "gold_foil", "embossing"],
    "carrier_bag": ["matt_lamination", "die_cutting", "rope"],
    "label": ["varnish", "die_cutting"],
    "corrugated_box": ["die_cutting", "gluing"],
    "leaflet": ["folding"],
    "manual": ["folding"],
    "calendar": ["spot_uv"],
    "book": ["matt_lamination"],
    "poster": ["varnish"],
    "stationery": ["creasing"],
}
RUNS = {"book": (1_000, 20_000), "label": (20_000, 400_000), "gift_box": (500, 8_000), "leaflet": (5_000, 100_000)}
MACHINES = {"label": "flexo", "book": "web", "stationery": "digital"}


def job_specifications(world: World) -> None:
    """Make the specification of what most opportunities are about."""
    for deal in world.deals:
        if deal.stage != "qualify" and world.chance(0.66):
            _job(world, deal)


def _job(world: World, deal: Deal) -> None:
    rng = world.rng
    kind = world.words.JOBS_BY_TOPIC[deal.topic]
    paper, weight = PAPERS[kind]
    run = int(round(world.amount(*RUNS.get(kind, (1_000, 60_000))), -2))
    pages = 1 if kind in BOXES else 2 if kind in FLAT else rng.choice([8, 16, 24, 32, 48, 64])
    bound = pages > 2
    ago = max(1, deal.created - rng.randint(0, 10))
    row: Row = {
        "name": deal.name,
        "account": deal.account.name,
        "opportunity": deal.name,
        "product_kind": kind,
        "run_length": run,
        "pages": pages,
        "format": "custom" if kind in BOXES or kind == "carrier_bag" else rng.choice(["a4", "large_16", "a5"]),
        "paper": paper,
        "weight_gsm": weight,
        "cover_paper": "gloss_coated" if bound else None,
        "cover_weight_gsm": 250 if bound else None,
        "colours_front": 4,
        "colours_back": 0 if kind in BOXES or kind == "label" else 4,
        "spot_colours": "PANTONE 871C" if world.chance(0.2) else None,
        "finishing": FINISHING[kind],
        "binding": ("saddle_stitch" if pages <= 48 else "perfect") if bound else "none",
        "proof": rng.choice(["digital", "digital", "press", "blank_model"]),
        "copies_per_sheet": rng.choice([2, 4, 8, 16]),
        "waste": rng.choice([3, 5, 8]),
        "deliver_by": day(deal.closed - rng.randint(12, 30)),
        "owner": deal.account.owner,
        "created_at": moment(rng, ago),
    }
    if row["format"] == "custom":
        row |= {"width_mm": rng.randint(60, 420), "height_mm": rng.randint(80, 500), "depth_mm": rng.randint(20, 160)}
    if deal.stage != "needs":
        row |= _costs(world, deal.amount)
    world.add("job_specification", row)


def _costs(world: World, amount: int) -> Row:
    """Share the cost of a job: paper is the most of it."""
    cost = amount * world.rng.uniform(0.58, 0.74)
    shares = {"paper_cost": 0.46, "plate_cost": 0.07, "press_cost": 0.22, "finishing_cost": 0.19, "other_cost": 0.06}
    return {name: int(cost * share) for name, share in shares.items()}


def work_orders(world: World) -> None:
    """Send the orders of the last months through the works."""
    jobs = {str(row["opportunity"]): row for row in world.rows["job_specification"]}
    for order in world.rows["order"]:
        ago = int(str(order["ordered_on"]).removeprefix("today()").lstrip("-") or 0)
        if order["status"] == "draft" or ago > 150:
            continue
        job = jobs.get(str(order.get("opportunity")))
        _work_order(world, order, job, ago)


def _work_order(world: World, order: Row, job: Row | None, ago: int) -> None:
    rng = world.rng
    status = str(order["status"])
    stages = {
        "confirmed": ["planned", "planned", "prepress"],
        "in_progress": ["prepress", "press", "finishing", "packed"],
        "cancelled": ["cancelled"],
    }
    state = rng.choice(stages.get(status, ["delivered"]))
    kind = str(job["product_kind"]) if job else ""
    run = int(str(job["run_length"])) if job else int(round(world.amount(1_000, 40_000), -2))
    printed = state in ("finishing", "packed", "delivered")
    planned = max(0, ago - rng.randint(2, 8)) if state != "planned" else -rng.randint(1, 6)
    since = 0 if ago < 2 else rng.randint(1, min(ago, 9))
    world.add(
        "work_order",
        {
            "name": str(order["subject"]).removesuffix("订单"),
            "order": order["subject"],
            "job": job["name"] if job else None,
            "account": order["account"],
            "state": state,
            "priority": world.pick({"normal": 6, "high": 3, "urgent": 1}),
            "run_length": run,
            "machine": None
            if state in ("planned", "cancelled")
            else MACHINES.get(kind) or rng.choice(["sheetfed_4", "sheetfed_5"]),
            "planned_start": day(planned),
            "deliver_by": order["deliver_by"],
            "good_copies": run + rng.randint(0, 60) if printed else None,
            "spoiled_copies": int(run * rng.uniform(0.005, 0.05)) if printed else None,
            "owner": rng.choice(world.logins("production_planner", "production_manager")),
            "created_at": moment(rng, ago),
            "state_since": moment(rng, since),
        },
    )
