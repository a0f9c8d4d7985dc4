"""What browsers load: built files with hashed names, already compressed, cached for good."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import cast

from flask import Response, request, send_from_directory, url_for
from werkzeug.exceptions import NotFound

from app.web.door import door
from app.web.rights import public

FOLDER = Path(__file__).parent / "static" / "built"
KINDS = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
}
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))


@cache
def _manifest(_changed: float) -> dict[str, str]:
    return cast("dict[str, str]", json.loads((FOLDER / "manifest.json").read_text()))


def names() -> dict[str, str]:
    """Plain name → hashed name; empty before the first ``npm run build``."""
    file = FOLDER / "manifest.json"
    return _manifest(file.stat().st_mtime) if file.exists() else {}


def asset(name: str) -> str | None:
    """Address of a built file; None when it is not built."""
    hashed = names().get(name)
    return url_for("web.static", name=hashed) if hashed else None


@door.get("/static/<path:name>", endpoint="static")
@public
def static(name: str) -> Response:
    """One built file, in the best encoding that the browser takes."""
    if name not in names().values():
        raise NotFound
    for coding, ending in ENCODINGS:
        if request.accept_encodings[coding] > 0 and (FOLDER / (name + ending)).exists():
            return _sent(name, coding, ending)
    return _sent(name)


def _sent(name: str, coding: str | None = None, ending: str = "") -> Response:
    kind = {
        ".css": "text/css",
        ".js": "text/javascript",
        ".svg": "image/svg+xml",
        ".wasm": "application/wasm",
    }
    response = send_from_directory(FOLDER, name + ending, mimetype=kind.get(Path(name).suffix))
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Vary"] = "Accept-Encoding"
    if coding:
        response.headers["Content-Encoding"] = coding
    return response
