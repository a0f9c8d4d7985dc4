"""How long a job may take, and how often it is tried."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Any

from flask import current_app
from procrastinate import RetryStrategy
from procrastinate.jobs import Job
from procrastinate.retry import RetryDecision

from app import hangs
from app.db import cut_off, db
from app.errors import Problem
from app.texts import T
from app.work import outage

log = logging.getLogger(__name__)

# Until a job that met no database is tried again (seconds).
AGAIN = 5


class TooLong(Problem):
    """办理超时，已停止等待。"""


class Patience(RetryStrategy):
    """Counts the attempts, but not those that the database has spoilt: these have no end."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When to try again; None: never."""
        if outage(exception) is not None:
            return RetryDecision(retry_in={"seconds": AGAIN})
        return super().get_retry_decision(exception=exception, job=job)


def within(act: Callable[[], Any]) -> Any:
    """Do it in a thread of its own and wait so long as a transaction may hang, and a little more.

    Raises TooLong for what hangs, and says in the log where. Its thread is left to itself: what it
    held is taken from it, its next word to the database fails.
    """
    seconds = hangs.limit()
    done: Future[Any] = Future()
    application = current_app._get_current_object()  # type: ignore[attr-defined]

    def run() -> None:
        with application.app_context():
            try:
                done.set_result(act())
            except BaseException as error:
                done.set_exception(error)
            finally:
                db.session.remove()

    thread = Thread(target=run, daemon=True)
    thread.start()
    try:
        return done.result(seconds)
    except TimeoutError as error:
        if done.done():  # its own, not ours
            raise
        log.error("a job hangs:\n%s", hangs.stack(thread.ident or 0))
        cut_off(thread.ident or 0)
        raise TooLong(T("超过 {seconds} 秒没有办完，已停止等待。", seconds=seconds)) from error
