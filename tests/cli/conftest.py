"""An installation at work and a backup of it, for all tests of the process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import checkpoints
from app.config import settings
from app.work import SYSTEM
from tests.cli.installations import Clerk, House, Land, bare, entered, free_accounts, take_in
from tests.conftest import _copy
from tests.procedures.visit import open_the_house
from tools.postgres import Cluster


@pytest.fixture(scope="session")
def house(
    cluster: Cluster, template: str, _app: Flask, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with _copy(cluster, template) as database:
        land = Land(cluster, database, folder / "var", {})
        with entered(land) as application:
            open_the_house()
            free = free_accounts()
            take_in(free.pop())
            (settings().secrets / "demo_password").write_text("of-the-invented")
            assert checkpoints.make(by=SYSTEM)
            clerk = Clerk(application, free[5:])
            clerk.start()
            said = json.loads(land.flask("backup", folder / "out", "--json"))
            clerk.over.set()
            clerk.join()
            assert clerk.failed is None
        yield House(land, folder / "out", said, clerk.numbers)


@pytest.fixture
def empty(cluster: Cluster, tmp_path: Path) -> Iterator[Land]:
    with bare(cluster, tmp_path / "var") as land:
        yield land
