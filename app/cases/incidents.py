"""Incidents: what failed with nobody at the desk. Seen and repeated by who keeps the house.

Where repeating is in vain, somebody does by hand what the machine could not, and the case goes on
with what that gave (``skip_incident``). It is a step of the machine: nobody decides business here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app import definitions
from app.cases import advance, keep, mending, messages, services, trouble
from app.cases.clockwork import ANSWERED, CALL, QUEUED
from app.cases.hold import BY_ID, Held, hold_by_id, hold_case, read_case
from app.cases.trouble import CLOSE_INCIDENT
from app.db import raw
from app.errors import Conflict, Invalid, NotAllowed, NotFound
from app.queue import enqueue
from app.texts import T
from app.work import Actor, Work, command

PATIENT = "SET LOCAL lock_timeout = 0"
INCIDENT = """
    SELECT i.case_id, i.kind, i.ref, i.element, i.resolved_at, i.procedure
    FROM incidents i WHERE i.id = %s
"""
TIMER = "SELECT element FROM timers WHERE case_id = %s AND engine_id = %s"
SPENT = "UPDATE service_calls SET status = 'spent' WHERE id = %s"
AGAIN = "UPDATE service_calls SET status = 'waiting' WHERE id = %s"
LIST = """
    SELECT i.id, coalesce(c.number, ''), coalesce(c.procedure, i.procedure),
        coalesce(v.name, w.name, c.procedure, i.procedure), i.kind, i.ref, i.element, i.message,
        i.created_at, i.resolved_at
    FROM incidents i LEFT JOIN cases c ON c.id = i.case_id
    LEFT JOIN procedure_versions v ON v.key = c.procedure AND v.number = c.version
    LEFT JOIN LATERAL (SELECT name FROM procedure_versions WHERE key = i.procedure
        ORDER BY number DESC LIMIT 1) w ON true
    WHERE (i.resolved_at IS NULL OR %(all)s)
        AND (%(anywhere)s OR c.region IS NULL OR c.region = %(region)s)
    ORDER BY i.id DESC LIMIT %(limit)s
"""
MAY_REPEAT = frozenset({"admin", "cs_director"})
MAY_SEE = MAY_REPEAT | {"auditor"}
# Of a case that could not take what came to it.
EVENTS = frozenset({"message", "signal"})


@dataclass(frozen=True)
class Incident:
    """One failure. ``kind``: timer, service, message (a kept one), signal, start; ``ref`` the timer
    or call in the case, the message, who was to hear the signal. A start has no case (``""``).
    """

    id: int
    case_number: str
    procedure_key: str
    procedure: str
    kind: str
    ref: str
    element: str | None
    message: str
    since: datetime
    resolved_at: datetime | None


@dataclass(frozen=True)
class Skip:
    """What skipping an incident takes: what the call was given, what it would have given.

    ``inputs``: name → value, personal ones hidden; ``outputs``: name → type of the contract.
    """

    case_number: str
    element: str | None
    inputs: Mapping[str, Any]
    outputs: Mapping[str, str]


def incidents(actor: Actor, *, resolved: bool = False, limit: int = 200) -> list[Incident]:
    """The open ones, the newest first; ``resolved``: also those that are over. NotAllowed."""
    if actor.id is not None and not actor.groups & MAY_SEE:
        raise NotAllowed
    anywhere = actor.id is None or actor.sees_all_regions
    rows = (
        raw()
        .execute(
            LIST,
            {
                "all": resolved,
                "anywhere": anywhere,
                "region": actor.region,
                "limit": limit,
            },
        )
        .fetchall()
    )
    return [Incident(*row) for row in rows]


@command(right="system")
def note_incident(
    work: Work, case_number: str, kind: str, ref: str, message: str, element: str | None = None
) -> None:
    """Put what went wrong where a person sees it. The same trouble twice is one incident."""
    # Who holds the case may be the same job, hanging elsewhere; it is given up before long.
    work.execute(PATIENT)
    case = hold_case(work, case_number)
    if kind == "service":
        row = work.execute(CALL, (case_number, ref)).fetchone()
        if row is not None and row[7] == "waiting":
            work.execute(SPENT, (row[0],))
        element = element or (row[2] if row is not None else None)
    elif element is None:
        found = work.execute(TIMER, (case.id, ref)).fetchone()
        element = found[0] if found is not None else None
    trouble.open_incident(work, case, kind, ref, element, message)


@command(right="incident")
def retry_incident(work: Work, incident_id: int) -> None:
    """Try again what failed: the job is queued anew, the incident closes once it goes through.

    Administrators may, and the director. Raises NotFound, NotAllowed, Conflict (already over).
    """
    found = _open(work.by, incident_id)
    if found.case_id is None:
        mending.start_again(work, incident_id, found.ref, found.procedure, found.element or "")
        return
    case = hold_by_id(work, found.case_id)
    _queue_again(work, case, found.kind, found.ref)
    trouble.record(work, case, "incident:retry", found.kind, found.ref, found.element)


@dataclass(frozen=True)
class _Open:
    """An incident that is not over; without a case it is that of a start."""

    case_id: int | None
    kind: str
    ref: str
    element: str | None
    procedure: str


def _open(actor: Actor, incident_id: int) -> _Open:
    row = raw().execute(INCIDENT, (incident_id,)).fetchone()
    if row is None:
        raise NotFound(T("没有这条故障。"))
    if actor.id is not None and not actor.groups & MAY_REPEAT:
        raise NotAllowed
    if row[4] is not None:
        raise Conflict(T("这条故障已处理。"))
    return _Open(row[0], row[1], row[2], row[3], row[5] or "")


def _queue_again(work: Work, case: Held, kind: str, ref: str) -> None:
    if kind in EVENTS:
        mending.again(work, case, kind, ref)
        return
    if kind == "timer":
        enqueue("fire_timer", case_number=case.number, timer_id=ref)
        return
    row = work.execute(CALL, (case.number, ref)).fetchone()
    if row is not None and row[7] == "spent":
        work.execute(AGAIN, (row[0],))
    enqueue("call_outside", case_number=case.number, call_id=ref)


# --- going on without it --------------------------------------------------------------------------


def skip_of(actor: Actor, incident_id: int) -> Skip:
    """What skipping would take. Raises as ``skip_incident`` does."""
    open_one = _open(actor, incident_id)
    if open_one.case_id is None:
        return Skip("", open_one.element, {}, {})
    kind, ref, element = open_one.kind, open_one.ref, open_one.element
    found = raw().execute(BY_ID, (open_one.case_id,)).fetchone()
    assert found is not None
    case = read_case(found)
    if kind == "timer":
        _need_beside(case, element)
    if kind != "service":
        return Skip(case.number, element, {}, {})
    row = raw().execute(CALL, (case.number, ref)).fetchone()
    assert row is not None
    contract = services.table.find(row[1]).contract
    sent = case.unseal(bytes(row[4]))["inputs"]
    shown = {name: "***" if name in contract.pii else value for name, value in sent.items()}
    return Skip(case.number, element, shown, contract.outputs)


@command(right="incident")
def skip_incident(
    work: Work, incident_id: int, reason: str, answer: Mapping[str, Any] | None = None
) -> None:
    """Go on without what failed. Administrators may, and the director.

    A call: ``answer`` gives what it would have given, after its contract (name → value), done
    by hand. A timer beside a step is let lie; a message, a signal or a start is let go. Raises
    NotFound, NotAllowed, Invalid (no reason, wrong answer), Conflict (already over; a timer that
    the case waits for).
    """
    found, why = _open(work.by, incident_id), reason.strip()
    if not why:
        raise Invalid(fields={"reason": T("请写明跳过的原因")})
    if found.case_id is None:
        mending.let_start_go(work, found.ref, found.procedure, found.element or "", why)
        return
    case = hold_by_id(work, found.case_id)
    sealed = {"reason": case.seal(why)}
    if found.kind in EVENTS:
        mending.let_go(work, case, found.kind, found.ref)
        trouble.record(work, case, "incident:skip", found.kind, found.ref, found.element, sealed)
    elif found.kind == "timer":
        _need_beside(case, found.element)
        _let_lie(work, case, found, sealed)
    else:
        _answered(work, case, found, answer or {}, sealed)


def _answered(
    work: Work, case: Held, found: _Open, answer: Mapping[str, Any], sealed: dict[str, bytes]
) -> None:
    """Move the case by the answer that somebody got by hand."""
    row = work.execute(CALL, (case.number, found.ref)).fetchone()
    contract = services.table.find(row[1]).contract
    given = {"variables": _held_to(contract, answer)}
    entry: dict[str, Any] = {
        "element": found.element,
        "after": {"kind": found.kind, "ref": found.ref},
        "sealed": {**sealed, "answer": case.seal(given)},
    }
    run = advance.load(case)
    outcome = run.resume(found.ref, given["variables"], work.at)
    move = advance.advance(work, case, run, outcome)
    work.execute(ANSWERED, (case.seal(given), row[0]))
    keep.keep(work, move, "incident:skip", entry=entry)
    messages.after(work, move)


# A timer that stands beside a step or a stage; the case itself does not wait for it.
BESIDE = {"boundary_event", "start_event"}


def _need_beside(case: Held, element: str | None) -> None:
    processes = definitions.library(case.release_id).processes.values()
    kinds = {p.elements[element].kind for p in processes if element in p.elements}
    if not kinds or kinds - BESIDE:
        raise Conflict(
            T("案件正等着这个定时，跳过后将无法继续。请重试，或由客服负责人强制结束案件。"),
            case=case.number,
        )


def _let_lie(work: Work, case: Held, found: _Open, sealed: dict[str, bytes]) -> None:
    # Its row stays, marked as queued: no tick takes it up again.
    work.execute(QUEUED, (case.id, found.ref))
    work.execute(CLOSE_INCIDENT, (work.at, work.by.id, case.id, "timer", found.ref))
    trouble.record(work, case, "incident:skip", "timer", found.ref, found.element, sealed)


TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str, "number": (int, float), "boolean": bool, "list": list, "context": dict,
}  # fmt: skip


def _held_to(contract: services.ServiceContract, answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer as the contract says it: no name more, none less. Raises Invalid."""
    wrong = {
        name: T("请按 {type} 填写", type=kind)
        for name, kind in contract.outputs.items()
        if not _of_type(answer.get(name), kind)
    }
    wrong |= {name: T("服务没有这项结果") for name in answer.keys() - contract.outputs.keys()}
    if wrong:
        raise Invalid(fields=wrong)
    return dict(answer)


def _of_type(value: Any, kind: str) -> bool:
    if isinstance(value, bool) and kind != "boolean":
        return False
    return isinstance(value, TYPES.get(kind, object)) and value is not None
