"""The parts of a spec: frozen values, one class a kind, exactly the keys a team may write.

`source` fills them from YAML (the annotations are the schema), `plan` compares them, everything else reads them.
Where the YAML allows a short form (`read: own`, `options: [a, b]`, `label: Name`), the part holds the long one.
A field that `compare=False` leaves out guides a change and is not a difference by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from decimal import Decimal
from typing import Literal

from crmspec.spec.field_types import FIELD_TYPES, FieldType
from crmspec.spec.sharing import RecordTeam

Text = Mapping[str, str]  # language → words, every language of the project filled in
Verb = Literal["create", "read", "update", "delete", "transfer", "export", "import", "share"]
Scope = Literal["own", "team", "subordinates", "department", "department_below", "all"]
Level = Literal["none", "masked", "read", "edit"]
VERBS: tuple[Verb, ...] = ("create", "read", "update", "delete", "transfer", "export", "import", "share")
SCOPES: tuple[Scope, ...] = ("own", "team", "subordinates", "department", "department_below", "all")
LEVELS: tuple[Level, ...] = ("none", "masked", "read", "edit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One database the project is deployed to."""

    name: str
    database: str
    protected: bool = False
    url: str = ""  # where people find it: https://crm.example.com/sales
    open_id: OpenId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenId:
    """Logging in at an OpenID provider. People are found by e-mail address or log-in, and added only with `roles`."""

    issuer: str
    client_id: str
    client_secret: str = ""
    label: Text = attribute(default_factory=dict)
    match: Literal["email", "login"] = "email"  # what the provider vouches for and a person here has
    roles: tuple[str, ...] = ()  # of people who are added when they first come; none: nobody is added


@dataclass(frozen=True, slots=True, kw_only=True)
class LogIn:
    """How long a log-in lasts, and what reading is written down."""

    idle_minutes: int = 720  # without a page being asked for
    absolute_hours: int = 336  # in any case
    notes_reads_above: int = 1000  # a report that shows more records than this stands in the audit trail


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What `crmspec.yaml` says."""

    crm: str
    version: str = "0.1.0"
    label: Text = attribute(default_factory=dict)
    languages: tuple[str, ...] = ("en",)
    currency: str = "USD"
    time_zone: str = "UTC"
    fiscal_year_starts: str = "january"
    packages: tuple[str, ...] = attribute(default=(), compare=False)
    retention_days: int = 90
    log_in: LogIn = attribute(default_factory=LogIn)
    empty_removals: Literal["asked", "free"] = attribute(default="asked", compare=False)  # free: empty parts just go
    environments: Mapping[str, Environment] = attribute(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One value of a picklist. The name is the stored value and may be any text."""

    name: str
    label: Text = attribute(default_factory=dict)
    color: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Convert:
    """How stored values become the new type: old value → new value, how texts are written, what happens to the rest.

    Which key has a meaning is said by the field's new type. A format is made of YYYY, YY, MM, M, DD, D, HH, H, mm, ss,
    SSSSSS and A (AM or PM); everything else in it stands for itself, a Z at its end for UTC.
    """

    map: Mapping[str, str] = attribute(default_factory=dict)
    otherwise: str | None = None  # an option, `empty`, or left out: refuse when a value is not in the map
    format: tuple[str, ...] = ()  # date, datetime, time: `DD.MM.YYYY`, or several, the first that fits counts
    decimal: str = "."  # numbers: the mark before the fraction, `.` or `,`
    thousands: str = ""  # numbers: the mark between thousands
    strip: tuple[str, ...] = ()  # numbers: what may stand beside the digits, `[€, EUR]`
    round: bool = False  # numbers: digits that are too many are rounded, half away from zero; left out: refused
    cut: bool = False  # texts: what is longer than `max_length` is cut; left out: refused
    at: str = ""  # multi_picklist: the mark at which a text is cut into its options, `;`
    yes: tuple[str, ...] = ()  # boolean: the texts that mean yes; with `no` they replace yes, true, 1, 是
    no: tuple[str, ...] = ()  # boolean: the texts that mean no
    keep: Literal["", "first", "last"] = ""  # of several values that become one; left out: several are refused
    by: str = ""  # lookups: the field by which records are found, or written as text; left out: their title field
    make_missing: bool = False  # lookups: make the records that no text finds


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of an object. Which keys have a meaning is said by its type's row in `FIELD_TYPES`."""

    name: str
    type: str
    label: Text = attribute(default_factory=dict)
    help: Text = attribute(default_factory=dict)
    column: str = ""  # physical name when it is not the field's own
    required: bool = False
    required_when: str = ""
    visible_when: str = ""
    read_only: bool = False
    history: bool = True
    protected: bool = False  # no plan may remove it, or change its type so that values are lost, whatever is allowed
    unique: bool = False
    search: bool = False
    default: str | None = None  # canonical text of the value, or today() / now() / me()
    max_length: int | None = None
    min_length: int | None = None
    pattern: str = ""
    min: Decimal | None = None
    max: Decimal | None = None
    precision: int | None = None
    scale: int | None = None  # always filled in for number, currency, percent and numeric formulas
    options: tuple[Option, ...] = ()
    value_set: str = ""
    pipeline: str = ""  # filled in: the pipeline whose stages are the options
    to: tuple[str, ...] = ()
    on_delete: Literal["", "restrict", "set_empty", "cascade"] = ""
    related_list: str = ""
    related_label: Text = attribute(default_factory=dict)
    parent: bool = False  # the lookup that `controlled_by_parent` follows
    format: str = ""
    result: str = ""
    formula: str = ""
    of: str = ""
    function: Literal["", "sum", "count", "min", "max", "avg"] = ""
    via: str = ""
    filter: str = ""
    mask: str = ""  # what people see who only get the field masked: `***{last4}`; left out: dots alone
    max_size_mb: int | None = None
    convert: Convert | None = attribute(default=None, compare=False)

    @property
    def row(self) -> FieldType:
        """The row of the field-type table."""
        return FIELD_TYPES[self.type]

    @property
    def base_column(self) -> str:
        """The name that the column names start with."""
        return self.column or self.name

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns of the object's own table that hold this field (a lookup to several objects has two)."""
        names = tuple(self.base_column + suffix for suffix, _ in self.row.columns)
        return (*names, f"{self.base_column}_object") if self.type == "lookup" and len(self.to) > 1 else names

    @property
    def option_names(self) -> tuple[str, ...]:
        """The values a picklist may have, in order."""
        return tuple(option.name for option in self.options)

    @property
    def decimals(self) -> int:
        """How many of the stored integer's digits stand after the point."""
        if self.scale is not None:
            return self.scale
        return self.row.scale or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """A rule a record must not meet: when the formula is true, the message is shown at the field."""

    name: str
    when: str
    message: Text
    field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Fields that are looked up or kept unique together; a leading minus means descending."""

    name: str
    fields: tuple[str, ...]
    unique: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """One kind of record. Besides `fields` it has the system fields of `SYSTEM_FIELDS` without being asked."""

    name: str
    label: Text = attribute(default_factory=dict)
    plural: Text = attribute(default_factory=dict)
    help: Text = attribute(default_factory=dict)
    icon: str = ""
    title_field: str = ""  # filled in: `name`, else the first text-like field
    default_access: Literal["private", "read", "edit", "controlled_by_parent"] = "private"
    record_team: RecordTeam | None = None  # `true`, or team roles: colleagues are added to single records
    protected: bool = False  # no plan may remove it, whatever is allowed
    fields: Mapping[str, Field] = attribute(default_factory=dict)
    validation: Mapping[str, Validation] = attribute(default_factory=dict)
    indexes: tuple[Index, ...] = ()

    @property
    def table(self) -> str:
        """The table's name: the object's own."""
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSet:
    """A list of values that several picklists share."""

    name: str
    label: Text = attribute(default_factory=dict)
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One step of a pipeline; its name is the stored value."""

    name: str
    label: Text = attribute(default_factory=dict)
    help: Text = attribute(default_factory=dict)
    type: Literal["open", "won", "lost"] = "open"
    probability: int | None = None  # percent
    stuck_after_days: int | None = None
    responsible: str = ""  # a role
    enter_requires: tuple[str, ...] = ()
    enter_when: str = ""
    inputs: Text = attribute(default_factory=dict)
    measure: Text = attribute(default_factory=dict)
    color: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The stages a record of one object goes through, in its picklist field `field`.

    The stages are the field's options (the loader writes them there), the first open one is its default. Beside the
    field stands a datetime column `<field>_since`, and formulas know `days_in_<field>` and `<field>.type`,
    `.probability`, `.stuck_after_days`, `.label`.
    """

    name: str
    object: str
    field: str = "stage"
    label: Text = attribute(default_factory=dict)
    stages: Mapping[str, Stage] = attribute(default_factory=dict)
    transitions: tuple[tuple[str, str], ...] | None = None  # None: any


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What people may do. `grants` is object (or `*`) → verb → scopes; `fields` is field address → level.

    Fields that no role of a person names are as the verbs say: edit with update or create, else read.
    `mute` takes back what `include` gave, in the same shape as `grants`. `setup` opens the set-up pages.
    `second_factor` asks for a code beside the password.
    """

    name: str
    label: Text = attribute(default_factory=dict)
    help: Text = attribute(default_factory=dict)
    include: tuple[str, ...] = ()
    grants: Mapping[str, Mapping[Verb, tuple[Scope, ...]]] = attribute(default_factory=dict)
    mute: Mapping[str, Mapping[Verb, tuple[Scope, ...]]] = attribute(default_factory=dict)
    fields: Mapping[str, Level] = attribute(default_factory=dict)
    setup: bool = False
    second_factor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The company's own particulars, for screens and documents."""

    name: Text = attribute(default_factory=dict)
    address: Text = attribute(default_factory=dict)
    telephone: str = ""
    fax: str = ""
    web_site: str = ""
    postcode: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """One node of the department tree."""

    name: str
    label: Text = attribute(default_factory=dict)
    parent: str = ""
    manager: str = ""  # a position


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One chair: held by nobody, one or several people; carries the roles."""

    name: str
    label: Text = attribute(default_factory=dict)
    department: str = ""
    reports_to: str = ""
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """The company, its departments and its positions."""

    company: Company = attribute(default_factory=Company)
    departments: Mapping[str, Department] = attribute(default_factory=dict)
    positions: Mapping[str, Position] = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A picture of a report: groups along `by`, heights from `value` (a total, or `records`)."""

    type: Literal["bar", "line", "pie", "funnel"] = "bar"
    by: str = ""
    value: str = "records"
    function: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A question asked of the records. Column paths may go through lookups (`account.owner.name`).

    A date can be grouped by `.year`, `.quarter`, `.month`, `.week`: `group_by: [close_date.quarter]`.
    `totals` is path → functions; the path `records` counts.
    """

    name: str
    label: Text = attribute(default_factory=dict)
    help: Text = attribute(default_factory=dict)
    object: str = ""  # written `from`
    columns: tuple[str, ...] = ()
    filter: str = ""
    group_by: tuple[str, ...] = ()
    totals: Mapping[str, tuple[str, ...]] = attribute(default_factory=dict)
    sort: tuple[str, ...] = ()
    chart: Chart | None = None
    roles: tuple[str, ...] = ()  # empty: everybody who may read the object


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView:
    """A named list of one object: columns, filter, order."""

    name: str
    object: str
    label: Text = attribute(default_factory=dict)
    columns: tuple[str, ...] = ()
    filter: str = ""
    sort: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One block of a record page or form."""

    label: Text = attribute(default_factory=dict)
    fields: tuple[str, ...] = ()
    columns: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the record page and the form of one object are laid out. The first that fits a person's roles is taken."""

    name: str
    object: str
    label: Text = attribute(default_factory=dict)
    highlights: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    related: tuple[str, ...] = ()  # related lists, in order; empty: all of them
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One card of a dashboard: the first records of a list view, or the picture of a report. Exactly one is named."""

    list_view: str = ""
    report: str = ""
    size: Literal["small", "wide"] = "small"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """A page of cards. The first that fits a person's roles is their home page."""

    name: str
    label: Text = attribute(default_factory=dict)
    tiles: tuple[Tile, ...] = ()
    roles: tuple[str, ...] = ()  # empty: everybody


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A group of the navigation: the objects people of some work go to, in order."""

    name: str
    label: Text = attribute(default_factory=dict)
    objects: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()  # empty: everybody


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A verb on an object or a field, written `update: payment.confirmed`."""

    verb: Verb
    on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTest:
    """A sentence about who may do what, held true by `validate` and `deploy`. `on` is an object or a field.

    - `{as: sales_rep, cannot: read, on: opportunity.margin}`: of one role or position, and of records of which nothing
      is known but the owner: such as no restriction holds back and no condition shares.
    - `{only: [finance], can: read, on: quote.margin}`: of everybody who has none of these roles and positions.
    - `{nobody: delete, on: account}`: of everybody.
    - `{never_both: [create: payment, update: payment.confirmed], except: [administrator]}`: no two of these deeds are
      one person's, whatever positions and roles come together.

    The last three are held against every role and every position, and at deploy against every person.
    """

    as_: str  # written `as`: a position or a role
    verb: Verb  # written `can`: behind `can`, `cannot` or `nobody`
    allowed: bool  # not written: whether it stands behind `can`
    on: str
    owned_by: str = ""  # a position; left out: somebody else, reached by no scope but `all`
    only: tuple[str, ...] = ()  # roles and positions; who includes such a role has it
    never_both: tuple[Deed, ...] = ()  # two deeds or more
    except_: tuple[str, ...] = ()  # written `except`: roles and positions that `never_both` does not speak of

    @property
    def speaks_of_one(self) -> bool:
        """Say whether it is about one role or position, not about everybody."""
        return bool(self.as_)

    @property
    def deeds(self) -> tuple[Deed, ...]:
        """What it is about."""
        return self.never_both or (Deed(verb=self.verb, on=self.on),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """Records that come with the release, found again by `key`. Values are text, as written."""

    name: str
    object: str
    key: str = "name"
    rows: tuple[Mapping[str, str | tuple[str, ...]], ...] = ()
    sample: bool = False  # only for `demo` and screenshots


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """The company's own word for an object."""

    name: str
    label: Text
    plural: Text = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """A declared rename, from one address to another of the same kind."""

    before: str  # written `from`
    after: str  # written `to`


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One field that becomes several of its object, or an object some of whose records become records of another.

    `{from: contact.name, to: [contact.first_name, contact.last_name], at: " "}`: a text is cut, and each piece becomes
    a value of its field.
    `{from: contact, to: lead, where: "status == 'new'"}`: the records for which the condition holds keep their id,
    owner, history and files; fields of the same name keep their values. The old values are kept out of sight.
    """

    source: str  # written `from`
    targets: tuple[str, ...]  # written `to`; an object is split into one other
    at: str = " "  # fields: where the text is cut
    rest: Literal["last", "first"] = "last"  # fields: which takes what is left, where there are more pieces
    where: str = ""  # objects: which records go over
    fields: Mapping[str, str] = attribute(default_factory=dict)  # objects: `{contact.company: lead.company_name}`
    values: Mapping[str, str] = attribute(default_factory=dict)  # objects: `{lead.origin: contact}`, for what goes over


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Several fields, options or objects that become one.

    `{from: [lead], to: contact, fields: {lead.company_name: contact.company}, values: {contact.origin: lead}}`: every
    record of a lead becomes one of a contact, with its id, owner, history and files, and lookups follow it; fields of
    the same name keep their values. What has no place is kept out of sight.
    """

    sources: tuple[str, ...]  # written `from`
    target: str  # written `to`
    keep: Literal["first_not_empty", "last_not_empty", "join"] = "first_not_empty"  # fields
    fields: Mapping[str, str] = attribute(default_factory=dict)  # objects: which field becomes which other
    values: Mapping[str, str] = attribute(default_factory=dict)  # objects: what a field says of every record that comes
