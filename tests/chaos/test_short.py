"""Every kind of fault once, under load: the short form of ``make chaos`` (docs/faults.md).

``CHAOS_SEED`` repeats a run's choices.
"""

from __future__ import annotations

import os
import random
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Thread

import pytest

from tests.chaos import checks, faults, rounds
from tests.chaos.broken import Broken, Line
from tests.chaos.clients import Desk, Journal, together
from tests.chaos.town import Town, town
from tests.served import wait_for

PAIRS = 50
# Those of a row strike together.
TOGETHER: list[list[faults.Fault]] = [
    [faults.worker_killed, faults.provider_deaf],
    [faults.lines_cut],
    [faults.answers_lost],
    [faults.web_killed],
    [faults.commits_lost],
    [faults.postgres_killed],
    [faults.clock_forward],
    [faults.disk_full],
    [faults.web_frozen, faults.worker_frozen],
    [faults.backend_killed],
    [faults.clock_back],
    [faults.sessions_ended, faults.web_child_killed],
]


@dataclass
class Place:
    """A town and all that was done in it."""

    town: Town
    journal: Journal


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with town() as found:
        found.pace = 0.3
        yield Place(found, Journal())


def test_each_fault_is_tried() -> None:
    struck = [fault for row in TOGETHER for fault in row]
    assert sorted(f.__name__ for f in struck) == sorted(f.__name__ for f in faults.FAULTS)


def test_steps_side_by_side_handed_in_at_once_at_two_web_processes_both_succeed(
    place: Place,
) -> None:
    desk = Desk(place.town, 0, place.journal)
    one, other, _ = place.town.ports
    for _ in range(PAIRS):
        left, right = (task["id"] for task in desk.start("chaos_pair")["tasks"])
        both = together([lambda: desk.complete(left, one), lambda: desk.complete(right, other)])  # noqa: B023
        assert sorted(moved["state"] for moved in both) == ["ended", "open"]
    assert place.journal.retried == 0
    assert checks.violations(place.town, place.journal, whole=False) == []


def test_a_service_that_hangs_at_the_desk_costs_one_process_and_no_step(place: Place) -> None:
    town, desk = place.town, Desk(place.town, 0, place.journal)
    port, served = town.ports[0], town.named("web")[0]
    (task,) = desk.start("chaos_desk", mode="hang")["tasks"]
    before, flag = served.children(), town.flags / "hang"
    flag.touch()
    sent = Thread(target=desk.complete, args=(task["id"], port))
    sent.start()
    until = time.monotonic() + 30
    while served.children() in (before, []) and time.monotonic() < until:
        assert desk.ask("GET", "/tasks", port=town.ports[1])[0] == 200
        time.sleep(0.1)
    assert served.children() != before
    assert "a request hangs, its process gives way to another" in town.said("web0")
    assert "services.py" in town.said("web0"), "where it hangs stands there"
    flag.unlink()
    sent.join()
    assert place.journal.done[task["id"]], "sent again, it is done"
    assert checks.violations(town, place.journal, whole=False) == []


def test_whatever_breaks_nothing_is_lost_nor_done_twice(place: Place) -> None:
    seed = int(os.environ.get("CHAOS_SEED") or secrets.randbelow(1 << 30))
    chance = random.Random(seed)
    broken, before = Broken(place.town), place.journal.acknowledged
    load = rounds.at_work(place.town, place.journal, seed, clerks=3)
    possible = faults.possible(place.town)
    for row in TOGETHER:
        time.sleep(0.4)
        together([lambda f=f: f(place.town, chance) for f in row if f in possible])
        rounds.answered_again(place.town, place.journal)
    # A slow machine takes its time for the same work.
    wait_for(lambda: place.journal.acknowledged > before + 100, 60)
    load.rest()
    line = Line()
    rounds.drained(place.town, line)
    line.violations += checks.violations(place.town, place.journal)
    line.violations += broken.mended().violations
    if line.violations:
        rounds.keep_logs(place.town)
    assert line.violations == [], f"CHAOS_SEED={seed}"
    assert place.journal.acknowledged > before + 100
    assert place.journal.retried, "nothing that broke was felt"
    if left_out := faults.lacking(place.town):
        pytest.skip("; ".join(left_out))
