"""The demo register, small, in a running work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app import settings
from app.registry import demo
from app.work import SYSTEM, Work, command
from tests.registry.moment import AT

__all__ = ["AT"]


@command
def run(work: Work, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Run a function of the register as one command."""
    return fn(work, *args, **kwargs)


class Office:
    """Runs functions of the register as commands, at a fixed moment."""

    def __call__(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return run(fn, *args, by=SYSTEM, **{"at": AT, **kwargs})


@pytest.fixture
def do(app: Flask) -> Office:
    """An empty register and its office."""
    office = Office()
    settings.ensure_defaults(by=SYSTEM, at=AT)
    return office


@pytest.fixture
def sixty_accounts(app: Flask) -> Flask:
    """The application with sixty demo accounts."""
    return app


@pytest.fixture
def known(sixty_accounts: Flask) -> dict[str, str]:
    """Sixty demo accounts; gives the known ones."""
    assert sixty_accounts
    return demo.KNOWN
