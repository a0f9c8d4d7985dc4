"""用水报装 in Chromium: one page asks everything, by keyboard, without a violation, and light."""

from __future__ import annotations

import os
import re

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import OpenPage, enter, violations

SHOTS = os.environ.get("SHOTS")


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


@pytest.mark.parametrize("size", ["wide", "phone"])
def test_an_application_is_registered_on_one_page(open_page: OpenPage, size: str) -> None:
    page = open_page("/sign-in", size=size, scheme="light")
    enter(page, "linqi")
    page.goto("/start/new_connection")
    if "/tasks/" not in page.url:
        page.locator("form[action$='/start/new_connection'] button").click()
    page.wait_for_url(re.compile(r"/tasks/\d+$"))
    found = {"register": violations(page)}
    shot(page, f"register-{size}")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("[data-errors]")
    found["errors"] = violations(page)
    fill(page, "88" if size == "wide" else "90")
    found["check"] = violations(page)
    shot(page, f"check-{size}")
    accept(page)
    found["accept"] = violations(page)
    shot(page, f"accept-{size}")
    page.check("[name=receipt_given]")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/(work|cases)"))
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def fill(page: Page, house_no: str) -> None:
    """用水登记, to the papers."""
    page.fill("[name=id_no]", "430199190105061238")
    page.fill("[name=applicant_name]", "言若谷")
    page.fill("[name=phone]", "19900001001")
    page.select_option("[name=region]", label="城东")
    page.fill("[name=address]", f"城东区青禾路{house_no}号2单元301")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("text=用水申请表")


def accept(page: Page) -> None:
    """核验 of all in the original, to 受理进窗."""
    for choice in page.locator("select[name$='.state']").all():
        choice.select_option("original")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("text=核定用水性质")
    assert page.locator("[name=price_code]").input_value() == "resident"
