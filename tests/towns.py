"""Databases that stand furnished before a test begins: a test changes one in a transaction.

Deploying the shipped drawings and settling accounts takes seconds; each test process does it once
for each kind of town and day.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import date

import sqlalchemy as sa

from app import config, create_app, definitions
from app import settings as values
from app.db import db
from app.work import now
from app.worktime import local_day

# Settings of a database of its own, beside the keys and files of the test process.
Land = Callable[[ExitStack], config.Settings]
Build = Callable[[], object]
# Number of the release that a town is built with.
FIRST = 1


class Towns:
    """The towns of a test process. ``land`` gives a new database."""

    def __init__(self, land: Land) -> None:
        self.land = land
        self.built: dict[tuple[Build, date], sa.Engine] = {}
        self.closing = ExitStack()

    def engine(self, build: Build) -> sa.Engine:
        """The town's engine. A new day begins with a new town: what is due differs."""
        key = (build, local_day(now()))
        if key not in self.built:
            self.built[key] = self._found(build)
        return self.built[key]

    def _found(self, build: Build) -> sa.Engine:
        before = config.settings()
        application = create_app(self.land(self.closing))
        values.forget()
        with application.app_context():
            build()
            engine = db.engine
            db.session.remove()
        config.install(before)
        values.forget()
        self.closing.callback(engine.dispose)
        return engine

    def forget_releases(self) -> None:
        """Forget what tests deployed and rolled back: the next release has the same number."""
        standing = {engine.url.database for engine in self.built.values()}
        shelf = definitions.shelf
        for key in list(shelf.contents):
            if key[-1] != FIRST or key[-2] not in standing:
                del shelf.contents[key]

    def close(self) -> None:
        """Take all of them away."""
        self.closing.close()
