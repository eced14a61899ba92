"""rename account to company

Made by crmspec (migrations) from specs/. A revision that a database has applied is never edited.

    ~ account label {'en': 'Account', 'zh-CN': '客户'} → {'en': 'Company', 'zh-CN': '公司'}, plural {'en': 'Accounts', 'zh-CN': '客户'} → {'en': 'Companies', 'zh-CN': '公司'}
    ~ account.grade label {'en': 'Grade', 'zh-CN': '客户等级'} → {'en': 'Grade', 'zh-CN': '公司等级'}
    ~ account.name label {'en': 'Account name', 'zh-CN': '客户名称'} → {'en': 'Company name', 'zh-CN': '公司名称'}
    ~ account.number label {'en': 'Account number', 'zh-CN': '客户编号… → {'en': 'Company number', 'zh-CN': '公司编号…
    ~ account.parent label {'en': 'Parent Account', 'zh-CN': '上级客户… → {'en': 'Parent Company', 'zh-CN': '上级公司…, related_label {'en': 'Subsidiaries', 'zh-CN': '下级客户'} → {'en': 'Subsidiaries', 'zh-CN': '下级公司'}
    ~ account.rating label {'en': 'Rating', 'zh-CN': '客户热度'} → {'en': 'Rating', 'zh-CN': '公司热度'}, help {'en': 'How soon this Account is likely… → {'en': 'How soon this Company is likely…
    ~ account.score label {'en': 'Score', 'zh-CN': '客户评分'} → {'en': 'Score', 'zh-CN': '公司评分'}
    ~ account.source label {'en': 'Source', 'zh-CN': '客户来源'} → {'en': 'Source', 'zh-CN': '公司来源'}
    ~ account.type label {'en': 'Type', 'zh-CN': '客户类型'} → {'en': 'Type', 'zh-CN': '公司类型'}
    ~ activity.account label {'en': 'Account', 'zh-CN': '客户'} → {'en': 'Company', 'zh-CN': '公司'}
    ~ case.account label {'en': 'Account', 'zh-CN': '客户'} → {'en': 'Company', 'zh-CN': '公司'}
    ~ contact.account label {'en': 'Account', 'zh-CN': '所属客户'} → {'en': 'Company', 'zh-CN': '所属公司'}
    ~ contract.account label {'en': 'Account', 'zh-CN': '客户'} → {'en': 'Company', 'zh-CN': '公司'}
    ~ invoice.account label {'en': 'Account', 'zh-CN': '客户'} → {'en': 'Company', 'zh-CN': '公司'}
    ~ job_specification.account label {'en': 'Account', 'zh-CN': '客户'} → {'en': 'Company', 'zh-CN': '公司'}
    ~ lead.account label {'en': 'Became Account', 'zh-CN': '转化客户… → {'en': 'Became Company', 'zh-CN': '转化公司…
    ~ opportunity.account label {'en': 'Account', 'zh-CN': '客户'} → {'en': 'Company', 'zh-CN': '公司'}
    ~ order.account label {'en': 'Account', 'zh-CN': '客户'} → {'en': 'Company', 'zh-CN': '公司'}
    ~ partner.account label {'en': 'Account', 'zh-CN': '对应客户'} → {'en': 'Company', 'zh-CN': '对应公司'}
    ~ payment.account label {'en': 'Account', 'zh-CN': '客户'} → {'en': 'Company', 'zh-CN': '公司'}
    ~ payment_plan.account label {'en': 'Account', 'zh-CN': '客户'} → {'en': 'Company', 'zh-CN': '公司'}
    ~ quote.account label {'en': 'Account', 'zh-CN': '客户'} → {'en': 'Company', 'zh-CN': '公司'}
    ~ work_order.account label {'en': 'Account', 'zh-CN': '客户'} → {'en': 'Company', 'zh-CN': '公司'}
    ~ report:account_owners label {'en': 'Account owners', 'zh-CN': '客户归属… → {'en': 'Company owners', 'zh-CN': '公司归属…, help {'en': 'Who looks after how many Accoun… → {'en': 'Who looks after how many Compan…
    ~ report:active_accounts label {'en': 'Active Accounts', 'zh-CN': '活跃客… → {'en': 'Active Companies', 'zh-CN': '活跃…, help {'en': 'Accounts with an Activity in th… → {'en': 'Companies with an Activity in t…
    ~ report:new_accounts_per_week label {'en': 'New Accounts per week', 'zh-CN'… → {'en': 'New Companies per week', 'zh-CN…, help {'en': 'Accounts created in the last tw… → {'en': 'Companies created in the last t…
    ~ list_view:all_accounts label {'en': 'All Accounts', 'zh-CN': '全部客户'} → {'en': 'All Companies', 'zh-CN': '全部公司'}
    ~ list_view:complaints label {'en': 'Complaints', 'zh-CN': '客户投诉'} → {'en': 'Complaints', 'zh-CN': '公司投诉'}
    ~ list_view:my_accounts label {'en': 'My Accounts', 'zh-CN': '我的客户'} → {'en': 'My Companies', 'zh-CN': '我的公司'}
    ~ layout:account label {'en': 'Account', 'zh-CN': '客户'} → {'en': 'Company', 'zh-CN': '公司'}, sections {'label': {'en': 'Account', 'zh-CN': '基… → {'label': {'en': 'Company', 'zh-CN': '基…
"""

from crmspec.deploy.migration import run

revision = "0002_58628e59"
down_revision = "0001_8ff311fd"
branch_labels = None
depends_on = None

FINGERPRINT_BEFORE = "…"
FINGERPRINT_AFTER = "…"


def upgrade() -> None:
    """Change no table: only what the release says of screens, reports and rights."""


def downgrade() -> None:
    """Change no table."""
