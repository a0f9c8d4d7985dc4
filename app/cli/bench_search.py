"""``flask bench search``: lists, search and case pages over an archive that ``bench fill`` made."""

from __future__ import annotations

import json
from typing import Any

import click
from flask import Flask

from app import people
from app.cli.bench_fill import Copy, password_of, rows_of
from app.cli.bench_house import KEPT, installation, opened
from app.cli.bench_load import ANSWERS, server
from app.cli.bench_pages import CLERK, WARM, Visitor, quantiles
from app.cli.groups import bench as group
from app.work import SYSTEM


@click.command("search")
@click.option("--rounds", default=60, show_default=True, help="每种查询的次数")
@click.option("--json", "as_json", is_flag=True, help="印出 JSON（本命令总是如此）")
def search(rounds: int, as_json: bool) -> None:
    """经真实的 gunicorn 测量待办列表、各种查找和案件页；先用 bench fill 装满。"""
    del as_json
    click.echo(json.dumps(measure(rounds)))


def register(_app: Flask) -> None:
    """Add the command to its group."""
    group.add_command(search)


def measure(rounds: int) -> dict[str, Any]:
    """p95 in milliseconds of each kind, the slowest of its ways; ``ways`` has each by itself."""
    with installation(KEPT) as (environment, _server):
        rows, password = rows_of(environment), password_of(environment)
        with opened(environment):
            token = people.issue_token(CLERK, by=SYSTEM)
        with server(environment) as (port, _pid):
            taken = _walked(f"http://127.0.0.1:{port}", password, token, rows["cases"], rounds)
    ways = {name: quantiles(times) for name, times in taken.items()}
    return {**_slowest(ways), "rows": rows, "ways": ways}


def _slowest(ways: dict[str, dict[str, float]]) -> dict[str, float]:
    return {
        f"{kind}_p95_ms": max(w["p95_ms"] for name, w in ways.items() if name.startswith(kind))
        for kind in ("worklist", "search", "case")
    }


def _walked(
    address: str, password: str, token: str, many: int, rounds: int
) -> dict[str, list[float]]:
    desk = Visitor(address)
    desk.sign_in(CLERK, password)
    api = Visitor(address, taken=desk.taken)
    api.line.headers["Authorization"] = f"Bearer {token}"
    for n in range(WARM + rounds):
        desk.counts = api.counts = n >= WARM
        # Spread over the archive, the newest and the oldest among them.
        one = Copy(n * (many - 2) // (WARM + rounds))
        _lists(desk, api)
        _looked_for(desk, one)
        desk.get("case_page", f"/cases/{one.number}")
        _asked(api, one)
    return desk.taken


def _lists(desk: Visitor, api: Visitor) -> None:
    for tab in ("mine", "group", "overdue"):
        desk.get(f"worklist_{tab}", f"/work?tab={tab}")
    api.ask("worklist_api", "/api/v1/tasks?group=window_clerk")


def _looked_for(desk: Visitor, one: Copy) -> None:
    page = desk.get("", "/accounts")
    (_, name), (_, phone), (_, last) = one.names()
    for kind, q in (("name", name), ("phone", phone), ("last_four", last),
                    ("number", one.number), ("address", one.address),
                    ("nothing", "没有这个人")):  # fmt: skip
        desk.post(f"search_{kind}", page, {"q": q}, action="/find")
    desk.ask("search_value", "/cases", by="bench_linear.reason", value=f"事由{one.n | 1}")
    desk.ask("search_common_value", "/cases", by="bench_linear.reason", value=ANSWERS["reason"])


def _asked(api: Visitor, one: Copy) -> None:
    (_, name), *_ = one.names()
    api.ask("search_api", "/api/v1/cases", q=name)
    api.ask("case_api", f"/api/v1/cases/{one.number}")
    api.ask("case_trail_api", f"/api/v1/cases/{one.number}/trail")
