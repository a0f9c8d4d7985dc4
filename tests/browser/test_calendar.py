"""The administrator's calendar in Chromium: by keyboard, on a phone, light enough."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import OpenPage, violations

LIGHTEST = 100 * 1024
PAGES = ("?year=2026", "/put?day=2026-03-03", "/import?year=2027", "/hours", "/year?year=2027")


@pytest.mark.parametrize("size", ["wide", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_calendar_pages_are_free_of_violations(
    open_page: OpenPage, shots: Path, size: str, scheme: str
) -> None:
    page = open_page("/admin/calendar", size=size, scheme=scheme, login="qimingyuan")
    sent: list[int] = []
    page.on("requestfinished", lambda r: sent.append(r.sizes()["responseBodySize"]))
    for path in PAGES:
        sent.clear()
        page.goto(f"/admin/calendar{path}")
        page.wait_for_load_state("networkidle")
        assert sum(sent) < LIGHTEST, path
        assert violations(page) == [], path
        wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        assert not wide, path
        name = path.partition("?")[0].replace("/", "-")
        page.screenshot(path=shots / f"calendar{name}-{size}-{scheme}.png", full_page=True)


def test_a_year_is_filled_by_keyboard(open_page: OpenPage) -> None:
    page = open_page("/admin/calendar?year=2031", login="qimingyuan")
    assert "尚未公布" in page.inner_text("#main")
    page.get_by_role("link", name="导入").press("Enter")
    page.locator("#_days").fill("2031-01-01 休息 元旦\n2031-01-04 上班 元旦调休")
    page.locator("#_days").press("Tab")
    page.get_by_role("button", name="导入").press("Enter")
    page.wait_for_url("**/admin/calendar?**year=2031**")
    assert "尚未公布" not in page.inner_text("#main")
    assert page.get_by_role("link", name="2031-01-04 上班 元旦调休").is_visible()
    page.get_by_role("link", name="2031-01-01 休息 元旦").press("Enter")
    assert page.locator("#_day").input_value() == "2031-01-01"
