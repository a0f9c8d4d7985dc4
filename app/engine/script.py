"""The script of a rehearsal: its shape is looked at before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.errors import Problem
from app.texts import T, Text

EVENTS = ("complete", "message", "signal", "advance")


class BadScript(Problem):
    """演练脚本有误。"""


def checked(script: Mapping[str, Any]) -> Mapping[str, Any]:
    """The script itself. BadScript names the first place that is not of the right shape."""
    for fault in _faults(script):
        raise BadScript(fault)
    return script


def _faults(script: Mapping[str, Any]) -> Iterator[Text]:
    yield from _object(script, "start", "start")
    yield from _object(script, "services", "services")
    events = script.get("events") or []
    if not isinstance(events, list):
        yield T("脚本的 {place} 应是一个列表", place="events")
        return
    for number, event in enumerate(events, 1):
        yield from _event(event, f"events[{number}]")
    for name, given in (script.get("services") or {}).items():
        for answer in given if isinstance(given, list) else [given]:
            yield from _answer(answer, f"services[{name}]")


def _object(around: Mapping[str, Any], name: str, place: str) -> Iterator[Text]:
    if not isinstance(around.get(name) or {}, dict):
        yield _no_object(place)


def _no_object(place: str) -> Text:
    return T("脚本的 {place} 应是一个 JSON 对象", place=place)


def _event(event: Any, place: str) -> Iterator[Text]:
    if not isinstance(event, dict):
        yield _no_object(place)
        return
    if sum(name in event for name in EVENTS) != 1:
        yield T("脚本里有不支持的事件：{names}", names="、".join(sorted(event)))
    for name in ("answers", "variables"):
        yield from _object(event, name, f"{place}.{name}")


def _answer(answer: Any, place: str) -> Iterator[Text]:
    if not isinstance(answer, dict):
        yield _no_object(place)
    elif not {"variables", "error"} & set(answer) and answer:
        yield T("脚本的 {place} 要有 variables 或 error", place=place)
    else:
        yield from _object(answer, "variables", f"{place}.variables")
