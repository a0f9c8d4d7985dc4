"""Data of 水表验收单 and 整改通知单. Contents: domain 5.4."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from app import registry
from app.cases.prints import PrintCall, filed_case, print_out
from app.errors import Refused
from app.procedures.acceptance_rows import of_scope, seals_text
from app.procedures.print_facts import Values, words
from app.texts import T

SOURCES = {"connection": T("公司施工"), "self_built": T("自建工程")}
DOORS = {"pass": T("相符"), "crossed": T("串户"), "na": T("不适用")}
RESULTS = {
    "pass": T("合格"),
    "fail": T("不合格"),
    "mismatch": T("表号不符"),
    "na": T("不适用"),
}
ROLES = {
    "installer": T("施工方"),
    "branch": T("供水分公司"),
    "engineer": T("验收员"),
    "leader": T("分管领导"),
}
# Who has done the step has given the opinion.
STEPS = {
    "installer": "installer_opinion",
    "branch": "branch_opinion",
    "engineer": "inspect",
    "leader": "leader",
}
OPINIONS = {
    "agree": T("同意"),
    "object": T("有异议"),
    "overdue": T("逾期督办"),
    "again": T("再次整改"),
}
Parties = Sequence[Mapping[str, Any]]


@print_out("meter_acceptance.sheet", title=T("水表验收单"))
def sheet(call: PrintCall) -> Values:
    """Checklist, serials, door match, readings, opinions. Raises Refused before a round."""
    found, meters = _inspected(call)
    checklist = call.variables.get("checklist") or []
    return {
        **_head(call, found),
        "number": found.number,
        "rounds": found.rounds,
        "works": [{**one, "result": words(RESULTS, one["result"])} for one in found.works],
        "checklist": _counts(of_scope(checklist, "meter"), meters),
        "meters": [_meter(m, checklist) for m in meters],
        "failed": [_meter(m, checklist) for m in meters if m.result != "pass"],
        "parties": _parties(call, found.parties),
        "inspected_on": next(
            (p["on"] for p in reversed(found.parties) if p["role"] == "engineer"), None
        ),
        "notices": [_notice(one) for one in registry.rectifications(found.id)],
        "approval": call.variables.get("approval_opinion") or None,
        "reading_limit": call.variables.get("reading_limit"),
        "edition": found.number or f"round {found.rounds}",
    }


@print_out("meter_acceptance.rectification", title=T("整改通知单"))
def rectification(call: PrintCall) -> Values:
    """What is to be put right, until when, when it is looked at again. Raises Refused before."""
    found, _meters = _inspected(call)
    notices = registry.rectifications(found.id)
    if not notices:
        raise Refused(T("还没有下发整改通知：请先提交“下发整改通知”，再打印。"))
    notice = notices[-1]
    return {
        **_head(call, found),
        **_notice(notice),
        "items": [dict(one) for one in notice.items],
        "engineer": _done(call).get("inspect", (None, ""))[1],
        "note": notice.note or None,
        "edition": f"{notice.number} {notice.deadline}",
    }


def _inspected(
    call: PrintCall,
) -> tuple[registry.AcceptanceFacts, list[registry.CheckedMeter]]:
    found = registry.acceptance(case=call.case_number)
    meters = {m.point_no: m for m in registry.checked_meters(found.id)} if found else {}
    if found is None or not meters:
        raise Refused(T("还没有验收结果：请先提交“现场验收”，再打印。"))
    return found, [meters[no] for no in found.points if no in meters]


def _head(call: PrintCall, found: registry.AcceptanceFacts) -> Values:
    given = call.variables
    return {
        "place": given.get("place"),
        "region": found.region,
        "source": words(SOURCES, found.source),
        "contractor": given.get("contractor") or None,
        "meters_n": len(found.points),
        "reported_on": found.reported_on.isoformat(),
        "installed_on": given.get("installed_on"),
        "round": found.rounds,
    }


def _counts(items: Sequence[Mapping[str, Any]], meters: Sequence[registry.CheckedMeter]) -> Any:
    """How many meters passed, failed, or need not pass each item."""
    counts = {
        item["code"]: Counter(m.checklist.get(item["code"]) for m in meters) for item in items
    }
    return [
        {"no": item["no"], "label": item["label"]}
        | {kind: counts[item["code"]][kind] for kind in ("pass", "fail", "na")}
        for item in items
    ]


def _meter(meter: registry.CheckedMeter, checklist: Sequence[Mapping[str, Any]]) -> Values:
    by_code = {item["code"]: str(item["no"]) for item in checklist}
    out = [by_code[c] for c, said in meter.checklist.items() if said == "na" and c in by_code]
    return {
        "point_no": meter.point_no,
        "address": meter.address,
        "serial": meter.serial_found,
        "door": words(DOORS, meter.door_match),
        "reading": meter.start_reading,
        "seals": seals_text(meter.seals),
        "na": "、".join(out),
        "result": words(RESULTS, meter.result),
        "round": meter.round,
        "defects": meter.defects,
        "position": meter.position,
    }


def _notice(notice: registry.NoticeFacts) -> Values:
    return {
        "notice_no": notice.number,
        "times": notice.times,
        "issued_on": notice.issued_on.isoformat(),
        "deadline": notice.deadline.isoformat(),
        "reinspect_on": notice.reinspect_on.isoformat() if notice.reinspect_on else None,
        "reported_on": notice.reported_on.isoformat() if notice.reported_on else None,
        "report": notice.report,
    }


def _done(call: PrintCall) -> Mapping[str, Any]:
    """Step → (when, who) of its last completion."""
    filed = filed_case(call.case_number)
    return filed.done if filed else {}


def _parties(call: PrintCall, parties: Parties) -> list[Values]:
    """The opinions of the last round that each gave; who speaks for a contractor by name."""
    done = _done(call)
    speaker = call.variables.get("contractor_rep")
    last = {party["role"]: party for party in parties}
    return [
        {
            "role": words(ROLES, role),
            "opinion": words(OPINIONS, last[role]["opinion"]),
            "note": last[role]["note"],
            "name": (role == "installer" and speaker) or done.get(STEPS[role], (None, ""))[1],
            "on": last[role]["on"],
            "round": last[role]["round"],
        }
        for role in ROLES
        if role in last
    ]
