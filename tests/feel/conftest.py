from datetime import UTC, datetime

import pytest

from app.worktime import Calendar


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 9, 30, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def calendar() -> Calendar:
    return Calendar()
