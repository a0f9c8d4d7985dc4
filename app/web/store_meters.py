"""What a storekeeper does with one meter: notes its verification, takes it back, scraps it."""

from __future__ import annotations

from datetime import date

from flask import Response, url_for

from app import registry
from app.errors import Invalid, NotFound
from app.procedures import meter_store
from app.procedures.meter_store import KEEPERS
from app.registry import states
from app.texts import T
from app.web.deeds import Ask, Deed, answer, page
from app.web.door import door
from app.web.rights import actor, may
from app.web.speech import say
from app.web.store import known_meter
from app.web.store_deeds import Done, Given, reason


def day_of(text: str) -> date | None:
    """A day as the browser sends it; None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def reading_of(text: str) -> int:
    """Whole m³. Raises Invalid (``reading``)."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise Invalid(fields={"reading": T("表底数应为整数，单位 m³")})
    return int(text)


def _scrap(serial: str) -> Deed:
    found = known_meter(serial)
    hint = say(T("报废后不能恢复，档案和流水保留。"))
    back = url_for("web.store_meter", serial=found.serial)
    return Deed(T("报废水表"), T("报废"), found.serial, back, (reason(),), hint, danger=True)


@door.get("/store/meters/<serial>/scrap")
@may(*KEEPERS)
def store_scrap_page(serial: str) -> str:
    """Take a meter out of use."""
    return page(_scrap(serial))


@door.post("/store/meters/<serial>/scrap")
@may(*KEEPERS)
def store_scrap(serial: str) -> Response:
    """For good."""

    def act(given: Given) -> Done:
        meter_store.scrap_meter(serial, given["reason"], by=actor())
        return T("水表 {serial} 已报废。", serial=serial), url_for("web.store_meter", serial=serial)

    return answer(_scrap(serial), act)


def _verify(serial: str) -> Deed:
    found = known_meter(serial)
    hint = say(T("合格的留在原表库待发，不合格的作废。"))
    back = url_for("web.store_meter", serial=found.serial)
    results = [("passed", say(T("合格，可以再用"))), ("failed", say(T("不合格，作废")))]
    asks = (
        Ask("result", T("检定结果"), "options", options=results),
        Ask("on", T("检定日期"), "date"),
        Ask("certificate", T("证书或通知书编号"), "line", most=40),
        Ask("note", T("说明"), most=200),
    )
    return Deed(T("登记检定结果"), T("保存"), found.serial, back, asks, hint)


@door.get("/store/meters/<serial>/verify")
@may(*KEEPERS)
def store_verify_page(serial: str) -> str:
    """What its verification said."""
    return page(_verify(serial))


@door.post("/store/meters/<serial>/verify")
@may(*KEEPERS)
def store_verify(serial: str) -> Response:
    """Back into stock, or out of use."""
    deed = _verify(serial)

    def act(given: Given) -> Done:
        state = meter_store.verify_meter(
            serial,
            result=given["result"],
            on=day_of(given["on"]),
            certificate=given["certificate"],
            note=given["note"],
            by=actor(),
        )
        label = states.label("meter", state)
        return T("水表 {serial} 检定已登记，现为{state}。", serial=serial, state=label), deed.back

    return answer(deed, act)


def _take_back(serial: str) -> Deed:
    found = registry.old_meter(serial)
    if found is None:
        raise NotFound(T("水表 {serial} 不在未回收的旧表之列。", serial=serial))
    hint = say(T("旧表入本片区分库待检，表底数记为拆表读数。"))
    asks = (Ask("reading", T("表底数（m³）"), "number", most=9),)
    back = url_for("web.store_old")
    return Deed(T("旧表回收入库"), T("入库"), found.serial, back, asks, hint)


@door.get("/store/meters/<serial>/take-back")
@may(*KEEPERS)
def store_take_back_page(serial: str) -> str:
    """An old meter that comes late."""
    return page(_take_back(serial))


@door.post("/store/meters/<serial>/take-back")
@may(*KEEPERS)
def store_take_back(serial: str) -> Response:
    """Take it in."""
    deed = _take_back(serial)

    def act(given: Given) -> Done:
        meter_store.take_back_meter(serial, reading_of(given["reading"]), by=actor())
        return T("旧表 {serial} 已入库待检。", serial=serial), deed.back

    return answer(deed, act)
