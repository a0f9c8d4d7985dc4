"""``flask bench large``: cases that are wide or old, over HTTP.

A multi-instance of 1,000, a parallel split of 100, and a case with a history of 10,000 entries.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from typing import Any

import click
from flask import Flask

from app import definitions
from app.cli.bench_drawings import form, loop, many, split
from app.cli.bench_house import installation, opened
from app.cli.bench_http import furnish
from app.cli.bench_load import API, Client, server
from app.cli.bench_meter import quantile
from app.cli.bench_pages import CLERK, Visitor
from app.cli.groups import bench as group
from app.db import db
from app.work import SYSTEM

WARM = 3
STARTS = 5
LOOKS = 20
SHARES = {"p50": 0.5, "p95": 0.95, "max": 1.0}
Taken = dict[str, list[float]]


@click.command("large")
@click.option("--instances", default=1_000, show_default=True, help="多实例的个数")
@click.option("--branches", default=100, show_default=True, help="并行分支的条数")
@click.option("--entries", default=10_000, show_default=True, help="一件的履历条数")
@click.option("--json", "as_json", is_flag=True, help="印出 JSON（本命令总是如此）")
def large(instances: int, branches: int, entries: int, as_json: bool) -> None:
    """经真实的 gunicorn 测量很宽和很老的办件：每一步、办件页、履历；用自己的数据库。"""
    del as_json
    click.echo(json.dumps(measure(instances, branches, entries)))


def register(_app: Flask) -> None:
    """Add the command to its group."""
    group.add_command(large)


def measure(instances: int, branches: int, entries: int) -> dict[str, Any]:
    """``{case: {what: {p50, p95, max}}}`` in milliseconds: of each case its start, its steps, its
    page, and what the API tells of it and of its trail, while it is widest or oldest."""
    password = secrets.token_urlsafe(12)
    with installation() as (environment, _database):
        with opened(environment):
            token = _furnish(password, branches)
            db.session.remove()
        with server(environment) as (port, _pid):
            house = House(port, token, password)
            told = {
                "many": house.wide("bench_many", {"items": list(range(instances))}),
                "split": house.wide("bench_split", {}),
                "old": house.old("bench_loop", entries),
            }
    return {name: {k: _figures(v) for k, v in taken.items()} for name, taken in told.items()}


def _furnish(password: str, branches: int) -> str:
    token = furnish(1, password)
    drawn = {"bench_many": many(), "bench_split": split(branches), "bench_loop": loop()}
    files = {f"processes/{name}.bpmn": drawing for name, drawing in drawn.items()}
    files |= {f"forms/{name}/step.form": form(f"{name}.step") for name in drawn}
    done = definitions.deploy(files, by=SYSTEM)
    assert not done.refused, done.findings
    return token


class House(Client):
    """A clerk at the API, who also looks at pages."""

    def __init__(self, port: int, token: str, password: str) -> None:
        super().__init__(port, token)
        self.connect()
        self.desk = Visitor(f"http://127.0.0.1:{port}")
        self.desk.sign_in(CLERK, password)

    def wide(self, procedure: str, variables: dict[str, Any]) -> Taken:
        """Start some, look at one while all its tasks are open, complete all tasks of another."""
        taken: Taken = {"start": [], "step": []}
        path, given = f"{API}/procedures/{procedure}/cases", {"variables": variables}
        # The first ones open the drawing and prepare statements, as in a server that runs.
        for _ in range(WARM):
            self.post(path, given, 201)
        first, second, *_ = (
            self._timed(taken["start"], self.post, path, given, 201) for _ in range(STARTS)
        )
        for task in second["tasks"]:
            self._timed(taken["step"], self.complete, task)
        return taken | self._looks(first["number"])

    def old(self, procedure: str, entries: int) -> Taken:
        """Go round and round, each round an entry; the steps of the last tenth are told."""
        case = self.post(f"{API}/procedures/{procedure}/cases", {"variables": {}}, 201)
        tasks, taken = case["tasks"], list[float]()
        for _ in range(entries):
            tasks = self._timed(taken, self.complete, tasks[0])
        return {"step": taken[-(entries // 10) :]} | self._looks(case["number"])

    def _looks(self, number: str) -> Taken:
        desk, api = self.desk.get, self._ask
        case = f"{API}/cases/{number}"
        ways = {
            "page": (desk, f"/cases/{number}"),
            "timeline": (desk, f"/cases/{number}?tab=timeline"),
            "api": (api, case),
            "trail": (api, f"{case}/trail"),
        }
        taken: Taken = {name: [] for name in ways}
        for n in range(WARM + LOOKS):
            for name, (way, path) in ways.items():
                self._timed(taken[name] if n >= WARM else [], way, "", path)
        return taken

    def _ask(self, _name: str, path: str) -> Any:
        return self.send("GET", path, 200)

    @staticmethod
    def _timed(taken: list[float], fn: Callable[..., Any], *args: Any) -> Any:
        begun = time.perf_counter()
        found = fn(*args)
        taken.append((time.perf_counter() - begun) * 1e3)
        return found


def _figures(taken: list[float]) -> dict[str, float]:
    return {name: quantile(taken, share) for name, share in SHARES.items()}
