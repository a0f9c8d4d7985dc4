"""Jobs: what runs without a person at the desk."""

from __future__ import annotations

from app.jobs import tasks
from app.jobs.worker import run_worker

__all__ = ["run_worker", "tasks"]
