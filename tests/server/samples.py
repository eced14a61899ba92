"""Views of a made-up printing company, as real as they get: what the templates are looked at and tested with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from crmspec.server.views import (
    AccessPage, AccessRow, Action, ActiveFilter, Address, AnyPage, BoardColumn, BoardPage, Card, Chart, Choice,
    Chosen, Column, Conflict, ConflictField, Control, Count, ErrorPage, FieldChange, FieldView, FileLink, FilterField,
    FormPage, FormSection, Frame, FrameUrls, HistoryEntry, HomeCard, HomeItem, HomePage, Link, ListPage, LogInPage,
    LookupTarget, NavigationGroup, Need, Notice, Pager, PathStage, PeoplePage, PersonName, PersonRow, Place, PlanLine,
    Point, RecordPage, RelatedList, ReleasePage, ReleaseRow, ReleasesPage, ReportColumn, ReportPage, ReportRow, Row,
    SearchGroup, SearchHit, SearchPage, SecretPage, SectionView, SetupPage, SpecFieldRow, SpecGroup, SpecObjectPage,
    SpecObjectRow, SpecPage, StagePath, Theme, Value,
)

NOW = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
BASE = "/crm"
Say = Callable[[str, str], str]
LONG = "An offer that goes on and on, with every word the customer ever wrote about paper. " * 120
NASTY = '<script>alert("x")</script> & <b>bold</b> \u202eevil\u202c مرحبا 🖨️👩‍👩‍👧‍👦 "quotes" \'single\' {{ 7*7 }} %s'


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


def field(name: str, label: str, value: Value, **more: object) -> FieldView:
    return FieldView(name=name, label=label, value=value, defined_at=f"specs/objects/opportunity.yaml:{len(name)}", **more)  # type: ignore[arg-type]


def frame(say: Say, language: str, theme: Theme, current: str, *, signed_in: bool = True, **more: object) -> Frame:
    """Return the frame around a page; `current` is the place in the navigation that is lit."""
    places = (
        ("", (("home", say("Home", "首页"), "house"), ("activity", say("Tasks", "任务"), "list-todo"))),
        (say("Sales", "销售"), (
            ("lead", say("Leads", "线索"), "sparkles"), ("account", say("Accounts", "客户"), "building-2"),
            ("contact", say("Contacts", "联系人"), "contact-round"),
            ("opportunity", say("Opportunities", "商机"), "handshake"), ("quote", say("Quotes", "报价单"), "file-text"),
            ("order", say("Orders", "订单"), "package-check"))),
        (say("Service", "服务"), (("case", say("Cases", "客诉"), "life-buoy"), ("issue", say("Issues", "问题控制表"), "ticket"))),
        (say("Insight", "分析"), (
            ("report", say("Reports", "报表"), "chart-column"), ("campaign", say("Campaigns", "市场活动"), "megaphone"))),
        (say("Administration", "管理"), (("setup", say("Set-up", "设置"), "settings"),)),
    )
    counts = {"activity": 7, "case": 3}
    return Frame(
        crm=say("ACME Printing", "雅克美印刷"), language=language, languages=(("en", "English"), ("zh-CN", "简体中文")), theme=theme,
        time_zone="Asia/Shanghai", currency="CNY", csrf_token="token-123", path="/crm/opportunity",  # noqa: S106
        person=person(say("Anna Berg", "王小明"), say("Sales representative, East", "华东区销售代表")) if signed_in else None,
        urls=FrameUrls(
            home=url("/"), log_in=url("/log-in"), log_out=url("/log-out"), preferences=url("/preferences"),
            profile=url("/profile"), search=url("/search"), new=(
                Link(label=say("Account", "客户"), url=url("/account/new"), icon="building-2"),
                Link(label=say("Opportunity", "商机"), url=url("/opportunity/new"), icon="handshake"),
                Link(label=say("Task", "任务"), url=url("/activity/new"), icon="list-todo"))),
        navigation=tuple(
            NavigationGroup(label=label, links=tuple(
                Link(label=name, url=url(f"/{key}"), icon=icon, count=counts.get(key), current=key == current)
                for key, name, icon in links))
            for label, links in places) if signed_in else (),
        environment=say("test", "测试") if signed_in else "", release=say("Release 42 · acme_printing 1.4.0", "版本 42 · acme_printing 1.4.0"),
        setup=True, **more)  # type: ignore[arg-type]


DEALS = (
    ("Annual report 2026", "2026 年度报告印制", "Northwind Energy", "北风能源股份有限公司", "186000", "proposal", 5),
    ("Spring catalogue, 120,000 copies", "春季产品目录 12 万册", "Kaufhaus Lindner", "林德纳百货", "412500.50", "negotiation", 12),
    ("Wine labels with hot foil", "红酒标签烫金", "Château Beaulieu", "博利酒庄", "58400", "qualify", 2),
    ("Folding cartons for skin care", "护肤品折叠纸盒", "Lumière Cosmetics", "露美化妆品（上海）有限公司", "937200", "proposal", 31),
    ("Trade fair walls and roll-ups", "展会背景墙与易拉宝", "Hanse Messebau", "汉莎展览工程", "23900", "won", 1),
    ("School books, mathematics 5–8", "五至八年级数学教材", "Bildungsverlag Süd", "南方教育出版社", "1280000", "negotiation", 9),
    ("Menu cards, washable", "可擦洗菜单", "Trattoria Sole", "阳光餐厅", "4200", "lost", 3),
    ("Direct mail, personalised", "个性化直邮", "Volksbank Mitte", "中部合作银行", "76500", "qualify", 20),
    ("Calendar for employees", "员工台历", "Stadtwerke", "市政公用事业公司", "31800", "proposal", 4),
    ("Packaging relaunch tea series", "茶叶系列包装改版", "Jasmin Tea House", "茉莉茶庄", "219000", "qualify", 6),
)


def stages(say: Say) -> dict[str, tuple[str, str]]:
    return {
        "qualify": (say("Qualify", "验证"), "blue"), "proposal": (say("Proposal", "报价"), "violet"),
        "negotiation": (say("Negotiation", "谈判"), "amber"), "won": (say("Won", "赢单"), "green"), "lost": (say("Lost", "输单"), "red"),
    }


def deal(say: Say, index: int) -> tuple[str, str, Decimal, str, int]:
    english, chinese, customer, kehu, amount, stage, days = DEALS[index % len(DEALS)]
    return say(english, chinese), say(customer, kehu), Decimal(amount), stage, days


def owners(say: Say) -> tuple[str, ...]:
    return (say("Anna Berg", "王小明"), say("Jonas Weber", "李静"), say("Mei Lin", "陈美玲"))


def filter_fields(say: Say) -> tuple[FilterField, ...]:
    return (
        FilterField(name="name", label=say("Name", "名称"), kind="text"),
        FilterField(name="amount", label=say("Amount", "金额"), kind="number"),
        FilterField(name="close_date", label=say("Close date", "预计成交日"), kind="date"),
        FilterField(name="stage", label=say("Stage", "阶段"), kind="choice", choices=tuple(
            Choice(name=name, label=label, color=color) for name, (label, color) in stages(say).items())),
        FilterField(name="account", label=say("Account", "客户"), kind="reference", lookup_url=url("/lookup/account")),
        FilterField(name="hot", label=say("Hot", "重点"), kind="boolean"),
    )


def columns(say: Say) -> tuple[Column, ...]:
    named = (
        ("name", say("Name", "名称"), "text"), ("account", say("Account", "客户"), "lookup"),
        ("stage", say("Stage", "阶段"), "picklist"), ("amount", say("Amount", "金额"), "currency"),
        ("probability", say("Probability", "成功率"), "percent"), ("close_date", say("Close date", "预计成交日"), "date"),
        ("hot", say("Hot", "重点"), "boolean"), ("owner", say("Owner", "负责人"), "lookup"),
    )
    return tuple(
        Column(name=name, label=label, type=kind, sort_url=url(f"/opportunity?sort={name}"),
               sorted="descending" if name == "amount" else "", defined_at=f"specs/objects/opportunity.yaml:{at + 7}")
        for at, (name, label, kind) in enumerate(named))


def rows(say: Say, many: int) -> tuple[Row, ...]:
    found = []
    for index in range(many):
        name, customer, amount, stage, days = deal(say, index)
        label, color = stages(say)[stage]
        found.append(Row(id=str(index), url=url(f"/opportunity/{index}"), cells=(
            text(name), account(customer), pick(label, color), Value(type="currency", content=amount, currency="CNY"),
            Value(type="percent", content=Decimal(10 * (index % 10))),
            Value(type="date", content=date(2026, 12, 1) + timedelta(days=days * 3)),
            Value(type="boolean", content=index % 3 == 0),
            Value(type="lookup", content=person(owners(say)[index % 3])))))
    return tuple(found)


def displays(say: Say, current: str) -> tuple[Link, ...]:
    return (
        Link(label=say("List", "列表"), url=url("/opportunity"), icon="list", current=current == "list"),
        Link(label=say("Board", "看板"), url=url("/opportunity/board"), icon="square-kanban", current=current == "board"))


def list_views(say: Say) -> tuple[Link, ...]:
    return (
        Link(label=say("All opportunities", "全部商机"), url=url("/opportunity"), current=True),
        Link(label=say("My open ones", "我的进行中"), url=url("/opportunity?view=mine")),
        Link(label=say("Closing this month", "本月成交"), url=url("/opportunity?view=month")),
        Link(label=say("Stuck", "停滞"), url=url("/opportunity?view=stuck"), count=4))


def list_page(say: Say) -> ListPage:
    return ListPage(
        title=say("Opportunities", "商机"), url=url("/opportunity"), icon="handshake", columns=columns(say), rows=rows(say, 25),
        count=Count(number=12400, exact=False), views=list_views(say), displays=displays(say, "list"),
        kept=(("sort", "-amount"), ("where", "stage:is:proposal")), filter_fields=filter_fields(say), clear_url=url("/opportunity"),
        filters=(
            ActiveFilter(field="stage", label=say("Stage", "阶段"), operator="is", shown=say("Proposal", "报价"), remove_url=url("/opportunity?a")),
            ActiveFilter(field="close_date", label=say("Close date", "预计成交日"), operator="in", shown=say("this quarter", "本季度"), remove_url=url("/opportunity?b"))),
        pager=Pager(first_url=url("/opportunity?first"), previous_url=url("/opportunity?before=x"), next_url=url("/opportunity?after=y")),
        new=Link(label=say("New opportunity", "新建商机"), url=url("/opportunity/new")),
        actions=(Action(label=say("Export", "导出"), url=url("/opportunity/export"), icon="download"),), defined_at="specs/objects/opportunity.yaml:1")


def empty_list(say: Say, *, searched: bool) -> ListPage:
    return ListPage(
        title=say("Campaigns", "市场活动"), url=url("/campaign"), icon="megaphone", columns=columns(say), rows=(), count=Count(number=0),
        query=say("glossy", "光面") if searched else "", clear_url=url("/campaign"), filter_fields=filter_fields(say),
        new=Link(label=say("New campaign", "新建市场活动"), url=url("/campaign/new")))


def board_page(say: Say) -> BoardPage:
    made = []
    for name, (label, color) in stages(say).items():
        cards = []
        for index in range(14):
            title, customer, amount, stage, days = deal(say, index)
            if stage != name:
                continue
            cards.append(Card(
                id=f"{name}-{index}", url=url(f"/opportunity/{index}"), title=title, owner=person(owners(say)[index % 3]),
                fields=(field("account", say("Account", "客户"), account(customer)),
                        field("amount", say("Amount", "金额"), Value(type="currency", content=amount, currency="CNY", decimals=0)),
                        field("close", say("Close date", "预计成交日"), Value(type="date", content=date(2026, 12, 1) + timedelta(days=days)))),
                version=index + 1, move_url=url(f"/opportunity/{index}/move") if index != 3 else "",
                stuck=say(f"{days} days here", f"已停留 {days} 天") if days > 14 else ""))
        if name == "lost":
            cards = []
        made.append(BoardColumn(
            name=name, label=label, color=color, cards=tuple(cards), count=Count(number=len(cards) * 7), sum=money(str(len(cards) * 231450)),
            type=name if name in ("won", "lost") else "open",  # type: ignore[arg-type]
            more_url=url("/opportunity?where=stage:is:" + name) if len(cards) > 2 else ""))
    return BoardPage(
        title=say("Opportunities", "商机"), url=url("/opportunity/board"), icon="handshake", columns=tuple(made), views=list_views(say),
        displays=displays(say, "board"), filter_fields=filter_fields(say), new=Link(label=say("New opportunity", "新建商机"), url=url("/opportunity/new")))


def actions(say: Say) -> tuple[Action, ...]:
    return (
        Action(label=say("Edit", "编辑"), url=url("/opportunity/1/edit"), icon="pencil", kind="primary"),
        Action(label=say("New quote", "新建报价单"), url=url("/quote/new"), icon="file-text"),
        Action(label=say("Hand over", "转交"), url=url("/opportunity/1/transfer"), icon="send", method="post"),
        Action(label=say("Copy", "复制"), url=url("/opportunity/1/copy"), icon="copy"),
        Action(label=say("Delete", "删除"), url=url("/opportunity/1/delete"), icon="trash-2", method="post", kind="danger",
               confirm=say("Delete this opportunity? Its two quotes stay.", "确定删除此商机？其两份报价单会保留。"), fields=(("version", "7"),)))


def path(say: Say) -> StagePath:
    names = list(stages(say).items())
    state = {"qualify": "done", "proposal": "current"}
    return StagePath(
        label=say("Sales pipeline", "销售管道"), move_url=url("/opportunity/1/move"), version=7, since=NOW - timedelta(days=16),
        next_label=say("Negotiation", "谈判"), stuck=say("16 days in this stage, 14 is long", "在本阶段已 16 天，超过 14 天"),
        needs=(Need(label=say("Amount", "金额"), met=True), Need(label=say("Close date", "预计成交日"), met=True),
               Need(label=say("Print run", "印量"), met=False, url=url("/opportunity/1/edit#f-print_run"))),
        stages=tuple(PathStage(name=name, label=label, state=state.get(name, "ahead"), open=name != "won",  # type: ignore[arg-type]
                               type=name if name in ("won", "lost") else "open") for name, (label, _) in names))  # type: ignore[arg-type]


def sections(say: Say) -> tuple[SectionView, ...]:
    return (
        SectionView(label=say("Details", "基本信息"), fields=(
            field("name", say("Name", "名称"), text(deal(say, 3)[0])), field("account", say("Account", "客户"), account(deal(say, 3)[1])),
            field("amount", say("Amount", "金额"), money("937200"), help=say("Without value added tax.", "不含增值税。")),
            field("probability", say("Probability", "成功率"), Value(type="percent", content=Decimal("50"))),
            field("close_date", say("Close date", "预计成交日"), Value(type="date", content=date(2026, 12, 18))),
            field("source", say("Source", "来源"), pick(say("Trade fair", "展会"), "teal")),
            field("tags", say("Finishing", "后道工艺"), Value(type="multi_picklist", content=(
                Choice(name="a", label=say("Hot foil", "烫金"), color="amber"), Choice(name="b", label=say("Embossing", "压凹凸"), color="#7048e8"),
                Choice(name="c", label=say("UV varnish", "UV 上光"), color="cyan")))),
            field("rivals", say("Competitors", "竞争对手"), Value(type="many_to_many", content=(
                Link(label=say("Flint Print", "福林特印务"), url=url("/competitor/1")), Link(label=say("PaperWorks", "纸工坊"), url=url("/competitor/2"))))),
            field("hot", say("Hot", "重点"), Value(type="boolean", content=True)), field("lost_reason", say("Lost reason", "输单原因"), Value(type="picklist")),
            field("notes", say("Notes", "备注"), Value(type="long_text", content=say(
                "Wants samples on 350 g/m² before Christmas.\nDecides together with the agency in Lyon.", "圣诞节前需要 350 克样品。\n与里昂的代理商共同决定。"))))),
        SectionView(label=say("Every other kind of field", "其他字段类型"), fields=(
            field("email", say("E-mail", "邮箱"), Value(type="email", content="claire.dupont@lumiere.example")),
            field("phone", say("Telephone", "电话"), Value(type="phone", content="+86 21 5555 0188")),
            field("web", say("Web site", "网站"), Value(type="url", content="https://www.lumiere.example/packaging")),
            field("address", say("Address", "地址"), Value(type="address", content=Address(
                street=say("12 Quai Perrache", "南京西路 1266 号"), city=say("Lyon", "静安区"), region=say("", "上海市"), postcode=say("69002", "200040"), country=say("France", "中国")))),
            field("person", say("Decides", "决策人"), Value(type="person_name", content=PersonName(family=say("Dupont", "欧阳"), given=say("Claire", "雪")))),
            field("place", say("Position", "位置"), Value(type="geolocation", content=Place(latitude=Decimal("31.2231234"), longitude=Decimal("121.4452345")))),
            field("file", say("Layout", "版式文件"), Value(type="file", content=FileLink(name=say("layout-v3.pdf", "版式-v3.pdf"), url=url("/file/1"), size_bytes=2480000))),
            field("duration", say("Press time", "印刷时长"), Value(type="duration", content=16200)),
            field("time", say("Delivery time", "交货时间"), Value(type="time", content=time(7, 30))),
            field("moment", say("Next call", "下次联系"), Value(type="datetime", content=NOW + timedelta(days=1))),
            field("rating", say("Rating", "评级"), Value(type="rating", content=4)), field("color", say("House colour", "专色"), Value(type="color", content="#b5179e")),
            field("number", say("Number", "编号"), Value(type="auto_number", content="O-2026-0042")), field("run", say("Print run", "印量"), Value(type="integer", content=120000)),
            field("grammage", say("Grammage", "克重"), Value(type="number", content=Decimal("349.5"))), field("token", say("Portal key", "门户密钥"), Value(type="secret", content="****8f2a")),
            field("margin", say("Margin", "毛利"), Value(type="currency", masked=True)),
            field("spec", say("Job ticket", "工单"), Value(type="json", content='{\n  "colours": "4/4",\n  "paper": "GC1 350"\n}')),
            field("story", say("Brief", "需求说明"), Value(type="rich_text", content=say(
                "<h3>Look and feel</h3><p>Matt, <strong>soft touch</strong>, with <a href='https://lumiere.example'>their guide</a>.</p><ul><li>Five sizes</li><li>Two languages</li></ul>",
                "<h3>外观</h3><p>哑光、<strong>触感膜</strong>，参考<a href='https://lumiere.example'>品牌手册</a>。</p><ul><li>五种尺寸</li><li>两种语言</li></ul>"))))),
    )


def history(say: Say) -> tuple[HistoryEntry, ...]:
    label = stages(say)
    return (
        HistoryEntry(at=NOW - timedelta(minutes=40), who=person(owners(say)[0]), verb="activity", icon="phone", text=say("called about", "电话沟通："),
                     link=Link(label=say("Samples on 350 g/m²", "350 克样品"), url=url("/activity/9"))),
        HistoryEntry(at=NOW - timedelta(hours=3), who=person(owners(say)[1]), verb="updated", changes=(
            FieldChange(label=say("Amount", "金额"), before=money("812000"), after=money("937200")),
            FieldChange(label=say("Hot", "重点"), before=Value(type="boolean", content=False), after=Value(type="boolean", content=True)),
            FieldChange(label=say("Lost reason", "输单原因"), before=text(say("Price", "价格")), after=Value(type="text")))),
        HistoryEntry(at=NOW - timedelta(days=16), who=person(owners(say)[0]), verb="moved", changes=(
            FieldChange(label=say("Stage", "阶段"), before=pick(*label["qualify"]), after=pick(*label["proposal"])),)),
        HistoryEntry(at=NOW - timedelta(days=400), who=person(owners(say)[2]), verb="created"),
    )


def record_page(say: Say) -> RecordPage:
    name, customer, *_ = deal(say, 3)
    return RecordPage(
        title=name, object_label=say("Opportunity", "商机"), id="1", url=url("/opportunity/1"), version=7, icon="handshake",
        trail=(Link(label=say("Opportunities", "商机"), url=url("/opportunity")), Link(label=customer, url=url("/account/1"))),
        highlights=(
            field("amount", say("Amount", "金额"), money("937200")), field("close", say("Close date", "预计成交日"), Value(type="date", content=date(2026, 12, 18))),
            field("account", say("Account", "客户"), account(customer)), field("source", say("Source", "来源"), pick(say("Trade fair", "展会"), "teal")),
            field("rating", say("Rating", "评级"), Value(type="rating", content=4))),
        path=path(say), sections=sections(say), actions=actions(say), history=history(say), history_url=url("/opportunity/1/history"),
        owner=person(owners(say)[0]), created_at=NOW - timedelta(days=400), created_by=person(owners(say)[2]),
        updated_at=NOW - timedelta(hours=3), updated_by=person(owners(say)[1]), defined_at="specs/objects/opportunity.yaml:1",
        related=(
            RelatedList(name="quotes", label=say("Quotes", "报价单"), icon="file-text", count=Count(number=12), all_url=url("/quote?of=1"),
                        new=Link(label=say("New quote", "新建报价单"), url=url("/quote/new")), columns=columns(say)[:6], rows=tuple(
                            Row(id=row.id, url=row.url, cells=row.cells[:6]) for row in rows(say, 4))),
            RelatedList(name="cases", label=say("Cases", "客诉"), icon="life-buoy", count=Count(number=0), columns=(), rows=(),
                        new=Link(label=say("New case", "新建客诉"), url=url("/case/new")))))


def controls(say: Say, *, wrong: bool) -> tuple[FormSection, ...]:
    choices = tuple(Choice(name=name, label=label, color=color) for name, (label, color) in stages(say).items())
    accounts = LookupTarget(object="account", label=say("Account", "客户"), url=url("/lookup/account"), new_url=url("/account/new"))
    contacts = LookupTarget(object="contact", label=say("Contact", "联系人"), url=url("/lookup/contact"))
    must = say("This must be filled in.", "此项必填。")
    return (
        FormSection(label=say("Details", "基本信息"), controls=(
            Control(name="name", label=say("Name", "名称"), control="text", text="" if wrong else deal(say, 3)[0], required=True, errors=(must,) if wrong else (), wide=True, defined_at="specs/objects/opportunity.yaml:7"),
            Control(name="account", label=say("Account", "客户"), control="lookup", required=True, targets=(accounts,), chosen=(Chosen(id="1", label=deal(say, 3)[1], object="account"),)),
            Control(name="stage", label=say("Stage", "阶段"), control="select", text="proposal", choices=choices, required=True),
            Control(name="amount", label=say("Amount", "金额"), control="currency", text="937200.00" if not wrong else "lots", unit="¥", help=say("Without value added tax.", "不含增值税。"), errors=(say("This is not a number.", "这不是数字。"),) if wrong else ()),
            Control(name="discount", label=say("Discount", "折扣"), control="percent", text="5", unit="%", maximum="60"),
            Control(name="close_date", label=say("Close date", "预计成交日"), control="date", text="2026-12-18"),
            Control(name="source", label=say("Source", "来源"), control="select", choices=choices),
            Control(name="finishing", label=say("Finishing", "后道工艺"), control="multi_select", texts=("proposal", "won"), choices=choices),
            Control(name="hot", label=say("Hot", "重点"), control="checkbox", text="true", help=say("Shown on the board of the day.", "显示在每日看板上。")),
            Control(name="notes", label=say("Notes", "备注"), control="textarea", text=say("Wants samples before Christmas.", "圣诞节前需要样品。")))),
        FormSection(label=say("Every other kind of field", "其他字段类型"), controls=(
            Control(name="run", label=say("Print run", "印量"), control="number", text="120000", unit=say("copies", "册")),
            Control(name="press", label=say("Press time", "印刷时长"), control="duration", text="4h 30m", placeholder="1h 30m"),
            Control(name="next_call", label=say("Next call", "下次联系"), control="datetime", text="2026-11-24T14:30"),
            Control(name="delivery", label=say("Delivery time", "交货时间"), control="time", text="07:30"),
            Control(name="related", label=say("Belongs to", "关联到"), control="lookup", targets=(accounts, contacts), chosen=(Chosen(id="c1", label=say("Claire Dupont", "欧阳雪"), object="contact"),)),
            Control(name="rivals", label=say("Competitors", "竞争对手"), control="multi_lookup", targets=(LookupTarget(object="competitor", label="", url=url("/lookup/competitor")),),
                    chosen=(Chosen(id="1", label=say("Flint Print", "福林特印务")), Chosen(id="2", label=say("PaperWorks", "纸工坊")))),
            Control(name="email", label=say("E-mail", "邮箱"), control="email", text="claire.dupont@lumiere.example"),
            Control(name="phone", label=say("Telephone", "电话"), control="phone", text="+86 21 5555 0188"),
            Control(name="web", label=say("Web site", "网站"), control="url", text="https://www.lumiere.example"),
            Control(name="person", label=say("Decides", "决策人"), control="person_name", parts={"family": say("Dupont", "欧阳"), "given": say("Claire", "雪")}),
            Control(name="address", label=say("Address", "地址"), control="address", parts={"street": say("12 Quai Perrache", "南京西路 1266 号"), "city": say("Lyon", "上海")}),
            Control(name="place", label=say("Position", "位置"), control="geolocation", parts={"latitude": "31.22", "longitude": "121.44"}),
            Control(name="rating", label=say("Rating", "评级"), control="rating", text="3"),
            Control(name="color", label=say("House colour", "专色"), control="color", text="#b5179e"),
            Control(name="layout", label=say("Layout", "版式文件"), control="file", value=Value(type="file", content=FileLink(name="layout-v3.pdf", url=url("/file/1"), size_bytes=2480000))),
            Control(name="photo", label=say("Picture", "图片"), control="image", accept="image/*"),
            Control(name="token", label=say("Portal key", "门户密钥"), control="secret", value=Value(type="secret", content="****8f2a")),
            Control(name="number", label=say("Number", "编号"), control="read_only"), Control(name="net", label=say("Net", "净额"), control="computed", value=money("890340")),
            Control(name="story", label=say("Brief", "需求说明"), control="rich_text", text="<h3>Look</h3><p>Matt, <strong>soft touch</strong></p>"),
            Control(name="ticket", label=say("Job ticket", "工单"), control="json", text='{"colours": "4/4"}'))),
    )


def form_page(say: Say, *, wrong: bool = False, conflict: bool = False) -> FormPage:
    return FormPage(
        title=say("Edit ", "编辑") + deal(say, 3)[0], url=url("/opportunity/1/edit"), cancel_url=url("/opportunity/1"), icon="handshake", version=7,
        trail=(Link(label=say("Opportunities", "商机"), url=url("/opportunity")),), sections=controls(say, wrong=wrong), save_and_new=True,
        problems=(say("A quote cannot end before it begins.", "报价单不能在开始之前结束。"),) if wrong else (),
        conflict=Conflict(
            who=person(owners(say)[1]), at=NOW - timedelta(minutes=2), discard_url=url("/opportunity/1"), fields=(
                ConflictField(label=say("Amount", "金额"), theirs=money("990000"), yours=money("937200")),
                ConflictField(label=say("Stage", "阶段"), theirs=pick(*stages(say)["negotiation"]), yours=pick(*stages(say)["proposal"])))) if conflict else None)


def chart(say: Say, kind: str) -> Chart:
    of = stages(say)
    amounts = {"qualify": 353900, "proposal": 1155000, "negotiation": 1692500, "won": 823900, "lost": 4200}
    points = tuple(Point(label=of[name][0], number=Decimal(number), url=url("/report/x?stage=" + name)) for name, number in amounts.items())
    by, measure, value = say("Stage", "阶段"), say("Sum of amount", "金额合计"), Value(type="currency", currency="CNY", decimals=0)
    if kind == "line":
        by = say("Month", "月份")
        points = tuple(Point(label=say(f"{month:02}/26", f"{month}月"), number=Decimal(180000 + (month * 7919 % 13) * 52000)) for month in range(1, 13))
    if kind == "wide":
        return Chart(type="bar", title=say("Revenue by account", "客户收入"), by=say("Account", "客户"), measure=measure, value=value, points=tuple(
            Point(label=deal(say, index)[1], number=deal(say, index)[2]) for index in range(10)))
    return Chart(type=kind, title=say("Pipeline", "销售管道"), by=by, measure=measure, points=points, value=value)  # type: ignore[arg-type]


def report_page(say: Say, kind: str) -> ReportPage:
    lines: list[ReportRow] = []
    for owner in owners(say)[:2]:
        lines.append(ReportRow(kind="group", label=owner, count=5, level=0))
        for name in ("qualify", "proposal"):
            lines.append(ReportRow(kind="group", label=stages(say)[name][0], count=2, level=1))
            for index in range(2):
                title, customer, amount, stage, days = deal(say, index + len(name))
                lines.append(ReportRow(kind="record", level=2, url=url(f"/opportunity/{index}"), cells=(
                    text(title), account(customer), pick(*stages(say)[stage]), Value(type="currency", content=amount, currency="CNY"), Value(type="integer", content=days))))
            lines.append(ReportRow(kind="subtotal", level=1, cells=(None, None, None, money("470900.50"), None), label=say("Sum", "合计")))
        lines.append(ReportRow(kind="subtotal", level=0, cells=(None, None, None, money("941801"), Value(type="integer", content=12)), label=say("Sum", "合计")))
    lines.append(ReportRow(kind="total", cells=(None, None, None, money("1883602"), Value(type="integer", content=24)), label=say("Sum", "合计")))
    lines.append(ReportRow(kind="total", cells=(None, None, None, money("235450.25"), Value(type="number", content=Decimal("3.0"))), label=say("Average", "平均")))
    return ReportPage(
        title=say("Stuck opportunities", "停滞商机"), url=url("/report/stuck"), count=Count(number=8), chart=chart(say, kind), rows=tuple(lines),
        help=say("Open longer in their stage than the pipeline allows.", "在当前阶段停留时间超过管道规定。"),
        columns=(ReportColumn(label=say("Name", "名称"), type="text"), ReportColumn(label=say("Account", "客户"), type="lookup"), ReportColumn(label=say("Stage", "阶段"), type="picklist"),
                 ReportColumn(label=say("Amount", "金额"), type="currency"), ReportColumn(label=say("Days in stage", "停留天数"), type="integer")),
        figures=(field("sum", say("Sum of amount", "金额合计"), money("1883602")), field("avg", say("Average amount", "平均金额"), money("235450.25")), field("n", say("Records", "记录数"), Value(type="integer", content=8))),
        conditions=(say("Stage is open", "阶段为进行中"), say("Days in stage more than allowed", "停留天数超过规定")), actions=(Action(label=say("Export", "导出"), url=url("/report/stuck/export"), icon="download"),),
        others=(Link(label=say("Lead sources", "线索来源"), url=url("/report/a")), Link(label=say("Quarterly forecast", "季度预测"), url=url("/report/b"))))


def home_page(say: Say) -> HomePage:
    done = Action(label=say("Done", "完成"), url=url("/activity/1/done"), method="post", fields=(("version", "2"),))
    tasks = (
        (say("Send paper samples to Lumière", "给露美寄送纸样"), say("Lumière Cosmetics", "露美化妆品"), -2, True), (say("Call Ms Lindner about the proof", "就打样致电林德纳女士"), say("Kaufhaus Lindner", "林德纳百货"), 0, False),
        (say("Quote for menu cards", "菜单报价"), say("Trattoria Sole", "阳光餐厅"), 1, False), (say("Visit: press approval at 7 a.m.", "拜访：早上七点看样签字"), say("Northwind Energy", "北风能源"), 4, False))
    return HomePage(title=say("Good afternoon, Anna", "下午好，小明"), today=date(2026, 11, 23), cards=(
        HomeCard(title=say("My tasks", "我的任务"), icon="list-todo", url=url("/activity"), size="wide", new=Link(label=say("New task", "新建任务"), url=url("/activity/new")), items=tuple(
            HomeItem(link=Link(label=title, url=url("/activity/1"), detail=about), when=date(2026, 11, 23) + timedelta(days=days), late=late, done=done) for title, about, days, late in tasks)),
        HomeCard(title=say("This quarter", "本季度"), icon="target", figures=(field("won", say("Won", "赢单"), Value(type="currency", content=Decimal(823900), currency="CNY", decimals=0)), field("rate", say("Win rate", "赢单率"), Value(type="percent", content=Decimal("38.5"))))),
        HomeCard(title=say("Open pipeline", "进行中的商机"), icon="funnel", url=url("/opportunity/board"), chart=chart(say, "funnel")),
        HomeCard(title=say("Won by month", "每月赢单"), icon="chart-line", size="wide", url=url("/report/x"), chart=chart(say, "line")),
        HomeCard(title=say("Announcements", "公告"), icon="megaphone", items=(
            HomeItem(link=Link(label=say("Price list 2027 is out", "2027 年价目表已发布"), url=url("/announcement/1"), detail=say("Management", "管理层")), when=NOW - timedelta(days=1), text=say("Paper has become 4 % dearer since the summer. Quotes that are still open keep their prices until the end of the year.", "纸价自夏季以来上涨 4%。未结报价单的价格保留至年底。")),
            HomeItem(link=Link(label=say("Press 3 is down on Friday", "3 号机周五停机检修"), url=url("/announcement/2")), when=NOW - timedelta(days=3), tag=Choice(name="x", label=say("Production", "生产"), color="orange")))),
        HomeCard(title=say("Recently seen", "最近查看"), icon="history", items=tuple(
            HomeItem(link=Link(label=deal(say, index)[0], url=url("/opportunity/1"), detail=deal(say, index)[1], icon="handshake")) for index in range(4))),
        HomeCard(title=say("Lead sources", "线索来源"), icon="chart-pie", chart=chart(say, "pie")),
        HomeCard(title=say("Cases close to their limit", "即将超时的客诉"), icon="life-buoy", empty=say("No case is close to its limit.", "没有即将超时的客诉。"))))


def search_page(say: Say, *, found: bool) -> SearchPage:
    return SearchPage(title=say("Search", "搜索"), url=url("/search"), query=say("lumi", "露美"), groups=(
        SearchGroup(label=say("Accounts", "客户"), icon="building-2", all_url=url("/account?q=lumi"), hits=(SearchHit(link=Link(label=deal(say, 3)[1], url=url("/account/1"), detail=say("Cosmetics · Lyon", "化妆品 · 上海"))),)),
        SearchGroup(label=say("Contacts", "联系人"), icon="contact-round", hits=(SearchHit(link=Link(label=say("Claire Dupont", "欧阳雪"), url=url("/contact/1"), person=True, detail=deal(say, 3)[1]), found="claire.dupont@lumiere.example"),)),
        SearchGroup(label=say("Opportunities", "商机"), icon="handshake", hits=(SearchHit(link=Link(label=deal(say, 3)[0], url=url("/opportunity/1")), found=say("… soft touch, with their guide …", "……触感膜，参考品牌手册……")),))) if found else ())


def setup_pages(say: Say) -> dict[str, AnyPage]:
    trail = (Link(label=say("Set-up", "设置"), url=url("/setup")),)
    facts = (field("release", say("Release", "版本"), text("42 · 1.4.0")), field("at", say("Deployed", "部署于"), Value(type="datetime", content=NOW - timedelta(days=2))),
             field("db", say("Database", "数据库"), text("PostgreSQL 18")), field("env", say("Environment", "环境"), text("production")))
    fields = (
        SpecFieldRow(name="name", label=say("Name", "名称"), type="text", detail="max_length 120", required=True, defined_at="specs/standard/opportunity.yaml:9"),
        SpecFieldRow(name="account", label=say("Account", "客户"), type="lookup", link=Link(label=say("Account", "客户"), url=url("/setup/spec/account")), detail="on_delete restrict", required=True, defined_at="specs/standard/opportunity.yaml:10"),
        SpecFieldRow(name="net", label=say("Net", "净额"), type="formula", detail="amount * (1 - discount / 100)", help=say("After the discount.", "扣除折扣后。"), defined_at="specs/quote.yaml:14"),
        SpecFieldRow(name="number", label=say("Number", "编号"), type="auto_number", detail="O-{YYYY}-{0000}", unique=True, defined_at="specs/standard/opportunity.yaml:12"),
        SpecFieldRow(name="created_at", label=say("Created", "创建时间"), type="datetime", system=True))
    people = tuple(PersonRow(person=Link(label=name, person=True, url=url("/setup/people/1")), login=login, positions=(say("Sales representative, East", "华东区销售代表"),), roles=(say("Sales representative", "销售代表"),), active=at != 2, last_seen=NOW - timedelta(hours=at * 9) if at else None, actions=(
        Action(label=say("Positions", "岗位"), url=url("/setup/people/1/positions"), icon="network"), Action(label=say("Reset password", "重置密码"), url=url("/setup/people/1/password"), icon="key-round", method="post"),
        Action(label=say("Disable", "停用"), url=url("/setup/people/1/disable"), icon="ban", method="post", kind="danger", confirm=say("Disable this person? They are logged out at once.", "停用此人？其会立即退出登录。"))))
        for at, (name, login) in enumerate(zip(owners(say), ("anna", "jonas", "mei"), strict=True)))
    return {
        "setup": SetupPage(title=say("Set-up", "设置"), facts=facts, links=(
            Link(label=say("Releases", "版本"), url=url("/setup/releases"), icon="rocket", detail=say("What was deployed, when, by whom, and how to go back", "部署了什么、何时、由谁，以及如何回退")), Link(label=say("Access", "权限"), url=url("/setup/access"), icon="shield-check", detail=say("Which role may do what, on which records", "各角色可对哪些记录做什么")),
            Link(label=say("Spec", "规格"), url=url("/setup/spec"), icon="book-open", detail=say("Every object and field, and the line that defines it", "所有对象和字段及其定义位置")), Link(label=say("People", "人员"), url=url("/setup/people"), icon="users", detail=say("Who can log in, with which positions", "谁可以登录、担任哪些岗位")))),
        "releases": ReleasesPage(title=say("Releases", "版本"), trail=trail, rows=tuple(ReleaseRow(number=42 - at, url=url(f"/setup/releases/{42 - at}"), at=NOW - timedelta(days=at * 9 + 2), who="ci@acme.example", summary=say("2 added, 1 renamed, 1 removed", "新增 2，重命名 1，移除 1"), commit="4b88e97c1a22", version=f"1.{4 - at}.0", current=not at) for at in range(4))),
        "release": ReleasePage(title=say("Release 42", "版本 42"), trail=(*trail, Link(label=say("Releases", "版本"), url=url("/setup/releases"))), facts=facts, current=True, lines=(
            PlanLine(sign="+", address="contact.nickname", text="text"), PlanLine(sign=">", address="contact.mobile", text=say("was contact.phone", "原为 contact.phone")), PlanLine(sign="~", address="opportunity.amount", text=say("required", "必填"), hazards=("may_fail_on_data",)),
            PlanLine(sign="-", address="contact.fax", text=say("1,204 of 9,870 contacts have one", "9,870 个联系人中 1,204 个有值"), hazards=("loses_data",))),
            text="contact\n  + contact.nickname   text\n  > contact.mobile     was contact.phone\n  - contact.fax        text                         ! loses_data\nPlan: 1 to add, 1 to rename, 1 to remove. 1 hazard to allow.\n", undo="crmspec rollback --to 42"),
        "access": AccessPage(title=say("Access", "权限"), trail=trail, role=say("Sales representative", "销售代表"), defined_at="specs/roles.yaml:14", verbs=("create", "read", "update", "delete", "transfer", "export"), roles=(
            Link(label=say("Administrator", "管理员"), url=url("/setup/access/a")), Link(label=say("Sales representative", "销售代表"), url=url("/setup/access/b"), current=True), Link(label=say("Read only", "只读"), url=url("/setup/access/c"))),
            includes=(Link(label=say("Everyone", "所有人"), url=url("/setup/access/d")),), held_by=(Link(label=say("Representative East", "华东代表")),), rows=(
            AccessRow(object=Link(label=say("Accounts", "客户"), url=url("/setup/spec/account"), icon="building-2"), scopes={"create": ("all",), "read": ("department", "subordinates"), "update": ("own",)}, defined_at="specs/roles.yaml:17"),
            AccessRow(object=Link(label=say("Opportunities", "商机"), url=url("/setup/spec/opportunity"), icon="handshake"), scopes={"create": ("all",), "read": ("own", "subordinates"), "update": ("own",), "transfer": ("own",)}, fields=((say("Margin", "毛利"), "none"), (say("Cost", "成本"), "masked")), defined_at="specs/roles.yaml:16"),
            AccessRow(object=Link(label=say("Invoices", "发票"), url=url("/setup/spec/invoice"), icon="receipt"), scopes={"read": ("own",)}))),
        "spec": SpecPage(title=say("Spec", "规格"), trail=trail, rows=(
            SpecObjectRow(link=Link(label=say("Account", "客户"), url=url("/setup/spec/account"), icon="building-2"), name="account", fields=24, records=204, package="standard", defined_at="specs/standard/account.yaml:1"), SpecObjectRow(link=Link(label=say("Quote", "报价单"), url=url("/setup/spec/quote"), icon="file-text"), name="quote", fields=18, records=1311, package="acme_printing", defined_at="specs/quote.yaml:1"))),
        "spec-object": SpecObjectPage(title=say("Opportunity", "商机"), name="opportunity", icon="handshake", trail=(*trail, Link(label=say("Spec", "规格"), url=url("/setup/spec"))), defined_at="specs/standard/opportunity.yaml:1", fields=fields, groups=(
            SpecGroup(label=say("Pipelines", "管道"), rows=(SpecFieldRow(name="sales", label=say("Sales pipeline", "销售管道"), type="pipeline", detail="qualify → proposal → negotiation → won, lost", defined_at="specs/pipelines.yaml:1"),)),)),
        "people": PeoplePage(title=say("People", "人员"), url=url("/setup/people"), trail=trail, new=Link(label=say("Add a person", "添加人员"), url=url("/setup/people/new")), rows=people),
        "secret": SecretPage(title=say("New password for Anna Berg", "王小明的新密码"), trail=trail, label=say("Password", "密码"), secret="tulip-Harbor-93-mint", text=say("It is shown only once. Hand it over by a safe way; it must be changed at the first log-in.", "仅显示一次。请通过安全方式转交；首次登录时必须修改。"), back=Link(label=say("Back to people", "返回人员"), url=url("/setup/people"))),
    }


def nasty_pages() -> dict[str, AnyPage]:
    """Everything that data can do to a page: markup, right-to-left, ten thousand characters, nothing at all."""
    link = Link(label=NASTY, url=url('/x?a="b"&c=<d>'))
    values = (text(NASTY), text(LONG), Value(type="lookup", content=link), Value(type="picklist", content=Choice(name='"><x', label=NASTY, color='"><x')),
              Value(type="url", content="javascript:alert(1)"), Value(type="color", content='"/><script>alert(1)</script>'), Value(type="rich_text", content='<p onclick="x">hi<script>alert(1)</script><a href="javascript:x">l</a><img src=x onerror=alert(1)></p>'),
              Value(type="json", content='{"</pre><script>": 1}'), Value(type="text", content="W" * 10000), Value(type="email", content='"a b"@x<y>'), Value(type="long_text", content=LONG))
    named = tuple(FieldView(name=f"f{at}", label=NASTY if at == 1 else f"Field {at}", value=value, help=NASTY) for at, value in enumerate(values))
    cols = tuple(Column(name=f"c{at}", label=NASTY if not at else f"C{at}", type=value.type) for at, value in enumerate(values))
    blank = Value(type="text")
    return {
        "nasty-record": RecordPage(title=NASTY + LONG, object_label=NASTY, id='"', url=url("/x/1"), version=1, icon="no-such-icon", trail=(link,), highlights=named[:4], sections=(SectionView(label=NASTY, fields=named),),
                                   history=(HistoryEntry(at=NOW, who=Link(label=NASTY, person=True), verb="updated", changes=(FieldChange(label=NASTY, before=text(LONG), after=blank),)),),
                                   related=(RelatedList(name='a"b', label=NASTY, columns=cols, count=Count(number=2), rows=(Row(id="1", url=url("/x"), cells=values), Row(id="2", url=url("/x"), cells=(blank,) * len(values)))),)),
        "nasty-list": ListPage(title=NASTY, url=url("/x"), columns=cols, count=Count(number=2), rows=(Row(id="1", url=url("/x"), cells=values), Row(id="2", url=url("/x"), cells=(blank,) * len(values))), query=NASTY,
                               filter_fields=(FilterField(name='"', label=NASTY, kind="choice", choices=(Choice(name='"\'<', label=NASTY),)),), filters=(ActiveFilter(field="x", label=NASTY, operator="is", shown=LONG, remove_url=url("/x")),)),
        "nasty-form": FormPage(title=NASTY, url=url("/x"), cancel_url=url("/x"), sections=(FormSection(label=NASTY, controls=(
            Control(name="a", label=NASTY, control="text", text=NASTY, help=NASTY, errors=(NASTY,)), Control(name="b", label="B", control="lookup", chosen=(Chosen(id='"', label=NASTY),), targets=(LookupTarget(object='"\'', label=NASTY, url=url("/l?'\"")),)),
            Control(name="c", label="C", control="textarea", text="</textarea><script>alert(1)</script>" + LONG), Control(name="d", label="D", control="rich_text", text="</textarea><img src=x onerror=alert(1)><p>hi</p>"),
            Control(name="e", label="E", control="select", text='gone"', choices=(Choice(name='"', label=NASTY),)))),)),
        "nasty-board": BoardPage(title=NASTY, url=url("/x"), columns=tuple(BoardColumn(name=f'"{at}', label=NASTY, cards=(Card(id=f"{at}", url=url("/x"), title=NASTY + LONG, fields=named, move_url=url("/m"), owner=Link(label="🖨️")),)) for at in range(2))),
        "nasty-report": ReportPage(title=NASTY, url=url("/x"), columns=(ReportColumn(label=NASTY, type="text"),), rows=(ReportRow(kind="group", label=NASTY + LONG), ReportRow(kind="record", cells=(text(LONG),), url=url("/x")), ReportRow(kind="record", cells=(blank,))), count=Count(number=1),
                                   chart=Chart(type="bar", title=NASTY, by=NASTY, measure=NASTY, points=(Point(label=NASTY, number=None), Point(label=LONG, number=Decimal("-3")), Point(label="", number=5)))),
    }


def pages(language: str) -> dict[str, tuple[str, AnyPage]]:
    """Return every sample page by name, each with its place in the navigation."""
    say = say_in(language)
    plain: dict[str, tuple[str, AnyPage]] = {
        "home": ("home", home_page(say)), "list": ("opportunity", list_page(say)), "list-empty": ("campaign", empty_list(say, searched=False)), "list-nothing": ("campaign", empty_list(say, searched=True)),
        "record": ("opportunity", record_page(say)), "form": ("opportunity", form_page(say)), "form-wrong": ("opportunity", form_page(say, wrong=True)), "form-conflict": ("opportunity", form_page(say, conflict=True)),
        "board": ("opportunity", board_page(say)), "report": ("report", report_page(say, "bar")), "report-line": ("report", report_page(say, "line")), "report-pie": ("report", report_page(say, "pie")), "report-wide": ("report", report_page(say, "wide")),
        "search": ("", search_page(say, found=True)), "search-nothing": ("", search_page(say, found=False)), "error": ("", ErrorPage(status=404, reason=say("There is no opportunity with this number.", "没有此编号的商机。"))),
        "log-in": ("", LogInPage(url=url("/log-in"), hint=say("Demo: log in as anna, jonas or mei with the password tulip.", "演示：用户名 anna、jonas 或 mei，密码 tulip。"))),
        "log-in-wrong": ("", LogInPage(url=url("/log-in"), login="anna", problem=say("Login name or password is not right.", "用户名或密码不正确。"))),
    }
    plain |= {name: ("setup", page) for name, page in setup_pages(say).items()}
    return plain | {name: ("", page) for name, page in nasty_pages().items()}


def sample(name: str, language: str = "en", theme: Theme = "light") -> tuple[Frame, AnyPage]:
    """Return one sample page with its frame."""
    current, page = pages(language)[name]
    say = say_in(language)
    notices = (Notice(text=say("Saved.", "已保存。"), tone="success", link=Link(label=say("Undo", "撤销"), url=url("/undo"))),) if name == "record" else ()
    return frame(say, language, theme, current, signed_in=not name.startswith("log-in"), notices=notices), page


NAMES = tuple(pages("en"))
