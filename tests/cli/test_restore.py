"""A restore that was killed, of an older state, of an older release, on a bare machine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from pathlib import Path

import psycopg
import pytest

from app import attachments, checkpoints
from app.cli import backup_bring, backup_facts
from app.work import SYSTEM
from tests.attachments.conftest import Bucket, bucket
from tests.cli.installations import (
    House,
    Land,
    bare,
    entered,
    files,
    free_accounts,
    take_in,
    untouched,
)
from tests.conftest import ROOT
from tools import migrations
from tools.postgres import Cluster

__all__ = ["bucket"]
IN_BLOCK = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"


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
    with entered(house.land):
        take_in(free_accounts()[0])
        assert checkpoints.make(by=SYSTEM)
        later = checkpoints.record().read_bytes()
    old.parent.mkdir(parents=True)
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


@pytest.mark.usefixtures("app")
def test_a_large_file_is_never_held_whole(tmp_path: Path) -> None:
    store = attachments.at(f"file://{tmp_path}")
    blob = store.put(os.urandom(40_000_000))
    pieces = [len(piece) for piece in store.pieces(blob)]
    assert sum(pieces) == 40_000_000
    assert max(pieces) < 10_000_000
    assert list(store.names()) == [blob]
