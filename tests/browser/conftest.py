"""A real browser on a real server: the pages as a person at the counter meets them."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

from app import definitions, people, web
from app import settings as values
from app.cli.demo import load_demo
from app.config import ROOT
from app.work import SYSTEM, Work, command

PASSWORD = "tao-li-bu-yan-10"
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
SIZES = {"wide": (1280, 900), "phone": (390, 844)}
OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; without it these tests do not run, and say so."""
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed")
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield found
        found.close()


@command
def _cast(work: Work) -> None:
    people.demo_cast(work, PASSWORD)
    values.demo_branches(work)


def _furnish(app: Flask) -> None:
    """What an installation has at its opening: procedures, calendars, people, some accounts."""
    with app.app_context():
        values.ensure_defaults(by=SYSTEM)
        done = definitions.deploy(ROOT, by=SYSTEM)
        assert not done.refused, done.findings
        _cast(by=SYSTEM)
        load_demo(40, 1, by=SYSTEM)


@pytest.fixture
def server(fresh: Flask) -> Iterator[str]:
    """The address of a server with the demo's cast."""
    if "web" not in fresh.blueprints:
        web.register(fresh)
    # Playwright's loop runs in this thread, and V8 refuses to wait inside of one.
    with ThreadPoolExecutor(1) as other:
        other.submit(_furnish, fresh).result()
    with_port = make_server("127.0.0.1", 0, fresh, threaded=True)
    thread = threading.Thread(target=with_port.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{with_port.server_port}"
    with_port.shutdown()
    thread.join(5)


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
