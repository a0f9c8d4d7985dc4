"""Outside parties as real processes and sockets: an S3 server, a scanner like clamd."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from PIL import Image, ImageDraw

from app import config
from app.work import Actor

CLERK = Actor(901, "clerk", "窗口", frozenset({"window_clerk"}))
OTHER = Actor(902, "other", "别人", frozenset({"window_clerk"}))
KEYS = {"aws_access_key_id": "test-key", "aws_secret_access_key": "test-secret"}


@contextmanager
def changed(**values: Any) -> Iterator[config.Settings]:
    """Other settings of this process for a while."""
    before = config.settings()
    config.install(replace(before, **values))
    try:
        yield config.settings()
    finally:
        config.install(before)


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Bucket:
    """A bucket on a server of its own; ``stop`` and ``start`` as an operator would."""

    port: int = field(default_factory=free_port)
    name: str = "papers"
    process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "files_url": f"s3://{self.name}/water/files", "aws_endpoint_url": self.endpoint,
            "files_timeout": 3, **KEYS,
        }  # fmt: skip

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "moto.server", "-p", str(self.port)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONWARNINGS": ""},
        )  # fmt: skip
        for _ in range(400):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", self.port)) == 0:
                    break
            time.sleep(0.05)
        self.ask("PUT", "")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process = None

    def ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """One request past our own code."""
        asked = urllib.request.Request(
            f"{self.endpoint}/{self.name}{path}", method=method, data=body,
            headers={"Authorization": "AWS4-HMAC-SHA256 Credential=test-key/20260101/us-east-1/s3"},
        )  # fmt: skip
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return bytes(answer.read())


@pytest.fixture(scope="session")
def bucket() -> Iterator[Bucket]:
    """An S3 server with one bucket, for all tests of the process."""
    found = Bucket()
    found.start()
    yield found
    found.stop()


# --- a scanner ------------------------------------------------------------------------------------


@dataclass
class Scanner:
    """Speaks INSTREAM; what it was sent, and what it answers to it."""

    address: str
    seen: list[bytes]
    answer: list[bytes]


@contextmanager
def scanning(line: socket.socket, address: str) -> Iterator[Scanner]:
    """Serve one socket until the end."""
    scanner = Scanner(address, [], [b"stream: OK\0"])
    line.listen()
    line.settimeout(0.1)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                came, _ = line.accept()
            except TimeoutError:
                continue
            with came:
                came.settimeout(5)
                scanner.seen.append(_stream(came))
                came.sendall(scanner.answer[0])

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield scanner
    finally:
        over.set()
        thread.join()
        line.close()


def _exactly(came: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        more = came.recv(size - len(found))
        if not more:
            raise ValueError("the stream broke off")
        found += more
    return found


def _stream(came: socket.socket) -> bytes:
    command = _exactly(came, len(b"zINSTREAM\0"))
    assert command == b"zINSTREAM\0"
    content = b""
    while size := int.from_bytes(_exactly(came, 4), "big"):
        content += _exactly(came, size)
    return content


@pytest.fixture
def scanner() -> Iterator[Scanner]:
    """A scanner at a port of this machine, and set for the installation."""
    line = socket.socket()
    line.bind(("127.0.0.1", 0))
    with (
        scanning(line, f"127.0.0.1:{line.getsockname()[1]}") as found,
        changed(clamd=found.address, clamd_timeout=3),
    ):
        yield found


# --- real pictures --------------------------------------------------------------------------------


def photo(
    width: int = 900, height: int = 600, *, turned: bool = False, kind: str = "JPEG"
) -> bytes:
    """A picture, red on its left and blue on its right; ``turned``: as a phone held upright
    writes it, to be shown turned by 90 degrees to the right."""
    made = Image.new("RGB", (width, height), "red")
    ImageDraw.Draw(made).rectangle((width // 2, 0, width, height), fill="blue")
    more: dict[str, Any] = {}
    if turned:
        more["exif"] = made.getexif()
        more["exif"][0x0112] = 6
    out = io.BytesIO()
    made.save(out, kind, **more)
    return out.getvalue()


def sheets(*sizes: tuple[int, int]) -> bytes:
    """A PDF of pictures, one page each."""
    pages = [Image.new("RGB", size, "white") for size in sizes]
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:])
    return out.getvalue()


def opened(picture: bytes) -> Image.Image:
    """What was drawn, unpacked."""
    found = Image.open(io.BytesIO(picture))
    found.load()
    return found


Send = Callable[..., Any]
