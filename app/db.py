"""The database: one session, one naming convention, and the raw connection under it.

What becomes of it when the database is gone, full or slow is said here, too: a connection that the
server has closed is never handed out, and an error is told apart by what it means for the caller.
"""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, Literal

import psycopg
import sqlalchemy as sa
from flask.globals import app_ctx
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from psycopg import errors as pg
from psycopg.pq import TransactionStatus
from sqlalchemy import MetaData, event
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import Pool

from app.errors import Busy, Full, Problem, Unavailable

# Fixed names let a migration drop what it made.
NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
# The server ends what it is doing and closes the line, or is not there at all.
GONE = (
    pg.AdminShutdown, pg.CrashShutdown, pg.CannotConnectNow, pg.DatabaseDropped,
    pg.IdleInTransactionSessionTimeout, pg.IdleSessionTimeout, pg.TransactionTimeout,
)  # fmt: skip
SLOW = (pg.LockNotAvailable, pg.QueryCanceled)


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMES)


REPLICA: Literal["replica"] = "replica"
# Where a read aside (``app/replica.py``) goes; None outside of one.
Place = Literal["replica", "primary"]
_place: ContextVar[Place | None] = ContextVar("place", default=None)


class _Session(Session):
    def get_bind(self, *args: Any, **kwargs: Any) -> Any:
        if _place.get() == REPLICA:
            return self._db.engines[REPLICA]
        return super().get_bind(*args, **kwargs)


def _scope() -> tuple[int, bool]:
    # As the library has it, an application context each; and what is read aside is a session of
    # its own, so that the transaction on the primary neither sees nor loses anything by it.
    return id(app_ctx._get_current_object()), _place.get() == REPLICA  # type: ignore[attr-defined]


db = SQLAlchemy(
    model_class=Base,
    session_options={
        "class_": _Session,
        "scopefunc": _scope,
        "expire_on_commit": False,
        # Tests run in an outer transaction; elsewhere this changes nothing.
        "join_transaction_mode": "create_savepoint",
    },
)


def sqlalchemy_url(url: str) -> str:
    """The psycopg address of a plain ``postgresql://`` one."""
    return "postgresql+psycopg://" + url.split("://", 1)[1]


def raw() -> psycopg.Connection[Any]:
    """The psycopg connection of the running transaction (for pipelines and the queue)."""
    connection = db.session.connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    return connection


@contextmanager
def turned(place: Place | None) -> Iterator[None]:
    """Within, ``db.session`` and ``raw`` are those of that place; None: as outside of any."""
    before = _place.set(place)
    try:
        yield
    except Exception:
        if place == REPLICA:
            # Its server may be gone: nothing more is said to it.
            db.session().invalidate()
        raise
    finally:
        try:
            if place == REPLICA:
                db.session.remove()
        finally:
            _place.reset(before)


def aside() -> bool:
    """Whether a read aside is under way: nothing may be written."""
    return _place.get() is not None


@event.listens_for(Pool, "checkout")
def _alive(connection: Any, record: Any, _proxy: Any) -> None:
    """Refuse a connection that the server has closed; the pool then makes another.

    Nobody has asked it for anything, so there is something to read only when the server has said
    good-bye. It costs one call of the system, where asking the server would cost a round trip.
    """
    if not record.info.get("used"):
        # Just made: if it broke already, the pool has no third try, the first statement will tell.
        record.info["used"] = True
        return
    if connection.closed:
        raise DisconnectionError
    if _said_good_bye(connection):
        raise DisconnectionError


def _said_good_bye(connection: psycopg.Connection[Any]) -> bool:
    """Whether there is something to read on a line that nobody asked anything on."""
    line = select.poll()
    line.register(connection.fileno(), select.POLLIN)
    return bool(line.poll(0))


class Line(psycopg.Connection[Any]):
    """A connection that may be given back when it is lost: there is nothing left to roll back.

    The session cannot know, as commands write past it; the next who asks gets another line.
    """

    def rollback(self) -> None:
        """Roll back; does nothing on a line that is lost."""
        try:
            super().rollback()
        except psycopg.OperationalError:
            if not self.closed:
                raise


@event.listens_for(sa.Engine, "do_connect")
def _connect(_dialect: Any, _record: Any, args: Any, options: Any) -> Line:
    return Line.connect(*args, **options)


# The lines that threads work on now, and since when (seconds of the monotonic clock).
_lines: dict[int, tuple[psycopg.Connection[Any], float]] = {}


@contextmanager
def in_hand(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """While a thread works on that line, it can be taken from it: see ``cut_off``."""
    thread = threading.get_ident()
    _lines[thread] = (connection, time.monotonic())
    try:
        yield
    finally:
        _lines.pop(thread, None)


def cut_off(thread: int) -> None:
    """Take from a thread that hangs what its command has locked: its line is shut, the database
    undoes what it began, and its next word fails.

    The database does the same after a time of its own, but by a clock that may be put back.
    """
    connection, _ = _lines.get(thread, (None, 0.0))
    if connection is None:
        return
    with (
        suppress(OSError, psycopg.Error),
        socket.socket(fileno=os.dup(connection.fileno())) as line,
    ):
        line.shutdown(socket.SHUT_RDWR)


def left_alone(seconds: float) -> list[int]:
    """Threads that are longer than that in a command, while the server has closed their line: they
    have said nothing to it for so long that it has given them up."""
    before = time.monotonic() - seconds
    old = [(thread, line) for thread, (line, since) in list(_lines.items()) if since < before]
    return [thread for thread, line in old if _given_up(line)]


def _given_up(line: psycopg.Connection[Any]) -> bool:
    try:
        asking = line.info.transaction_status == TransactionStatus.ACTIVE
        return not asking and _said_good_bye(line)
    except (psycopg.Error, OSError, ValueError):
        return False  # its thread has just seen it and closed it: it does not hang


def _driver(error: BaseException) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else error


def lost(error: BaseException) -> bool:
    """Whether the line to the database broke: what was not committed is undone, and another line
    may work."""
    cause = _driver(error)
    if isinstance(cause, GONE):
        return True
    # Without a code of the server it is the line itself.
    return isinstance(cause, psycopg.OperationalError) and cause.sqlstate is None


def outage(error: BaseException) -> Problem | None:
    """What an error of the database means to who asked: ``Unavailable`` or a kind of it. None for
    any other error, which is a fault of ours."""
    cause = _driver(error)
    if isinstance(cause, pg.DiskFull):
        return Full()
    if isinstance(cause, SLOW):
        return Busy()
    none_free = isinstance(error, sa.exc.TimeoutError)
    if none_free or lost(error) or isinstance(cause, psycopg.OperationalError):
        return Unavailable()
    return None
