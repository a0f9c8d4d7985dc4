"""The day at a glance, views of one's own, and who hears of what is late."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app import cases, people
from app.db import raw
from app.work import SYSTEM, Work, command, now
from tests.web.counter import Clerk, at_desk, furnish

Enter = Callable[[str], Clerk]


@pytest.fixture
def enter(desk: Flask) -> Enter:
    furnish()
    return lambda login: at_desk(desk, login)


@command
def due(work: Work, task: int, hours: int) -> None:
    """As if the limit were so many hours away."""
    at = work.at + timedelta(hours=hours)
    raw().execute("UPDATE tasks SET due_at = %s WHERE id = %s", (at, task))
    work.record(people.person("linqi"), "test:due")


def charts(page: str) -> dict[str, dict[str, object]]:
    found = re.search(r'data-charts="([^"]*)"', page)
    assert found
    shown: dict[str, dict[str, object]] = json.loads(html.unescape(found.group(1)))
    return shown


def test_today_says_what_waits_what_is_late_and_who_has_how_much(enter: Enter) -> None:
    lin = enter("linqi")
    assert "本组没有在办的工作" in lin.page("/")
    tasks = [lin.case().tasks[0].id for _ in range(3)]
    cases.release(tasks[2], by=lin.actor)
    due(tasks[0], -1, by=SYSTEM)
    for task in tasks[1:]:
        due(task, 26, by=SYSTEM)
    page = lin.page("/")
    for count, label in ((2, "我的待办"), (1, "本组待认领"), (1, "超时")):
        assert re.search(rf">{count}</strong> {label}", page), label
    shown = charts(page)
    assert shown["holders"]["names"] == ["林栖", "待认领"]
    assert [bar["values"] for bar in shown["holders"]["bars"]] == [[1, 1], [1, 0]]
    assert [bar["values"] for bar in shown["days"]["bars"]] == [[2]]
    assert charts(enter("jiangzhaoye").page("/"))["holders"]["names"] == []


def test_a_view_is_named_used_replaced_and_deleted(enter: Enter) -> None:
    lin, ruan = enter("linqi"), enter("ruanqinghe")
    for path in ("tab=group", "tab=group&procedure=two_steps"):
        given = dict(part.split("=") for part in path.split("&"))
        assert lin.post("/work/views", {**given, "_name": " 过户  待办 "}).location.endswith(path)
    (view,) = people.views(lin.actor)
    assert (view.name, view.query) == ("过户 待办", {"tab": "group", "procedure": "two_steps"})
    page = lin.page("/work")
    assert 'href="/work?procedure=two_steps&amp;tab=group"' in page or view.name in page
    assert people.views(ruan.actor) == []
    ruan.post("/work/views", {"_drop": str(view.id)})
    assert people.views(lin.actor) == [view]
    for wrong in ("", "长" * 21):
        lin.post("/work/views", {"tab": "mine", "_name": wrong})
    assert lin.post("/work/views", {"tab": "none", "_name": "x"}).status_code == 404
    assert people.views(lin.actor) == [view]
    lin.post("/work/views", {"_drop": str(view.id)})
    assert people.views(lin.actor) == []


def test_what_is_late_is_told_once_to_holder_and_leader(enter: Enter) -> None:
    lin, ruan = enter("linqi"), enter("ruanqinghe")
    people.set_leader("ruanqinghe", "window_clerk", True, by=SYSTEM)
    mine, free = (lin.case().tasks[0].id for _ in "12")
    cases.release(free, by=lin.actor)
    assert cases.tell_late(by=SYSTEM) == 0
    due(mine, -1, by=SYSTEM)
    due(free, -1, by=SYSTEM)
    assert cases.tell_late(by=SYSTEM) == 2
    assert cases.tell_late(by=SYSTEM, at=now() + timedelta(minutes=5)) == 0
    assert {(a.kind, a.task_id) for a in cases.unread(lin.actor)} == {
        ("late", mine),
        ("late", free),
    }
    told = {(a.kind, a.task_id, a.by_name) for a in cases.unread(ruan.actor)}
    assert told == {("escalated", mine, "林栖"), ("escalated", free, None)}
    page = ruan.page("/reminders")
    assert "本组工作超时（林栖）" in page
    assert "已超时" in lin.page("/reminders")
