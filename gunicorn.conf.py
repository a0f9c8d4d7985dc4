"""What gunicorn reads by itself: how each web process begins."""

from typing import Any


def post_worker_init(_worker: Any) -> None:
    """After the fork: a process that has a request which hangs does not stay."""
    from app import hangs

    hangs.watch()
