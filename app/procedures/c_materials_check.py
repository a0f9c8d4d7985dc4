"""材料核验: the papers that the rule asks for, ticked off one by one (WIN-10, WIN-13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app import notices, registry, settings
from app.cases import Call, service
from app.errors import Invalid
from app.procedures.common import today
from app.texts import T
from app.work import Work

NEEDS = {
    "required": T("必备"),
    "must": T("必备"),
    "deferrable": T("可承诺补交"),
    "shared": T("共享免交"),
    "approve": T("缺则须审批"),
    "optional": T("有则提供"),
}
# Without these the case does not go on.
INSISTED = ("required", "must", "deferrable", "shared")
Rows = Sequence[Mapping[str, Any]]
notices.template(
    "supplement_reminder",
    "补正材料提醒",
    "您办理的{business}还需补交：{missing}。逾期未补将失效，案号{case}。",
    places=[("business", "业务名称", "水表过户"), ("missing", "所缺材料", "不动产权证")],
    en="For your {business} still missing: {missing}. It lapses when they do not come in time, "
    "case {case}.",
)


@service(
    "c_materials_check.prepare",
    inputs={"required": "list"},
    outputs={"papers": "list", "supplement_days": "number", "reminder_days": "number"},
    label=T("备好核验清单"),
)
def prepare(work: Work, call: Call) -> dict[str, Any]:
    """The list as the clerk ticks it; nothing counts as received before. What is promised is
    promised until the last day of T-COMMIT, unless the clerk chooses one before."""
    last = _last_day(work).isoformat()
    empty = {"state": "", "pages": 1, "due": last, "source": "", "files": []}
    return {
        "papers": [
            {"title": row["title"], "need": need(row), **empty} for row in call.inputs["required"]
        ],
        "supplement_days": settings.get("limit.T-SUPP"),
        "reminder_days": settings.get("limit.T-SUPP.reminder"),
    }


def need(row: Mapping[str, Any]) -> str:
    """How much a paper is needed, with what to look at."""
    mode = str(NEEDS.get(row["mode"], row["mode"]))
    return f"{mode}：{row['note']}" if row.get("note") else mode


@service(
    "c_materials_check.record",
    inputs={
        "required": "list",
        "papers": "list",
        "materials_decision": "string",
        "refuse_reason": "string",
        "supplement_note": "string",
        "supplement_from": "string",
    },
    outputs={
        "result": "string",
        "papers_received": "list",
        "missing_text": "string",
        "materials_reason": "string",
        "supplement_from": "string",
    },
    label=T("登记收件"),
)
def record(work: Work, call: Call) -> dict[str, Any]:
    """Write every paper down and say what follows.

    ``result``: refused, incomplete (a required paper is missing), exceptional (only what an
    approval can replace is missing) or complete.
    """
    given = call.inputs
    papers = [
        {**row, **paper, "title": row["title"]}
        for row, paper in zip(given["required"], given["papers"], strict=False)
    ]
    papers += [{**row, "state": "missing"} for row in given["required"][len(papers) :]]
    _no_promise(papers)
    last = _last_day(work)
    for paper in papers:
        _put(work, call.case_number, paper, last)
    missing = _missing(papers, *INSISTED)
    unproven = _missing(papers, "approve")
    result = _result(given["materials_decision"], missing, unproven)
    return {
        "result": result,
        "papers_received": [_line(p) for p in papers if _received(p)],
        "missing_text": "、".join(missing),
        "materials_reason": given["refuse_reason"] if result == "refused" else "、".join(unproven),
        "supplement_from": given["supplement_from"] or today(work).isoformat(),
    }


def _result(decision: str, missing: list[str], unproven: list[str]) -> str:
    if decision == "refuse":
        return "refused"
    if missing:
        return "incomplete"
    return "exceptional" if unproven else "complete"


def _received(paper: Mapping[str, Any]) -> bool:
    return paper.get("state") not in (None, "", "missing")


def _no_promise(papers: Rows) -> None:
    """What must be there at once is not promised for later. Raises Invalid at the row."""
    wrong = {
        f"papers[{number}].state": T("这份材料必备，不能承诺补交")
        for number, paper in enumerate(papers)
        if paper["mode"] == "must" and paper.get("state") == "commitment"
    }
    if wrong:
        raise Invalid(fields=wrong)


def _missing(papers: Rows, *modes: str) -> list[str]:
    return [p["title"] for p in papers if p["mode"] in modes and not _received(p)]


def _line(paper: Mapping[str, Any]) -> dict[str, Any]:
    return {"title": paper["title"], "state": paper["state"], "pages": paper.get("pages") or 0}


def _last_day(work: Work) -> date:
    days = settings.get("limit.T-COMMIT")
    return settings.calendar().add_workdays(today(work), days)


def _put(work: Work, case: str, paper: Mapping[str, Any], last: date) -> None:
    mode = paper.get("state") or "missing"
    shared = mode == "shared"
    registry.put_material(
        work,
        case=case,
        kind=paper["kind"],
        title=paper["title"],
        mode=mode,
        pages=0 if shared else int(paper.get("pages") or 0),
        received=_received(paper),
        file_ids=[] if shared else [str(f) for f in paper.get("files") or []],
        due=_day(paper.get("due"), last) if mode == "commitment" else None,
        source=str(paper.get("source") or "") if shared else None,
    )


def _day(chosen: Any, last: date) -> date:
    """The day that was chosen; never after the last one that may be promised."""
    return min(date.fromisoformat(str(chosen)[:10]), last) if chosen else last
