"""Migrations leave the release before at work: rules read off their text, and the two steps."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import psycopg
import pytest

from tests.cli.installations import Land, bare
from tools import migrations
from tools.migration_rules import faults
from tools.postgres import Cluster

WHOLE = '''"""A migration that is none: {n}

Revision ID: {n}
Revises: {before}
"""
from alembic import op

revision = "{n}"
down_revision = "{before}"
{phase}


def upgrade():
    op.execute("""{sql}""")


def downgrade():
    op.execute("DROP TABLE nothing")
'''
GOOD = [
    "CREATE TABLE notes (id bigint NOT NULL); CREATE INDEX ix_notes ON notes (id);"
    " UPDATE notes SET id = 1",
    "ALTER TABLE cases ADD COLUMN note text",
    "ALTER TABLE cases ADD COLUMN note text NOT NULL DEFAULT '', ADD COLUMN seen boolean",
    "CREATE INDEX ix_trail_note ON ONLY trail (action)",
    "ALTER TABLE cases ADD CONSTRAINT ck_cases_note CHECK (note <> '') NOT VALID",
    "ALTER TABLE cases VALIDATE CONSTRAINT ck_cases_note",
    "-- UPDATE cases SET note = '' is what a job does",
    "DROP INDEX CONCURRENTLY ix_cases_note",
]
BAD_EXPAND = [
    "DROP TABLE cases",
    "ALTER TABLE cases DROP COLUMN note",
    "ALTER TABLE cases RENAME COLUMN note TO word",
    "ALTER TABLE cases RENAME TO matters",
    "ALTER TABLE cases ADD COLUMN note text NOT NULL",
    "ALTER TABLE cases ADD COLUMN seen text DEFAULT '', ADD note text NOT NULL",
    "REVOKE SELECT ON cases FROM water_app",
]
BAD = [
    "CREATE INDEX ix_cases_note ON cases (note)",
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_cases_note ON cases (note)",
    "CREATE UNIQUE INDEX ix_cases_note ON cases USING btree (note)",
    "ALTER TABLE cases ADD CONSTRAINT ck_cases_note CHECK (note <> '')",
    "ALTER TABLE cases ADD CONSTRAINT uq_cases_note UNIQUE (note)",
    "ALTER TABLE cases ALTER COLUMN note TYPE bigint",
    "ALTER TABLE cases ALTER COLUMN note SET NOT NULL",
    "UPDATE cases SET note = ''",
    "DELETE FROM cases",
    "TRUNCATE cases",
]


def written(folder: Path, n: str, sql: str, phase: str, before: str = "0035_scale") -> Path:
    file = folder / f"{n}.py"
    said = f'phase = "{phase}"' if phase else ""
    file.write_text(WHOLE.format(n=n, before=before, phase=said, sql=sql))
    return file


@pytest.mark.parametrize(
    "file", sorted(migrations.FOLDER.glob("versions/0*.py")), ids=lambda f: f.stem
)
def test_a_migration_leaves_those_at_work_alone(file: Path) -> None:
    assert faults(file) == []


@pytest.mark.parametrize("sql", GOOD)
def test_what_a_migration_may_do(tmp_path: Path, sql: str) -> None:
    assert faults(written(tmp_path, "0036_note", sql, "expand")) == []


@pytest.mark.parametrize("sql", [*BAD, *BAD_EXPAND])
def test_what_an_expanding_migration_may_not(tmp_path: Path, sql: str) -> None:
    assert len(faults(written(tmp_path, "0036_note", sql, "expand"))) == 1


@pytest.mark.parametrize("sql", BAD)
def test_what_none_may(tmp_path: Path, sql: str) -> None:
    assert len(faults(written(tmp_path, "0036_note", sql, "contract"))) == 1


@pytest.mark.parametrize("sql", BAD_EXPAND)
def test_what_only_a_contract_may(tmp_path: Path, sql: str) -> None:
    assert faults(written(tmp_path, "0036_note", sql, "contract")) == []


def test_a_migration_says_which_it_is_and_speaks_sql(tmp_path: Path) -> None:
    assert faults(written(tmp_path, "0036_note", "SELECT 1", "")) != []
    file = written(tmp_path, "0037_note", "SELECT 1", "expand")
    file.write_text(
        file.read_text().replace("    op.execute", "    op.drop_table('x')\n    op.execute", 1)
    )
    assert faults(file) == ["0037_note.py: op.drop_table: write it as SQL"]


@pytest.fixture
def empty(cluster: Cluster, tmp_path: Path) -> Iterator[Land]:
    with bare(cluster, tmp_path / "var") as land:
        yield land


@pytest.fixture
def four_more(tmp_path: Path) -> Path:
    """The migrations with two expanding ones, a contract and an expanding one after it."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrations.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    head = sorted(folder.glob("versions/0*.py"))[-1].stem
    steps = {
        "9001": ("ADD COLUMN a text", "expand"),
        "9002": ("ADD COLUMN b text", "expand"),
        "9003": ("DROP COLUMN a", "contract"),
        "9004": ("ADD COLUMN c text", "expand"),
    }
    for n, (what, phase) in steps.items():
        written(folder / "versions", n, f"ALTER TABLE ledgers {what}", phase, head)
        head = n
    return folder


def columns(land: Land) -> set[str]:
    asked = "SELECT attname FROM pg_attribute WHERE attrelid = 'ledgers'::regclass" \
            " AND attname IN ('a', 'b', 'c')"  # fmt: skip
    with psycopg.connect(land.settings.database_owner_url) as look:
        return {name for (name,) in look.execute(asked)}


def urls_of(land: Land) -> tuple[str, str, str]:
    """Addresses of owner, application and auditor."""
    chosen = land.settings
    return chosen.database_owner_url, chosen.database_url, chosen.database_auditor_url


def test_the_first_step_ends_before_what_takes_away(empty: Land, four_more: Path) -> None:
    urls = urls_of(empty)
    seen = []
    for _ in range(3):
        to = migrations.last_expanding(urls[0], four_more)
        migrations.upgrade(*urls, to=to, folder=four_more)
        seen.append((to, columns(empty)))
        if to == "9002":
            migrations.upgrade(*urls, to="9003", folder=four_more)
    assert seen == [("9002", {"a", "b"}), ("9004", {"b", "c"}), ("9004", {"b", "c"})]


def test_a_migration_that_must_wait_gives_up_and_keeps_nobody_waiting(
    empty: Land, four_more: Path
) -> None:
    urls = urls_of(empty)
    migrations.upgrade(*urls)
    env = four_more / "env.py"
    env.write_text(env.read_text().replace('"5s"', '"100ms"'))
    with psycopg.connect(urls[0]) as reader:
        reader.execute("SELECT count(*) FROM ledgers")
        with pytest.raises(Exception, match="lock timeout"):
            migrations.upgrade(*urls, to="9002", folder=four_more)
    migrations.upgrade(*urls, to="9002", folder=four_more)
    assert columns(empty) == {"a", "b"}


def test_an_index_is_made_beside_the_work_and_what_a_broken_attempt_left_goes(
    empty: Land, four_more: Path
) -> None:
    urls = urls_of(empty)
    migrations.upgrade(*urls)
    env, file = four_more / "env.py", four_more / "versions/9001.py"
    env.write_text(env.read_text().replace('"5s"', '"100ms"'))
    imported = "from alembic import op\nfrom migrations import indexes"
    made = 'indexes.create("ix_ledgers_chain", "ON ledgers (chain_seq)")'
    text = file.read_text().replace("from alembic import op", imported)
    file.write_text(
        text.replace('"""ALTER TABLE ledgers ADD COLUMN a text""")', f'"SELECT 1")\n    {made}')
    )
    with psycopg.connect(urls[0], autocommit=True) as owner:
        owner.execute("INSERT INTO ledgers (name) VALUES ('a'), ('b')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            owner.execute(
                "CREATE UNIQUE INDEX CONCURRENTLY ix_ledgers_chain ON ledgers (chain_seq)"
            )
        with psycopg.connect(urls[0]) as writer:
            writer.execute("UPDATE ledgers SET chain_seq = 0")
            Timer(0.5, writer.commit).start()
            migrations.upgrade(*urls, to="9001", folder=four_more)
        valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_ledgers_chain'::regclass"
        assert owner.execute(valid).fetchall() == [(True,)]
