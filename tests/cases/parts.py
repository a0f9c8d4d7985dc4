"""Service functions of the tiny drawings."""

from __future__ import annotations

from typing import Any

from app.cases import Call, service
from app.work import Work

CALLED: list[str] = []
BROKEN: set[str] = set()


@service("parts.change", changes_register=True)
def change(work: Work, call: Call) -> dict[str, Any]:
    """Something of the register."""
    return {}


@service("parts.urge")
def urge(work: Work, call: Call) -> dict[str, Any]:
    """A reminder; breaks when told to."""
    if "urge" in BROKEN:
        raise RuntimeError("broken")
    CALLED.append(f"urge {call.case_number}")
    return {}


@service("parts.sms", inputs={"text": "string"}, outputs={"receipt": "string"}, outside=True)
def sms(work: Work, call: Call) -> dict[str, Any]:
    """A message to the outside; breaks when told to."""
    if "sms" in BROKEN:
        raise ConnectionError("no network")
    CALLED.append(call.key)
    return {"receipt": f"R-{call.inputs['text']}"}


FUNCTIONS: list[Any] = [change, urge, sms]


def forget() -> None:
    """Forget what was called and what is broken."""
    CALLED.clear()
    BROKEN.clear()
