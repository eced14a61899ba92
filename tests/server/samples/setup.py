"""The set-up pages of the made-up company."""

from __future__ import annotations

from datetime import timedelta

from crmspec.server.views import (
    AccessPage,
    AccessRow,
    Action,
    AnyPage,
    Choice,
    Control,
    FieldAccessPage,
    FieldAccessRow,
    Link,
    PeoplePage,
    PersonAccessPage,
    PersonRow,
    PlanLine,
    ReleasePage,
    ReleaseRow,
    ReleasesPage,
    SecretPage,
    SetupPage,
    SpecFieldRow,
    SpecGroup,
    SpecObjectPage,
    SpecObjectRow,
    SpecPage,
    Value,
    WhyPage,
    WhyStep,
)
from tests.server.samples.words import NOW, Say, field, owners, text, url


def setup_pages(say: Say) -> dict[str, AnyPage]:
    trail = (Link(label=say("Set-up", "设置"), url=url("/setup")),)
    facts = (
        field("release", say("Release", "版本"), text("42 · 1.4.0")),
        field("at", say("Deployed", "部署于"), Value(type="datetime", content=NOW - timedelta(days=2))),
        field("db", say("Database", "数据库"), text("PostgreSQL 18")),
        field("env", say("Environment", "环境"), text("production")),
    )
    fields = (
        SpecFieldRow(
            name="name",
            label=say("Name", "名称"),
            type="text",
            detail="max_length 120",
            required=True,
            defined_at="specs/standard/opportunity.yaml:9",
        ),
        SpecFieldRow(
            name="account",
            label=say("Account", "客户"),
            type="lookup",
            link=Link(label=say("Account", "客户"), url=url("/setup/spec/account")),
            detail="on_delete restrict",
            required=True,
            defined_at="specs/standard/opportunity.yaml:10",
        ),
        SpecFieldRow(
            name="net",
            label=say("Net", "净额"),
            type="formula",
            detail="amount * (1 - discount / 100)",
            help=say("After the discount.", "扣除折扣后。"),
            defined_at="specs/quote.yaml:14",
        ),
        SpecFieldRow(
            name="number",
            label=say("Number", "编号"),
            type="auto_number",
            detail="O-{YYYY}-{0000}",
            unique=True,
            defined_at="specs/standard/opportunity.yaml:12",
        ),
        SpecFieldRow(name="created_at", label=say("Created", "创建时间"), type="datetime", system=True),
    )
    people = tuple(
        PersonRow(
            person=Link(label=name, person=True, url=url("/setup/people/1")),
            login=login,
            positions=(say("Sales representative, East", "华东区销售代表"),),
            roles=(say("Sales representative", "销售代表"),),
            active=at != 2,
            last_seen=NOW - timedelta(hours=at * 9) if at else None,
            actions=(
                Action(label=say("Positions", "岗位"), url=url("/setup/people/1/positions"), icon="network"),
                Action(
                    label=say("Reset password", "重置密码"),
                    url=url("/setup/people/1/password"),
                    icon="key-round",
                    method="post",
                ),
                Action(
                    label=say("Disable", "停用"),
                    url=url("/setup/people/1/disable"),
                    icon="ban",
                    method="post",
                    kind="danger",
                    confirm=say("Disable this person? They are logged out at once.", "停用此人？其会立即退出登录。"),
                ),
            ),
        )
        for at, (name, login) in enumerate(zip(owners(say), ("anna", "jonas", "mei"), strict=True))
    )
    return {
        "setup": SetupPage(
            title=say("Set-up", "设置"),
            facts=facts,
            problems=(say("Access test does not hold: nobody can delete.", "权限测试不成立：无人可删除。"),),
            links=(
                Link(
                    label=say("Releases", "版本"),
                    url=url("/setup/releases"),
                    icon="rocket",
                    detail=say(
                        "What was deployed, when, by whom, and how to go back", "部署了什么、何时、由谁，以及如何回退"
                    ),
                ),
                Link(
                    label=say("Access", "权限"),
                    url=url("/setup/access"),
                    icon="shield-check",
                    detail=say("Which role may do what, on which records", "各角色可对哪些记录做什么"),
                ),
                Link(
                    label=say("Spec", "规格"),
                    url=url("/setup/spec"),
                    icon="book-open",
                    detail=say("Every object and field, and the line that defines it", "所有对象和字段及其定义位置"),
                ),
                Link(
                    label=say("People", "人员"),
                    url=url("/setup/people"),
                    icon="users",
                    detail=say("Who can log in, with which positions", "谁可以登录、担任哪些岗位"),
                ),
            ),
        ),
        "releases": ReleasesPage(
            title=say("Releases", "版本"),
            trail=trail,
            rows=tuple(
                ReleaseRow(
                    number=42 - at,
                    url=url(f"/setup/releases/{42 - at}"),
                    at=NOW - timedelta(days=at * 9 + 2),
                    who="ci@acme.example",
                    summary=say("2 added, 1 renamed, 1 removed", "新增 2，重命名 1，移除 1"),
                    commit="4b88e97c1a22",
                    version=f"1.{4 - at}.0",
                    current=not at,
                )
                for at in range(4)
            ),
        ),
        "release": ReleasePage(
            title=say("Release 42", "版本 42"),
            trail=(*trail, Link(label=say("Releases", "版本"), url=url("/setup/releases"))),
            facts=facts,
            current=True,
            lines=(
                PlanLine(sign="+", address="contact.nickname", text="text"),
                PlanLine(sign=">", address="contact.mobile", text=say("was contact.phone", "原为 contact.phone")),
                PlanLine(
                    sign="~", address="opportunity.amount", text=say("required", "必填"), hazards=("may_fail_on_data",)
                ),
                PlanLine(
                    sign="-",
                    address="contact.fax",
                    text=say("1,204 of 9,870 contacts have one", "9,870 个联系人中 1,204 个有值"),
                    hazards=("loses_data",),
                ),
            ),
            text="contact\n"
            "  + contact.nickname   text\n"
            "  > contact.mobile     was contact.phone\n"
            "  - contact.fax        text                         ! loses_data\n"
            "Plan: 1 to add, 1 to rename, 1 to remove. 1 hazard to allow.\n",
            undo="crmspec rollback --to 42",
        ),
        **_questions(say, trail),
        "access": AccessPage(
            title=say("Access", "权限"),
            ways=_ways(say, 0),
            trail=trail,
            role=say("Sales representative", "销售代表"),
            defined_at="specs/roles.yaml:14",
            verbs=("create", "read", "update", "delete", "transfer", "export"),
            roles=(
                Link(label=say("Administrator", "管理员"), url=url("/setup/access/a")),
                Link(label=say("Sales representative", "销售代表"), url=url("/setup/access/b"), current=True),
                Link(label=say("Read only", "只读"), url=url("/setup/access/c")),
            ),
            includes=(Link(label=say("Everyone", "所有人"), url=url("/setup/access/d")),),
            held_by=(Link(label=say("Representative East", "华东代表")),),
            rows=(
                AccessRow(
                    object=Link(label=say("Accounts", "客户"), url=url("/setup/spec/account"), icon="building-2"),
                    scopes={"create": ("all",), "read": ("department", "subordinates"), "update": ("own",)},
                    defined_at="specs/roles.yaml:17",
                ),
                AccessRow(
                    object=Link(
                        label=say("Opportunities", "商机"), url=url("/setup/spec/opportunity"), icon="handshake"
                    ),
                    scopes={
                        "create": ("all",),
                        "read": ("own", "subordinates"),
                        "update": ("own",),
                        "transfer": ("own",),
                    },
                    fields=((say("Margin", "毛利"), "none"), (say("Cost", "成本"), "masked")),
                    defined_at="specs/roles.yaml:16",
                ),
                AccessRow(
                    object=Link(label=say("Invoices", "发票"), url=url("/setup/spec/invoice"), icon="receipt"),
                    scopes={"read": ("own",)},
                ),
            ),
        ),
        "spec": SpecPage(
            title=say("Spec", "规格"),
            trail=trail,
            rows=(
                SpecObjectRow(
                    link=Link(label=say("Account", "客户"), url=url("/setup/spec/account"), icon="building-2"),
                    name="account",
                    fields=24,
                    records=204,
                    package="standard",
                    defined_at="specs/standard/account.yaml:1",
                ),
                SpecObjectRow(
                    link=Link(label=say("Quote", "报价单"), url=url("/setup/spec/quote"), icon="file-text"),
                    name="quote",
                    fields=18,
                    records=1311,
                    package="acme_printing",
                    defined_at="specs/quote.yaml:1",
                ),
            ),
        ),
        "spec-object": SpecObjectPage(
            title=say("Opportunity", "商机"),
            name="opportunity",
            icon="handshake",
            trail=(*trail, Link(label=say("Spec", "规格"), url=url("/setup/spec"))),
            defined_at="specs/standard/opportunity.yaml:1",
            fields=fields,
            groups=(
                SpecGroup(
                    label=say("Pipelines", "管道"),
                    rows=(
                        SpecFieldRow(
                            name="sales",
                            label=say("Sales pipeline", "销售管道"),
                            type="pipeline",
                            detail="qualify → proposal → negotiation → won, lost",
                            defined_at="specs/pipelines.yaml:1",
                        ),
                    ),
                ),
            ),
        ),
        "people": PeoplePage(
            title=say("People", "人员"),
            url=url("/setup/people"),
            trail=trail,
            new=Link(label=say("Add a person", "添加人员"), url=url("/setup/people/new")),
            rows=people,
        ),
        "secret": SecretPage(
            title=say("New password for Anna Berg", "王小明的新密码"),
            trail=trail,
            label=say("Password", "密码"),
            secret="tulip-Harbor-93-mint",
            text=say(
                "It is shown only once. Hand it over by a safe way; it must be changed at the first log-in.",
                "仅显示一次。请通过安全方式转交；首次登录时必须修改。",
            ),
            back=Link(label=say("Back to people", "返回人员"), url=url("/setup/people")),
        ),
    }


def _ways(say: Say, current: int) -> tuple[Link, ...]:
    named = (
        (say("By role", "按角色"), "shield-check"),
        (say("By field", "按字段"), "eye"),
        (say("By person", "按人员"), "user-round"),
        (say("May they, and why", "能否，以及为何"), "circle-help"),
    )
    return tuple(
        Link(label=label, url=url(f"/setup/way{at}"), icon=icon, current=at == current)
        for at, (label, icon) in enumerate(named)
    )


def _questions(say: Say, trail: tuple[Link, ...]) -> dict[str, AnyPage]:
    """Who sees a field, what a person may do, and why."""
    who = Control(
        name="person",
        label=say("Person, position or role", "人员、岗位或角色"),
        control="select",
        text="anna",
        required=True,
        choices=tuple(Choice(name=name, label=name.title()) for name in ("anna", "jonas", "mei")),
    )
    margin = Control(
        name="field",
        label=say("Field", "字段"),
        control="select",
        text="margin",
        required=True,
        choices=(Choice(name="margin", label=say("Opportunity · Margin", "商机 · 毛利")),),
    )
    record = Control(name="record", label=say("Record", "记录"), control="text", text="O-2026-0007")
    rows = tuple(
        FieldAccessRow(
            role=Link(label=label, url=url("/setup/access/a")),
            level=level,
            scopes={"read": scopes},
            people=people,
            defined_at="package:standard/roles/sales_manager_of_a_long_name.yaml:27",
        )
        for label, level, scopes, people in (
            (say("Administrator", "管理员"), "edit", ("all",), 1),
            (say("Sales manager", "销售经理"), "read", ("own", "subordinates", "department_below"), 4),
            (say("Read only", "只读"), "masked", ("all",), 12),
        )
    )
    matrix = (
        AccessRow(
            object=Link(label=say("Accounts", "客户"), url=url("/setup/spec/account"), icon="building"),
            scopes={"create": ("all",), "read": ("department", "subordinates"), "update": ("own",)},
            fields=((say("Margin", "毛利"), "none"),),
        ),
    )
    steps = (
        WhyStep(text=say("holds the position `rep_east`", "担任岗位 `rep_east`"), defined_at="specs/company.yaml:24"),
        WhyStep(text=say("role `sales_rep` grants `read`", "角色 `sales_rep` 授予 `read`"), fits=True),
        WhyStep(text=say("the owner is in none of the scopes `own`", "负责人不在范围 `own` 内"), fits=False),
    )
    return {
        "access-field": FieldAccessPage(
            title=say("Who can see a field", "谁能看到字段"),
            ways=_ways(say, 1),
            url=url("/setup/field-access"),
            controls=(margin,),
            field=say("Opportunity · Margin", "商机 · 毛利"),
            rows=rows,
            verbs=("read", "update", "export"),
            people=tuple(Link(label=name, url=url("/setup/person-access")) for name in owners(say)),
            count=17,
            trail=trail,
            defined_at="package:standard/1-sales/4-opportunity.yaml:17",
        ),
        "access-person": PersonAccessPage(
            title=say("What somebody may do", "某人可以做什么"),
            ways=_ways(say, 2),
            url=url("/setup/person-access"),
            controls=(who,),
            person="Anna",
            rows=matrix,
            verbs=("create", "read", "update", "delete"),
            held=(Link(label=say("Representative East", "华东代表")),),
            actions=(
                Action(label=say("Look at the screens as them", "以其身份查看界面"), url=url("/setup/view-as"),
                       method="post", icon="eye"),
            ),
            trail=trail,
        ),
        "why": WhyPage(
            title=say("May they, and why", "能否，以及为何"),
            ways=_ways(say, 3),
            url=url("/setup/why"),
            controls=(who, record),
            answer=say("No: Anna may not · Read · Opportunity", "不可以：Anna · 查看 · 商机"),
            allowed=False,
            steps=steps,
            problem=say("There is no record with that id or title.", "没有此编号或标题的记录。"),
            trail=trail,
        ),
    }
