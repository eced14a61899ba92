"""What `records` says to people, in every language it knows. The project's own words come from the spec."""

from __future__ import annotations

from crmspec.spec import Field, Object, Spec, Text

# code → language → words; `{…}` are filled in by whoever says it.
_WORDS: dict[str, dict[str, str]] = {
    "required": {"en": "{label} is required.", "zh-CN": "请填写{label}。"},
    "unknown_field": {"en": "There is no field {label}.", "zh-CN": "没有字段 {label}。"},
    "hidden_field": {"en": "There is no field {label}.", "zh-CN": "没有字段 {label}。"},
    "read_only": {"en": "{label} cannot be changed.", "zh-CN": "{label}不能修改。"},
    "not_text": {"en": "{label} must be text.", "zh-CN": "{label}必须是文本。"},
    "unstorable": {
        "en": "{label} contains a character that cannot be stored (U+{sign}).",
        "zh-CN": "{label}含有无法保存的字符（U+{sign}）。",
    },
    "one_line": {"en": "{label} must be on one line.", "zh-CN": "{label}只能有一行。"},
    "too_long": {
        "en": "{label} may have at most {most} characters; this has {found}.",
        "zh-CN": "{label}最多 {most} 个字符，现有 {found} 个。",
    },
    "too_short": {"en": "{label} needs at least {least} characters.", "zh-CN": "{label}至少要有 {least} 个字符。"},
    "pattern": {
        "en": "{label} does not have the expected form ({pattern}).",
        "zh-CN": "{label}的格式不符（{pattern}）。",
    },
    "not_number": {
        "en": "{label} must be a number, written like 1234.56.",
        "zh-CN": "{label}必须是数字，例如 1234.56。",
    },
    "not_whole": {"en": "{label} must be a whole number.", "zh-CN": "{label}必须是整数。"},
    "decimals": {
        "en": "{label} may have at most {scale} digits after the point.",
        "zh-CN": "{label}最多 {scale} 位小数。",
    },
    "digits": {"en": "{label} has too many digits ({most} at most).", "zh-CN": "{label}位数过多（最多 {most} 位）。"},
    "too_small": {"en": "{label} must be at least {least}.", "zh-CN": "{label}不能小于 {least}。"},
    "too_large": {"en": "{label} must be at most {most}.", "zh-CN": "{label}不能大于 {most}。"},
    "not_boolean": {"en": "{label} must be yes or no.", "zh-CN": "{label}必须是“是”或“否”。"},
    "not_date": {
        "en": "{label} must be a day, written like 2026-02-28.",
        "zh-CN": "{label}必须是日期，例如 2026-02-28。",
    },
    "no_such_day": {"en": "{label}: there is no such day.", "zh-CN": "{label}：没有这一天。"},
    "not_datetime": {
        "en": "{label} must be a day and time, written like 2026-02-28 14:30.",
        "zh-CN": "{label}必须是日期和时间，例如 2026-02-28 14:30。",
    },
    "not_time": {"en": "{label} must be a time, written like 14:30.", "zh-CN": "{label}必须是时间，例如 14:30。"},
    "not_duration": {
        "en": "{label} must be a length of time, written like 1h 30m.",
        "zh-CN": "{label}必须是时长，例如 1h 30m。",
    },
    "not_option": {"en": "{label}: “{value}” is not one of the choices.", "zh-CN": "{label}：“{value}”不在选项中。"},
    "not_email": {"en": "{label} must be an e-mail address.", "zh-CN": "{label}必须是电子邮件地址。"},
    "not_phone": {"en": "{label} must be a telephone number.", "zh-CN": "{label}必须是电话号码。"},
    "not_url": {
        "en": "{label} must be a web address that begins with http:// or https://.",
        "zh-CN": "{label}必须是以 http:// 或 https:// 开头的网址。",
    },
    "not_color": {
        "en": "{label} must be a colour, written like #3366cc.",
        "zh-CN": "{label}必须是颜色，例如 #3366cc。",
    },
    "not_json": {"en": "{label} must be JSON.", "zh-CN": "{label}必须是 JSON。"},
    "too_deep": {"en": "{label} is nested too deep.", "zh-CN": "{label}嵌套太深。"},
    "not_record": {"en": "{label}: there is no such record.", "zh-CN": "{label}：没有这条记录。"},
    "which_object": {"en": "{label}: say which kind of record is meant.", "zh-CN": "{label}：请说明是哪一种记录。"},
    "not_parts": {"en": "{label} is written in parts: {parts}.", "zh-CN": "{label}由几部分组成：{parts}。"},
    "not_place": {
        "en": "{label} must be a latitude from -90 to 90 and a longitude from -180 to 180.",
        "zh-CN": "{label}必须是纬度（-90 到 90）和经度（-180 到 180）。",
    },
    "not_file": {"en": "{label}: there is no such file.", "zh-CN": "{label}：没有这个文件。"},
    "not_picture": {
        "en": "{label} must be a picture: PNG, JPEG, GIF or WebP.",
        "zh-CN": "{label}必须是图片：PNG、JPEG、GIF 或 WebP。",
    },
    "file_too_large": {"en": "{label}: the file is larger than {most} MB.", "zh-CN": "{label}：文件超过 {most} MB。"},
    "taken": {"en": "{label}: this is already used.", "zh-CN": "{label}：该值已被使用。"},
    "taken_together": {
        "en": "{label}: these values are already used together.",
        "zh-CN": "{label}：这些值的组合已被使用。",
    },
    "not_transition": {
        "en": "{label} cannot go from {before} to {after}.",
        "zh-CN": "{label}不能从{before}变为{after}。",
    },
    "stage_requires": {"en": "{label} is required for {stage}.", "zh-CN": "进入“{stage}”前请填写{label}。"},
    "stage_when": {"en": "Not ready for {stage}: {condition}.", "zh-CN": "尚不能进入“{stage}”：{condition}。"},
    "rule": {"en": "This rule is not kept: {rule}.", "zh-CN": "不符合规则：{rule}。"},
    "constraint": {"en": "The database refuses this record: {rule}.", "zh-CN": "数据库拒绝了这条记录：{rule}。"},
    "not_found": {
        "en": "There is no such {object}, or you may not see it.",
        "zh-CN": "没有这条{object}，或您无权查看。",
    },
    "no_object": {"en": "There is no {object} here, or you may not see it.", "zh-CN": "没有“{object}”，或您无权查看。"},
    "may_not_create": {"en": "You may not create {object}.", "zh-CN": "您无权新建{object}。"},
    "may_not_read": {"en": "You may not read {object}.", "zh-CN": "您无权查看{object}。"},
    "may_not_update": {"en": "You may not change this {object}.", "zh-CN": "您无权修改这条{object}。"},
    "may_not_delete": {"en": "You may not delete this {object}.", "zh-CN": "您无权删除这条{object}。"},
    "may_not_transfer": {"en": "You may not transfer this {object}.", "zh-CN": "您无权转交这条{object}。"},
    "may_not_export": {"en": "You may not export {object}.", "zh-CN": "您无权导出{object}。"},
    "may_not_import": {"en": "You may not import {object}.", "zh-CN": "您无权导入{object}。"},
    "may_not_share": {"en": "You may not share this {object}.", "zh-CN": "您无权共享这条{object}。"},
    "may_not_give": {"en": "You may not create {object} for this owner.", "zh-CN": "您无权为该负责人新建{object}。"},
    "may_not_use": {
        "en": "There is no field {label}, or you may not use it.",
        "zh-CN": "没有字段 {label}，或您无权使用。",
    },
    "not_colleague": {
        "en": "Choose a colleague whose roles let them do this with {object}: sharing grants no right.",
        "zh-CN": "请选择其角色允许对{object}这样操作的同事：共享只开放这条记录，不授予权限。",
    },
    "over_already": {"en": "This end is in the past.", "zh-CN": "该结束时间已过。"},
    "bad_access": {"en": "Choose what they may do.", "zh-CN": "请选择允许的操作。"},
    "not_owner": {
        "en": "{label} must be a person who may read {object}.",
        "zh-CN": "{label}必须是有权查看{object}的人员。",
    },
    "conflict": {"en": "Somebody else changed this {object} meanwhile.", "zh-CN": "其他人刚刚修改了这条{object}。"},
    "referred": {"en": "This {object} is still used: {uses}.", "zh-CN": "这条{object}仍被使用：{uses}。"},
    "use_hidden": {"en": "records that you may not see", "zh-CN": "您无权查看的记录"},
    "use": {"en": "{count} in {object} ({label})", "zh-CN": "{object}（{label}）{count} 条"},
    "bad_operator": {"en": "{label} cannot be filtered by “{operator}”.", "zh-CN": "{label}不能按“{operator}”筛选。"},
    "bad_value": {"en": "{label}: “{value}” cannot be looked for.", "zh-CN": "{label}：无法查找“{value}”。"},
    "too_many_conditions": {
        "en": "This filter has too many conditions, or groups too deep in one another.",
        "zh-CN": "筛选条件过多，或分组嵌套过深。",
    },
    "bad_sort": {"en": "There is no order by {label}.", "zh-CN": "不能按 {label} 排序。"},
    "bad_key": {
        "en": "This page address is not known; begin again with the first page.",
        "zh-CN": "页面地址无效，请从第一页开始。",
    },
    "no_view": {"en": "There is no list {label}, or you may not see it.", "zh-CN": "没有列表 {label}，或您无权查看。"},
    "no_report": {
        "en": "There is no report {label}, or you may not see it.",
        "zh-CN": "没有报表 {label}，或您无权查看。",
    },
    "no_pipeline": {
        "en": "There is no board {label}, or you may not see it.",
        "zh-CN": "没有看板 {label}，或您无权查看。",
    },
    "no_secret_key": {
        "en": "{label} cannot be stored: this server has no key for secrets.",
        "zh-CN": "{label}无法保存：服务器没有加密密钥。",
    },
    "blank": {"en": "(blank)", "zh-CN": "（空）"},
    "records": {"en": "Records", "zh-CN": "记录数"},
    "owner": {"en": "Owner", "zh-CN": "负责人"},
    "id": {"en": "Id", "zh-CN": "编号"},
    "created_at": {"en": "Created", "zh-CN": "创建时间"},
    "created_by": {"en": "Created by", "zh-CN": "创建人"},
    "updated_at": {"en": "Last changed", "zh-CN": "修改时间"},
    "updated_by": {"en": "Last changed by", "zh-CN": "修改人"},
    "version": {"en": "Version", "zh-CN": "版本"},
    "days_in": {"en": "Days in {label}", "zh-CN": "{label}停留天数"},
    "since": {"en": "{label} since", "zh-CN": "{label}开始时间"},
    "name": {"en": "Name", "zh-CN": "姓名"},
    "login": {"en": "Login", "zh-CN": "登录名"},
    "email": {"en": "E-mail", "zh-CN": "电子邮件"},
    "department": {"en": "Department", "zh-CN": "部门"},
    "position": {"en": "Position", "zh-CN": "职位"},
    "type": {"en": "Kind", "zh-CN": "类型"},
    "label": {"en": "Label", "zh-CN": "名称"},
    "probability": {"en": "Probability", "zh-CN": "概率"},
    "stuck_after_days": {"en": "Stuck after (days)", "zh-CN": "停滞天数"},
    "year": {"en": "Year", "zh-CN": "年"},
    "quarter": {"en": "Quarter", "zh-CN": "季度"},
    "month": {"en": "Month", "zh-CN": "月"},
    "week": {"en": "Week", "zh-CN": "周"},
    "day": {"en": "Day", "zh-CN": "日"},
    "street": {"en": "Street", "zh-CN": "街道"},
    "city": {"en": "City", "zh-CN": "城市"},
    "region": {"en": "Region", "zh-CN": "省/地区"},
    "postcode": {"en": "Postcode", "zh-CN": "邮编"},
    "country": {"en": "Country", "zh-CN": "国家"},
    "family": {"en": "Family name", "zh-CN": "姓"},
    "given": {"en": "Given name", "zh-CN": "名"},
    "latitude": {"en": "Latitude", "zh-CN": "纬度"},
    "longitude": {"en": "Longitude", "zh-CN": "经度"},
    "open": {"en": "Open", "zh-CN": "进行中"},
    "won": {"en": "Won", "zh-CN": "赢单"},
    "lost": {"en": "Lost", "zh-CN": "输单"},
    "true": {"en": "Yes", "zh-CN": "是"},
    "false": {"en": "No", "zh-CN": "否"},
    "sum": {"en": "Sum", "zh-CN": "合计"},
    "avg": {"en": "Average", "zh-CN": "平均"},
    "min": {"en": "Least", "zh-CN": "最小"},
    "max": {"en": "Greatest", "zh-CN": "最大"},
    "count": {"en": "Count", "zh-CN": "个数"},
}


def say(language: str, code: str, **parts: object) -> str:
    """Return the words of a code in a language, English where it is not known."""
    by_language = _WORDS[code]
    words = by_language.get(language) or by_language.get(language.partition("-")[0]) or _chinese(by_language, language)
    return (words or by_language["en"]).format(**parts)


def knows(code: str) -> bool:
    """Say whether there are words for a code."""
    return code in _WORDS


def _chinese(by_language: dict[str, str], language: str) -> str | None:
    return by_language["zh-CN"] if language.startswith("zh") else None


def in_language(text: Text, language: str, fallback: str = "") -> str:
    """Return a spec's text in a language, else in its first, else the fallback."""
    return text.get(language) or next((words for words in text.values() if words), "") or fallback


def object_label(spec: Spec, one: Object, language: str) -> str:
    """Return the company's word for an object."""
    term = spec.terms.get(one.name)
    return in_language(term.label if term else one.label, language, one.name)


def field_label(field: Field, language: str) -> str:
    """Return a field's label."""
    return in_language(field.label, language, field.name)
