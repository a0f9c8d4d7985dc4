"""The queue: jobs are rows of the same database, enqueued in the transaction that needs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import procrastinate
from procrastinate import PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task

from app.config import settings
from app.db import raw

# What earlier releases called the queue of everything.
BEFORE = "default"


def _connector() -> PsycopgConnector:
    # conninfo is read when the worker opens the app, not at import: commands that need no
    # database must run without one.
    return PsycopgConnector(kwargs={"autocommit": True})


queue = procrastinate.App(connector=_connector())
# Writes on connections handed to it and opens none. Not the queue's own: inside of a worker that
# one is asynchronous and cannot use the connection of a command.
_writer = JobManager(SyncPsycopgConnector())


def job(name: str, **more: Any) -> Callable[[Callable[..., Any]], Any]:
    """Make a function the job of that name, in a queue of its own.

    A worker takes only from the queues that it knows: one of an older release leaves the jobs of a
    newer one to the workers of that, where it would mark them as failed for good.
    """
    return queue.task(name=name, queue=name, **more)


def known_queues() -> list[str]:
    """The queues that this release takes jobs from."""
    return sorted({BEFORE, *(task.queue for task in queue.tasks.values())})


def enqueue(task: str, *, lock: str | None = None, **arguments: Any) -> None:
    """Add a job inside the running transaction; a rollback takes it back.

    Arguments are ids only: nothing personal may stand in a job.
    """
    made = configure_task(name=task, job_manager=_writer, lock=lock, queue=task, connection=raw())
    try:
        made.defer(**arguments)
    except ConnectorException as error:
        # What the driver said tells a full disk from a broken line from a fault of ours.
        raise error.__cause__ or error from None


def direct_conninfo() -> str:
    """Address of the worker's own connection."""
    return settings().direct_url
