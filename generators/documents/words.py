"""The words of the dictionary itself, in the languages it can speak; a project's other languages get the English."""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Data dictionary",
        "field": "field",
        "label": "label",
        "type": "type",
        "required": "required",
        "notes": "notes",
        "yes": "yes",
        "rules": "A record is refused when",
        "who": "Who may do what",
        "role": "role",
        "grants": "grants",
        "pipelines": "Pipelines",
        "stage": "stage",
        "probability": "probability",
        "requires": "requires",
        "unique": "unique",
        "read_only": "read only",
        "min": "at least",
        "max": "at most",
        "max_length": "at most characters",
        "default": "default",
        "format": "format",
        "required_when": "required when",
    },
    "zh": {
        "title": "数据字典",
        "field": "字段",
        "label": "名称",
        "type": "类型",
        "required": "必填",
        "notes": "说明",
        "yes": "是",
        "rules": "以下情况不能保存",
        "who": "权限",
        "role": "角色",
        "grants": "可以",
        "pipelines": "流程",
        "stage": "阶段",
        "probability": "成功率",
        "requires": "必填字段",
        "unique": "不可重复",
        "read_only": "只读",
        "min": "最小",
        "max": "最大",
        "max_length": "最多字符数",
        "default": "默认值",
        "format": "格式",
        "required_when": "必填条件",
    },
}


def words_in(language: str) -> dict[str, str]:
    """Return the words of a language, by its first part: `zh-CN` speaks `zh`."""
    return WORDS.get(language.partition("-")[0], WORDS["en"])
