"""水表发放: meters are picked point by point, signed for and leave the store (D18 chapter 22).

Called by a connection or an exchange of meters, and on its own. Steps and variables stand in
``docs/procedures/meter_issue.md``; checks of serials and seals in ``app/registry/picking.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from app import forms, registry, settings
from app.cases import Call, service
from app.cases.prints import PrintCall, print_out
from app.errors import Invalid, Refused
from app.procedures.common import put_files, today
from app.texts import T, Text
from app.work import Work

SEALS = ("plastic", "steel", "lead", "inspection")
PURPOSES = {"new": T("新装"), "replacement": T("换表")}
# What a step may leave out, as it is until then.
BLANK: dict[str, Any] = {
    "mismatch_to": "",
    "mismatch_reason": "",
    "return_reason": "",
    "slip_no": "",
    "issued": [],
    "receiver_kind": "self",
    "contractor": "",
    "old_meter": "",
    "old_meter_reason": "",
    "picked_by": "",
    "old_photos": [],
}


def check_meter(value: Any, context: forms.Context) -> Text | None:
    """Whether the meter is in stock and fits the row's calibre: told while one still scans.

    Whose it is, how old it is and the seals are looked at when the list is handed in.
    """
    meter = registry.stock_meter(str(value))
    if meter is None:
        return T("表库里没有表身号 {serial}，请核对表盘", serial=str(value))
    if meter.state != "in_stock":
        label = registry.state_label("meter", meter.state)
        return T("水表 {serial} {state}，不在库，请另取一块", serial=meter.serial, state=label)
    wanted = str(context.values.get("calibre") or "").removeprefix("DN")
    if wanted.isdigit() and int(wanted) != meter.calibre:
        return T("水表口径为 DN{has}，接水点应装 DN{wants}", has=meter.calibre, wants=int(wanted))
    return None


CHECKS = {"meter_in_stock": check_meter}


@service(
    "meter_issue.open",
    outputs={
        "standalone": "boolean",
        "wanted": "list",
        "install_days": "number",
        "mismatch_to": "string",
        "mismatch_reason": "string",
        "return_reason": "string",
        "slip_no": "string",
        "issued": "list",
        "receiver_kind": "string",
        "contractor": "string",
        "old_meter": "string",
        "old_meter_reason": "string",
        "picked_by": "string",
        "old_photos": "list",
    },
    label=T("读取办理方式"),
)
def open_(_work: Work, call: Call) -> dict[str, Any]:
    """Whether it is called or on its own; then the account it was started for gives its point."""
    point = registry.account(call.account_no).service_point if call.account_no else None
    return {
        **BLANK,
        "standalone": _own(call),
        "wanted": [{"point_no": point.no}] if point else [],
        "install_days": settings.get("limit.T-INSTALL"),
    }


@service(
    "meter_issue.read_points",
    inputs={"points": "list", "purpose": "string"},
    outputs={
        "rows": "list",
        "rows_count": "number",
        "region": "string",
        "picked": "list",
        "old_meters": "list",
    },
    label=T("读取接水点"),
)
def read_points(_work: Work, call: Call) -> dict[str, Any]:
    """What the register knows of each point of the slip. Raises Invalid at the row."""
    numbers = [str(row["point_no"]).strip() for row in call.inputs["points"]]
    known = registry.slip_points(numbers)
    _refuse_points(numbers, known, call)
    found = [known[number] for number in numbers]
    return {
        "rows": [_row(point) for point in found],
        "rows_count": len(found),
        "region": found[0].region,
        "picked": [_empty(point) for point in found],
        "old_meters": [_old(point) for point in found if point.serial],
    }


def _refuse_points(numbers: list[str], known: Mapping[str, registry.SlipPoint], call: Call) -> None:
    if not numbers:
        raise Invalid(fields={"wanted": T("请至少填写一个接水点")})
    wrong: dict[str, Text] = {}
    for n in range(len(numbers)):
        fault = _point_fault(numbers, n, known, call)
        if fault is not None:
            wrong[f"wanted[{n}].point_no"] = fault
    if wrong and not _own(call):
        # No page of this step can mend what the caller handed over.
        raise Refused(next(iter(wrong.values())))
    if wrong:
        raise Invalid(fields=wrong)


def _point_fault(
    numbers: list[str], n: int, known: Mapping[str, registry.SlipPoint], call: Call
) -> Text | None:
    number = numbers[n]
    point = known.get(number)
    if point is None:
        return T("没有编号为 {no} 的接水点", no=number)
    if number in numbers[:n]:
        return T("接水点 {no} 在本单中重复", no=number)
    first = known.get(numbers[0])
    if first is not None and point.region != first.region:
        return T("接水点在{region}，请按片区分单", region=point.region)
    if call.inputs["purpose"] == "new" and point.serial:
        return T("接水点 {no} 还装着水表 {serial}，请选换表", no=number, serial=point.serial)
    if call.inputs["purpose"] == "replacement" and not point.serial:
        return T("接水点 {no} 没有在装水表，请选新装", no=number)
    return None


def _own(call: Call) -> bool:
    return call.case_procedure == call.procedure


def _row(point: registry.SlipPoint) -> dict[str, Any]:
    return {
        "point_no": point.point_no,
        "address": point.address,
        "calibre": _dn(point.calibre),
        "account_no": point.account_no or "",
        "contract_no": point.contract_no or "",
        "state_text": str(registry.state_label("point", point.state)),
        "old_serial": point.serial or "",
    }


def _dn(calibre: int | None) -> str:
    return f"DN{calibre}" if calibre else ""


def _empty(point: registry.SlipPoint) -> dict[str, Any]:
    """A row of the list to be scanned into."""
    where = {"point_no": point.point_no, "address": point.address, "calibre": _dn(point.calibre)}
    return {**where, "serial": "", "first_verification": None, **dict.fromkeys(SEALS, "")}


def _old(point: registry.SlipPoint) -> dict[str, Any]:
    return {
        "point_no": point.point_no,
        "serial": point.serial,
        "last_reading": str(point.last_reading),
        "returned": True,
        "reading": point.last_reading,
    }


# --- picking, signing -----------------------------------------------------------------------------


@service(
    "meter_issue.hold",
    inputs={"picked": "list"},
    outputs={"picked_rows": "list", "picked_by": "string"},
    label=T("校验并留存所配水表"),
)
def hold(work: Work, call: Call) -> dict[str, Any]:
    """Check the list and keep what it names from others. Raises Invalid at row and field."""
    picked = call.inputs["picked"]
    try:
        found = registry.hold_meters(work, call.case_number, [_line(row) for row in picked])
    except Invalid as wrong:
        raise Invalid(wrong.text, fields=_at_fields(wrong.fields, picked)) from None
    _compare_dates(picked, found)
    return {
        "picked_by": work.by.name,
        "picked_rows": [_picked_row(row, one) for row, one in zip(picked, found, strict=True)],
    }


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    seals = [{"type": kind, "no": row[kind]} for kind in SEALS if row.get(kind)]
    return {"point_no": row["point_no"], "serial": row["serial"], "seals": seals}


def _at_fields(fields: Mapping[str, Any], picked: list[dict[str, Any]]) -> dict[str, Any]:
    """Faults as the page names them: ``picked[2].steel``; of a fixed field at the serial."""
    said: dict[str, Any] = {}
    for name, text in fields.items():
        said.setdefault(_field(name, picked), text)
    return said


def _field(name: str, picked: list[dict[str, Any]]) -> str:
    row, _, rest = name.partition("].")
    if not rest:
        return "picked"
    n = int(row.removeprefix("lines["))
    if not rest.startswith("seals["):
        return f"picked[{n}].serial"
    kinds = [kind for kind in SEALS if picked[n].get(kind)]
    return f"picked[{n}].{kinds[int(rest[6:].partition(']')[0])]}"


def _compare_dates(picked: list[dict[str, Any]], found: list[registry.Picked]) -> None:
    """The date that stands on the meter against the record of its first verification."""
    wrong: dict[str, Text] = {}
    for n, (row, one) in enumerate(zip(picked, found, strict=True)):
        said, known = row.get("first_verification"), one.meter.first_verification
        if said and date.fromisoformat(said) != known:
            wrong[f"picked[{n}].first_verification"] = T("档案为 {day}，请核对水表", day=known)
    if wrong:
        raise Invalid(fields=wrong)


def _picked_row(row: Mapping[str, Any], one: registry.Picked) -> dict[str, Any]:
    return {
        "point_no": row["point_no"],
        "address": row["address"],
        "calibre": _dn(one.meter.calibre),
        "serial": one.meter.serial,
        "first_verification": one.meter.first_verification.isoformat(),
        "seals_text": _seals_text(_line(row)["seals"]),
    }


def _seals_text(seals: Iterable[Mapping[str, str]]) -> str:
    return "、".join(f"{registry.state_label('seal_type', s['type'])} {s['no']}" for s in seals)


@service("meter_issue.let_go", label=T("取消配表"))
def let_go(work: Work, call: Call) -> dict[str, Any]:
    """Who was to receive it says that it is wrong: others may have the meters again."""
    registry.drop_holds(work, call.case_number)
    return {}


@service(
    "meter_issue.issue",
    inputs={
        "picked": "list",
        "picked_by": "string",
        "receiver_kind": "string",
        "contractor": "string",
    },
    outputs={"slip_no": "string", "issued": "list"},
    changes_register=True,
    comes_back=True,
    label=T("登记发放"),
)
def issue(work: Work, call: Call) -> dict[str, Any]:
    """Signed for: the meters leave the store for their points, to be installed in time."""
    given = call.inputs
    slip = registry.issue_meters(
        work,
        call.case_number,
        [_line(row) for row in given["picked"]],
        given["contractor"] if given["receiver_kind"] == "contractor" else work.by.name,
        today(work),
        issuer=given["picked_by"],
        own=_own(call),
    )
    return {"slip_no": slip, "issued": _issued(call.case_number, slip)}


def _issued(case: str, slip: str) -> list[dict[str, Any]]:
    return [
        {
            "point_no": one.point_no,
            "address": one.address,
            "serial": one.serial,
            "calibre": one.calibre,
            "seals": list(one.seals),
            "install_by": one.install_by.isoformat(),
        }
        for one in registry.issued(case=case)
        if one.slip_no == slip
    ]


@service(
    "meter_issue.store_old",
    inputs={"old_meters": "list", "old_photos": "list"},
    changes_register=True,
    label=T("登记旧表入库"),
)
def store_old(work: Work, call: Call) -> dict[str, Any]:
    """New for old: what came back lies in the branch's store until it is verified."""
    photos: Iterable[str] | None = call.inputs["old_photos"]
    for n, row in enumerate(call.inputs["old_meters"]):
        if not row.get("returned"):
            continue
        try:
            registry.take_back_meter(work, row["serial"], call.case_number, int(row["reading"]))
        except Invalid as wrong:
            text = next(iter(wrong.fields.values()))
            raise Invalid(fields={f"old_meters[{n}].reading": text}) from None
    put_files(work, call.case_number, "old_meter_photos", T("旧表照片"), photos)
    return {}


@service(
    "meter_issue.recall",
    inputs={"case_number": "string", "reason": "string"},
    outputs={"recalled": "list", "recalled_count": "number"},
    changes_register=True,
    comes_back=True,
    label=T("收回未安装的水表"),
)
def recall(work: Work, call: Call) -> dict[str, Any]:
    """What the case was given and nobody installed lies in its store again (T-INSTALL)."""
    case, reason = call.inputs["case_number"], call.inputs["reason"]
    serials = registry.recall_meters(work, case, reason=reason)
    return {"recalled": serials, "recalled_count": len(serials)}


# --- the slip -------------------------------------------------------------------------------------


@print_out("meter_issue.slip", title=T("水表领用（发放）单"), personal=False)
def slip_sheet(call: PrintCall) -> dict[str, Any]:
    """Point by point: serial, seals, who gives and who takes; a draft until it is signed for."""
    issued = [one for one in registry.issued(case=call.case_number) if one.state != "recalled"]
    slip = max((one.slip_no for one in issued), default="")
    if slip:
        return _slip(call, slip, [one for one in issued if one.slip_no == slip])
    rows = call.variables.get("picked_rows")
    if not rows:
        raise Refused(T("还没有配表，请先完成配表扫码。"))
    return {
        **_head(call, "draft", len(rows)),
        "rows": rows,
        "issuer": call.variables.get("picked_by"),
    }


def _slip(call: PrintCall, slip: str, issued: list[registry.IssuedFacts]) -> dict[str, Any]:
    first = issued[0]
    return {
        **_head(call, slip, len(issued)),
        "slip_no": slip,
        "issuer": first.issuer,
        "receiver": first.receiver,
        "issued_on": first.issued_on.isoformat(),
        "install_by": first.install_by.isoformat(),
        "rows": [
            {
                "point_no": one.point_no,
                "address": one.address,
                "calibre": _dn(one.calibre),
                "serial": one.serial,
                "first_verification": one.first_verification.isoformat(),
                "seals_text": _seals_text(one.seals),
            }
            for one in issued
        ],
    }


def _head(call: PrintCall, edition: str, count: int) -> dict[str, Any]:
    given = call.variables
    return {
        "edition": edition,
        "count": count,
        "purpose": str(PURPOSES.get(str(given.get("purpose") or ""), "")),
        "contract_no": given.get("contract_no") or "",
        "region": call.region or "",
    }
