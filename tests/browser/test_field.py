"""In the field: no network, a dead tab, an expired sign-in, a code to scan; nothing is lost."""

from __future__ import annotations

import base64
import re
from io import BytesIO
from pathlib import Path

import pytest
import segno
from playwright.sync_api import Page, expect

from tests.browser.conftest import House, OpenPage, enter, violations
from tests.browser.test_rows import at_rows, field, row, sent

KEPT = """async () => {
    const base = await new Promise((done) => {
        const asked = indexedDB.open('typing', 1);
        asked.onsuccess = () => done(asked.result);
    });
    const all = await new Promise((done) => {
        const asked = base.transaction('kept').objectStore('kept').getAll();
        asked.onsuccess = () => done(asked.result);
    });
    return all.map((one) => [one.id, new TextDecoder('latin1').decode(one.body)]);
}"""
# A camera that looks at a picture.
CAMERA = """navigator.mediaDevices.getUserMedia = async () => {
    const canvas = Object.assign(document.createElement('canvas'), {width: 400, height: 400});
    const picture = new Image();
    picture.src = '%s';
    await picture.decode();
    const draw = () => canvas.getContext('2d').drawImage(picture, 50, 50, 300, 300);
    const pen = canvas.getContext('2d');
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, 400, 400);
    draw();
    globalThis.turning = setInterval(draw, 50);
    return canvas.captureStream(20);
};"""


def code(text: str) -> bytes:
    out = BytesIO()
    segno.make(text, micro=False).save(out, kind="png", scale=8, border=4)
    return out.getvalue()


def unsent(page: Page) -> None:
    expect(page.locator("[data-sheet-sent]")).to_have_attribute("data-is", "unsent")


def kept(page: Page) -> list[list[str]]:
    return page.evaluate(KEPT)  # type: ignore[no-any-return]


def ready(page: Page) -> None:
    page.wait_for_selector("[data-sheet][data-whole]")


def test_without_a_network_rows_are_kept_and_sent_when_it_is_back(
    house: House, open_page: OpenPage, shots: Path
) -> None:
    page = open_page("/work", login="linqi", size="phone")
    at_rows(page, house)
    page.context.set_offline(True)
    for n in range(3):
        page.select_option(field(n, "result"), "pass")
        page.fill(field(n, "seal"), f"F-{n}")
    page.focus("#team")
    unsent(page)
    expect(page.locator("[data-sheet-sent]")).to_contain_text("已存本机，3 行未发送")
    expect(page.locator(f"{row(0)} [data-row-state]")).to_have_text("未发送")
    page.locator("[data-sheet-sent]").scroll_into_view_if_needed()
    page.screenshot(path=shots / "field-offline.png")
    puts = []
    page.on("request", lambda asked: asked.method == "PUT" and puts.append(asked.url))
    page.context.set_offline(False)
    sent(page)
    expect(page.locator("[data-sheet-done]")).to_have_text("已完成 3 / 300 行")
    assert len([url for url in puts if "/rows/" in url]) == 1
    assert kept(page) == []


def test_a_tab_that_dies_without_a_network_loses_nothing(house: House, open_page: OpenPage) -> None:
    page = open_page("/work", login="linqi", size="phone")
    url = at_rows(page, house)
    context = page.context
    context.set_offline(True)
    page.fill("#team", "验收二组")
    page.fill(field(1, "seal"), "F-绝密")
    # Kept with the stroke, before the row is left.
    expect(page.locator("[data-sheet-sent]")).to_contain_text("1 行未发送")
    page.wait_for_timeout(900)
    told = kept(page)
    assert len(told) == 2
    assert not any("F-" in body or "绝密" in body for _, body in told)
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(url)
    ready(again)
    expect(again.locator("#team")).to_have_value("验收二组")
    expect(again.locator(field(1, "seal"))).to_have_value("F-绝密")
    sent(again)
    again.goto(url)
    ready(again)
    expect(again.locator(field(1, "seal"))).to_have_value("F-绝密")
    assert kept(again) == []


def test_an_expired_sign_in_keeps_rows_until_one_is_in_again(
    house: House, open_page: OpenPage
) -> None:
    page = open_page("/work", login="linqi")
    at_rows(page, house)
    page.context.clear_cookies(name="desk")
    page.fill(field(0, "seal"), "F-1")
    page.focus("#team")
    expect(page.locator("[data-sheet-sent]")).to_contain_text("登录已过期")
    expect(page.locator("[data-sign-in]")).to_be_visible()
    elsewhere = page.context.new_page()
    enter(elsewhere, "linqi")
    page.bring_to_front()
    page.evaluate("dispatchEvent(new Event('focus'))")
    sent(page)
    page.reload()
    ready(page)
    expect(page.locator(field(0, "seal"))).to_have_value("F-1")


def test_who_signs_in_instead_gets_nothing_of_it(house: House, open_page: OpenPage) -> None:
    page = open_page("/work", login="linqi")
    url = at_rows(page, house)
    context = page.context
    context.set_offline(True)
    page.fill(field(0, "seal"), "F-1")
    page.wait_for_timeout(500)
    context.set_offline(False)
    context.clear_cookies(name="desk")
    page.close()
    other = context.new_page()
    enter(other, "ruanqinghe")
    other.goto(url)
    other.wait_for_timeout(1500)
    assert len(kept(other)) == 1
    other.context.clear_cookies(name="desk")
    mine = context.new_page()
    enter(mine, "linqi")
    mine.goto(url)
    ready(mine)
    expect(mine.locator(field(0, "seal"))).to_have_value("F-1")
    sent(mine)


def test_a_step_handed_in_without_a_network_goes_when_it_is_back_and_once(
    house: House, open_page: OpenPage
) -> None:
    page = open_page("/work", login="linqi")
    at_rows(page, house)
    page.click("[data-sheet-fill]")
    sent(page)
    page.context.set_offline(True)
    page.fill("#team", "一组")
    page.click("[data-submit]")
    expect(page.locator("[data-draft-state]")).to_contain_text("恢复后自动提交", timeout=20_000)
    posts = []
    page.on("request", lambda asked: asked.method == "POST" and posts.append(asked.url))
    page.context.set_offline(False)
    page.wait_for_selector("[id='flats']")
    expect(page.locator("h1")).to_have_text("发放编号")
    assert len([url for url in posts if re.search(r"/tasks/\d+$", url)]) == 1


def test_a_draft_that_was_changed_elsewhere_is_not_overwritten(
    house: House, open_page: OpenPage
) -> None:
    page = open_page("/work", login="linqi")
    url = at_rows(page, house)
    context = page.context
    context.set_offline(True)
    page.fill("#team", "旧")
    page.wait_for_timeout(900)
    page.close()
    context.set_offline(False)
    # Another browser of the same person.
    other = open_page("/work", login="linqi")
    other.goto(url)
    ready(other)
    other.fill("#team", "新")
    expect(other.locator("[data-draft-state]")).to_contain_text("草稿已存", timeout=8000)
    again = context.new_page()
    again.goto(url)
    ready(again)
    expect(again.locator("#team")).to_have_value("新")
    expect(again.locator("[data-kept]")).to_be_visible()
    again.click("[data-kept] [data-use]")
    expect(again.locator("#team")).to_have_value("旧")


@pytest.mark.parametrize("way", ["camera", "photo"])
def test_a_code_is_scanned_into_its_row(
    house: House, open_page: OpenPage, shots: Path, way: str
) -> None:
    page = open_page("/work", login="linqi", size="phone")
    broken: list[str] = []
    page.on("console", lambda said: said.type == "error" and broken.append(said.text))
    picture = code("FH-20261101")
    if way == "camera":
        page.add_init_script(CAMERA % f"data:image/png;base64,{base64.b64encode(picture).decode()}")
    loaded: list[str] = []
    page.on("request", lambda asked: loaded.append(asked.url))
    at_rows(page, house)
    assert not any("wasm" in url or "scan." in url for url in loaded)
    page.click(f"{row(2)} [data-scan]")
    if way == "photo":
        page.wait_for_selector("#scanner[open]")
        expect(page.locator("[data-scan-said]")).to_contain_text("用不了摄像头")
        page.screenshot(path=shots / "scan-phone.png")
        assert violations(page) == []
        photo = {"name": "c.png", "mimeType": "image/png", "buffer": picture}
        page.set_input_files("#scanner input[type=file]", photo)
    expect(page.locator(field(2, "seal"))).to_have_value("FH-20261101", timeout=15000)
    expect(page.locator(field(2, "seal"))).to_be_focused()
    sent(page)
    assert [one for one in broken if "favicon" not in one] == []
    page.reload()
    ready(page)
    expect(page.locator(field(2, "seal"))).to_have_value("FH-20261101")


def test_no_code_is_told_and_one_types(house: House, open_page: OpenPage) -> None:
    page = open_page("/work", login="linqi", size="phone")
    at_rows(page, house)
    page.click(f"{row(0)} [data-scan]")
    page.wait_for_selector("#scanner[open]")
    blank = {"name": "c.png", "mimeType": "image/png", "buffer": code("x")[:60]}
    page.set_input_files("#scanner input[type=file]", blank)
    expect(page.locator("[data-scan-said]")).to_contain_text("没有认出条码", timeout=15000)
    page.get_by_role("button", name="手工输入").click()
    expect(page.locator(field(0, "seal"))).to_be_focused()
