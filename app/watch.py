"""No write passes a running command unseen: which tables it changes is noted for its trail."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Protocol

import psycopg
import sqlalchemy as sa
from sqlalchemy import event

from app import audit


class Writer(Protocol):
    """A running command: its connection, and the tables that it has changed."""

    connection: psycopg.Connection[Any]
    written: set[str]


current: ContextVar[Writer | None] = ContextVar("writer", default=None)


class Watched(psycopg.Cursor[Any]):
    """The cursor of all connections."""

    def _note(self, query: Any) -> None:
        work = current.get()
        if work is None or work.connection is not self.connection:
            return
        if isinstance(query, bytes):
            query = query.decode()
        elif not isinstance(query, str):
            query = query.as_string(self.connection)
        work.written |= audit.tables_changed(query)

    def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        self._note(query)
        return super().execute(query, *args, **kwargs)

    def executemany(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        self._note(query)
        return super().executemany(query, *args, **kwargs)

    def copy(self, statement: Any, *args: Any, **kwargs: Any) -> Any:
        self._note(statement)
        return super().copy(statement, *args, **kwargs)


@event.listens_for(sa.Engine, "connect")
def _watch(connection: Any, _record: Any) -> None:
    if isinstance(connection, psycopg.Connection):
        connection.cursor_factory = Watched
