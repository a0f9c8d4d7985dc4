"""Bringing a backup back: everything is checked before anything is touched.

Each step may be done again: keys and files that are there are left, the database comes whole or not
at all, migrations likewise. So a restore that was killed is simply begun again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

from app import attachments, audit, checkpoints, sealing
from app.cli import backup_facts as about
from app.cli import backup_programs
from app.cli.audit import verify_database
from app.cli.backup_facts import Facts, Manifest
from app.cli.shell import CLI
from app.config import ROOT, Settings, need_database, settings
from app.db import db
from app.errors import Refused
from app.sealing import DataKey, Masters, Unsealable
from app.texts import T, Text
from app.work import Work, command, ledger, now
from tools import migrations
from tools.postgres import CannotStart, Cluster, write_secret
from tools.run import DATABASE

EMPTY = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
KNOWN_ROLES = "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)"


@dataclass(frozen=True)
class Plan:
    """A backup that can be brought, and the master keys that are to be admitted for it."""

    folder: Path
    manifest: Manifest
    keys: Masters


@dataclass(frozen=True)
class Brought:
    """What a restore did and found. ``already``: the database had come back before, by a restore
    that was interrupted; ``put``: files put back; ``findings``: what does not hold."""

    manifest: Manifest
    already: bool
    put: int
    migrated: str
    files: attachments.Checked
    trail: audit.Outcome
    findings: list[Text]


@contextmanager
def standing(*, anew: bool) -> Iterator[Settings]:
    """The settings of this installation with its database running.

    Without DATABASE_URL it is the embedded one, which is started and stopped again unless it runs;
    ``anew``: where there is none yet, it is made. Raises Refused, Misconfigured.
    """
    chosen = settings()
    if chosen.database_url and not any(chosen.secrets.glob("main*")):
        yield chosen
        return
    if not chosen.database_url and not anew:
        need_database(chosen)
    cluster = Cluster(ROOT, chosen.var)
    given = chosen.database_url
    if given and given != cluster.environment(DATABASE)["DATABASE_URL"]:
        yield chosen
        return
    with _held(cluster):
        urls = {name.lower(): url for name, url in cluster.environment(DATABASE).items()}
        yield replace(chosen, **urls)  # type: ignore[arg-type]


@contextmanager
def _held(cluster: Cluster) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(cluster.held())
            cluster.ensure_database(DATABASE)
        except CannotStart as error:
            raise Refused(str(error)) from error
        yield


def looked_at(folder: Path, master_key: Path | None) -> Plan:
    """A backup of which every byte is as it says, and which can be opened; touches nothing.

    ``master_key``: the file kept apart; without it the one under ``var`` must do. Raises Refused,
    Invalid (no file of master keys).
    """
    manifest = read_whole(folder)
    return Plan(folder, manifest, _fitting_keys(manifest.database.masters, master_key))


def bring(plan: Plan) -> Brought:
    """Restore a backup into the empty installation of this process.

    Raises Refused (the database or the store does not fit; nothing was touched), Failed, Down.
    """
    folder, manifest, keys = plan.folder, plan.manifest, plan.keys
    owner = settings().database_owner_url or settings().database_url
    with psycopg.connect(owner, autocommit=True, prepare_threshold=None) as connection:
        already = _fitting_database(connection, manifest.database)
        server = connection.info.server_version // 10000
        programs = backup_programs.find(server, manifest.dumped_by)
        _fitting_store(folder)
        _put_secrets(folder, keys)
        put = _put_files(folder)
        if not already:
            programs.restore(owner, folder / about.DUMP, server)
        findings = [] if already else list(_other_counts(connection, manifest.database))
        migrated = _migrate(owner)
        connection.execute("ANALYZE")
    return _looked_over(manifest, already, put, migrated, findings)


def _looked_over(
    manifest: Manifest, already: bool, put: int, migrated: str, findings: list[Text]
) -> Brought:
    files, trail = attachments.check(attachments.here()), verify_database()
    findings += [T("数据密钥 {id} 打不开。", id=str(key)) for key in closed_keys()]
    findings += [T("附件 {id} 缺失或损坏。", id=one) for one in files.missing]
    findings += [
        T("履历 {subject} 第 {seq} 条：{text}", subject=f.subject, seq=f.seq, text=f.text)
        for f in trail.findings
    ]
    return Brought(manifest, already, put, migrated, files, trail, findings)


# --- checks that touch nothing --------------------------------------------------------------------


def read_whole(folder: Path) -> Manifest:
    """The manifest of a backup of which every byte is as it says. Raises Refused."""
    manifest = about.read(folder)
    if broken := next(about.damaged(folder, manifest), None):
        raise Refused(T("备份已损坏：{file} 缺失或与清单不符。请改用另一份备份。", file=broken))
    known = ScriptDirectory.from_config(_alembic())
    revisions = {each.revision for each in known.walk_revisions()}
    if manifest.database.migration not in revisions:
        raise Refused(about.NEWER)
    return manifest


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return config


def _fitting_keys(needed: list[str], master_key: Path | None) -> Masters:
    """The keys to be admitted. Raises Refused when the data keys could not be opened."""
    given = sealing.read_masters(master_key) if master_key else Masters(())
    here = sealing.read_masters(sealing.master_file()) if sealing.master_file().exists() else given
    lacking = sorted(set(needed) - {each.id for each in (*given.keys, *here.keys)})
    if lacking:
        raise Refused(
            T(
                "主密钥 {ids} 不在手边，恢复后个人信息无法打开："
                "请用 --master-key 指明当时另行保存的主密钥文件 master.key。",
                ids="、".join(lacking),
            )
        )
    return given


def _fitting_database(connection: psycopg.Connection[Any], said: Facts) -> bool:
    """Whether it holds this very backup already; False: it is empty. Raises Refused for any other,
    and for a server that cannot take it."""
    _fitting_server(connection, said)
    row = connection.execute(EMPTY).fetchone()
    if row == (0,):
        return False
    try:
        same = about.facts(connection).trail == said.trail
    except (psycopg.Error, Refused):
        same = False
    if not same:
        raise Refused(
            T(
                "数据库不是空的：请新建一个空库，并在 DATABASE_URL、DATABASE_OWNER_URL、"
                "DATABASE_AUDITOR_URL 中写明；使用内置数据库时，请用 VAR 指明另一个空目录。"
            )
        )
    return True


def _fitting_server(connection: psycopg.Connection[Any], said: Facts) -> None:
    if connection.info.server_version // 10000 < said.server:
        raise Refused(T("此备份来自 PostgreSQL {there}，不能恢复到更早的版本。", there=said.server))
    known = {name for (name,) in connection.execute(KNOWN_ROLES, [said.roles])}
    if lacking := sorted(set(said.roles) - known):
        names = "、".join(lacking)
        raise Refused(
            T("数据库服务器上没有角色 {names}：请先按 docs/installation.md 建立。", names=names)
        )
    users = {psycopg.conninfo.conninfo_to_dict(settings().database_url).get("user")}
    if connection.info.user != said.owner or not users <= set(said.roles):
        raise Refused(
            T(
                "备份中的表属于角色 {owner}，授权给 {names}：DATABASE_OWNER_URL 和 DATABASE_URL"
                " 须使用这些角色。",
                owner=said.owner, names="、".join(said.roles),
            )
        )  # fmt: skip


def _fitting_store(folder: Path) -> None:
    """Raises Refused when there lies in the store what is not of this backup."""
    known = {blob for blob, _ in about.listed(folder)}
    if any(name not in known for name in attachments.here().names()):
        raise Refused(
            T(
                "附件的存储中有此备份以外的文件："
                "请移走 {place} 中的内容，或用 FILES_URL 指明另一处。",
                place=settings().files_url or str(settings().var / "files"),
            )
        )


# --- steps ----------------------------------------------------------------------------------------


def _put_secrets(folder: Path, keys: Masters) -> None:
    if keys.keys:
        sealing.admit_masters(keys)
    for file in sorted((folder / about.KEYS).glob("*.pem")):
        checkpoints.inherit(file)
    checkpoints.take_over(folder / about.RECORD)
    if (folder / about.DEMO).exists():
        write_secret(settings().secrets / "demo_password", (folder / about.DEMO).read_text())


def _put_files(folder: Path) -> int:
    store, put = attachments.here(), 0
    for blob, _ in about.listed(folder):
        if not store.has(blob):
            store.bring(blob, about.place(folder, blob))
            put += 1
    return put


def _other_counts(connection: psycopg.Connection[Any], said: Facts) -> Iterator[Text]:
    for table, rows in said.counts.items():
        found = about.count(connection, table)
        if found != rows:
            text = "表 {table} 应有 {rows} 行，实有 {found} 行。"
            yield T(text, table=table, rows=rows, found=found)


def _migrate(owner: str) -> str:
    """Bring an older database to this program's newest migration; gives that one."""
    migrations.upgrade(owner, settings().database_url, settings().database_auditor_url)
    return str(ScriptDirectory.from_config(_alembic()).get_current_head())


def closed_keys() -> Iterator[object]:
    """Ids of the data keys that the master keys at hand do not open."""
    query = sa.select(DataKey.id, DataKey.wrapped).where(DataKey.wrapped.is_not(None))
    for key_id, wrapped in db.session.execute(query.execution_options(yield_per=1000)):
        try:
            sealing.unwrap(wrapped)
        except Unsealable:
            yield key_id


@command(right="system")
def note(work: Work, digest: str, at: str, findings: int) -> None:
    """Put on record that a backup was brought back: the hash of its manifest, and its moment."""
    after = {"manifest": digest, "at": at, "findings": findings}
    work.record(ledger("backups"), "backup:restore", after=after)


def close(digest: str, done: Brought) -> None:
    """What only a database of today needs: partitions of the trail, and an entry in it."""
    audit.ensure_partitions(now())
    note(digest, done.manifest.at, len(done.findings), by=CLI)
