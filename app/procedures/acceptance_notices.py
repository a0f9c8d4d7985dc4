"""整改: defects are named in writing with a day, put right and reported; what is late goes up.

Clauses: D18 chapter 24; part of ``meter_acceptance``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app import registry
from app.cases import Call, service
from app.procedures.acceptance_facts import NOW, acceptance_id, party, within
from app.procedures.common import put_files
from app.texts import T
from app.work import Work


@service(
    "acceptance_notices.issue_notice",
    inputs={
        **NOW,
        "failed": "list",
        "deadline": "string",
        "reinspect_on": "string",
        "notice_note": "string",
    },
    outputs={"notice_no": "string"},
    label=T("整改通知编号"),
)
def issue_notice(work: Work, call: Call) -> dict[str, Any]:
    """Number the notice of this round. Raises Invalid (``deadline``, ``reinspect_on``)."""
    given = call.inputs
    number = registry.issue_rectification(
        work, acceptance_id(call), _defects(given["failed"]),
        deadline=date.fromisoformat(given["deadline"]),
        reinspect_on=date.fromisoformat(given["reinspect_on"]) if given["reinspect_on"] else None,
        note=given["notice_note"] or "",
    )  # fmt: skip
    return {"notice_no": number}


@service(
    "acceptance_notices.second_notice",
    inputs={**NOW, "failed": "list", "notice_no": "string"},
    outputs={"notice_no": "string", "deadline": "string", "leader_why": "string"},
    label=T("再次发出整改通知"),
)
def second_notice(work: Work, call: Call) -> dict[str, Any]:
    """The deadline has passed and nothing was reported: once more, and the leader hears of it."""
    deadline = within(work, call, "limit.T-RECT")
    number = registry.issue_rectification(
        work, acceptance_id(call), _defects(call.inputs["failed"]),
        deadline=date.fromisoformat(deadline), reinspect_on=None,
        note=str(T("整改通知 {no} 逾期未完成", no=call.inputs["notice_no"])),
    )  # fmt: skip
    return {"notice_no": number, "deadline": deadline, "leader_why": "overdue"}


def _defects(failed: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{key: one[key] for key in ("point_no", "address", "serial", "defects")}
            for one in failed]  # fmt: skip


@service(
    "acceptance_notices.instruct",
    inputs={
        **NOW,
        "leader_why": "string",
        "leader_note": "string",
        "notice_no": "string",
        "deadline": "string",
    },
    label=T("登记领导意见"),
)
def instruct(work: Work, call: Call) -> dict[str, Any]:
    """The leader's decision; of an overdue notice also the new deadline."""
    given = call.inputs
    party(work, call, "leader", given["leader_why"], given["leader_note"])
    if given["leader_why"] == "overdue":
        registry.instruct_rectification(
            work, given["notice_no"], deadline=date.fromisoformat(given["deadline"]),
            note=given["leader_note"],
        )  # fmt: skip
    return {}


@service(
    "acceptance_notices.note_rectified",
    inputs={
        **NOW,
        "notice_no": "string",
        "rectified_on": "string",
        "rectified_note": "string",
        "rectified_files": "list",
    },
    outputs={"round": "number", "inspect_due": "string"},
    label=T("登记整改完成"),
)
def note_rectified(work: Work, call: Call) -> dict[str, Any]:
    """What was put right; the next round begins, with the limit that a report has."""
    given = call.inputs
    day = date.fromisoformat(given["rectified_on"])
    registry.note_rectified(work, given["notice_no"], on=day, report=given["rectified_note"])
    kind = f"rectified_{given['notice_no']}"
    put_files(work, call.case_number, kind, T("整改照片"), given["rectified_files"])
    return {"round": int(given["round"]) + 1, "inspect_due": within(work, call, "limit.T-ACPT")}
