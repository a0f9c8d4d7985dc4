"""A town of processes that share nothing but a database: three web processes on three ports, two
workers, PostgreSQL with fsync and synchronous commit. What ends is started again, as an init
system would.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import psycopg
from flask import Flask

from app import cases, definitions, people
from app.cases.services import table
from app.cli.bench_house import installed, staff
from app.work import SYSTEM
from tests.chaos import drawings
from tests.chaos.proxy import Proxy
from tests.chaos.services import FUNCTIONS
from tests.cli.installations import Land, entered
from tests.served import free_port
from tools.children import dies_with_parent
from tools.postgres import CannotStart, Cluster

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent
PASSWORD = "tao-li-bu-yan-10"
WEBS, WORKERS = 3, 2
DISK_MB = 320
SHIM = Path(__file__).parent / "clock.c"
# So that what hangs is over within a round; seconds.
HANGS = 3


@dataclass
class Program:
    """One program that is kept running; ``begun`` counts how often it was started."""

    name: str
    start: Callable[[], subprocess.Popen[bytes] | None]
    child: subprocess.Popen[bytes] | None = None
    begun: int = 0
    lock: Lock = field(default_factory=Lock)

    def keep(self) -> None:
        """Start it when it does not run."""
        with self.lock:
            if self.child is None or self.child.poll() is not None:
                with contextlib.suppress(CannotStart):
                    self.child = self.start()
                    self.begun += 1

    def send(self, what: signal.Signals) -> None:
        """A signal to it and all its children."""
        if self.child is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.child.pid, what)

    def children(self) -> list[int]:
        """The processes that it has made itself."""
        number = self.child.pid if self.child else 0
        with contextlib.suppress(OSError):
            path = Path(f"/proc/{number}/task/{number}/children")
            return [int(each) for each in path.read_text().split()]
        return []


@dataclass(frozen=True)
class Clock:
    """The wall clock of all programs of the town, the database among them."""

    library: Path
    file: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a program is started with to see it."""
        return {"LD_PRELOAD": str(self.library), "CHAOS_CLOCK": str(self.file)}

    def jump(self, seconds: int) -> None:
        """So far from the real time, at once."""
        if not self.file.exists():
            self.file.write_bytes(bytes(8))
        with self.file.open("r+b", buffering=0) as file:
            file.write(struct.pack("q", seconds))


@dataclass
class Town:
    """What clients, faults and checks need to know. ``tokens``: of two clerks."""

    land: Land
    cluster: Cluster
    web_line: Proxy
    worker_line: Proxy
    ports: list[int]
    clock: Clock | None
    disk: bool
    tokens: list[str] = field(default_factory=list)
    programs: list[Program] = field(default_factory=list)
    over: Event = field(default_factory=Event)
    # Of the time that faults last; the short form has less.
    pace: float = 1.0

    @property
    def flags(self) -> Path:
        return self.land.var / "chaos"

    def named(self, kind: str) -> list[Program]:
        return [one for one in self.programs if one.name.startswith(kind)]

    @contextmanager
    def admin(self) -> Iterator[psycopg.Connection[Any]]:
        """The superuser's own way to the database."""
        url = self.cluster.url("postgres", self.land.database)
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            yield connection

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self.admin() as admin:
            return admin.execute(sql, values or None).fetchall()

    def wait(self, seconds: float) -> None:
        """Let a fault go on for a while."""
        time.sleep(seconds * self.pace)

    def keep(self) -> None:
        """Until it is over: start again what has ended."""
        while not self.over.wait(0.1):
            for program in self.programs:
                program.keep()

    def said(self, name: str) -> str:
        """What a program has written."""
        return (self.land.var / f"{name}.log").read_text(errors="replace")


@contextmanager
def town(*, disk: bool = True) -> Iterator[Town]:
    """Found a town and take it away again. ``disk``: its cluster on a small disk of its own, where
    the machine lets us make one."""
    with ExitStack() as closing:
        var = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="chaos-")))
        cluster = Cluster(ROOT, var, f"chaos-{os.getpid()}")
        closing.callback(shutil.rmtree, cluster.home, ignore_errors=True)
        small = disk and _mounted(closing, cluster.home)
        found = _founded(closing, cluster, var, small)
        thread = Thread(target=found.keep)
        thread.start()
        closing.callback(_end, found, thread)
        _wait_until_up(found)
        yield found


def _mounted(closing: ExitStack, home: Path) -> bool:
    if os.geteuid() != 0:
        return False
    home.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(home)]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        return False
    closing.callback(subprocess.run, ["umount", "-l", str(home)], check=False)
    return True


def _founded(closing: ExitStack, cluster: Cluster, var: Path, small: bool) -> Town:
    cluster.prepare()
    clock = _clock(cluster)
    postgres = Program("postgres", lambda: _postgres(cluster, clock))
    postgres.keep()
    closing.callback(lambda: cluster.stop(postgres.child))
    cluster.ensure_roles()
    installed(cluster, var, "chaos")
    more = {"FLASK_APP": "tests.chaos.served:app", "FEEL_TIMEOUT_MS": "250",
            "DATABASE_TIMEOUT": str(HANGS), "PYTHONPATH": str(ROOT)}  # fmt: skip
    more |= clock.environment if clock else {}
    lines = [Proxy(var / name, cluster.run) for name in ("web", "work")]
    for line in lines:
        closing.callback(line.close)
    land = Land(cluster, "chaos", var, more)
    found = Town(land, cluster, *lines, [free_port() for _ in range(WEBS)], clock, small)
    found.flags.mkdir()
    with entered(land) as application:
        found.tokens = _furnished(application)
    found.programs = [postgres, *_webs(found), *_workers(found)]
    return found


def _clock(cluster: Cluster) -> Clock | None:
    """None where there is no C compiler. It stands where PostgreSQL's account may read it."""
    library, file = cluster.run / "clock.so", cluster.run / "clock"
    command = ["cc", "-shared", "-fPIC", "-O2", str(SHIM), "-o", str(library), "-ldl"]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    clock = Clock(library, file)
    clock.jump(0)
    for path in (library, file):
        cluster.account.own(path)
    return clock


def _postgres(cluster: Cluster, clock: Clock | None) -> subprocess.Popen[bytes] | None:
    """By the same clock as all others; it takes its environment from us."""
    fake = clock.environment if clock else {}
    os.environ.update(fake)
    try:
        return cluster.start("-c", "max_wal_size=64MB", "-c", "min_wal_size=32MB")
    finally:
        for name in fake:
            del os.environ[name]


def _furnished(_application: Flask) -> list[str]:
    found, checks = table.services, table.checks
    staff(PASSWORD)
    cases.install([*found.values(), *FUNCTIONS], checks)
    done = definitions.deploy(drawings.files(), by=SYSTEM)
    assert not done.refused, done.findings
    cases.install(found, checks)
    return [people.issue_token(login, by=SYSTEM) for login in ("linqi", "ruanqinghe")]


def _webs(found: Town) -> list[Program]:
    made = []
    for number, port in enumerate(found.ports):
        command = ["gunicorn", "tests.chaos.served:app", "--bind", f"127.0.0.1:{port}", "--threads",
                   "4", "--worker-class", "gthread", "--log-level", "warning"]  # fmt: skip
        made.append(_program(found, f"web{number}", command, found.web_line))
    return made


def _workers(found: Town) -> list[Program]:
    return [
        _program(found, f"worker{number}", ["flask", "worker"], found.worker_line)
        for number in range(WORKERS)
    ]


def _program(found: Town, name: str, command: list[str], line: Proxy) -> Program:
    url = line.url(found.land.env["DATABASE_URL"])
    environment = {**found.land.env, "DATABASE_URL": url}

    def start() -> subprocess.Popen[bytes]:
        with (found.land.var / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [str(BIN / command[0]), *command[1:]], cwd=ROOT, env=environment, stdout=log,
                stderr=log, start_new_session=True, preexec_fn=dies_with_parent,
            )  # fmt: skip

    return Program(name, start)


def _wait_until_up(found: Town) -> None:
    from tests.chaos.clients import Desk

    for port in found.ports:
        for _ in range(300):
            if Desk(found, 0).ask("GET", "/tasks", port=port)[0] == 200:
                break
            time.sleep(0.1)
        else:
            raise AssertionError(f"the web process at {port} did not come up")


def _end(found: Town, keeper: Thread) -> None:
    found.over.set()
    keeper.join()
    for program in found.programs[1:]:
        program.send(signal.SIGCONT)
        program.send(signal.SIGKILL)
        if program.child is not None:
            program.child.wait()
