"""Write a project of N objects with 20 fields each, one file an object: what the speed figures are measured on.

python benchmarks/make_project.py DIR [--objects 1000]
"""

from __future__ import annotations

import argparse
from pathlib import Path

PROJECT = """\
crm: big
version: 1.0.0
languages: [en, zh-CN]
currency: CNY
time_zone: Asia/Shanghai
environments:
  local: {{database: "sqlite:///crm.db"}}
  production: {{database: "${{CRM_DATABASE_URL}}", protected: true}}
"""

OBJECT = """\
object: object_{n:04d}
label: {{en: Object {n}, zh-CN: 对象 {n}}}
title_field: name
default_access: read
fields:
  name:
    type: text
    label: {{en: Name, zh-CN: 名称}}
    required: true
    max_length: 120
    search: true
  number:
    type: auto_number
    format: "O{n:04d}-{{YYYY}}-{{0000}}"
  parent_record:
    type: lookup
    to: object_{other:04d}
    on_delete: set_empty
    label: {{en: Parent, zh-CN: 上级}}
  status:
    type: picklist
    options: [new, working, done, dropped]
    default: new
    history: true
  tier:
    type: picklist
    label: {{en: Tier, zh-CN: 等级}}
    options:
      gold: {{label: {{en: Gold, zh-CN: 金}}, color: amber}}
      silver: {{label: {{en: Silver, zh-CN: 银}}}}
      bronze: {{label: {{en: Bronze, zh-CN: 铜}}}}
  tags:
    type: multi_picklist
    options: [fair, web, phone]
  amount:
    type: currency
    label: {{en: Amount, zh-CN: 金额}}
    min: 0
    max: 100000000
  discount:
    type: percent
    max: 60
    default: 0
  net:
    type: formula
    result: currency
    formula: "amount * (1 - discount / 100)"
  quantity:
    type: integer
    min: 0
    default: 1
  weight:
    type: number
    precision: 12
    scale: 3
  due:
    type: date
    label: {{en: Due, zh-CN: 到期}}
    required_when: "status == 'working'"
  closed_at:
    type: datetime
    read_only: true
  is_key:
    type: boolean
    default: false
  email:
    type: email
    unique: true
  phone:
    type: phone
    help: Kept as it was written.
  web_site:
    type: url
  billing_address:
    type: address
  notes:
    type: long_text
    label: {{en: Notes, zh-CN: 备注}}
    max_length: 4000
  score:
    type: rating
    max: 5
validation:
  net_is_not_negative:
    when: "discount > 50 and amount > 1000"
    message: {{en: Ask a manager first., zh-CN: 请先询问经理。}}
    field: discount
indexes:
  - [status, due]
"""


def make_project(folder: Path, objects: int) -> None:
    """Write the project: every object looks up the one before it, the first looks up itself."""
    (folder / "specs").mkdir(parents=True, exist_ok=True)
    (folder / "crmspec.yaml").write_text(PROJECT.format(), encoding="utf-8")
    for n in range(objects):
        text = OBJECT.format(n=n, other=max(0, n - 1))
        (folder / "specs" / f"object_{n:04d}.yaml").write_text(text, encoding="utf-8")


def main() -> None:
    """Read the command line and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--objects", type=int, default=1000)
    given = parser.parse_args()
    make_project(given.folder, given.objects)
    print(f"{given.objects} objects with 20 fields each in {given.folder}")


if __name__ == "__main__":
    main()
