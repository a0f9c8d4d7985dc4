"""``make chaos``: round after round of all faults under load, then a table of what came of it.

python -m tests.chaos.rounds --seconds 180 --seed 7
"""

from __future__ import annotations

import argparse
import random
import secrets
import shutil
import sys
import time
from dataclasses import dataclass
from threading import Event
from typing import Any

import psycopg

from tests.chaos import checks, faults
from tests.chaos.broken import Broken, Line
from tests.chaos.clients import Clerk, Desk, Journal, Visitor
from tests.chaos.town import PASSWORD, ROOT, Town, town

CLERKS = 4
# Load before and after a fault, seconds.
BEFORE, AFTER = 1.0, 2.0


@dataclass
class Load:
    """Clerks at work, and their one journal."""

    town: Town
    journal: Journal
    stop: Event
    threads: list[Any]

    def rest(self) -> None:
        """All have done what they were at."""
        self.stop.set()
        for thread in self.threads:
            thread.join()
        for thread in self.threads:
            if thread.failed is not None:
                raise thread.failed


def at_work(found: Town, journal: Journal, seed: int, clerks: int = CLERKS) -> Load:
    """Set clerks and a visitor to work."""
    stop = Event()
    threads: list[Any] = [Clerk(Desk(found, 0, journal), stop, seed + n) for n in range(clerks)]
    threads.append(Visitor(found, journal, stop, PASSWORD))
    for thread in threads:
        thread.start()
    return Load(found, journal, stop, threads)


def strike(
    found: Town, journal: Journal, fault: faults.Fault, chance: random.Random, line: Line,
    *, clerks: int = CLERKS, whole: bool = True,
) -> None:  # fmt: skip
    """One fault under load; afterwards all must be well."""
    before = (journal.acknowledged, journal.retried, len(journal.wrong))
    load = at_work(found, journal, chance.randrange(1 << 30), clerks)
    time.sleep(BEFORE)
    fault(found, chance)
    begun = time.monotonic()
    line.recovery = max(line.recovery, answered_again(found, journal) - begun)
    time.sleep(AFTER)
    load.rest()
    line.drained = max(line.drained, drained(found, line))
    line.times += 1
    line.acknowledged += journal.acknowledged - before[0]
    line.retried += journal.retried - before[1]
    line.uncertain += journal.uncertain
    line.violations += checks.violations(found, journal, whole=whole)
    journal.wrong.clear()


def answered_again(found: Town, journal: Journal) -> float:
    """When every web process has done work again (monotonic seconds)."""
    for port in found.ports:
        desk = Desk(found, 0, journal)
        until = time.monotonic() + 60
        while time.monotonic() < until and desk.ask("GET", "/tasks", port=port)[0] != 200:
            time.sleep(0.05)
    return time.monotonic()


def drained(found: Town, line: Line) -> float:
    """Seconds until nothing due is left. Jobs of a dead worker are given out at once."""
    begun = time.monotonic()
    try:
        with_patience(lambda: faults.workers_forgotten(found))
        checks.settled(found)
        faults.workers_remembered(found)
    except AssertionError as error:
        line.violations.append(str(error))
    return time.monotonic() - begun


def with_patience(act: Any) -> None:
    """The database may just be starting."""
    for _ in range(100):
        try:
            act()
            return
        except psycopg.Error:
            time.sleep(0.1)


def main() -> None:
    """Rounds until the time is over; 1 when something did not hold."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--seconds", type=float, default=180)
    asked.add_argument("--seed", type=int, default=secrets.randbelow(1 << 30))
    asked.add_argument("--only", default="", help="names of faults")
    given = asked.parse_args()
    print(f"CHAOS_SEED={given.seed}", flush=True)
    with town() as found:
        for why in faults.lacking(found):
            print(f"left out: {why}")
        lines = rounds(found, given.seed, given.seconds, given.only.split())
        wrong = table(lines)
        if wrong:
            keep_logs(found)
    sys.exit(1 if wrong else 0)


def keep_logs(found: Town) -> None:
    """What the programs wrote, to be read when the town is gone."""
    folder = ROOT / "var" / "chaos"
    folder.mkdir(parents=True, exist_ok=True)
    for log in found.land.var.glob("*.log"):
        shutil.copy(log, folder)
    print(f"logs: {folder}")


def rounds(found: Town, seed: int, seconds: float, only: list[str]) -> dict[str, Line]:
    """All faults in turns, in an order that the seed gives; each at least once."""
    chance, journal = random.Random(seed), Journal()
    chosen = [f for f in faults.possible(found) if not only or f.__name__ in only]
    lines = {fault.__name__: Line() for fault in chosen}
    until = time.monotonic() + seconds
    broken = Broken(found)
    while time.monotonic() < until or not all(line.times for line in lines.values()):
        for fault in chance.sample(chosen, len(chosen)):
            if time.monotonic() > until and lines[fault.__name__].times:
                continue
            strike(found, journal, fault, chance, lines[fault.__name__])
            said = lines[fault.__name__]
            print(f"  {fault.__name__}: {said.recovery:.1f} s, {len(said.violations)}", flush=True)
    lines["services, expressions"] = broken.mended()
    return lines


def table(lines: dict[str, Line]) -> int:
    """Print it; gives how many violations there were."""
    print(f"{'fault':<24}{'times':>6}{'ack.':>8}{'uncert.':>8}{'retried':>8}{'viol.':>7}"
          f"{'web s':>8}{'jobs s':>8}")  # fmt: skip
    for name, line in lines.items():
        print(f"{name:<24}{line.times:>6}{line.acknowledged:>8}{line.uncertain:>8}"
              f"{line.retried:>8}{len(line.violations):>7}{line.recovery:>8.1f}"
              f"{line.drained:>8.1f}")  # fmt: skip
    wrong = [f"{name}: {each}" for name, line in lines.items() for each in line.violations]
    for each in dict.fromkeys(wrong):
        print("VIOLATION", each)
    return len(wrong)


if __name__ == "__main__":
    main()
