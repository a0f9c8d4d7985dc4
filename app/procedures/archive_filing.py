"""建档归档: a volume with its index, completed and shelved (ARC-1, D18 chapter 30)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app import registry, settings
from app.cases import Call, service
from app.texts import T
from app.work import Work

NEEDS = {True: T("必须"), False: T("有则归入")}


@service(
    "archive_filing.open_volume",
    inputs={
        "filed_case": "string",
        "process": "string",
        "ending": "string",
        "account_no": "string",
        "index_rows": "list",
    },
    outputs={
        "volume_id": "number",
        "items": "list",
        "file_days": "number",
        "secrecy": "string",
        "retention": "string",
    },
    label=T("建立案卷"),
)
def open_volume(work: Work, call: Call) -> dict[str, Any]:
    """Open the volume of the finished case; its papers' pages are known already."""
    given = call.inputs
    pages = sum(paper.pages for paper in registry.materials(given["filed_case"]) if paper.received)
    items = [{**row, "pages": 0} for row in given["index_rows"]]
    volume = registry.open_volume(
        work,
        case=given["filed_case"],
        procedure=given["process"],
        account_no=given["account_no"],
        outcome=given["ending"],
        items=items,
    )
    return {
        "volume_id": volume,
        "file_days": settings.get("limit.T-FILE"),
        "items": [_row(item, pages if item["step"] == "check" else 1) for item in items],
        "secrecy": "general",
        "retention": "permanent",
    }


def _row(item: Mapping[str, Any], pages: int) -> dict[str, Any]:
    return {
        "title": item["title"],
        "need": str(NEEDS[bool(item["required"])]),
        "present": False,
        "pages": pages,
        "note": "",
    }


@service(
    "archive_filing.note_items",
    inputs={"volume_id": "number", "filed_case": "string", "items": "list"},
    outputs={"complete": "boolean", "missing_text": "string", "items": "list"},
    label=T("登记核对结果"),
)
def note_items(work: Work, call: Call) -> dict[str, Any]:
    """Note what is there; what is present has at least one page."""
    volume = registry.volume(id=int(call.inputs["volume_id"]))
    titles = [item.title for item in volume.items] if volume else []
    items = [
        {**item, "title": title} for title, item in zip(titles, call.inputs["items"], strict=False)
    ]
    noted = [
        {
            "title": i["title"],
            "note": i.get("note") or "",
            "pages": max(1, int(i.get("pages") or 0)) if i.get("present") else 0,
        }
        for i in items
    ]
    missing = registry.note_volume_items(work, int(call.inputs["volume_id"]), noted)
    return {"complete": not missing, "missing_text": "、".join(missing), "items": items}


@service(
    "archive_filing.shelve",
    inputs={"volume_id": "number", "place": "string", "secrecy": "string", "retention": "string"},
    outputs={"archive_no": "string"},
    label=T("登记档案编号"),
)
def shelve(work: Work, call: Call) -> dict[str, Any]:
    """Number the volume and put it on the shelf."""
    given = call.inputs
    number = registry.shelve_volume(
        work,
        int(given["volume_id"]),
        place=given["place"],
        secrecy=given["secrecy"],
        retention=given["retention"],
    )
    return {"archive_no": number}


@service("archive_filing.urge", inputs={"filed_case": "string"}, label=T("催办归档"))
def urge(_work: Work, _call: Call) -> dict[str, Any]:
    """The step itself is the urging: it stands in the trail and in the overdue list."""
    return {}
