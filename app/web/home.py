"""The day at a glance: what waits, what is late, how much the group has on its hands."""

from __future__ import annotations

import orjson
from flask import render_template, url_for

from app import cases
from app.texts import T, Text
from app.web import show
from app.web.door import door
from app.web.rights import actor, signed_in
from app.web.speech import say
from app.work import now

SHOWN = 5


@door.get("/")
@signed_in
def home() -> str:
    """Today, late, load of the group."""
    person, at = actor(), now()
    counts = cases.worklist_counts(person)
    load = cases.load(person)
    return render_template(
        "home.html",
        tiles=_tiles(counts),
        mine=_rows("mine"),
        late=_rows("overdue"),
        holders=load.holders,
        days=load.days,
        charts=_charts(load),
        now=at,
    )


def _tiles(counts: dict[str, int]) -> list[tuple[str, str, str, str]]:
    tiles = (
        ("mine", T("我的待办"), ""), ("group", T("本组待认领"), ""), ("overdue", T("超时"), "late"),
        ("waiting", T("等用户"), ""), ("done", T("今日办结"), "ok"),
    )  # fmt: skip
    counted = ((tab, label, tone, counts.get(tab, 0)) for tab, label, tone in tiles)
    return [
        (url_for("web.work", tab=tab), label, show.many(count), tone if count else "")
        for tab, label, tone, count in counted
    ]


def _rows(tab: str) -> list[object]:
    page = cases.worklist(actor(), tab, {}, None, limit=SHOWN)
    return [show.row(task, now()) for task in page.items]


def _charts(load: cases.Load) -> str:
    """What the page's script draws: bars by person and by day."""
    holders = [name or say(T("待认领")) for name, _, _ in load.holders]
    on_time = [count - late for _, count, late in load.holders]
    late = [late for _, _, late in load.holders]
    people = [_bar(T("按时"), "water", on_time), _bar(T("超时"), "late", late)]
    days = [_bar(T("到期"), "water", [count for _, count in load.days])]
    data = {
        "holders": {
            "names": holders,
            "bars": people,
            "lying": True,
            "open": url_for("web.work", tab="group"),
        },
        "days": {
            "names": [day[5:] for day, _ in load.days],
            "bars": days,
            "open": url_for("web.work", tab="mine"),
        },
    }
    return orjson.dumps(data).decode()


def _bar(name: Text, tone: str, values: list[int]) -> dict[str, object]:
    return {"name": say(name), "tone": tone, "values": values}
