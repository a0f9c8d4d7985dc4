"""Headers of every answer: nothing inline runs, nothing is framed, nothing personal is cached."""

from __future__ import annotations

from flask import Response, request

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
# Only a page that reads bar codes may compile WebAssembly, from our own files (docs/security.md).
SCAN_POLICY = POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
# The browser's own PDF viewer styles itself and is an object.
PDF_POLICY = (
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
)
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def let_scan(response: Response) -> Response:
    """The policy of a page that reads bar codes."""
    response.headers["Content-Security-Policy"] = SCAN_POLICY
    return response


def protect(response: Response) -> Response:
    """Add the headers; what a view has set itself stays. The API's answers are no pages."""
    if request.path.startswith("/api/"):
        return response
    pdf = response.mimetype == "application/pdf"
    response.headers.setdefault("Content-Security-Policy", PDF_POLICY if pdf else POLICY)
    for name, value in FIXED.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response
