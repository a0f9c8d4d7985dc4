"""Looking for malware before a file is kept: clamd, where the installation has one.

The protocol is clamd's INSTREAM: pieces with their length before them, an empty one at the end.
"""

from __future__ import annotations

import hashlib
import logging
import socket
import struct

from app.config import Settings, settings
from app.errors import Refused, Unreachable

log = logging.getLogger(__name__)

PIECE = 64 * 1024
LONGEST_ANSWER = 4096
# What the row of a file says of it: no scanner is set, clean, the scanner did not answer, infected.
OFF, CLEAN, SKIPPED, INFECTED = "off", "clean", "skipped", "infected"


class Infected(Refused):
    """文件含有恶意程序，没有接收。请换一份干净的文件；用户的文件请告知用户先查毒。"""


class NoScanner(Unreachable):
    """查毒服务暂时用不了，文件没有接收。请稍后再传，或联系管理员。"""


def scanned(content: bytes) -> str:
    """What the scanner says: "off" without one, "clean", or "skipped" where the installation
    takes files in while it is silent. Raises Infected, NoScanner."""
    given = settings()
    if not given.clamd:
        return OFF
    try:
        found = ask(content, given)
    except (OSError, ValueError) as error:
        log.error("clamd did not answer: %s", error)
        if given.clamd_down != "accept":
            raise NoScanner from error
        return SKIPPED
    if found is not None:
        raise Infected(about={"sha256": hashlib.sha256(content).hexdigest(), "found": found})
    return CLEAN


def ask(content: bytes, given: Settings) -> str | None:
    """The name of what was found; None: nothing. Raises OSError, ValueError for no clear answer."""
    with _connected(given) as line:
        line.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), PIECE):
            piece = content[start : start + PIECE]
            line.sendall(struct.pack("!L", len(piece)) + piece)
        line.sendall(struct.pack("!L", 0))
        return _meaning(_answer(line))


def _connected(given: Settings) -> socket.socket:
    if given.clamd.startswith("unix:"):
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(given.clamd_timeout)
        try:
            line.connect(given.clamd.removeprefix("unix:"))
        except OSError:
            line.close()
            raise
        return line
    host, _, port = given.clamd.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), given.clamd_timeout)


def _answer(line: socket.socket) -> str:
    said = b""
    while b"\0" not in said and len(said) < LONGEST_ANSWER:
        more = line.recv(LONGEST_ANSWER)
        if not more:
            break
        said += more
    return said.split(b"\0")[0].decode(errors="replace").strip()


def _meaning(said: str) -> str | None:
    """``stream: OK``, ``stream: Win.Test.EICAR_HDB-1 FOUND``; all else is no answer."""
    words = said.removeprefix("stream: ")
    if words == "OK":
        return None
    if words.endswith(" FOUND"):
        return words.removesuffix(" FOUND")[:200]
    raise ValueError(f"clamd: {said[:200]!r}")
