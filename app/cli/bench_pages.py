"""``flask bench pages``: how long the clerk's pages take in a register of the size of a city."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import click
import requests
from flask import Flask

from app import config, definitions, people
from app import settings as room_settings
from app.cli.bench_house import installation
from app.cli.bench_http import server
from app.cli.groups import bench as group
from app.config import ROOT
from app.db import db, raw
from app.registry import demo
from app.work import SYSTEM, Work, command

TOKEN = re.compile(rb'name="csrf_token"[^>]*value="([^"]+)"')
ACCEPT = {
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
    from app import create_app  # the factory imports this module

    with installation() as (environment, _database):
        password = secrets.token_urlsafe(12)
        application = create_app(config.read(environment))
        with application.app_context():
            begun = time.perf_counter()
            _furnish(password)
            _settle(accounts)
            filled = round(time.perf_counter() - begun, 1)
            login = next(who for who, _n, role in people.demo_logins() if "窗口" in role)
            db.session.remove()
            with server(environment) as (port, _pid):
                clerk = Clerk(f"http://127.0.0.1:{port}")
                clerk.sign_in(login, password)
                for n in range(WARM + rounds):
                    clerk.round(n, n >= WARM)
            db.engine.dispose()
    return {"accounts": accounts, "filled_s": filled, "pages": clerk.told()}


def _furnish(password: str) -> None:
    people.ensure_groups(by=SYSTEM)
    room_settings.ensure_defaults(by=SYSTEM)
    _cast(password, by=SYSTEM)
    done = definitions.deploy(ROOT, by=SYSTEM)
    assert not done.refused, done.findings


@command(right="system")
def _cast(work: Work, password: str) -> None:
    people.demo_cast(work, password)
    room_settings.demo_branches(work)


def _settle(accounts: int) -> None:
    """Accounts in commands of as many as one can number; then the planner learns of them."""
    todo = demo.plans(accounts, 1)
    for first in range(0, len(todo), demo.MOST):
        _grow(todo[first : first + demo.MOST], by=SYSTEM)
    raw().execute("ANALYZE")


@command(right="system")
def _grow(work: Work, todo: list[demo.Plan]) -> None:
    demo.grow(work, todo)


@dataclass
class Clerk:
    """A window clerk at a browser; ``taken``: page → milliseconds, oldest first."""

    address: str
    line: requests.Session = field(default_factory=requests.Session)
    taken: dict[str, list[float]] = field(default_factory=dict)
    counts: bool = False

    def sign_in(self, login: str, password: str) -> None:
        """As a person does it."""
        page = self.get("", "/sign-in")
        self.post("", "/sign-in", page, {"login": login, "password": password})

    def round(self, n: int, counts: bool) -> None:
        """One customer: looked for, taken in, looked at again."""
        self.counts = counts
        number = demo.plans(demo_size(n), 1)[-1]
        page = self.get("worklist", "/work")
        for name, q in (
            ("find_account", number.account_no),
            ("find_phone", number.phones[0]),
            ("find_last_four", number.phones[0][-4:]),
            ("find_address", number.address[:8]),
            ("find_name", number.name),
        ):
            self.post(name, "/find", page, {"q": q})
        self.get("account", f"/accounts/{number.account_no}")
        self._transfer(number.account_no)

    def _transfer(self, account_no: str) -> None:
        page = self.get("start", "/start/meter_transfer")
        started = self.post(
            "start_case", "/start/meter_transfer", page, {"account_no": account_no}, follow=False
        )
        task = self.get("task", started.headers["Location"])
        accepted = self.post("submit", started.headers["Location"], task, ACCEPT, follow=False)
        if accepted.status_code != 303:
            raise click.ClickException(f"受理没有成功：{accepted.status_code}")
        self.get("next_task", accepted.headers["Location"])

    def get(self, name: str, path: str) -> requests.Response:
        """A page; its time counts under ``name``."""
        with self._timed(name):
            answer = self.line.get(self.address + path, timeout=60)
        if answer.status_code != 200:
            raise click.ClickException(f"{path}: {answer.status_code}")
        return answer

    def post(
        self, name: str, path: str, page: requests.Response, data: dict[str, str],
        follow: bool = True,
    ) -> requests.Response:  # fmt: skip
        """What a form of ``page`` sends."""
        found = TOKEN.search(page.content)
        data = {**data, "csrf_token": found.group(1).decode() if found else ""}
        with self._timed(name):
            answer = self.line.post(
                self.address + path, data=data, timeout=60, allow_redirects=follow
            )
        if answer.status_code not in (200, 303):
            raise click.ClickException(f"{path}: {answer.status_code}")
        return answer

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        if self.counts and name:
            self.taken.setdefault(name, []).append((time.perf_counter() - begun) * 1e3)

    def told(self) -> dict[str, dict[str, float]]:
        """Of each page the median and the 95th percentile, milliseconds."""
        return {name: _quantiles(sorted(taken)) for name, taken in self.taken.items()}


def demo_size(n: int) -> int:
    """A town just so large that its last account is an ordinary one, another each round."""
    return len(demo.SPECIAL) + 1 + n


def _quantiles(taken: list[float]) -> dict[str, float]:
    return {
        "p50_ms": round(taken[len(taken) // 2], 1),
        "p95_ms": round(taken[int(len(taken) * 0.95)], 1),
    }
