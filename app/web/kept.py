"""What was typed outlives an expired login: sealed into the sign-in page, opened after it.

The typing of a task comes back as that task's draft, which is never validated; any other deed is
shown once more and goes on by one button. It opens only for the person who typed it, within a
day, and only from a page of ours: another site could otherwise fill a clerk's form.
"""

from __future__ import annotations

import base64
import hashlib
import re
import time
from dataclasses import dataclass

import orjson
from cryptography.fernet import Fernet, InvalidToken
from flask import current_app, request
from werkzeug.datastructures import MultiDict

from app.web.forms_io import OURS

TASK = re.compile(r"/tasks/(\d+)(?:/draft)?$")
# What carries a secret or a file, or only looks something up.
NEVER = re.compile(
    r"/(sign-in|sign-out|password|choose|attachments|replace|lookup/\w+|tasks/\d+/fields)$"
)
DAY = 24 * 3600
LONGEST = 400_000


@dataclass(frozen=True)
class Kept:
    """Typing that waits for its person."""

    path: str
    person: str
    given: MultiDict[str, str]

    @property
    def task_id(self) -> int | None:
        """The task whose form was typed; None for any other deed."""
        found = TASK.match(self.path)
        return int(found[1]) if found else None


def keepable() -> bool:
    """Whether this request carries somebody's typing from a page of ours."""
    site = request.headers.get("Sec-Fetch-Site")
    ours = site == "same-origin" or (site is None and _same_origin())
    typed = request.method == "POST" and bool(request.form.get("_by"))
    if any("password" in name for name in request.form):
        return False
    return typed and ours and not NEVER.match(request.path)


def _same_origin() -> bool:
    return request.headers.get("Origin", "") == request.host_url.rstrip("/")


def seal_request() -> str:
    """The typing of this request as one sealed text."""
    pairs = [(k, v) for k, v in request.form.items(multi=True) if k not in OURS]
    content = orjson.dumps([request.path, request.form.get("_by", ""), pairs])
    return _box().encrypt(content).decode() if len(content) <= LONGEST else ""


def open_for(sealed: str, person: str) -> Kept | None:
    """The typing, when it is whole, fresh and this person's; None otherwise."""
    try:
        raw = _box().decrypt_at_time(sealed.encode(), ttl=DAY, current_time=int(time.time()))
    except InvalidToken:
        return None
    path, owner, pairs = orjson.loads(raw)
    if owner != person:
        return None
    return Kept(path, owner, MultiDict([(k, v) for k, v in pairs]))


def _box() -> Fernet:
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"kept typing " + secret).digest()))
