"""The history of a case, a page at a time: nothing left out, nothing twice."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask

from app import cases
from app.web import case as page_of_case
from tests.web.counter import TYPED, Clerk, at_desk, furnish


def worked(clerk: Clerk) -> str:
    """A case in which something was done at four moments and more."""
    moved = clerk.case()
    task = moved.tasks[0].id
    for _ in range(3):
        cases.release(task, by=clerk.actor)
        cases.claim(task, by=clerk.actor)
    cases.submit_task(task, TYPED, by=clerk.actor)
    return moved.number


@pytest.mark.parametrize("most", [1, 2, 3, 5, 100])
def test_all_pages_together_are_the_whole_trail(desk: Flask, most: int) -> None:
    furnish()
    lin = at_desk(desk, "linqi")
    number = worked(lin)
    whole = cases.trail(lin.actor, number)
    read: list[cases.Entry] = []
    before = None
    while True:
        entries, before = cases.last_entries(lin.actor, number, most, before)
        read = entries + read
        if before is None:
            break
        assert entries
    assert read == whole
    assert len(whole) >= 8


def test_the_page_leads_to_what_was_earlier_and_back(
    desk: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnish()
    lin = at_desk(desk, "linqi")
    number = worked(lin)
    assert "更早的经过" not in lin.page(f"/cases/{number}?tab=timeline")
    monkeypatch.setattr(page_of_case, "ENTRIES", 2)
    page, seen = lin.page(f"/cases/{number}?tab=timeline"), 0
    assert "回到最近的经过" not in page
    while found := re.search(r'href="([^"]*before=[^"]*)"', page):
        page, seen = lin.page(html.unescape(found.group(1))), seen + 1
        assert "回到最近的经过" in page
    assert seen >= 3
    for wrong in ("yesterday", "2026-11-27T10:00:00"):
        assert lin.get(f"/cases/{number}?tab=timeline&before={wrong}").status_code == 404
