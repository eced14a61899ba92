"""Quotes, and the lines that quotes and orders share."""

from __future__ import annotations

from dataclasses import dataclass

from samples.rows import Row
from samples.selling import money
from samples.world import Deal, World, day, moment

QUOTED = {
    "proposal": {"sent": 7, "draft": 3},
    "negotiation": {"sent": 1},
    "won": {"accepted": 1},
    "lost": {"rejected": 7, "expired": 3},
}


@dataclass
class Line:
    """One line of a quote or an order."""

    product: str
    unit: str
    quantity: int
    price: float
    cost: float
    discount: int

    @property
    def total(self) -> float:
        """What the line comes to."""
        return self.quantity * self.price * (1 - self.discount / 100)


def lines(world: World, target: float) -> list[Line]:
    """Choose products whose sum comes near the target."""
    count = world.rng.choice([1, 2, 2, 3, 4])
    made: list[Line] = []
    for part in range(count):
        share = target * (0.6 if part == 0 and count > 1 else 1 / count if count == 1 else 0.4 / (count - 1))
        fitting = [one for one in world.words.PRODUCTS if one[4] <= share] or [
            min(world.words.PRODUCTS, key=lambda one: one[4])
        ]
        _, name, _, unit, price, cost = world.rng.choice(fitting)
        exact = max(1, share / price)
        quantity = int(round(exact, -3 if exact > 10_000 else -2 if exact > 1_000 else -1 if exact > 100 else 0)) or 1
        made.append(Line(name, unit, quantity, price, price * cost, world.rng.choice([0, 0, 0, 3, 5])))
    return made


def write_lines(
    world: World, object_name: str, parent: str, subject: str, given: list[Line], owner: str, job: str | None = None
) -> None:
    """Write the lines of one quote or order."""
    for position, line in enumerate(given, 1):
        row: Row = {
            "id": world.new_id(),
            parent: subject,
            "position": position,
            "product": line.product,
            "description": line.product,
            "quantity": line.quantity,
            "unit": line.unit,
            "unit_price": money(line.price),
            "discount": line.discount or None,
            "owner": owner,
        }
        if object_name == "order_line":
            row["unit_cost"] = money(line.cost)
        if job and position == 1:
            row["job"] = job
        world.add(object_name, row)


def quotes(world: World) -> dict[str, list[Line]]:
    """Make the quotes of opportunities that have come so far; return their lines by opportunity."""
    quoted: dict[str, list[Line]] = {}
    wanted = [deal for deal in world.deals if deal.stage in QUOTED]
    for deal in wanted:
        revisions = 2 if world.chance(0.12) else 1
        for revision in range(revisions, 0, -1):
            status = world.pick(QUOTED[deal.stage]) if revision == 1 else "expired"
            quoted[deal.name] = _quote(world, deal, status, revision)
    if world.printing:
        for deal in world.rng.sample(wanted, 14):
            _supplier_quote(world, deal)
    return quoted


def _quote_days(world: World, deal: Deal, status: str) -> int:
    if deal.stage in ("won", "lost"):
        return deal.closed + world.rng.randint(4, 25)
    return world.rng.randint(0, 2) if status == "draft" else world.rng.randint(1, min(40, max(2, deal.created)))


def _quote(world: World, deal: Deal, status: str, revision: int) -> list[Line]:
    rng = world.rng
    text = world.words.QUOTE_SUBJECT.format(topic=deal.topic)
    mark = "" if revision == 1 else "（初稿）" if world.printing else " (first version)"
    subject = f"{deal.account.short}{world.words.SEPARATOR}{text}{mark}"
    ago = _quote_days(world, deal, status) + (12 if revision > 1 else 0)
    made = lines(world, deal.amount)
    row: Row = {
        "subject": subject,
        "account": deal.account.name,
        "contact": deal.contact,
        "opportunity": deal.name,
        "price_book": rng.choice(world.words.PRICE_BOOKS)[0],
        "status": status,
        "quote_date": day(ago),
        "valid_until": day(ago - rng.choice([15, 30, 30, 45])),
        "discount": rng.choice([None, None, None, 2, 5]),
        "tax_rate": world.words.TAX,
        "delivery_days": rng.choice([7, 10, 15, 20, 30]),
        "payment_terms": rng.choice(world.words.PAYMENT_TERMS),
        "owner": deal.account.owner,
        "created_at": moment(rng, ago),
    }
    if world.printing:
        channel = world.chance(0.11)
        row |= {
            "kind": "channel" if channel else "customer",
            "channel": rng.choice(world.words.PARTNERS)[0] if channel else None,
            "sent_on": None if status == "draft" else day(max(0, ago - rng.randint(0, 1))),
            "next_follow_up": day(-rng.randint(-2, 10)) if status == "sent" else None,
        }
    world.add("quote", row)
    deal.quotes.append(subject)
    has_job = any(job["name"] == deal.name for job in world.rows.get("job_specification", ()))
    write_lines(world, "quote_line", "quote", subject, made, deal.account.owner, deal.name if has_job else None)
    return made


def _supplier_quote(world: World, deal: Deal) -> None:
    """What a supplier asks for a part of the job."""
    rng = world.rng
    supplier = rng.choice([one for one in world.accounts if one.type == "supplier"])
    subject = f"{supplier.short}{world.words.SEPARATOR}外协报价（{deal.account.short}{deal.topic}）"
    if not world.unique(subject):
        return
    ago = max(1, min(deal.created, abs(deal.closed) + rng.randint(5, 20)))
    owner = rng.choice(world.logins("estimator"))
    status = rng.choice(["accepted", "accepted", "sent", "rejected"])
    world.add(
        "quote",
        {
            "subject": subject,
            "kind": "supplier",
            "supplier": supplier.name,
            "account": deal.account.name,
            "opportunity": deal.name,
            "status": status,
            "quote_date": day(ago),
            "sent_on": day(ago),
            "valid_until": day(ago - 30),
            "tax_rate": world.words.TAX,
            "owner": owner,
            "created_at": moment(rng, ago),
        },
    )
    write_lines(world, "quote_line", "quote", subject, lines(world, deal.amount * 0.3), owner)
