"""A page for machines: whether this process serves and reaches its database."""

from __future__ import annotations

import logging

from app import definitions, sealing
from app.web.door import door
from app.web.rights import public

log = logging.getLogger(__name__)


@door.get("/healthz")
@public
def healthz() -> tuple[dict[str, object], int]:
    """The live release, read from the database; 503 while that is unreachable, and on a host that
    was not handed the master key of the others."""
    try:
        sealing.need_masters()
    except sealing.Misplaced as problem:
        log.error("%s", problem.text)
        return {"status": "no key"}, 503
    return {"status": "ok", "release": definitions.current_release()}, 200
