"""The product as it is served, with the services of the chaos drawings beside its own."""

import asyncio
import contextlib
import faulthandler
import signal

from app import cases, create_app, hangs
from app.cases.services import table
from tests.chaos.services import FUNCTIONS

app = create_app()
cases.install([*table.services.values(), *FUNCTIONS], table.checks)
# What hangs is given up sooner than in earnest, so that a round is not long.
hangs.MORE = hangs.GRACE = 1


def tell(*_: object) -> None:
    """Where it stands goes to its log, when the town asks."""
    faulthandler.dump_traceback(all_threads=True)
    with contextlib.suppress(RuntimeError):
        for task in asyncio.all_tasks(asyncio.get_running_loop()):
            task.print_stack()


signal.signal(signal.SIGUSR1, tell)
