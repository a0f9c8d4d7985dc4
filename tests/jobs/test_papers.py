"""Papers and the worker: thumbnails after the commit, promises at their moment."""

from __future__ import annotations

import asyncio
from datetime import datetime, time, timedelta
from io import BytesIO

import pytest
from flask import Flask

from app import attachments, cases, notices, registry
from app.db import db, raw
from app.jobs import run_worker, tasks
from app.worktime import SHANGHAI
from tests.attachments.conftest import Scanner, changed, free_port, photo, scanner
from tests.procedures.visit import CLERK, Visit, open_the_house

__all__ = ["scanner"]


def work_off() -> None:
    """Run all jobs that are ready."""
    db.session.remove()
    asyncio.run(run_worker(wait=False))


def defer(task: str) -> None:
    """As the queue's own clock does."""
    tasks.queue.configure_task(task, connection=raw()).defer(timestamp=0)
    raw().commit()


def test_a_thumbnail_is_made_after_the_commit(fresh: Flask) -> None:
    facts = attachments.upload(BytesIO(photo()), "件.jpg", by=CLERK)
    assert attachments.thumbnails([facts.id]) == {}
    work_off()
    assert attachments.thumbnails([facts.id])[facts.id].picture


def test_what_came_unscanned_is_scanned_when_the_scanner_is_back(
    fresh: Flask, scanner: Scanner
) -> None:
    with changed(clamd=f"127.0.0.1:{free_port()}", clamd_timeout=1, clamd_down="accept"):
        facts = attachments.upload(BytesIO(photo()), "件.jpg", by=CLERK)
        defer("scan_again")
        work_off()
        assert attachments.facts([facts.id])[facts.id].scan == "skipped"
    with changed(clamd=scanner.address, clamd_timeout=3):
        defer("scan_again")
        work_off()
    assert attachments.facts([facts.id])[facts.id].scan == "clean"


def test_a_promise_s_moment_is_kept_by_the_worker(
    fresh: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = Visit(open_the_house()["clean_sale"]).accept()
    rows = [{"state": "original", "pages": 1} for _ in visit.page("check").scope["papers"]]
    rows[0]["state"] = "commitment"
    visit.fill("check", papers=rows, materials_decision="by_list")
    paper = next(m for m in registry.materials(visit.number) if m.mode == "commitment")
    assert paper.due
    late = datetime.combine(paper.due + timedelta(days=1), time(0, 1), SHANGHAI)
    defer("tell_of_promises")
    work_off()
    assert notices.of_case(visit.number) == []
    monkeypatch.setattr("app.work.now", lambda: late)
    defer("tell_of_promises")
    work_off()
    said = [one.template for one in notices.of_case(visit.number)]
    assert said == ["promise_late"]
    assert [one.kind for one in cases.unread(CLERK)] == ["promise"]
