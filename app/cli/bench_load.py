"""What the benches over HTTP share: a server of one process, and clerks who work at it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import click

from app.config import ROOT

CLIENTS = 4
ANSWERS = {"applicant_name": "周禾清", "reason": "买卖"}
API = "/api/v1"
GUNICORN = ("--threads", "4", "--log-level", "error")


@contextlib.contextmanager
def server(
    environment: Mapping[str, str],
    *,
    python: str = sys.executable,
    serves: str = "wsgi:app",
    folder: Path = ROOT,
    workers: int = 1,
) -> Iterator[tuple[int, int]]:
    """gunicorn, each worker process of four threads; gives its port and its own process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = ("--workers", str(workers), "--bind", f"127.0.0.1:{port}")
    command = [python, "-m", "gunicorn", serves, *GUNICORN, *own]
    child = subprocess.Popen(command, cwd=folder, env={**os.environ, **environment})
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
        self.connect()
        done = 0
        while done < count or time.perf_counter() < until:
            tasks = self.begin()
            while tasks:
                begun = time.perf_counter()
                tasks = self.complete(tasks[0])
                self.taken.append((time.perf_counter() - begun) * 1e3)
            done += 1
        self.line.close()

    def connect(self) -> None:
        """Open the connection."""
        self.line = HTTPConnection("127.0.0.1", self.port, timeout=30)

    def begin(self) -> list[Any]:
        """A new case; gives its open tasks."""
        return self.tasks(f"{API}/procedures/bench_linear/cases", {"variables": {}}, 201)

    def complete(self, task: Any) -> list[Any]:
        """One step; gives the open tasks after it."""
        return self.tasks(f"{API}/tasks/{task['id']}/complete", {"answers": ANSWERS}, 200)

    def tasks(self, path: str, body: Any, status: int) -> list[Any]:
        """``tasks`` of the answer."""
        return list(self.post(path, body, status)["tasks"])

    def post(self, path: str, body: Any, status: int) -> Any:
        """The answer to a body of JSON."""
        return self.send("POST", path, status, json.dumps(body), "application/json")

    def send(
        self, method: str, path: str, status: int, body: str = "", kind: str = "text/plain"
    ) -> Any:
        """The answer's JSON; another status ends the bench."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        self.line.request(method, path, body, headers)
        answer = self.line.getresponse()
        text = answer.read()
        if answer.status != status:
            raise click.ClickException(f"{path}: {answer.status} {text.decode()[:300]}")
        return json.loads(text)


@dataclass(frozen=True)
class Load:
    """What the clerks do: ``count`` cases together, and at least ``seconds`` long."""

    port: int
    token: str
    count: int
    seconds: float = 0.0
    kind: type[Client] = Client

    def warm(self, cases: int) -> None:
        """So many cases by one clerk, not measured."""
        self.kind(self.port, self.token).run(cases, 0)

    def run(self) -> tuple[list[float], float]:
        """Milliseconds of each completion, and seconds of the whole."""
        clients = [self.kind(self.port, self.token) for _ in range(CLIENTS)]
        each = max(1, self.count // CLIENTS)
        begun = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(lambda c: c.run(each, begun + self.seconds), clients))
        elapsed = time.perf_counter() - begun
        return [t for client in clients for t in client.taken], elapsed
