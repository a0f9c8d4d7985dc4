"""What a backup says of itself: its manifest, and the facts of the database that it was taken of.

OUT/manifest.json     what follows here, in JSON
OUT/database.dump     pg_dump, custom format, one snapshot
OUT/files.list        one line a file of the store: sha256, size in bytes
OUT/files/ab/abcd…    the sealed files, by their hash
OUT/checkpoints.jsonl the record of checkpoints outside of the database
OUT/checkpoint-keys/  the public keys that signed them (PEM)
OUT/demo_password     of a demo only: the one password of its invented persons
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
import psycopg
from psycopg import sql

from app.config import ROOT
from app.errors import Refused
from app.texts import T

FORMAT = 1
NAME = "manifest.json"
DUMP = "database.dump"
LIST = "files.list"
FILES = "files"
RECORD = "checkpoints.jsonl"
KEYS = "checkpoint-keys"
DEMO = "demo_password"
LINE = re.compile(r"([0-9a-f]{64}) (\d+)\n")
PIECE = 1 << 20
NEWER = T("此备份由较新版本的程序做成：请先更新程序，再恢复。")

TABLES = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1
"""
GRANTEES = """
SELECT DISTINCT r.rolname FROM pg_class c, aclexplode(c.relacl) a
JOIN pg_roles r ON r.oid = a.grantee WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1
"""
MASTERS = "SELECT DISTINCT master_id FROM data_keys WHERE wrapped IS NOT NULL ORDER BY 1"
HEADS = "SELECT name, chain_seq, encode(chain_head, 'hex') FROM ledgers ORDER BY 1"


@dataclass(frozen=True)
class Facts:
    """What is in a database at one moment. ``server``: major version of PostgreSQL; ``roles``:
    owner and all to whom something is granted; ``masters``: fingerprints of the master keys (first
    bytes of their SHA-256) that its data keys are wrapped under; ``counts``: rows by table;
    ``heads``: of the ledgers, name, length and hash."""

    server: int
    migration: str
    owner: str
    roles: list[str]
    masters: list[str]
    counts: dict[str, int]
    heads: list[list[Any]]

    @property
    def trail(self) -> tuple[int, list[list[Any]]]:
        """What two databases share only when they hold the same history."""
        return self.counts.get("trail", 0), self.heads


@dataclass(frozen=True)
class Part:
    """One file of a backup: SHA-256 as hex, size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """What stands in ``manifest.json``. ``files``: how many, how many bytes; ``missing``: names of
    those that the store itself had lost when the backup was taken."""

    product: str
    at: str
    dumped_by: int
    database: Facts
    parts: dict[str, Part]
    files: int
    bytes: int
    missing: list[str] = field(default_factory=list)
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Put it into the folder of the backup."""
        text = orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2)
        (folder / NAME).write_bytes(text)


def read(folder: Path) -> Manifest:
    """The manifest of a backup. Raises Refused when there is none, or of a later format."""
    try:
        given = orjson.loads((folder / NAME).read_bytes())
        if given["format"] != FORMAT:
            raise Refused(NEWER)
        given["database"] = Facts(**given["database"])
        given["parts"] = {name: Part(**part) for name, part in given["parts"].items()}
        return Manifest(**given)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise Refused(T("{folder} 不是完整的备份。", folder=str(folder))) from error


def facts(connection: psycopg.Connection[Any]) -> Facts:
    """Read them, on one snapshot of the owner. Raises Refused where no migration has been."""
    tables = [name for (name,) in connection.execute(TABLES)]
    if "alembic_version" not in tables:
        raise Refused(T("数据库里还没有数据表：请先执行 python -m tools.migrate。"))
    user = connection.info.user
    granted = [role for (role,) in connection.execute(GRANTEES)]
    return Facts(
        server=connection.info.server_version // 10000,
        migration=_one(connection, "SELECT version_num FROM alembic_version"),
        owner=user,
        roles=sorted({user, *granted}),
        masters=[name for (name,) in connection.execute(MASTERS)],
        counts={name: count(connection, name) for name in tables},
        heads=[list(row) for row in connection.execute(HEADS)],
    )


def count(connection: psycopg.Connection[Any], table: str) -> int:
    """How many rows a table has."""
    return int(_one(connection, sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))))


def _one(connection: psycopg.Connection[Any], query: Any) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def product() -> str:
    """Version of the product."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])


# --- parts and files ------------------------------------------------------------------------------


def part(file: Path) -> Part:
    """Hash and size of a file, read piece by piece."""
    sums, size = hashlib.sha256(), 0
    with file.open("rb") as content:
        while piece := content.read(PIECE):
            sums.update(piece)
            size += len(piece)
    return Part(sums.hexdigest(), size)


def place(folder: Path, blob: str) -> Path:
    """Where a file of the store lies in a backup."""
    return folder / FILES / blob[:2] / blob


def listed(folder: Path) -> Iterator[tuple[str, int]]:
    """Name and size of every file of the store that is in the backup. Raises Refused."""
    with (folder / LIST).open(encoding="ascii") as lines:
        for line in lines:
            found = LINE.fullmatch(line)
            if not found:
                raise Refused(T("{folder} 不是完整的备份。", folder=str(folder)))
            yield found[1], int(found[2])


def damaged(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Names of what is missing from a backup or is not as its manifest says."""
    for name, said in manifest.parts.items():
        if not _same(folder / name, said):
            yield name
            if name == LIST:
                return
    for blob, size in listed(folder):
        if not _same(place(folder, blob), Part(blob, size)):
            yield str(place(folder, blob).relative_to(folder))


def _same(file: Path, said: Part) -> bool:
    return file.is_file() and file.stat().st_size == said.size and part(file) == said
