"""A line to PostgreSQL that can be cut: a socket in between, which looks at what passes."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path
from threading import Lock, Thread
from urllib.parse import quote

NAME = ".s.PGSQL.5432"
COMMIT = b"COMMIT"


class Proxy:
    """Stands in ``folder`` as a server would; hands everything on to the server of ``behind``.

    ``answers_lost``: so many of the next COMMITs reach the server, which does them; the line is cut
    before the answer comes back. ``commits_lost``: so many are cut before they reach it.
    """

    def __init__(self, folder: Path, behind: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.behind = folder, behind
        self.answers_lost = self.commits_lost = self.cut = 0
        self._lines: set[_Line] = set()
        self._lock = Lock()
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        (folder / NAME).unlink(missing_ok=True)
        self._door.bind(str(folder / NAME))
        self._door.listen(64)
        Thread(target=self._serve, daemon=True).start()

    def url(self, url: str) -> str:
        """An address of the server, by way of this line."""
        return url.partition("?")[0] + f"?host={quote(str(self.folder), safe='')}"

    def cut_all(self) -> int:
        """Cut all lines where they stand; gives how many."""
        with self._lock:
            lines = list(self._lines)
        for line in lines:
            line.close()
        self.cut += len(lines)
        return len(lines)

    def close(self) -> None:
        """Nobody comes through any more."""
        self._door.close()
        self.cut_all()

    def take(self, what: str) -> bool:
        """Use up one of the cuts that are asked for."""
        with self._lock:
            left = getattr(self, what)
            if left:
                setattr(self, what, left - 1)
                self.cut += 1
        return bool(left)

    def forget(self, line: _Line) -> None:
        with self._lock:
            self._lines.discard(line)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            line = _Line(self, client)
            with self._lock:
                self._lines.add(line)
            line.start()


class _Line:
    def __init__(self, proxy: Proxy, client: socket.socket) -> None:
        self.proxy, self.client = proxy, client
        self.server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # A COMMIT is under way whose answer nobody shall hear.
        self.deaf = False

    def start(self) -> None:
        try:
            self.server.connect(str(self.proxy.behind / NAME))
        except OSError:
            self.close()
            return
        for target in (self._to_server, self._to_client):
            Thread(target=target, daemon=True).start()

    def close(self) -> None:
        for each in (self.client, self.server):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self.proxy.forget(self)

    def _to_server(self) -> None:
        with contextlib.suppress(OSError):
            while data := self.client.recv(65536):
                if COMMIT in data and self.proxy.take("commits_lost"):
                    break
                if COMMIT in data and self.proxy.take("answers_lost"):
                    self.deaf = True
                self.server.sendall(data)
        if not self.deaf:
            self.close()

    def _to_client(self) -> None:
        with contextlib.suppress(OSError):
            while data := self.server.recv(65536):
                if self.deaf:
                    # The server has answered: what it did is done.
                    break
                self.client.sendall(data)
        self.close()
