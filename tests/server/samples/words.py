"""The made-up printing company: its words, its deals, its people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from crmspec.server.views import Choice, FieldView, Frame, FrameUrls, Link, NavigationGroup, Theme, Value

NOW = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)


BASE = "/crm"


Say = Callable[[str, str], str]


def say_in(language: str) -> Say:
    """Return a function that picks the words of a language."""
    return lambda english, chinese: chinese if language == "zh-CN" else english


def url(path: str) -> str:
    return BASE + path


def person(name: str, detail: str = "") -> Link:
    return Link(label=name, url=url("/person/1"), person=True, detail=detail)


def text(value: str) -> Value:
    return Value(type="text", content=value)


def money(amount: str) -> Value:
    return Value(type="currency", content=Decimal(amount), currency="CNY")


def pick(label: str, color: str, name: str = "x") -> Value:
    return Value(type="picklist", content=Choice(name=name, label=label, color=color))


def account(label: str) -> Value:
    return Value(type="lookup", content=Link(label=label, url=url("/account/1")))


def field(name: str, label: str, value: Value, **more: Any) -> FieldView:
    return FieldView(
        name=name, label=label, value=value, defined_at=f"specs/objects/opportunity.yaml:{len(name)}", **more
    )


def frame(say: Say, language: str, theme: Theme, current: str, *, signed_in: bool = True, **more: Any) -> Frame:
    """Return the frame around a page; `current` is the place in the navigation that is lit."""
    places = (
        ("", (("home", say("Home", "首页"), "house"), ("activity", say("Tasks", "任务"), "list-todo"))),
        (
            say("Sales", "销售"),
            (
                ("lead", say("Leads", "线索"), "sparkles"),
                ("account", say("Accounts", "客户"), "building-2"),
                ("contact", say("Contacts", "联系人"), "contact-round"),
                ("opportunity", say("Opportunities", "商机"), "handshake"),
                ("quote", say("Quotes", "报价单"), "file-text"),
                ("order", say("Orders", "订单"), "package-check"),
            ),
        ),
        (
            say("Service", "服务"),
            (("case", say("Cases", "客诉"), "life-buoy"), ("issue", say("Issues", "问题控制表"), "ticket")),
        ),
        (
            say("Insight", "分析"),
            (
                ("report", say("Reports", "报表"), "chart-column"),
                ("campaign", say("Campaigns", "市场活动"), "megaphone"),
            ),
        ),
        (say("Administration", "管理"), (("setup", say("Set-up", "设置"), "settings"),)),
    )
    counts = {"activity": 7, "case": 3}
    return Frame(
        crm=say("ACME Printing", "雅克美印刷"),
        language=language,
        languages=(("en", "English"), ("zh-CN", "简体中文")),
        theme=theme,
        time_zone="Asia/Shanghai",
        currency="CNY",
        csrf_token="token-123",
        path="/crm/opportunity",
        person=person(say("Anna Berg", "王小明"), say("Sales representative, East", "华东区销售代表"))
        if signed_in
        else None,
        urls=FrameUrls(
            home=url("/"),
            log_in=url("/log-in"),
            log_out=url("/log-out"),
            preferences=url("/preferences"),
            profile=url("/profile"),
            search=url("/search"),
            new=(
                Link(label=say("Account", "客户"), url=url("/account/new"), icon="building-2"),
                Link(label=say("Opportunity", "商机"), url=url("/opportunity/new"), icon="handshake"),
                Link(label=say("Task", "任务"), url=url("/activity/new"), icon="list-todo"),
            ),
        ),
        navigation=tuple(
            NavigationGroup(
                label=label,
                links=tuple(
                    Link(label=name, url=url(f"/{key}"), icon=icon, count=counts.get(key), current=key == current)
                    for key, name, icon in links
                ),
            )
            for label, links in places
        )
        if signed_in
        else (),
        environment=say("test", "测试") if signed_in else "",
        release=say("Release 42 · acme_printing 1.4.0", "版本 42 · acme_printing 1.4.0"),
        setup=True,
        **more,
    )


DEALS = (
    ("Annual report 2026", "2026 年度报告印制", "Northwind Energy", "北风能源股份有限公司", "186000", "proposal", 5),
    (
        "Spring catalogue, 120,000 copies",
        "春季产品目录 12 万册",
        "Kaufhaus Lindner",
        "林德纳百货",
        "412500.50",
        "negotiation",
        12,
    ),
    ("Wine labels with hot foil", "红酒标签烫金", "Château Beaulieu", "博利酒庄", "58400", "qualify", 2),
    (
        "Folding cartons for skin care",
        "护肤品折叠纸盒",
        "Lumière Cosmetics",
        "露美化妆品（上海）有限公司",
        "937200",
        "proposal",
        31,
    ),
    ("Trade fair walls and roll-ups", "展会背景墙与易拉宝", "Hanse Messebau", "汉莎展览工程", "23900", "won", 1),
    (
        "School books, mathematics 5–8",
        "五至八年级数学教材",
        "Bildungsverlag Süd",
        "南方教育出版社",
        "1280000",
        "negotiation",
        9,
    ),
    ("Menu cards, washable", "可擦洗菜单", "Trattoria Sole", "阳光餐厅", "4200", "lost", 3),
    ("Direct mail, personalised", "个性化直邮", "Volksbank Mitte", "中部合作银行", "76500", "qualify", 20),
    ("Calendar for employees", "员工台历", "Stadtwerke", "市政公用事业公司", "31800", "proposal", 4),
    ("Packaging relaunch tea series", "茶叶系列包装改版", "Jasmin Tea House", "茉莉茶庄", "219000", "qualify", 6),
)


def stages(say: Say) -> dict[str, tuple[str, str]]:
    return {
        "qualify": (say("Qualify", "验证"), "blue"),
        "proposal": (say("Proposal", "报价"), "violet"),
        "negotiation": (say("Negotiation", "谈判"), "amber"),
        "won": (say("Won", "赢单"), "green"),
        "lost": (say("Lost", "输单"), "red"),
    }


def deal(say: Say, index: int) -> tuple[str, str, Decimal, str, int]:
    english, chinese, customer, kehu, amount, stage, days = DEALS[index % len(DEALS)]
    return say(english, chinese), say(customer, kehu), Decimal(amount), stage, days


def owners(say: Say) -> tuple[str, ...]:
    return (say("Anna Berg", "王小明"), say("Jonas Weber", "李静"), say("Mei Lin", "陈美玲"))
