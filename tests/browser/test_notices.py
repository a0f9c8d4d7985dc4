"""What customers are told, in Chromium: no violations, light, nothing wider than the screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import House, OpenPage, violations

LIGHTEST = 100 * 1024


@pytest.mark.parametrize("size", ["wide", "phone"])
def test_the_pages_of_notices(house: House, open_page: OpenPage, size: str, shots: Path) -> None:
    found = {}
    for login, paths in {
        "linqi": [f"/cases/{house.told}?tab=messages", "/letters", "/outbox"],
        "renyumo": ["/notices", "/notices/supplement_reminder", "/notices/new"],
    }.items():
        page = open_page("/", size=size, login=login)
        for path in paths:
            page.goto(path)
            name = path.strip("/").replace("/", "_").partition("?")[0]
            page.screenshot(path=shots / f"notices_{name}_{size}.png", full_page=True)
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            found[path] = [*violations(page), *([f"{wide} px too wide"] if wide > 0 else [])]
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_a_template_is_previewed_by_keyboard(open_page: OpenPage) -> None:
    page = open_page("/notices/supplement_reminder", login="renyumo")
    page.locator("#zh").fill("还缺{missing}，案号{case}。")
    page.locator("#zh").press("Tab")
    page.get_by_role("button", name="预览").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("aside .letter:has-text('还缺不动产权证，案号GH20261123-0001。')")
    sizes = page.evaluate("performance.getEntries().reduce((n, e) => n + (e.transferSize || 0), 0)")
    assert sizes < LIGHTEST
