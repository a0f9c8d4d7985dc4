"""Alembic's entry: migrations run as the owner of the database."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool

from app.db import sqlalchemy_url
from migrations import roles


def run() -> None:
    """Run the asked migrations in one transaction."""
    url = roles.url("owner_url")
    engine = create_engine(sqlalchemy_url(url), poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, transactional_ddl=True)
        with context.begin_transaction():
            context.run_migrations()


run()
