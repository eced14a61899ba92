"""People, accounts, contacts, leads."""

from __future__ import annotations

from samples.rows import Row
from samples.world import Account, World, day, moment

TYPES = {"customer": 0.5, "prospect": 0.36, "former_customer": 0.05, "supplier": 0.05, "partner": 0.04}
SOURCES = {
    "website": 20,
    "phone_in": 12,
    "referral": 18,
    "existing_customer": 10,
    "trade_fair": 14,
    "campaign": 8,
    "search_engine": 8,
    "social_media": 6,
    "partner": 6,
    "cold_call": 9,
}


def people(world: World) -> None:
    """Make the people who log in, one at least for each position."""
    for position, login, name in world.words.STAFF:
        world.add(
            "person",
            {
                "login": login,
                "name": name,
                "email": f"{login}@{world.words.DOMAIN}",
                "positions": [position],
                "language": world.words.LANGUAGE,
            },
        )


def accounts(world: World, count: int = 200) -> None:
    """Make accounts, spread over the representatives by region."""
    while len(world.accounts) < count:
        city = world.rng.choice(world.words.CITIES)
        name, short, domain, industry = world.words.company(world.rng)
        name = city[0] + name if world.printing else name
        if world.unique(name) and world.unique(short):
            _account(world, name, short, domain, industry, city)


def _account(
    world: World, name: str, short: str, domain: str, industry: str, city: tuple[str, str, str, str, str, str]
) -> None:
    rng = world.rng
    kind = world.pick(TYPES)
    revenue = world.amount(800_000, 400_000_000)
    owner = _owner(world, city[4], revenue)
    age = rng.randint(2, 84) if world.chance(0.24) else rng.randint(85, 760)
    account = Account(name, short, domain, owner, kind, city, age)
    address = _address(world, city)
    parent = rng.choice(world.accounts).name if world.accounts and world.chance(0.06) else None
    row: Row = {
        "name": name,
        "type": kind,
        "rating": world.pick({"hot": 2, "warm": 4, "cold": 3}),
        "industry": industry,
        "source": world.pick(SOURCES),
        "parent": parent,
        "website": f"https://www.{domain}",
        "phone": world.words.phone(rng, city[3]),
        "fax": world.words.phone(rng, city[3]) if world.chance(0.55) else None,
        "email": f"info@{domain}",
        "employees": max(4, revenue // rng.randint(180_000, 420_000)),
        "annual_revenue": revenue,
        "billing_address": address,
        "shipping_address": address if world.chance(0.5) else None,
        "description": rng.choice(world.words.DESCRIPTIONS) if world.chance(0.4) else None,
        "owner": owner,
        "created_at": moment(rng, age),
    }
    if world.printing:
        row |= _score(world, kind, industry)
    world.accounts.append(account)
    world.add("account", row)


def _owner(world: World, side: str, revenue: int) -> str:
    if world.printing and revenue > 120_000_000:
        return world.rng.choice(world.logins("rep_key_accounts"))
    return world.rng.choice(world.logins(f"rep_{side}"))


def _address(world: World, city: tuple[str, str, str, str, str, str]) -> dict[str, str]:
    return {
        "street": world.words.street(world.rng),
        "city": city[0],
        "region": city[1],
        "postcode": city[2],
        "country": world.words.COUNTRY[city[5]],
    }


_KINDS = {
    "food": ["folding_box", "gift_box", "label"],
    "media": ["book", "brochure", "poster"],
    "education": ["book", "manual"],
    "health_care": ["folding_box", "manual", "label"],
    "manufacturing": ["folding_box", "manual", "corrugated_box"],
}


def _score(world: World, kind: str, industry: str) -> Row:
    """What a printing company knows of an account: what it buys, how it pays."""
    rng = world.rng
    known = world.chance(0.92 if kind == "customer" else 0.35)
    return {
        "print_kinds": rng.sample(_KINDS.get(industry, ["brochure", "leaflet", "carrier_bag", "stationery"]), 2),
        "annual_print_spend": world.amount(20_000, 2_400_000),
        "payment_terms_days": rng.choice([0, 30, 30, 60, 60, 90]),
        "payment_behaviour": rng.choices([1, 2, 3, 4, 5], [1, 2, 4, 6, 5])[0] if known else None,
        "growth_potential": rng.choices([1, 2, 3, 4, 5], [1, 3, 5, 4, 2])[0] if known else None,
        "relationship": rng.choices([1, 2, 3, 4, 5], [1, 2, 4, 5, 4])[0] if known else None,
    }


def contacts(world: World, count: int = 300) -> None:
    """Make contacts: one for each account at least, more for the first ones."""
    made = 0
    while made < count:
        account = world.accounts[made] if made < len(world.accounts) else world.rng.choice(world.accounts)
        name, mail, salutation = _person(world)
        title, department, role = world.rng.choice(world.words.JOBS)
        first = account.contacts[0] if account.contacts and world.chance(0.4) else None
        world.add(
            "contact",
            {
                "name": name,
                "salutation": salutation,
                "account": account.name,
                "job_title": title,
                "department": department,
                "role": role,
                "mobile": world.words.mobile(world.rng),
                "phone": world.words.phone(world.rng, account.city[3]) if world.chance(0.5) else None,
                "email": f"{mail}@{account.domain}",
                "reports_to": first,
                "source": world.pick(SOURCES) if world.chance(0.5) else None,
                "birthday": _birthday(world) if world.chance(0.3) else None,
                "do_not_call": True if world.chance(0.04) else None,
                "owner": account.owner,
                "created_at": moment(world.rng, max(1, account.age - world.rng.randint(0, 20))),
            },
        )
        account.contacts.append(name)
        made += 1


def _birthday(world: World) -> str:
    return f"{world.rng.randint(1962, 1999)}-{world.rng.randint(1, 12):02}-{world.rng.randint(1, 28):02}"


def _person(world: World) -> tuple[str, str, str]:
    while True:
        name, mail, salutation = world.words.person(world.rng)
        if world.unique(name):
            return name, mail, salutation


def leads(world: World, count: int = 150) -> None:
    """Make leads: a third still open, the rest qualified (with what they became) or not."""
    won = list({deal.contact: deal for deal in world.deals}.values())[:45]
    for index in range(count):
        if index < len(won):
            deal = won[index]
            lifetime = world.rng.randint(3, 38)
            _lead(
                world,
                "qualified",
                deal.created + lifetime,
                deal.created,
                {
                    "name": deal.contact,
                    "company": deal.account.name,
                    "account": deal.account.name,
                    "contact": deal.contact,
                    "opportunity": deal.name,
                    "owner": deal.account.owner,
                    "city": deal.account.city[0],
                    "country": deal.account.city[5],
                },
            )
            continue
        status = world.pick({"new": 30, "working": 45, "unqualified": 30})
        age = (
            world.rng.randint(1, 9)
            if status == "new"
            else world.rng.randint(10, 55)
            if status == "working"
            else world.rng.randint(40, 260)
        )
        since = age if status == "new" else max(1, age - world.rng.randint(2, 34))
        _lead(world, status, age, since, _stranger(world, status))


def _stranger(world: World, status: str) -> Row:
    name, mail, _ = _person(world)
    city = world.rng.choice(world.words.CITIES)
    company, _, domain, industry = world.words.company(world.rng)
    reps = world.logins(f"rep_{city[4]}")
    owner = world.rng.choice(world.logins("marketer") if status == "new" and world.chance(0.6) else reps)
    return {
        "name": name,
        "company": city[0] + company if world.printing else company,
        "industry": industry,
        "email": f"{mail}@{domain}",
        "mobile": world.words.mobile(world.rng),
        "city": city[0],
        "country": city[5],
        "owner": owner,
    }


def _lead(world: World, status: str, age: int, since: int, given: Row) -> None:
    rng = world.rng
    source = world.pick(SOURCES)
    campaign = rng.choice(world.words.CAMPAIGNS)[0] if source in ("campaign", "trade_fair") else None
    reasons = {"no_need": 4, "no_budget": 3, "wrong_details": 2, "competitor": 3, "duplicate": 1, "out_of_area": 1}
    world.add(
        "lead",
        {
            **given,
            "job_title": rng.choice(world.words.JOBS)[0],
            "status": status,
            "rating": world.pick({"hot": 2, "warm": 4, "cold": 3}),
            "source": source,
            "campaign": campaign,
            "expected_amount": world.amount(*world.words.AMOUNT),
            "next_contact": day(-rng.randint(-3, 12)) if status in ("new", "working") else None,
            "requirement": rng.choice(world.words.REQUIREMENTS),
            "unqualified_reason": world.pick(reasons) if status == "unqualified" else None,
            "created_at": moment(rng, age),
            "status_since": moment(rng, since),
        },
    )
