"""The database: one session, one naming convention, and the raw connection under it."""

from __future__ import annotations

from typing import Any

import psycopg
from flask_sqlalchemy import SQLAlchemy
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


db = SQLAlchemy(
    model_class=Base,
    session_options={
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
