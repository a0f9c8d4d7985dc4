"""What a storekeeper does in the store, each on a small page of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Response, url_for

from app import registry
from app.errors import Invalid, NotFound
from app.procedures import meter_store
from app.procedures.meter_store import KEEPERS
from app.registry import states
from app.registry.stock import SEAL_TYPES
from app.texts import T, Text
from app.web.deeds import Ask, Deed, answer, number, page
from app.web.door import door
from app.web.rights import actor, may
from app.web.speech import say
from app.web.store import HOW, served

Given = dict[str, str]
Done = tuple[Text, str]
LINES = 60_000
ROW = re.compile(r"\w+\[(\d+)\]")
MOST_SAID = 20


def lines_of(text: str) -> list[str]:
    """What was typed or scanned, one a line or apart by blanks and commas."""
    return [part for part in re.split(r"[\s,，、;；]+", text) if part]


def at_one_field(name: str, act: Callable[[Given], Done]) -> Callable[[Given], Done]:
    """Faults of single lines are said together at the field in which the lines stand."""

    def done(given: Given) -> Done:
        try:
            return act(given)
        except Invalid as wrong:
            raise Invalid(wrong.text, fields=_together(wrong, name)) from None

    return done


def _together(wrong: Invalid, name: str) -> dict[str, Any]:
    rows = {key: text for key, text in wrong.fields.items() if ROW.match(key)}
    plain = {name if key == "serials" else key: text
             for key, text in wrong.fields.items() if key not in rows}  # fmt: skip
    if not rows:
        return plain
    said = [
        say(T("第 {n} 个：{fault}", n=int(ROW.match(key)[1]) + 1, fault=text))  # type: ignore[index]
        for key, text in list(rows.items())[:MOST_SAID]
    ]
    if len(rows) > MOST_SAID:
        said.append(say(T("另有 {n} 处", n=len(rows) - MOST_SAID)))
    return {**plain, name: "；".join(said)}


def _stores(*, every: bool = False) -> list[tuple[str, str]]:
    return [(one.code, one.name) for one in (registry.stores() if every else served())]


def _from() -> Ask:
    return Ask("source", T("调出库"), "list", options=_stores(), none=T("请选择"))


def _to() -> Ask:
    return Ask("target", T("调入库"), "list", options=_stores(every=True), none=T("请选择"))


def _seal_type() -> Ask:
    options = [(kind, say(states.label("seal_type", kind))) for kind in SEAL_TYPES]
    return Ask("type", T("种类"), "options", options=options)


def _numbers(label: Text) -> Ask:
    hint = T("每行一个，可用扫码枪连续扫描")
    return Ask("numbers", label, "words", hint, most=LINES)


def reason() -> Ask:
    """Why."""
    return Ask("reason", T("原因"), "words", most=200)


# --- meters ---------------------------------------------------------------------------------------


def _transfer() -> Deed:
    hint = say(T("装过的水表不能退回总库。"))
    asks = (_from(), _to(), _numbers(T("表身号")), Ask("reason", T("事由"), "line", most=200))
    return Deed(T("调拨水表"), T("调拨"), say(T("表库")), url_for("web.store"), asks, hint)


@door.get("/store/transfer")
@may(*KEEPERS)
def store_transfer_page() -> str:
    """From one store to another."""
    return page(_transfer())


@door.post("/store/transfer")
@may(*KEEPERS)
def store_transfer() -> Response:
    """Move them, all or none."""
    return answer(_transfer(), at_one_field("numbers", _move))


def _move(given: Given) -> Done:
    serials = lines_of(given["numbers"])
    source, target, reason = given["source"], given["target"], given["reason"]
    paper = meter_store.transfer_meters(
        serials, source=source, target=target, reason=reason, by=actor()
    )
    return T("已调拨 {n} 块水表，单号 {no}。", n=len(serials), no=paper), url_for("web.store")


# --- seals ----------------------------------------------------------------------------------------


def _seals_in() -> Deed:
    asks = (
        Ask("store", T("入库"), "list", options=_stores(), none=T("请选择")),
        _seal_type(),
        Ask("first", T("起始封号"), "line", T("以数字结尾，如 S1-00001"), most=30),
        Ask("count", T("个数"), "number", most=4),
    )
    return Deed(T("封号入库"), T("入库"), say(T("封号")), url_for("web.store_seals"), asks)


@door.get("/store/seals/new")
@may(*KEEPERS)
def store_seals_in_page() -> str:
    """A roll of seals."""
    return page(_seals_in())


@door.post("/store/seals/new")
@may(*KEEPERS)
def store_seals_in() -> Response:
    """Take it in."""
    return answer(_seals_in(), _take_seals)


def _take_seals(given: Given) -> Done:
    numbers = meter_store.take_in_seals(
        store=given["store"],
        type=given["type"],
        first=given["first"],
        count=number(given["count"]),
        by=actor(),
    )
    words = T("已入库 {n} 个封号：{first} 至 {last}。", n=len(numbers), first=numbers[0],
              last=numbers[-1])  # fmt: skip
    return words, url_for("web.store_seals")


def _seals_move() -> Deed:
    asks = (_from(), _to(), _seal_type(), _numbers(T("封号")))
    return Deed(T("调拨封号"), T("调拨"), say(T("封号")), url_for("web.store_seals"), asks)


@door.get("/store/seals/move")
@may(*KEEPERS)
def store_seals_move_page() -> str:
    """Seals to another store."""
    return page(_seals_move())


@door.post("/store/seals/move")
@may(*KEEPERS)
def store_seals_move() -> Response:
    """Move them, all or none."""
    return answer(_seals_move(), at_one_field("numbers", _move_seals))


def _move_seals(given: Given) -> Done:
    numbers = lines_of(given["numbers"])
    paper = meter_store.transfer_seals(
        source=given["source"],
        target=given["target"],
        type=given["type"],
        numbers=numbers,
        by=actor(),
    )
    words = T("已调拨 {n} 个封号，单号 {no}。", n=len(numbers), no=paper)
    return words, url_for("web.store_seals")


def _seals_void() -> Deed:
    store = Ask("store", T("表库"), "list", options=_stores(), none=T("请选择"))
    asks = (store, _seal_type(), _numbers(T("封号")), reason())
    back = url_for("web.store_seals")
    return Deed(T("作废封号"), T("作废"), say(T("封号")), back, asks, danger=True)


@door.get("/store/seals/void")
@may(*KEEPERS)
def store_seals_void_page() -> str:
    """Seals that were lost or broken."""
    return page(_seals_void())


@door.post("/store/seals/void")
@may(*KEEPERS)
def store_seals_void() -> Response:
    """They are void."""
    return answer(_seals_void(), at_one_field("numbers", _void))


def _void(given: Given) -> Done:
    numbers = lines_of(given["numbers"])
    meter_store.void_seals(
        store=given["store"],
        type=given["type"],
        numbers=numbers,
        reason=given["reason"],
        by=actor(),
    )
    return T("已作废 {n} 个封号。", n=len(numbers)), url_for("web.store_seals")


# --- counting -------------------------------------------------------------------------------------


def _count() -> Deed:
    store = Ask("store", T("盘点的库"), "list", options=_stores(), none=T("请选择"))
    hint = say(T("把库里每一块水表都扫一遍。差异列出后逐条处理，盘点本身不改库存。"))
    asks = (store, _numbers(T("表身号")))
    return Deed(T("盘点"), T("完成盘点"), say(T("盘点")), url_for("web.store_counts"), asks, hint)


@door.get("/store/counts/new")
@may(*KEEPERS)
def store_count_new_page() -> str:
    """Everything that lies in a store."""
    return page(_count())


@door.post("/store/counts/new")
@may(*KEEPERS)
def store_count_new() -> Response:
    """Hold it against the books."""

    def act(given: Given) -> Done:
        serials = lines_of(given["numbers"])
        paper = meter_store.count_store(given["store"], serials, by=actor())
        return T("盘点单 {no} 已登记。", no=paper), url_for("web.store_count", no=paper)

    return answer(_count(), at_one_field("numbers", act))


def _difference(no: str, difference_id: int) -> tuple[Deed, registry.DifferenceFacts]:
    found = registry.count(no)
    one = next((d for d in found[1] if d.id == difference_id), None) if found else None
    if one is None:
        raise NotFound(T("没有这条盘点差异。"))
    ways = registry.ways_to_settle(one.kind)
    options = [(key, say(HOW[key])) for key in ways]
    asks = (Ask("how", T("处理"), "options", options=options), Ask("note", T("说明"), most=200))
    back = url_for("web.store_count", no=no)
    return Deed(T("处理差异"), T("保存"), one.serial, back, asks), one


@door.get("/store/counts/<no>/differences/<int:difference_id>")
@may(*KEEPERS)
def store_difference_page(no: str, difference_id: int) -> str:
    """What to do about a difference."""
    return page(_difference(no, difference_id)[0])


@door.post("/store/counts/<no>/differences/<int:difference_id>")
@may(*KEEPERS)
def store_difference(no: str, difference_id: int) -> Response:
    """Settle it."""
    deed, one = _difference(no, difference_id)

    def act(given: Given) -> Done:
        meter_store.settle_difference(one.id, given["how"], given["note"], by=actor())
        return T("差异已处理。"), deed.back

    return answer(deed, act)
