"""Who may do what: effective rights and their reasons, owner sets of people, and the one rule as SQL and as Python.

What needs SQLAlchemy is imported when it is first asked for: `validate` runs access tests without it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from crmspec.access.access_tests import check_access_tests, sentence
from crmspec.access.actor import PERSON_KINDS, Actor, PersonKind, actor_from, roles_held, system_actor
from crmspec.access.difference import AccessChange, Holding, diff_access, with_people
from crmspec.access.explain import Explanation, explain
from crmspec.access.fields import field_level, fields_read, formula_level, lowest, path_level, readable
from crmspec.access.matrix import FieldRow, MatrixRow, field_matrix, matrix, matrix_of
from crmspec.access.once import once_per_spec
from crmspec.access.oracle import Row, allows, may_become
from crmspec.access.organization import Graph, graph_of
from crmspec.access.reach import Reach, may_reach, parent_lookup, reach
from crmspec.access.reasons import SENTENCES, Step
from crmspec.access.rights import EVERY_OBJECT, Grant, Rights, rights_of

if TYPE_CHECKING:
    from crmspec.access.asking import find_record, finder_of, load_actor_for, load_person, people_by_id
    from crmspec.access.delegations import Delegation, delegate, end_delegations, list_delegations
    from crmspec.access.in_sql import is_everything, predicate
    from crmspec.access.load import UnknownPerson, is_id, load_actor
    from crmspec.access.passing import Unmarked, guarded, passed
    from crmspec.access.people import (
        Cost,
        Person,
        add_person,
        find_person,
        grant_role,
        list_people,
        set_active,
        set_password,
        set_positions,
        verify_login,
        withdraw_role,
    )
    from crmspec.access.people_tests import check_people, holdings, keeping_apart
    from crmspec.access.shares import Share, share, shares_of, unshare
    from crmspec.access.system_tables import metadata_for, system_table
    from crmspec.access.tokens import (
        Caller,
        Token,
        caller_of,
        list_tokens,
        make_token,
        narrowed,
        note_use,
        revoke_token,
    )

_LATER = {
    **dict.fromkeys(("UnknownPerson", "is_id", "load_actor"), "load"),
    **dict.fromkeys(
        (
            "Cost",
            "Person",
            "add_person",
            "find_person",
            "grant_role",
            "list_people",
            "set_active",
            "set_password",
            "set_positions",
            "verify_login",
            "withdraw_role",
        ),
        "people",
    ),
    **dict.fromkeys(("find_record", "finder_of", "load_actor_for", "load_person", "people_by_id"), "asking"),
    **dict.fromkeys(("Unmarked", "guarded", "passed"), "passing"),
    **dict.fromkeys(("check_people", "holdings", "keeping_apart"), "people_tests"),
    **dict.fromkeys(("is_everything", "predicate"), "in_sql"),
    **dict.fromkeys(("Delegation", "delegate", "end_delegations", "list_delegations"), "delegations"),
    **dict.fromkeys(("Share", "share", "shares_of", "unshare"), "shares"),
    **dict.fromkeys(
        ("Caller", "Token", "caller_of", "list_tokens", "make_token", "narrowed", "note_use", "revoke_token"), "tokens"
    ),
    **dict.fromkeys(("metadata_for", "system_table"), "system_tables"),
}


def __getattr__(name: str) -> object:
    """Import what talks to databases when it is asked for."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)


__all__ = [
    "EVERY_OBJECT",
    "PERSON_KINDS",
    "SENTENCES",
    "AccessChange",
    "Actor",
    "Caller",
    "Cost",
    "Delegation",
    "Explanation",
    "FieldRow",
    "Grant",
    "Graph",
    "Holding",
    "MatrixRow",
    "Person",
    "PersonKind",
    "Reach",
    "Rights",
    "Row",
    "Share",
    "Step",
    "Token",
    "UnknownPerson",
    "Unmarked",
    "actor_from",
    "add_person",
    "allows",
    "caller_of",
    "check_access_tests",
    "check_people",
    "delegate",
    "diff_access",
    "end_delegations",
    "explain",
    "field_level",
    "field_matrix",
    "fields_read",
    "find_person",
    "find_record",
    "finder_of",
    "formula_level",
    "grant_role",
    "graph_of",
    "guarded",
    "holdings",
    "is_everything",
    "is_id",
    "keeping_apart",
    "list_delegations",
    "list_people",
    "list_tokens",
    "load_actor",
    "load_actor_for",
    "load_person",
    "lowest",
    "make_token",
    "matrix",
    "matrix_of",
    "may_become",
    "may_reach",
    "metadata_for",
    "narrowed",
    "note_use",
    "once_per_spec",
    "parent_lookup",
    "passed",
    "path_level",
    "people_by_id",
    "predicate",
    "reach",
    "readable",
    "revoke_token",
    "rights_of",
    "roles_held",
    "sentence",
    "set_active",
    "set_password",
    "set_positions",
    "share",
    "shares_of",
    "system_actor",
    "system_table",
    "unshare",
    "verify_login",
    "with_people",
    "withdraw_role",
]
