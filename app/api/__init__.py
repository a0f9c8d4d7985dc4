"""The HTTP API: the same rooms as the desk, for programs. Its law is the OpenAPI document."""

from __future__ import annotations

from flask import Flask

from app.api import (
    accounts,
    cases,
    files,
    messages,
    meters,
    openapi,
    procedures,
    tasks,
    unknown,
    ways,
)
from app.api.operations import OPERATIONS, blueprint
from app.api.problems import install, unrouted

# Importing a module hangs its calls on the blueprint; what is unknown comes last.
CALLS = (procedures, cases, tasks, files, accounts, meters, messages, openapi, ways, unknown)
install(blueprint)

__all__ = ["OPERATIONS", "register"]


def register(app: Flask) -> None:
    """Open the door."""
    app.before_request(unrouted)
    app.register_blueprint(blueprint)
