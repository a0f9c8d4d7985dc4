"""The product as it is served, in processes of its own, and visitors with a browser's manners."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from socket import socket
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

import pytest
from flask import Flask

from app import config
from tests.browser.house import PASSWORD, furnish
from tools.postgres import Cluster

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"


class Stay(HTTPRedirectHandler):
    """A redirection is looked at, not followed."""

    def redirect_request(self, *_: Any) -> None:
        return None


def a_browser() -> Any:
    return build_opener(HTTPCookieProcessor(CookieJar()), Stay)


@dataclass
class Visitor:
    """Somebody of the house at a browser; all addresses and error pages are kept."""

    address: str
    opener: Any = field(
        default_factory=lambda: build_opener(HTTPCookieProcessor(CookieJar()), Stay)
    )
    addresses: list[str] = field(default_factory=list)
    faults: list[bytes] = field(default_factory=list)

    def ask(self, path: str, data: Any = None, kind: str = "") -> tuple[int, str, bytes]:
        """Status, Location and body."""
        request = Request(
            self.address + path, data=data, headers=(kind and {"Content-Type": kind}) or {}
        )
        try:
            answer = self.opener.open(request, timeout=30)
        except HTTPError as error:
            answer = error
        body = answer.read()
        self.addresses.append(path + " " + (answer.headers.get("Location") or ""))
        self.addresses += re.findall(
            r'(?:href|action|src|hx-\w+)="([^"]*)"', body.decode(errors="replace")
        )
        if answer.status >= 400 and answer.status not in (409, 422):
            self.faults.append(body)
        return answer.status, answer.headers.get("Location") or "", body

    def send(
        self, path: str, typed: dict[str, str], page: str = "/password"
    ) -> tuple[int, str, bytes]:
        """A form with the token of a page."""
        found = re.search(rb'name="csrf_token" value="([^"]+)"', self.ask(page)[2])
        assert found, page
        token = found.group(1).decode()
        return self.ask(path, urlencode({"csrf_token": token, **typed}).encode())

    def hand_in(self, at: str, typed: dict[str, str]) -> str:
        """A step; gives where it leads."""
        status, target, body = self.send(at, typed, page=at)
        assert status == 303, re.findall(r'class="m"[^>]*>([^<]+)', body.decode())
        return target


@dataclass
class Served:
    """The product in processes of its own."""

    address: str
    var: Path
    temporary: Path
    said: Path
    settings: config.Settings
    env: dict[str, str]

    def flask(self, *words: str) -> str:
        """A command of the shell; gives what it says."""
        done = subprocess.run(
            [str(BIN / "flask"), *words], cwd=ROOT, env=self.env, capture_output=True, text=True,
            check=True, timeout=60,
        )  # fmt: skip
        return done.stdout


def free_port() -> int:
    with socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def running(
    command: list[str], env: dict[str, str], said: Path, code: Path = ROOT
) -> Iterator[None]:
    with said.open("ab") as out, subprocess.Popen(
        command, cwd=code, env=env, stdout=out, stderr=out
    ) as process:  # fmt: skip
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture
def served(fresh: Flask, cluster: Cluster) -> Iterator[Served]:
    settings = config.settings()
    furnish(fresh)
    port = free_port()
    with tempfile.TemporaryDirectory() as temporary:
        said = Path(temporary) / "said"
        inner = Path(temporary) / "tmp"
        inner.mkdir()
        database = settings.database_url.rpartition("/")[2].partition("?")[0]
        env = {
            **os.environ, **cluster.environment(database), "VAR": str(settings.var), "DEMO": "1",
            "SECRET_KEY": "only-for-tests", "PASSWORD_EFFORT": "low", "TMPDIR": str(inner),
            "FLASK_APP": "wsgi:app",
        }  # fmt: skip
        web = [str(BIN / "gunicorn"), "wsgi:app", "--bind", f"127.0.0.1:{port}", "--threads", "4",
               "--worker-class", "gthread", "--access-logfile", "-",
               "--log-level", "debug"]  # fmt: skip
        with running(web, env, said), running([str(BIN / "flask"), "worker"], env, said):
            address = f"http://127.0.0.1:{port}"
            wait_for(lambda: build_opener().open(address + "/sign-in").status == 200)
            yield Served(address, settings.var, inner, said, settings, env)


def wait_for(ready: Callable[[], bool], seconds: int = 20) -> None:
    for _ in range(10 * seconds):
        try:
            if ready():
                return
        except (URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.1)
    raise AssertionError("it did not come")


def enter(served: Served, login: str) -> Visitor:
    visitor = Visitor(served.address)
    status, _, _ = visitor.send("/sign-in", {"login": login, "password": PASSWORD}, "/sign-in")
    assert status == 303
    return visitor
