"""One writer and one reader at full speed, each in a process of its own, who note the longest time a statement took."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from types import TracebackType

import psycopg

_FORK = multiprocessing.get_context("fork")
# What both know of the table stays the same before and after every change: that is what makes them people who notice
# nothing.
_CHANGE = ("UPDATE deal SET amount = amount + 1, updated_at = now(), version = version + 1 "
           "WHERE id = lpad(to_hex(%s::int), 32, '0')::uuid")
_ADD = ("INSERT INTO deal (id, created_at, updated_at, version, name, amount, city) "
        "VALUES (gen_random_uuid(), now(), now(), 1, %s, 1, 'Paris')")
_READ = "SELECT id, name, amount FROM deal WHERE id = lpad(to_hex(%s::int), 32, '0')::uuid"
_LIST = "SELECT id, name, amount FROM deal WHERE id > lpad(to_hex(%s::int), 32, '0')::uuid ORDER BY id LIMIT 50"
_SPREAD = 7919  # a prime: one record after another, all over the table


@dataclass(frozen=True, slots=True)
class Waits:
    """What clients met with: the longest time of any statement in seconds, how many there were, what failed first."""

    longest: float = 0.0
    statements: int = 0
    failed: str = ""
    what: str = ""                    # which statement took longest, and how many seconds after the beginning


class Clients:
    """Both clients, at work from `with` to its end; then `waits` says what they met with."""

    def __init__(self, url: str, rows: int, name_after: str = "deal") -> None:
        self.url, self.rows, self.name_after = url, rows, name_after
        self.waits = Waits()

    def __enter__(self) -> Clients:
        self._over = _FORK.Event()
        self._started: list[tuple[multiprocessing.process.BaseProcess, Connection]] = []
        for work in (_write, _read):
            receiver, sender = _FORK.Pipe(duplex=False)
            given = (work, self.url, self.rows, self._over, sender, self.name_after)
            process = _FORK.Process(target=_client, args=given)
            process.start()
            sender.close()
            receiver.recv()  # it is at work
            self._started.append((process, receiver))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._over.set()
        found = []
        for process, receiver in self._started:
            found.append(receiver.recv())
            receiver.close()
            process.join()
        slowest = max(found, key=lambda one: one.longest)
        failed = next((one.failed for one in found if one.failed), "")
        self.waits = Waits(slowest.longest, sum(one.statements for one in found), failed, slowest.what)


Execute = Callable[[str, object], None]


def _client(
    work: Callable[[Execute, int, int], None], url: str, rows: int, over: Event, sender: Connection,
    name_after: str,
) -> None:
    longest, statements, failed, what, table = 0.0, 0, "", "", "deal"
    # As crmspec's own server connects: a release may change the type of a column, which prepared statements remember.
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:

        def execute(statement: str, value: object) -> None:
            nonlocal longest, statements, failed, what, table
            begun = time.perf_counter()
            try:
                try:
                    connection.execute(statement.replace(" deal ", f" {table} ").encode(), (value,))
                except psycopg.errors.UndefinedTable:
                    # A server looks which release there is with every request, and says it the other way from then on.
                    if table == name_after:
                        raise
                    table = name_after
                    connection.execute(statement.replace(" deal ", f" {table} ").encode(), (value,))
            except psycopg.Error as error:
                failed = failed or f"{statement}: {' '.join(str(error).split())}"
            took = time.perf_counter() - begun
            if took > longest:
                longest, what = took, f"{statement[:6]} after {begun - started:.1f} s"
            statements += 1

        started = time.perf_counter()
        for turn in range(50):
            work(execute, turn, rows)
        longest, statements, started = 0.0, 0, time.perf_counter()
        sender.send("at work")
        turn = 50
        while not over.is_set() and not connection.closed:
            turn += 1
            work(execute, turn, rows)
    sender.send(Waits(longest, statements, failed, what))
    sender.close()


def _write(execute: Execute, turn: int, rows: int) -> None:
    execute(_CHANGE, turn * _SPREAD % rows + 1)
    if turn % 5 == 0:
        execute(_ADD, f"New {turn}")


def _read(execute: Execute, turn: int, rows: int) -> None:
    execute(_READ, turn * _SPREAD % rows + 1)
    if turn % 5 == 0:
        execute(_LIST, turn * _SPREAD % rows + 1)
