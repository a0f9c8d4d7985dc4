"""Service functions that go wrong when a file in ``VAR/chaos`` tells them to.

``told`` is what the provider outside has got: one line a call, its key.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from app.cases import Call, service
from app.config import settings
from app.work import Work


def folder() -> Path:
    """Where the town and its services meet."""
    return settings().var / "chaos"


def flagged(name: str) -> bool:
    return (folder() / name).exists()


@service("chaos.tell", outputs={"receipt": "string"}, outside=True)
def tell(work: Work, call: Call) -> dict[str, Any]:
    """The provider gets it each time; told to, it loses its first answer to each call."""
    told = folder() / "told"
    first = call.key not in (told.read_text().split() if told.exists() else [])
    with told.open("a") as file:
        file.write(call.key + "\n")
    if first and flagged("lose"):
        raise ConnectionError("the provider got it and its answer was lost")
    return {"receipt": f"R-{call.key}"}


@service("chaos.inside", inputs={"mode": "string"})
def inside(work: Work, call: Call) -> dict[str, Any]:
    """Raises, or hangs, as long as its flag is there."""
    if call.inputs["mode"] == "raise" and flagged("raise"):
        raise RuntimeError("broken")
    while call.inputs["mode"] == "hang" and flagged("hang"):
        time.sleep(0.1)
    return {}


FUNCTIONS = [tell, inside]
