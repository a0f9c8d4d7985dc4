"""PgBouncer in transaction mode, as Debian ships it, before the test server."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import psycopg

from tests.served import free_port, wait_for
from tools.postgres import Cluster

PGBOUNCER = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
SETTINGS = """
[databases]
{database} = host={host} dbname={database} pool_size={size}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {users}
pool_mode = transaction
max_client_conn = 200
logfile = {log}
stats_users = water_app
"""


@contextmanager
def pooler(cluster: Cluster, database: str, size: int) -> Iterator[str]:
    """Address of the database for the application, through ``size`` connections to the server."""
    assert PGBOUNCER
    # Its folder is of who runs the server: PgBouncer refuses to be root.
    with TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        users, config, log = (folder / n for n in ("users", "settings", "log"))
        users.write_text(f'"water_app" "{cluster.password("water_app")}"\n')
        given = {"database": database, "host": cluster.run, "size": size, "port": port}
        config.write_text(SETTINGS.format(**given, users=users, log=log))
        for path in (folder, users, config):
            cluster.account.own(path)
        process = subprocess.Popen([PGBOUNCER, "-q", config], **cluster.account.popen)
        url = f"postgresql://water_app:{quote(cluster.password('water_app'), safe='')}"
        try:
            wait_for(lambda: _open(f"{url}@127.0.0.1:{port}/{database}"))
            yield f"{url}@127.0.0.1:{port}/{database}"
        finally:
            process.terminate()
            process.wait(20)


def _open(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True
