"""Lists, boards and searches of the made-up company."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from crmspec.server.views import (
    Action,
    ActiveFilter,
    BoardColumn,
    BoardPage,
    Card,
    Choice,
    Column,
    Count,
    FilterField,
    Link,
    ListPage,
    Pager,
    Row,
    SearchGroup,
    SearchHit,
    SearchPage,
    Value,
)
from tests.server.samples.words import Say, account, deal, field, money, owners, person, pick, stages, text, url


def filter_fields(say: Say) -> tuple[FilterField, ...]:
    return (
        FilterField(name="name", label=say("Name", "名称"), kind="text"),
        FilterField(name="amount", label=say("Amount", "金额"), kind="number"),
        FilterField(name="close_date", label=say("Close date", "预计成交日"), kind="date"),
        FilterField(
            name="stage",
            label=say("Stage", "阶段"),
            kind="choice",
            choices=tuple(Choice(name=name, label=label, color=color) for name, (label, color) in stages(say).items()),
        ),
        FilterField(name="account", label=say("Account", "客户"), kind="reference", lookup_url=url("/lookup/account")),
        FilterField(name="hot", label=say("Hot", "重点"), kind="boolean"),
    )


def columns(say: Say) -> tuple[Column, ...]:
    named = (
        ("name", say("Name", "名称"), "text"),
        ("account", say("Account", "客户"), "lookup"),
        ("stage", say("Stage", "阶段"), "picklist"),
        ("amount", say("Amount", "金额"), "currency"),
        ("probability", say("Probability", "成功率"), "percent"),
        ("close_date", say("Close date", "预计成交日"), "date"),
        ("hot", say("Hot", "重点"), "boolean"),
        ("owner", say("Owner", "负责人"), "lookup"),
    )
    return tuple(
        Column(
            name=name,
            label=label,
            type=kind,
            sort_url=url(f"/opportunity?sort={name}"),
            sorted="descending" if name == "amount" else "",
            defined_at=f"specs/objects/opportunity.yaml:{at + 7}",
        )
        for at, (name, label, kind) in enumerate(named)
    )


def rows(say: Say, many: int) -> tuple[Row, ...]:
    found = []
    for index in range(many):
        name, customer, amount, stage, days = deal(say, index)
        label, color = stages(say)[stage]
        found.append(
            Row(
                id=str(index),
                url=url(f"/opportunity/{index}"),
                cells=(
                    text(name),
                    account(customer),
                    pick(label, color),
                    Value(type="currency", content=amount, currency="CNY"),
                    Value(type="percent", content=Decimal(10 * (index % 10))),
                    Value(type="date", content=date(2026, 12, 1) + timedelta(days=days * 3)),
                    Value(type="boolean", content=index % 3 == 0),
                    Value(type="lookup", content=person(owners(say)[index % 3])),
                ),
            )
        )
    return tuple(found)


def displays(say: Say, current: str) -> tuple[Link, ...]:
    return (
        Link(label=say("List", "列表"), url=url("/opportunity"), icon="list", current=current == "list"),
        Link(
            label=say("Board", "看板"), url=url("/opportunity/board"), icon="square-kanban", current=current == "board"
        ),
    )


def list_views(say: Say) -> tuple[Link, ...]:
    return (
        Link(label=say("All opportunities", "全部商机"), url=url("/opportunity"), current=True),
        Link(label=say("My open ones", "我的进行中"), url=url("/opportunity?view=mine")),
        Link(label=say("Closing this month", "本月成交"), url=url("/opportunity?view=month")),
        Link(label=say("Stuck", "停滞"), url=url("/opportunity?view=stuck"), count=4),
    )


def list_page(say: Say) -> ListPage:
    return ListPage(
        title=say("Opportunities", "商机"),
        url=url("/opportunity"),
        icon="handshake",
        columns=columns(say),
        rows=rows(say, 25),
        count=Count(number=12400, exact=False),
        sums={"amount": money("8264300.5")},
        views=list_views(say),
        displays=displays(say, "list"),
        kept=(("sort", "-amount"), ("where", "stage:is:proposal")),
        filter_fields=filter_fields(say),
        clear_url=url("/opportunity"),
        filters=(
            ActiveFilter(
                field="stage",
                label=say("Stage", "阶段"),
                operator="is",
                shown=say("Proposal", "报价"),
                remove_url=url("/opportunity?a"),
            ),
            ActiveFilter(
                field="close_date",
                label=say("Close date", "预计成交日"),
                operator="in",
                shown=say("this quarter", "本季度"),
                remove_url=url("/opportunity?b"),
            ),
        ),
        pager=Pager(
            first_url=url("/opportunity?first"),
            previous_url=url("/opportunity?before=x"),
            next_url=url("/opportunity?after=y"),
        ),
        new=Link(label=say("New opportunity", "新建商机"), url=url("/opportunity/new")),
        actions=(Action(label=say("Export", "导出"), url=url("/opportunity/export"), icon="download"),),
        defined_at="specs/objects/opportunity.yaml:1",
    )


def empty_list(say: Say, *, searched: bool) -> ListPage:
    return ListPage(
        title=say("Campaigns", "市场活动"),
        url=url("/campaign"),
        icon="megaphone",
        columns=columns(say),
        rows=(),
        count=Count(number=0),
        query=say("glossy", "光面") if searched else "",
        clear_url=url("/campaign"),
        filter_fields=filter_fields(say),
        new=Link(label=say("New campaign", "新建市场活动"), url=url("/campaign/new")),
    )


def board_page(say: Say) -> BoardPage:
    made = []
    for name, (label, color) in stages(say).items():
        cards = []
        for index in range(14):
            title, customer, amount, stage, days = deal(say, index)
            if stage != name:
                continue
            cards.append(
                Card(
                    id=f"{name}-{index}",
                    url=url(f"/opportunity/{index}"),
                    title=title,
                    owner=person(owners(say)[index % 3]),
                    fields=(
                        field("account", say("Account", "客户"), account(customer)),
                        field(
                            "amount",
                            say("Amount", "金额"),
                            Value(type="currency", content=amount, currency="CNY", decimals=0),
                        ),
                        field(
                            "close",
                            say("Close date", "预计成交日"),
                            Value(type="date", content=date(2026, 12, 1) + timedelta(days=days)),
                        ),
                    ),
                    version=index + 1,
                    move_url=url(f"/opportunity/{index}/move") if index != 3 else "",
                    stuck=say(f"{days} days here", f"已停留 {days} 天") if days > 14 else "",
                )
            )
        if name == "lost":
            cards = []
        made.append(
            BoardColumn(
                name=name,
                label=label,
                color=color,
                cards=tuple(cards),
                count=Count(number=len(cards) * 7),
                sum=money(str(len(cards) * 231450)),
                type=name if name in ("won", "lost") else "open",  # type: ignore[arg-type]
                more_url=url("/opportunity?where=stage:is:" + name) if len(cards) > 2 else "",
            )
        )
    return BoardPage(
        title=say("Opportunities", "商机"),
        url=url("/opportunity/board"),
        icon="handshake",
        columns=tuple(made),
        views=list_views(say),
        displays=displays(say, "board"),
        filter_fields=filter_fields(say),
        new=Link(label=say("New opportunity", "新建商机"), url=url("/opportunity/new")),
    )


def search_page(say: Say, *, found: bool) -> SearchPage:
    return SearchPage(
        title=say("Search", "搜索"),
        url=url("/search"),
        query=say("lumi", "露美"),
        groups=(
            SearchGroup(
                label=say("Accounts", "客户"),
                icon="building-2",
                all_url=url("/account?q=lumi"),
                hits=(
                    SearchHit(
                        link=Link(
                            label=deal(say, 3)[1],
                            url=url("/account/1"),
                            detail=say("Cosmetics · Lyon", "化妆品 · 上海"),
                        )
                    ),
                ),
            ),
            SearchGroup(
                label=say("Contacts", "联系人"),
                icon="contact-round",
                hits=(
                    SearchHit(
                        link=Link(
                            label=say("Claire Dupont", "欧阳雪"),
                            url=url("/contact/1"),
                            person=True,
                            detail=deal(say, 3)[1],
                        ),
                        found="claire.dupont@lumiere.example",
                    ),
                ),
            ),
            SearchGroup(
                label=say("Opportunities", "商机"),
                icon="handshake",
                hits=(
                    SearchHit(
                        link=Link(label=deal(say, 3)[0], url=url("/opportunity/1")),
                        found=say("… soft touch, with their guide …", "……触感膜，参考品牌手册……"),
                    ),
                ),
            ),
        )
        if found
        else (),
    )
