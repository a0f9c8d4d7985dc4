"""Incidents: what failed with nobody at the desk. Seen and repeated by who keeps the house."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.cases.clockwork import CALL
from app.cases.hold import Held, hold_by_id, hold_case
from app.db import raw
from app.errors import Conflict, NotAllowed, NotFound
from app.queue import enqueue
from app.texts import T
from app.work import Actor, Work, command

OPEN_INCIDENT = """
    INSERT INTO incidents (case_id, kind, ref, element, message, payload, created_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (case_id, kind, ref) WHERE resolved_at IS NULL DO NOTHING
"""
INCIDENT = """
    SELECT i.case_id, i.kind, i.ref, i.element, i.resolved_at FROM incidents i WHERE i.id = %s
"""
SPENT = "UPDATE service_calls SET status = 'spent' WHERE id = %s"
AGAIN = "UPDATE service_calls SET status = 'waiting' WHERE id = %s"
LIST = """
    SELECT i.id, c.number, c.procedure, coalesce(v.name, c.procedure), i.kind, i.ref, i.element,
        i.message, i.created_at, i.resolved_at
    FROM incidents i JOIN cases c ON c.id = i.case_id
    LEFT JOIN procedure_versions v ON v.key = c.procedure AND v.number = c.version
    WHERE (i.resolved_at IS NULL OR %(all)s)
        AND (%(anywhere)s OR c.region IS NULL OR c.region = %(region)s)
    ORDER BY i.id DESC LIMIT %(limit)s
"""
MAY_REPEAT = frozenset({"admin", "cs_director"})
MAY_SEE = MAY_REPEAT | {"auditor"}


@dataclass(frozen=True)
class Incident:
    """One failure: ``kind`` timer or service, ``ref`` the timer or call in the case."""

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


@command
def note_incident(
    work: Work, case_number: str, kind: str, ref: str, message: str, element: str | None = None
) -> None:
    """Put what went wrong where a person sees it. The same trouble twice is one incident."""
    case = hold_case(work, case_number)
    if kind == "service":
        row = work.execute(CALL, (case_number, ref)).fetchone()
        if row is not None and row[7] == "waiting":
            work.execute(SPENT, (row[0],))
        element = element or (row[2] if row is not None else None)
    work.execute(OPEN_INCIDENT, (case.id, kind, ref, element, message[:2000], None, work.at))
    work.record(
        case,
        "incident:open",
        case=case.number,
        procedure=case.procedure,
        version=case.version,
        release=case.release_id,
        element=element,
        after={"kind": kind, "ref": ref},
    )


@command
def retry_incident(work: Work, incident_id: int) -> None:
    """Try again what failed: the job is queued anew, the incident closes once it goes through.

    Administrators may, and the director. Raises NotFound, NotAllowed, Conflict (already over).
    """
    row = work.execute(INCIDENT, (incident_id,)).fetchone()
    if row is None:
        raise NotFound(T("没有这条故障。"))
    case_id, kind, ref, element, resolved = row
    if work.by.id is not None and not work.by.groups & MAY_REPEAT:
        raise NotAllowed
    if resolved is not None:
        raise Conflict(T("这条故障已处理。"))
    case = hold_by_id(work, case_id)
    _queue_again(work, case, kind, ref)
    work.record(
        case,
        "incident:retry",
        case=case.number,
        procedure=case.procedure,
        version=case.version,
        release=case.release_id,
        element=element,
        after={"kind": kind, "ref": ref},
    )


def _queue_again(work: Work, case: Held, kind: str, ref: str) -> None:
    if kind == "timer":
        enqueue("fire_timer", case_number=case.number, timer_id=ref)
        return
    row = work.execute(CALL, (case.number, ref)).fetchone()
    if row is not None and row[7] == "spent":
        work.execute(AGAIN, (row[0],))
    enqueue("call_outside", case_number=case.number, call_id=ref)
