"""The pages around logging in, one's own account, and the audit trail."""

from __future__ import annotations

from datetime import timedelta

from crmspec.server.second_factor import Enrolment
from crmspec.server.views import (
    Action,
    AnyPage,
    AuditPage,
    AuditRow,
    Choice,
    CodesPage,
    Link,
    LogInPage,
    SecurityPage,
    SessionRow,
    StepField,
    StepPage,
)
from tests.server.samples.words import NOW, Say, url


def log_in_pages(say: Say) -> dict[str, AnyPage]:
    """Return the steps on the way in: nobody is logged in yet."""
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    made = Enrolment(secret, f"otpauth://totp/ACME:anna?secret={secret}&issuer=ACME")
    leave = Action(label=say("Log in as somebody else", "换一个人登录"), url=url("/log-out"), method="post")
    code = StepField(
        name="code", label=say("Code", "验证码"), kind="code", autocomplete="one-time-code",
        help=say("Without your phone, type one of your recovery codes.", "手机不在身边时，请输入一个恢复码。"))
    return {
        "log-in-ways": LogInPage(
            url=url("/log-in"), reset_url=url("/log-in/reset"),
            others=(Link(label=say("Log in with your company account", "使用公司账号登录"), url=url("/open-id"),
                         icon="log-in"),)),
        "log-in-code": StepPage(
            title=say("One more step", "还差一步"), url=url("/log-in/code"), fields=(code,), leave=leave,
            text=say("Open your authenticator app and type the six digits that it shows for this CRM.",
                     "打开身份验证器应用，输入它为本系统显示的六位数字。"),
            submit=say("Go on", "继续"),
            problem=say("This code is not right, or was used before.", "验证码不正确，或已用过。")),
        "log-in-enrol": StepPage(
            title=say("Set up a second factor", "设置第二重验证"), url=url("/log-in/second-factor"), leave=leave,
            text=say("Scan this with an authenticator app, then type the six digits that it shows.",
                     "用身份验证器应用扫描，然后输入它显示的六位数字。"),
            picture=made.picture, secret=made.spoken, submit=say("Switch it on", "启用"),
            fields=(StepField(name="code", label=say("Code", "验证码"), kind="code", autocomplete="one-time-code"),)),
        "log-in-codes": CodesPage(
            title=say("Your recovery codes", "您的恢复码"),
            text=say("Each lets you in once when your phone is not at hand.", "手机不在身边时，每个恢复码可登录一次。"),
            codes=tuple(f"ab{n}d-efgh-jkmn-pq{n}s" for n in range(2, 8)),
            back=Link(label=say("I have kept them", "我已保存"), url=url("/"))),
    }


def security_page(say: Say) -> SecurityPage:
    """Return what somebody's account is protected by."""
    end = Action(label=say("End", "结束"), url=url("/profile/sessions/2/end"), method="post")
    return SecurityPage(
        title=say("Security", "安全"), login="anna.berg", password_changed_at=NOW - timedelta(days=40),
        password=Action(label=say("Change password", "修改密码"), url=url("/profile/password"), icon="key-round"),
        second_factor_at=NOW - timedelta(days=12), second_factor_required=True, codes_left=9,
        second_factor=(Action(label=say("New recovery codes", "重新生成恢复码"), url=url("/profile/recovery-codes"),
                              icon="refresh-cw"),),
        sessions=(
            SessionRow(device="Firefox, Linux", icon="monitor", address="192.0.2.17", method=say("Password", "密码"),
                       created_at=NOW - timedelta(hours=3), seen_at=NOW - timedelta(minutes=1), current=True),
            SessionRow(device="Safari, iPhone", icon="phone", address="198.51.100.4",
                       method=say("Company account", "公司账号"), created_at=NOW - timedelta(days=2),
                       seen_at=NOW - timedelta(hours=9), end=end),
        ),
        everywhere=Action(label=say("Log out everywhere", "在所有设备上退出"), url=url("/log-out"), method="post",
                          kind="danger", icon="log-out",
                          confirm=say("Every browser is logged out, this one too.", "所有浏览器都会退出。")),
    )


def audit_page(say: Say) -> AuditPage:
    """Return the audit trail of a morning."""
    anna = Link(label="anna.berg", url=url("/setup/people/1"), person=True)
    rows = (
        ("export", say("Took records away", "导出了记录"), "amber", anna,
         (("of", "1204"), ("records", "1204"), ("report", "open_deals")), say("Opportunity", "商机")),
        ("locked", say("Was locked out after too many tries", "尝试次数过多，已锁定"), "red", None,
         (("login", "jonas"), ("minutes", "15")), ""),
        ("role", say("Gave a role", "授予了角色"), "violet", anna, (("login", "mei"), ("role", "sales_manager")), ""),
        ("deployed", say("Deployed", "部署"), "blue", Link(label="ci@build-7"),
         (("action", "deploy"), ("release", "42")), ""),
        ("log_in", say("Logged in", "登录"), "green", anna, (("method", "password and second factor"),), ""),
    )
    return AuditPage(
        title=say("Audit trail", "审计记录"), url=url("/setup/audit"),
        rows=tuple(
            AuditRow(number=4711 - at, at=NOW - timedelta(minutes=7 * at), what=what, tone=tone,
                     who=person.label if person else "", person=person, address="192.0.2.17",
                     session="3f9a1c" if person else "", target=Link(label=target) if target else None, detail=detail)
            for at, (_, what, tone, person, detail, target) in enumerate(rows)
        ),
        groups=(Choice(name="log_in", label=say("Log-in", "登录")),),
        group="", who="", objects=(Choice(name="opportunity", label=say("Opportunity", "商机")),), object="",
        since="2026-11-01", until="", trail=(Link(label=say("Set-up", "设置"), url=url("/setup")),),
        head="4711:5f2c1a9be07d4a3c8e6f0b1d2c3a49587e6f5d4c3b2a19080706f5e4d3c2b1a0", filtered=True,
        older_url=url("/setup/audit?before=4662"),
    )
