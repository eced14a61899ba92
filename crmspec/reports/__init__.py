"""Reports: one report of the spec read for one person, as rows, subtotals, totals and chart data."""
