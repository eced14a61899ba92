"""Names change in a formula, and nothing else does."""

from __future__ import annotations

import pytest

from crmspec.formula import rename_paths

NEW = {("phone",): ("mobile",), ("account", "phone"): ("account", "mobile"), ("deal",): ("opportunity",)}


def renamed(path: tuple[str, ...]) -> tuple[str, ...]:
    return NEW.get(path, path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("phone == 'phone'", "mobile == 'phone'"),
        ('  isblank( account.phone )\n or phone !=  "x"', '  isblank( account.mobile )\n or mobile !=  "x"'),
        ("phone in (phone, 'a') and phone_2 == deal.phone", "mobile in (mobile, 'a') and phone_2 == deal.phone"),
        ("phone(1) + 'it\\'s phone' + phone", "phone(1) + 'it\\'s phone' + mobile"),
        ("phone = broken (", "mobile = broken ("),
        ("电话 == phone", "电话 == mobile"),
        ("not phone and true", "not mobile and true"),
        ("", ""),
    ],
)
def test_only_paths_change(before: str, after: str) -> None:
    """Texts, calls, words and white space stay as they were, in broken formulas too."""
    assert rename_paths(before, renamed) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("status == 'hot' and name == 'hot'", "status == 'very \\'hot\\'' and name == 'hot'"),
        ('"hot" != status', "\"very 'hot'\" != status"),
        ("status in ('cold', 'hot')", "status in ('cold', 'very \\'hot\\'')"),
        ("coalesce(status, 'hot') == 'hot'", "coalesce(status, 'very \\'hot\\'') == 'very \\'hot\\''"),
        ("if(a == 'hot', status, 'cold') != 'hot'", "if(a == 'hot', status, 'cold') != 'very \\'hot\\''"),
        ("'hot' in tags or contains(status, 'hot')", "'hot' in tags or contains(status, 'very \\'hot\\'')"),
        ("starts_with(status, 'hot')", "starts_with(status, 'hot')"),
    ],
)
def test_options_change_beside_their_field(before: str, after: str) -> None:
    """A quoted text is an option when it is compared with the field."""

    def option(path: tuple[str, ...], text: str) -> str:
        return "very 'hot'" if (path, text) == (("status",), "hot") else text

    assert rename_paths(before, lambda path: path, option) == after
