"""The worker: one process that fetches jobs and runs each inside the application.

It outlives its database. When a line breaks, nobody knows which jobs the queue counts as begun or
done, so the worker ends and begins anew under another number; jobs that are left to the old number
are given out again by ``rescue``. So it does when the clock is put right by more than a little.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import psycopg
from flask import Flask, current_app
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition

from app import cases
from app.config import settings
from app.db import db
from app.queue import direct_conninfo, known_queues, queue
from app.work import now

log = logging.getLogger(__name__)

GRACE = 10.0
# Seconds before the database is asked for again.
PAUSE = 1.0
OPENING = 10.0
ENDING = 15.0
# A clock that is kept right is moved by less (seconds).
JUMP = 2.0
BROKEN = (psycopg.OperationalError, psycopg.InterfaceError)
LOST = (ConnectorException, *BROKEN)


class Connector(PsycopgConnector):
    """Says when a question to the queue has failed: then the queue's answer is not known."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.failed = asyncio.Event()

    async def execute_query_async(self, *args: Any, **kwargs: Any) -> None:
        with self._watched():
            await super().execute_query_async(*args, **kwargs)

    async def execute_query_one_async(self, *args: Any, **kwargs: Any) -> Any:
        with self._watched():
            return await super().execute_query_one_async(*args, **kwargs)

    async def execute_query_all_async(self, *args: Any, **kwargs: Any) -> Any:
        with self._watched():
            return await super().execute_query_all_async(*args, **kwargs)

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except LOST as error:
            # That a job is queued already, or was done by another meanwhile, is an answer.
            if isinstance(error.__cause__ or error, BROKEN):
                self.failed.set()
            raise


async def run_worker(*, wait: bool = True, concurrency: int = 2) -> None:
    """Run jobs until told to end (SIGTERM, SIGINT), or until none is left (``wait`` False).

    Raises Refused when open cases need services that this installation has not.
    """
    cases.need_services()
    db.session.remove()
    application = current_app._get_current_object()  # type: ignore[attr-defined]
    if not wait:
        await _round(application, asyncio.Event(), wait=False, concurrency=concurrency)
        return
    ended = _told_to_end()
    while not ended.is_set():
        try:
            await _round(application, ended, wait=True, concurrency=concurrency)
        except LOST as error:
            log.warning("worker: the database does not answer: %s", type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), PAUSE)


def _told_to_end() -> asyncio.Event:
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, ended.set)
    return ended


async def _round(application: Flask, ended: asyncio.Event, *, wait: bool, concurrency: int) -> None:
    """One life of the worker: until it is told to end, or the queue has failed."""
    connector = Connector(conninfo=direct_conninfo(), timeout=OPENING)
    with queue.replace_connector(connector) as app:
        async with app.open_async(), _inside(app, application):
            work = asyncio.create_task(
                app.run_worker_async(
                    queues=known_queues(),
                    concurrency=concurrency,
                    wait=wait,
                    install_signal_handlers=False,
                    delete_jobs=DeleteJobCondition.SUCCESSFUL,
                    shutdown_graceful_timeout=GRACE,
                    fetch_job_polling_interval=1.0,
                )
            )
            await _first_of(work, ended.wait(), connector.failed.wait(), _clock_jumped())
            if not work.done():
                work.cancel()
            await asyncio.wait([work], timeout=GRACE + settings().database_timeout + ENDING)
            if not work.done():
                # Better no worker than one that gives no sign of life: another takes its jobs.
                log.error("worker: it does not come to its end and is ended")
                os._exit(1)
            with suppress(asyncio.CancelledError):
                await work


async def _clock_jumped() -> None:
    """Returns once the clock on the wall was put right. What comes by itself each second or hour
    would else wait until the clock shows again what it showed before."""
    before = now().timestamp() - time.monotonic()
    while abs(now().timestamp() - time.monotonic() - before) < JUMP:
        await asyncio.sleep(PAUSE)
    log.warning("worker: the clock has jumped")


async def _first_of(work: asyncio.Task[Any], *others: Coroutine[Any, Any, Any]) -> None:
    waiting = [asyncio.create_task(each) for each in others]
    await asyncio.wait([work, *waiting], return_when=asyncio.FIRST_COMPLETED)
    for each in waiting:
        each.cancel()


@asynccontextmanager
async def _inside(app: App, application: Flask) -> AsyncIterator[None]:
    """Jobs run in threads of their own: each gets an application context, and gives it back."""
    own = [
        (task, task.func)
        for task in app.tasks.values()
        if not task.name.startswith("builtin") and not asyncio.iscoroutinefunction(task.func)
    ]
    for task, function in own:
        task.func = _wrapped(function, application)
    try:
        yield
    finally:
        for task, function in own:
            task.func = function


def _wrapped(function: Callable[..., Any], application: Flask) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        with application.app_context():
            try:
                return function(*args, **kwargs)
            finally:
                db.session.remove()

    return run
