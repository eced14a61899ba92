"""Reading and writing records under a person's rights: the only door to rows."""

from crmspec.records.conditions import OPERATORS, Condition, Group, conditions_in
from crmspec.records.filters import read_filter, write_filter
from crmspec.records.pages import LAST
from crmspec.records.periods import PERIODS
from crmspec.records.problems import (
    BadQuestion,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    RecordError,
    Reference,
    Referred,
)
from crmspec.records.records import Records
from crmspec.records.seeding import load_seeds
from crmspec.records.sharing import Wanted
from crmspec.records.values import (
    Board,
    BoardColumn,
    Change,
    Event,
    GroupTotal,
    Hit,
    Masked,
    Page,
    Record,
    Ref,
    StageGate,
    StoredFile,
    Value,
)

__all__ = [
    "LAST",
    "OPERATORS",
    "PERIODS",
    "BadQuestion",
    "Board",
    "BoardColumn",
    "Change",
    "Condition",
    "Conflict",
    "Event",
    "Forbidden",
    "Group",
    "GroupTotal",
    "Hit",
    "Invalid",
    "Masked",
    "NotFound",
    "Page",
    "Problem",
    "Record",
    "RecordError",
    "Records",
    "Ref",
    "Reference",
    "Referred",
    "StageGate",
    "StoredFile",
    "Value",
    "Wanted",
    "conditions_in",
    "load_seeds",
    "read_filter",
    "write_filter",
]
