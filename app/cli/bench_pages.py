"""``flask bench pages``: how long the clerk's pages take in a register of the size of a city."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import click
import lxml.html
import requests
from flask import Flask

from app.cli.bench_house import city, installation, opened
from app.cli.bench_load import server
from app.cli.bench_meter import quantile
from app.cli.groups import bench as group
from app.registry import demo

TRANSFER = {
    "reason": "sale",
    "old_owner": "present",
    "category_change": "no",
    "title_status": "titled",
    "address_matches": "yes",
    "applicant_type": "person",
    "new_name": "言若谷",
    "new_id_type": "resident_id",
    "new_id_no": "430199190105061238",
    "new_phone": "19900001001",
    "household_size": "4",
}
APPLY = {
    "id_no": "430199190105061238",
    "applicant_name": "言若谷",
    "phone": "19900001001",
    "region": "城东",
}
CLERK = "linqi"
# What others look at, who have to answer while somebody waits.
DESKS = {
    "linqi": ("/", "/work", "/work?tab=group", "/cases"),
    "sumu": ("/store", "/store/meters", "/work?tab=group"),
    "shenzhijie": tuple(
        f"/boards/{board}" for board in ("progress", "charges", "stock", "rotation", "acceptance")
    ),
}
WARM = 5


@click.command("pages")
@click.option("--accounts", default=200_000, show_default=True, help="户数")
@click.option("--rounds", default=60, show_default=True, help="每个页面打开的次数")
@click.option("--json", "as_json", is_flag=True, help="印出 JSON（本命令总是如此）")
def pages(accounts: int, rounds: int, as_json: bool) -> None:
    """经真实的 gunicorn 测量窗口员各页面的耗时；用自己的数据库，不碰业务数据。"""
    del as_json
    click.echo(json.dumps(measure(accounts, rounds)))


def register(_app: Flask) -> None:
    """Add the command to its group."""
    group.add_command(pages)


def measure(accounts: int, rounds: int) -> dict[str, Any]:
    """Make a city, walk through the pages, take it away again."""
    password = secrets.token_urlsafe(12)
    with installation() as (environment, _database), opened(environment):
        begun = time.perf_counter()
        city(environment, accounts, password)
        filled = round(time.perf_counter() - begun, 1)
        with server(environment) as (port, _pid):
            told = _walked(f"http://127.0.0.1:{port}", password, rounds)
    return {"accounts": accounts, "filled_s": filled, "pages": told}


def _walked(address: str, password: str, rounds: int) -> dict[str, dict[str, float]]:
    """Customers come one after the other; then the others look at what has become of them."""
    clerk = Visitor(address)
    clerk.sign_in(CLERK, password)
    for n in range(WARM + rounds):
        clerk.counts = n >= WARM
        _customer(clerk, demo.plans(demo_size(n), 1)[-1], n)
    taken = clerk.taken
    for login, paths in DESKS.items():
        desk = Visitor(address, taken=taken)
        desk.sign_in(login, password)
        for n in range(WARM + rounds):
            desk.counts = n >= WARM
            for path in paths:
                desk.get(f"{login} {path}", path)
    return {name: quantiles(times) for name, times in taken.items()}


def _customer(clerk: Visitor, plan: demo.Plan, n: int) -> None:
    """Looked for in each way, an account changes hands, and a new one is applied for."""
    page = clerk.get("work", "/work")
    for name, q in (
        ("find_account", plan.account_no),
        ("find_phone", plan.phones[0]),
        ("find_last_four", plan.phones[0][-4:]),
        ("find_address", plan.address[:8]),
        ("find_name", plan.name),
    ):
        clerk.post(name, page, {"q": q}, action="/find")
    clerk.get("account", f"/accounts/{plan.account_no}")
    path = "/start/meter_transfer"
    page = clerk.get("transfer_start", path)
    given = {"q": plan.account_no}
    page = Page(clerk.post("transfer_find", page, given, action=f"{path}/find"))
    page = clerk.send("transfer_begin", "transfer_accept", page, {}, action=path)
    page = clerk.send("transfer_accept_sent", "transfer_papers", page, TRANSFER)
    _application(clerk, n)


def _application(clerk: Visitor, n: int) -> None:
    """A new connection, all that the window does of it before the survey."""
    path = "/start/new_connection"
    page = clerk.get("connection_start", path)
    page = clerk.send("connection_begin", "connection_register", page, {}, action=path)
    page = clerk.send("connection_register_sent", "connection_papers", page,
                      {**APPLY, "address": f"城东区试桐路{n + 1}号1单元101"})  # fmt: skip
    page = clerk.send(
        "connection_papers_sent", "connection_accept", page, {"materials_decision": "by_list"}
    )
    clerk.send("connection_accept_sent", "work_after", page, {"receipt_given": "true"})
    clerk.get("case", page.link("/cases/"))


class Page:
    """What a browser shows: its forms as they would be sent."""

    def __init__(self, answer: requests.Response) -> None:
        self.tree = lxml.html.fromstring(answer.content)
        self.url = answer.url

    def filled(self, given: dict[str, str], action: str | None) -> tuple[str, dict[str, str]]:
        """Address and values of the form that asks for ``given``, or goes to ``action``."""
        for form in self.tree.forms:
            target = form.get("action") or self.url
            if action == target or (action is None and set(given) <= set(form.fields.keys())):
                values = {key: str(value) for key, value in form.form_values()}
                return target, values | _papers(values) | given
        raise click.ClickException(f"{self.url}: 没有可填写的表单")

    def link(self, start: str) -> str:
        """Where the first link that begins so leads."""
        return str(self.tree.xpath(f"//a[starts-with(@href, '{start}')]/@href")[0])


def _papers(values: dict[str, str]) -> dict[str, str]:
    """Each paper that the form lists is there in the original."""
    return {key: "original" for key in values if key.endswith("].state")}


@dataclass
class Visitor:
    """A person at a browser; ``taken``: page → milliseconds, oldest first."""

    address: str
    line: requests.Session = field(default_factory=requests.Session)
    taken: dict[str, list[float]] = field(default_factory=dict)
    counts: bool = False

    def sign_in(self, login: str, password: str) -> None:
        """As a person does it."""
        given = {"login": login, "password": password}
        self.post("", self.get("", "/sign-in"), given)

    def get(self, name: str, path: str) -> Page:
        """A page; its time counts under ``name``."""
        return Page(self.ask(name, path))

    def ask(self, name: str, path: str, **asked: str) -> requests.Response:
        """What is answered to a question to the API, or for a page."""
        with self._timed(name):
            answer = self.line.get(urljoin(self.address, path), params=asked, timeout=60)
        if answer.status_code != 200:
            raise click.ClickException(f"{path}: {answer.status_code}")
        return answer

    def post(
        self, name: str, page: Page, given: dict[str, str], action: str | None = None
    ) -> requests.Response:
        """What a form of the page sends; gives the answer, without following it."""
        target, values = page.filled(given, action)
        with self._timed(name):
            answer = self.line.post(
                urljoin(self.address, target), data=values, timeout=60, allow_redirects=False
            )
        if answer.status_code not in (200, 303):
            raise click.ClickException(f"{target}: {answer.status_code}")
        return answer

    def send(
        self, name: str, after: str, page: Page, given: dict[str, str], action: str | None = None
    ) -> Page:
        """Hand a form in under one name, and open what comes then under the other."""
        answer = self.post(name, page, given, action)
        if answer.status_code != 303:
            told = Page(answer).tree.xpath("//*[@data-errors]")
            raise click.ClickException(f"{name}: {''.join(one.text_content() for one in told)}")
        return self.get(after, answer.headers["Location"])

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        if self.counts and name:
            self.taken.setdefault(name, []).append((time.perf_counter() - begun) * 1e3)


def demo_size(n: int) -> int:
    """A town just so large that its last account is an ordinary one, another each round."""
    return len(demo.SPECIAL) + 1 + n


def quantiles(taken: list[float]) -> dict[str, float]:
    """Median and 95th percentile of milliseconds."""
    return {"p50_ms": quantile(taken, 0.5), "p95_ms": quantile(taken, 0.95)}
