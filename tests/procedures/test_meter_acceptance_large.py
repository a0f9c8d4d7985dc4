"""Three hundred meters in one acceptance: it goes through, in bounded time and size."""

from __future__ import annotations

import os
import time

from app import audit, cases, registry
from app.db import raw
from tests.looking import say_why
from tests.procedures.accepting import ENGINEER, WORKS, Acceptance, building, good, point

MANY = 300
# Far above what was measured on a quiet machine (docs/procedures/meter_acceptance.md).
SLOWEST_STEP, SLOWEST_PRINT, LARGEST_STATE = 20.0, 30.0, 400_000


def size_of(case: Acceptance) -> int:
    """Bytes of the case's state, as it is stored."""
    asked = "SELECT octet_length(state) FROM cases WHERE number = %s"
    return raw().execute(asked, (case.number,)).fetchone()[0]


def timed(fn, *args, **more) -> float:
    """Processor time, which a busy machine does not stretch."""
    begun = time.process_time()
    fn(*args, **more)
    return time.process_time() - begun


DOORS = [f"{unit}单元{floor}{door:02}" for unit in (1, 2, 3) for floor in range(1, 26)
         for door in range(1, 5)]  # fmt: skip


def test_three_hundred_meters_in_one_case(known):
    points = building(*DOORS)
    case = Acceptance.called(points).book()
    asked = case.scope("inspect")["rows"]
    assert len(asked) == MANY
    bad = {"result": "fail", "failed_items": "7"}
    rows = [good(row) | (bad if n < 12 else {}) for n, row in enumerate(asked)]
    seen = {"inspect": timed(case.fill, "inspect", rows=rows, works=WORKS)}
    sizes = {"judged": size_of(case)}
    case.agree().notice().rectify()
    assert case.scope("inspect")["row_points"] == points[:12]
    case.inspect().agree()
    say_why(case.number, ENGINEER)
    seen["print"] = timed(cases.render_print, case.number, "meter_acceptance.sheet", by=ENGINEER)
    seen["sign"] = timed(case.sign)
    sizes["ended"] = size_of(case)
    all_hang(case, points)
    if os.environ.get("SAY"):
        print(seen, sizes)  # noqa: T201
    assert seen["print"] < SLOWEST_PRINT
    assert max(seen["inspect"], seen["sign"]) < SLOWEST_STEP
    assert max(sizes.values()) < LARGEST_STATE


def all_hang(case: Acceptance, points: list[str]) -> None:
    """Each meter was accepted once and hangs at its point."""
    assert case.outcome == "accepted"
    sheet = registry.acceptance(case=case.number)
    assert sheet is not None
    assert {m.round for m in registry.checked_meters(sheet.id)} == {1, 2}
    states = {line.state for line in registry.point_lines(points).values()}
    assert states == {"metered"}
    assert len(registry.issued(points=[point(299)])) == 1
    assert audit.verify().findings == []
