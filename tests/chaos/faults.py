"""What breaks, each a function of its own that returns when the fault itself is over."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.chaos.town import HANGS, Program, Town

Fault = Callable[[Town, random.Random], None]
HOUR = 3600
# Bytes that are left of a disk that is full.
LEFT = 16 * 1024
BACKENDS = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type LIKE 'client%'
"""


def _kill(program: Program) -> None:
    program.send(signal.SIGKILL)


def web_killed(town: Town, chance: random.Random) -> None:
    """kill -9 of a web process with all that belongs to it."""
    _kill(chance.choice(town.named("web")))


def web_child_killed(town: Town, chance: random.Random) -> None:
    """kill -9 of the process that serves; its parent makes another."""
    for child in chance.choice(town.named("web")).children():
        os.kill(child, signal.SIGKILL)


def worker_killed(town: Town, chance: random.Random) -> None:
    """kill -9 of a worker, wherever its jobs stand."""
    _kill(chance.choice(town.named("worker")))


def postgres_killed(town: Town, chance: random.Random) -> None:
    """kill -9 of the postmaster: its sessions end with it, the next one recovers from its log."""
    postmaster = town.named("postgres")[0].child
    assert postmaster
    postmaster.kill()


def backend_killed(town: Town, chance: random.Random) -> None:
    """kill -9 of one session's process: the postmaster ends all others and recovers."""
    pids = town.rows(BACKENDS)
    if pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(chance.choice(pids)[0], signal.SIGKILL)


def sessions_ended(town: Town, chance: random.Random) -> None:
    """The server ends every session but ours, in the middle of whatever it does."""
    town.rows(f"SELECT pg_terminate_backend(pid) FROM ({BACKENDS}) x")


def lines_cut(town: Town, chance: random.Random) -> None:
    """All lines of web processes and workers break where they stand, three times."""
    for _ in range(3):
        town.web_line.cut_all()
        town.worker_line.cut_all()
        town.wait(chance.uniform(0.1, 0.5))


def answers_lost(town: Town, chance: random.Random) -> None:
    """COMMITs are done and their answers never arrive."""
    town.web_line.answers_lost, town.worker_line.answers_lost = 6, 2
    town.wait(1.5)


def commits_lost(town: Town, chance: random.Random) -> None:
    """COMMITs never arrive at the server, which undoes what they ended."""
    town.web_line.commits_lost, town.worker_line.commits_lost = 6, 2
    town.wait(1.5)


@contextmanager
def _frozen(program: Program) -> Iterator[None]:
    program.send(signal.SIGSTOP)
    try:
        yield
    finally:
        program.send(signal.SIGCONT)


def web_frozen(town: Town, chance: random.Random) -> None:
    """A web process stands still for longer than a transaction may, then goes on."""
    with _frozen(chance.choice(town.named("web"))):
        time.sleep(HANGS + 0.5)


def worker_frozen(town: Town, chance: random.Random) -> None:
    """A worker stands still until its jobs are given to another, then goes on with them."""
    with _frozen(chance.choice(town.named("worker"))):
        town.wait(3)
        workers_forgotten(town)
        town.wait(4)


def workers_forgotten(town: Town) -> None:
    """As if half a minute had passed: workers that give no sign of life lose their jobs, those
    that live lose some that they are at, which then are done twice at once."""
    town.rows("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour' "
              "RETURNING id")  # fmt: skip


def workers_remembered(town: Town) -> None:
    """Take that back."""
    town.rows("UPDATE procrastinate_workers SET last_heartbeat = now() RETURNING id")


def clock_forward(town: Town, chance: random.Random) -> None:
    """All clocks jump an hour ahead and, after a while, back."""
    assert town.clock
    town.clock.jump(HOUR)
    town.wait(3)
    town.clock.jump(0)


def clock_back(town: Town, chance: random.Random) -> None:
    """All clocks jump back an hour, behind what has happened, and are put right after a while."""
    assert town.clock
    town.clock.jump(-HOUR)
    town.wait(3)
    town.clock.jump(0)


def disk_full(town: Town, chance: random.Random) -> None:
    """No room is left where the database lies; then there is again."""
    ballast = town.cluster.home / "ballast"
    with ballast.open("wb") as file:
        for _ in range(25):
            # What the log gives back is taken as well, until writing fails.
            free = os.statvfs(ballast)
            room = free.f_bavail * free.f_frsize
            if room > LEFT:
                with contextlib.suppress(OSError):
                    os.posix_fallocate(file.fileno(), file.seek(0, 2), room - LEFT)
            town.wait(0.2)
    ballast.unlink()


def provider_deaf(town: Town, chance: random.Random) -> None:
    """The provider outside gets each call and its first answer is lost."""
    (town.flags / "lose").touch()
    town.wait(2)
    (town.flags / "lose").unlink()


FAULTS: list[Fault] = [
    web_killed, web_child_killed, worker_killed, postgres_killed, backend_killed, sessions_ended,
    lines_cut, answers_lost, commits_lost, web_frozen, worker_frozen, clock_forward, clock_back,
    disk_full, provider_deaf,
]  # fmt: skip


def possible(town: Town) -> list[Fault]:
    """Those that this machine can make."""
    lacking: set[Fault] = set()
    if town.clock is None:
        lacking |= {clock_forward, clock_back}
    if not town.disk:
        lacking |= {disk_full}
    return [fault for fault in FAULTS if fault not in lacking]


def lacking(town: Town) -> list[str]:
    """Why some are left out, in words."""
    said = []
    if town.clock is None:
        said.append("clock_forward, clock_back: no C compiler for tests/chaos/clock.c")
    if not town.disk:
        said.append("disk_full: a small disk can be mounted by root only")
    return said
