"""What `crmspec.plan.costs` multiplies the size of a table with, measured on both databases.

    python -m benchmarks.rates [--rows 200000]

Each kind of statement runs on a narrow and on a wide table that have the indexes of an object's; the two times give
seconds a million rows and seconds a gigabyte. What is measured is processor time, so that what else runs on the machine
does not count. Copy the printed lines into `crmspec/plan/costs.py`.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import sqlalchemy as sa

from benchmarks.deploy_empty import running_postgres
from crmspec.deploy import open_database

WIDTHS = (60, 600)  # characters of filling in a row
_COLUMNS = "id, name, amount, filling, owner_id, created_at"
STATEMENTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "sqlite": {
        "scan": ("SELECT count(*) FROM t WHERE NOT (amount >= 0)", ""),
        "index": ("CREATE INDEX t_name ON t (name)", "DROP INDEX t_name"),
        "update": ("UPDATE t SET amount = amount * 100", ""),
        "copy": (f"INSERT INTO u ({_COLUMNS}) SELECT {_COLUMNS} FROM t", "DELETE FROM u"),
        "point": ("SELECT count(*) FROM t WHERE NOT EXISTS (SELECT 1 FROM t AS o WHERE o.id = t.id)", ""),
    },
    "postgresql": {
        "scan": ("ALTER TABLE t ADD CONSTRAINT c CHECK (amount >= 0)", "ALTER TABLE t DROP CONSTRAINT c"),
        "index": ("CREATE INDEX t_name ON t (name)", "DROP INDEX t_name"),
        "rewrite": ("ALTER TABLE t ALTER COLUMN amount TYPE numeric", "ALTER TABLE t ALTER COLUMN amount TYPE bigint"),
        "update": ("UPDATE t SET amount = amount * 100", "VACUUM FULL t"),
        "copy": (f"INSERT INTO u ({_COLUMNS}) SELECT {_COLUMNS} FROM t", "TRUNCATE u"),
        "point": ("ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES v (id)",
                  "ALTER TABLE t DROP CONSTRAINT f"),
    },
}


def rates(engine: sa.Engine, rows: int) -> Iterator[tuple[str, float, float]]:
    """Yield kind, seconds a million rows, seconds a gigabyte."""
    measured = [dict(_times(engine, rows, width)) for width in WIDTHS]
    narrow, wide = (rows * (width + 60) / 1e9 for width in WIDTHS)
    for kind in measured[0]:
        first, second = measured[0][kind], measured[1][kind]
        by_byte = max(0.0, (second - first) / (wide - narrow))
        yield kind, max(0.0, first - by_byte * narrow) / (rows / 1e6), by_byte


def _times(engine: sa.Engine, rows: int, width: int) -> Iterator[tuple[str, float]]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        _fill(connection, rows, width)
        for kind, (statement, undo) in STATEMENTS[engine.dialect.name].items():
            yield kind, min(_timed(connection, statement, undo) for _ in range(2))


def _fill(connection: sa.Connection, rows: int, width: int) -> None:
    for table in "tuv":
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table}")
        connection.exec_driver_sql(
            f"CREATE TABLE {table} (id bigint PRIMARY KEY, name text, amount bigint, filling text, owner_id bigint, "
            "created_at bigint)")
        connection.exec_driver_sql(f"CREATE INDEX {table}_owner ON {table} (owner_id, created_at DESC, id DESC)")
        connection.exec_driver_sql(f"CREATE INDEX {table}_recent ON {table} (created_at DESC, id DESC)")
    series = (f"generate_series(1, {rows}) AS n (i)" if connection.dialect.name == "postgresql" else
              f"(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) SELECT i FROM n)")
    name = "'name ' || ((i * 7919) - (i * 7919) / 1000003 * 1000003)"
    values = f"i, {name}, i - i / 1000 * 1000, '{'x' * width}', i - i / 100 * 100, i"
    connection.exec_driver_sql(f"INSERT INTO t SELECT {values} FROM {series}")
    connection.exec_driver_sql("INSERT INTO v (id) SELECT id FROM t")
    connection.exec_driver_sql("ANALYZE")


def _timed(connection: sa.Connection, statement: str, undo: str) -> float:
    start = _processor_seconds(connection)
    connection.exec_driver_sql(statement)
    seconds = _processor_seconds(connection) - start
    if undo:
        connection.exec_driver_sql(undo)
    return seconds


def _processor_seconds(connection: sa.Connection) -> float:
    """Return how long the process that does the work has worked: this one, or the server's."""
    if connection.dialect.name == "sqlite":
        return time.process_time()
    pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print a line for each kind of statement."""
    parser = argparse.ArgumentParser(description="Rates for crmspec/plan/costs.py.")
    parser.add_argument("--rows", type=int, default=200_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="crmspec-rates-") as folder, running_postgres() as server:
        urls: dict[str, Callable[[], str]] = {
            "sqlite": lambda: f"sqlite:///{Path(folder) / 'rates.db'}",
            "postgresql": lambda: server.url(server.create_database()),
        }
        for name, url in urls.items():
            engine = open_database(url())
            print(f'    "{name}": {{')
            for kind, by_row, by_byte in rates(engine, given.rows):
                print(f'        "{kind}": ({by_row:.1f}, {by_byte:.1f}),')
            engine.dispose()


if __name__ == "__main__":
    main()
