"""Part of `make soak`: a deploy with every kind of step, and faults at random in it, until it has converged.

    python -m benchmarks.faults [--seconds 600] [--seed 1] [--rounds N]

A round is one project on one database. Its deploy meets one to four faults, one after another; after each the records
must be those of before or those of afterwards, and what was said must be fit for people. Then one more run, without a
fault, must come to exactly what an undisturbed deploy comes to: the same records, the same shape, nothing left behind.
Of three rounds, one then goes back to the first release in the same manner, and one ends what the release removed.
A round depends on its seed alone: `--seed S --rounds 1` is that round again.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.fault_kinds import FAULTS, Goal, Round
from tests.deploy.faults.injections import watch_statements
from tests.deploy.faults.site import EVERY_HAZARD, Answer, Picture, Site, picture, records
from tests.postgres_server import PostgresServer, start_postgres

FAULTS_MAX = 4
ENGINES = ("sqlite", "postgresql", "online")  # online: as much as can be is prepared before the release
_STOPPED = (130, -signal.SIGKILL, -signal.SIGTERM)


class Broken(AssertionError):
    """Something that must hold after a fault does not."""


class Failed(Exception):
    """A round that did not hold."""

    def __init__(self, seed: int, why: Exception) -> None:
        super().__init__(f"seed {seed}: {why}")
        self.seed = seed


@dataclass
class Soak:
    """The databases of all rounds, and what undisturbed deploys come to."""

    folder: Path
    server: PostgresServer
    undisturbed: dict[str, tuple[Goal, ...]] = field(default_factory=dict)

    def run(self, seed: int) -> str:
        """Run one round; return what happened in it."""
        chosen = random.Random(seed)
        engine = chosen.choice(ENGINES)
        kind = "sqlite" if engine == "sqlite" else "postgresql"
        goals = self._undisturbed(engine)
        site = self._site(f"round{seed}", kind).begun()
        one = Round(site, chosen, goals[0], None if kind == "sqlite" else self.server)
        for one.goal in (goals[:1], goals[:2], (goals[0], goals[2]))[seed % 3]:
            for _ in range(chosen.randint(1, FAULTS_MAX)):
                fault = chosen.choice(FAULTS[kind])
                answer = fault(one)
                one.told.append(f"{fault.__name__} ({answer.code})")
                self._check(one, answer)
                if answer.code == 0:
                    break
            self._converge(one)
        self._forget(site)
        return f"seed {seed}, {engine}: {', '.join(one.told)}"

    def _undisturbed(self, engine: str) -> tuple[Goal, ...]:
        """Go there and back once without any fault; return what that takes and comes to."""
        if engine not in self.undisturbed:
            kind = "sqlite" if engine == "sqlite" else "postgresql"
            one, other = (self._site(f"{engine}{number}", kind).begun() for number in (1, 2))
            above = ("--online-above", "0") if engine == "online" else ()
            there, back = ("deploy", "--allow", EVERY_HAZARD, *above), ("rollback", "--to", "1", "--yes", *above)
            ending = ("purge", "deal.fax", "--early", "--allow", "loses_data")
            other.run(*there).ok()
            self.undisturbed[engine] = (self._reached(one, there), self._reached(one, back),
                                        self._reached(other, ending, "nothing that was removed is called"))
        return self.undisturbed[engine]

    def _reached(self, site: Site, command: tuple[str, ...], done: str = Goal.done) -> Goal:
        """Run a command in peace, counting its statements."""
        before, counted = records(site.url), self.folder / "statements"

        def count() -> None:
            number = 0

            def seen(_: str) -> bool:
                nonlocal number
                number += 1
                counted.write_text(str(number))
                return False

            watch_statements(seen, lambda: None)

        site.run(*command, first=count).ok()
        return Goal(command, int(counted.read_text()), before, records(site.url), _whole(site.url), done)

    def _site(self, name: str, kind: str) -> Site:
        folder = self.folder / name
        folder.mkdir()
        if kind == "sqlite":
            return Site(folder / "acme", f"sqlite:///{folder / 'crm.db'}")
        return Site(folder / "acme", self.server.url(self.server.create_database()))

    def _forget(self, site: Site) -> None:
        if site.kind == "postgresql":
            self.server.drop_database(site.url.rpartition("/")[2])
        shutil.rmtree(site.folder.parent)

    def _check(self, one: Round, answer: Answer) -> None:
        """See that people find the old release or the new one, and that what was said is fit for them."""
        if answer.code not in (0, *_STOPPED):
            answer.refused()
        now = records(one.site.url)
        if now not in (one.goal.before, one.goal.after):
            raise Broken("the records are neither those of before nor those of afterwards")
        if answer.code == 0 and now != one.goal.after:
            raise Broken("it said that it was done, and it was not")

    def _converge(self, one: Round) -> None:
        """Run it once more, and compare with a run that met no fault."""
        answer = one.deploy()
        if answer.code and one.goal.done not in answer.err:
            answer.ok()
        now = _whole(one.site.url)
        for table in sorted(now.keys() | one.goal.whole.keys()):
            differing = sorted(set(now.get(table, ())) ^ set(one.goal.whole.get(table, ())))
            if differing:
                raise Broken(f"{table or 'the shape'} differs from what an undisturbed run leaves: {differing[:5]}")
        again = one.deploy()
        if one.goal.done not in again.out + again.err:
            raise Broken(f"there should be nothing to do, and it says: {again}")
        for command in (("status",), ("doctor",), ("generate", "--check")):
            one.site.run(*command).ok()
        left = [*one.site.folder.rglob("*.new"), *one.site.folder.rglob(".writing.json"),
                *one.site.folder.parent.rglob("*.part")]
        if left:
            raise Broken(f"left behind: {left}")


def _whole(url: str) -> Picture:
    return {**records(url, out_of_sight=True), "": picture(url)[""]}


def soak(seed: int, *, seconds: float, rounds: int | None = None, tell: Callable[[str], None]) -> int:
    """Run rounds until the time is over, or so many; return how many. Whatever is broken is raised, with its seed."""
    folder = Path(tempfile.mkdtemp(prefix="crmspec-faults-"))
    server = start_postgres()
    deadline, done = time.monotonic() + seconds, 0
    try:
        runs = Soak(folder, server)
        while rounds is None or done < rounds:
            try:
                tell(runs.run(seed + done))
            except Exception as error:
                raise Failed(seed + done, error) from error
            done += 1
            if time.monotonic() > deadline:
                break
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return done


def main() -> int:
    """Run until the time is over or something is broken; the seed that is printed finds it again."""
    parser = argparse.ArgumentParser(description="Faults at random in deploys, until they have converged.")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1, help="the first round's seed")
    parser.add_argument("--rounds", type=int, help="stop after so many")
    given = parser.parse_args()
    try:
        done = soak(given.seed, seconds=given.seconds, rounds=given.rounds, tell=partial(print, flush=True))
    except Failed as broken:
        print(f"failed: {broken}\nagain with: python -m benchmarks.faults --seed {broken.seed} --rounds 1")
        return 1
    print(f"{done} rounds passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
