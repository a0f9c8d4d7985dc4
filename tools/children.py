"""Programs that are kept running: what ends by itself is started anew, and all end with us."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools.postgres import CannotStart

ROOT = Path(__file__).resolve().parent.parent
DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG
# One that ends so often within so many seconds is not helped by another start.
OFTEN = 8
WITHIN = 60.0


@dataclass
class Child:
    """A program, its process, and when it was started (seconds of the monotonic clock)."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes]
    begun: list[float] = field(default_factory=lambda: [time.monotonic()])

    @property
    def dead(self) -> bool:
        """Whether it ended by itself."""
        return self.process.poll() is not None

    def revive(self) -> None:
        """Start it anew. Raises CannotStart when it has ended too often."""
        now = time.monotonic()
        self.begun = [at for at in self.begun if at > now - WITHIN]
        if len(self.begun) >= OFTEN:
            raise CannotStart(f"{self.name} 一再停止：请看上面的说明，改正后再执行 make run。")
        self.begun.append(now)
        self.process = self.start()
        print(f"{self.name} 意外停止，已重新启动。", flush=True)


class Children:
    """What was started, in order; ended in the reverse order."""

    def __init__(self) -> None:
        self.known: list[Child] = []

    def start(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        """Start a program in a session of its own, so that only we tell it to end."""

        def begin() -> subprocess.Popen[bytes]:
            return subprocess.Popen(
                command,
                cwd=ROOT,
                env=dict(environment),
                start_new_session=True,
                preexec_fn=dies_with_parent,
            )

        self.known.append(Child(name, begin, begin()))

    def dead(self) -> str | None:
        """Name of a child that ended by itself."""
        return next((child.name for child in self.known if child.dead), None)

    def keep(self) -> None:
        """Start anew what ended by itself. Raises CannotStart when that does not help."""
        for child in self.known:
            if child.dead:
                child.revive()

    def end(self) -> None:
        """Ask all to end, then wait for each."""
        processes = [child.process for child in reversed(self.known)]
        for process in processes:
            if process.poll() is None:
                process.terminate()
        for process in processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


def dies_with_parent() -> None:
    """Linux: end when the parent dies, however it dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DEATH_SIGNAL, signal.SIGTERM)
