"""A month of the trail taken out of its table is told of; put back, everything holds again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import psycopg
from flask import Flask

from app import audit
from app.config import settings
from app.work import SYSTEM
from tests.audit.test_checkpoints import note

JANUARY, MARCH = (datetime(2026, month, 5, tzinfo=UTC) for month in (1, 3))
OUT = "ALTER TABLE trail DETACH PARTITION trail_2026_01"
BACK = (
    "ALTER TABLE trail ATTACH PARTITION trail_2026_01"
    " FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2026-02-01 00:00:00+00')"
)


def findings() -> list[tuple[str, int, str]]:
    with psycopg.connect(settings().database_auditor_url) as look:
        return [(f.subject, f.seq, f.kind) for f in audit.verify(look).findings]


def test_a_month_taken_out_is_told_and_back_again_it_holds(fresh: Flask, tmp_path: Path) -> None:
    assert fresh
    note("long", 1, by=SYSTEM, at=JANUARY)
    note("short", 1, by=SYSTEM, at=JANUARY)
    note("long", 2, by=SYSTEM, at=MARCH)
    february = datetime(2026, 2, 1, tzinfo=UTC)
    with psycopg.connect(settings().database_auditor_url) as look:
        audit.export(tmp_path / "january.jsonl", until=february, connection=look)
        audit.export(tmp_path / "rest.jsonl", since=february, connection=look)
    for name in ("january", "rest"):
        assert audit.verify_export(tmp_path / f"{name}.jsonl").findings == [], "holds by itself"
    with psycopg.connect(settings().database_owner_url, autocommit=True) as owner:
        owner.execute(OUT)
        assert findings() == [("ledger:long", 1, "missing"), ("ledger:short", 1, "cut")]
        owner.execute(BACK)
        assert findings() == []
