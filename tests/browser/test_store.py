"""The meter store in Chromium: nothing wider than its screen, no violations, deeds by keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.work import now
from app.worktime import local_day
from tests.browser.conftest import House, OpenPage, violations

LISTS = ("/store", "/store/meters", "/store/seals", "/store/seals?q=S1-00001", "/store/deliveries",
         "/store/out", "/store/old", "/store/counts", "/store/due")  # fmt: skip
DEEDS = ("/store/intake", "/store/transfer", "/store/seals/new", "/store/seals/move",
         "/store/seals/void", "/store/counts/new")  # fmt: skip


def faults(page: Page, path: str, name: str, shots: Path) -> list[str]:
    """What is wrong with a page as it stands."""
    page.goto(path)
    page.screenshot(path=shots / f"store_{name}.png", full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*violations(page), *([f"{wide} px too wide"] if wide > 0 else [])]


@pytest.mark.parametrize(("size", "scheme"), [("wide", "light"), ("phone", "dark")])
def test_the_store_s_pages(
    house: House, open_page: OpenPage, size: str, scheme: str, shots: Path
) -> None:
    page = open_page("/store", size=size, scheme=scheme, login="sumu")
    mine = tuple(f"/store/meters/{house.old}{deed}" for deed in ("", "/take-back"))
    found = {
        path: wrong
        for n, path in enumerate((*LISTS, *DEEDS, *mine))
        if (wrong := faults(page, path, f"{n:02}_{size}", shots))
    }
    assert found == {}


def test_an_old_meter_is_taken_in_verified_and_may_go_out_again(
    house: House, open_page: OpenPage, shots: Path
) -> None:
    page = open_page("/store/old", login="sumu")
    expect(page.locator("tbody tr")).to_contain_text("丁望舒")
    page.get_by_role("link", name="回收入库").press("Enter")
    page.get_by_label("表底数").fill("12.5")
    page.get_by_role("button", name="入库").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("整数")
    page.get_by_label("表底数").fill("4711")
    page.get_by_role("button", name="入库").press("Enter")
    expect(page.locator("body")).to_contain_text("已入库待检")
    page.goto(f"/store/meters/{house.old}")
    page.screenshot(path=shots / "store_waiting.png", full_page=True)
    page.get_by_role("link", name="登记检定结果").press("Enter")
    page.screenshot(path=shots / "store_verify.png", full_page=True)
    assert violations(page) == []
    page.get_by_label("不合格，作废").check()
    page.get_by_label("检定日期").fill(local_day(now()).isoformat())
    page.get_by_label("证书或通知书编号").fill("JD-2026-7")
    page.get_by_role("button", name="保存").press("Enter")
    expect(page.locator("body")).to_contain_text("现为作废")
