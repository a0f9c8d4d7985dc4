"""What the tests of events share: rows, jobs and the worker's part, done by hand."""

from __future__ import annotations

from typing import Any

from app import cases
from app.db import raw
from app.jobs.tasks import JOB
from app.work import SYSTEM
from tests.cases.conftest import clerk

ADMIN = clerk(190, "祁明远", "admin")


def rows(sql: str, *values: object) -> list[tuple[Any, ...]]:
    return raw().execute(sql, values).fetchall()


def jobs(task: str) -> list[dict[str, Any]]:
    sql = "SELECT args FROM procrastinate_jobs WHERE task_name = %s ORDER BY id"
    return [args for (args,) in rows(sql, task)]


def tell() -> list[bool]:
    """All that a thrown signal leads to, as the worker would do it."""
    for job in jobs("spread_signal"):
        cases.spread_signal(**job, by=JOB)
    return [cases.hear_signal(**job, by=JOB) for job in jobs("hear_signal")]


def steps(number: str) -> list[str]:
    return [t.name for t in cases.case(SYSTEM, number).tasks if t.status == "open"]


def actions(number: str) -> list[str]:
    return [entry.action for entry in cases.trail(SYSTEM, number)]
