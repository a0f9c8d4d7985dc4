"""A person who works by keyboard alone, and looks at each page through axe."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.conftest import violations

# Rows of a page of rows come one after the other.
COMING = "[data-sheet]:not([data-whole])"
TASK = re.compile(r"/tasks/\d+$")
HERE = "document.activeElement"


def field(name: str) -> str:
    """Where one answers; in a page of rows it has no name, but an id."""
    return f'[name="{name}"]:not([type=hidden]), [id="{name}"]'


class Hands:
    """A person who has a keyboard and no mouse."""

    def __init__(self, page: Page, shots: Path) -> None:
        self.page, self.shots = page, shots
        self.typed: list[str] = []
        self.pages: list[str] = []
        self.number = ""

    def reach(self, selector: str, most: int = 120) -> None:
        """Tab until the focus is there."""
        self.page.wait_for_selector(COMING, state="detached")
        for _ in range(most):
            if self.page.evaluate(f"s => {HERE}.matches(s)", selector):
                return
            self.page.keyboard.press("Tab")
        self.page.screenshot(path=self.shots / "stuck.png", full_page=True)
        raise AssertionError(f"{selector} cannot be reached by Tab on {self.page.url}")

    def type(self, name: str, text: str) -> None:
        """Type into a field, over what stands there."""
        self.reach(field(name))
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)
        self.typed.append(text)

    def show(self, why: str) -> None:
        """Everything whole, for a reason."""
        self.reach("details.look summary")
        self.page.keyboard.press("Enter")
        self.choose("_why", why)
        self.press("查看")

    def choose(self, name: str, value: str) -> None:
        """An option of a radio group or a list, by arrows."""
        self.reach(field(name))
        for _ in range(12):
            if self.page.evaluate(f"{HERE}.value") == value and self._taken():
                break
            first = self.page.evaluate(f"{HERE}.type === 'radio' && {HERE}.value") == value
            self.page.keyboard.press("Space" if first else "ArrowDown")
        assert self.page.evaluate(f"{HERE}.value") == value, (name, value)
        self.page.wait_for_load_state("networkidle")

    def _taken(self) -> bool:
        return bool(self.page.evaluate(f"{HERE}.type !== 'radio' || {HERE}.checked"))

    def tick(self, name: str) -> None:
        """Tick a box."""
        self.reach(field(name))
        if not self.page.evaluate(f"{HERE}.checked"):
            self.page.keyboard.press("Space")
        self.page.wait_for_load_state("networkidle")

    def press(self, words: str) -> None:
        """A button or a link, by its words."""
        for _ in range(120):
            if words in self.page.evaluate(f"{HERE}.innerText || ''").strip()[:40] and (
                self.page.evaluate(f"{HERE}.matches('button, a, summary')")
            ):
                break
            self.page.keyboard.press("Tab")
        else:
            raise AssertionError(f"“{words}” cannot be reached by Tab on {self.page.url}")
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def look(self, name: str) -> None:
        """A picture, and what axe says; nothing stands beside the window."""
        self.page.screenshot(path=self.shots / f"{name}.png", full_page=True)
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        assert violations(self.page) == [], name

    def see(self, name: str, way: tuple[str, ...], words: str) -> None:
        """Go by links to a page that says this."""
        for link in way:
            self.press(link)
        self.look(name)
        assert words in self.page.locator("main").inner_text()

    def hand_in(self, name: str) -> None:
        """Look at the page and send it."""
        self.look(name)
        self.pages.append(name)
        with self.page.expect_navigation():
            self.page.keyboard.press("Control+Enter")
        assert self.page.locator("[data-errors]").count() == 0, self.page.locator(
            "[data-errors]"
        ).inner_text()

    def start(self, account: str) -> str:
        """From the tiles to the first step; gives the case number."""
        self.press("受理")
        self.press("水表过户")
        self.look("start")
        self.page.keyboard.type(account)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.look("found")
        self.press("为此户受理")
        return self.begun()

    def begun(self) -> str:
        """The number of the case whose first step is open now."""
        self.page.wait_for_url(TASK)
        self.number = self.page.locator(".crumb a").inner_text()
        return self.number

    def group(self) -> None:
        """The list of one's group, by the bar and the tabs."""
        self.press("我的工作")
        self.press("本组")

    def find(self, words: str) -> str:
        """The number of a case in that list, by what else stands in its row."""
        self.group()
        row = self.page.locator("tr", has_text=words).first
        return row.locator("td.n a").inner_text()

    def wait_for(self, selector: str) -> None:
        """Load the page anew until it stands there: what a worker does takes its time."""
        for _ in range(60):
            if self.page.locator(selector).count():
                return
            self.page.wait_for_timeout(500)
            self.page.reload()

    def open(self, number: str) -> Hands:
        """The open step of a case from the list of one's group."""
        self.group()
        picked = f'[aria-label="选中 {number}"]'
        self.wait_for(picked)
        self.reach(picked)
        self.press("认领")
        self.begun()
        return self

    def papers(self, states: tuple[str, ...]) -> None:
        """The list of papers."""
        for n, state in enumerate(states):
            self.choose(f"papers[{n}].state", state)
            if state != "missing":
                self.type(f"papers[{n}].pages", "1")
        self.choose("materials_decision", "by_list")
