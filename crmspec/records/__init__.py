"""Reading and writing records under a person's rights: the only door to rows."""

from crmspec.records.conditions import OPERATORS, Condition
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
    "load_seeds",
]
