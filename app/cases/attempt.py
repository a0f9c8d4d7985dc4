"""A part of a command that may fail by itself: what it wrote and recorded falls, the rest stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
from sqlalchemy.exc import DBAPIError

from app.db import db
from app.work import Work

# What the database itself refuses concerns the whole transaction.
FATAL = (DBAPIError, psycopg.Error)


class Failed(Exception):
    """The part has failed; the error stands in ``__cause__``."""


@contextmanager
def attempt(work: Work) -> Iterator[None]:
    """Raises Failed when the part fails."""
    heads = {name: replace(head) for name, head in work._heads.items()}
    before = (list(work._drafts), work.recorded, set(work.written), list(work._after))
    try:
        with db.session.begin_nested():
            yield
    except FATAL:
        raise
    except Exception as error:
        # The entries not yet sent are as they were, and follow on the heads that are stored.
        work._heads, (work._drafts, work.recorded, work.written, work._after) = heads, before
        raise Failed from error
