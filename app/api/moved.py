"""A case after a command, as it goes out: the hot path, so nothing here but a dictionary."""

from __future__ import annotations

from typing import Any

from flask import Response

from app import cases
from app.api.operations import written


def moved(case: cases.Moved, status: int = 200) -> Response:
    """The case with its open tasks; a repeated request says so in a header."""
    response = written(_facts(case), status)
    if case.repeated:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def _facts(case: cases.Moved) -> dict[str, Any]:
    following = case.next
    return {
        "number": case.number,
        "procedure": case.procedure,
        "state": case.status,
        "outcome": case.outcome,
        "tasks": [
            {
                "id": t.id, "element": t.element, "name": t.name, "groups": t.groups,
                "due": t.due_at, "mine": t.mine,
            }
            for t in case.tasks
        ],
        "next": following.id if following else None,
    }  # fmt: skip
