"""用水报装, from the contract to running water: numbers, meters, accounts (D18 ch. 19, 21–25).

Nothing here relies on where the signing of the contract stands in the drawing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from app import registry, settings
from app.cases import Call, service
from app.errors import Invalid, Refused
from app.procedures.common import put_files, today
from app.texts import T
from app.work import Work

CHANGES = ("enlarge", "relocate")
BOOK = "1"
Rows = Iterable[Mapping[str, Any]]


@service(
    "new_connection.sign_contract",
    inputs={
        "customer_no": "number",
        "applicant_name": "string",
        "agent_name": "string",
        "by_agent": "boolean",
        "signed_by_agent": "string",
        "contract_scan": "list",
        "kind": "string",
        "region": "string",
        "category": "string",
        "price_code": "string",
        "address": "string",
        "calibre": "number",
        "meters": "number",
        "demand": "number",
        "meter_position": "string",
        "account_no": "string",
    },
    outputs={"contract_no": "string"},
    pii=("applicant_name", "agent_name"),
    label=T("合同编号生效"),
)
def sign_contract(work: Work, call: Call) -> dict[str, Any]:
    """Number the contract (ACC-4); of a change the account's old one ends (P05)."""
    given, day = call.inputs, today(work)
    agent = given["agent_name"] if _by_agent(given) else None
    kind = "temporary" if given["kind"] == "temporary" else "permanent"
    if given["kind"] in CHANGES:
        registry.end_contract(work, given["account_no"], on=day, case=call.case_number)
    number = registry.sign_case_contract(
        work,
        call.case_number,
        int(given["customer_no"]),
        signer=given["applicant_name"],
        agent=agent,
        on=day,
        region=given["region"],
        category=given["category"],
        price_code=given["price_code"],
        type=kind,
        valid_to=years_after(day, settings.get(f"contract.years.{kind}")),
        terms={name: given[name] for name in
               ("address", "calibre", "meters", "demand", "meter_position")},
    )  # fmt: skip
    scan = given["contract_scan"]
    put_files(work, call.case_number, "contract_scan", T("供用水合同扫描件"), scan)
    return {"contract_no": number}


def _by_agent(given: Mapping[str, Any]) -> bool:
    return bool(given["by_agent"]) and given["signed_by_agent"] == "yes"


def years_after(day: date, years: int) -> date:
    """The day before the same day so many years later."""
    leap = day.month == 2 and day.day == 29
    return (day.replace(day=28) if leap else day).replace(year=day.year + years) - timedelta(days=1)


# --- numbers --------------------------------------------------------------------------------------


@service(
    "new_connection.prepare_rows",
    inputs={
        "point_rows": "list",
        "address": "string",
        "calibre": "number",
        "meters": "number",
        "kind": "string",
    },
    outputs={"point_rows": "list", "book": "string"},
    label=T("备好接水点清单"),
)
def prepare_rows(_work: Work, call: Call) -> dict[str, Any]:
    """One row a meter, as far as the case knows; what was typed before stays, at the calibre of
    the scheme when that was changed."""
    given, calibre = call.inputs, int(call.inputs["calibre"])
    known = registry.points_of_case(call.case_number)
    rows = [dict(row) for row in given["point_rows"]]
    if not rows:
        rows = _first_rows(given["address"], int(given["meters"]))
    changed = {point.calibre for point in known} == {calibre}
    rows = [{**row, "calibre": row.get("calibre") if changed else calibre} for row in rows]
    return {"point_rows": rows, "book": next((p.book_no for p in known if p.book_no), BOOK)}


def _first_rows(address: str, meters: int) -> list[dict[str, Any]]:
    empty = {"address": "", "estate": "", "building": "", "unit": "", "door": ""}
    if meters == 1:
        return [{**empty, "address": address}]
    return [{**empty, "estate": address} for _ in range(meters)]


@service(
    "new_connection.issue_points",
    inputs={
        "customer_no": "number",
        "point_rows": "list",
        "region": "string",
        "category": "string",
        "price_code": "string",
        "book": "string",
        "kind": "string",
    },
    outputs={
        "points": "list",
        "rejected": "list",
        "rejected_text": "string",
        "single_account": "string",
    },
    label=T("生成接水点和预立户"),
)
def issue_points(work: Work, call: Call) -> dict[str, Any]:
    """A number and a pre-account a row; rows that cannot have one are named."""
    given = call.inputs
    try:
        found = registry.issue_points(
            work,
            call.case_number,
            int(given["customer_no"]),
            given["point_rows"],
            region=given["region"],
            category=given["category"],
            price_code=given["price_code"],
            book=given["book"],
            kind="temporary" if given["kind"] == "temporary" else "permanent",
        )
    except Invalid as wrong:
        named = {("point_rows" if k == "rows" else k): v for k, v in wrong.fields.items()}
        raise Invalid(fields=named) from None
    if not found.points:
        raise Invalid(fields={"point_rows": T("没有一行可以编号：{why}", why=_why(found))})
    return {
        "points": [_point(point) for point in found.points],
        "rejected": [
            {"row": one.row, "address": one.address, "reason": one.reason} for one in found.rejected
        ],
        "rejected_text": _why(found),
        "single_account": found.points[0].account_no if len(found.points) == 1 else "",
    }


def _why(found: registry.IssuedPoints) -> str:
    said = [
        str(T("第 {row} 行 {address}：{why}", row=one.row, address=one.address, why=one.reason))
        for one in found.rejected
    ]
    return "；".join(said)


def _point(point: registry.PointOfCase) -> dict[str, Any]:
    return {
        "row": point.seq,
        "point_no": point.point_no,
        "account_no": point.account_no,
        "address": point.address,
        "calibre": point.calibre,
    }


# --- meters ---------------------------------------------------------------------------------------


@service(
    "new_connection.list_points",
    outputs={"to_issue": "list", "purpose": "string"},
    label=T("列出待装接水点"),
)
def list_points(_work: Work, call: Call) -> dict[str, Any]:
    """Points that still wait for their meter; of a change the one whose old meter goes.

    Meters that hang already (an acceptance that was stopped half-way) are not issued again.
    """
    application = registry.connection(call.case_number)
    change = application is not None and application.kind in CHANGES
    points = registry.points_of_case(call.case_number)
    waiting = points if change else [point for point in points if point.state == "numbered"]
    if not waiting:
        raise Refused(T("本案没有待装表的接水点。"))
    old = change and any(point.serial for point in waiting)
    return {
        "to_issue": [_point(point) for point in waiting],
        "purpose": "replacement" if old else "new",
    }


@service(
    "new_connection.deadline",
    inputs={"issued": "list", "to_issue": "list"},
    outputs={"install_by": "string", "old_readings": "list"},
    label=T("记明安装期限"),
)
def deadline(work: Work, call: Call) -> dict[str, Any]:
    """Until when the meters are to hang (T-INSTALL), and which old ones come down first."""
    given = call.inputs
    days = [row["install_by"] for row in given["issued"]]
    last = today(work) + timedelta(days=settings.get("limit.T-INSTALL"))
    hanging = registry.installed_meters([row["point_no"] for row in given["to_issue"]])
    return {
        "install_by": min(days, default=last.isoformat()),
        "old_readings": [
            {"point_no": point, "serial": meter.serial, "reading": None}
            for point, meter in sorted(hanging.items())
        ],
    }


@service(
    "new_connection.record_install",
    inputs={
        "started_on": "string",
        "done_on": "string",
        "install_note": "string",
        "completion_files": "list",
        "old_readings": "list",
        "kind": "string",
    },
    outputs={"completion": "context"},
    label=T("登记完工"),
)
def record_install(work: Work, call: Call) -> dict[str, Any]:
    """The works are done: old meters come back, the report is kept. Raises Invalid."""
    given = call.inputs
    if not given["started_on"] <= given["done_on"] <= today(work).isoformat():
        raise Invalid(fields={"done_on": T("完工日期应在开工日期与今天之间")})
    for number, row in enumerate(given["old_readings"]):
        _take_back(work, call, number, row)
    files = given["completion_files"]
    put_files(work, call.case_number, "completion_files", T("完工报告"), files)
    return {"completion": {"done_on": given["done_on"], "note": given["install_note"] or ""}}


def _take_back(work: Work, call: Call, number: int, row: Mapping[str, Any]) -> None:
    try:
        registry.take_back_meter(work, row["serial"], call.case_number, int(row["reading"]))
    except Invalid as wrong:
        text = next(iter(wrong.fields.values()))
        raise Invalid(fields={f"old_readings[{number}].reading": text}) from None
    # A meter that came down cannot be made undone.
    call.changed_register()


# --- accounts -------------------------------------------------------------------------------------


@service(
    "new_connection.prepare_entry",
    inputs={"applicant_name": "string", "uscc": "string"},
    outputs={"entry_rows": "list", "invoice_title": "string", "tax_no": "string"},
    pii=("applicant_name", "invoice_title"),
    label=T("备好立户资料"),
)
def prepare_entry(_work: Work, call: Call) -> dict[str, Any]:
    """Everything that the register knows of each account and its meter: nothing is typed twice."""
    points = registry.points_of_case(call.case_number)
    hanging = registry.installed_meters([point.point_no for point in points])
    rows = [_entry(point, hanging[point.point_no]) for point in points if point.point_no in hanging]
    return {
        "entry_rows": rows,
        "invoice_title": call.inputs["applicant_name"],
        "tax_no": call.inputs["uscc"],
    }


def _entry(point: registry.PointOfCase, meter: registry.InstalledMeter) -> dict[str, Any]:
    return {
        "account_no": point.account_no,
        "address": point.address,
        "serial": meter.serial,
        "made": " ".join(word for word in (meter.maker, meter.model) if word),
        "calibre": meter.calibre,
        "max_dial": meter.max_dial,
        "verified": meter.first_verification,
        "installed": meter.installed,
        "start_reading": meter.start_reading,
        "position": meter.position or "",
        "seals": "、".join(meter.seals),
        "book_no": point.book_no or BOOK,
        "book_seq": point.book_seq or point.seq,
        "household_size": 4,
        "pay_method": "counter",
        "industry": "",
    }


@service(
    "new_connection.open_accounts",
    inputs={"entry_rows": "list", "invoice_title": "string", "tax_no": "string"},
    outputs={"water_rows": "list"},
    changes_register=True,
    pii=("invoice_title",),
    label=T("立户"),
)
def open_accounts(work: Work, call: Call) -> dict[str, Any]:
    """All pre-accounts of the case come into use at once. Raises Invalid at row and field."""
    given = call.inputs
    wrong: dict[str, Any] = {}
    invoice = {"name_on_bill": given["invoice_title"], "tax_no": given["tax_no"]}
    for number, row in enumerate(given["entry_rows"]):
        data = {**row, **invoice, "installed": date.fromisoformat(row["installed"])}
        try:
            registry.open_account(work, row["account_no"], data, call.case_number)
        except Invalid as fault:
            wrong |= {f"entry_rows[{number}].{name}": text for name, text in fault.fields.items()}
    if wrong:
        raise Invalid(next(iter(wrong.values())), fields=wrong)
    return {"water_rows": [_water(row) for row in given["entry_rows"]]}


def _water(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("account_no", "address", "serial", "start_reading")
    return {**{name: row[name] for name in names}, "reading": row["start_reading"]}


@service(
    "new_connection.note_water",
    inputs={"water_rows": "list", "opened_on": "string", "water_photos": "list"},
    label=T("登记通水"),
)
def note_water(work: Work, call: Call) -> dict[str, Any]:
    """Water is on: the first reading of each account, and the reader has the book from now on."""
    given = call.inputs
    day = date.fromisoformat(given["opened_on"])
    for number, row in enumerate(given["water_rows"]):
        try:
            registry.record_reading(
                work,
                row["account_no"],
                on=day,
                reading=int(row["reading"]),
                source="site",
                note=str(T("通水首次表底")),
                case=call.case_number,
            )
        except Invalid as fault:
            raise Invalid(fields=_at_water(number, fault)) from None
    put_files(work, call.case_number, "water_photos", T("通水移交照片"), given["water_photos"])
    return {}


def _at_water(number: int, fault: Invalid) -> dict[str, Any]:
    names = {"on": "opened_on", "reading": f"water_rows[{number}].reading"}
    return {names.get(name, name): text for name, text in fault.fields.items()}
