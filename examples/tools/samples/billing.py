"""Quotes, contracts, orders, instalments, payments, invoices."""

from __future__ import annotations

from dataclasses import dataclass

from samples.rows import Row
from samples.selling import money
from samples.world import Account, Deal, World, day, moment

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


def _write_lines(
    world: World, object_name: str, parent: str, subject: str, given: list[Line], owner: str, job: str | None = None
) -> None:
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
    _write_lines(world, "quote_line", "quote", subject, made, deal.account.owner, deal.name if has_job else None)
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
    _write_lines(world, "quote_line", "quote", subject, lines(world, deal.amount * 0.3), owner)


def contracts(world: World, count: int = 26) -> dict[str, str]:
    """Make contracts of customers; return the name by account."""
    rng = world.rng
    made: dict[str, str] = {}
    customers = [one for one in world.accounts if one.type == "customer" and one.age > 60]
    for account in rng.sample(customers, count):
        kind = rng.choice(list(world.words.CONTRACT_KINDS))
        name = world.words.CONTRACT_NAME.format(kind=world.words.CONTRACT_KINDS[kind], account=account.short)
        status = world.pick({"active": 7, "ended": 2, "negotiating": 2, "draft": 1})
        start = {"active": rng.randint(20, 320), "ended": rng.randint(400, 700)}.get(status, -rng.randint(5, 40))
        signed = day(start + rng.randint(3, 15)) if status in ("active", "ended") else None
        world.add(
            "contract",
            {
                "name": name,
                "account": account.name,
                "status": status,
                "kind": kind,
                "amount": world.amount(40_000, 900_000),
                "signed_on": signed,
                "start_date": day(start),
                "end_date": day(start - 365),
                "notice_days": rng.choice([30, 60, 90]),
                "auto_renew": world.chance(0.4),
                "signed_by": account.contacts[0],
                "terms": rng.choice(world.words.CONTRACT_TERMS),
                "owner": account.owner,
                "created_at": moment(rng, max(1, min(account.age - 1, start + 20))),
            },
        )
        made[account.name] = name
    return made


def orders(world: World, quoted: dict[str, list[Line]], contracts_of: dict[str, str]) -> None:
    """Make the orders of won opportunities, and repeat orders of customers."""
    for deal in [deal for deal in world.deals if deal.stage == "won"]:
        quote = deal.quotes[-1] if deal.quotes else None
        _order(
            world,
            deal.account,
            deal.topic,
            deal.closed,
            quoted.get(deal.name) or lines(world, deal.amount),
            {
                "contact": deal.contact,
                "opportunity": deal.name,
                "quote": quote,
                "contract": contracts_of.get(deal.account.name),
            },
        )
    repeats = 0
    while repeats < 16:
        account = world.rng.choice([one for one in world.accounts if one.type == "customer" and one.age > 90])
        made = _order(
            world,
            account,
            world.rng.choice(world.words.TOPICS),
            world.rng.randint(1, 80),
            lines(world, world.amount(*world.words.AMOUNT)),
            {"contact": account.contacts[0], "contract": contracts_of.get(account.name)},
        )
        repeats += made


def _status(world: World, ago: int) -> str:
    if ago > 60:
        return "completed" if world.chance(0.93) else "cancelled"
    if ago > 25:
        return world.pick({"completed": 4, "shipped": 4, "in_progress": 2})
    return world.pick({"confirmed": 4, "in_progress": 5, "draft": 1})


def _order(world: World, account: Account, topic: str, ago: int, given: list[Line], more: Row) -> bool:
    rng = world.rng
    subject = f"{account.short}{world.words.SEPARATOR}{world.words.ORDER_SUBJECT.format(topic=topic)}"
    if not world.unique(subject):
        return False
    status = _status(world, ago)
    deliver = ago - rng.randint(12, 35)
    shipped = max(0, deliver + rng.randint(-3, 4)) if status in ("shipped", "completed") else None
    world.add(
        "order",
        {
            "subject": subject,
            "account": account.name,
            **more,
            "status": status,
            "ordered_on": day(ago),
            "deliver_by": day(deliver),
            "shipped_on": day(shipped) if shipped is not None else None,
            "owner": account.owner,
            "created_at": moment(rng, ago),
            "shipping_address": _ship_to(world, account),
        },
    )
    _write_lines(world, "order_line", "order", subject, given, account.owner)
    if status not in ("draft", "cancelled"):
        _money(world, account, subject, ago, sum(line.total for line in given), status, more.get("contract"))
    return True


def _ship_to(world: World, account: Account) -> dict[str, str]:
    city = account.city
    return {
        "street": world.words.street(world.rng),
        "city": city[0],
        "region": city[1],
        "postcode": city[2],
        "country": world.words.COUNTRY[city[5]],
    }


def _money(world: World, account: Account, order: str, ago: int, total: float, status: str, contract: object) -> None:
    """Make what is due and what was paid for an order."""
    rng = world.rng
    parts = (
        [(0.3, ago - rng.randint(2, 7)), (0.7, ago - rng.randint(35, 70))]
        if world.chance(0.65)
        else [(1.0, ago - rng.randint(25, 60))]
    )
    paid, invoice = 0.0, None
    due_last = parts[-1][1]
    if status in ("shipped", "completed"):
        invoice = f"{rng.randint(10_000_000, 99_999_999)}" if world.printing else f"INV-{rng.randint(10_000, 99_999)}"
    received: list[Row] = []
    for number, (share, due) in enumerate(parts, 1):
        plan = world.words.INSTALMENT.format(order=order, n=number)
        amount = round(total * share, 2)
        world.add(
            "payment_plan",
            {
                "account": account.name,
                "order": order,
                "contract": contract if isinstance(contract, str) else None,
                "instalment": number,
                "due_on": day(due),
                "amount": money(amount),
                "method": rng.choice(world.words.METHODS),
                "note": plan,
                "owner": account.owner,
                "created_at": moment(rng, ago),
            },
        )
        part = _paid_part(world, due)
        if part:
            paid += amount * part
            received.append(_payment(world, account, order, plan, due, amount * part))
    if invoice:
        state = "paid" if paid > total - 0.01 else "issued"
        issued = max(due_last + 1, 1)
        world.add(
            "invoice",
            {
                "number": invoice,
                "account": account.name,
                "order": order,
                "kind": "deductible" if world.printing else "standard",
                "status": state,
                "issued_on": day(issued),
                "due_on": day(due_last if due_last < issued else issued),
                "amount": money(total),
                "tax_rate": world.words.TAX,
                "owner": account.owner,
                "created_at": moment(rng, issued),
            },
        )
    for row in received:
        world.add("payment", {**row, "invoice": invoice, "owner": account.owner})


def _paid_part(world: World, due: int) -> float:
    """How much of an instalment has come in: of what is due most, of the rest nothing."""
    if due < 0:
        return 0
    return world.pick({1.0: 84, 0.5: 6, 0.0: 10}) if due < 60 else world.pick({1.0: 96, 0.5: 2, 0.0: 2})


def _payment(world: World, account: Account, order: str, plan: str, due: int, amount: float) -> Row:
    received = max(0, due + world.rng.randint(-12, 4))
    while not world.unique(reference := f"TT{world.rng.randint(10_000_000, 99_999_999)}"):
        pass
    return {
        "account": account.name,
        "order": order,
        "payment_plan": plan,
        "received_on": day(received),
        "amount": money(amount),
        "method": world.rng.choice(world.words.METHODS),
        "reference": reference,
        "confirmed": received > 4,
        "created_at": moment(world.rng, received),
    }
