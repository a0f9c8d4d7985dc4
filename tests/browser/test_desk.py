"""The desk in Chromium: by keyboard alone, without a violation, and light."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import House, OpenPage, enter, violations

LIGHTEST = 100 * 1024


def start_by_keyboard(page: Page, house: House) -> None:
    """From the worklist to the first step of a case, without the mouse."""
    page.goto("/start/meter_transfer")
    expect(page.locator("#account")).to_be_focused()
    page.keyboard.type(house.account()["no"])
    page.keyboard.press("Enter")
    expect(page.locator(".hits li")).to_have_count(1)
    page.get_by_role("button", name="为此户受理").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/tasks/\d+$"))


@pytest.mark.parametrize("size", ["wide", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_free_of_violations(
    house: House, open_page: OpenPage, size: str, scheme: str
) -> None:
    page = open_page("/sign-in", size=size, scheme=scheme)
    found = {"/sign-in": violations(page)}
    enter(page, "linqi")
    start_by_keyboard(page, house)
    task = page.url
    number = page.locator(".crumb a").inner_text()
    found["task"] = violations(page)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("[data-errors]")
    found["errors"] = violations(page)
    account = page.locator(".facts dd.n").inner_text()
    paths = [
        "/work",
        "/work?tab=group",
        "/start",
        "/start/meter_transfer",
        "/cases",
        "/accounts",
        "/password",
        "/nowhere",
        f"/cases/{number}",
        f"/cases/{number}?tab=timeline",
        f"/cases/{number}?tab=papers",
        f"/cases/{number}?tab=why",
        f"/cases/{number}?tab=diagram",
        f"/cases/{number}/look",
        *(f"/cases/{number}/{way}" for way in ("withdraw", "merge", "urge")),
        *(f"{task}/{way}" for way in ("assign", "send-back", "ask", "sign", "extend")),
        "/reminders",
        f"/accounts/{account}",
    ]
    for path in paths:
        page.goto(path)
        found[path] = violations(page)
    page.goto(f"/accounts/{account}")
    page.click('h2 a[href^="/customers/"]')
    found["customer"] = violations(page)
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("size", ["wide", "phone"])
def test_the_administrators_pages_are_free_of_violations(open_page: OpenPage, size: str) -> None:
    page = open_page("/admin", size=size, scheme="dark", login="qimingyuan")
    found = {"/admin": violations(page)}
    for path in ("/admin/people/linqi", "/admin/people/linqi/groups", "/admin/people/new",
                 "/admin/settings", "/admin/settings/limit.T-SUPP", "/admin/branches",
                 "/admin/calendar", "/admin/calendar/put", "/admin/incidents",
                 "/admin/refused", "/me"):  # fmt: skip
        page.goto(path)
        found[path] = violations(page)
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_nothing_scrolls_sideways_on_a_phone(house: House, open_page: OpenPage) -> None:
    page = open_page("/work", size="phone", login="linqi")
    start_by_keyboard(page, house)
    for path in (page.url, "/work", "/", "/cases", "/accounts"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path


def test_errors_are_told_and_what_was_typed_stays(house: House, open_page: OpenPage) -> None:
    page = open_page("/work", login="linqi")
    start_by_keyboard(page, house)
    page.fill("#new_name", "言若谷")
    page.keyboard.press("Enter")
    assert page.locator("[data-errors]").count() == 0
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-errors]")).to_be_focused()
    expect(page.locator("#new_name")).to_have_value("言若谷")
    target = page.locator("[data-errors] a").first.get_attribute("href")
    assert target
    expect(page.locator(target)).to_have_count(1)


def test_a_draft_saves_itself_and_comes_back(house: House, open_page: OpenPage) -> None:
    page = open_page("/work", login="linqi")
    start_by_keyboard(page, house)
    page.fill("#new_name", "言若谷")
    expect(page.locator("[data-draft-state]")).to_contain_text("草稿已存", timeout=8000)
    page.reload()
    expect(page.locator("#new_name")).to_have_value("言若谷")


def test_enter_while_composing_sends_nothing(house: House, open_page: OpenPage) -> None:
    page = open_page("/work", login="linqi")
    start_by_keyboard(page, house)
    page.focus("#new_name")
    page.evaluate(
        """document.activeElement.dispatchEvent(new KeyboardEvent('keydown',
        {key: 'Enter', ctrlKey: true, isComposing: true, bubbles: true}))"""
    )
    page.wait_for_timeout(300)
    assert page.locator("[data-errors]").count() == 0


def test_an_expired_login_brings_the_typing_back(house: House, open_page: OpenPage) -> None:
    page = open_page("/work", login="linqi")
    start_by_keyboard(page, house)
    page.evaluate("document.querySelector('#task-form').removeAttribute('data-draft')")
    page.fill("#new_name", "言若谷")
    page.context.clear_cookies(name="desk")
    page.click("[data-submit]")
    page.wait_for_selector("#password")
    page.fill("#login", "linqi")
    page.fill("#password", "tao-li-bu-yan-10")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/tasks/\d+$"))
    expect(page.locator("#new_name")).to_have_value("言若谷")


def test_keys_move_and_open(house: House, open_page: OpenPage) -> None:
    page = open_page("/work", login="linqi")
    start_by_keyboard(page, house)
    page.goto("/work")
    page.keyboard.press("j")
    assert page.locator("tr[data-cur]").count() == 1
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/tasks/\d+$"))
    page.goto("/work")
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()


def test_pages_are_light_and_say_nothing_to_the_console(house: House, open_page: OpenPage) -> None:
    page = open_page("/work", login="linqi")
    said: list[str] = []
    sent: list[int] = []
    page.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
    page.on("requestfinished", lambda r: sent.append(r.sizes()["responseBodySize"]))
    start_by_keyboard(page, house)
    page.context.clear_cookies(name="nothing")
    sent.clear()
    page.reload()
    page.wait_for_load_state("networkidle")
    assert said == []
    assert 0 < sum(sent) < LIGHTEST


@pytest.mark.parametrize("size", ["wide", "phone"])
def test_today_draws_its_charts_and_is_free_of_violations(
    house: House, open_page: OpenPage, size: str, shots: Path
) -> None:
    page = open_page("/work", size=size, login="linqi")
    start_by_keyboard(page, house)
    page.goto("/")
    page.wait_for_selector("[data-chart=holders][data-ready]")
    assert page.locator("[data-chart=holders] canvas").count() == 1
    page.screenshot(path=shots / f"today-{size}.png", full_page=True)
    assert violations(page) == []
    page.context.add_cookies([{"name": "theme", "value": "dark", "url": page.url}])
    page.goto("/")
    assert violations(page) == []
    page.locator("details.what summary").first.click()
    expect(page.locator("details.what").first).to_contain_text("林栖")
