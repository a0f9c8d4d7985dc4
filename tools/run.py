"""`make run`: database, migrations, processes, demo data, web server and worker, one command.

What ends by itself is started anew. Everything started here ends with it, also when it is killed:
the children ask the kernel to be told of their parent's death.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import psycopg

from tools import migrations
from tools.children import ROOT, Children, dies_with_parent
from tools.postgres import CannotStart, Cluster, write_secret

BIN = Path(sys.executable).parent
VAR = Path(os.environ.get("VAR") or ROOT / "var").resolve()
DATABASE = "service"


def main() -> None:
    """Bring everything up, wait, take everything down."""
    dies_with_parent()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, _interrupt)
    port = int(os.environ.get("PORT", "8000"))
    try:
        _run(port)
    except CannotStart as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        pass


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _run(port: int) -> None:
    reset = "--reset-demo" in sys.argv
    if not reset:
        _port_is_free(port)
    VAR.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "VAR": str(VAR),
        "DEMO": os.environ.get("DEMO", "1"),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "TZ": "UTC",
        "SECRET_KEY": _secret_key(),
        "FLASK_APP": "wsgi:app",
        "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    with ExitStack() as stack:
        stack.callback(signal.signal, signal.SIGINT, signal.SIG_DFL)
        cluster = None if environment.get("DATABASE_URL") else Cluster(ROOT, VAR)
        if cluster:
            stack.enter_context(cluster.held())
            environment |= _own_database(cluster, fresh=reset)
        _write_down(environment)
        welcome = _prepare(environment)
        if not reset:
            children = Children()
            stack.callback(children.end)
            _serve(children, environment, port)
            print(welcome, flush=True)
            _keep(children, cluster)


def _own_database(cluster: Cluster, *, fresh: bool) -> dict[str, str]:
    if fresh:
        cluster.drop_database(DATABASE)
        # It tells of the database that is gone.
        (VAR / "checkpoints.jsonl").unlink(missing_ok=True)
    cluster.ensure_database(DATABASE)
    return cluster.environment(DATABASE)


def _write_down(environment: Mapping[str, str]) -> None:
    """Let commands typed in another terminal find this installation."""
    names = (
        "DATABASE_URL",
        "DATABASE_OWNER_URL",
        "DATABASE_AUDITOR_URL",
        "DATABASE_DIRECT_URL",
        "DATABASE_REPLICA_URL",
        "SECRET_KEY",
        "DEMO",
        "PUBLIC_URL",
    )
    lines = [f"{name}={environment[name]}" for name in names if environment.get(name)]
    write_secret(VAR / "secrets" / "environment", "\n".join(lines) + "\n")


def _secret_key() -> str:
    file = VAR / "secrets" / "secret_key"
    if not file.exists():
        write_secret(file, secrets.token_urlsafe(48))
    return file.read_text()


def _port_is_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            other = port + 1
            raise CannotStart(
                f"端口 {port} 已被占用：请换一个端口，例如 make run PORT={other}。"
            ) from None


def _prepare(environment: dict[str, str]) -> str:
    """Migrate and fill the database; gives what to print once the pages are served."""
    owner = environment.get("DATABASE_OWNER_URL") or environment["DATABASE_URL"]
    try:
        psycopg.connect(owner, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        hint = "请检查 DATABASE_URL 和数据库是否已启动"
        raise CannotStart(f"连不上数据库：{hint}（{reason}）。") from None
    os.environ.update(environment)
    migrations.upgrade(
        owner, environment["DATABASE_URL"], environment.get("DATABASE_AUDITOR_URL", "")
    )
    command = [str(BIN / "flask"), "prepare", "--welcome"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=False, stdout=subprocess.PIPE, text=True
    )
    if done.returncode != 0:
        raise CannotStart(f"{done.stdout}准备数据没有成功：请看上面的说明。")
    return str(done.stdout)


def _serve(children: Children, environment: dict[str, str], port: int) -> None:
    workers = environment.get("WORKERS", "2")
    children.start(
        "web",
        [
            str(BIN / "gunicorn"),
            "wsgi:app",
            "--bind",
            f"127.0.0.1:{port}",
            "--workers",
            workers,
            "--threads",
            "4",
            "--worker-class",
            "gthread",
            "--log-level",
            "warning",
            "--graceful-timeout",
            "10",
            "--worker-tmp-dir",
            str(VAR),
        ],
        environment,
    )
    children.start("worker", [str(BIN / "flask"), "worker"], environment)
    _wait_until_up(children, port)


def _keep(children: Children, cluster: Cluster | None) -> NoReturn:
    while True:
        time.sleep(0.5)
        if cluster and cluster.revive():
            print("内置数据库意外停止，已重新启动。", flush=True)
        children.keep()


def _wait_until_up(children: Children, port: int) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except OSError:
            if (name := children.dead()) is not None:
                raise CannotStart(f"{name} 没有启动：请看上面的说明。") from None
            time.sleep(0.05)
    raise CannotStart("网页服务 30 秒内没有启动：请看上面的说明。")


if __name__ == "__main__":
    main()
