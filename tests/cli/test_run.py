"""`make run` keeps what it has started: killed, it comes again; ended, it takes all with it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from app.config import ROOT
from tests.served import free_port, wait_for
from tools.children import OFTEN, Children
from tools.postgres import CannotStart, Cluster

PROGRAMS = ("/postgres", "/gunicorn", "/flask")


class Run:
    """An installation without demo data in a folder of its own."""

    def __init__(self, var: Path) -> None:
        self.log, self.port = var / "run.log", free_port()
        environment = {
            **os.environ,
            "VAR": str(var),
            "DEMO": "",
            "PORT": str(self.port),
            "WORKERS": "1",
        }
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_AUDITOR_URL"):
            environment.pop(name, None)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tools.run"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )

    def up(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        with urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)

    def pids(self, word: str) -> list[int]:
        """Children whose command line has that word."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [pid for pid in map(int, children.split()) if word in command_of(pid)]


def command_of(pid: int) -> str:
    """Its command line; empty when it has just ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    begun = Run(tmp_path)
    try:
        yield begun
    finally:
        begun.process.kill()
        begun.process.wait()
        shutil.rmtree(Cluster(ROOT, tmp_path).home, ignore_errors=True)


def test_what_is_killed_comes_again_and_all_ends_together(run: Run) -> None:
    # What is killed before all is up is not started again: that is a start that failed.
    wait_for(lambda: run.up() and "已启动" in run.log.read_text(), 90)
    for word in PROGRAMS:
        (killed,) = run.pids(word)
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda word=word, killed=killed: run.pids(word) not in ([], [killed]), 90)
        wait_for(run.up, 90)
    # A web server comes again more than once while the port is not free yet.
    assert run.log.read_text().count("意外停止，已重新启动") >= len(PROGRAMS)
    left = [pid for word in PROGRAMS for pid in run.pids(word)]
    run.process.terminate()
    assert run.process.wait(90) == 0
    assert not [pid for pid in left if Path(f"/proc/{pid}").exists()]


def test_what_ends_again_and_again_is_given_up_with_a_word() -> None:
    children = Children()
    children.start("worker", ["false"], os.environ)
    for _ in range(OFTEN - 1):
        children.known[0].process.wait()
        children.keep()
    children.known[0].process.wait()
    with pytest.raises(CannotStart, match="worker 一再停止"):
        children.keep()
