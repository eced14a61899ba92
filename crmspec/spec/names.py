"""Which names a part may have: what a database, Python or a reader would take for something else is refused."""

from __future__ import annotations

import re
import unicodedata

from crmspec.spec.address import NAME, NAME_LENGTH_MAX, RESERVED_PREFIXES, SYSTEM_FIELDS

# Letters of other scripts that look like Latin ones, as far as they are on common keyboards.
_LOOK_ALIKE = str.maketrans("аеорсухіјѕԁһӏвкмнтгοαενιρτυκγχсԛԝ", "aeopcyxijsdhlbkmhtroaeviptukyxcqw")

SYSTEM_COLUMNS = frozenset(
    {
        "ctid",
        "xmin",
        "xmax",
        "cmin",
        "cmax",
        "tableoid",
        "oid",
        "rowid",
        "_rowid_",
        "owner_id",
        "created_by_id",
        "updated_by_id",
    }
)
ROLE_NAMES = frozenset({"public", "postgres", "none", "current_user", "session_user", "current_role"})
OBJECT_NAMES = frozenset({"records", "company", "project", "system", "person"})

Refusal = tuple[str, str, str, str]  # code, what, why, help


def latin(text: str) -> str:
    """Return the text with look-alike letters written in Latin."""
    return unicodedata.normalize("NFKC", text.translate(_LOOK_ALIKE))


def strange_letters(text: str) -> str:
    """Name the letters that are not ASCII, for a message."""
    found = dict.fromkeys(c for c in text if not c.isascii())
    return ", ".join(f"U+{ord(c):04X}" for c in list(found)[:4])


def suggested(text: str) -> str:
    """Turn any text into a name, or '' when nothing of it is left."""
    plain = unicodedata.normalize("NFKD", latin(text)).encode("ascii", "ignore").decode()
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain)
    plain = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")
    plain = re.sub(r"^[0-9_]+", "", plain)[:NAME_LENGTH_MAX].rstrip("_")
    return plain if NAME.match(plain) else ""


def form_refusal(name: str) -> Refusal | None:
    """Say why a text has not the form of a name, or None."""
    if NAME.match(name) and "__" not in name and not name.endswith("_"):
        if len(name) <= NAME_LENGTH_MAX:
            return None
        return (
            "CRM212",
            f"a name of {len(name)} characters",
            f"{NAME_LENGTH_MAX} is the most, so that generated names fit",
            f"shorten it, for example to `{name[:30].rstrip('_')}`",
        )
    other = suggested(name)
    if ":" in name and not name.endswith(":"):
        help = f"put a space after the colon: `{name.partition(':')[0]}: …`"
        return ("CRM212", "this is not a name", "a colon ends a key only where a space follows", help)
    if not name.isascii():
        why = f"it has {strange_letters(name)}; names are a to z, 0 to 9 and _"
        help = f"write `{other}`" if other else "write a name in Latin letters, and put this text into `label`"
        code = "CRM218" if other and latin(name) == other else "CRM212"
        return (code, "a name with letters other than a to z", why, help)
    return (
        "CRM212",
        "this is not a name",
        "a name begins with a letter and goes on with a to z, 0 to 9 and single _",
        f"write `{other}`" if other and other != name else "write a name like `close_date`",
    )


def reserved_refusal(name: str, kind: str) -> Refusal | None:
    """Say why a well-formed name is taken already, or None. `kind` is object, field, role or any other."""
    if name.startswith(RESERVED_PREFIXES) and kind in ("object", "role", "field"):
        prefix = next(p for p in RESERVED_PREFIXES if name.startswith(p))
        return (
            "CRM213",
            f"names that begin with `{prefix}` are reserved",
            "the database or crmspec has tables of such names",
            f"write `{name[len(prefix) :] or 'another_name'}`",
        )
    taken: dict[str, tuple[frozenset[str] | tuple[str, ...], str]] = {
        "field": (
            (*SYSTEM_FIELDS, *SYSTEM_COLUMNS),
            "every record has it already, or the database keeps it for itself",
        ),
        "role": (ROLE_NAMES, "the database has a role of this name"),
        "object": (OBJECT_NAMES | SYSTEM_COLUMNS, "formulas, reports or addresses use the word"),
    }
    names, why = taken.get(kind, ((), ""))
    if name in names:
        return (
            "CRM213",
            f"`{name}` is reserved",
            why,
            f"write another name, for example `{name.strip('_')}_{'value' if kind == 'field' else 'one'}`",
        )
    return None
