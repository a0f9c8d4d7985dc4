"""What comes into a store, goes to another, is scrapped, is counted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from app import audit, registry, settings
from app.errors import Invalid, NotAllowed, NotFound, Refused
from app.registry import demo
from app.work import Actor
from app.worktime import local_day
from tests.registry.conftest import AT, Office, run

DAY = local_day(AT)
NEW = DAY - timedelta(days=20)
EAST = Actor(None, "east", "城东库管", frozenset({"meter_storekeeper"}), region="城东")


def row(n: int = 1, **more: Any) -> dict[str, Any]:
    given = {
        "serial": f"RK{10_000 + n}", "calibre": 20, "type": "mechanical", "model": "LXS-20E",
        "maker": "临江仪表", "q3": 4.0, "max_dial": 99_999, "first_verification": NEW,
        "damaged": "", "replaces": "",
    }  # fmt: skip
    return given | more


def life(calibre: int, q3: float | None) -> tuple[int, str]:
    return (6, "renew") if calibre <= 25 else (2, "verify")


def receive(do: Office, *rows: dict[str, Any], **more: Any) -> registry.Arrived:
    given = {
        "store": "ZK", "supplier": "临江仪表厂", "note_no": "SH-1", "listed": len(rows),
        "rows": rows, "life": life,
    }  # fmt: skip
    return do(registry.receive_delivery, **(given | more))


def faults(do: Office, verb: Any, *args: Any, **given: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as wrong:
        do(verb, *args, **given)
    return {name: str(text) for name, text in wrong.value.fields.items()}


def test_a_delivery_is_counted_and_what_came_damaged_is_exchanged(do: Office, known: Any) -> None:
    came = receive(do, row(1), row(2, damaged="表壳破裂"), row(3, calibre="DN80", type="large"))
    assert (came.taken_in, came.damaged, came.short) == (2, 1, 0)
    meter = registry.stock_meter("RK10001")
    assert meter is not None
    assert (meter.store_name, meter.state, meter.life_rule) == ("公司总库", "in_stock", "renew")
    assert meter.life_until == date(NEW.year + 6, NEW.month, NEW.day)
    assert registry.stock_meter("RK10003").life_rule == "verify"  # type: ignore[union-attr]
    assert registry.stock_meter("RK10002") is None
    (waiting,) = registry.exchanges()
    assert (waiting.serial, waiting.reason) == ("RK10002", "表壳破裂")
    receive(do, row(4, replaces="rk10002"), note_no="SH-2")
    assert registry.exchanges() == []
    assert registry.exchanges(open_only=False)[0].replaced_by == "RK10004"
    assert [one.note_no for one in registry.deliveries()] == ["SH-2", "SH-1"]
    assert registry.movements("RK10001")[0].doc_no == came.no


def test_what_is_wrong_with_a_delivery_is_said_and_nothing_is_taken_in(
    do: Office, known: Any
) -> None:
    taken = demo.serial(None, 20, 1)
    rows = [
        row(1), row(1), row(3, serial=taken), row(4, calibre=21), row(5, type="x"),
        row(6, first_verification=None), row(7, first_verification=DAY + timedelta(days=1)),
        row(8, first_verification=DAY - timedelta(days=500)), row(9, max_dial=None),
        row(10, replaces="NOBODY1"), row(11, serial="表1"), row(12, type="remote"),
    ]  # fmt: skip
    given = {"store": "ZK", "supplier": "", "note_no": " ", "listed": 12, "rows": rows}
    found = faults(do, registry.receive_delivery, life=life, **given)
    assert set(found) == {
        "supplier", "note_no", "rows[1].serial", "rows[2].serial", "rows[3].calibre",
        "rows[4].type", "rows[5].first_verification", "rows[6].first_verification",
        "rows[7].first_verification", "rows[8].max_dial", "rows[9].replaces", "rows[10].serial",
        "rows[11].serial",
    }  # fmt: skip
    assert registry.stock_meter("RK10001") is None


def test_what_did_not_come_is_seen(do: Office, known: Any) -> None:
    given = {"store": "ZK", "supplier": "厂", "note_no": "SH-9", "listed": 3, "rows": [row(1)]}
    assert "实点 1 块" in faults(do, registry.receive_delivery, life=life, **given)["listed"]
    assert receive(do, row(1), listed=3, differs=True, note_no="SH-9").short == 2
    (one,) = registry.deliveries()
    assert (one.listed, one.short) == (3, 2)
    again = faults(
        do, registry.receive_delivery, life=life, **(given | {"listed": 1, "rows": [row(2)],
        "supplier": "临江仪表厂"}),
    )  # fmt: skip
    assert "已经入库" in again["note_no"]


def test_from_the_company_to_a_branch_and_never_back_once_installed(
    do: Office, known: dict[str, str]
) -> None:
    new = [demo.serial(None, 20, n) for n in (1, 2)]
    paper = do(registry.transfer_meters, new, source="ZK", target="CD", reason="月度领用")
    assert paper.startswith("DKD")
    assert registry.stock_meter(new[0]).store == "CD"  # type: ignore[union-attr]
    do(registry.transfer_meters, new[1:], source="CD", target="ZK")
    used = next(m for m in registry.find_meters(state="in_stock", limit=500) if m.serial[2] == "2")
    found = faults(do, registry.transfer_meters, [used.serial], source=used.store, target="ZK")
    assert "不能退回总库" in found["serials[0]"]
    target = next(s.code for s in registry.stores() if s.code not in ("ZK", used.store))
    do(registry.transfer_meters, [used.serial], source=used.store, target=target)


def test_what_cannot_be_moved(do: Office, known: dict[str, str]) -> None:
    here, there = demo.serial("城东", 20, 1), demo.serial("城南", 20, 1)
    found = faults(
        do, registry.transfer_meters, [here, there, here, "NONE99"], source="CD", target="CN"
    )
    assert set(found) == {"serials[2]"}
    found = faults(do, registry.transfer_meters, [here, there, "NONE99"], source="CD", target="CN")
    assert set(found) == {"serials[1]", "serials[2]"}
    assert set(faults(do, registry.transfer_meters, [here], source="CD", target="CD")) == {"target"}
    with pytest.raises(NotFound):
        do(registry.transfer_meters, [here], source="CD", target="XX")
    with pytest.raises(NotAllowed):
        run(registry.transfer_meters, [there], source="CN", target="CD", by=EAST, at=AT)
    run(registry.transfer_meters, [here], source="CD", target="CN", by=EAST, at=AT)


def test_a_scrapped_meter_stays_in_the_books(do: Office, known: dict[str, str]) -> None:
    serial = demo.serial("城东", 20, 1)
    assert set(faults(do, registry.scrap_meter, serial, " ")) == {"reason"}
    do(registry.scrap_meter, serial, "跌落损坏")
    meter = registry.stock_meter(serial)
    assert meter is not None
    assert (meter.state, meter.store) == ("scrapped", None)
    with pytest.raises(Refused, match="作废"):
        do(registry.scrap_meter, serial, "再次")
    hung = registry.account(known["clean_sale"]).meter
    assert hung is not None
    with pytest.raises(Refused, match="已安装"):
        do(registry.scrap_meter, hung.serial, "旧表")
    assert registry.movements(serial)[-1].reason == "跌落损坏"


def test_seals_come_in_rolls_move_and_are_voided(do: Office, known: dict[str, str]) -> None:
    roll = do(registry.take_in_seals, store="ZK", type="plastic", first="A-098", count=3)
    assert roll == ["A-098", "A-099", "A-100"]
    again = faults(do, registry.take_in_seals, store="ZK", type="plastic", first="A-100", count=1)
    assert "已经入库" in again["first"]
    bad = faults(do, registry.take_in_seals, store="ZK", type="wax", first="ABC", count=0)
    assert set(bad) == {"type", "first", "count"}
    full = faults(do, registry.take_in_seals, store="ZK", type="lead", first="9", count=2)
    assert set(full) == {"count"}
    move = {"source": "ZK", "type": "plastic"}
    do(registry.transfer_seals, target="CD", numbers=roll[:2], **move)
    assert registry.seal_in_stock("plastic", "A-098", "城东供水分公司")
    do(registry.take_in_seals, store="ZK", type="plastic", first="A-098", count=1)
    clash = faults(do, registry.transfer_seals, target="CD", numbers=["A-098"], **move)
    assert "已有封号 A-098" in clash["target"]
    voided = do(registry.void_seals, store="CD", type="plastic", numbers=["A-099"], reason="断裂")
    assert voided == 1
    found = faults(
        do, registry.void_seals, store="CD", type="plastic", numbers=["A-099", "X", "X"],
        reason="断裂",
    )  # fmt: skip
    assert set(found) == {"numbers[0]", "numbers[1]", "numbers[2]"}
    (seal,) = registry.find_seals("a-099")
    assert [m.kind for m in registry.seal_movements(seal.id)] == ["intake", "transfer", "scrap"]
    level = next(x for x in registry.seal_levels() if (x.branch[:2], x.type) == ("城东", "plastic"))
    assert (level.unused, level.void) == (21, 1)


def counted(do: Office, known: dict[str, str]) -> tuple[str, dict[str, str]]:
    """A count of 城东's store that finds two too few and three too many."""
    inside = [m.serial for m in registry.find_meters(store="CD", limit=500)]
    hung = registry.account(known["clean_sale"]).meter
    assert hung is not None
    named = {"lost": inside[0], "found": inside[1], "strange": demo.serial("城南", 20, 1),
             "hung": hung.serial, "unknown": "NOBODY01"}  # fmt: skip
    extra = [named[name] for name in ("strange", "hung", "unknown")]
    paper = do(registry.count_store, "CD", [*inside[2:], *extra])
    facts, _ = registry.count(paper)  # type: ignore[misc]
    assert (facts.expected, facts.found, facts.open) == (len(inside), len(inside) + 1, 5)
    return paper, named


def test_a_count_names_its_differences(do: Office, known: dict[str, str]) -> None:
    paper, named = counted(do, known)
    _, differences = registry.count(paper)  # type: ignore[misc]
    assert {d.serial: (d.kind, d.stands) for d in differences} == {
        named["lost"]: ("missing", ""), named["found"]: ("missing", ""),
        named["strange"]: ("elsewhere", "城南分库"), named["hung"]: ("elsewhere", "已安装"),
        "NOBODY01": ("unknown", ""),
    }  # fmt: skip
    assert set(registry.last_counts()) == {"CD"}


def test_each_difference_is_settled(do: Office, known: dict[str, str]) -> None:
    paper, named = counted(do, known)
    _, differences = registry.count(paper)  # type: ignore[misc]
    ids = {d.serial: d.id for d in differences}
    settle = registry.settle_difference
    assert set(faults(do, settle, ids[named["lost"]], "moved", "")) == {"how", "note"}
    do(settle, ids[named["lost"]], "written_off", "遗失")
    do(settle, ids[named["found"]], "found", "在车上")
    do(settle, ids[named["strange"]], "moved", "借用未登记")
    with pytest.raises(Refused, match="已安装"):
        do(settle, ids[named["hung"]], "moved", "借用未登记")
    do(settle, ids[named["hung"]], "noted", "已查明")
    do(settle, ids["NOBODY01"], "noted", "补办入库")
    with pytest.raises(Refused, match="已处理"):
        do(settle, ids[named["lost"]], "found", "又找到了")
    assert registry.stock_meter(named["lost"]).state == "scrapped"  # type: ignore[union-attr]
    assert registry.stock_meter(named["strange"]).store == "CD"  # type: ignore[union-attr]
    assert registry.count(paper)[0].open == 0  # type: ignore[index]
    assert audit.verify().findings == []


def test_what_a_case_picked_stays_where_it_is(do: Office, known: dict[str, str]) -> None:
    account = registry.account(known["pre"])
    code = settings.regions()[account.region]
    serial = demo.serial(account.region, 20, 1)
    seal = demo.seal_no(account.region, "plastic", 1)
    line = {"point_no": account.service_point.no, "serial": serial,
            "seals": [{"type": "plastic", "no": seal}]}  # fmt: skip
    do(registry.hold_meters, "SB1", [line])
    moved = faults(do, registry.transfer_meters, [serial], source=code, target="ZK")
    assert "SB1" in moved["serials[0]"]
    with pytest.raises(Refused, match="SB1"):
        do(registry.scrap_meter, serial, "损坏")
    given = {"store": code, "type": "plastic", "numbers": [seal], "reason": "断裂"}
    assert "SB1" in faults(do, registry.void_seals, **given)["numbers[0]"]


def test_lists_find_what_is_asked_for(do: Office, known: dict[str, str]) -> None:
    serial = demo.serial("城东", 25, 3)
    assert [m.serial for m in registry.find_meters(q=serial.lower())] == [serial]
    assert serial in {m.serial for m in registry.find_meters(q=serial[-4:], limit=500)}
    page = registry.find_meters(store="CD", calibre=20, state="in_stock", limit=5)
    assert len(page) == 5
    following = registry.find_meters(
        store="CD", calibre=20, state="in_stock", after=page[-1].serial, limit=500
    )
    assert page[-1].serial < following[0].serial
    many = {(x.store, x.calibre): x.count for x in registry.levels() if x.state == "in_stock"}
    assert many["CD", 20] == len(page) + len(following)


def test_what_is_due_for_rotation(do: Office, known: dict[str, str]) -> None:
    every = registry.rotation_due(DAY + timedelta(days=365 * 20))
    assert every
    assert [d.life_until for d in every] == sorted(d.life_until for d in every)
    soon = [d for d in every if d.life_until <= DAY + timedelta(days=365 * 3)]
    assert [d.serial for d in registry.rotation_due(DAY + timedelta(days=365 * 3))] == [
        d.serial for d in soon
    ]
    east = registry.rotation_due(DAY + timedelta(days=365 * 20), region="城东")
    assert {d.region for d in east} == {"城东"}
