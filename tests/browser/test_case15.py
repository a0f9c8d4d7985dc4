"""Case 15 in Chromium: crossed doors fail, are put right and looked at again; six is approved."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import House, OpenPage, violations
from tests.browser.test_acceptance import at_step, field, sent

DOORS = ("3单元502", "3单元503")
READINGS = ("6", "0")
Person = Callable[[str], Page]


def handed_in(page: Page, name: str) -> None:
    """Send the page; nothing is wrong with it."""
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    expect(page.locator(".flash").first).to_contain_text("已提交")
    wrong = page.locator("[data-errors]")
    assert wrong.count() == 0, (name, wrong.inner_text())


def step(page: Page, number: str, name: str) -> Page:
    """The open step of the case, which has this name."""
    at_step(page, number)
    expect(page.locator("h1")).to_have_text(name)
    return page


def reported(clerk: Page, points: str) -> str:
    """登记完工报告 of works of the company; gives the number of the case."""
    clerk.goto("/start/meter_acceptance")
    clerk.locator("form[action$='/start/meter_acceptance'] button").click()
    clerk.wait_for_url(re.compile(r"/tasks/\d+$"))
    clerk.fill("#point_list", points)
    clerk.check("[name=source][value=connection]")
    clerk.wait_for_load_state("networkidle")
    number = clerk.locator(".crumb a").inner_text()
    handed_in(clerk, "report")
    return number


def booked(engineer: Page, number: str) -> None:
    """预约验收; the look on site is the next page."""
    step(engineer, number, "预约验收")
    engineer.fill("#visit_at", "2030-01-04 09:30")
    handed_in(engineer, "book")
    expect(engineer.locator("h1")).to_have_text("现场验收")


def looked_at(page: Page, shot: Path, *, crossed: bool) -> None:
    """现场验收 of both meters."""
    page.wait_for_selector("[data-sheet][data-whole]")
    if not crossed:
        page.click("[data-sheet-fill]")
    for n, reading in enumerate(READINGS):
        page.fill(field(n, "start_reading"), reading)
        if crossed:
            page.check(field(n, "serial_same"))
            page.select_option(field(n, "door_match"), "crossed")
            page.select_option(field(n, "result"), "fail")
            page.fill(field(n, "failed_items"), "3 关502的阀，503停水")
    for one in page.locator("[name^='works['][name$='.result']").all():
        one.select_option("pass")
    page.focus("#position")
    sent(page)
    page.screenshot(path=shot, full_page=True)
    handed_in(page, "inspect")


def agreed(person: Person, number: str) -> None:
    """Both other parties agree, each on a page of their own."""
    for login, name, party in (("dingwangshu", "施工方意见", "installer"),
                               ("chuxiangnan", "分公司意见", "branch")):  # fmt: skip
        page = step(person(login), number, name)
        page.check(f"[name={party}_opinion][value=agree]")
        handed_in(page, name)


def refused(page: Page, url: str) -> None:
    """Whose step it is not gets no page of it, whatever the address."""
    answer = page.goto(url)
    assert answer
    assert answer.status == 403
    assert page.locator("#task-form").count() == 0


def put_right(person: Person, number: str, shots: Path) -> None:
    """整改: the engineer names the defects, the installer alone reports that they are gone."""
    engineer, fitter = person("guheng"), person("dingwangshu")
    step(engineer, number, "下发整改通知")
    expect(engineer.locator("#fields")).to_contain_text("关502的阀，503停水")
    assert violations(engineer) == []
    refused(fitter, engineer.url)
    handed_in(engineer, "notice")
    step(fitter, number, "整改完成报告")
    refused(engineer, fitter.url)
    fitter.fill("#rectified_note", "对调两表，逐户关阀复核")
    assert violations(fitter) == []
    fitter.screenshot(path=shots / "case15-rectify.png", full_page=True)
    handed_in(fitter, "rectify")


def approved(person: Person, number: str, shots: Path) -> None:
    """起始码审批: the six, not the zero; metering first, then sales, each for themselves."""
    metering = step(person("guanshanyue"), number, "审批")
    expect(metering.locator("#fields")).to_contain_text("3单元502")
    expect(metering.locator("#fields")).not_to_contain_text("3单元503")
    for other in ("guheng", "yezhiqiu"):
        refused(person(other), metering.url)
    metering.screenshot(path=shots / "case15-approve.png", full_page=True)
    for login in ("guanshanyue", "yezhiqiu"):
        page = step(person(login), number, "审批")
        page.check("[name=decision][value=agree]")
        page.fill("#opinion", "试压用水，同意")
        handed_in(page, "approve")


def signed(engineer: Page, number: str, shots: Path) -> None:
    """签署验收单; nothing is left to do."""
    step(engineer, number, "签署验收单")
    engineer.check("[name=parties_signed]:not([type=hidden])")
    engineer.keyboard.press("Control+Enter")
    engineer.wait_for_url(re.compile(r"/work"))
    engineer.goto(f"/cases/{number}")
    expect(engineer.locator("main")).to_contain_text("已办结：验收合格")
    expect(engineer.locator("main")).to_contain_text("水表验收单")
    engineer.goto(f"/cases/{number}?tab=timeline")
    for told in ("下发整改通知 ZG", "登记第 2 次验收结果", "签署验收单 YSD", "安装水表"):
        expect(engineer.locator("main")).to_contain_text(told)
    engineer.screenshot(path=shots / "case15-timeline.png", full_page=True)
    assert violations(engineer) == []


def test_case_15_from_the_report_to_the_signed_sheet(
    house: House, open_page: OpenPage, shots: Path
) -> None:
    people: dict[str, Page] = {}

    def person(login: str) -> Page:
        if login not in people:
            people[login] = open_page("/work", login=login)
        return people[login]

    points = house.run("tests.browser.building", "X", *DOORS)
    engineer = person("guheng")
    number = reported(person("linqi"), points)
    booked(engineer, number)
    refused(person("dingwangshu"), engineer.url)
    looked_at(engineer, shots / "case15-crossed.png", crossed=True)
    agreed(person, number)
    put_right(person, number, shots)
    step(engineer, number, "现场验收")
    looked_at(engineer, shots / "case15-round2.png", crossed=False)
    agreed(person, number)
    approved(person, number, shots)
    signed(engineer, number, shots)
