"""A real browser on a real server: the pages as a person at the counter meets them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from app.config import ROOT
from tests.browser.house import PASSWORD
from tests.conftest import WHY, _copy
from tools.postgres import Cluster

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SHOTS = os.environ.get("SHOTS")
SIZES = {"wide": (1280, 900), "phone": (390, 844)}
OpenPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder; without Chromium they do not run."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not Path(CHROMIUM).exists():
                item.add_marker(pytest.mark.skip(reason=WHY))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, one for the tests of a file that follow each other.

    Its loop ends with them: V8 refuses to wait inside of one, and the next test of the process,
    taken over from another one, may well need V8.
    """
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield found
        found.close()


@dataclass
class House:
    """A furnished installation; each test takes an account of its own from ``free``.

    The customer of the case ``told`` was told in several ways; the meter ``old`` was not brought
    back when another was drawn for its point.
    """

    address: str
    known: dict[str, str]
    free: list[dict[str, str]]
    told: str
    old: str
    env: dict[str, str] = field(default_factory=dict, repr=False)

    def command(self, *words: str) -> str:
        """A command of the installation, as its administrator types it; gives what it says."""
        return self.run("flask", "--app", "wsgi", *words)

    def run(self, module: str, *words: str) -> str:
        """A module in a process of its own, on this installation; gives what it says."""
        done = subprocess.run(
            [sys.executable, "-m", module, *words],
            cwd=ROOT, env=self.env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def later(self, number: str, days: int) -> None:
        """Working days pass for a case, counted from its beginning."""
        self.run("tests.browser.later", number, str(days))

    def account(self) -> dict[str, str]:
        """An account that no other test has touched: ``no`` and ``address``."""
        return self.free.pop()


@pytest.fixture(scope="session")
def house(cluster: Cluster, template: str) -> Iterator[House]:
    """One installation for all browser tests of a process."""
    with _copy(cluster, template) as database, tempfile.TemporaryDirectory() as var:
        env = {
            **os.environ, **cluster.environment(database), "VAR": var, "DEMO": "1",
            "SECRET_KEY": "only-for-tests", "PASSWORD_EFFORT": "low",
        }  # fmt: skip
        with subprocess.Popen(
            [sys.executable, "-m", "tests.browser.house"],
            cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as served:  # fmt: skip
            assert served.stdin
            assert served.stdout
            ready = json.loads(served.stdout.readline())
            address = f"http://127.0.0.1:{ready['port']}"
            yield House(address, ready["known"], ready["free"], ready["told"], ready["old"], env)
            served.stdin.close()


@pytest.fixture(scope="module")
def worker(house: House) -> Iterator[None]:
    """The installation's worker, for cases that wait for what it does: notices, clocks."""
    with subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "worker"],
        cwd=ROOT, env=house.env,
    ) as running:  # fmt: skip
        yield
        running.terminate()


@pytest.fixture
def server(house: House) -> str:
    """The address of the server."""
    return house.address


@pytest.fixture
def open_page(browser: Browser, server: str) -> Iterator[OpenPage]:
    """Open a page of the server: ``open_page(path, size="wide", scheme="light", login=…)``."""
    contexts: list[BrowserContext] = []

    def opened(
        path: str, *, size: str = "wide", scheme: str = "light", login: str | None = None
    ) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            base_url=server,
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
            locale="zh-CN",
        )
        contexts.append(context)
        page = context.new_page()
        if login:
            enter(page, login)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()


def enter(page: Page, login: str) -> None:
    """Sign in by keyboard alone."""
    page.goto("/sign-in")
    page.wait_for_selector("#login:focus")
    page.keyboard.type(login)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/work*")


def violations(page: Page) -> list[str]:
    """What axe finds, a line each: rule, where, why. Run from outside the page's own policy."""
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(AXE.read_text())
    found = page.evaluate(
        "axe.run({runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']})"
    )
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Where the pictures go: a folder of the test, or the one that SHOTS names."""
    chosen = Path(SHOTS) if SHOTS else tmp_path
    chosen.mkdir(exist_ok=True)
    return chosen
