"""The HTTP API."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Open the door."""
