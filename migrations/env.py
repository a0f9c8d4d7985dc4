"""Alembic's entry: migrations run as the owner of the database."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool

from app.db import sqlalchemy_url
from migrations import roles

# Whoever waits for a table makes all behind him wait: rather fail, and be run again.
PATIENCE = "5s"


def run() -> None:
    """Run the asked migrations, each in a transaction of its own: those before one that fails stay,
    and an index can be made beside the work (``autocommit_block``)."""
    brief = {"options": f"-c lock_timeout={PATIENCE}"}
    url = sqlalchemy_url(roles.url("owner_url"))
    engine = create_engine(url, poolclass=pool.NullPool, connect_args=brief)
    with engine.connect() as connection:
        context.configure(
            connection=connection, transactional_ddl=True, transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()


run()
