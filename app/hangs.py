"""What hangs: how long is too long, where it stands, and how a web process gets rid of it.

A thread of Python cannot be ended from outside. What it locked is taken from it by the database
(``DATABASE_TIMEOUT``), and the process that has it gives way to a new one.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
import traceback
from threading import Thread

from app.config import settings
from app.db import left_alone

log = logging.getLogger(__name__)

# The database ends the transaction of what hangs; only then is it called hanging (seconds).
MORE = 5
# How long the requests beside it have to end.
GRACE = 5
LOOK = 1


def limit() -> float:
    """How long a command may take that says nothing to the database (seconds)."""
    return settings().database_timeout + MORE


def stack(thread: int) -> str:
    """Where a thread stands now; empty when it is gone."""
    frame = sys._current_frames().get(thread)
    return "".join(traceback.format_stack(frame)) if frame else ""


def watch() -> None:
    """Let this web process end when a command in it hangs so long that the database has given it
    up. Its server (gunicorn) starts another in its place."""
    Thread(target=_look, args=(limit(),), name="hangs", daemon=True).start()


def _look(seconds: float) -> None:
    while not (hanging := left_alone(seconds)):
        time.sleep(LOOK)
    for thread in hanging:
        log.error("a request hangs, its process gives way to another:\n%s", stack(thread))
    # Takes nothing new, and lets the others end; it would wait for the one that hangs, too.
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)
