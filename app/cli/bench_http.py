"""``flask bench http``: completions a second through real gunicorn, on a database of its own."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any

import click
import psycopg
from flask import Flask

from app import cases, definitions, people
from app.cli.bench_drawings import form, linear, loop
from app.cli.bench_house import installation, opened, staff
from app.cli.bench_meter import bytes_of_cases, cpu_seconds, milliseconds
from app.cli.groups import bench as group
from app.config import ROOT
from app.db import db
from app.work import SYSTEM, Actor

CLIENTS = 4
WARM = 12
ANSWERS = {"applicant_name": "周禾清", "reason": "买卖"}
LOOPS = (10, 400)
API = "/api/v1"


@click.command("http")
@click.option("--cases", "count", default=50, show_default=True, help="每位客户端的办件数")
@click.option("--tasks", default=5, show_default=True, help="每件的步数")
@click.option("--seconds", default=0.0, help="至少测量这么久")
@click.option("--json", "as_json", is_flag=True, help="印出 JSON（本命令总是如此）")
def http(count: int, tasks: int, seconds: float, as_json: bool) -> None:
    """经真实的 gunicorn（一个进程四个线程）测量每秒办结步数；用自己的数据库，不碰业务数据。"""
    del as_json
    click.echo(json.dumps(measure(count, tasks, seconds)))


def register(_app: Flask) -> None:
    """Add the command to its group."""
    group.add_command(http)


def measure(count: int, tasks: int, seconds: float) -> dict[str, Any]:
    """Make an installation, measure, take it away again."""
    with installation() as (environment, database), opened(environment) as application:
        token = furnish(tasks, secrets.token_urlsafe(12))
        found = _inside(application, token)
        db.session.remove()
        with server(environment) as (port, web):
            found = _measured(Load(port, token, count, seconds), web, database) | found
    return found


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
    clerk = next(login for login, _n, role in people.demo_logins() if "窗口" in role)
    return str(people.issue_token(clerk, by=SYSTEM))


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


@contextlib.contextmanager
def server(environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "wsgi:app",
        "--workers",
        "1",
        "--threads",
        "4",
        "--bind",
        f"127.0.0.1:{port}",
        "--log-level",
        "error",
    ]
    child = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment})
    try:
        _wait(port)
        yield port, child.pid
    finally:
        child.terminate()
        child.wait(timeout=20)


def _wait(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise click.ClickException("服务没有启动。")


@dataclass
class Client:
    """One clerk at one connection."""

    port: int
    token: str
    taken: list[float] = field(default_factory=list)

    def run(self, count: int, until: float) -> None:
        """Start cases and complete all their steps, ``count`` of them and until the time."""
        self.line = HTTPConnection("127.0.0.1", self.port, timeout=30)
        done = 0
        while done < count or time.perf_counter() < until:
            tasks = self._post("/procedures/bench_linear/cases", {"variables": {}}, 201)
            while tasks:
                begun = time.perf_counter()
                tasks = self._post(f"/tasks/{tasks[0]['id']}/complete", {"answers": ANSWERS}, 200)
                self.taken.append((time.perf_counter() - begun) * 1e3)
            done += 1
        self.line.close()

    def _post(self, path: str, body: Any, status: int) -> list[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        self.line.request("POST", API + path, json.dumps(body), headers)
        answer = self.line.getresponse()
        text = answer.read()
        if answer.status != status:
            raise click.ClickException(f"{path}: {answer.status} {text.decode()[:300]}")
        found: list[dict[str, Any]] = json.loads(text)["tasks"]
        return found


@dataclass(frozen=True)
class Load:
    """What the clerks do: ``count`` cases together, and at least ``seconds`` long."""

    port: int
    token: str
    count: int
    seconds: float

    def run(self) -> tuple[list[float], float]:
        """Milliseconds of each completion, in order of size, and seconds of the whole."""
        clients = [Client(self.port, self.token) for _ in range(CLIENTS)]
        each = max(1, self.count // CLIENTS)
        begun = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(lambda c: c.run(each, begun + self.seconds), clients))
        elapsed = time.perf_counter() - begun
        return sorted(t for client in clients for t in client.taken), elapsed


def _measured(load: Load, web: int, database: int) -> dict[str, Any]:
    Client(load.port, load.token).run(WARM, 0)
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
        "p50_ms": round(taken[len(taken) // 2], 2),
        "p95_ms": round(taken[int(len(taken) * 0.95)], 2),
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
