"""viewflow at the same work as we, in turns: ``flask bench http --peers``.

It stands in ``bench/peers/`` and gets a virtual environment of its own under ``var/peers/``;
nothing of it is installed with the product.
"""

from __future__ import annotations

import contextlib
import secrets
import statistics
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import click

from app.cli.bench_load import ANSWERS, Client, Load, server
from app.config import ROOT
from tools.postgres import Cluster

NAME = "viewflow"
SOURCE = ROOT / "bench" / "peers" / NAME
DATABASE = f"peer_{NAME}"
OWNER = "water_owner"


class Clerk(Client):
    """The same work at the peer's doors: its forms are sent as a browser sends them."""

    def begin(self) -> list[Any]:
        """A new process; gives the addresses of its open tasks."""
        return self._submit("/start/", {})

    def complete(self, task: Any) -> list[Any]:
        """One step; gives the addresses of the open tasks after it."""
        return self._submit(task, ANSWERS)

    def _submit(self, path: str, answers: dict[str, str]) -> list[Any]:
        kind = "application/x-www-form-urlencoded"
        return list(self.send("POST", path, 200, urlencode(answers), kind)["tasks"])


@contextlib.contextmanager
def viewflow(cluster: Cluster) -> Iterator[Load]:
    """The peer served on a database of the same server; gives one case as a load."""
    token = secrets.token_urlsafe(24)
    cluster.drop_database(DATABASE)
    cluster.ensure_database(DATABASE)
    environment = {
        "SECRET_KEY": secrets.token_urlsafe(24), "PEER_TOKEN": token, "PYTHONPATH": str(SOURCE),
        "PEER_HOST": str(cluster.run), "PEER_NAME": DATABASE, "PEER_USER": OWNER,
        "PEER_PASSWORD": cluster.password(OWNER), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    python = _python()
    _run("预备 viewflow 没有成功", python, str(SOURCE / "prepare.py"), env=environment)
    with server(environment, python=python, serves="peer.wsgi", folder=SOURCE) as (port, _pid):
        yield Load(port, token, 1, kind=Clerk)


def _python() -> str:
    """Of the peer's own environment, made at first use."""
    folder = ROOT / "var" / "peers" / NAME
    python, stamp = folder / "bin" / "python", folder / "complete"
    locked = SOURCE / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != locked.read_text():
        _run("建立 viewflow 的环境没有成功", sys.executable, "-m", "venv", str(folder))
        pip = (str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check")
        _run("安装 viewflow 没有成功", *pip, "--require-hashes", "-r", str(locked))
        stamp.write_text(locked.read_text())
    return str(python)


def _run(trouble: str, *command: str, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise click.ClickException(f"{trouble}：{done.stderr.strip()[-400:]}")


def in_turns(ours: Load, theirs: Load, turns: int) -> dict[str, Any]:
    """Completions a second of both, as many cases in each turn, and the median of the ratios."""
    theirs = Load(theirs.port, theirs.token, ours.count, ours.seconds, theirs.kind)
    theirs.warm(12)
    pairs = [(_rate(ours), _rate(theirs)) for _ in range(turns)]
    return {
        "ours_per_s": [us for us, _ in pairs],
        f"{NAME}_per_s": [them for _, them in pairs],
        "ratio": round(statistics.median(us / them for us, them in pairs), 2),
    }


def _rate(load: Load) -> float:
    taken, elapsed = load.run()
    return round(len(taken) / elapsed, 1)
