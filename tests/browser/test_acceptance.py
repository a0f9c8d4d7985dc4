"""The acceptance of a building in Chromium: three hundred meters on one page, on site by phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import House, OpenPage, violations

MANY = 300


@pytest.fixture(scope="module")
def case(house: House) -> str:
    """Number of a case at 预约验收; built once for the tests of this file."""
    return house.run("tests.browser.building", "--begin", "B")


def at_step(page: Page, case: str) -> None:
    """From the case's page to its open step."""
    page.goto(f"/cases/{case}")
    page.locator("main a[href*='/tasks/']").first.click()
    page.wait_for_load_state()


def on_site(page: Page, case: str) -> None:
    """To the page of rows, whichever test of this file comes first."""
    at_step(page, case)
    if page.locator("#visit_at").count():
        page.fill("#visit_at", "2030-01-04 09:30")
        page.keyboard.press("Control+Enter")
    page.wait_for_selector("[data-sheet][data-whole]")


def field(n: int, column: str) -> str:
    return f'[id="rows[{n}].{column}"]'


def sent(page: Page) -> None:
    expect(page.locator("[data-sheet-sent]")).to_have_attribute("data-is", "sent")


def test_three_hundred_meters_are_looked_at_on_one_page(
    case: str, open_page: OpenPage, shots: Path
) -> None:
    page = open_page("/work", login="guheng")
    at_step(page, case)
    assert violations(page) == []
    on_site(page, case)
    done = page.locator("[data-sheet-done]")
    expect(done).to_have_text(f"已完成 0 / {MANY} 行")
    # Nobody has looked yet: nothing is wrong yet.
    assert page.locator("tr[data-n] .is-invalid, tr[data-n] [aria-invalid=true]").count() == 0
    assert violations(page) == []
    page.screenshot(path=shots / "acceptance-rows.png")
    page.fill(field(0, "start_reading"), "6")
    page.select_option(field(0, "door_match"), "crossed")
    page.select_option(field(0, "result"), "pass")
    page.focus(field(1, "start_reading"))
    expect(page.locator('tr[data-n="0"]')).to_contain_text("串户的水表不能判为合格")
    page.fill("[data-sheet-filter]", "3单元")
    page.click("[data-sheet-fill]")
    sent(page)
    expect(page.locator(field(200, "result"))).to_have_value("pass")
    expect(page.locator(field(200, "start_reading"))).to_have_value("")
    expect(page.locator('tr[data-n="200"]')).to_contain_text("请填写起始码")
    expect(page.locator("#stop_confirmed")).to_have_count(0)
    page.screenshot(path=shots / "acceptance-filled.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_on_site_by_phone(case: str, open_page: OpenPage, shots: Path) -> None:
    page = open_page("/work", login="guheng", size="phone")
    on_site(page, case)
    page.screenshot(path=shots / "acceptance-phone.png", full_page=False)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
