"""Nodes → what `crmspec.yaml` and `package.yaml` say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from crmspec.diagnostics import did_you_mean
from crmspec.source.bind import (
    FLAG,
    INTEGER,
    LABEL,
    LEVELS,
    MISSING,
    TEXT,
    WORDS,
    Binder,
    Key,
    choice,
    spoken,
    word,
    words,
)
from crmspec.source.form import shown
from crmspec.source.tree import Node
from crmspec.spec.parts import Environment, LogIn, OpenId, Project

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?\Z")
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?\Z")
_WITH_PASSWORD = re.compile(
    r"[a-z0-9+.]+://[^/@\s]*?:(?P<password>[^@/\s][^@\s]*)@|[?&;\s]password=(?P<other>[^&;\s]+)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What a package's own `package.yaml` says."""

    name: str
    version: str = "0.0.0"
    label: dict[str, str] | None = None
    languages: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()


def languages(binder: Binder, node: Node, where: str) -> Any:
    """Read the languages of a project; the first is the one that fills gaps."""
    given = words(binder, node, where)
    if given is MISSING:
        return MISSING
    for child in node.value if type(node.value) is list else [node]:
        if not _LANGUAGE.match(str(child.value)):
            binder.say(
                "CRM216",
                f"`{shown(str(child.value))}` is not the code of a language",
                child.at,
                "languages are written as in web pages",
                "write it like `en`, `de-AT` or `zh-CN`",
            )
    return tuple(one for one in given if _LANGUAGE.match(one)) or MISSING


def version(binder: Binder, node: Node, where: str) -> Any:
    """Read a version of three numbers."""
    said = word(binder, node, where)
    if said is MISSING or _VERSION.match(said):
        return said
    return binder.say(
        "CRM219", f"`{shown(said)}` is not a version", node.at, "a version is three numbers", "write it like 1.4.0"
    )


def currency(binder: Binder, node: Node, where: str) -> Any:
    """Read the code of a currency."""
    said = word(binder, node, where)
    if said is MISSING or re.match(r"[A-Z]{3}\Z", said):
        return said
    return binder.say(
        "CRM219",
        f"`{shown(said)}` is not the code of a currency",
        node.at,
        "codes are three capital letters",
        "write it like `CNY` or `EUR`",
    )


def time_zone(binder: Binder, node: Node, where: str) -> Any:
    """Read the name of a time zone."""
    from zoneinfo import ZoneInfo, available_timezones

    said = word(binder, node, where)
    if said is MISSING:
        return MISSING
    try:
        ZoneInfo(said)
    except (ValueError, OSError, KeyError):  # a path, a folder, or a name that is none
        return binder.say(
            "CRM219",
            f"unknown time zone `{shown(said)}`",
            node.at,
            "it is not in the time zone database",
            did_you_mean(said, available_timezones()),
        )
    return said


def environments(binder: Binder, node: Node, where: str) -> Any:
    """Read the databases a project is deployed to."""
    out: dict[str, Environment] = {}
    for name, child in binder.named(
        node, "environments", "environment", 'environments: {local: {database: "sqlite:///crm.db"}}'
    ):
        read = binder.part(
            child,
            f"environments.{name}",
            ENVIRONMENT_KEYS,
            kind="an environment",
            example='{database: "sqlite:///crm.db"}',
        )
        if "database" in read:
            out[name] = Environment(name=name, **read)
        elif child.get("database") is None and type(child.value) is dict:
            binder.missing(child, f"environments.{name}", "database", 'database: "sqlite:///crm.db"')
    return out


def database(binder: Binder, node: Node, where: str) -> Any:
    """Read a database's address; a password has no place in git."""
    said = word(binder, node, where)
    if said is MISSING:
        return MISSING
    found = _WITH_PASSWORD.search(said)
    if found and not re.match(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}\Z", found["password"] or found["other"]):
        return binder.say(
            "CRM225",
            f"{binder.place(node, where)} holds a password",
            node.at,
            "everybody who can read the repository could read it",
            'use an environment variable: `database: "${CRM_DATABASE_URL}"`',
        )
    return said


def package_names(binder: Binder, node: Node, where: str) -> Any:
    """Read the packages a project is layered on."""
    given = words(binder, node, where)
    if given is MISSING:
        return MISSING
    for child in node.value if type(node.value) is list else [node]:
        if not re.match(r"[a-z][a-z0-9_]{0,47}(@[0-9]+(\.[0-9]+){0,2})?\Z", str(child.value)):
            binder.say(
                "CRM221",
                f"`{shown(str(child.value))}` is not the name of a package",
                child.at,
                "a package is found by its name, never by a path",
                "write it like `standard@1`",
            )
    return tuple(one for one in given if re.match(r"[a-z][a-z0-9_]{0,47}(@[0-9]+(\.[0-9]+){0,2})?\Z", one))


def month(binder: Binder, node: Node, where: str) -> Any:
    """Read the month a fiscal year starts with."""
    if node.value in MONTHS:
        return node.value
    return binder.say(
        "CRM210",
        f"{binder.place(node, where)} is not a month",
        node.at,
        "a fiscal year starts with a month",
        did_you_mean(str(node.value)[:40], MONTHS),
    )


def retention(binder: Binder, node: Node, where: str) -> Any:
    """Read for how many days removed things can be restored."""
    days = INTEGER.read(binder, node, where)
    if days is MISSING or 0 <= days <= 3650:
        return days
    return binder.say(
        "CRM219",
        f"{binder.place(node, where)} is {days}",
        node.at,
        "it is a number of days from 0 to 3650",
        "write `90`",
    )


def log_in(binder: Binder, node: Node, where: str) -> Any:
    """Read how long a log-in lasts."""
    read = binder.part(node, "log_in", LOG_IN_KEYS, kind="log_in", example="log_in: {idle_minutes: 60}")
    return LogIn(**read)


def within(least: int, most: int, unit: str) -> Key:
    """Give the key of a whole number between two bounds."""

    def read(binder: Binder, node: Node, where: str) -> Any:
        number = INTEGER.read(binder, node, where)
        if number is MISSING or least <= number <= most:
            return number
        return binder.say(
            "CRM219",
            f"{binder.place(node, where)} is {number}",
            node.at,
            f"it is a number of {unit} from {least} to {most}",
            f"write one between {least} and {most}",
        )

    return Key(read, {"type": "integer", "minimum": least, "maximum": most})


def web_address(binder: Binder, node: Node, where: str) -> Any:
    """Read the address of a server, as a browser needs it."""
    said = word(binder, node, where)
    if said is MISSING or re.match(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[^\s?#]*)?\Z|\$\{\w+\}\Z", said):
        return said if said is MISSING else said.rstrip("/")
    return binder.say(
        "CRM219",
        f"{binder.place(node, where)} is not the address of a server",
        node.at,
        "it is written as in a browser, without a question mark",
        "write it like `https://crm.example.com`",
    )


def secret(binder: Binder, node: Node, where: str) -> Any:
    """Read the name of the variable that holds a secret: the secret itself has no place in git."""
    said = word(binder, node, where)
    if said is MISSING or re.match(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}\Z", said):
        return said
    return binder.say(
        "CRM225",
        f"{binder.place(node, where)} holds a secret",
        node.at,
        "everybody who can read the repository could read it",
        'use an environment variable: `client_secret: "${CRM_OPEN_ID_SECRET}"`',
    )


def open_id(binder: Binder, node: Node, where: str) -> Any:
    """Read where people log in with OpenID Connect."""
    example = "open_id: {issuer: https://login.example.com, client_id: crm, client_secret: ${CRM_OPEN_ID_SECRET}}"
    read = binder.part(node, f"{where}.open_id", OPEN_ID_KEYS, kind="open_id", example=example)
    for key, one in (("issuer", "issuer: https://login.example.com"), ("client_id", "client_id: crm")):
        if key not in read and type(node.value) is dict and node.get(key) is None:
            binder.missing(node, f"{where}.open_id", key, one)
    return OpenId(**read) if "issuer" in read and "client_id" in read else MISSING


def bind_project(binder: Binder, node: Node) -> Project:
    """Read `crmspec.yaml`."""
    name = node.text("crm")
    first = node.get("crm")
    if first is not None and type(first.value) is not str:
        binder.wrong_shape(first, "project", "a name", "crm: acme_printing")
    elif first is not None:
        binder.name(name, first, "", "project", first.at)
    read = binder.part(node, "project", PROJECT_KEYS, kind="crmspec.yaml", skip="crm")
    read.setdefault("label", binder.text_in_languages(spoken(name) or "CRM"))
    return Project(crm=name, **read)


def bind_package(binder: Binder, node: Node) -> Package:
    """Read a package's `package.yaml`."""
    return Package(
        name=node.text("package"), **binder.part(node, "package", PACKAGE_KEYS, kind="package.yaml", skip="package")
    )


OPEN_ID_KEYS: dict[str, Key] = {
    "issuer": Key(web_address, TEXT),
    "client_id": Key(word, TEXT),
    "client_secret": Key(secret, TEXT),
    "label": LABEL,
    "match": choice("email", "login"),
    "roles": WORDS,
}
LOG_IN_KEYS: dict[str, Key] = {
    "idle_minutes": within(1, 43_200, "minutes"),
    "absolute_hours": within(1, 8_760, "hours"),
    "notes_reads_above": within(0, 1_000_000, "records"),
}
ENVIRONMENT_KEYS: dict[str, Key] = {
    "database": Key(database, TEXT),
    "protected": FLAG,
    "url": Key(web_address, TEXT),
    "open_id": Key(open_id, {"$ref": "#/$defs/open_id"}),
}
PROJECT_KEYS: dict[str, Key] = {
    "version": Key(version, TEXT),
    "label": LABEL,
    "languages": Key(languages, {"type": "array", "items": TEXT, "minItems": 1}),
    "currency": Key(currency, TEXT),
    "time_zone": Key(time_zone, TEXT),
    "fiscal_year_starts": Key(month, {"enum": list(MONTHS)}),
    "packages": Key(package_names, {"type": "array", "items": TEXT}),
    "retention_days": Key(retention, {"type": "integer"}),
    "log_in": Key(log_in, {"$ref": "#/$defs/log_in"}),
    "empty_removals": choice("asked", "free"),
    "environments": Key(environments, {"type": "object", "additionalProperties": {"$ref": "#/$defs/environment"}}),
}
PACKAGE_KEYS: dict[str, Key] = {
    "version": Key(version, TEXT),
    "label": LABEL,
    "languages": Key(languages, {"type": "array", "items": TEXT, "minItems": 1}),
    "requires": WORDS,
}
LEVELS |= {
    "crmspec.yaml": PROJECT_KEYS,
    "an environment": ENVIRONMENT_KEYS,
    "open_id": OPEN_ID_KEYS,
    "log_in": LOG_IN_KEYS,
}
