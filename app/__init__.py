"""The factory: wiring only."""

from __future__ import annotations

from flask import Flask

from app import config
from app.db import db, sqlalchemy_url


def create_app(settings: config.Settings | None = None) -> Flask:
    """Make the application of one installation."""
    chosen = settings or config.settings()
    config.install(chosen)
    app = Flask("app", static_folder=None)
    app.config.update(
        SETTINGS=chosen,
        SECRET_KEY=chosen.secret_key,
        SQLALCHEMY_DATABASE_URI=sqlalchemy_url(chosen.database_url),
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_size": 6,
            "max_overflow": 4,
            "pool_pre_ping": False,
            # A pooler in transaction mode has no prepared statements to offer.
            "connect_args": {"prepare_threshold": None},
        },
        MAX_CONTENT_LENGTH=(chosen.max_upload_mb + 1) * 1024 * 1024,
    )
    db.init_app(app)
    return app
