"""A provider of short messages in the test's own process: a real HTTP server that checks each
signature by a reading of its own and keeps what it was sent."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, unquote

KEY_ID, SECRET, SIGN = "LTAI-only-for-tests", "secret-of-tests", "临江供水"


def signed_rightly(raw_path: str, headers: dict[str, str], secret: str = SECRET) -> bool:
    """The signature, from the request as it came over the wire (its query is not made anew)."""
    scheme, _, rest = headers["authorization"].partition(" ")
    parts = dict(piece.split("=", 1) for piece in rest.split(","))
    names = parts["SignedHeaders"].split(";")
    uri, _, query = raw_path.partition("?")
    pairs = [pair.split("=") for pair in query.split("&")]
    if pairs != sorted(pairs) or "+" in query or names != sorted(names):
        return False
    head = "".join(f"{name}:{headers[name]}\n" for name in names)
    body = hashlib.sha256(b"").hexdigest()
    whole = f"POST\n{uri}\n{query}\n{head}\n{parts['SignedHeaders']}\n{body}"
    digest = hashlib.sha256(whole.encode()).hexdigest()
    wanted = hmac.digest(secret.encode(), f"{scheme}\n{digest}".encode(), "sha256").hex()
    needed = {"host", "x-acs-action", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"}
    return hmac.compare_digest(wanted, parts["Signature"]) and needed <= set(names)


@dataclass
class Provider:
    """What it was sent; ``codes``: its next answers to SendSms; ``mute``: how often it takes a
    message and does not answer; ``status`` and ``error``: what it knows of each later."""

    url: str = ""
    sent: list[dict[str, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    nonces: set[str] = field(default_factory=set)
    codes: list[str] = field(default_factory=list)
    mute: int = 0
    seconds: float = 0
    status: int = 1
    error: str = ""

    def answer(self, raw_path: str, headers: dict[str, str]) -> dict[str, Any] | None:
        if not signed_rightly(raw_path, headers):
            return {"Code": "SignatureDoesNotMatch"}
        if headers["x-acs-signature-nonce"] in self.nonces:
            return {"Code": "SignatureNonceUsed"}
        self.nonces.add(headers["x-acs-signature-nonce"])
        query = dict(parse_qsl(raw_path.partition("?")[2], strict_parsing=True))
        action = headers["x-acs-action"]
        self.calls.append(action)
        return self._send(query) if action == "SendSms" else self._details(query)

    def _send(self, query: dict[str, str]) -> dict[str, Any] | None:
        code = self.codes.pop(0) if self.codes else "OK"
        if code != "OK":
            return {"Code": code, "Message": unquote("%E5%A4%B1%E8%B4%A5")}
        self.sent.append(query)
        if self.mute:
            self.mute -= 1
            time.sleep(self.seconds)
            return None
        return {"Code": "OK", "Message": "OK", "BizId": f"{len(self.sent)}^0", "RequestId": "R"}

    def _details(self, query: dict[str, str]) -> dict[str, Any]:
        number = query.get("BizId")
        lines = [
            {"OutId": one["OutId"], "PhoneNum": one["PhoneNumbers"], "SendStatus": self.status,
             "ErrCode": self.error}
            for n, one in enumerate(self.sent, 1)
            if one["PhoneNumbers"] == query["PhoneNumber"] and number in (None, f"{n}^0")
        ]  # fmt: skip
        size, page = int(query["PageSize"]), int(query["CurrentPage"])
        found = lines[(page - 1) * size : page * size]
        return {"Code": "OK", "TotalCount": len(lines),
                "SmsSendDetailDTOs": {"SmsSendDetailDTO": found}}  # fmt: skip


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider at an address of this machine."""
    held = Provider()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = held.answer(self.path, {k.lower(): v for k, v in self.headers.items()})
            if said is None:
                self.close_connection = True
                return
            body = json.dumps(said).encode()
            self.send_response(200 if said["Code"] == "OK" else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    held.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield held
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
