"""Addresses that no call has: problem documents here too."""

from __future__ import annotations

from typing import Any, NoReturn

from flask import current_app, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from app.api.caller import needs
from app.api.operations import blueprint

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@needs("public")
def unknown(rest: str = "") -> NoReturn:  # noqa: ARG001 - any address
    """404, or 405 where another method is known."""
    adapter = current_app.create_url_adapter(request)
    known = [method for method in METHODS if adapter and _known(adapter, method)]
    if known:
        raise MethodNotAllowed(valid_methods=known)
    raise NotFound


def _known(adapter: Any, method: str) -> bool:
    try:
        endpoint, _ = adapter.match(method=method)
    except HTTPException:
        return False
    return bool(endpoint != "api.unknown")


for _rule in ("/", "/<path:rest>"):
    blueprint.add_url_rule(_rule, "unknown", unknown, methods=METHODS)
