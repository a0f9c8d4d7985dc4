"""Interrupted anywhere: no network, an expired sign-in, a server that is killed, a step sent twice.
Nothing that was typed or scanned is lost, and nothing counts twice."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import build_opener

from playwright.sync_api import Locator, Page, Route, expect

from app.config import ROOT
from tests.browser.conftest import House, OpenPage, enter
from tests.browser.test_acceptance import at_step, field
from tests.browser.test_case15 import booked
from tests.browser.test_field import KEPT, code, ready
from tests.browser.test_papers import SHOT
from tests.browser.test_rows import at_rows
from tests.browser.test_rows import field as meter
from tests.served import BIN, free_port, wait_for


class Server:
    """A second server of the same installation, which dies and comes again at its address."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env, self.port = env, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """And wait until it answers."""
        self.process = subprocess.Popen(
            [str(BIN / "gunicorn"), "wsgi:app", "--bind", f"127.0.0.1:{self.port}",
             "--worker-class", "gthread", "--threads", "4", "--log-level", "critical"],
            cwd=ROOT, env=self.env, start_new_session=True,
        )  # fmt: skip
        wait_for(lambda: build_opener().open(self.address + "/sign-in").status == 200)

    def kill(self) -> None:
        """As a machine does that runs out of memory: with all its workers, unasked."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@contextmanager
def serving(house: House) -> Iterator[Server]:
    server = Server(house.env)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def path_of(page: Page) -> str:
    return re.sub(r"^https?://[^/]+", "", page.url)


def unsent(page: Page, rows: int) -> None:
    expect(page.locator("[data-sheet-sent]")).to_contain_text(f"{rows} 行未发送")


def all_sent(page: Page) -> None:
    expect(page.locator("[data-sheet-sent]")).to_have_attribute("data-is", "sent", timeout=20_000)


def on_site(house: House, open_page: OpenPage, mark: str) -> Page:
    """The engineer before two meters."""
    number = house.run("tests.browser.building", "--begin", mark, "101", "102")
    page = open_page("/work", login="guheng", size="phone")
    booked(page, number)
    ready(page)
    return page


def scan(page: Page, n: int, text: str) -> None:
    """Read a code into a row from a photo of it."""
    page.click(f'tr[data-n="{n}"] [data-scan]')
    page.wait_for_selector("#scanner[open]")
    photo = {"name": "c.png", "mimeType": "image/png", "buffer": code(text)}
    page.set_input_files("#scanner input[type=file]", photo)
    expect(page.locator(field(n, "serial_found"))).to_have_value(text, timeout=15_000)


def test_what_was_scanned_and_typed_without_a_network_is_there_after_a_reload(
    house: House, open_page: OpenPage
) -> None:
    page = on_site(house, open_page, "N")
    scan(page, 0, "LJ9N00000")
    all_sent(page)
    page.context.set_offline(True)
    scan(page, 1, "LJ9N00001")
    page.select_option(field(1, "door_match"), "pass")
    page.fill(field(1, "start_reading"), "3")
    page.fill("#position", "楼道管井")
    unsent(page, 1)
    # The rows have said the same already: what was typed last is kept a moment later.
    page.wait_for_timeout(1_500)
    expect(page.locator("[data-draft-state]")).to_contain_text("已存本机")
    page.context.set_offline(False)
    page.reload()
    ready(page)
    for column, value in (("serial_found", "LJ9N00001"), ("door_match", "pass"),
                          ("start_reading", "3")):  # fmt: skip
        expect(page.locator(field(1, column))).to_have_value(value)
    expect(page.locator("#position")).to_have_value("楼道管井", timeout=20_000)
    all_sent(page)


def test_what_arrives_while_the_page_is_loaded_again_is_on_the_page(
    house: House, open_page: OpenPage
) -> None:
    page = on_site(house, open_page, "Q")
    path = path_of(page)
    held: list[Route] = []

    def load(route: Route) -> None:
        """The server draws the page, and only then the draft of the page before reaches it."""
        drawn = route.fetch()
        held[0].continue_()
        page.wait_for_timeout(1_500)
        route.fulfill(response=drawn)

    drafts = re.compile(r"/draft$")
    page.route(drafts, lambda route: route.continue_() if held else held.append(route))
    page.fill("#position", "楼道管井")
    page.wait_for_timeout(3_000)
    assert held
    page.route(re.compile(f"{re.escape(path)}$"), load, times=1)
    page.reload()
    ready(page)
    expect(page.locator("#position")).to_have_value("楼道管井", timeout=20_000)
    drawn: list[str] = []
    page.on("request", lambda asked: asked.is_navigation_request() and drawn.append(asked.url))
    page.reload()
    ready(page)
    page.wait_for_timeout(500)
    assert len(drawn) == 1, "a page that shows what was sent is not drawn again"


def photographed(page: Page, n: int) -> Locator:
    """The photos of a row that have arrived."""
    return page.locator(f'tr[data-n="{n}"] [data-files] li input[type=hidden]')


def test_a_photo_taken_without_a_network_comes_to_its_row_as_it_was_taken(
    house: House, open_page: OpenPage
) -> None:
    page = on_site(house, open_page, "P")
    page.context.set_offline(True)
    page.locator('tr[data-n="1"] [data-photo]').set_input_files(SHOT)
    expect(page.locator('tr[data-n="1"] [data-files]')).to_contain_text("网络不通")
    page.wait_for_function(f"async () => (await ({KEPT})()).length === 1")
    context, path = page.context, path_of(page)
    page.close(run_before_unload=False)
    context.set_offline(False)
    again = context.new_page()
    again.goto(path)
    ready(again)
    expect(photographed(again, 1)).to_have_count(1, timeout=20_000)
    expect(photographed(again, 0)).to_have_count(0)
    all_sent(again)
    again.reload()
    ready(again)
    got = again.evaluate(
        "async id => [...new Uint8Array(await (await fetch(`/attachments/${id}`)).arrayBuffer())]",
        photographed(again, 1).input_value(),
    )
    assert bytes(got) == SHOT["buffer"]


def test_a_sign_in_that_expires_in_the_middle_takes_nothing(
    house: House, open_page: OpenPage
) -> None:
    page = on_site(house, open_page, "E")
    page.fill("#position", "表井")
    page.context.clear_cookies(name="desk")
    page.fill(field(0, "start_reading"), "2")
    page.fill("#engineer_note", "井盖松动")
    page.click("[data-submit]")
    expect(page.locator("[data-sheet-sent]")).to_contain_text("登录已过期")
    with page.expect_popup() as opened:
        page.click("[data-sign-in]")
    enter(opened.value, "guheng")
    opened.value.close()
    page.bring_to_front()
    page.evaluate("dispatchEvent(new Event('focus'))")
    all_sent(page)
    expect(page.locator("[data-draft-state]")).to_contain_text("草稿已存", timeout=20_000)
    page.reload()
    ready(page)
    expect(page.locator(field(0, "start_reading"))).to_have_value("2")
    expect(page.locator("#position")).to_have_value("表井")
    expect(page.locator("#engineer_note")).to_have_value("井盖松动")


def test_a_server_that_is_killed_takes_nothing(house: House, open_page: OpenPage) -> None:
    page = open_page("/work", login="linqi")
    path = path_of_rows(page, house)
    with serving(house) as server:
        page.goto(server.address + path)
        ready(page)
        page.fill("#team", "一组")
        page.fill(meter(0, "seal"), "F-0")
        page.focus("#team")
        all_sent(page)
        expect(page.locator("[data-draft-state]")).to_contain_text("草稿已存", timeout=8000)
        server.kill()
        page.fill("#team", "二组")
        page.fill(meter(1, "seal"), "F-1")
        page.focus("#team")
        unsent(page, 1)
        expect(page.locator("[data-draft-state]")).to_contain_text("已存本机", timeout=8000)
        context = page.context
        page.close()
        server.start()
        again = context.new_page()
        again.goto(server.address + path)
        ready(again)
        expect(again.locator("#team")).to_have_value("二组")
        for n in (0, 1):
            expect(again.locator(meter(n, "seal"))).to_have_value(f"F-{n}")
        all_sent(again)


def path_of_rows(page: Page, house: House) -> str:
    """A case of its own at the step with three hundred rows; its address within the house."""
    return re.sub(r"^https?://[^/]+", "", at_rows(page, house))


def test_a_step_that_meets_a_killed_server_goes_when_it_is_up_again_and_once(
    house: House, open_page: OpenPage
) -> None:
    page = open_page("/work", login="linqi")
    path = path_of_rows(page, house)
    with serving(house) as server:
        page.goto(server.address + path)
        ready(page)
        page.click("[data-sheet-fill]")
        page.fill("#team", "一组")
        all_sent(page)
        expect(page.locator("[data-draft-state]")).to_contain_text("草稿已存", timeout=8000)
        server.kill()
        posts: list[str] = []
        page.on("request", lambda asked: asked.method == "POST" and posts.append(asked.url))
        page.click("[data-submit]")
        expect(page.locator("[data-draft-state]")).to_contain_text("恢复后自动提交", timeout=20_000)
        server.start()
        page.wait_for_selector("[id='flats']", timeout=20_000)
        assert len([url for url in posts if re.search(r"/tasks/\d+$", url)]) == 1


def test_a_step_whose_answer_is_lost_is_done_and_not_done_twice(
    house: House, open_page: OpenPage
) -> None:
    page = open_page("/work", login="linqi")
    at_rows(page, house)
    page.click("[data-sheet-fill]")
    page.fill("#team", "一组")
    all_sent(page)

    def lose(route: Route) -> None:
        """It arrives, and the answer does not."""
        if route.request.method == "POST":
            route.fetch(max_redirects=0)
            route.abort()
        else:
            route.continue_()

    number = page.locator(".crumb a").inner_text()
    path = path_of(page)
    page.route(re.compile(r"/tasks/\d+$"), lose)
    with page.expect_event("requestfailed", lambda asked: asked.method == "POST"):
        page.dblclick("[data-submit]")
    page.unroute(re.compile(r"/tasks/\d+$"))
    page.goto(path)
    expect(page.locator(".h")).to_contain_text("已办结")
    expect(page.locator(".flash").first).to_contain_text("接着办：发放编号")
    page.goto(f"/cases/{number}?tab=timeline")
    expect(page.get_by_text("办结现场验收")).to_have_count(1)
    at_step(page, number)
    expect(page.locator("h1")).to_have_text("发放编号")
