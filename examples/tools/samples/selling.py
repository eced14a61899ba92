"""Products, prices, opportunities, contact roles, competitors, partners."""

from __future__ import annotations

from samples.customers import SOURCES
from samples.world import Account, Deal, World, day, moment

STAGES = {"qualify": 26, "needs": 26, "proposal": 26, "negotiation": 18, "won": 42, "lost": 22}
STUCK_AFTER = {"qualify": 14, "needs": 21, "proposal": 21, "negotiation": 14}


def products(world: World) -> None:
    """Make the products and the price books with their prices."""
    for code, name, category, unit, price, share in world.words.PRODUCTS:
        world.add(
            "product",
            {
                "name": name,
                "code": code,
                "category": category,
                "unit": unit,
                "list_price": money(price),
                "cost": money(price * share),
                "tax_rate": world.words.TAX,
                "active": True,
            },
        )
    for book, factor, description in world.words.PRICE_BOOKS:
        world.add(
            "price_book",
            {
                "name": book,
                "active": True,
                "valid_from": "today()-220",
                "valid_until": "today()+145",
                "description": description,
            },
        )
        for _, name, _, _, price, _ in world.words.PRODUCTS:
            world.add(
                "price_book_entry",
                {
                    "id": world.new_id(),
                    "price_book": book,
                    "product": name,
                    "minimum_quantity": 10 if factor == 0.92 else 1,
                    "unit_price": money(price * factor),
                },
            )


def money(value: float) -> str:
    """Write an amount with two decimals."""
    return f"{value:.2f}"


def competitors_and_partners(world: World) -> None:
    """Make who we lose against and who sells with us."""
    for name, threat, price, what, good, bad in world.words.COMPETITORS:
        world.add(
            "competitor",
            {
                "name": name,
                "threat": threat,
                "price_level": price,
                "products": what,
                "strengths": good,
                "weaknesses": bad,
                "owner": world.logins("sales_director")[0],
            },
        )
    for name, kind, level in world.words.PARTNERS:
        person, mail, _ = world.words.person(world.rng)
        city = world.rng.choice(world.words.CITIES)
        world.add(
            "partner",
            {
                "name": name,
                "kind": kind,
                "level": level,
                "contact_person": person,
                "phone": world.words.phone(world.rng, city[3]),
                "email": f"{mail}@partner.example",
                "country": city[5],
                "commission": world.rng.choice([5, 8, 10, 12]),
                "active": not world.chance(0.1),
                "since": day(world.rng.randint(200, 1600)),
                "owner": world.rng.choice(world.logins("sales_director", "marketer")),
            },
        )


def opportunities(world: World) -> None:
    """Make opportunities over all stages, with amounts and dates that fit them."""
    buyers = [one for one in world.accounts if one.type in ("customer", "prospect", "former_customer")]
    customers = [one for one in buyers if one.type == "customer"]
    for stage, count in STAGES.items():
        made = 0
        while made < count:
            account = world.rng.choice(customers if stage == "won" or world.chance(0.4) else buyers)
            topic = world.rng.choice(world.words.TOPICS)
            name = f"{account.short}{world.words.SEPARATOR}{topic}"
            made += world.unique(name) and _opportunity(world, name, topic, account, stage)


def _opportunity(world: World, name: str, topic: str, account: Account, stage: str) -> bool:
    """Make one, unless the account is younger than it would be."""
    rng = world.rng
    is_open = stage in STUCK_AFTER
    if is_open:
        stuck = world.chance(0.28)
        since = (
            rng.randint(STUCK_AFTER[stage] + 1, STUCK_AFTER[stage] + 40)
            if stuck
            else rng.randint(1, STUCK_AFTER[stage])
        )
        closed = -rng.randint(5, 150) if world.chance(0.88) else rng.randint(1, 15)
        created = since + rng.randint(0, 45)
    else:
        closed = int(2 + 358 * rng.random() ** 1.3)
        since, created = closed, closed + rng.randint(15, 110)
    if created >= account.age:
        return False
    contact = rng.choice(account.contacts)
    deal = Deal(name, topic, account, contact, stage, world.amount(*world.words.AMOUNT), created, closed)
    world.deals.append(deal)
    _write(world, deal, since, is_open=is_open)
    _roles(world, deal)
    return True


def _write(world: World, deal: Deal, since: int, *, is_open: bool) -> None:
    rng = world.rng
    lost = deal.stage == "lost"
    rivals = (
        rng.sample([one[0] for one in world.words.COMPETITORS], rng.choice([1, 1, 2]))
        if world.chance(0.4) or lost
        else []
    )
    source = world.pick(SOURCES)
    reasons = {"price": 7, "product": 2, "delivery": 4, "relationship": 3, "no_budget": 2, "no_decision": 3}
    known = deal.stage not in ("qualify",) or world.chance(0.7)
    world.add(
        "opportunity",
        {
            "name": deal.name,
            "account": deal.account.name,
            "contact": deal.contact,
            "stage": deal.stage,
            "amount": deal.amount if known else None,
            "cost": int(deal.amount * rng.uniform(0.55, 0.84)) if known and world.chance(0.75) else None,
            "close_date": day(deal.closed),
            "type": world.pick({"new_business": 5, "more_business": 4, "renewal": 2, "tender": 1}),
            "source": source,
            "campaign": rng.choice(world.words.CAMPAIGNS)[0] if source in ("campaign", "trade_fair") else None,
            "partner": rng.choice(world.words.PARTNERS)[0] if source == "partner" or world.chance(0.06) else None,
            "competitors": rivals,
            "next_step": rng.choice(world.words.NEXT_STEPS) if is_open else None,
            "lost_reason": world.pick(reasons) if lost else None,
            "lost_to": rivals[0] if lost and world.chance(0.7) else None,
            "description": rng.choice(world.words.REQUIREMENTS) if world.chance(0.5) else None,
            "owner": deal.account.owner,
            "created_at": moment(rng, deal.created),
            "stage_since": moment(rng, since),
        },
    )


def _roles(world: World, deal: Deal) -> None:
    """Say who plays which part; every opportunity has somebody."""
    people = [deal.contact, *[name for name in dict.fromkeys(deal.account.contacts) if name != deal.contact]][
        : world.rng.choice([1, 2, 2, 3])
    ]
    for index, name in enumerate(people):
        world.add(
            "opportunity_contact",
            {
                "id": world.new_id(),
                "opportunity": deal.name,
                "contact": name,
                "role": world.pick(
                    {"decision_maker": 4, "approver": 1, "influencer": 3, "evaluator": 2, "buyer": 3, "user": 1}
                ),
                "attitude": world.pick({"supporter": 4, "neutral": 4, "opponent": 1}),
                "primary": True if index == 0 else None,
                "owner": deal.account.owner,
            },
        )
