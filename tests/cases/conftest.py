"""Tiny drawings, deployed; three clerks and a dispatcher, none of them stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import audit, cases, definitions
from app.work import SYSTEM, Actor
from tests.cases import parts

DRAWINGS = Path(__file__).parent / "drawings"
EVENTS = Path(__file__).parent / "event_drawings"


def clerk(number: int, name: str, *groups: str, region: str | None = None) -> Actor:
    """A person of the tests."""
    return Actor(
        number,
        f"p{number}",
        name,
        frozenset(groups),
        region=region,
        channel="web",
        sees_all_regions=region is None,
    )


LIN = clerk(101, "林栖", "window_clerk")
RUAN = clerk(102, "阮清和", "window_clerk")
JIANG = clerk(103, "姜北辰", "branch_dispatcher:城东", region="城东")
ZHAO = clerk(104, "江照野", "branch_dispatcher:城南", region="城南")


def deploy(folder: Path = DRAWINGS) -> definitions.Deployment:
    """Deploy the tiny drawings with their services."""
    parts.forget()
    cases.install(parts.FUNCTIONS)
    done: definitions.Deployment = definitions.deploy(folder, by=SYSTEM)
    assert not done.refused, done.findings
    return done


@pytest.fixture
def house(app: Flask) -> Flask:
    """The application with the tiny drawings deployed, in a transaction."""
    deploy()
    return app


@pytest.fixture
def eventful(app: Flask) -> Iterator[Flask]:
    """The application with the drawings of events; in the end all chains hold."""
    deploy(EVENTS)
    yield app
    assert audit.verify().findings == []


@pytest.fixture
def real(fresh: Flask) -> Flask:
    """The same with real commits, for races."""
    deploy()
    return fresh
