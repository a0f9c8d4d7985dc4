"""Opening and closing incidents: what those who move cases by themselves have in common."""

from __future__ import annotations

from app.cases.hold import Held
from app.errors import Problem
from app.work import Work, ledger

OPEN_INCIDENT = """
    INSERT INTO incidents (case_id, kind, ref, element, message, payload, created_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (case_id, kind, ref) WHERE resolved_at IS NULL DO NOTHING
"""
CLOSE_INCIDENT = """
    UPDATE incidents SET resolved_at = %s, resolved_by = %s
    WHERE case_id = %s AND kind = %s AND ref = %s AND resolved_at IS NULL
"""
OPEN_START = """
    INSERT INTO incidents (kind, ref, procedure, element, message, created_at)
    VALUES ('start', %s, %s, %s, %s, %s)
    ON CONFLICT (ref) WHERE case_id IS NULL AND resolved_at IS NULL DO NOTHING
"""
CLOSE_START = """
    UPDATE incidents SET resolved_at = %s, resolved_by = %s
    WHERE case_id IS NULL AND ref = %s AND resolved_at IS NULL
"""
LONGEST = 2000


def text_of(error: BaseException | None) -> str:
    """The text of a Problem is ours; any other may carry what is personal: its class alone."""
    return str(error) if isinstance(error, Problem) else type(error).__name__


def open_incident(
    work: Work, case: Held, kind: str, ref: str, element: str | None, message: str
) -> None:
    """Put what went wrong in a case where a person sees it. The same trouble twice is one."""
    work.execute(OPEN_INCIDENT, (case.id, kind, ref, element, message[:LONGEST], None, work.at))
    record(work, case, "incident:open", kind, ref, element)


def record(
    work: Work,
    case: Held,
    action: str,
    kind: str,
    ref: str,
    element: str | None,
    sealed: dict[str, bytes] | None = None,
) -> None:
    """What is done about an incident stands on the chain of its case."""
    work.record(
        case,
        action,
        case=case.number,
        procedure=case.procedure,
        version=case.version,
        release=case.release_id,
        element=element,
        after={"kind": kind, "ref": ref},
        sealed=sealed,
    )


def open_start(work: Work, ref: str, procedure: str, element: str, message: str) -> None:
    """A case that should have been opened was not: there is no case to say so."""
    work.execute(OPEN_START, (ref, procedure, element, message[:LONGEST], work.at))
    record_start(work, "incident:open", ref, procedure, element)


def record_start(
    work: Work,
    action: str,
    ref: str,
    procedure: str,
    element: str | None,
    sealed: dict[str, bytes] | None = None,
) -> None:
    """The chain of all starts stands in for that of a case."""
    work.record(
        ledger("starts"),
        action,
        procedure=procedure,
        element=element,
        after={"kind": "start", "ref": ref},
        sealed=sealed,
    )
