"""The factory: wiring only."""

from __future__ import annotations

import importlib
import os
import pkgutil
from types import ModuleType
from typing import Any

from flask import Flask

from app import api, cases, cli, config, definitions, feel, procedures, web
from app.db import REPLICA, db, sqlalchemy_url

# Statements of the hot path are read and planned once a connection: a third less work for the
# database. Those seen seldom are not worth a place in its memory.
PREPARE_AFTER = 5
# A replica that is gone must not keep its readers waiting: seconds, and milliseconds.
REPLICA_ANSWERS = {"connect_timeout": 3, "tcp_user_timeout": 10_000, "prepare_threshold": None}
# A server that is cut off without a word is noticed within half a minute (seconds; milliseconds).
LINE = {
    "connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}  # fmt: skip


def create_app(settings: config.Settings | None = None) -> Flask:
    """Make the application of one installation."""
    chosen = settings or config.settings()
    if not os.environ.get("FLASK_RUN_FROM_CLI"):
        config.need_database(chosen)
    config.install(chosen)
    feel.make_ready()
    app = Flask("app", static_folder=None)
    app.config.update(
        SETTINGS=chosen,
        SECRET_KEY=chosen.secret_key,
        SQLALCHEMY_DATABASE_URI=sqlalchemy_url(chosen.database_url or "postgresql://"),
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(chosen),
        SQLALCHEMY_BINDS=_replicas(chosen),
        MAX_CONTENT_LENGTH=(chosen.max_upload_mb + 1) * 1024 * 1024,
    )
    db.init_app(app)
    _install_procedures()
    for door in (web, api, cli):
        door.register(app)
    return app


def _engine_options(settings: config.Settings) -> dict[str, Any]:
    if not settings.database_url:
        # Commands on files need none; whoever asks for it all the same is told what is missing.
        return {"creator": lambda: config.need_database(settings)}
    # A pooler in transaction mode has no prepared statements to offer.
    pooled = settings.direct_url != settings.database_url
    return {
        "pool_size": 6,
        "max_overflow": 4,
        "connect_args": {
            "prepare_threshold": None if pooled else PREPARE_AFTER,
            **LINE,
            # A pooler takes no settings of a session: its own configuration has to say them.
            **({} if pooled else {"options": _limits(settings.database_timeout)}),
        },
    }


def _replicas(settings: config.Settings) -> dict[str, Any]:
    if not settings.database_replica_url:
        return {}
    url = sqlalchemy_url(settings.database_replica_url)
    return {
        REPLICA: {"url": url, "pool_size": 4, "max_overflow": 4, "connect_args": REPLICA_ANSWERS}
    }


def _limits(seconds: int) -> str:
    """A transaction that hangs gives its locks back, and who waits for it is told so before."""
    return f"-c idle_in_transaction_session_timeout={seconds}s -c lock_timeout={seconds * 500}"


def _install_procedures() -> None:
    """Hand the service functions, print-outs and form checks of all procedures to their rooms."""
    modules = [
        importlib.import_module(f"{procedures.__name__}.{module.name}")
        for module in pkgutil.iter_modules(procedures.__path__)
    ]
    named = [value for module in modules for value in vars(module).values()]
    offered = [value for value in named if not isinstance(value, ModuleType)]
    services = [value for value in offered if hasattr(value, "service")]
    checks = _checks(modules)
    cases.install(services, checks)
    definitions.offer(cases.contracts(), cases.messages_from_outside(), checks)


def _checks(modules: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for module in modules:
        found |= getattr(module, "CHECKS", {})
    return found
