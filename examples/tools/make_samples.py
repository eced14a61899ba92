"""Write the sample records of the shipped packages: `python examples/tools/make_samples.py`.

The dice have a seed, so the same files come out every time; dates are relative to the day of loading.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from samples import activities, chinese, customers, english, jobs, orders, quotes, selling, service  # noqa: E402
from samples.rows import write_seed  # noqa: E402
from samples.world import World  # noqa: E402

SPECS = HERE.parents[1] / "specs"

# Object, seed and key, in an order in which every lookup finds its target.
SEEDS = (
    ("person", "people", "login"),
    ("product", "products", "name"),
    ("price_book", "price_books", "name"),
    ("price_book_entry", "prices", "id"),
    ("competitor", "competitors", "name"),
    ("partner", "partners", "name"),
    ("campaign", "campaigns", "name"),
    ("account", "accounts", "name"),
    ("contact", "contacts", "name"),
    ("opportunity", "opportunities", "name"),
    ("opportunity_contact", "contact_roles", "id"),
    ("lead", "leads", "name"),
    ("campaign_member", "campaign_members", "id"),
    ("job_specification", "job_specifications", "name"),
    ("contract", "contracts", "name"),
    ("quote", "quotes", "subject"),
    ("quote_line", "quote_lines", "id"),
    ("order", "orders", "subject"),
    ("order_line", "order_lines", "id"),
    ("work_order", "work_orders", "name"),
    ("payment_plan", "payment_plans", "note"),
    ("invoice", "invoices", "number"),
    ("payment", "payments", "reference"),
    ("case", "cases", "id"),
    ("announcement", "announcements", "title"),
    ("issue", "issues", "title"),
    ("activity", "activities", "id"),
)


def make_world(world: World) -> World:
    """Make all records of one company."""
    customers.people(world)
    selling.products(world)
    selling.competitors_and_partners(world)
    service.campaigns(world)
    customers.accounts(world)
    customers.contacts(world)
    selling.opportunities(world)
    customers.leads(world)
    service.campaign_members(world)
    if world.printing:
        jobs.job_specifications(world)
    quoted = quotes.quotes(world)
    orders.orders(world, quoted, orders.contracts(world))
    if world.printing:
        jobs.work_orders(world)
    service.cases(world)
    service.announcements(world)
    service.issues(world)
    activities.activities(world)
    return world


def write_world(world: World, folder: Path) -> None:
    """Write one file a seed, numbered in the order of loading."""
    for old in folder.glob("*.yaml"):
        old.unlink()
    for number, (object_name, name, key) in enumerate(SEEDS, 1):
        rows = world.rows.get(object_name)
        if rows:
            write_seed(folder, name, object_name, key, rows, number)


if __name__ == "__main__":
    write_world(make_world(World(english, printing=False)), SPECS / "standard" / "sample")
    write_world(make_world(World(chinese, printing=True)), SPECS / "templates" / "printing" / "sample")
