"""Contracts, orders, instalments, payments, invoices."""

from __future__ import annotations

from samples.quotes import Line, lines, write_lines
from samples.rows import Row
from samples.selling import money
from samples.world import Account, World, day, moment


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
    while repeats < 36:
        account = world.rng.choice([one for one in world.accounts if one.type == "customer" and one.age > 90])
        made = _order(
            world,
            account,
            world.rng.choice(world.words.TOPICS),
            int(1 + 80 * world.rng.random() ** 2),
            lines(world, world.amount(*world.words.AMOUNT)),
            {"contact": account.contacts[0], "contract": contracts_of.get(account.name)},
        )
        repeats += made


def _status(world: World, ago: int) -> str:
    if ago > 60:
        return "completed" if world.chance(0.93) else "cancelled"
    if ago > 25:
        return world.pick({"completed": 4, "shipped": 4, "in_progress": 2})
    return world.pick({"confirmed": 5, "in_progress": 7, "draft": 1, "cancelled": 1})


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
    write_lines(world, "order_line", "order", subject, given, account.owner)
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
