"""建档归档: a volume with its index, completed and shelved (ARC-1, D18 chapter 30)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app import registry, settings
from app.cases import Call, service
from app.procedures.common import put_files
from app.texts import T
from app.work import Work

Paper = registry.MaterialFacts
Rows = list[tuple[Mapping[str, Any], Sequence[Paper]]]
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
    """Open the volume of the finished case; its papers' pages are known already.

    A row of the index names the kind of papers that it takes in (``*`` for all that no other
    row names); what no row takes in gets a row of its own: no paper is left out.
    """
    given = call.inputs
    rows = _with_papers(given["index_rows"], registry.materials(given["filed_case"]))
    items = [{**row, "pages": 0} for row, _papers in rows]
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
        "items": [_row(row, papers) for row, papers in rows],
        "secrecy": "general",
        "retention": "permanent",
    }


def _with_papers(rows: Sequence[Mapping[str, Any]], papers: Sequence[Paper]) -> Rows:
    came = [paper for paper in papers if paper.received]
    named = {row.get("papers") for row in rows}
    rest = [paper for paper in came if paper.kind not in named]
    taken: Rows = [
        (row, rest if row.get("papers") == "*" else [p for p in came if p.kind == row["papers"]])
        for row in rows
        if row["required"] or not row.get("papers") or row["papers"] in {p.kind for p in came}
    ]
    if "*" in named:
        return taken
    own = [({"title": p.title, "step": "", "required": False, "papers": p.kind}, [p]) for p in rest]
    return [*taken, *own]


def _row(item: Mapping[str, Any], papers: Sequence[Paper]) -> dict[str, Any]:
    return {
        "title": item["title"],
        "need": str(NEEDS[bool(item["required"])]),
        "present": False,
        "pages": sum(paper.pages for paper in papers) or 1,
        "note": _note(papers),
    }


def _note(papers: Sequence[Paper]) -> str:
    """How many scans there are, and what was promised for later."""
    files = sum(len(paper.file_ids) for paper in papers)
    said = [str(T("扫描件 {n} 份", n=files))] if files else []
    said += [str(T("{title} {due} 前补交", title=p.title, due=p.due)) for p in papers if p.due]
    return "；".join(said)[:200]


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
    "archive_filing.take_in",
    inputs={
        "filed_case": "string",
        "volume_id": "number",
        "items": "list",
        "supplied_files": "list",
    },
    outputs={"items": "list"},
    label=T("归入补交件"),
)
def take_in(work: Work, call: Call) -> dict[str, Any]:
    """Add what was supplied to the papers of the filed case and to the index of its volume."""
    case, files = call.inputs["filed_case"], call.inputs["supplied_files"] or []
    known = [p for p in registry.materials(case) if p.kind.startswith("supplied_")]
    new = [f for f in files if not any(f in paper.file_ids for paper in known)]
    if not new:
        return {"items": call.inputs["items"]}
    title = T("归档补交文件 {n}", n=len(known) + 1)
    put_files(work, case, f"supplied_{len(known) + 1}", title, new)
    papers = [p for p in registry.materials(case) if p.title == title]
    row = _row({"title": str(title), "required": False}, papers)
    added = {"title": str(title), "step": "supply", "note": row["note"]}
    registry.note_volume_items(work, int(call.inputs["volume_id"]), [added])
    return {"items": [*call.inputs["items"], row]}


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
