"""The page of rows in Chromium: three hundred meters by keyboard, saved row by row."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import House, OpenPage, violations

LIGHTEST = 100 * 1024
START = """async (no) => {
    const text = await (await fetch('/start/meters')).text();
    const page = new DOMParser().parseFromString(text, 'text/html');
    const given = {csrf_token: page.querySelector('[name=csrf_token]').value, account_no: no};
    return (await fetch('/start/meters', {method: 'POST', body: new URLSearchParams(given)})).url;
}"""

# What a finger has to hit in a card, and is too small for it.
SMALL = """() => {
    const card = document.querySelector('[data-sheet] tbody tr');
    const all = 'input:not([type=hidden], [type=file]), select, button, label.btn';
    return [...card.querySelectorAll(all)]
        .filter((one) => one.checkVisibility({visibilityProperty: true}))
        .filter((one) => one.getBoundingClientRect().height < 44)
        .filter((one) => !one.matches('.picker, [type=checkbox]'))
        .map((one) => one.outerHTML);
}"""


def at_rows(page: Page, house: House) -> str:
    """A case of its own at the step with three hundred rows; gives the page's address."""
    url: str = page.evaluate(START, house.known["clean_sale"])
    page.goto(url)
    page.wait_for_selector("[data-sheet][data-whole]")
    return url


def at_flats(page: Page, house: House) -> None:
    """The next step, which may ask for a second list."""
    at_rows(page, house)
    page.click("[data-sheet-fill]")
    page.fill("#team", "一组")
    sent(page)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("[id='flats'][data-whole]")


def field(n: int, column: str) -> str:
    return f'[id="meters[{n}].{column}"]'


def row(n: int) -> str:
    return f'tr[data-n="{n}"]'


def sent(page: Page) -> None:
    # Hundreds of rows on a machine that others use, too.
    sent_all = page.locator("[data-sheet]:not([hidden]) [data-sheet-sent]")
    expect(sent_all).to_have_attribute("data-is", "sent", timeout=20000)


def test_three_hundred_rows_by_keyboard(house: House, open_page: OpenPage, shots: Path) -> None:
    page = open_page("/work", login="linqi")
    at_rows(page, house)
    expect(page.locator("[data-sheet-done]")).to_have_text("已完成 0 / 300 行")
    assert page.locator("tbody tr[data-n]").count() < 100
    page.focus(field(0, "start"))
    puts = []
    page.on("request", lambda asked: asked.method == "PUT" and puts.append(asked.post_data))
    for n in range(5):
        page.keyboard.type(str(n))
        page.keyboard.press("Enter")
        expect(page.locator(field(n + 1, "start"))).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator(field(4, "start"))).to_be_focused()
    sent(page)
    rows = [one for put in puts if "rows" in put for one in json.loads(put)["rows"]]
    # Only the row that was left goes over the wire, with what stands in it.
    assert [(one["n"], one["values"]["start"]) for one in rows] == [(n, str(n)) for n in range(5)]
    expect(page.locator(f"{row(0)} .m")).to_have_text("请选择结果")
    page.screenshot(path=shots / "rows-wide.png")
    assert violations(page) == []


def test_one_button_fills_what_is_shown_and_filters_narrow(
    house: House, open_page: OpenPage, shots: Path
) -> None:
    page = open_page("/work", login="linqi")
    url = at_rows(page, house)
    page.select_option(field(7, "result"), "fail")
    expect(page.locator(field(7, "why"))).to_be_visible()
    page.fill(field(7, "why"), "倒装")
    page.fill("[data-sheet-filter]", "LX2610001")
    expect(page.locator("[data-sheet-shown]")).to_have_text("显示 10 行")
    page.click("[data-sheet-fill]")
    sent(page)
    expect(page.locator("[data-sheet-done]")).to_have_text("已完成 11 / 300 行")
    page.fill("[data-sheet-filter]", "")
    page.click("[data-sheet-fill]")
    sent(page)
    expect(page.locator("[data-sheet-done]")).to_have_text("已完成 300 / 300 行")
    page.select_option("[data-sheet-state]", "failed")
    expect(page.locator("p[data-nothing].empty")).to_be_visible()
    page.goto(url)
    page.wait_for_selector("[data-sheet][data-whole]")
    # Whom somebody had judged was not judged anew.
    expect(page.locator(field(7, "result"))).to_have_value("fail")
    expect(page.locator(field(7, "why"))).to_have_value("倒装")
    expect(page.locator("#fields")).to_contain_text("合格 299 只")
    page.fill("#team", "一组")
    with page.expect_navigation():
        page.click("[data-submit]")
    expect(page.locator("h1")).to_have_text("发放编号")


def test_a_submit_with_faults_names_the_rows(house: House, open_page: OpenPage) -> None:
    page = open_page("/work", login="linqi")
    at_rows(page, house)
    page.fill("#team", "一组")
    page.select_option(field(0, "result"), "pass")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-errors]")).to_contain_text("299 行有误：第 2、3、4", timeout=20000)
    page.wait_for_selector("[data-sheet][data-whole]")
    expect(page.locator(field(0, "result"))).to_have_value("pass")
    expect(page.locator(f"{row(1)} .m").first).to_have_text("请选择结果")


def test_rows_are_cards_on_a_phone(house: House, open_page: OpenPage, shots: Path) -> None:
    page = open_page("/work", login="linqi", size="phone")
    at_rows(page, house)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.select_option(field(0, "result"), "fail")
    expect(page.locator(field(0, "why"))).to_be_visible()
    page.fill(field(0, "why"), "无封")
    page.locator(row(0)).scroll_into_view_if_needed()
    page.screenshot(path=shots / "rows-phone.png")
    assert violations(page) == []
    small = page.evaluate(SMALL)
    assert small == []


@pytest.mark.parametrize("size", ["wide", "phone"])
def test_the_page_of_rows_is_light(house: House, open_page: OpenPage, size: str) -> None:
    page = open_page("/work", login="linqi", size=size)
    url = at_rows(page, house)
    sizes: list[int] = []

    page.goto("about:blank")
    page.on("response", lambda answer: sizes.append(int(answer.headers.get("content-length", 0))))
    page.goto(url)
    page.wait_for_selector("[data-sheet][data-whole]")
    page.wait_for_load_state("networkidle")
    assert 0 < sum(sizes) < LIGHTEST


def test_two_persons_at_one_row_choose(house: House, open_page: OpenPage) -> None:
    page = open_page("/work", login="linqi")
    url = at_rows(page, house)
    page.select_option(field(0, "result"), "pass")
    page.focus("#team")
    sent(page)
    other = page.context.new_page()
    other.goto(url)
    other.wait_for_selector("[data-sheet][data-whole]")
    other.fill(field(0, "seal"), "F-1")
    other.focus("#team")
    sent(other)
    page.fill(field(0, "seal"), "F-2")
    page.focus("#team")
    note = page.locator(f"{row(0)} [role=alert]")
    expect(note).to_contain_text("此行已由林栖于")
    expect(note).to_contain_text("F-2")
    expect(page.locator(field(0, "seal"))).to_have_value("F-1")
    note.locator("[data-use]").click()
    sent(page)
    expect(page.locator(field(0, "seal"))).to_have_value("F-2")


def test_rows_are_added_and_removed(house: House, open_page: OpenPage) -> None:
    page = open_page("/work", login="linqi")
    at_flats(page, house)
    for n, door in enumerate(("101", "102", "103")):
        page.click("[data-add-row]")
        page.fill(f'[id="flats[{n}].door"]', door)
    page.locator("tr[data-n='1'] [data-remove-row]").click()
    sent(page)
    page.reload()
    page.wait_for_selector("[id='flats'][data-whole]")
    assert page.locator("tbody tr[data-n]").count() == 2
    expect(page.locator('[id="flats[2].door"]')).to_have_value("103")
    expect(page.locator("tr[data-n='2'] [data-no]")).to_have_text("2")


def test_a_row_removed_while_it_is_being_saved_is_gone(house: House, open_page: OpenPage) -> None:
    page = open_page("/work", login="linqi")
    at_flats(page, house)
    held: list[Route] = []
    page.route("**/rows/**", lambda route: held.append(route) if not held else route.continue_())
    for n, door in enumerate(("101", "102")):
        page.click("[data-add-row]")
        page.fill(f'[id="flats[{n}].door"]', door)
    page.locator("tr[data-n='0'] [data-remove-row]").click()
    assert held, "the first row is on its way"
    held[0].continue_()
    sent(page)
    page.reload()
    expect(page.locator("[data-sheet] tbody tr")).to_have_count(1)


def kept_spare(page: Page) -> None:
    """What was typed in the second list is there."""
    expect(page.locator('[id="spares[0].serial"]')).to_have_value("LX1")
    expect(page.locator("[data-draft-state]")).to_contain_text("草稿已存", timeout=8000)


def test_a_list_that_another_answer_asks_for_comes_when_it_is_asked_for(
    house: House, open_page: OpenPage, shots: Path
) -> None:
    page = open_page("/work", login="linqi")
    at_flats(page, house)
    spares = page.locator("#spares")
    expect(spares).to_be_hidden()
    page.check("#spare")
    page.wait_for_selector("#spares[data-whole]")
    spares.locator("[data-add-row]").click()
    page.fill('[id="spares[0].serial"]', "LX1")
    page.focus("#spare")
    expect(spares.locator("[data-sheet-sent]")).to_have_attribute("data-is", "sent")
    expect(spares.locator("[data-row-state]")).to_have_text("已完成")
    kept_spare(page)
    page.screenshot(path=shots / "rows-asked.png", full_page=True)
    assert violations(page) == []
    page.uncheck("#spare")
    expect(spares).to_be_hidden()
    page.check("#spare")
    kept_spare(page)
    page.reload()
    page.wait_for_selector("#spares[data-whole]")
    kept_spare(page)


def test_a_list_that_is_no_longer_asked_for_does_not_stand_in_the_way(
    house: House, open_page: OpenPage
) -> None:
    page = open_page("/work", login="linqi")
    at_flats(page, house)
    page.locator("#flats [data-add-row]").click()
    for column, value in (("estate", "星河湾"), ("building", "7"), ("door", "101"),
                          ("calibre", "20")):  # fmt: skip
        page.fill(f'[id="flats[0].{column}"]', value)
    page.check("#spare")
    page.wait_for_selector("#spares[data-whole]")
    page.locator("#spares [data-add-row]").click()
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-errors]")).to_contain_text("备用表")
    page.wait_for_selector("#spares[data-whole]")
    page.uncheck("#spare")
    expect(page.locator("#spares")).to_be_hidden()
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/work"))
    expect(page.locator(".flash").first).to_contain_text("已办结")
