"""The queue: jobs are rows of the same database, enqueued in the transaction that needs them."""

from __future__ import annotations

from typing import Any

import procrastinate
from procrastinate import PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task

from app.config import settings
from app.db import raw


def _connector() -> PsycopgConnector:
    # conninfo is read when the worker opens the app, not at import: commands that need no
    # database must run without one.
    return PsycopgConnector(kwargs={"autocommit": True})


queue = procrastinate.App(connector=_connector())
# Writes on connections handed to it and opens none. Not the queue's own: inside of a worker that
# one is asynchronous and cannot use the connection of a command.
_writer = JobManager(SyncPsycopgConnector())


def enqueue(task: str, *, lock: str | None = None, **arguments: Any) -> None:
    """Add a job inside the running transaction; a rollback takes it back.

    Arguments are ids only: nothing personal may stand in a job.
    """
    job = configure_task(name=task, job_manager=_writer, lock=lock, connection=raw())
    try:
        job.defer(**arguments)
    except ConnectorException as error:
        # What the driver said tells a full disk from a broken line from a fault of ours.
        raise error.__cause__ or error from None


def direct_conninfo() -> str:
    """Address of the worker's own connection."""
    return settings().direct_url
