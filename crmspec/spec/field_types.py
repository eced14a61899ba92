"""The field types, one row each: how a value is stored, checked, shown, edited, and what a spec may say of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# How a column is stored, the same words for both databases; `schema` says what each is on which.
ColumnKind = Literal["id", "text", "bigint", "boolean", "date", "datetime", "time", "json"]

# What a formula sees; `none` cannot be used in one.
FormulaKind = Literal[
    "text", "number", "boolean", "date", "datetime", "time", "choice", "choices", "reference", "none", "computed"
]

COMMON_KEYS = frozenset(
    {
        "type",
        "label",
        "help",
        "column",
        "required",
        "required_when",
        "visible_when",
        "read_only",
        "history",
        "protected",
        "convert",
    }
)


@dataclass(frozen=True, slots=True)
class FieldType:
    """One row of the table.

    `columns` are (suffix, kind) pairs; the column is named field + suffix. Empty: nothing is stored in the object's
    own table. `child` names the kind of table that holds the values instead. `converts_to` lists the types that
    stored values can become without a declared `convert`.
    """

    name: str
    columns: tuple[tuple[str, ColumnKind], ...]
    formula: FormulaKind
    control: str
    keys: frozenset[str]
    help: str
    scale: int | None = None  # of scaled integers; None where the field says it, or where there is none
    child: Literal["", "values", "links"] = ""
    sortable: bool = True
    groupable: bool = False
    searchable: bool = False
    converts_to: tuple[str, ...] = ()
    example: str = ""

    @property
    def stored(self) -> bool:
        """Say whether the object's own table has a column for it."""
        return bool(self.columns)

    @property
    def all_keys(self) -> frozenset[str]:
        """Every key a field of this type may have."""
        return self.keys | COMMON_KEYS if self.control != "computed" else self.keys | {"type", "label", "help"}


def _row(
    name: str, columns: object, formula: FormulaKind, control: str, keys: str, help: str, **more: object
) -> FieldType:
    pairs = ((("", columns),) if isinstance(columns, str) else columns) or ()
    return FieldType(name, tuple(pairs), formula, control, frozenset(keys.split()), help, **more)  # type: ignore[arg-type]


_TEXTUAL = ("text", "long_text", "rich_text")
_NUMERIC = ("integer", "number", "currency", "percent", "duration", "rating")

FIELD_TYPES: dict[str, FieldType] = {
    row.name: row
    for row in (
        _row(
            "text",
            "text",
            "text",
            "text",
            "default unique search max_length min_length pattern mask",
            "One line of text.",
            searchable=True,
            groupable=True,
            example="{type: text, max_length: 80}",
            converts_to=(
                "long_text", "rich_text", *_NUMERIC, "boolean", "date", "datetime", "time", "multi_picklist", "lookup"),
        ),
        _row(
            "long_text",
            "text",
            "text",
            "textarea",
            "default search max_length",
            "Text of several lines.",
            searchable=True,
            sortable=False,
            converts_to=("text", "rich_text"),
            example="{type: long_text}",
        ),
        _row(
            "rich_text",
            "text",
            "none",
            "rich_text",
            "max_length",
            "Text with headings, lists and links; made safe when it is saved.",
            sortable=False,
            converts_to=("long_text",),
            example="{type: rich_text}",
        ),
        _row(
            "integer",
            "bigint",
            "number",
            "number",
            "default unique min max",
            "A whole number.",
            scale=0,
            converts_to=("number", "currency", "percent", "text", "long_text"),
            example="{type: integer, min: 0}",
        ),
        _row(
            "number",
            "bigint",
            "number",
            "number",
            "default unique min max precision scale",
            "A decimal number; `precision` digits in all (18 at most), `scale` of them after the point.",
            converts_to=("integer", "currency", "percent", "text", "long_text"),
            example="{type: number, precision: 10, scale: 3}",
        ),
        _row(
            "currency",
            "bigint",
            "number",
            "currency",
            "default min max scale",
            "An amount in the project's currency.",
            converts_to=("number", "integer", "text", "long_text"),
            example="{type: currency, min: 0}",
        ),
        _row(
            "percent",
            "bigint",
            "number",
            "percent",
            "default min max scale",
            "A percentage: 60 means 60 %.",
            converts_to=("number", "integer", "text", "long_text"),
            example="{type: percent, max: 100}",
        ),
        _row(
            "boolean",
            "boolean",
            "boolean",
            "checkbox",
            "default",
            "Yes or no.",
            groupable=True,
            converts_to=("text",),
            example="{type: boolean, default: false}",
        ),
        _row(
            "date",
            "date",
            "date",
            "date",
            "default",
            "A day.",
            groupable=True,
            converts_to=("datetime", "text"),
            example='{type: date, default: "today()"}',
        ),
        _row(
            "datetime",
            "datetime",
            "datetime",
            "datetime",
            "default",
            "A moment; stored in UTC, shown in the reader's time zone.",
            groupable=True,
            converts_to=("date", "text"),
            example='{type: datetime, default: "now()"}',
        ),
        _row(
            "time", "time", "time", "time", "default", "A time of day.", converts_to=("text",), example="{type: time}"
        ),
        _row(
            "duration",
            "bigint",
            "number",
            "duration",
            "default min max",
            "A length of time, in seconds; written as 1h 30m.",
            scale=0,
            converts_to=("integer", "number"),
            example="{type: duration}",
        ),
        _row(
            "picklist",
            "text",
            "choice",
            "select",
            "default options value_set",
            "One value of a closed list.",
            groupable=True,
            converts_to=("text", "long_text", "multi_picklist"),
            example="{type: picklist, options: [gold, silver]}",
        ),
        _row(
            "multi_picklist",
            (),
            "choices",
            "multi_select",
            "options value_set",
            "Several values of a closed list.",
            child="values",
            sortable=False,
            converts_to=("picklist", "text", "long_text"),
            example="{type: multi_picklist, options: [fair, web]}",
        ),
        _row(
            "lookup",
            (("_id", "id"),),
            "reference",
            "lookup",
            "to on_delete related_list related_label unique parent",
            "Points at a record of another object, or of one of several objects.",
            groupable=True,
            converts_to=("many_to_many", "text", "long_text"),
            example="{type: lookup, to: account, on_delete: restrict}",
        ),
        _row(
            "many_to_many",
            (),
            "none",
            "multi_lookup",
            "to related_list related_label",
            "Points at several records of another object.",
            child="links",
            sortable=False,
            converts_to=("lookup",),
            example="{type: many_to_many, to: competitor}",
        ),
        _row(
            "email",
            "text",
            "text",
            "email",
            "default unique search mask",
            "An e-mail address.",
            searchable=True,
            converts_to=_TEXTUAL,
            example="{type: email, unique: true}",
        ),
        _row(
            "phone",
            "text",
            "text",
            "phone",
            "default unique search mask",
            "A telephone number, kept as it was written.",
            searchable=True,
            converts_to=_TEXTUAL,
            example="{type: phone}",
        ),
        _row(
            "url",
            "text",
            "text",
            "url",
            "default unique search",
            "A web address: http or https.",
            searchable=True,
            converts_to=_TEXTUAL,
            example="{type: url}",
        ),
        _row(
            "address",
            (("_street", "text"), ("_city", "text"), ("_region", "text"), ("_postcode", "text"), ("_country", "text")),
            "none",
            "address",
            "",
            "Street, city, region, postcode and country.",
            sortable=False,
            example="{type: address}",
        ),
        _row(
            "person_name",
            (("_family", "text"), ("_given", "text")),
            "none",
            "person_name",
            "search",
            "Family name and given name, put together in the reader's order.",
            searchable=True,
            example="{type: person_name}",
        ),
        _row(
            "geolocation",
            (("_latitude", "bigint"), ("_longitude", "bigint")),
            "none",
            "geolocation",
            "",
            "Latitude and longitude, to seven decimals of a degree.",
            scale=7,
            sortable=False,
            example="{type: geolocation}",
        ),
        _row(
            "file",
            (("_id", "id"),),
            "none",
            "file",
            "max_size_mb",
            "One file.",
            sortable=False,
            example="{type: file, max_size_mb: 10}",
        ),
        _row(
            "image",
            (("_id", "id"),),
            "none",
            "image",
            "max_size_mb",
            "One picture: PNG, JPEG, GIF or WebP.",
            sortable=False,
            example="{type: image}",
        ),
        _row(
            "auto_number",
            "text",
            "text",
            "read_only",
            "format",
            "A number given once when the record is made.",
            searchable=True,
            converts_to=("text",),
            example='{type: auto_number, format: "Q-{YYYY}-{0000}"}',
        ),
        _row(
            "formula",
            (),
            "computed",
            "computed",
            "result formula scale",
            "Worked out from other fields whenever it is read.",
            example='{type: formula, result: currency, formula: "amount * 2"}',
        ),
        _row(
            "rollup",
            (),
            "computed",
            "computed",
            "of function via filter",
            "The sum, count, least, greatest or average of related records.",
            example="{type: rollup, of: quote_line.amount, function: sum}",
        ),
        _row("json", "json", "none", "json", "", "Structured data, as JSON.", sortable=False, example="{type: json}"),
        _row(
            "secret",
            "text",
            "none",
            "secret",
            "mask",
            "Text that is stored encrypted and shown masked.",
            sortable=False,
            example='{type: secret, mask: "****{last4}"}',
        ),
        _row(
            "color",
            "text",
            "text",
            "color",
            "default",
            "A colour, as #rrggbb.",
            sortable=False,
            converts_to=("text",),
            example="{type: color}",
        ),
        _row(
            "rating",
            "bigint",
            "number",
            "rating",
            "default max",
            "A number of stars, 1 to `max` (5 if left out).",
            scale=0,
            groupable=True,
            converts_to=("integer", "number", "text"),
            example="{type: rating, max: 5}",
        ),
    )
}

TEXT_TYPES = frozenset(_TEXTUAL) | {"email", "phone", "url", "color", "auto_number"}
NUMBER_TYPES = frozenset(_NUMERIC)
