"""How limits and the service clock are marked; timers that a changed calendar does not reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.engine.check.finding import Sheet
from app.engine.check.links import World
from app.engine.marks import Source, local
from app.engine.times import counts_service
from app.feel.syntax import parsed
from app.limits import NAME, Limit
from app.texts import T

PERSONS = ("userTask", "manualTask")


def rules(world: World) -> None:
    """Findings about limits in all drawings."""
    for sheet in world.sheets:
        for process in sheet.processes():
            _limit(world, sheet, process)
        for _scope, node in sheet.nodes():
            _limit(world, sheet, node)
            _place(sheet, node)
            _clock(sheet, node)
        _frozen(sheet)


def _limit(world: World, sheet: Sheet, owner: Any) -> None:
    source = sheet.marks(owner).limit
    if source is None or source.feel:
        return
    if NAME.fullmatch(source.text):
        if world.limits is not None and source.text not in world.limits:
            text = T("参数里没有时限“{id}”，请核对", id=source.text)
            world.missing(sheet, owner, "unknown_limit", text)
        return
    try:
        Limit.read(source.text)
    except ValueError:
        text = T(
            "时限“{value}”无法识别，请写成 5（工作日）、PT4H（工作时间）、20 minutes、24 hours、"
            "30 days（自然时间）或参数名如 T-SURV",
            value=source.text,
        )
        sheet.error(owner, "limit", text)


def _place(sheet: Sheet, node: Any) -> None:
    marks = sheet.marks(node)
    if marks.limit is None:
        return
    if local(node) not in PERSONS:
        text = T("时限只对人工任务有效，写在这里不起作用，请移到任务或流程上")
        sheet.warn(node, "limit", text)
    elif marks.due is not None:
        sheet.error(node, "limit", T("同一任务不能既写时限又写办理期限，请去掉一个"))


def _clock(sheet: Sheet, node: Any) -> None:
    said = sheet.marks(node).properties.get("clock", "")
    if said not in ("", "paused"):
        text = T("“clock”只能写 paused，“{value}”不起作用", value=said)
        sheet.warn(node, "clock", text)


def _frozen(sheet: Sheet) -> None:
    """A moment worked out beforehand stays as it is; a timer that counts by itself does not."""
    counted = set(_counted(sheet))
    for _scope, node in sheet.nodes():
        for source in _times(sheet, node):
            if counts_service(source.text):
                continue
            for name in sorted(parsed(source.text).variables & counted):
                text = T(
                    "定时读取的“{name}”是事先按工作时间算好的，日历改变后不会重算；"
                    "请把工作时间函数直接写进定时",
                    name=name,
                )
                sheet.warn(node, "timer_frozen", text)


def _counted(sheet: Sheet) -> Iterator[str]:
    """Variables that an expression of working time writes."""
    for _scope, node in sheet.nodes():
        marks = sheet.marks(node)
        if marks.script is not None and marks.result and counts_service(marks.script.text):
            yield marks.result
        for mapping in (*marks.inputs, *marks.outputs):
            if mapping.source.feel and counts_service(mapping.source.text):
                yield mapping.target.split(".")[0]


def _times(sheet: Sheet, node: Any) -> Iterator[Source]:
    due = sheet.marks(node).due
    if due is not None and due.feel:
        yield due
    for definition in sheet.definitions(node):
        if local(definition) == "timerEventDefinition":
            read = (Source.read(c.text) for c in definition if isinstance(c.tag, str))
            yield from (source for source in read if source is not None and source.feel)
