"""The worker: one process that fetches jobs and runs each inside the application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from flask import Flask, current_app
from procrastinate import App, PsycopgConnector
from procrastinate.jobs import DeleteJobCondition

from app import cases
from app.db import db
from app.queue import direct_conninfo, known_queues, queue

GRACE = 10.0


async def run_worker(*, wait: bool = True, concurrency: int = 2) -> None:
    """Run jobs until told to end (SIGTERM, SIGINT), or until none is left (``wait`` False).

    Raises Refused when open cases need services that this installation has not.
    """
    cases.need_services()
    db.session.remove()
    application = current_app._get_current_object()  # type: ignore[attr-defined]
    connector = PsycopgConnector(conninfo=direct_conninfo())
    with queue.replace_connector(connector) as app:
        async with app.open_async(), _inside(app, application):
            await app.run_worker_async(
                queues=known_queues(),
                concurrency=concurrency,
                wait=wait,
                install_signal_handlers=wait,
                delete_jobs=DeleteJobCondition.SUCCESSFUL,
                shutdown_graceful_timeout=GRACE,
                fetch_job_polling_interval=1.0,
            )


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
