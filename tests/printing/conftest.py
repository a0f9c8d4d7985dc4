"""The shipped drawings on a small town, for print-outs of real cases."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.procedures import visit


@pytest.fixture
def known(app: Flask) -> dict[str, str]:
    """The accounts that tests know, by what is special about them."""
    return visit.open_the_house()
