"""The acceptance of a building in Chromium: three hundred meters on one page, on site by phone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.config import ROOT
from tests.browser.conftest import House, OpenPage, violations

LIGHTEST = 100 * 1024
MANY = 300


@pytest.fixture(scope="module")
def case(house: House) -> str:
    """Number of a case at 预约验收; built once for the tests of this file."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.browser.building"],
        cwd=ROOT, env=house.env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def at_step(page: Page, case: str) -> None:
    """From the case's page to its open step."""
    page.goto(f"/cases/{case}")
    page.locator("main a[href*='/tasks/']").first.click()
    page.wait_for_load_state()


def field(n: int, column: str) -> str:
    return f'[id="rows[{n}].{column}"]'


def sent(page: Page) -> None:
    expect(page.locator("[data-sheet-sent]")).to_have_attribute("data-is", "sent")


def test_three_hundred_meters_on_one_page(case: str, open_page: OpenPage, shots: Path) -> None:
    page = open_page("/work", login="guheng")
    at_step(page, case)
    page.screenshot(path=shots / "acceptance-book.png", full_page=True)
    assert violations(page) == []
    page.locator("input[type=datetime-local], #visit_at").first.fill("2030-01-04T09:30")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("[data-sheet][data-whole]")
    expect(page.locator("[data-sheet-done]")).to_have_text(f"已完成 0 / {MANY} 行")
    page.screenshot(path=shots / "acceptance-rows.png", full_page=True)
    assert violations(page) == []
