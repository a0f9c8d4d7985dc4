"""A backup taken while clerks work, brought back elsewhere; what is refused, and why."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app import checkpoints, sealing
from app.cli import backup_bring, backup_facts, backup_programs
from app.db import raw
from app.work import SYSTEM
from tests.cli.installations import NAME, PNG, House, Land, entered, files, tables, untouched
from tests.procedures.visit import Visit
from tests.test_leaks import marked

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
    with entered(house.land):
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
