"""借档: a volume is asked for, allowed by its secrecy, handed out, and comes back (DA, 4.20).

Clauses: ARC-1, D18 chapter 30; PII-3 for the volumes that name informants.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from app import cases, identifiers, registry, settings
from app.cases import Call, service
from app.errors import Invalid, NotAllowed
from app.procedures.common import SHANGHAI, today
from app.texts import T
from app.work import Work

SECRECY = {"general": T("一般"), "internal": T("内部"), "confidential": T("保密")}
MORNING = time(9)


@service(
    "archive_borrow.find",
    inputs={"archive_no": "string"},
    outputs={
        "archive_no": "string",
        "volume_id": "number",
        "volume_process": "string",
        "secrecy": "string",
        "secrecy_text": "string",
        "place": "string",
        "borrow_days": "number",
        "borrower_name": "string",
    },
    label=T("查找卷宗"),
)
def find(work: Work, call: Call) -> dict[str, Any]:
    """The volume on its shelf. Raises Invalid (``archive_no``): none, not shelved yet, or out."""
    number = identifiers.fold_number(call.inputs["archive_no"])
    volume = registry.volume(archive_no=number)
    if volume is None:
        raise Invalid(fields={"archive_no": T("没有档案号为 {no} 的卷宗，请核对", no=number)})
    held = [one for one in registry.loans(number) if one.returned_at is None]
    if held:
        text = T("卷宗已由{name}借出，应于 {due} 归还", name=held[0].borrower_name, due=held[0].due)
        raise Invalid(fields={"archive_no": text})
    secrecy = volume.secrecy or "confidential"
    return {
        "archive_no": number,
        "volume_id": volume.id,
        "volume_process": volume.procedure,
        "secrecy": secrecy,
        "secrecy_text": str(SECRECY.get(secrecy, secrecy)),
        "place": volume.place or "",
        "borrow_days": settings.get("limit.T-BORROW"),
        "borrower_name": work.by.name,
    }


@service(
    "archive_borrow.admit",
    inputs={"readers": "list"},
    outputs={"borrower": "number"},
    label=T("核对借阅资格"),
)
def admit(work: Work, call: Call) -> dict[str, Any]:
    """Whether who asks may read such a volume at all; ``readers`` empty: everybody of the staff.

    Raises Invalid (``archive_no``), NotAllowed for who is no person.
    """
    if work.by.id is None:
        raise NotAllowed(T("借阅须由本人申请。"))
    readers = call.inputs["readers"] or []
    if readers and work.by.kinds.isdisjoint(readers):
        raise Invalid(fields={"archive_no": T("涉及举报人的卷宗只供稽查人员和客服中心主任借阅")})
    return {"borrower": work.by.id}


@service(
    "archive_borrow.lend",
    inputs={"volume_id": "number", "borrower": "number", "borrower_name": "string",
            "borrow_days": "number"},
    outputs={"due": "string", "remind_at": "string", "due_at": "string"},
    label=T("登记借出"),
)  # fmt: skip
def lend(work: Work, call: Call) -> dict[str, Any]:
    """Write the loan down; the day of return counts from today. Raises Refused: it is out."""
    given = call.inputs
    due = today(work) + timedelta(days=int(given["borrow_days"]))
    before = due - timedelta(days=settings.get("limit.T-BORROW.reminder"))
    registry.lend_volume(
        work,
        int(given["volume_id"]),
        borrower=int(given["borrower"]),
        name=given["borrower_name"],
        due=due,
        case=call.case_number,
    )
    return {
        "due": due.isoformat(),
        "remind_at": _moment(before, MORNING),
        "due_at": _moment(due + timedelta(days=1), time()),
    }


def _moment(day: date, at: time) -> str:
    return datetime.combine(day, at, SHANGHAI).astimezone(UTC).isoformat()


@service("archive_borrow.remind", inputs={"archive_no": "string"}, label=T("提醒归还"))
def remind(work: Work, call: Call) -> dict[str, Any]:
    """Tell the borrower that the volume is due soon."""
    return _tell(work, call, overdue=False)


@service("archive_borrow.overdue", inputs={"archive_no": "string"}, label=T("登记逾期"))
def overdue(work: Work, call: Call) -> dict[str, Any]:
    """Put it on record that the volume has not come back, and tell the borrower."""
    return _tell(work, call, overdue=True)


def _tell(work: Work, call: Call, *, overdue: bool) -> dict[str, Any]:
    borrower = registry.note_loan(work, call.case_number, overdue=overdue)
    cases.ring(work, [borrower], "urge", call.case_number, step=call.element_name)
    return {}


@service("archive_borrow.take_back", inputs={"condition": "string"}, label=T("登记归还"))
def take_back(work: Work, call: Call) -> dict[str, Any]:
    """Back on its shelf. Raises Invalid (``condition``), Refused."""
    registry.take_volume_back(work, call.case_number, condition=call.inputs["condition"])
    return {}
