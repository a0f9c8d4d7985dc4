"""What moves a case without a person: due timers and answers of outside services.

Each is a command of its own that may safely come twice. What fails leaves an incident, which a
person sees and repeats; the case itself stays as it was before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app import definitions
from app.cases import advance, keep, messages, opening, services
from app.cases.hold import BY_ID, hold_case, read_case
from app.cases.trouble import CLOSE_INCIDENT
from app.db import raw
from app.errors import NotFound, Refused
from app.queue import enqueue
from app.texts import T
from app.work import Work, command

DUE = """
    SELECT c.number, t.case_id, t.engine_id FROM timers t JOIN cases c ON c.id = t.case_id
    WHERE t.due_at <= %s AND NOT t.queued
    ORDER BY t.due_at LIMIT %s FOR UPDATE OF t SKIP LOCKED
"""
QUEUED = "UPDATE timers SET queued = true WHERE case_id = %s AND engine_id = %s"
CALL = """
    SELECT s.id, s.type, s.element, s.procedure, s.inputs, s.answer, s.key, s.status, c.id
    FROM service_calls s JOIN cases c ON c.id = s.case_id
    WHERE c.number = %s AND s.engine_id = %s
"""
NOT_YET = "UPDATE timers SET queued = false WHERE case_id = %s AND engine_id = %s"
ANSWERED = "UPDATE service_calls SET status = 'answered', answer = %s WHERE id = %s"
TICK = 500


@command(right="system")
def queue_due_timers(work: Work, limit: int = TICK) -> int:
    """One job for each timer that is due, of cases and of starts; gives how many.

    Two ticks at once share them.
    """
    due = work.execute(DUE, (work.at, limit)).fetchall()
    for number, case_id, engine_id in due:
        enqueue("fire_timer", case_number=number, timer_id=engine_id)
        work.execute(QUEUED, (case_id, engine_id))
    return len(due) + opening.queue_due(work, limit)


@command(right="system")
def fire_timer(work: Work, case_number: str, timer_id: str) -> bool:
    """Fire a timer that is due. One that is gone meanwhile, or was put off, is left alone."""
    case = hold_case(work, case_number)
    due = case.open.timers.get(timer_id)
    if case.status != "open" or due is None:
        return False
    if datetime.fromisoformat(due) > work.at:
        # Queued by a clock that was ahead of ours: a later tick takes it up.
        work.execute(NOT_YET, (case.id, timer_id))
        return False
    run = advance.load(case)
    move = advance.advance(work, case, run, run.fire(timer_id, work.at))
    keep.keep(
        work,
        move,
        "timer:fire",
        entry={"after": {"timer": timer_id, "due": due}},
        extra=[(CLOSE_INCIDENT, (work.at, work.by.id, case.id, "timer", timer_id))],
    )
    messages.after(work, move)
    return True


@dataclass(frozen=True)
class Outside:
    """A call that a job makes outside of any case's lock."""

    row: int
    call: services.Call
    found: services.Service
    status: str


@command(right="system")
def call_outside(work: Work, case_number: str, call_id: str) -> bool:
    """Make a call to the outside and keep its answer; the case is moved by ``complete_service``.

    The answer is committed before the case moves: a failing case does not call twice.
    """
    outside = _outside(work, case_number, call_id)
    if outside is None or outside.status != "waiting":
        return outside is not None and outside.status == "answered"
    result = _asked(work, outside)
    case = hold_case(work, case_number)
    if work.execute(CALL, (case_number, call_id)).fetchone()[7] != "waiting":
        return True
    work.record(
        case,
        "service:answer",
        case=case.number,
        procedure=case.procedure,
        version=case.version,
        release=case.release_id,
        element=outside.call.element,
        after={
            "service": outside.found.contract.name,
            "key": outside.call.key,
            "error": result.get("error"),
        },
        sealed={"answer": case.seal(result)},
    )
    keep.send(work, [(ANSWERED, (case.seal(result), outside.row))])
    return True


def _asked(work: Work, outside: Outside) -> dict[str, Any]:
    try:
        return {"variables": dict(outside.found.function(work, outside.call) or {})}
    except services.BpmnError as error:
        return {"error": error.code, "message": str(error)}


def _outside(work: Work, case_number: str, call_id: str) -> Outside | None:
    row = work.execute(CALL, (case_number, call_id)).fetchone()
    if row is None:
        raise NotFound(T("没有这次对外调用。"))
    row_id, type_, element, procedure, inputs, _answer, key, status, case_id = row
    # Not locked: the other side may take its time, and the desk goes on meanwhile.
    case = read_case(work.execute(BY_ID, (case_id,)).fetchone())
    if case.status != "open":
        return None
    sent = case.unseal(bytes(inputs))
    call = services.Call(
        inputs=sent["inputs"],
        case_number=case.number,
        case_id=case.id,
        release=case.release_id,
        procedure=procedure,
        element=element,
        element_name=sent["name"],
        account_no=case.account_no,
        region=case.region,
        key=key,
        case_procedure=case.procedure,
    )
    return Outside(row_id, call, services.table.find(type_), status)


@command(right="system")
def complete_service(work: Work, case_number: str, call_id: str) -> bool:
    """Move the case by the answer that is kept. Coming twice does nothing."""
    case = hold_case(work, case_number)
    row = work.execute(CALL, (case_number, call_id)).fetchone()
    if row is None or row[7] != "answered" or call_id not in case.open.calls:
        return False
    answer = case.unseal(bytes(row[5]))
    run = advance.load(case)
    if "error" in answer:
        outcome = run.fail(call_id, answer["error"], answer["message"], work.at)
    else:
        outcome = run.resume(call_id, answer["variables"], work.at)
    move = advance.advance(work, case, run, outcome)
    keep.keep(
        work,
        move,
        "service:complete",
        entry={"element": row[2], "after": {"service": row[1]}},
        extra=[(CLOSE_INCIDENT, (work.at, work.by.id, case.id, "service", call_id))],
    )
    messages.after(work, move)
    return True


OPEN_CASES = """
    SELECT release_id, procedure, count(*), min(number) FROM cases WHERE status = 'open'
    GROUP BY release_id, procedure ORDER BY release_id, procedure
"""


def need_services() -> None:
    """Raises Refused when open cases would call services that are gone: they would get stuck.

    Asked at start, before anything is served.
    """
    for release, procedure, count, number in raw().execute(OPEN_CASES).fetchall():
        if missing := definitions.missing_services(release, procedure, services.table.services):
            raise Refused(
                T(
                    "在办件还要用到已不存在的服务 {names}"
                    "（发布 {release}，{count} 件，如 {number}）："
                    "请恢复这些服务，或先办结这些办件，再启动。",
                    names="、".join(sorted(missing)),
                    release=release,
                    count=count,
                    number=number,
                )
            )
