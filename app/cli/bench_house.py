"""An installation for a bench: a database server of its own, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.config import ROOT
from tools import migrations
from tools.postgres import Cluster


@contextlib.contextmanager
def installation() -> Iterator[tuple[dict[str, str], int]]:
    """A server of its own with one migrated database, and its process; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        var = Path(folder)
        cluster = Cluster(ROOT, var, f"bench-{os.getpid()}")
        server = cluster.start()
        try:
            cluster.ensure_roles()
            cluster.ensure_database("bench")
            urls = [cluster.url(r, "bench") for r in ("water_owner", "water_app", "water_auditor")]
            migrations.upgrade(*urls)
            assert server is not None
            yield (
                {
                    **cluster.environment("bench"),
                    "VAR": str(var),
                    "SECRET_KEY": "b" * 40,
                    "PASSWORD_EFFORT": "low",
                    "DEMO": "1",
                },
                server.pid,
            )
        finally:
            cluster.stop(server)
            subprocess.run(["rm", "-rf", str(cluster.home)], check=False)
