"""A backup taken while clerks work, brought back elsewhere; what is refused, and why."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask

from app import attachments, checkpoints, sealing
from app.cli import backup_bring, backup_facts, backup_programs
from app.config import settings
from app.db import raw
from app.registry import demo
from app.work import SYSTEM
from tests.attachments.conftest import Bucket, bucket
from tests.cli.installations import NAME, PNG, Clerk, Land, bare, entered, take_in
from tests.conftest import ROOT, _copy
from tests.procedures.visit import Visit, open_the_house
from tests.test_leaks import marked
from tools import migrations
from tools.postgres import Cluster

__all__ = ["bucket"]
FREE = """
SELECT account_no FROM account a WHERE state = 'normal' AND account_no <> ALL(%s)
AND NOT EXISTS (SELECT FROM account_lock l WHERE l.account_no = a.account_no) ORDER BY 1
"""
IN_BLOCK = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"


@dataclass(frozen=True)
class House:
    """An installation at work, a backup of it, and what the command said."""

    land: Land
    out: Path
    said: dict[str, Any]
    done: list[str]

    @property
    def key(self) -> Path:
        """The master key, kept apart."""
        return self.land.var / "secrets" / "master.key"


@pytest.fixture(scope="module")
def house(
    cluster: Cluster, template: str, _app: Flask, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with _copy(cluster, template) as database:
        land = Land(cluster, database, folder / "var", {})
        with entered(land) as application:
            open_the_house()
            free = free_accounts()
            take_in(free.pop())
            (settings().secrets / "demo_password").write_text("of-the-invented")
            assert checkpoints.make(by=SYSTEM)
            clerk = Clerk(application, free[5:])
            clerk.start()
            said = json.loads(land.flask("backup", folder / "out", "--json"))
            clerk.over.set()
            clerk.join()
            assert clerk.failed is None
            yield House(land, folder / "out", said, clerk.numbers)


def free_accounts() -> list[str]:
    """Accounts that nobody waits for."""
    return [no for (no,) in raw().execute(FREE, [list(demo.KNOWN.values())])]


@pytest.fixture
def empty(cluster: Cluster, tmp_path: Path) -> Iterator[Land]:
    with bare(cluster, tmp_path / "var") as land:
        yield land


def tables(land: Land) -> int:
    with psycopg.connect(land.settings.database_owner_url) as owner:
        row = owner.execute(backup_bring.EMPTY).fetchone()
    assert row
    return int(row[0])


def files(land: Land) -> list[str]:
    return [one.name for one in (land.var / "files").rglob("*") if one.is_file()]


def untouched(land: Land) -> bool:
    return tables(land) == 0 and files(land) == [] and not (land.var / "secrets").exists()


# --- taken while in use, restored elsewhere -------------------------------------------------------


def test_what_was_taken_while_clerks_worked_comes_back_whole(house: House, empty: Land) -> None:
    assert len(house.done) > 3, "the clerk worked meanwhile"
    done = empty.json("restore", house.out, "--master-key", house.key)
    assert (done["ok"], done["findings"], done["already"]) == (True, [], False)
    assert done["files"] == house.said["files"] > 0
    assert done["entries"] == house.said["entries"]
    with entered(empty):
        numbers = [number for (number,) in raw().execute("SELECT number FROM cases ORDER BY id")]
        assert set(numbers) - {*house.done}, "what stood before is there"
        for number in numbers:
            go_on(number)
        made = checkpoints.make(by=SYSTEM)
        assert made
        assert made.key_id not in {one.key_id for one in checkpoints.recorded()[:-1]}
    verified = empty.json("audit", "verify")
    assert verified["ok"]
    assert verified["entries"] > done["entries"]


def test_the_roles_may_what_they_might_before(house: House, empty: Land) -> None:
    empty.json("restore", house.out, "--master-key", house.key)
    before, after = (rights(one) for one in (house.land, empty))
    assert before == after
    assert len([one for one in after if any("water_app=" in acl for acl in one[2])]) > 50
    with (
        psycopg.connect(empty.settings.database_url) as application,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        application.execute("DELETE FROM trail")


def rights(land: Land) -> list[tuple[Any, ...]]:
    """Owner and rights of all that is in a database, and what new tables begin with."""
    asked = """
    WITH known (name, owner, acl) AS (
    SELECT relname, relowner, coalesce(relacl, acldefault(
        (CASE WHEN relkind = 'S' THEN 's' ELSE 'r' END)::"char", relowner)) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S', 'v')
    UNION ALL SELECT oid::regprocedure::text, proowner, coalesce(proacl, acldefault('f', proowner))
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'default ' || defaclobjtype::text, defaclrole, defaclacl FROM pg_default_acl
    UNION ALL SELECT nspname, nspowner, coalesce(nspacl, acldefault('n', nspowner))
    FROM pg_namespace WHERE nspname = 'public')
    SELECT name, owner::regrole::text, array(SELECT unnest(acl)::text ORDER BY 1) FROM known
    ORDER BY 1
    """
    with psycopg.connect(land.settings.database_owner_url) as owner:
        return owner.execute(asked).fetchall()


def go_on(number: str) -> None:
    """An open case has its open steps, and the next one is done."""
    row = (
        raw().execute("SELECT c.account_no FROM cases c WHERE c.number = %s", (number,)).fetchone()
    )
    assert row
    visit = Visit.__new__(Visit)
    visit.number, visit.account_no, visit.at, visit.pages = number, row[0], None, []
    assert visit.open, number
    if "accept" in visit.open:
        visit.accept()
    else:
        assert NAME in json.dumps(visit.page("check").scope, ensure_ascii=False, default=str)
        visit.papers()
    assert visit.open


def test_nothing_personal_stands_in_it_and_no_key(house: House) -> None:
    seen = 0
    keys = [each.key for each in sealing.read_masters(house.key).keys]
    for file in (one for one in house.out.rglob("*") if one.is_file()):
        content = file.read_bytes() if file.name != backup_facts.DUMP else script(file)
        assert marked(content) == [], file.name
        assert not any(key in content or key.hex().encode() in content for key in keys)
        seen += len(content)
    assert seen > 100_000
    assert marked(PNG) != [], "it would be found"
    assert oct(house.out.stat().st_mode)[-3:] == "700"


def script(dump: Path) -> bytes:
    program = backup_programs.find(18).folder / "pg_restore"
    return subprocess.run([program, "-f", "-", dump], check=True, capture_output=True).stdout


def test_the_command_says_what_to_keep_apart(house: House, tmp_path: Path) -> None:
    said = house.land.typed("backup", tmp_path / "again")
    assert f"请把 {house.key} 另行保存" in said
    assert house.said["keep_apart"] == str(house.key)
    assert house.said["masters"] == [sealing.read_masters(house.key).keys[0].id]
    asked = "SELECT body->'after'->>'manifest' FROM trail WHERE action = 'backup:take'"
    assert (house.said["manifest"],) in raw().execute(asked).fetchall(), "it is on record"


# --- refused before anything is touched -----------------------------------------------------------


def test_without_the_master_key_nothing_is_brought(
    house: House, empty: Land, tmp_path: Path
) -> None:
    other, altered = tmp_path / "other.key", tmp_path / "altered.key"
    other.write_text("fda0f5ae 3u3cbDQHXUEzWPs3oTeUVy8KE5WRvVhPwLoGuYWDwSE=\n")
    altered.write_text(house.key.read_text().replace(house.said["masters"][0], "00000000"))
    assert house.said["masters"][0] in empty.typed("restore", house.out, code=2)
    for file in (other, altered):
        said = empty.typed("restore", house.out, "--master-key", file, code=2)
        assert "主密钥" in said
    assert untouched(empty)


def test_without_the_master_key_nothing_personal_opens(house: House, empty: Land) -> None:
    empty.json("restore", house.out, "--master-key", house.key)
    with entered(empty):
        assert list(backup_bring.closed_keys()) == []
        (empty.var / "secrets" / "master.key").unlink()
        sealing.unwrap.cache_clear()
        wrapped = "SELECT count(*) FROM data_keys WHERE wrapped IS NOT NULL"
        row = raw().execute(wrapped).fetchone()
        assert row
        assert len(list(backup_bring.closed_keys())) == row[0] > 0
        sealing.unwrap.cache_clear()


def spoil(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def lose_a_paper(out: Path) -> None:
    next(one for one in (out / "files").rglob("*") if one.is_file()).unlink()


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "dump": (lambda out: spoil(out / "database.dump"), "database.dump"),
    "paper": (lambda out: spoil(next(iter((out / "files").glob("*/*")))), "files/"),
    "paper gone": (lose_a_paper, "files/"),
    "list": (lambda out: spoil(out / "files.list"), "files.list"),
    "record": (lambda out: (out / "checkpoints.jsonl").write_bytes(b""), "checkpoints.jsonl"),
    "manifest": (
        lambda out: (out / "manifest.json").write_bytes(b'{"format": 1'),
        "不是完整的备份",
    ),
    "no manifest": (lambda out: (out / "manifest.json").unlink(), "不是完整的备份"),
    "later": (lambda out: (out / "manifest.json").write_bytes(b'{"format": 9}'), "先更新程序"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_backup_is_named(house: House, empty: Land, tmp_path: Path, kind: str) -> None:
    damage, named = DAMAGE[kind]
    out = tmp_path / "out"
    shutil.copytree(house.out, out)
    damage(out)
    assert named in empty.typed("restore", out, "--master-key", house.key, code=2)
    assert untouched(empty)


def test_a_database_in_use_is_refused(house: House, tmp_path: Path) -> None:
    before = house.land.json("audit", "verify")["entries"]
    assert "不是空的" in house.land.typed("restore", house.out, code=2)
    assert house.land.json("audit", "verify")["entries"] == before


def test_a_store_with_other_papers_is_refused(house: House, empty: Land) -> None:
    other = empty.var / "files" / "ab" / ("ab" * 32)
    other.parent.mkdir(parents=True)
    other.write_bytes(b"of somebody else")
    said = empty.typed("restore", house.out, "--master-key", house.key, code=2)
    assert str(empty.var / "files") in said
    assert (tables(empty), files(empty)) == (0, [other.name])


def test_a_folder_with_something_in_it_is_not_written_over(house: House, tmp_path: Path) -> None:
    (tmp_path / "note").write_text("mine")
    assert "不是空目录" in house.land.typed("backup", tmp_path, code=2)
    assert [one.name for one in tmp_path.iterdir()] == ["note"]


def test_programs_older_than_the_server_are_refused(house: House, tmp_path: Path) -> None:
    old = tmp_path / "bin"
    old.mkdir()
    for name in backup_programs.NEEDED:
        (old / name).write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 12.3'\n")
        (old / name).chmod(0o755)
    land = Land(house.land.cluster, house.land.database, house.land.var, {"PG_BIN": str(old)})
    said = land.typed("backup", tmp_path / "out", code=2)
    assert "18" in said
    assert "12" in said
    assert "PG_BIN" in said
    assert [one.name for one in tmp_path.iterdir()] == ["bin"], "nothing half done is left"


@pytest.mark.parametrize(("server", "said"), [(15, False), (16, False), (17, True), (18, True)])
def test_an_older_server_is_told_only_what_it_knows(server: int, said: bool) -> None:
    script = b"SET lock_timeout = 0;\nSET transaction_timeout = 0;\nSET client_encoding = 'UTF8';\n"
    data = b"COPY t FROM stdin;\nSET transaction_timeout = 0;\n"
    told = BytesIO()
    backup_programs._say(BytesIO(script + data), told, server)
    head, _, rest = told.getvalue().partition(b"SET client_encoding")
    assert (b"transaction_timeout" in head) is said
    assert b"lock_timeout" in head
    assert rest.endswith(data), "what is data is left alone"


# --- killed, and begun again ----------------------------------------------------------------------


def test_a_restore_that_was_killed_is_begun_again(house: House, empty: Land) -> None:
    words = ("restore", house.out, "--master-key", house.key)
    with psycopg.connect(empty.settings.database_owner_url) as holding:
        # Not seen by others; whoever makes the table of that name waits for us.
        holding.execute("CREATE TABLE trail (x integer)")
        with empty.start(*words) as process:
            waits(empty)
            assert password_in_a_list_of_processes(empty) == []
            process.send_signal(signal.SIGKILL)
        holding.rollback()
    done = empty.json(*words)
    assert (done["ok"], done["already"], done["put"]) == (True, False, 0)


def test_a_killed_backup_is_never_taken_for_a_whole_one(house: House, tmp_path: Path) -> None:
    with psycopg.connect(house.land.settings.database_owner_url) as holding:
        holding.execute("LOCK TABLE data_keys IN ACCESS EXCLUSIVE MODE")
        with house.land.start("backup", tmp_path / "out") as process:
            waits(house.land)
            process.send_signal(signal.SIGKILL)
        holding.rollback()
    (left,) = tmp_path.iterdir()
    assert left.name.endswith(".unfinished")
    assert "不是完整的备份" in house.land.typed("restore", left, code=2)
    assert house.land.json("backup", tmp_path / "out")["missing"] == []


def waits(land: Land) -> None:
    with psycopg.connect(land.cluster.url("postgres", "postgres"), autocommit=True) as admin:
        for _ in range(600):
            if admin.execute(IN_BLOCK, (land.database,)).fetchone() != (0,):
                return
            time.sleep(0.05)
    raise AssertionError("nobody waits")


def password_in_a_list_of_processes(land: Land) -> list[str]:
    secret = land.cluster.password("water_owner").encode()
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes()
        except OSError:
            continue
        if secret in line:
            found.append(line.decode())
    return found


def test_a_restore_killed_after_the_database_goes_on(house: House, empty: Land) -> None:
    with entered(empty):
        backup_bring.bring(backup_bring.looked_at(house.out, house.key))
    shutil.rmtree(empty.var / "files")
    done = empty.json("restore", house.out)
    assert (done["ok"], done["already"], done["put"]) == (True, True, house.said["files"])
    assert "不是空的" in empty.typed("restore", house.out, code=2), "done is done"


# --- an older state, an older release -------------------------------------------------------------


def test_an_older_state_shows_as_a_roll_back(house: House, empty: Land, tmp_path: Path) -> None:
    out, old = tmp_path / "out", (empty.var / "checkpoints.jsonl")
    house.land.json("backup", out)
    with psycopg.connect(house.land.settings.database_url) as look:
        row = look.execute("SELECT max(number) FROM checkpoints").fetchone()
    assert row
    take_in(free_accounts()[0])
    assert checkpoints.make(by=SYSTEM)
    old.parent.mkdir(parents=True)
    later = checkpoints.record().read_bytes()
    old.write_bytes(later)
    done = empty.json("restore", out, "--master-key", house.key, code=1)
    assert done["findings"] == [
        f"履历 checkpoint:{row[0] + 1} 第 {row[0] + 1} 条："
        f"库外留存的检查点 {row[0] + 1} 在库中缺失。"
    ]
    assert old.read_bytes() == later, "the record outside is as it was"
    verified = empty.json("audit", "verify", code=1)
    assert verified["first"]["subject"] == f"checkpoint:{row[0] + 1}"
    # What docs/backup.md says to do once the loss is written down.
    shutil.copy(out / "checkpoints.jsonl", old)
    assert "检查点" in empty.typed("audit", "checkpoint")
    assert empty.json("audit", "verify")["ok"]
    assert len(old.read_bytes().splitlines()) == row[0] + 1


def test_an_older_release_is_brought_to_this_one(
    cluster: Cluster, empty: Land, tmp_path: Path
) -> None:
    with bare(cluster, tmp_path / "old") as old:
        chosen = old.settings
        urls = (chosen.database_owner_url, chosen.database_url, chosen.database_auditor_url)
        migrations.upgrade(*urls, to="0032_boards")
        said = old.json("backup", tmp_path / "out")
        assert said["migration"] == "0032_boards"
    done = empty.json("restore", tmp_path / "out")
    assert done["ok"]
    assert done["migrated"] > "0032_boards"
    with psycopg.connect(empty.settings.database_owner_url) as look:
        row = look.execute("SELECT version_num FROM alembic_version").fetchone()
    assert row == (done["migrated"],)


UNFIT = {
    "later release": ({"migration": "9999_later"}, "先更新程序"),
    "later server": ({"server": 99}, "PostgreSQL 99"),
    "unknown role": ({"roles": ["water_app", "water_owner", "nobody_here"]}, "nobody_here"),
    "other owner": ({"owner": "postgres"}, "DATABASE_OWNER_URL"),
    "other key": ({"masters": ["01234567"]}, "01234567"),
}


@pytest.mark.parametrize("kind", UNFIT)
def test_what_does_not_fit_here_is_refused(
    house: House, empty: Land, tmp_path: Path, kind: str
) -> None:
    changed, named = UNFIT[kind]
    out = tmp_path / "out"
    shutil.copytree(house.out, out)
    manifest = json.loads((out / "manifest.json").read_bytes())
    manifest["database"] |= changed
    (out / "manifest.json").write_text(json.dumps(manifest))
    assert named in empty.typed("restore", out, "--master-key", house.key, code=2)
    assert untouched(empty)


# --- bare machines, buckets, lost papers ----------------------------------------------------------


def test_a_bare_machine_starts_its_own_database(house: House, tmp_path: Path) -> None:
    var = tmp_path / "var"
    cluster = Cluster(ROOT, var)
    land = Land(cluster, "service", var, {
        "DATABASE_URL": "", "DATABASE_OWNER_URL": "", "DATABASE_AUDITOR_URL": "",
    })  # fmt: skip
    try:
        done = json.loads(land.flask("restore", house.out, "--master-key", house.key, "--json"))
        assert (done["ok"], done["entries"]) == (True, house.said["entries"])
        assert (var / "secrets" / "demo_password").read_text() == "of-the-invented"
        assert not cluster.running(), "what was started was stopped"
        with cluster.held():
            assert Land(cluster, "service", var, {}).json("audit", "verify")["ok"]
    finally:
        shutil.rmtree(cluster.home, ignore_errors=True)


def test_papers_go_into_a_bucket_and_out_of_it(
    house: House, cluster: Cluster, bucket: Bucket, tmp_path: Path
) -> None:
    more = {name.upper(): str(value) for name, value in bucket.settings.items()}
    with bare(cluster, tmp_path / "var", **more) as land:
        done = land.json("restore", house.out, "--master-key", house.key)
        assert (done["ok"], done["put"]) == (True, house.said["files"])
        assert files(land) == []
        said = land.json("backup", tmp_path / "out")
        assert (said["files"], said["missing"]) == (house.said["files"], [])
        assert list(backup_facts.listed(tmp_path / "out")) == list(backup_facts.listed(house.out))


def test_a_lost_paper_is_named_when_taken_and_when_brought(
    house: House, empty: Land, cluster: Cluster, tmp_path: Path
) -> None:
    empty.json("restore", house.out, "--master-key", house.key)
    lost = files(empty)[0]
    (empty.var / "files" / lost[:2] / lost).unlink()
    said = empty.json("backup", tmp_path / "out", code=1)
    assert said["missing"] == [lost]
    with bare(cluster, tmp_path / "third") as third:
        done = third.json("restore", tmp_path / "out", "--master-key", house.key, code=1)
        assert [one for one in done["findings"] if "缺失或损坏" in one] == done["findings"] != []


@pytest.mark.usefixtures("house")
def test_a_large_file_is_never_held_whole(tmp_path: Path) -> None:
    store = attachments.at(f"file://{tmp_path}")
    blob = store.put(os.urandom(40_000_000))
    pieces = [len(piece) for piece in store.pieces(blob)]
    assert sum(pieces) == 40_000_000
    assert max(pieces) < 10_000_000
    assert list(store.names()) == [blob]
    assert settings().files_url == ""
