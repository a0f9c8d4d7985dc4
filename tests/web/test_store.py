"""The store's pages: who may, what stands there, what is done and what comes back when wrong."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import lxml.html
import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook

from app import registry, settings
from app.db import raw
from app.registry import demo
from app.work import now
from app.worktime import local_day
from tests.procedures.test_meter_issue import KEEPER, own, row
from tests.web.counter import Clerk, at_desk

READS = ("/store", "/store/meters", "/store/seals", "/store/deliveries", "/store/out",
         "/store/old", "/store/counts", "/store/due")  # fmt: skip
WRITES = ("/store/intake", "/store/transfer", "/store/seals/new", "/store/seals/move",
          "/store/seals/void", "/store/counts/new", "/store/intake/template.xlsx")  # fmt: skip
NEW = (local_day(now()) - timedelta(days=20)).isoformat()


@pytest.fixture
def house(furnished: Flask, desk: Flask) -> Flask:
    assert furnished
    return desk


@pytest.fixture
def keeper(house: Flask) -> Clerk:
    return at_desk(house, "sumu")


def words(page: str) -> str:
    return re.sub(r"\s+", " ", str(lxml.html.fromstring(page).text_content()))


def delivery(rows: str, **more: object) -> dict[str, object]:
    given = {
        "store": "ZK", "supplier": "临江仪表厂", "note_no": "SH-1", "rows": rows, "listed": "",
        "calibre": "20", "type": "mechanical", "max_dial": "99999", "q3": "4",
        "first_verification": NEW, "model": "LXS-20E", "maker": "临江仪表",
    }  # fmt: skip
    return {f"_{name}": value for name, value in (given | more).items()}


def workbook(*rows: tuple[object, ...]) -> tuple[BytesIO, str]:
    book = Workbook()
    for line in rows:
        book.active.append(line)
    out = BytesIO()
    book.save(out)
    out.seek(0)
    return out, "rows.xlsx"


def test_who_may_look_and_who_may_do(house: Flask) -> None:
    for login, reads, writes in (
        ("sumu", 200, 200), ("guanshanyue", 200, 200), ("wenrushuang", 200, 403),
        ("linqi", 403, 403),
    ):  # fmt: skip
        who = at_desk(house, login)
        assert {who.get(path).status_code for path in READS} == {reads}, login
        assert {who.get(path).status_code for path in WRITES} == {writes}, login
    auditor = at_desk(house, "wenrushuang")
    assert auditor.post("/store/transfer", {}).status_code == 403
    assert 'href="/store"' in auditor.page("/")
    assert 'href="/store"' not in at_desk(house, "linqi").page("/")


def test_stock_by_store_and_calibre_leads_to_the_meters(keeper: Clerk) -> None:
    page = keeper.page("/store")
    assert "城东分库" in page
    assert "没有盘过" in page
    assert 'href="/store/meters?store=CD&amp;calibre=20&amp;state=in_stock"' in page
    serial = demo.serial("城东", 20, 1)
    assert serial in keeper.page("/store/meters?store=CD&calibre=20&state=in_stock")
    assert serial in keeper.page(f"/store/meters?q={serial[-6:]}")
    shown = words(keeper.page(f"/store/meters/{serial}"))
    assert "城东分库" in shown
    assert "期初库存" in shown
    assert keeper.get("/store/meters/NOBODY99").status_code == 404


def test_a_long_list_goes_on_from_page_to_page(keeper: Clerk) -> None:
    page, seen = keeper.page("/store/meters?state=in_stock"), set()
    for _ in range(20):
        seen |= set(re.findall(r'href="/store/meters/(\w+)"', page))
        more = re.search(r'href="(/store/meters\?[^"]*after=[^"]+)"', page)
        if more is None:
            break
        page = keeper.page(more[1].replace("&amp;", "&"))
    assert len(seen) == len(registry.find_meters(state="in_stock", limit=5000))


def test_scanned_serials_come_in(keeper: Clerk) -> None:
    answer = keeper.post("/store/intake", delivery("RK1001\nRK1002\nRK1003", listed="3"))
    assert answer.status_code == 303
    meter = registry.stock_meter("RK1002")
    assert meter is not None
    assert (meter.calibre, meter.q3, meter.store) == (20, 4.0, "ZK")
    # The decision says six years, and to renew it then.
    assert (meter.life_until.year - meter.first_verification.year, meter.life_rule) == (6, "renew")
    assert "SH-1" in keeper.page("/store/deliveries")


def test_what_is_wrong_comes_back_by_row_and_nothing_is_lost(keeper: Clerk) -> None:
    typed = f"RK1001\n{demo.serial(None, 20, 1)}\nRK1003,21\nRK1004,20,远传,,,x\n"
    answer = keeper.post("/store/intake", delivery(typed, listed="9"))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Q3 应为数字" in page
    fixed = typed.replace(",x", ",2.5").replace("RK1004", "12345678")
    answer = keeper.post("/store/intake", delivery(fixed, listed="9"))
    page, tree = answer.get_data(as_text=True), lxml.html.fromstring(answer.get_data(as_text=True))
    assert answer.status_code == 422
    rows = [row.text_content() for row in tree.xpath("//*[@data-errors]//tbody/tr")]
    assert len(rows) == 2
    assert rows[0].startswith("2")
    assert "已经入库" in rows[0]
    assert rows[1].startswith("3")
    assert "送货单列 9 块，实点 4 块" in page
    (kept,) = tree.xpath("//textarea[@name='_rows']/text()")
    assert kept.strip() == fixed.strip()
    assert registry.stock_meter("RK1001") is None


def test_a_workbook_brings_rows_and_its_faults_stand_in_the_page(keeper: Clerk) -> None:
    head = ("表身号", "口径", "首次检定日期", "损坏情况")
    day = local_day(now()) - timedelta(days=9)
    book = workbook(head, ("RK2001", 25, day, None), ("RK2002", "DN99", day, ""), (20_030_000,))
    answer = keeper.post("/store/intake", {**delivery("", listed="3"), "_file": book})
    assert answer.status_code == 422
    page = lxml.html.fromstring(answer.get_data(as_text=True))
    (kept,) = page.xpath("//textarea[@name='_rows']/text()")
    lines = kept.strip().splitlines()
    assert [line.split("\t")[0] for line in lines] == ["RK2001", "RK2002", "20030000"]
    (row,) = page.xpath("//*[@data-errors]//tbody/tr")
    assert row.text_content().startswith("2")
    fixed = kept.strip().replace("DN99", "DN25").replace("RK2002\tDN25", "RK2002\t25")
    answer = keeper.post("/store/intake", delivery(fixed, listed="3"))
    assert answer.status_code == 303
    assert registry.stock_meter("RK2001").calibre == 25  # type: ignore[union-attr]
    assert registry.stock_meter("RK2001").first_verification == day  # type: ignore[union-attr]
    assert registry.stock_meter("20030000").calibre == 20  # type: ignore[union-attr]


def test_a_workbook_can_be_read_before_anything_comes_in(keeper: Clerk) -> None:
    book = workbook(("表身号",), ("RK3001",))
    answer = keeper.post("/store/intake", {**delivery("", listed="1"), "_file": book, "_read": "1"})
    assert answer.status_code == 200
    assert "RK3001" in answer.get_data(as_text=True)
    assert registry.stock_meter("RK3001") is None


def test_what_is_no_workbook_is_told_and_what_was_typed_stays(keeper: Clerk) -> None:
    for content, text in (
        ((BytesIO(b"PK\x03\x04zzz"), "a.xlsx"), "不是 .xlsx"),
        (workbook(("别的",), ("RK1",)), "没有找到表头"),
        (workbook(("表身号",)), "没有内容"),
        (workbook(("表身号",), ("=1+1",)), "公式"),
    ):
        answer = keeper.post("/store/intake", {**delivery("RK9001"), "_file": content})
        assert answer.status_code == 422
        assert text in answer.get_data(as_text=True)
        assert "RK9001" in answer.get_data(as_text=True)
    assert registry.stock_meter("RK9001") is None


def test_the_template_is_what_the_page_reads(keeper: Clerk) -> None:
    content = keeper.get("/store/intake/template.xlsx").data
    book = load_workbook(BytesIO(content))
    sheet = book.worksheets[0]
    heads = {str(cell.value).rstrip("*"): cell.column for cell in sheet[1]}
    for head, value in (("表身号", "400001"), ("口径", "15"), ("类型", "远传表")):
        sheet.cell(2, heads[head], value)
    out = BytesIO()
    book.save(out)
    out.seek(0)
    answer = keeper.post("/store/intake", {**delivery("", listed="1"), "_file": (out, "a.xlsx")})
    assert answer.status_code == 303
    meter = registry.stock_meter("400001")
    assert meter is not None
    assert (meter.calibre, meter.type) == (15, "remote")


def test_a_transfer_names_each_serial_that_cannot_go(keeper: Clerk) -> None:
    here, away = demo.serial(None, 20, 1), demo.serial("城南", 20, 1)
    given = {"_source": "ZK", "_target": "CD", "_reason": "月度领用"}
    answer = keeper.post("/store/transfer", {**given, "_numbers": f"{here}\n{away} NONE99"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "第 2 个" in page
    assert "第 3 个" in page
    assert f"{here}\n{away} NONE99" in page
    assert keeper.post("/store/transfer", {**given, "_numbers": here}).status_code == 303
    assert registry.stock_meter(here).store == "CD"  # type: ignore[union-attr]
    assert "DKD" in keeper.said()
    assert keeper.post("/store/transfer", {**given, "_numbers": ""}).status_code == 422


def test_seals_by_the_roll(keeper: Clerk) -> None:
    roll = {"_store": "CD", "_type": "lead", "_first": "Q-0001", "_count": "5"}
    assert keeper.post("/store/seals/new", roll).status_code == 303
    assert keeper.post("/store/seals/new", roll).status_code == 422
    move = {"_source": "CD", "_target": "CN", "_type": "lead", "_numbers": "Q-0001 Q-0002"}
    assert keeper.post("/store/seals/move", move).status_code == 303
    void = {"_store": "CN", "_type": "lead", "_numbers": "Q-0002", "_reason": "断裂"}
    assert keeper.post("/store/seals/void", void).status_code == 303
    shown = words(keeper.page("/store/seals?q=q-0002"))
    assert "城南供水分公司" in shown
    assert "作废" in shown
    assert "断裂" in shown


def test_a_count_and_its_differences(keeper: Clerk) -> None:
    inside = [m.serial for m in registry.find_meters(store="CD", limit=500)]
    answer = keeper.post("/store/counts/new", {"_store": "CD", "_numbers": "\n".join(inside[1:])})
    assert answer.status_code == 303
    page = keeper.page(answer.location)
    (where,) = re.findall(r'href="(/store/counts/\w+-\d+/differences/\d+)"', page)
    assert keeper.post(where, {"_how": "moved", "_note": "遗失"}).status_code == 422
    assert keeper.post(where, {"_how": "written_off", "_note": "遗失"}).status_code == 303
    assert "盘亏报废" in keeper.page(answer.location)
    assert registry.stock_meter(inside[0]).state == "scrapped"  # type: ignore[union-attr]
    assert "已处理完" in keeper.page("/store/counts")


def test_a_meter_is_scrapped_with_a_reason(keeper: Clerk) -> None:
    serial = demo.serial("城东", 20, 2)
    assert keeper.post(f"/store/meters/{serial}/scrap", {"_reason": ""}).status_code == 422
    assert keeper.post(f"/store/meters/{serial}/scrap", {"_reason": "跌落"}).status_code == 303
    assert "作废" in words(keeper.page(f"/store/meters/{serial}"))


def old_one(house: Flask) -> registry.OldMeter:
    """Of the account that has a meter: another was handed out, the old one was left there."""
    account = registry.account(demo.KNOWN["clean_sale"])
    slip = own(KEEPER).enter(account.service_point.no, purpose="replacement").match()
    slip.fill("pick", picked=[row(account.region)])
    slip.sign(old_meter="later", old_meter_reason="当日换装后交回")
    (found,) = registry.old_meters()
    return found


def test_an_old_meter_left_outside_is_listed_until_it_is_taken_in(
    keeper: Clerk, house: Flask
) -> None:
    assert "旧表都已交回" in keeper.page("/store/old")
    one = old_one(house)
    shown = words(keeper.page("/store/old"))
    for said in (one.serial, one.new_serial, one.case, one.slip_no, "丁望舒", str(one.since)):
        assert said in shown
    assert one.case in keeper.page(f"/store/meters/{one.serial}")
    where = f"/store/meters/{one.serial}/take-back"
    assert where in keeper.page("/store/old")
    auditor = at_desk(house, "wenrushuang")
    assert where not in auditor.page("/store/old")
    assert auditor.get(where).status_code == 403
    book = load_workbook(BytesIO(auditor.get("/boards/old_meters/export").data), read_only=True)
    heads, *rows = book["明细"].iter_rows(values_only=True)
    assert heads[:2] == ("旧表表号", "口径")
    assert [line[0] for line in rows] == [one.serial]
    assert keeper.post(where, {"_reading": "1.5"}).status_code == 422
    assert keeper.post(where, {"_reading": "900000000"}).status_code == 422
    assert keeper.post(where, {"_reading": "4711"}).status_code == 303
    assert "旧表都已交回" in keeper.page("/store/old")
    assert keeper.get(where).status_code == 404


def test_a_meter_that_waits_is_verified_on_its_page(keeper: Clerk, house: Flask) -> None:
    serial = old_one(house).serial
    keeper.post(f"/store/meters/{serial}/take-back", {"_reading": "4711"})
    where = f"/store/meters/{serial}/verify"
    assert where in keeper.page(f"/store/meters/{serial}")
    given = {"_result": "failed", "_on": local_day(now()).isoformat(), "_certificate": "JD-1"}
    for wrong in ({"_result": ""}, {"_on": "2026-13-01"}, {"_certificate": ""}):
        answer = keeper.post(where, {**given, "_note": "示值超差", **wrong})
        assert answer.status_code == 422
        assert "示值超差" in answer.get_data(as_text=True)
    assert at_desk(house, "wenrushuang").post(where, given).status_code == 403
    assert keeper.post(where, {**given, "_note": "示值超差"}).status_code == 303
    shown = words(keeper.page(f"/store/meters/{serial}"))
    assert "作废" in shown
    assert "检定不合格；示值超差" in shown


def test_rotation_is_listed_ahead_by_a_setting(keeper: Clerk, house: Flask) -> None:
    days = 365 * 20
    assert "没有将到期的水表" in keeper.page("/store/due") or "DN" in keeper.page("/store/due")
    settings.put("meters.rotation_ahead", days, by=at_desk(house, "qimingyuan").actor)
    page = keeper.page("/store/due")
    due = registry.rotation_due(local_day(now()) + timedelta(days=days))
    assert len(due) > 20
    assert all(one.serial in page for one in due)


def test_in_english_the_store_says_nothing_chinese_of_ours(keeper: Clerk) -> None:
    keeper.client.set_cookie("lang", "en")
    addresses = [place for (place,) in raw().execute("SELECT address FROM service_point")]
    named = {s.name for s in registry.stores()} | {s.branch for s in registry.stores()}
    theirs = [*addresses, *sorted(named, key=len, reverse=True), *settings.regions()]
    for path in (*READS, "/store/intake", "/store/transfer", "/store/seals/new"):
        tree = lxml.html.fromstring(keeper.page(path))
        for gone in tree.xpath("//script | //*[contains(@class, 'menu')]"):
            gone.drop_tree()
        text = str(tree.text_content())
        for name in theirs:
            text = text.replace(name, "")
        assert set(re.findall(r"[\u4e00-\u9fff]{2,}", text)) - {"中文", "苏木"} == set(), path
