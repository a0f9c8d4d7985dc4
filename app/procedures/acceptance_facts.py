"""How an acceptance stands, for the service functions of its drawing."""

from __future__ import annotations

from typing import Any

from app import registry, settings
from app.cases import Call
from app.errors import Refused
from app.procedures import acceptance_rows as sheet
from app.procedures.common import today
from app.texts import T
from app.work import Work

NOW = {"acceptance_id": "number", "round": "number"}
FOUND = {"passed": "list", "passed_n": "number", "failed": "list", "failed_n": "number"}


def within(work: Work, call: Call, limit: str) -> str:
    """Last day of a limit that begins today, by the calendar that the case's timers count by."""
    days = settings.get(limit)
    return settings.calendar(region=call.region).add_workdays(today(work), days).isoformat()


def standing(call: Call) -> dict[str, Any]:
    """How this acceptance stands: the meters that passed, those that did not."""
    meters = {m.point_no: m for m in registry.checked_meters(acceptance_id(call))}
    ordered = [meters[no] for no in acceptance_of(call).points if no in meters]
    passed = [sheet.line(m) for m in ordered if m.result == "pass"]
    failed = [sheet.line(m) for m in ordered if m.result != "pass"]
    return {
        "passed": [{k: m[k] for k in ("point_no", "address", "serial")} for m in passed],
        "passed_n": len(passed),
        "failed": failed,
        "failed_n": len(failed),
    }


def party(work: Work, call: Call, role: str, opinion: str, note: str | None) -> None:
    """An opinion of whoever does this step."""
    registry.note_party(
        work, acceptance_id(call), role=role, opinion=opinion, note=note or "", by=work.by.id,
        on=today(work),
    )  # fmt: skip


def acceptance_id(call: Call) -> int:
    """Of the call."""
    return int(call.inputs["acceptance_id"])


def acceptance_of(call: Call) -> registry.AcceptanceFacts:
    """The acceptance of the call. Raises Refused."""
    found = registry.acceptance(id=acceptance_id(call))
    if found is None:
        raise Refused(T("没有这次验收。"))
    return found


def why_other(meter: registry.CheckedMeter) -> str:
    """What the register knows of the serial that hangs there instead."""
    stock = registry.stock_meter(meter.serial_found)
    if stock is None:
        return str(T("库存没有此表号"))
    if stock.point_no and stock.point_no != meter.point_no:
        return str(T("属于接水点 {no}", no=stock.point_no))
    return str(T("水表{state}，未向此接水点发放", state=registry.state_label("meter", stock.state)))


def too_high(call: Call) -> list[registry.CheckedMeter]:
    """Meters that passed and whose start reading needs approval."""
    most = settings.get("acceptance.start_reading")
    passed = [m for m in registry.checked_meters(acceptance_id(call)) if m.result == "pass"]
    return [m for m in passed if (m.start_reading or 0) > most]
