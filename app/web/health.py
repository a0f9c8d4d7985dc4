"""A page for machines: whether this process serves and reaches its database."""

from __future__ import annotations

from app import definitions
from app.web.door import door
from app.web.rights import public


@door.get("/healthz")
@public
def healthz() -> dict[str, object]:
    """The live release, read from the database; an unreachable one answers 503."""
    return {"status": "ok", "release": definitions.current_release()}
