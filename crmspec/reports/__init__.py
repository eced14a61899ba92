"""Reports: one report of the spec read for one person, as rows, subtotals, totals and chart data."""

from crmspec.reports.asking import has_report, reports_of
from crmspec.reports.csv_text import csv_of
from crmspec.reports.result import (
    RECORDS,
    ChartData,
    Column,
    Filter,
    Function,
    Group,
    Measure,
    Point,
    Result,
    Totals,
)
from crmspec.reports.run import ROWS_MAX, run

__all__ = [
    "RECORDS",
    "ROWS_MAX",
    "ChartData",
    "Column",
    "Filter",
    "Function",
    "Group",
    "Measure",
    "Point",
    "Result",
    "Totals",
    "csv_of",
    "has_report",
    "reports_of",
    "run",
]
