"""What can happen to a command while it works on a database: each function lets one thing happen, once."""

from __future__ import annotations

import os
import random
import resource
import signal
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import psycopg

from tests.deploy.faults.injections import (
    Act,
    at_statement,
    impatient,
    interrupt,
    kill,
    kill_at_replace,
    stop,
    terminate,
)
from tests.deploy.faults.proxies import Proxy, cutting
from tests.deploy.faults.site import Answer, Picture, Site, plain
from tests.postgres_server import PostgresServer, restart


@dataclass(frozen=True)
class Goal:
    """A command, and what it comes to when nothing disturbs it."""

    command: tuple[str, ...]
    statements: int
    before: Picture
    after: Picture
    whole: Picture                    # with what is out of sight, and the shape
    done: str = "Nothing to do"       # what another run says then, in a result or a refusal


@dataclass
class Round:
    """One database, and what is to be reached in it."""

    site: Site
    random: random.Random
    goal: Goal
    server: PostgresServer | None = None
    told: list[str] = field(default_factory=list)

    def deploy(self, first: Act | None = None, url: str = "") -> Answer:
        """Run the command, perhaps through another door."""
        site = Site(self.site.folder, url or self.site.url, output=self.site.folder.parent)
        return site.run(*self.goal.command, first=first, seconds=120)

    def somewhere(self) -> int:
        """Return the number of a statement."""
        return self.random.randrange(self.goal.statements)


# --- Faults: each runs the deploy once and says what became of it ---

Fault = Callable[[Round], Answer]


def killed(one: Round) -> Answer:
    """Kill it before a statement."""
    return one.deploy(at_statement(one.somewhere(), kill))


def asked_to_end(one: Round) -> Answer:
    """Ask it to end before a statement."""
    return one.deploy(at_statement(one.somewhere(), one.random.choice([interrupt, terminate])))


def killed_by_the_clock(one: Round) -> Answer:
    """Kill it at any moment, between two statements or within one."""
    running = one.site.start(*one.goal.command)
    running.process.join(one.random.uniform(0.0, 1.0))
    if running.process.is_alive():
        os.kill(running.pid, signal.SIGKILL)
    return running.answer()


def killed_while_it_writes_files(one: Round) -> Answer:
    """Kill it before one of its files takes its place."""
    return one.deploy(partial(kill_at_replace, one.random.randrange(14)))


def frozen(one: Round) -> Answer:
    """Freeze it, have another one try meanwhile, let it go on."""
    running = one.site.start(*one.goal.command, first=at_statement(one.somewhere(), stop))
    _, status = os.waitpid(running.pid, os.WUNTRACED)
    if not os.WIFSTOPPED(status):
        return Answer(os.waitstatus_to_exitcode(status), running.out.read_text(), running.err.read_text())
    other = one.deploy(impatient())
    if other.code:
        other.refused()
    os.kill(running.pid, signal.SIGCONT)
    return running.answer()


def refused_by_the_database(one: Round) -> Answer:
    """Have the database say no to a statement."""

    def refuse() -> None:
        raise (sqlite3.OperationalError if one.server is None else psycopg.OperationalError)("no, says the fault")

    return one.deploy(at_statement(one.somewhere(), refuse))


def no_longer_files(one: Round) -> Answer:
    """From some statement on no file may grow any more (`ulimit -f`): what a full disk does, nearly."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))

    return one.deploy(at_statement(one.somewhere(), limit))


def server_process_ended(one: Round) -> Answer:
    """End the server processes of the deploy, those that work or all."""
    which = one.random.choice(["application_name = 'crmspec deploy at work'", "true"])
    query = ("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
             f"WHERE datname = current_database() AND pid <> pg_backend_pid() AND {which}")
    return one.deploy(at_statement(one.somewhere(), partial(_ask_aside, one.site.url, query)))


def _ask_aside(url: str, query: str) -> None:
    with psycopg.connect(plain(url), autocommit=True) as connection:
        psycopg.Connection.execute(connection, query.encode())


def server_restarted(one: Round) -> Answer:
    """Restart the server, as somebody orders it or as after a crash."""
    assert one.server is not None
    assert one.server.process is not None
    how = one.random.choice([signal.SIGINT, signal.SIGQUIT])
    answer = one.deploy(at_statement(one.somewhere(), partial(os.kill, one.server.process.pid, how)))
    restart(one.server)
    return answer


def cut_at_the_commit(one: Round) -> Answer:
    """Cut the line when the release commits, before or after the server has heard it."""
    assert one.server is not None
    with Proxy(one.server.port, cutting(after=one.random.choice([False, True]))) as proxy:
        return one.deploy(url=proxy.url(one.site.url))


ANYWHERE: tuple[Fault, ...] = (
    killed, asked_to_end, killed_by_the_clock, killed_while_it_writes_files, frozen, refused_by_the_database)
FAULTS: dict[str, tuple[Fault, ...]] = {
    "sqlite": (*ANYWHERE, no_longer_files),
    "postgresql": (*ANYWHERE, server_process_ended, server_restarted, cut_at_the_commit),
}
