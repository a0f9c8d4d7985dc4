"""Databases for tests: one template a state of the migrations, one copy a test process.

``app`` runs each test in a transaction that is rolled back; ``fresh`` gives a database of its
own with real commits, for races and processes.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from psycopg import sql

from app import cases, config, create_app, definitions
from app import settings as values
from app.cases.services import table
from app.db import db
from app.registry import demo
from tests import paths
from tests.procedures import visit
from tests.registry.town import settle_sixty
from tests.towns import Build, Towns
from tools import migrations
from tools.postgres import Cluster

# Stand here and not beside their tests: the process that sums up loads only this file.
WHY = "Chromium is not installed"
NO_POOLER = "PgBouncer is not installed"
MISSING = (WHY, NO_POOLER)
ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var" / "test"
# Nothing of a test run must survive a crash of the machine.
FAST = (
    "-c",
    "fsync=off",
    "-c",
    "synchronous_commit=off",
    "-c",
    "full_page_writes=off",
    "-c",
    "max_connections=300",
    # What it would count of rows that are rolled back makes later plans quadratic.
    "-c",
    "autovacuum=off",
    # A statement that hangs is a failure with a name.
    "-c",
    "statement_timeout=60s",
)


def _state() -> str:
    """Name of the migrations' state."""
    digest = hashlib.sha256()
    for file in sorted((ROOT / "migrations").rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _template(cluster: Cluster) -> str:
    name = f"template_{_state()}"
    with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(77)")
        ready = f"{name}_ready"
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname=%s", [ready]).fetchone():
            cluster.drop_database(name)
            cluster.ensure_database(name)
            migrations.upgrade(
                cluster.url("water_owner", name),
                cluster.url("water_app", name),
                cluster.url("water_auditor", name),
            )
            admin.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(name), sql.Identifier(ready)
                )
            )
        return ready


@contextmanager
def _copy(cluster: Cluster, template: str) -> Iterator[str]:
    name = f"test_{os.getpid()}_{secrets.token_hex(4)}"
    with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(77)")
        admin.execute(
            sql.SQL("CREATE DATABASE {} OWNER water_owner TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    try:
        yield name
    finally:
        cluster.drop_database(name)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The running test server."""
    server = Cluster(ROOT, VAR, "test")
    with server.held(*FAST):
        yield server


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """Name of the migrated template database."""
    return _template(cluster)


def make_settings(cluster: Cluster, database: str, var: Path) -> config.Settings:
    """Settings of a test installation on a database."""
    return config.read(
        {
            **cluster.environment(database),
            "VAR": str(var),
            "DEMO": "1",
            "SECRET_KEY": "only-for-tests",
            "PASSWORD_EFFORT": "low",
            # A machine that stalls is no fault of an expression; the limit has tests of its own.
            "FEEL_TIMEOUT_MS": "2000",
        }
    )


@contextmanager
def _installation(cluster: Cluster, template: str) -> Iterator[config.Settings]:
    with _copy(cluster, template) as database, tempfile.TemporaryDirectory() as var:
        yield make_settings(cluster, database, Path(var))


@pytest.fixture(scope="session")
def db_url(cluster: Cluster, template: str) -> Iterator[config.Settings]:
    """Settings of this test process: a database and a var folder of its own."""
    with _installation(cluster, template) as settings:
        yield settings


@pytest.fixture(scope="session")
def _app(db_url: config.Settings) -> Iterator[Flask]:
    application = create_app(db_url)
    yield application
    with application.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def towns(cluster: Cluster, template: str, db_url: config.Settings) -> Iterator[Towns]:
    """Furnished databases of this test process, with its keys and files."""

    def land(closing: ExitStack) -> config.Settings:
        database = closing.enter_context(_copy(cluster, template))
        return make_settings(cluster, database, db_url.var)

    found = Towns(land)
    yield found
    found.close()


# What a test finds in its database, by the fixture that it asks for.
BUILDERS: dict[str, Build] = {
    "furnished": visit.open_the_house,
    "sixty_accounts": settle_sixty,
}


@pytest.fixture
def app(request: pytest.FixtureRequest, _app: Flask, towns: Towns) -> Iterator[Flask]:
    """The application inside a transaction that is rolled back after the test.

    Its database is empty, or that of the town that the test asks for.
    """
    asked = [build for name, build in BUILDERS.items() if name in request.fixturenames]
    with _app.app_context():
        engines = db._app_engines[_app]  # the library offers no public way
        engine = engines[None]
        source = towns.engine(asked[0]) if asked else engine
        with source.connect() as connection:
            outer = connection.begin()
            values.forget()
            engines[None] = connection  # type: ignore[assignment]
            try:
                yield _app
            finally:
                db.session.remove()
                engines[None] = engine
                outer.rollback()
                towns.forget_releases()


@pytest.fixture
def furnished(app: Flask) -> Flask:
    """The application with a small town and all shipped drawings."""
    return app


@pytest.fixture
def known(furnished: Flask) -> dict[str, str]:
    """The accounts of the small town that tests know, by what is special about them."""
    return demo.KNOWN


@pytest.fixture
def fresh(_app: Flask, cluster: Cluster, template: str) -> Iterator[Flask]:
    """An application on a database of its own, with real commits."""
    before = config.settings()
    with _installation(cluster, template) as settings:
        application = create_app(settings)
        values.forget()
        with application.app_context():
            yield application
            db.session.remove()
            db.engine.dispose()
    config.install(before)


@pytest.fixture(autouse=True)
def _services_as_found() -> Iterator[None]:
    """A process has one table of services: who installs others gives the first ones back."""
    services, checks = table.services, table.checks
    yield
    if table.services is not services:
        cases.install(services, checks)
        table.services = services
        definitions.shelf.clear()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--paths`: every path of the shipped drawings must have been taken."""
    parser.addoption("--paths", action="store_true", help="name paths that no test took")


def pytest_configure(config: pytest.Config) -> None:
    """Watch from the start, in the workers as well."""
    if config.getoption("--paths"):
        watcher = paths.Paths()
        watcher.watch()
        config.pluginmanager.register(watcher)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The very last lines of a run name what did not run."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    for why in MISSING if reporter else ():
        if missed := _left_out(reporter, why):
            reporter.write_line(f"NOT RUN, {why} ({len(missed)}):")
            for name in missed:
                reporter.write_line(f"  {name}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under CI tests that could not run are a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    missed = [name for why in MISSING if reporter for name in _left_out(reporter, why)]
    if os.environ.get("CI") == "true" and missed:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _left_out(reporter: pytest.TerminalReporter, why: str) -> list[str]:
    skipped = reporter.stats.get("skipped", ())
    return [one.nodeid for one in skipped if why in str(one.longrepr)]
