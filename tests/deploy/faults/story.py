"""Two releases of a small CRM: between them lies every kind of step there is."""

from __future__ import annotations

PROJECT = """\
crm: acme
languages: [en]
currency: EUR
environments:
  local: {database: "${CRM_DATABASE_URL}"}
"""
FIRST = """\
object: account
fields:
  name: {type: text, required: true}
  tags: {type: multi_picklist, options: [fair, web]}
---
object: deal
fields:
  name: {type: text, required: true}
  account: {type: lookup, to: account, required: true, on_delete: cascade}
  parent: {type: lookup, to: deal}
  phone: {type: phone}
  fax: {type: phone}
  size: {type: text}
  amount: {type: currency}
  tier: {type: picklist, options: [gold, tin]}
---
role: sales_rep
grants:
  deal: {create: true, read: own, update: own}
---
organization:
  departments: {sales: {}}
  positions:
    rep: {department: sales, roles: [sales_rep]}
"""
# Renamed: an object (its child table and all lookups to it with it), a field, an option. Converted: text to number.
# Removed: a field. Tightened: required with a default (on SQLite a rebuild), unique, a length. New: an option that is
# a default at once, a field with a default, an index, an object. Changed: a role.
SECOND = """\
object: firm
fields:
  name: {type: text, required: true, max_length: 80}
  tags: {type: multi_picklist, options: [fair, web, call]}
---
object: deal
fields:
  name: {type: text, required: true, unique: true}
  firm: {type: lookup, to: firm, required: true, on_delete: cascade}
  parent: {type: lookup, to: deal}
  mobile: {type: phone}
  size: {type: integer, convert: {otherwise: empty}}
  amount: {type: currency, min: 0}
  tier: {type: picklist, options: [premium, tin, silver], default: silver, required: true}
  vip: {type: boolean, default: false}
indexes: [[firm, name]]
---
object: note
fields:
  name: {type: text}
  deal: {type: lookup, to: deal, on_delete: cascade}
---
renames:
  - {from: account, to: firm}
  - {from: deal.account, to: deal.firm}
  - {from: deal.phone, to: deal.mobile}
  - {from: deal.tier.gold, to: deal.tier.premium}
---
role: sales_rep
grants:
  deal: {create: true, read: all, update: own}
  note: {create: true, read: all}
---
organization:
  departments: {sales: {}}
  positions:
    rep: {department: sales, roles: [sales_rep]}
"""
THIRD = SECOND.replace("  vip: {type: boolean, default: false}\n",
                       "  vip: {type: boolean, default: false}\n  motto: {type: text, default: onward}\n")
ACCOUNTS, DEALS = 10, 40
_MOMENT = "2026-01-02T03:04:05.000000Z"


def record_id(number: int) -> str:
    """The id of a record by number."""
    return f"00000000-0000-0000-0000-{number:012x}"


def _rows(table: str, columns: str, rows: list[str]) -> str:
    return f"INSERT INTO {table} (id, created_at, updated_at, version, {columns}) VALUES {', '.join(rows)}"


def _row(number: int, *values: str) -> str:
    return f"('{record_id(number)}', '{_MOMENT}', '{_MOMENT}', 1, {', '.join(values)})"


RECORDS = (
    _rows("account", "name", [_row(n, f"'Account {n} 客户'") for n in range(1, ACCOUNTS + 1)]),
    "INSERT INTO account__tags (record_id, value) VALUES " + ", ".join(
        f"('{record_id(n)}', '{('fair', 'web')[n % 2]}')" for n in range(1, ACCOUNTS + 1)),
    _rows("deal", "name, account_id, parent_id, phone, fax, size, amount, tier", [
        _row(100 + n, f"'Deal {n}'", f"'{record_id(1 + n % ACCOUNTS)}'",
             f"'{record_id(99 + n)}'" if n > 1 else "NULL", f"'+{n}'", f"'f{n}'", f"'{n}'", str(n * 100),
             f"'{('gold', 'tin')[n % 2]}'") for n in range(1, DEALS + 1)]),
)
