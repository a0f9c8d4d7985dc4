"""水表验收: meters are looked at one by one, put right where they fail, signed and put up.

Clauses: D18 chapters 12 and 24; steps and variables stand in
``docs/procedures/meter_acceptance.md``. Readings in m³.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from app import registry, settings
from app.cases import Call, service
from app.errors import Invalid, Refused
from app.procedures import acceptance_report as report
from app.procedures import acceptance_rows as sheet
from app.procedures.acceptance_facts import (
    FOUND,
    NOW,
    acceptance_id,
    acceptance_of,
    party,
    standing,
    too_high,
    why_other,
    within,
)
from app.procedures.common import put_files, today
from app.texts import T
from app.work import Work

CHECKS = {"checklist_numbers": sheet.check_numbers, "acceptance_rows": sheet.check_rows}
APPROVAL, OBJECTION = "reading", "objection"
FINDINGS = {
    "wrong_issue": T("发放时错发"),
    "wrong_place": T("现场错装"),
    "book_error": T("库存账有误"),
    "not_issued": T("未经发放"),
    "unknown": T("来源不明"),
}


# --- who reports what -----------------------------------------------------------------------------


@service(
    "meter_acceptance.open",
    outputs={
        "case_number": "string",
        "entry": "string",
        "source": "string",
        "point_list": "string",
        "done_on": "string",
        "completion_note": "string",
        "contractor": "string",
        "contractor_phone": "string",
        "acceptance_days": "number",
        "reading_limit": "number",
    },
    pii=("contractor", "contractor_phone"),
    label=T("读取报验内容"),
)
def open_(work: Work, call: Call) -> dict[str, Any]:
    """What the caller, the message or the clerk brought. ``entry``: call, message or hand."""
    given = call.inputs
    called, told = given.get("points") is not None, bool(given.get("message_key"))
    completion = given.get("completion") or given
    return {
        "case_number": call.case_number,
        "entry": "call" if called else "message" if told else "hand",
        "source": given.get("source") or "self_built",
        "point_list": "\n".join(report.points_of(given, call.account_no)),
        "done_on": str(completion.get("done_on") or today(work).isoformat())[:10],
        "completion_note": str(completion.get("note") or ""),
        "contractor": str(given.get("contractor") or ""),
        "contractor_phone": str(given.get("contractor_phone") or ""),
        "acceptance_days": settings.get("limit.T-ACPT"),
        "reading_limit": settings.get("acceptance.start_reading"),
    }


@service(
    "meter_acceptance.look_up",
    inputs={
        "point_list": "string",
        "source": "string",
        "done_on": "string",
        "completion_files": "list",
    },
    outputs={
        "acceptance_id": "number",
        "region": "string",
        "address": "string",
        "place": "string",
        "meters_n": "number",
        "kinds": "list",
        "mismatches": "list",
        "inspect_due": "string",
        "installed_on": "string",
    },
    label=T("读取接水点和发放的水表"),
)
def look_up(work: Work, call: Call) -> dict[str, Any]:
    """The meters to accept; begins the acceptance. What passed before one that was stopped stays.

    Raises Invalid (``point_list``, ``done_on``), Refused while another case accepts one of them.
    """
    given, points = call.inputs, report.points_in(call.inputs["point_list"])
    done = report.day(given["done_on"], "done_on", latest=today(work))
    meters = sheet.meters_at(points)
    report.need_ready(points, meters)
    report.need_free(work, call.case_number, points)
    first = meters[points[0]].point
    opened = registry.open_acceptance(
        work, case=call.case_number, source=given["source"], region=first.region, points=points,
        reported_on=today(work),
    )  # fmt: skip
    report.carry_over(work, opened, meters)
    put_files(work, call.case_number, "completion_report", T("完工报告"), given["completion_files"])
    return {
        "acceptance_id": opened,
        "region": first.region,
        "address": first.address,
        "place": report.place([meters[no].point.address for no in points]),
        "meters_n": len(points),
        "kinds": report.kinds(list(meters.values())),
        "mismatches": report.not_issued(list(meters.values())),
        "inspect_due": within(work, call, "limit.T-ACPT"),
        "installed_on": done.isoformat(),
    }


# --- a round --------------------------------------------------------------------------------------


@service(
    "meter_acceptance.lay_out",
    inputs={**NOW, "items_by_kind": "list"},
    outputs={
        "rows": "list",
        "row_points": "list",
        "works": "list",
        "checklist": "list",
        "checklist_text": "string",
    },
    label=T("备好检查表"),
)
def lay_out(_work: Work, call: Call) -> dict[str, Any]:
    """The rows of the meters that have not passed yet, with all that is known of them."""
    found, checklist = acceptance_of(call), sheet.union(call.inputs["items_by_kind"])
    latest = {m.point_no: m for m in registry.checked_meters(found.id)}
    todo = [no for no in found.points if no not in latest or latest[no].result != "pass"]
    meters = sheet.meters_at(todo)
    doors = sheet.doors([m.point.address for m in meters.values()])
    asked = sheet.of_scope(checklist, "meter")
    return {
        "rows": [
            sheet.laid_out(meters[no], door, latest.get(no))
            for no, door in zip(todo, doors, strict=True)
        ],
        "row_points": todo,
        "works": sheet.works_laid_out(sheet.of_scope(checklist, "works"), found.works),
        "checklist": checklist,
        "checklist_text": "　".join(f"{item['no']} {item['label']}" for item in asked),
    }


@service(
    "meter_acceptance.judge",
    inputs={
        **NOW,
        "rows": "list",
        "row_points": "list",
        "works": "list",
        "checklist": "list",
        "kinds": "list",
        "items_by_kind": "list",
        "engineer_note": "string",
        "position": "string",
    },
    outputs={**FOUND, "mismatches": "list"},
    label=T("登记检查结果"),
)
def judge(work: Work, call: Call) -> dict[str, Any]:
    """Write down what was found. Raises Invalid naming row and column."""
    given, rows = call.inputs, call.inputs["rows"]
    meters = list(sheet.meters_at(given["row_points"]).values())
    _need_right(sheet.row_faults(dict(enumerate(rows)), given["checklist"]))
    _need_right(sheet.register_faults(rows, meters))
    told = _round(call)
    found = [sheet.as_found(row, meter, told) for row, meter in zip(rows, meters, strict=True)]
    registry.note_round(work, acceptance_id(call), int(given["round"]), found, told.works)
    party(work, call, "engineer", _opinion(found), given["engineer_note"])
    photos = [photo for meter in found for photo in meter.photos]
    kind = f"acceptance_photos_{given['round']}"
    put_files(work, call.case_number, kind, T("验收照片（第 {n} 次）", n=given["round"]), photos)
    other = [m for m in found if m.result == "mismatch"]
    return {**standing(call), "mismatches": [{**sheet.line(m), "why": why_other(m)} for m in other]}


def _round(call: Call) -> sheet.Round:
    given = call.inputs
    kinds = {
        (kind["calibre"], kind["meter_type"]): items
        for kind, items in zip(given["kinds"], given["items_by_kind"], strict=True)
    }
    before = {m.point_no: m for m in registry.checked_meters(acceptance_id(call))}
    works = sheet.works_found(sheet.of_scope(given["checklist"], "works"), given["works"])
    return sheet.Round(given["checklist"], kinds, works, before, given["position"] or "")


def _need_right(faults: sheet.Faults) -> None:
    fields = {f"rows[{n}].{key}": text for n, row in faults.items() for key, text in row.items()}
    if fields:
        raise Invalid(fields=fields)


def _opinion(found: Sequence[registry.CheckedMeter]) -> str:
    return "agree" if all(m.result == "pass" for m in found) else "object"


@service(
    "meter_acceptance.note_opinion",
    inputs={**NOW, "role": "string", "opinion": "string", "note": "string", "files": "list"},
    label=T("登记意见"),
)
def note_opinion(work: Work, call: Call) -> dict[str, Any]:
    """A party has said itself what it thinks. ``role``: installer or branch."""
    given = call.inputs
    party(work, call, given["role"], given["opinion"], given["note"])
    kind = f"opinion_{given['role']}_{given['round']}"
    put_files(work, call.case_number, kind, T("验收书面意见"), given["files"])
    return {}


@service(
    "meter_acceptance.conclude",
    inputs={
        **NOW,
        "branch_opinion": "string",
        "branch_objects": "list",
        "branch_note": "string",
    },
    outputs={
        **FOUND,
        "high": "list",
        "high_text": "string",
        "deadline": "string",
        "leader_why": "string",
    },
    label=T("汇总三方意见"),
)
def conclude(work: Work, call: Call) -> dict[str, Any]:
    """What the branch does not take over has failed, whatever the engineer found."""
    given = call.inputs
    objects = given["branch_objects"] or [] if given["branch_opinion"] == "object" else []
    if objects:
        why = str(T("分公司不能接收：{why}", why=given["branch_note"]))
        registry.fail_meters(
            work, acceptance_id(call), dict.fromkeys(map(str, objects), why), code=OBJECTION,
            label=str(T("分公司不能接收")),
        )  # fmt: skip
    high = too_high(call)
    return {
        **standing(call),
        "high": [sheet.line(m) for m in high],
        "high_text": "；".join(f"{m.address} {m.serial_found} {m.start_reading} m³" for m in high),
        "deadline": within(work, call, "limit.T-RECT"),
        "leader_why": "again",
    }


@service(
    "meter_acceptance.note_reading",
    inputs={
        **NOW,
        "approval_outcome": "string",
        "approval_opinion": "string",
        "high": "list",
    },
    outputs=FOUND,
    label=T("登记起始码未获批准"),
)
def note_reading(work: Work, call: Call) -> dict[str, Any]:
    """A start reading that was not approved: these meters come again, the others stay."""
    given = call.inputs
    why = str(T("起始码未获批准：{why}", why=given["approval_opinion"]))
    points = [str(m["point_no"]) for m in given["high"]]
    label = str(T("起始码未获批准"))
    registry.fail_meters(
        work, acceptance_id(call), dict.fromkeys(points, why), code=APPROVAL, label=label
    )
    return standing(call)


@service("meter_acceptance.urge", inputs={"acceptance_id": "number"}, label=T("催办验收"))
def urge(_work: Work, _call: Call) -> dict[str, Any]:
    """The step itself is the urging: it stands in the trail and in the overdue list."""
    return {}


# --- the end --------------------------------------------------------------------------------------


@service(
    "meter_acceptance.stop",
    inputs={
        "acceptance_id": "number",
        "mismatches": "list",
        "store_finding": "string",
        "store_note": "string",
    },
    outputs={"stop_reason": "string"},
    label=T("登记停止验收"),
)
def stop(work: Work, call: Call) -> dict[str, Any]:
    """Another meter than was issued: the acceptance ends, the storekeeper has said why."""
    given = call.inputs
    found = str(FINDINGS.get(given["store_finding"], given["store_finding"]))
    named = "；".join(
        f"{m['address']} {m['serial']} → {m['serial_found'] or '—'} {m['why']}"
        for m in given["mismatches"][:20]
    )
    reason = str(
        T("{found}：{note}（{named}）", found=found, note=given["store_note"], named=named)
    )
    registry.stop_acceptance(work, acceptance_id(call), reason)
    return {"stop_reason": reason}


@service(
    "meter_acceptance.draw_up",
    inputs={"acceptance_id": "number"},
    outputs={"acceptance_no": "string"},
    label=T("验收单编号"),
)
def draw_up(work: Work, call: Call) -> dict[str, Any]:
    """Number the sheet, so that the parties sign a numbered one."""
    return {"acceptance_no": registry.number_acceptance(work, acceptance_id(call))}


@service(
    "meter_acceptance.install",
    inputs={"acceptance_id": "number", "installed_on": "string", "sheet_files": "list"},
    outputs={"accepted": "list"},
    changes_register=True,
    label=T("登记装表"),
)
def install(work: Work, call: Call) -> dict[str, Any]:
    """The sheet is signed: each meter hangs at its point from now on."""
    found, on = acceptance_of(call), date.fromisoformat(call.inputs["installed_on"])
    meters = {m.point_no: m for m in registry.checked_meters(found.id)}
    installer = _installer(found)
    for no in found.points:
        _install(work, meters[no], on, installer, call.case_number)
    registry.accept_meters(work, found.id)
    files = call.inputs["sheet_files"]
    put_files(work, call.case_number, "acceptance_sheet", T("签字的验收单"), files)
    return {"accepted": [_accepted(meters[no], on) for no in found.points]}


def _install(work: Work, meter: registry.CheckedMeter, on: date, installer: str, case: str) -> None:
    try:
        registry.install_meter(
            work, serial=meter.serial_found, point_no=meter.point_no, on=on,
            start_reading=meter.start_reading or 0, seals=list(meter.seals),
            position=meter.position, reversed=False, photos=list(meter.photos),
            installer=installer, case=case,
        )  # fmt: skip
    except (Invalid, Refused) as wrong:
        # Its fields are the register's, not those of the page that is signed.
        why = "；".join(map(str, wrong.fields.values())) or str(wrong.text)
        text = T("水表 {serial} 不能登记装表：{why}", serial=meter.serial_found, why=why)
        raise Refused(text) from wrong


def _installer(found: registry.AcceptanceFacts) -> str:
    """Who put the meters up: the id of the colleague who said so; none for a contractor."""
    if found.source == "self_built":
        return ""
    said = [p["by"] for p in found.parties if p["role"] == "installer" and p["by"]]
    return str(said[-1]) if said else ""


def _accepted(meter: registry.CheckedMeter, on: date) -> dict[str, Any]:
    return {
        "point_no": meter.point_no,
        "address": meter.address,
        "serial": meter.serial_found,
        "start_reading": meter.start_reading,
        "seals": [dict(one) for one in meter.seals],
        "position": meter.position,
        "installed_on": on.isoformat(),
    }
