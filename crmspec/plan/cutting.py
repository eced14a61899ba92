"""A text becomes several options: it is cut at a mark, and each piece is the option of its name, or what a map says."""

from __future__ import annotations

import json

from crmspec.plan.work import DIALECTS, Both
from crmspec.schema import Dialect
from crmspec.schema.ddl import literal
from crmspec.spec import TEXT_TYPES, Convert, Field


def is_cut_up(before: Field, after: Field) -> bool:
    """Say whether the text of a field becomes several options."""
    return before.type in TEXT_TYPES and after.type == "multi_picklist" and bool(after.convert and after.convert.at)


def option_of_piece(after: Field) -> str:
    """Write the option that one piece is; blank where it is none."""
    said = after.convert or Convert()
    rest = literal(said.otherwise) if said.otherwise not in (None, "empty") else "NULL"
    cases = [f"WHEN trim(piece.value) = {literal(old)} THEN {literal(new)}" for old, new in said.map.items()]
    options = ", ".join(map(literal, after.option_names))
    cases += [f"WHEN trim(piece.value) IN ({options}) THEN trim(piece.value)"]
    return f"CASE WHEN trim(piece.value) = '' THEN NULL {' '.join(cases)} ELSE {rest} END"


def stray_pieces(text: str, after: Field) -> Both:
    """Write when a text has a piece that is no option, and that nobody says anything of."""
    said = after.convert or Convert()
    known = ", ".join(map(literal, ("", *after.option_names, *said.map)))
    return {
        dialect: f"EXISTS (SELECT 1 FROM {pieces(text, said.at, dialect)} WHERE trim(piece.value) NOT IN ({known}))"
        for dialect in DIALECTS
    }


def pieces(text: str, mark: str, dialect: Dialect) -> str:
    """Write the pieces of a text as a table, `piece.value`."""
    if dialect == "postgresql":
        return f"unnest(string_to_array({text}, {literal(mark)})) AS piece(value)"
    inner = json.dumps(mark, ensure_ascii=False)[1:-1]
    quotes = literal('","')
    listed = f"'[' || replace(json_quote({text}), {literal(inner)}, {quotes}) || ']'"
    return f"json_each({listed}) AS piece"
