"""Boards in Chromium: bars, the same numbers as a table, no violations, figures open lists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import House, OpenPage, violations

KEYS = ("progress", "charges", "stock", "rotation", "old_meters", "acceptance", "suggestions")


@pytest.mark.parametrize(("size", "scheme"), [("wide", "light"), ("phone", "dark")])
def test_boards_and_lists(
    house: House, open_page: OpenPage, size: str, scheme: str, shots: Path
) -> None:
    page = open_page("/", size=size, scheme=scheme, login="shenzhijie")
    found = {}
    for path in (*(f"/boards/{key}" for key in KEYS), "/boards/stock/list"):
        page.goto(path)
        if page.locator("[data-chart]").count():
            page.wait_for_selector("[data-chart][data-ready] canvas")
        name = path.strip("/").replace("/", "_")
        page.screenshot(path=shots / f"{name}_{size}.png", full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found[path] = [*violations(page), *([f"{wide} px too wide"] if wide > 0 else [])]
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(("size", "scheme"), [("wide", "light"), ("phone", "dark")])
@pytest.mark.parametrize(
    ("login", "key"), [("shenzhijie", "suggestions"), ("wenrushuang", "loans")]
)  # fmt: skip
def test_registers_that_few_may_read(
    open_page: OpenPage, size: str, scheme: str, login: str, key: str, shots: Path
) -> None:
    page = open_page(f"/boards/{key}", size=size, scheme=scheme, login=login)
    page.wait_for_selector("[data-chart][data-ready] canvas")
    page.screenshot(path=shots / f"{key}_{size}.png", full_page=True)
    assert violations(page) == []
    page.locator("table a").first.click()
    page.wait_for_url("**/list?*")
    page.screenshot(path=shots / f"{key}_list_{size}.png", full_page=True)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_from_a_figure_to_its_list_by_keyboard(house: House, open_page: OpenPage) -> None:
    page = open_page("/boards/progress?procedure=meter_transfer", login="shenzhijie")
    figure = page.locator("table a").first
    number = int(re.sub(r"\D.*", "", figure.inner_text()))
    figure.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/list?*")
    expect(page.locator("tbody tr")).to_have_count(number)
