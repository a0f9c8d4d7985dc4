"""What counters need beside the drawing: sending back, and the like."""

from __future__ import annotations

from typing import Any

from app import cases
from app.api import questions, shapes
from app.api.caller import actor, body, member
from app.api.moved import moved
from app.api.operations import operation


@operation(
    "GET", "/tasks/<int:task_id>/ways-back", "read", "Where a task may be sent back to",
    answer=shapes.WaysBack, problems=(404,),
)  # fmt: skip
def ways_back(task_id: int) -> dict[str, Any]:
    """The last steps first; none when the task is not the caller's."""
    found = cases.ways_back(actor(), task_id)
    return {"items": [{"element": way.element, "name": way.name} for way in found]}


@operation(
    "POST", "/tasks/<int:task_id>/send-back", "write", "Send a case back to an earlier step",
    body=questions.SendBackBody, answer=shapes.Moved, problems=(404, 409, 415, 422),
)  # fmt: skip
def send_back(task_id: int) -> Any:
    """Who did the step gets it again, with what was entered."""
    given = body()
    to, reason = member(given, "to", str), member(given, "reason", str)
    return moved(cases.send_back(task_id, to, reason, by=actor()))
