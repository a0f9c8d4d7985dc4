"""Long work through the real queue: checked, taken, handed in; broken off and done again."""

from __future__ import annotations

import threading
import time

import pytest
from flask import Flask

from app import cases, definitions, people
from app.db import db, raw
from app.errors import Conflict
from app.work import SYSTEM, Actor, Work, command
from tests.cases.test_rows import DRAWINGS
from tests.forms.books import book, flat
from tests.jobs.test_worker import work_off
from tests.web.counter import Clerk


@command
def _cast(work: Work) -> None:
    people.demo_cast(work, "tao-li-bu-yan-10")


@pytest.fixture
def real(fresh: Flask) -> Flask:
    assert not definitions.deploy(DRAWINGS, by=SYSTEM).refused
    _cast(by=SYSTEM)
    return fresh


def at_flats() -> tuple[Actor, int]:
    lin = Clerk(None, "linqi").actor  # type: ignore[arg-type]
    task = cases.start("meters", {"account_no": "", "many": 1}, by=lin).tasks[0].id
    cases.save_rows(task, "meters", [cases.RowPatch(0, 0, {"result": "pass"})], by=lin)
    moved = cases.submit_task(task, {"team": "一", "_sheet": "meters"}, by=lin)
    return lin, moved.tasks[0].id


def test_five_thousand_flats_within_a_minute_and_once(real: Flask) -> None:
    lin, task = at_flats()
    content = book([flat(str(n), building=n // 48) for n in range(5000)])
    begun = time.monotonic()
    run = cases.start_import(task, "flats", content, by=lin)
    work_off()
    assert [cases.run_of(lin, run).state, len(cases.run_of(lin, run).found["good"])] == [
        "done", 5000,
    ]  # fmt: skip
    cases.take_import(run, by=lin)
    first = cases.start_submit(task, {"_sheet": "flats"}, by=lin)
    assert cases.start_submit(task, {"_sheet": "flats"}, by=lin) == first
    seen = watch(real, first)
    work_off()
    took = time.monotonic() - begun
    found = cases.run_of(lin, first)
    assert found.state == "done"
    assert took < 60, took
    flats = cases.case(SYSTEM, found.found["number"]).variables["flats"]
    assert len(flats) == 5000
    seen.join(10)
    # Sent once more after it is done: it is said who did it, and nothing moves.
    with pytest.raises(Conflict):
        cases.start_submit(task, {"_sheet": "flats"}, by=lin)


def watch(real: Flask, run: int) -> threading.Thread:
    """Somebody who looks at the run while it is done is not kept waiting."""

    def look() -> None:
        with real.app_context():
            for _ in range(20):
                raw().execute("SELECT done, total FROM runs WHERE id = %s", (run,)).fetchone()
                db.session.rollback()
                time.sleep(0.05)
            db.session.remove()

    made = threading.Thread(target=look)
    made.start()
    return made


def test_a_person_who_has_left_hands_nothing_in(real: Flask) -> None:
    lin, task = at_flats()
    flats = {"estate": "听澜苑", "building": "1", "door": "101", "calibre": "20"}
    cases.save_rows(task, "flats", [cases.RowPatch(0, 0, flats)], by=lin)
    run = cases.start_submit(task, {"_sheet": "flats"}, by=lin)
    raw().execute("UPDATE persons SET active = false WHERE login = 'linqi'")
    db.session.commit()
    for _ in range(3):
        work_off()
        raw().execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
        db.session.commit()
    assert cases.run_of(lin, run).state == "failed"
