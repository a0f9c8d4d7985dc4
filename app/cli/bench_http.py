"""``flask bench http``: completions a second through real gunicorn, on a database of its own."""

from __future__ import annotations

import contextlib
import json
import secrets
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import click
import psycopg
from flask import Flask

from app import cases, definitions, people
from app.cli import bench_peers
from app.cli.bench_drawings import form, linear, loop
from app.cli.bench_house import KEPT, house, installed, learn, opened, staff
from app.cli.bench_load import ANSWERS, API, Load, server
from app.cli.bench_meter import bytes_of_cases, cpu_seconds, milliseconds, quantile
from app.cli.groups import bench as group
from app.db import db
from app.work import SYSTEM, Actor

WARM = 12
LOOPS = (10, 400)


@click.command("http")
@click.option("--cases", "count", default=50, show_default=True, help="办件总数（四位窗口员分）")
@click.option("--tasks", default=5, show_default=True, help="每件的步数")
@click.option("--seconds", default=0.0, help="至少测量这么久")
@click.option("--workers", default=1, show_default=True, help="网页服务的进程数")
@click.option("--filled", is_flag=True, help="在 bench fill 装满的数据库里测量")
@click.option("--peers", default=0, metavar="N", help="与 viewflow 轮流测量 N 次（bench/peers/）")
@click.option("--json", "as_json", is_flag=True, help="印出 JSON（本命令总是如此）")
def http(
    count: int, tasks: int, seconds: float, workers: int, filled: bool, peers: int, as_json: bool
) -> None:
    """经真实的 gunicorn（每个进程四个线程）测量每秒办结步数；用自己的数据库，不碰业务数据。"""
    del as_json
    click.echo(
        json.dumps(measure(count, tasks, seconds, workers=workers, filled=filled, turns=peers))
    )


def register(_app: Flask) -> None:
    """Add the command to its group."""
    group.add_command(http)


def measure(
    count: int,
    tasks: int,
    seconds: float,
    *,
    workers: int = 1,
    filled: bool = False,
    turns: int = 0,
) -> dict[str, Any]:
    """Make an installation (or open the filled one), measure, take it away again.

    ``turns``: how often the peer works in turn with us; both rates of each turn stand in ``peer``.
    """
    with house(KEPT if filled else None) as (cluster, var, database):
        environment = installed(cluster, var, "bench")
        with opened(environment) as application:
            token = _token() if filled else furnish(tasks, secrets.token_urlsafe(12))
            found = _inside(application, token)
            db.session.remove()
            with server(environment, workers=workers) as (port, web):
                load = Load(port, token, count, seconds)
                _settle(load, environment)
                found = _measured(load, web, database) | found
                if turns:
                    with bench_peers.viewflow(cluster) as peer:
                        found["peer"] = bench_peers.in_turns(load, peer, turns)
        return found


def _token() -> str:
    return str(people.issue_token(_clerk(), by=SYSTEM))


def _clerk() -> str:
    return next(login for login, _n, role in people.demo_logins() if "窗口" in role)


def furnish(tasks: int, password: str) -> str:
    """Clerks, two drawings, no services; gives a window clerk's token."""
    staff(password)
    cases.install([])
    done: definitions.Deployment = definitions.deploy(
        {
            "processes/bench_linear.bpmn": linear(tasks),
            "processes/bench_loop.bpmn": loop(),
            "forms/bench_linear/step.form": form("bench_linear.step"),
            "forms/bench_loop/step.form": form("bench_loop.step"),
        },
        by=SYSTEM,
    )
    assert not done.refused, done.findings
    return _token()


def actor(token: str) -> Actor:
    """Who the token speaks for."""
    return people.actor_for_token(token)


def _inside(application: Flask, token: str) -> dict[str, Any]:
    """What needs no load: statements of one completion, and a loop at different ages."""
    return {"statements_per_completion": _statements(application, token), "loop_ms": _loop(token)}


@dataclass
class Count:
    """Statements seen by the driver."""

    seen: list[str] = field(default_factory=list)


@contextlib.contextmanager
def _counted() -> Iterator[Count]:
    count, plain = Count(), psycopg.Cursor.execute

    def execute(self: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        count.seen.append(str(query))
        return plain(self, query, *args, **kwargs)

    psycopg.Cursor.execute = execute  # type: ignore[method-assign]
    try:
        yield count
    finally:
        psycopg.Cursor.execute = plain  # type: ignore[method-assign]


def _statements(application: Flask, token: str) -> int:
    """Of the first step of a case, which also notes whom the case is found by. The first of all
    reads what is then kept in memory, so it does not count."""
    return [_one_completion(application, token) for _ in range(2)][-1]


def _one_completion(application: Flask, token: str) -> int:
    task = cases.start("bench_linear", {}, by=actor(token)).tasks[0].id
    db.session.remove()
    headers = {"Authorization": f"Bearer {token}"}
    with application.test_client() as client, _counted() as count:
        path = f"{API}/tasks/{task}/complete"
        answer = client.post(path, json={"answers": ANSWERS}, headers=headers)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return len(count.seen)


def _loop(token: str) -> dict[str, float]:
    """Milliseconds of a round of a case, at its 10th and its 400th."""
    clerk = actor(token)
    moved = cases.start("bench_loop", {}, by=clerk)
    taken: list[float] = []
    for _ in range(max(LOOPS)):
        begun = time.perf_counter()
        moved = cases.submit_task(moved.tasks[0].id, ANSWERS, by=clerk)
        taken.append((time.perf_counter() - begun) * 1e3)
    # Of the nine rounds around it: one round alone may meet a checkpoint.
    return {str(n): round(statistics.median(taken[max(0, n - 9) : n]), 2) for n in LOOPS}


def _settle(load: Load, environment: dict[str, str]) -> None:
    """The same load once before, and the database's housekeeping after it: what counts is how
    much it grows by in the long run, when the room of old versions of rows is used again."""
    load.warm(WARM)
    load.run()
    learn(environment)


def _measured(load: Load, web: int, database: int) -> dict[str, Any]:
    size, ended = bytes_of_cases()
    # A transaction left open would keep dead rows alive.
    db.session.remove()
    before = _clocks(web, database)
    taken, elapsed = load.run()
    after = _clocks(web, database)
    grown, done = bytes_of_cases()
    db.session.remove()
    return {
        "completions_per_s": round(len(taken) / elapsed, 1),
        "p50_ms": quantile(taken, 0.5, 2),
        "p95_ms": quantile(taken, 0.95, 2),
        # Starts of cases included. Tells changes also where the machine is busy.
        "cpu_ms_per_completion": milliseconds(before, after, len(taken)),
        "bytes_per_case": (grown - size) // (done - ended),
    }


def _clocks(web: int, database: int) -> dict[str, float]:
    return {
        "web": cpu_seconds(web),
        "database": cpu_seconds(database),
        "clients": time.process_time(),
    }
