"""The database: one session, one naming convention, and the raw connection under it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal

import psycopg
from flask.globals import app_ctx
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

# Fixed names let a migration drop what it made.
NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


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
