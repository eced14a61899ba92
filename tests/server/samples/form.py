"""Forms of the made-up company, with every kind of control."""

from __future__ import annotations

from datetime import timedelta

from crmspec.server.views import (
    Choice,
    Chosen,
    Conflict,
    ConflictField,
    Control,
    FileLink,
    FormPage,
    FormSection,
    Link,
    LookupTarget,
    Value,
)
from tests.server.samples.words import NOW, Say, deal, money, owners, person, pick, stages, url


def controls(say: Say, *, wrong: bool) -> tuple[FormSection, ...]:
    choices = tuple(Choice(name=name, label=label, color=color) for name, (label, color) in stages(say).items())
    accounts = LookupTarget(
        object="account", label=say("Account", "客户"), url=url("/lookup/account"), new_url=url("/account/new")
    )
    contacts = LookupTarget(object="contact", label=say("Contact", "联系人"), url=url("/lookup/contact"))
    must = say("This must be filled in.", "此项必填。")
    return (
        FormSection(
            label=say("Details", "基本信息"),
            controls=(
                Control(
                    name="name",
                    label=say("Name", "名称"),
                    control="text",
                    text="" if wrong else deal(say, 3)[0],
                    required=True,
                    errors=(must,) if wrong else (),
                    wide=True,
                    defined_at="specs/objects/opportunity.yaml:7",
                ),
                Control(
                    name="account",
                    label=say("Account", "客户"),
                    control="lookup",
                    required=True,
                    targets=(accounts,),
                    chosen=(Chosen(id="1", label=deal(say, 3)[1], object="account"),),
                ),
                Control(
                    name="stage",
                    label=say("Stage", "阶段"),
                    control="select",
                    text="proposal",
                    choices=choices,
                    required=True,
                ),
                Control(
                    name="amount",
                    label=say("Amount", "金额"),
                    control="currency",
                    text="937200.00" if not wrong else "lots",
                    unit="¥",
                    help=say("Without value added tax.", "不含增值税。"),
                    errors=(say("This is not a number.", "这不是数字。"),) if wrong else (),
                ),
                Control(
                    name="discount", label=say("Discount", "折扣"), control="percent", text="5", unit="%", maximum="60"
                ),
                Control(name="close_date", label=say("Close date", "预计成交日"), control="date", text="2026-12-18"),
                Control(name="source", label=say("Source", "来源"), control="select", choices=choices),
                Control(
                    name="finishing",
                    label=say("Finishing", "后道工艺"),
                    control="multi_select",
                    texts=("proposal", "won"),
                    choices=choices,
                ),
                Control(
                    name="hot",
                    label=say("Hot", "重点"),
                    control="checkbox",
                    text="true",
                    help=say("Shown on the board of the day.", "显示在每日看板上。"),
                ),
                Control(
                    name="notes",
                    label=say("Notes", "备注"),
                    control="textarea",
                    text=say("Wants samples before Christmas.", "圣诞节前需要样品。"),
                ),
            ),
        ),
        FormSection(
            label=say("Every other kind of field", "其他字段类型"),
            controls=(
                Control(
                    name="run",
                    label=say("Print run", "印量"),
                    control="number",
                    text="120000",
                    unit=say("copies", "册"),
                ),
                Control(
                    name="press",
                    label=say("Press time", "印刷时长"),
                    control="duration",
                    text="4h 30m",
                    placeholder="1h 30m",
                ),
                Control(
                    name="next_call", label=say("Next call", "下次联系"), control="datetime", text="2026-11-24T14:30"
                ),
                Control(name="delivery", label=say("Delivery time", "交货时间"), control="time", text="07:30"),
                Control(
                    name="related",
                    label=say("Belongs to", "关联到"),
                    control="lookup",
                    targets=(accounts, contacts),
                    chosen=(Chosen(id="c1", label=say("Claire Dupont", "欧阳雪"), object="contact"),),
                ),
                Control(
                    name="rivals",
                    label=say("Competitors", "竞争对手"),
                    control="multi_lookup",
                    targets=(LookupTarget(object="competitor", label="", url=url("/lookup/competitor")),),
                    chosen=(
                        Chosen(id="1", label=say("Flint Print", "福林特印务")),
                        Chosen(id="2", label=say("PaperWorks", "纸工坊")),
                    ),
                ),
                Control(
                    name="email", label=say("E-mail", "邮箱"), control="email", text="claire.dupont@lumiere.example"
                ),
                Control(name="phone", label=say("Telephone", "电话"), control="phone", text="+86 21 5555 0188"),
                Control(name="web", label=say("Web site", "网站"), control="url", text="https://www.lumiere.example"),
                Control(
                    name="person",
                    label=say("Decides", "决策人"),
                    control="person_name",
                    parts={"family": say("Dupont", "欧阳"), "given": say("Claire", "雪")},
                ),
                Control(
                    name="address",
                    label=say("Address", "地址"),
                    control="address",
                    parts={"street": say("12 Quai Perrache", "南京西路 1266 号"), "city": say("Lyon", "上海")},
                ),
                Control(
                    name="place",
                    label=say("Position", "位置"),
                    control="geolocation",
                    parts={"latitude": "31.22", "longitude": "121.44"},
                ),
                Control(name="rating", label=say("Rating", "评级"), control="rating", text="3"),
                Control(name="color", label=say("House colour", "专色"), control="color", text="#b5179e"),
                Control(
                    name="layout",
                    label=say("Layout", "版式文件"),
                    control="file",
                    value=Value(
                        type="file", content=FileLink(name="layout-v3.pdf", url=url("/file/1"), size_bytes=2480000)
                    ),
                ),
                Control(name="photo", label=say("Picture", "图片"), control="image", accept="image/*"),
                Control(
                    name="token",
                    label=say("Portal key", "门户密钥"),
                    control="secret",
                    value=Value(type="secret", content="****8f2a"),
                ),
                Control(name="number", label=say("Number", "编号"), control="read_only"),
                Control(name="net", label=say("Net", "净额"), control="computed", value=money("890340")),
                Control(
                    name="story",
                    label=say("Brief", "需求说明"),
                    control="rich_text",
                    text="<h3>Look</h3><p>Matt, <strong>soft touch</strong></p>",
                ),
                Control(name="ticket", label=say("Job ticket", "工单"), control="json", text='{"colours": "4/4"}'),
            ),
        ),
    )


def form_page(say: Say, *, wrong: bool = False, conflict: bool = False) -> FormPage:
    return FormPage(
        title=say("Edit ", "编辑") + deal(say, 3)[0],
        url=url("/opportunity/1/edit"),
        cancel_url=url("/opportunity/1"),
        icon="handshake",
        version=7,
        trail=(Link(label=say("Opportunities", "商机"), url=url("/opportunity")),),
        sections=controls(say, wrong=wrong),
        save_and_new=True,
        problems=(say("A quote cannot end before it begins.", "报价单不能在开始之前结束。"),) if wrong else (),
        conflict=Conflict(
            who=person(owners(say)[1]),
            at=NOW - timedelta(minutes=2),
            discard_url=url("/opportunity/1"),
            fields=(
                ConflictField(label=say("Amount", "金额"), theirs=money("990000"), yours=money("937200")),
                ConflictField(
                    label=say("Stage", "阶段"),
                    theirs=pick(*stages(say)["negotiation"]),
                    yours=pick(*stages(say)["proposal"]),
                ),
            ),
        )
        if conflict
        else None,
    )
