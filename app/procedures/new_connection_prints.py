"""Data of the print-outs of 用水报装. Contents: domain 5.4. Names and numbers as in ``prints``."""

from __future__ import annotations

from typing import Any

from app import registry, settings
from app.cases.prints import PrintCall, print_out
from app.errors import Refused
from app.procedures.common import CATEGORIES
from app.procedures.print_facts import Values, applicant, identity, place_of, said, words
from app.texts import T

KINDS = {
    "permanent": T("永久用水"),
    "temporary": T("临时用水"),
    "per_household": T("一户一表"),
    "enlarge": T("增容"),
    "relocate": T("移表"),
}
RESULTS = {
    "no_outside_pipe": T("具备条件，无需外线"),
    "outside_pipe": T("具备条件，需外线"),
    "not_feasible": T("暂不具备条件"),
}
WORKS = {"none": T("无外线"), "simple": T("简易低风险"), "outside": T("有外线")}
TITLES = {
    "titled": T("有不动产权证"),
    "contract": T("有购房合同或土地使用合同"),
    "none": T("暂时没有"),
}


@print_out("new_connection.guide", title=T("报装一次性告知单"), personal=False)
def guide(_call: PrintCall) -> Values:
    """Who may apply, papers, flow with days, charges, phones (WIN-13, D18 chapter 9)."""
    return {
        "supplement_days": settings.get("limit.T-SUPP"),
        "promise_days": settings.get("limit.T-COMMIT"),
        "survey_days": settings.get("limit.T-SURV"),
        "answer_days": settings.get("limit.T-ANSWER"),
        "lapse_days": settings.get("limit.T-ANSWER.lapse"),
    }


@print_out("new_connection.application", title=T("用水报装申请表"))
def application(call: PrintCall) -> Values:
    """The registration to sign; a form to fill in by hand before anything is registered."""
    given = call.variables
    asked = applicant(call)
    return {
        **(_where(call) if given.get("address") else {}),
        **asked,
        **identity(call),
        **said(call, "legal_rep", "contact_person", "email", "demand", "floors", "meters"),
        "kind": words(KINDS, given.get("kind")),
        "title_status": words(TITLES, given.get("title_status")),
        "edition": "registered" if asked["applicant"] else "blank",
    }


def _where(call: PrintCall) -> Values:
    return {**place_of(call), "region": call.variables.get("region") or call.region}


@print_out("new_connection.survey_sheet", title=T("查勘单·供水方案告知"))
def survey_sheet(call: PrintCall) -> Values:
    """Site facts, scheme, budget, until when it holds. Raises Refused before the survey."""
    found, given = registry.connection(call.case_number), call.variables
    if found is None or found.feasibility is None:
        raise Refused(T("还没有查勘结论：请先提交“设计委托·现场查勘”，再打印查勘单。"))
    return {
        **_where(call),
        **applicant(call),
        **said(call, "demand", "floors", "pressure", "main_ref", "meter_position",
               "second_pressure", "fire_supply", "site_facts", "infeasible_reason",
               "scheme_text"),
        "appointment": str(given.get("appointment") or "")[:16],
        "expected_on": str(given.get("expected_on") or "")[:10],
        "kind": words(KINDS, found.kind),
        "calibre": f"DN{found.calibre}",
        "meters": found.meters,
        "feasibility": found.feasibility,
        "result": words(RESULTS, found.feasibility),
        "works": words(WORKS, found.supply_kind),
        "scheme_no": found.scheme_no,
        "budget": found.budget,
        "charges": [dict(item) for item in given.get("charge_items") or []],
        "charges_due": given.get("charges_due") or 0,
        "answer_days": given.get("answer_days"),
        "edition": f"{found.scheme_no} {found.calibre} {found.meters} {found.budget}",
    }  # fmt: skip


@print_out("new_connection.charge_notice", title=T("收款通知单"))
def charge_notice(call: PrintCall) -> Values:
    """What is to be paid, by the price list. Raises Refused when nothing is."""
    given = call.variables
    due = given.get("charges_due") or 0
    if not due:
        raise Refused(T("本案没有待缴费用，不需要收款通知单。"))
    return {
        **_where(call),
        **applicant(call),
        "kind": words(KINDS, given.get("kind")),
        "items": [dict(item) for item in given.get("charge_items") or []],
        "total": due,
        "scheme_no": given.get("scheme_no"),
        "edition": str(due),
    }


@print_out("new_connection.contract", title=T("供用水合同"))
def contract(call: PrintCall) -> Values:
    """The contract's variable parts; without a number it is a draft."""
    given = call.variables
    known = registry.contracts_of_case(call.case_number)
    signed = next((one for one in known if one.state == "running"), None)
    terms: dict[str, Any] = dict(signed.terms) if signed else {}
    points = registry.points_of_case(call.case_number)
    calibre = terms.get("calibre") or given.get("calibre")
    return {
        **_where(call),
        **applicant(call),
        **identity(call),
        **said(call, "legal_rep", "demand", "meter_position", "price_code"),
        "kind": words(KINDS, given.get("kind")),
        "temporary": given.get("kind") == "temporary",
        "category": words(CATEGORIES, given.get("category")),
        "calibre": f"DN{calibre}" if calibre else "",
        "meters": terms.get("meters") or given.get("meters"),
        "points": [_point(point) for point in points],
        "contract_no": signed.contract_no if signed else None,
        "signed": signed.signed.isoformat() if signed else None,
        "valid_to": signed.valid_to.isoformat() if signed and signed.valid_to else None,
        "agent": signed.agent if signed else given.get("agent_name") or None,
        "edition": signed.contract_no if signed else "draft",
    }


@print_out("new_connection.points_notice", title=T("接水点编号通知单"))
def points_notice(call: PrintCall) -> Values:
    """Numbers, addresses, calibres, branch. Raises Refused before there are any."""
    points = registry.points_of_case(call.case_number)
    if not points:
        raise Refused(T("还没有接水点编号：请先完成“发放接水点编号”，再打印通知单。"))
    return {
        **_where(call),
        **applicant(call),
        "branch": registry.branch_of(points[0].region),
        "contract_no": call.variables.get("contract_no") or None,
        "points": [_point(point) for point in points],
        "count": len(points),
        "edition": " ".join(f"{one.point_no}/{one.calibre}" for one in points),
    }


def _point(point: registry.PointOfCase) -> Values:
    return {
        "point_no": point.point_no,
        "account_no": point.account_no,
        "address": point.address,
        "calibre": f"DN{point.calibre}",
        "book": f"{point.book_no or ''}-{point.book_seq or ''}",
        "serial": point.serial or "",
    }
