"""Hosts: web servers and workers in processes of their own, each with a VAR of its own, on one
database; what docs/scale.md says to hand from host to host is handed, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.request import build_opener

import orjson

from app import checkpoints, definitions, people, sealing
from app import settings as values
from app.work import SYSTEM, Work, command
from tests.browser.house import PASSWORD
from tests.cli.installations import Land, entered
from tests.procedures.visit import load, open_the_house
from tests.served import BIN, ROOT, Visitor, free_port, running, wait_for

DRAWINGS = Path(__file__).parent / "drawings"
# Each host is handed these files of another's VAR (docs/scale.md).
HANDED = ("secrets/master.key", "secrets/checkpoint.key")
__all__ = ["DRAWINGS", "PASSWORD", "Host", "found", "hand_over", "load", "serve", "work"]


@dataclass(frozen=True)
class Host:
    """A machine with a web server."""

    land: Land
    address: str
    said: Path

    def enter(self, login: str) -> Visitor:
        """Somebody of the house signs in here."""
        visitor = Visitor(self.address)
        status, _, body = visitor.send(
            "/sign-in", {"login": login, "password": PASSWORD}, "/sign-in"
        )
        assert status == 303, body
        return visitor

    def call(self, token: str, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        """A call of the API; gives status and answer."""
        visitor = Visitor(self.address)
        visitor.opener.addheaders = [("Authorization", f"Bearer {token}"), *headers.items()]
        status, _, said = visitor.ask("/api/v1" + path, orjson.dumps(body), "application/json")
        return status, orjson.loads(said)


@command
def _cast(work: Work) -> None:
    people.demo_cast(work, PASSWORD)


def found(land: Land) -> str:
    """Furnish an installation with a small town and its people; gives a token of a clerk's."""
    with entered(land):
        open_the_house()
        done = definitions.deploy(definitions.read_folder(DRAWINGS), by=SYSTEM)
        assert not done.refused, done.findings
        _cast(by=SYSTEM)
        values.put("papers.photo_pixels", 2000, by=SYSTEM)
        sealing.masters()
        checkpoints.private_key()
        return people.issue_token("ruanqinghe", by=SYSTEM)


def hand_over(land: Land, var: Path) -> Land:
    """The same installation on another host."""
    for name in HANDED:
        (var / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copy(land.var / name, var / name)
    return replace(land, var=var)


@contextmanager
def serve(*lands: Land, code: Path = ROOT) -> Iterator[list[Host]]:
    """A web server on each host, all ready."""
    with ExitStack() as closing:
        hosts = [closing.enter_context(_web(land, code)) for land in lands]
        with ThreadPoolExecutor(len(hosts)) as pool:
            list(pool.map(_ready, hosts))
        yield hosts


@contextmanager
def _web(land: Land, code: Path) -> Iterator[Host]:
    port = free_port()
    said = land.var / "said.web"
    gunicorn = [str(BIN / "gunicorn"), "wsgi:app", "--bind", f"127.0.0.1:{port}", "--threads", "4",
                "--worker-class", "gthread", "--log-level", "warning"]  # fmt: skip
    with running(gunicorn, land.env, said, code):
        yield Host(land, f"http://127.0.0.1:{port}", said)


def _ready(host: Host) -> None:
    # Five processes begin at once on a machine that others may use.
    wait_for(lambda: bool(build_opener().open(host.address + "/healthz").status == 200), 90)


@contextmanager
def work(*lands: Land, code: Path = ROOT) -> Iterator[None]:
    """A worker on each host."""
    with ExitStack() as closing:
        for land in lands:
            command = [str(BIN / "flask"), "worker"]
            said = land.var / "said.worker"
            closing.enter_context(running(command, land.env, said, code))
        yield
