"""Messages from other systems."""

from __future__ import annotations

from typing import Any

from app import cases
from app.api import questions, shapes
from app.api.caller import body, business, idempotency_key, member, word
from app.api.operations import operation


@operation(
    "POST", "/messages", "write", "Hand a message to the cases that wait for it", status=202,
    body=questions.MessageBody, answer=shapes.Reached, problems=(409, 415, 422), idempotent=True,
)  # fmt: skip
def post_message() -> dict[str, Any]:
    """``cases`` is empty when none waits yet: the message is kept for a set time (one hour, unless
    the installation says otherwise) and taken by the case that comes to wait for it. 409 when no
    procedure knows it.
    """
    by, given = business(), body()
    variables = member(given, "variables", dict, {})
    name, key = word(given, "name"), word(given, "key")
    reached = cases.deliver_message(name, key, variables, key=idempotency_key(), by=by)
    return {"cases": reached}
