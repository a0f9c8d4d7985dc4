"""Tasks that come and go otherwise than along a flow, and what decisions say."""

from __future__ import annotations

from flask import Flask

from app import cases
from app.work import SYSTEM
from tests.cases.conftest import LIN
from tests.cases.events import rows, tell


def holders(number: str) -> dict[str, int | None]:
    sql = """SELECT t.name, t.holder FROM tasks t JOIN cases c ON c.id = t.case_id
        WHERE c.number = %s AND t.status = 'open' ORDER BY t.id"""
    return dict(rows(sql, number))


def test_an_event_subprocess_beside_leaves_claims_and_one_that_interrupts_ends_the_case(
    eventful: Flask,
) -> None:
    begun = cases.start("interrupted", {}, by=LIN)
    cases.signal("storm", by=SYSTEM)
    tell()
    assert holders(begun.number) == {"办理": LIN.id, "加派": None}
    cases.signal("storm", by=SYSTEM)
    tell()
    assert [n for n, _ in rows("SELECT name, id FROM tasks WHERE element = 'extra'")] == [
        "加派"
    ] * 2
    assert cases.deliver_message("stop_it", begun.number, {}, by=SYSTEM) == [begun.number]
    assert holders(begun.number) == {"善后": None}
    ((clean,),) = rows("SELECT id FROM tasks WHERE element = 'clean'")
    over = cases.submit_task(clean, {}, by=LIN)
    assert (over.status, over.outcome) == ("ended", "stopped")
    assert rows("SELECT 1 FROM subscriptions WHERE case_id = (SELECT id FROM cases WHERE number ="
                " %s)", begun.number) == []  # fmt: skip


def test_a_handler_of_compensation_is_an_ordinary_task(eventful: Flask) -> None:
    begun = cases.start("undone", {}, by=LIN)
    paid = cases.submit_task(begun.tasks[0].id, {}, by=LIN)
    undoing = cases.submit_task(paid.tasks[0].id, {}, by=LIN)
    assert [(t.name, t.mine) for t in undoing.tasks] == [("退费", True)]
    assert cases.submit_task(undoing.tasks[0].id, {}, by=LIN).status == "ended"


def test_of_an_ad_hoc_sub_process_what_is_left_over_is_cancelled(eventful: Flask) -> None:
    begun = cases.start("chosen", {"answered": False}, by=LIN)
    assert [t.name for t in begun.tasks] == ["电话", "上门", "函件"]
    moved = cases.submit_task(begun.tasks[0].id, {}, by=LIN)
    assert [t.name for t in moved.tasks] == ["上门", "函件"]
    assert holders(begun.number) == {"上门": LIN.id, "函件": LIN.id}
    cases.withdraw(begun.number, "不办了", by=LIN)
    answered = cases.start("chosen", {"answered": True}, by=LIN)
    assert cases.submit_task(answered.tasks[1].id, {}, by=LIN).status == "ended"
    gone = "SELECT name, status FROM tasks WHERE case_id = %s ORDER BY id"
    ((case_id,),) = rows("SELECT id FROM cases WHERE number = %s", answered.number)
    assert rows(gone, case_id) == [("电话", "cancelled"), ("上门", "done"), ("函件", "cancelled")]


def test_why_shows_what_a_decision_was_given_and_gave(eventful: Flask) -> None:
    begun = cases.start("rated_case", {"amount": 7, "name": "周禾清"}, by=LIN)
    (reason,) = cases.why(LIN, begun.number)
    own = reason.evaluations[-1]
    assert (own.name, own.result, [row.number for row in own.rows]) == ("定级", "high", [2])
    assert 7 in own.inputs.values() or 14 in own.inputs.values()
    assert all("周禾清" not in str(one) for one in reason.evaluations)
    ((sealed,),) = rows("SELECT body::text FROM trail WHERE action = 'case:start'")
    assert "high" not in sealed
