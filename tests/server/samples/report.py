"""Reports and the home page of the made-up company."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from crmspec.server.views import (
    Action,
    Chart,
    Choice,
    Count,
    HomeCard,
    HomeItem,
    HomePage,
    Link,
    Point,
    ReportColumn,
    ReportPage,
    ReportRow,
    Value,
)
from tests.server.samples.words import NOW, Say, account, deal, field, money, owners, pick, stages, text, url


def chart(say: Say, kind: str) -> Chart:
    of = stages(say)
    amounts = {"qualify": 353900, "proposal": 1155000, "negotiation": 1692500, "won": 823900, "lost": 4200}
    points = tuple(
        Point(label=of[name][0], number=Decimal(number), url=url("/report/x?stage=" + name))
        for name, number in amounts.items()
    )
    by, measure, value = (
        say("Stage", "阶段"),
        say("Sum of amount", "金额合计"),
        Value(type="currency", currency="CNY", decimals=0),
    )
    if kind == "line":
        by = say("Month", "月份")
        points = tuple(
            Point(label=say(f"{month:02}/26", f"{month}月"), number=Decimal(180000 + (month * 7919 % 13) * 52000))
            for month in range(1, 13)
        )
    if kind == "wide":
        return Chart(
            type="bar",
            title=say("Revenue by account", "客户收入"),
            by=say("Account", "客户"),
            measure=measure,
            value=value,
            points=tuple(Point(label=deal(say, index)[1], number=deal(say, index)[2]) for index in range(10)),
        )
    return Chart(type=kind, title=say("Pipeline", "销售管道"), by=by, measure=measure, points=points, value=value)  # type: ignore[arg-type]


def report_page(say: Say, kind: str) -> ReportPage:
    lines: list[ReportRow] = []
    for owner in owners(say)[:2]:
        lines.append(ReportRow(kind="group", label=owner, count=5, level=0))
        for name in ("qualify", "proposal"):
            lines.append(ReportRow(kind="group", label=stages(say)[name][0], count=2, level=1))
            for index in range(2):
                title, customer, amount, stage, days = deal(say, index + len(name))
                lines.append(
                    ReportRow(
                        kind="record",
                        level=2,
                        url=url(f"/opportunity/{index}"),
                        cells=(
                            text(title),
                            account(customer),
                            pick(*stages(say)[stage]),
                            Value(type="currency", content=amount, currency="CNY"),
                            Value(type="integer", content=days),
                        ),
                    )
                )
            lines.append(
                ReportRow(
                    kind="subtotal",
                    level=1,
                    cells=(None, None, None, money("470900.50"), None),
                    label=say("Sum", "合计"),
                )
            )
        lines.append(
            ReportRow(
                kind="subtotal",
                level=0,
                cells=(None, None, None, money("941801"), Value(type="integer", content=12)),
                label=say("Sum", "合计"),
            )
        )
    lines.append(
        ReportRow(
            kind="total",
            cells=(None, None, None, money("1883602"), Value(type="integer", content=24)),
            label=say("Sum", "合计"),
        )
    )
    lines.append(
        ReportRow(
            kind="total",
            cells=(None, None, None, money("235450.25"), Value(type="number", content=Decimal("3.0"))),
            label=say("Average", "平均"),
        )
    )
    return ReportPage(
        title=say("Stuck opportunities", "停滞商机"),
        url=url("/report/stuck"),
        count=Count(number=8),
        chart=chart(say, kind),
        rows=tuple(lines),
        help=say("Open longer in their stage than the pipeline allows.", "在当前阶段停留时间超过管道规定。"),
        columns=(
            ReportColumn(label=say("Name", "名称"), type="text"),
            ReportColumn(label=say("Account", "客户"), type="lookup"),
            ReportColumn(label=say("Stage", "阶段"), type="picklist"),
            ReportColumn(label=say("Amount", "金额"), type="currency"),
            ReportColumn(label=say("Days in stage", "停留天数"), type="integer"),
        ),
        figures=(
            field("sum", say("Sum of amount", "金额合计"), money("1883602")),
            field("avg", say("Average amount", "平均金额"), money("235450.25")),
            field("n", say("Records", "记录数"), Value(type="integer", content=8)),
        ),
        conditions=(say("Stage is open", "阶段为进行中"), say("Days in stage more than allowed", "停留天数超过规定")),
        actions=(Action(label=say("Export", "导出"), url=url("/report/stuck/export"), icon="download"),),
        others=(
            Link(label=say("Lead sources", "线索来源"), url=url("/report/a")),
            Link(label=say("Quarterly forecast", "季度预测"), url=url("/report/b")),
        ),
    )


def home_page(say: Say) -> HomePage:
    done = Action(label=say("Done", "完成"), url=url("/activity/1/done"), method="post", fields=(("version", "2"),))
    tasks = (
        (say("Send paper samples to Lumière", "给露美寄送纸样"), say("Lumière Cosmetics", "露美化妆品"), -2, True),
        (
            say("Call Ms Lindner about the proof", "就打样致电林德纳女士"),
            say("Kaufhaus Lindner", "林德纳百货"),
            0,
            False,
        ),
        (say("Quote for menu cards", "菜单报价"), say("Trattoria Sole", "阳光餐厅"), 1, False),
        (
            say("Visit: press approval at 7 a.m.", "拜访：早上七点看样签字"),
            say("Northwind Energy", "北风能源"),
            4,
            False,
        ),
    )
    return HomePage(
        title=say("Good afternoon, Anna", "下午好，小明"),
        today=date(2026, 11, 23),
        cards=(
            HomeCard(
                title=say("My tasks", "我的任务"),
                icon="list-todo",
                url=url("/activity"),
                size="wide",
                new=Link(label=say("New task", "新建任务"), url=url("/activity/new")),
                items=tuple(
                    HomeItem(
                        link=Link(label=title, url=url("/activity/1"), detail=about),
                        when=date(2026, 11, 23) + timedelta(days=days),
                        late=late,
                        done=done,
                    )
                    for title, about, days, late in tasks
                ),
            ),
            HomeCard(
                title=say("This quarter", "本季度"),
                icon="target",
                figures=(
                    field(
                        "won",
                        say("Won", "赢单"),
                        Value(type="currency", content=Decimal(823900), currency="CNY", decimals=0),
                    ),
                    field("rate", say("Win rate", "赢单率"), Value(type="percent", content=Decimal("38.5"))),
                ),
            ),
            HomeCard(
                title=say("Open pipeline", "进行中的商机"),
                icon="funnel",
                url=url("/opportunity/board"),
                chart=chart(say, "funnel"),
            ),
            HomeCard(
                title=say("Won by month", "每月赢单"),
                icon="chart-line",
                size="wide",
                url=url("/report/x"),
                chart=chart(say, "line"),
            ),
            HomeCard(
                title=say("Announcements", "公告"),
                icon="megaphone",
                items=(
                    HomeItem(
                        link=Link(
                            label=say("Price list 2027 is out", "2027 年价目表已发布"),
                            url=url("/announcement/1"),
                            detail=say("Management", "管理层"),
                        ),
                        when=NOW - timedelta(days=1),
                        text=say(
                            "Paper has become 4 % dearer since the summer. "
                            "Quotes that are still open keep their prices until the end of the year.",
                            "纸价自夏季以来上涨 4%。未结报价单的价格保留至年底。",
                        ),
                    ),
                    HomeItem(
                        link=Link(
                            label=say("Press 3 is down on Friday", "3 号机周五停机检修"), url=url("/announcement/2")
                        ),
                        when=NOW - timedelta(days=3),
                        tag=Choice(name="x", label=say("Production", "生产"), color="orange"),
                    ),
                ),
            ),
            HomeCard(
                title=say("Recently seen", "最近查看"),
                icon="history",
                items=tuple(
                    HomeItem(
                        link=Link(
                            label=deal(say, index)[0],
                            url=url("/opportunity/1"),
                            detail=deal(say, index)[1],
                            icon="handshake",
                        )
                    )
                    for index in range(4)
                ),
            ),
            HomeCard(title=say("Lead sources", "线索来源"), icon="chart-pie", chart=chart(say, "pie")),
            HomeCard(
                title=say("Cases close to their limit", "即将超时的客诉"),
                icon="life-buoy",
                empty=say("No case is close to its limit.", "没有即将超时的客诉。"),
            ),
        ),
    )
