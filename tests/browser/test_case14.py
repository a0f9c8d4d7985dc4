"""Case 14: a building's flats come in as a workbook; two doors twice, the good ones go on."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from app.config import ROOT
from tests.browser.conftest import House, OpenPage
from tests.browser.estate import MANY
from tests.browser.hands import Hands

# Rows of the file, whose first is its head: 19 says what 5 says, 42 what 32.
TWICE = {17: 3, 40: 30}


@pytest.fixture(scope="module")
def number(house: House) -> str:
    """A case at 发放接水点编号."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.browser.estate"],
        cwd=ROOT, env=house.env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def flats() -> list[tuple[str, str]]:
    """Unit and door of each flat; two of them twice."""
    found = [(str(1 + n // 24), f"{1 + n % 24 // 2:02}0{1 + n % 2}") for n in range(MANY)]
    for later, first in TWICE.items():
        found[later] = found[first]
    return found


def filled(template: Path) -> Path:
    """The template as the developer sends it back."""
    book = load_workbook(template)
    sheet = book.worksheets[0]
    places = {str(cell.value).rstrip("*"): cell.column for cell in sheet[1]}
    for row, (unit, door) in enumerate(flats(), 2):
        given = {"小区或街道": "城东区星河湾", "楼栋": "7", "单元": unit, "房号": door, "口径": 20}
        for label, value in given.items():
            sheet.cell(row, places[label], value)
    book.save(template)
    return template


def progress(page: Page, done: int) -> None:
    """How many rows are whole, as the list says."""
    page.wait_for_selector("[data-sheet][data-whole]")
    expect(page.locator("[data-sheet-done]")).to_have_text(f"已完成 {done} / {MANY} 行")


def to_import(page: Page) -> None:
    """From the list of rows to the page that takes a file."""
    page.wait_for_selector("[data-sheet][data-whole]")
    page.get_by_text("表格文件").click()
    page.get_by_role("link", name="导入 XLSX").click()


def bring(page: Page, file: Path, good: int) -> None:
    """Send a file; so many of its rows are good."""
    page.set_input_files("#file", file)
    page.get_by_role("button", name="上传并核对").click()
    page.wait_for_url(re.compile(r"/runs/\d+$"))
    said = f"{good} 行合格，{MANY - good} 行不合格"
    expect(page.locator("#run")).to_contain_text(said)


def numbers_of(page: Page) -> list[str]:
    """The numbers that the page of what was issued lists."""
    expect(page.locator("#fields")).to_contain_text("已编号 46 个，未编号 2 行")
    return re.findall(r"JS-CD-\d{4}-\d{5}-\d", page.locator("#fields").inner_text())


def check(entry: Hands, folder: Path) -> Path:
    """The template, filled in and brought: two rows are named, and nothing has happened yet."""
    page, step = entry.page, entry.page.url
    to_import(page)
    entry.look("14-import")
    with page.expect_download() as got:
        page.get_by_role("link", name="下载模板").click()
    got.value.save_as(folder / "flats.xlsx")
    file = filled(folder / "flats.xlsx")
    bring(page, file, 46)
    entry.look("14-found")
    for later, first in TWICE.items():
        row = page.locator("tr", has=page.locator("td.n", has_text=re.compile(rf"^{later + 2}$")))
        expect(row).to_contain_text(f"与文件第 {first + 2} 行重复")
    found = page.url
    page.goto(step)
    progress(page, 0)
    page.goto(found)
    return file


def take(entry: Hands, file: Path) -> None:
    """The good rows, because the clerk says so; brought once more there is nothing to take."""
    page = entry.page
    page.get_by_role("button", name="采用合格的 46 行").click()
    progress(page, 46)
    expect(page.locator("main")).to_contain_text("2 行没有采用：文件第 19、42 行。")
    entry.look("14-taken")
    step = page.url
    to_import(page)
    bring(page, file, 0)
    page.goto(step)


def issue(entry: Hands) -> None:
    """Numbers for the rows; corrected or handed in anew, the same rows have the same numbers."""
    entry.hand_in("14-handed-in")
    entry.look("14-issued")
    issued = numbers_of(entry.page)
    assert len(issued) == len(set(issued)) == 46
    entry.choose("points_decision", "correct")
    entry.hand_in("14-correct")
    entry.hand_in("14-again")
    assert numbers_of(entry.page) == issued
    entry.choose("points_decision", "go_on")
    entry.hand_in("14-go-on")


def test_case_14_forty_six_flats_go_on_and_two_are_named(
    open_page: OpenPage, shots: Path, number: str, tmp_path: Path
) -> None:
    entry = Hands(open_page("/work", login="qiaozhiwei"), shots).open(number)
    progress(entry.page, 0)
    entry.look("14-numbers")
    take(entry, check(entry, tmp_path))
    issue(entry)
    store = Hands(open_page("/work", login="sumu"), shots).open(number)
    expect(store.page.locator("#fields")).to_contain_text("共 46 个接水点")
    store.look("14-slip")
