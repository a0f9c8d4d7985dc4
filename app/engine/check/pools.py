"""Pools, message flows and lanes: drawn only, but what is drawn must be right."""

from __future__ import annotations

from typing import Any

from app.engine import support
from app.engine.check.finding import Sheet
from app.engine.check.flows import has
from app.engine.marks import BPMN, local
from app.texts import T

RECEIVES = ("startEvent", "intermediateCatchEvent", "boundaryEvent")
SENDS = ("endEvent", "intermediateThrowEvent")


def rules(sheet: Sheet) -> None:
    pools = {p.get("id"): p.get("processRef") for p in sheet.root.iter(f"{{{BPMN}}}participant")}
    for flow in sheet.root.iter(f"{{{BPMN}}}messageFlow"):
        _pools_differ(sheet, flow, pools)
        _end(sheet, flow, "sourceRef", SENDS, RECEIVES)
        _end(sheet, flow, "targetRef", RECEIVES, SENDS)
    for many in sheet.root.iter(f"{{{BPMN}}}participantMultiplicity"):
        _multiplicity(sheet, many)
    for process in sheet.processes():
        _lanes(sheet, process)


def _pool(sheet: Sheet, ref: str, pools: dict[str, str]) -> str:
    """The process at an end of a message flow; of an empty pool, the pool itself."""
    if ref in pools:
        return pools[ref] or ref
    element = sheet.ids.get(ref)
    while element is not None and local(element) != "process":
        element = element.getparent()
    return str(element.get("id")) if element is not None else ""


def _pools_differ(sheet: Sheet, flow: Any, pools: dict[str, str]) -> None:
    source, target = (str(flow.get(role)) for role in ("sourceRef", "targetRef"))
    one, other = _pool(sheet, source, pools), _pool(sheet, target, pools)
    if source == target or (one and one == other):
        sheet.error(flow, "message_flow", T("消息流要连接两个不同的泳池，请改接或改用顺序流"))


def _end(
    sheet: Sheet, flow: Any, role: str, right: tuple[str, ...], wrong: tuple[str, ...]
) -> None:
    node = sheet.ids.get(flow.get(role))
    if node is None:
        return
    if local(node) in wrong:
        text = T("消息流不能从接收的事件发出，也不能进入发送的事件，请改接")
        sheet.error(flow, "message_flow", text)
    elif local(node) in right and not has(sheet, node, "message"):
        text = T("消息流连着的事件“{ref}”要有消息定义，请补上", ref=node.get("id"))
        sheet.error(flow, "message_flow", text)


def _multiplicity(sheet: Sheet, many: Any) -> None:
    least, most = _number(many.get("minimum"), 0), _number(many.get("maximum"), 1)
    if least is None or most is None or least < 0 or most < max(1, least):
        text = T("参与方数量不对：最少不能小于 0，最多至少是 1 且不小于最少")
        sheet.error(many, "multiplicity", text)


def _number(text: str | None, default: int) -> int | None:
    try:
        return default if text is None else int(text)
    except ValueError:
        return None


def _lanes(sheet: Sheet, process: Any) -> None:
    inside = {e.get("id") for e in process.iter(f"{{{BPMN}}}*") if e.get("id")}
    for lane_set in process.iter(f"{{{BPMN}}}laneSet", f"{{{BPMN}}}childLaneSet"):
        seen: set[str] = set()
        for ref in _members(lane_set):
            if ref in seen:
                text = T("“{ref}”同时在两条泳道里，请只留一处", ref=ref)
                sheet.warn(lane_set, "lane", text)
            if ref in sheet.ids and local(sheet.ids[ref]) in support.NODES and ref not in inside:
                text = T("泳道里的“{ref}”属于另一个流程，请移走", ref=ref)
                sheet.error(lane_set, "lane", text)
            seen.add(ref)


def _members(lane_set: Any) -> list[str]:
    refs = lane_set.iterfind(f"{{{BPMN}}}lane/{{{BPMN}}}flowNodeRef")
    return [(ref.text or "").strip() for ref in refs]
