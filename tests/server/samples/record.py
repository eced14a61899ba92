"""One record of the made-up company, with every kind of field."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Literal

from crmspec.server.views import (
    Action,
    Address,
    Choice,
    Count,
    FieldChange,
    FileLink,
    HistoryEntry,
    Link,
    Need,
    PathStage,
    PersonName,
    Place,
    RecordPage,
    RelatedList,
    Row,
    SectionView,
    StagePath,
    Value,
)
from tests.server.samples.lists import columns, rows
from tests.server.samples.words import NOW, Say, account, deal, field, money, owners, person, pick, stages, text, url


def actions(say: Say) -> tuple[Action, ...]:
    return (
        Action(label=say("Edit", "编辑"), url=url("/opportunity/1/edit"), icon="pencil", kind="primary"),
        Action(label=say("New quote", "新建报价单"), url=url("/quote/new"), icon="file-text"),
        Action(label=say("Hand over", "转交"), url=url("/opportunity/1/transfer"), icon="send", method="post"),
        Action(label=say("Copy", "复制"), url=url("/opportunity/1/copy"), icon="copy"),
        Action(
            label=say("Delete", "删除"),
            url=url("/opportunity/1/delete"),
            icon="trash-2",
            method="post",
            kind="danger",
            confirm=say("Delete this opportunity? Its two quotes stay.", "确定删除此商机？其两份报价单会保留。"),
            fields=(("version", "7"),),
        ),
    )


def path(say: Say) -> StagePath:
    names = list(stages(say).items())
    state: dict[str, Literal["done", "current", "ahead"]] = {"qualify": "done", "proposal": "current"}
    return StagePath(
        label=say("Sales pipeline", "销售管道"),
        move_url=url("/opportunity/1/move"),
        version=7,
        since=NOW - timedelta(days=16),
        next_label=say("Negotiation", "谈判"),
        stuck=say("16 days in this stage, 14 is long", "在本阶段已 16 天，超过 14 天"),
        needs=(
            Need(label=say("Amount", "金额"), met=True),
            Need(label=say("Close date", "预计成交日"), met=True),
            Need(label=say("Print run", "印量"), met=False, url=url("/opportunity/1/edit#f-print_run")),
        ),
        stages=tuple(
            PathStage(
                name=name,
                label=label,
                state=state.get(name, "ahead"),
                open=name != "won",
                type="won" if name == "won" else "lost" if name == "lost" else "open",
            )
            for name, (label, _) in names
        ),
    )


def sections(say: Say) -> tuple[SectionView, ...]:
    return (
        SectionView(
            label=say("Details", "基本信息"),
            fields=(
                field("name", say("Name", "名称"), text(deal(say, 3)[0])),
                field("account", say("Account", "客户"), account(deal(say, 3)[1])),
                field(
                    "amount",
                    say("Amount", "金额"),
                    money("937200"),
                    help=say("Without value added tax.", "不含增值税。"),
                ),
                field("probability", say("Probability", "成功率"), Value(type="percent", content=Decimal("50"))),
                field("close_date", say("Close date", "预计成交日"), Value(type="date", content=date(2026, 12, 18))),
                field("source", say("Source", "来源"), pick(say("Trade fair", "展会"), "teal")),
                field(
                    "tags",
                    say("Finishing", "后道工艺"),
                    Value(
                        type="multi_picklist",
                        content=(
                            Choice(name="a", label=say("Hot foil", "烫金"), color="amber"),
                            Choice(name="b", label=say("Embossing", "压凹凸"), color="#7048e8"),
                            Choice(name="c", label=say("UV varnish", "UV 上光"), color="cyan"),
                        ),
                    ),
                ),
                field(
                    "rivals",
                    say("Competitors", "竞争对手"),
                    Value(
                        type="many_to_many",
                        content=(
                            Link(label=say("Flint Print", "福林特印务"), url=url("/competitor/1")),
                            Link(label=say("PaperWorks", "纸工坊"), url=url("/competitor/2")),
                        ),
                    ),
                ),
                field("hot", say("Hot", "重点"), Value(type="boolean", content=True)),
                field("lost_reason", say("Lost reason", "输单原因"), Value(type="picklist")),
                field(
                    "notes",
                    say("Notes", "备注"),
                    Value(
                        type="long_text",
                        content=say(
                            "Wants samples on 350 g/m² before Christmas.\nDecides together with the agency in Lyon.",
                            "圣诞节前需要 350 克样品。\n与里昂的代理商共同决定。",
                        ),
                    ),
                ),
            ),
        ),
        SectionView(
            label=say("Every other kind of field", "其他字段类型"),
            fields=(
                field("email", say("E-mail", "邮箱"), Value(type="email", content="claire.dupont@lumiere.example")),
                field("phone", say("Telephone", "电话"), Value(type="phone", content="+86 21 5555 0188")),
                field(
                    "web", say("Web site", "网站"), Value(type="url", content="https://www.lumiere.example/packaging")
                ),
                field(
                    "address",
                    say("Address", "地址"),
                    Value(
                        type="address",
                        content=Address(
                            street=say("12 Quai Perrache", "南京西路 1266 号"),
                            city=say("Lyon", "静安区"),
                            region=say("", "上海市"),
                            postcode=say("69002", "200040"),
                            country=say("France", "中国"),
                        ),
                    ),
                ),
                field(
                    "person",
                    say("Decides", "决策人"),
                    Value(
                        type="person_name", content=PersonName(family=say("Dupont", "欧阳"), given=say("Claire", "雪"))
                    ),
                ),
                field(
                    "place",
                    say("Position", "位置"),
                    Value(
                        type="geolocation",
                        content=Place(latitude=Decimal("31.2231234"), longitude=Decimal("121.4452345")),
                    ),
                ),
                field(
                    "file",
                    say("Layout", "版式文件"),
                    Value(
                        type="file",
                        content=FileLink(
                            name=say("layout-v3.pdf", "版式-v3.pdf"), url=url("/file/1"), size_bytes=2480000
                        ),
                    ),
                ),
                field("duration", say("Press time", "印刷时长"), Value(type="duration", content=16200)),
                field("time", say("Delivery time", "交货时间"), Value(type="time", content=time(7, 30))),
                field("moment", say("Next call", "下次联系"), Value(type="datetime", content=NOW + timedelta(days=1))),
                field("rating", say("Rating", "评级"), Value(type="rating", content=4)),
                field("color", say("House colour", "专色"), Value(type="color", content="#b5179e")),
                field("number", say("Number", "编号"), Value(type="auto_number", content="O-2026-0042")),
                field("run", say("Print run", "印量"), Value(type="integer", content=120000)),
                field("grammage", say("Grammage", "克重"), Value(type="number", content=Decimal("349.5"))),
                field("token", say("Portal key", "门户密钥"), Value(type="secret", content="****8f2a")),
                field("margin", say("Margin", "毛利"), Value(type="currency", masked=True)),
                field(
                    "spec",
                    say("Job ticket", "工单"),
                    Value(type="json", content='{\n  "colours": "4/4",\n  "paper": "GC1 350"\n}'),
                ),
                field(
                    "story",
                    say("Brief", "需求说明"),
                    Value(
                        type="rich_text",
                        content=say(
                            "<h3>Look and feel</h3><p>Matt, <strong>soft touch</strong>, with "
                            "<a href='https://lumiere.example'>their guide</a>.</p>"
                            "<ul><li>Five sizes</li><li>Two languages</li></ul>",
                            "<h3>外观</h3><p>哑光、<strong>触感膜</strong>，参考<a href='https://lumiere.example'>品牌手册</a>。</p>"
                            "<ul><li>五种尺寸</li><li>两种语言</li></ul>",
                        ),
                    ),
                ),
            ),
        ),
    )


def history(say: Say) -> tuple[HistoryEntry, ...]:
    label = stages(say)
    return (
        HistoryEntry(
            at=NOW - timedelta(minutes=40),
            who=person(owners(say)[0]),
            verb="activity",
            icon="phone",
            text=say("called about", "电话沟通："),
            link=Link(label=say("Samples on 350 g/m²", "350 克样品"), url=url("/activity/9")),
        ),
        HistoryEntry(
            at=NOW - timedelta(hours=3),
            who=person(owners(say)[1]),
            verb="updated",
            changes=(
                FieldChange(label=say("Amount", "金额"), before=money("812000"), after=money("937200")),
                FieldChange(
                    label=say("Hot", "重点"),
                    before=Value(type="boolean", content=False),
                    after=Value(type="boolean", content=True),
                ),
                FieldChange(
                    label=say("Lost reason", "输单原因"), before=text(say("Price", "价格")), after=Value(type="text")
                ),
            ),
        ),
        HistoryEntry(
            at=NOW - timedelta(days=16),
            who=person(owners(say)[0]),
            verb="moved",
            changes=(
                FieldChange(label=say("Stage", "阶段"), before=pick(*label["qualify"]), after=pick(*label["proposal"])),
            ),
        ),
        HistoryEntry(at=NOW - timedelta(days=400), who=person(owners(say)[2]), verb="created"),
    )


def record_page(say: Say) -> RecordPage:
    name, customer, *_ = deal(say, 3)
    return RecordPage(
        title=name,
        object_label=say("Opportunity", "商机"),
        id="1",
        url=url("/opportunity/1"),
        version=7,
        icon="handshake",
        trail=(
            Link(label=say("Opportunities", "商机"), url=url("/opportunity")),
            Link(label=customer, url=url("/account/1")),
        ),
        highlights=(
            field("amount", say("Amount", "金额"), money("937200")),
            field("close", say("Close date", "预计成交日"), Value(type="date", content=date(2026, 12, 18))),
            field("account", say("Account", "客户"), account(customer)),
            field("source", say("Source", "来源"), pick(say("Trade fair", "展会"), "teal")),
            field("rating", say("Rating", "评级"), Value(type="rating", content=4)),
        ),
        path=path(say),
        sections=sections(say),
        actions=actions(say),
        history=history(say),
        history_url=url("/opportunity/1/history"),
        owner=person(owners(say)[0]),
        created_at=NOW - timedelta(days=400),
        created_by=person(owners(say)[2]),
        updated_at=NOW - timedelta(hours=3),
        updated_by=person(owners(say)[1]),
        defined_at="specs/objects/opportunity.yaml:1",
        related=(
            RelatedList(
                name="quotes",
                label=say("Quotes", "报价单"),
                icon="file-text",
                count=Count(number=12),
                all_url=url("/quote?of=1"),
                new=Link(label=say("New quote", "新建报价单"), url=url("/quote/new")),
                columns=columns(say)[:6],
                rows=tuple(Row(id=row.id, url=row.url, cells=row.cells[:6]) for row in rows(say, 4)),
            ),
            RelatedList(
                name="cases",
                label=say("Cases", "客诉"),
                icon="life-buoy",
                count=Count(number=0),
                columns=(),
                rows=(),
                new=Link(label=say("New case", "新建客诉"), url=url("/case/new")),
            ),
        ),
    )
