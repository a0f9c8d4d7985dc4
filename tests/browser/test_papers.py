"""Papers in Chromium: photographed on a phone, looked at in the page, sent again when it broke."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.attachments.conftest import photo, sheets
from tests.browser.conftest import SIZES, House, OpenPage, enter, violations
from tests.browser.test_case17 import Hands, accept

# Of a phone: eight million pixels, and it was held upright.
SHOT: Any = {
    "name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": photo(3264, 2448, turned=True),
}  # fmt: skip
DEED: Any = {
    "name": "权属证明.pdf", "mimeType": "application/pdf",
    "buffer": sheets((1000, 1400), (1400, 1000), (1000, 1400)),
}  # fmt: skip
SENDS = "**/attachments"


def to_papers(open_page: OpenPage, house: House, shots: Path, size: str = "wide") -> Hands:
    """A sale at its materials check."""
    clerk = Hands(open_page("/work", login="linqi"), shots)
    number = clerk.start(house.account()["no"])
    accept(clerk, "sale", "present", "titled")
    clerk.hand_in("accept")
    clerk.number = number
    width, height = SIZES[size]
    clerk.page.set_viewport_size({"width": width, "height": height})
    return clerk


def box(page: Page, n: int) -> Any:
    """Where the files of the n-th paper go."""
    return page.locator(f'[data-files="papers[{n}].files"]')


def kept(page: Page, n: int) -> Any:
    """The files of the n-th paper that have arrived."""
    return box(page, n).locator("li input[type=hidden]")


def picture(page: Page) -> Any:
    """The picture in the dialog, once it is there."""
    found = page.locator("dialog.viewing img")
    expect(found).not_to_have_js_property("naturalWidth", 0, timeout=20_000)
    return found


def size_of(page: Page) -> tuple[float, float]:
    """How large it is shown."""
    area = picture(page).bounding_box()
    assert area
    return area["width"], area["height"]


def content(page: Page, n: int) -> bytes:
    """The first file of the n-th paper, as it was kept."""
    got = page.evaluate(
        "async id => [...new Uint8Array(await (await fetch(`/attachments/${id}`)).arrayBuffer())]",
        kept(page, n).first.input_value(),
    )
    return bytes(got)


def choose(page: Page, n: int, *files: Any) -> None:
    """Choose files for the n-th paper, and wait until they are there."""
    for number, one in enumerate(files, 1):
        box(page, n).locator("input[type=file]").first.set_input_files(one)
        expect(kept(page, n)).to_have_count(number)


def small_enough(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_shots_of_a_phone_are_made_smaller_and_shown_in_the_list(
    house: House, open_page: OpenPage, shots: Path
) -> None:
    page = to_papers(open_page, house, shots, "phone").page
    camera = box(page, 0).locator("[data-photo]")
    assert camera.get_attribute("capture") == "environment"
    for n in (1, 2):
        camera.set_input_files(SHOT)
        expect(kept(page, 0)).to_have_count(n)
    expect(box(page, 0)).to_contain_text("再拍一张")
    expect(box(page, 0).locator("img.shot")).to_have_count(2)
    # What was chosen as a file is not touched.
    choose(page, 1, SHOT)
    assert max(Image.open(io.BytesIO(content(page, 0))).size) == 2560
    assert content(page, 1) == SHOT["buffer"]
    assert small_enough(page)
    page.screenshot(path=shots / "phone-form.png", full_page=True)
    assert violations(page) == []


def test_a_phone_shows_a_shot_upright_within_its_screen(
    house: House, open_page: OpenPage, shots: Path
) -> None:
    page = to_papers(open_page, house, shots, "phone").page
    choose(page, 0, SHOT)
    box(page, 0).locator("a[data-view]").first.click()
    width, height = picture(page).evaluate("e => [e.naturalWidth, e.naturalHeight]")
    assert (width, height) == (1350, 1800)
    assert size_of(page)[0] <= 390
    page.screenshot(path=shots / "phone-viewer.png")
    assert violations(page) == []
    page.get_by_role("button", name="关闭").click()
    expect(page.locator("dialog.viewing")).not_to_be_visible()


def test_the_viewer_goes_by_keys_through_pages_and_files(
    house: House, open_page: OpenPage, shots: Path
) -> None:
    page = to_papers(open_page, house, shots).page
    choose(page, 0, SHOT)
    choose(page, 1, DEED)
    page.locator("a[data-view]").first.focus()
    dialog = page.locator("dialog.viewing")
    for key, there in (
        ("Enter", "IMG_0001.jpg"), ("PageDown", "第 1 / 3 页"), ("ArrowRight", "第 2 / 3 页"),
        ("ArrowLeft", "第 1 / 3 页"), ("PageUp", "IMG_0001.jpg"),
    ):  # fmt: skip
        page.keyboard.press(key)
        expect(dialog).to_contain_text(there)
    before = size_of(page)
    page.keyboard.press("+")
    larger = size_of(page)
    page.keyboard.press("0")
    page.keyboard.press("r")
    turned = size_of(page)
    assert larger[0] > before[0]
    assert (before[0] > before[1]) != (turned[0] > turned[1])
    page.screenshot(path=shots / "viewer-wide.png")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("a[data-view]").first).to_be_focused()


def test_a_promise_and_shared_data_are_asked_for_in_the_row(
    house: House, open_page: OpenPage, shots: Path
) -> None:
    clerk = to_papers(open_page, house, shots)
    page = clerk.page
    page.select_option('[name="papers[0].state"]', "commitment")
    expect(page.locator('[name="papers[0].due"]')).to_be_visible()
    page.select_option('[name="papers[1].state"]', "shared")
    expect(page.locator('[name="papers[1].source"]')).to_be_visible()
    expect(box(page, 1)).to_have_count(0)
    assert small_enough(page)
    page.screenshot(path=shots / "modes-wide.png", full_page=True)
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert small_enough(page)
    page.screenshot(path=shots / "modes-phone.png", full_page=True)


@pytest.mark.parametrize("status", [0, 500, 503])
def test_what_did_not_arrive_is_sent_again_and_nothing_is_handed_in_before(
    house: House, open_page: OpenPage, shots: Path, status: int
) -> None:
    clerk = to_papers(open_page, house, shots)
    page, tries = clerk.page, []

    def broken(route: Route) -> None:
        tries.append(1)
        route.abort() if status == 0 else route.fulfill(status=status, body="查毒服务暂时用不了")

    page.route(SENDS, broken)
    box(page, 0).locator("input[type=file]").first.set_input_files(DEED)
    expect(box(page, 0).get_by_role("alert")).to_be_visible()
    page.screenshot(path=shots / "upload-failed.png", full_page=True)
    assert violations(page) == []
    page.keyboard.press("Control+Enter")
    page.wait_for_timeout(200)
    assert page.locator("[data-errors]").count() == 0
    # Asking the form again loses nothing of it.
    page.select_option('[name="papers[2].state"]', "missing")
    page.wait_for_load_state("networkidle")
    expect(box(page, 0).get_by_role("alert")).to_be_visible()
    page.unroute(SENDS)
    # If it does not go again by itself just now.
    again = box(page, 0).get_by_role("button", name="重试")
    again.evaluate_all("all => all.forEach((one) => one.click())")
    expect(kept(page, 0)).to_have_count(1)
    assert tries


def test_an_upload_outlives_an_expired_sign_in(
    house: House, open_page: OpenPage, shots: Path
) -> None:
    clerk = to_papers(open_page, house, shots)
    page = clerk.page
    page.context.clear_cookies(name="desk")
    box(page, 0).locator("input[type=file]").first.set_input_files(DEED)
    expect(box(page, 0).get_by_role("alert")).to_contain_text("登录已过期")
    # Another person at the same counter does not send it under his name.
    other = page.context.new_page()
    enter(other, "ruanqinghe")
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(box(page, 0).get_by_role("alert")).to_contain_text("不是您本人")
    page.context.clear_cookies(name="desk")
    enter(other, "linqi")
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(kept(page, 0)).to_have_count(1)
    # The page goes on under the new sign-in.
    page.select_option('[name="papers[0].state"]', "original")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("[data-errors]")


def test_what_was_not_sent_outlives_the_tab(house: House, open_page: OpenPage, shots: Path) -> None:
    page = to_papers(open_page, house, shots).page
    page.route(SENDS, lambda route: route.abort())
    box(page, 0).locator("input[type=file]").first.set_input_files(DEED)
    expect(box(page, 0).get_by_role("alert")).to_be_visible()
    page.wait_for_timeout(500)
    stored = page.evaluate(
        """async () => {
            const base = await new Promise((done) => {
                const asked = indexedDB.open("typing", 1);
                asked.onsuccess = () => done(asked.result);
            });
            const all = base.transaction("kept").objectStore("kept").getAll();
            await new Promise((done) => { all.onsuccess = done; });
            return all.result.map((one) => new TextDecoder().decode(one.body)).join("");
        }"""
    )
    assert stored
    assert "权属证明" not in stored
    page.unroute(SENDS)
    page.reload()
    expect(kept(page, 0)).to_have_count(1)
    expect(box(page, 0)).to_contain_text("权属证明.pdf")


def to_folder(open_page: OpenPage, house: House, shots: Path) -> Hands:
    """A sale whose papers were handed in with two files, and its papers."""
    clerk = to_papers(open_page, house, shots)
    page = clerk.page
    choose(page, 0, SHOT)
    choose(page, 1, DEED)
    for n in range(3):
        page.select_option(f'[name="papers[{n}].state"]', "original" if n else "copy")
        page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+Enter")
    expect(page.locator("h1")).not_to_have_text("核验材料")
    house.command("files", "thumbnails")
    page.goto(f"/cases/{clerk.number}?tab=papers")
    return clerk


def test_the_folder_of_a_case_shows_small_pictures_to_who_says_why(
    house: House, open_page: OpenPage, shots: Path
) -> None:
    page = to_folder(open_page, house, shots).page
    assert page.locator(".shots img").count() == 0
    page.click("text=显示缩略图")
    page.check("input[name=_why][value=handle]")
    page.get_by_role("button", name="查看", exact=True).click()
    expect(page.locator(".shots img")).to_have_count(2)
    assert violations(page) == []
    page.screenshot(path=shots / "folder.png", full_page=True)
    page.locator(".shots a[data-view]").first.click()
    assert size_of(page)[0] > 100
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 844})
    assert small_enough(page)
    page.screenshot(path=shots / "folder-phone.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})
    customer_shows_them(page, shots)


def customer_shows_them(page: Page, shots: Path) -> None:
    """On the customer's page, too, once a reason was given there."""
    page.goto(f"/accounts/{page.locator('.facts dd.n').inner_text()}")
    page.click('h2 a[href^="/customers/"]')
    assert page.locator(".shots").count() == 0
    page.click("text=显示完整信息")
    page.check("input[name=_why][value=handle]")
    page.get_by_role("button", name="查看", exact=True).click()
    expect(page.locator(".shots img")).to_have_count(2)
    assert violations(page) == []
    page.screenshot(path=shots / "customer-shots.png", full_page=True)
    page.locator(".shots a[data-view]").first.click()
    assert size_of(page)[0] > 100
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 844})
    assert small_enough(page)
    page.screenshot(path=shots / "customer-shots-phone.png", full_page=True)


def test_a_new_file_takes_an_old_ones_place_in_the_page(
    house: House, open_page: OpenPage, shots: Path
) -> None:
    page = to_folder(open_page, house, shots).page
    page.get_by_role("link", name="更换").first.click()
    assert violations(page) == []
    page.set_input_files("#_file", {**SHOT, "name": "清晰.jpg"})
    page.get_by_role("button", name="更换").click()
    expect(page.locator(".flash")).to_contain_text("旧件留存")
    page.get_by_role("link", name="旧件 1").click()
    expect(page.locator("dialog.viewing")).to_contain_text("此件已被替换")
    page.locator("dialog.viewing [data-go=newest]").click()
    expect(page.locator("dialog.viewing")).to_contain_text("清晰.jpg")
    page.keyboard.press("Escape")
    # Without a script the viewer is a page of its own.
    page.goto(str(page.locator(".shots a[data-view]").first.get_attribute("href")))
    expect(page.locator("[data-viewer] img")).not_to_have_js_property("naturalWidth", 0)
    assert violations(page) == []
