"""报装进度: open cases by the stage at which they stand, how old they are, and whether what was
promised is kept. Any procedure with milestones can be looked at; new connections come first.

A case is counted once, where its oldest open step stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from app import definitions, people, settings
from app.db import raw
from app.errors import NotFound
from app.reports.listing import Source, listed
from app.reports.shapes import Asked, Board, Column, Figure, Lines, Report, Row, summed
from app.texts import T, Text, authored
from app.work import Actor

FIRST = "new_connection"
WAITING = T("等待消息或期限")
# Hours before the promised day in which a case is soon late.
SOON = "interval '24 hours'"
STAGE = "coalesce(t.stage, CASE WHEN t.procedure = c.procedure THEN t.element END, '')"
DAYS = (
    "((%(now)s AT TIME ZONE 'Asia/Shanghai')::date"
    " - (c.started_at AT TIME ZONE 'Asia/Shanghai')::date)"
)
AGE = f"width_bucket({DAYS}, %(bounds)s::int[])"
PROMISE = f"""CASE WHEN c.paused_since IS NOT NULL THEN 'paused' WHEN c.due_at IS NULL THEN 'none'
    WHEN c.due_at < %(now)s THEN 'late' WHEN c.due_at < %(now)s + {SOON} THEN 'soon'
    ELSE 'ok' END"""
TABLES = """
    cases c LEFT JOIN LATERAL (
        SELECT t.stage, t.element, t.procedure, t.holder_name FROM tasks t
        WHERE t.case_id = c.id AND t.status = 'open' AND t.side IS NULL ORDER BY t.id LIMIT 1
    ) t ON true
"""
WHERE = """c.status = 'open' AND c.procedure = %(procedure)s
    AND (%(all)s OR c.region IS NULL OR c.region = %(mine)s)"""
NARROW = {
    "region": "c.region = %(region)s",
    "stage": f"(c.release_id || ':' || {STAGE}) = ANY(%(stages)s)",
    "age": f"{AGE} = %(age)s::int",
    "promise": f"{PROMISE} = %(promise)s",
}
PROMISES = {
    "late": T("已超期限"),
    "soon": T("一天内到期"),
    "ok": T("期限内"),
    "paused": T("等用户"),
    "none": T("没有期限"),
}
LIST = Source(
    f"c.number, c.release_id, {STAGE}, c.address, c.region, t.holder_name, c.started_at,"
    f" {DAYS}, c.due_at, {PROMISE}",
    TABLES,
    WHERE,
    "c.id",
    "bigint",
    (
        Column("number", T("案号"), "case"),
        Column("stage", T("环节"), "text"),
        Column("address", T("地址"), "text"),
        Column("region", T("片区"), "text"),
        Column("holder", T("经办"), "text"),
        Column("started", T("受理日期"), "moment"),
        Column("days", T("天数")),
        Column("due", T("承诺期限"), "moment"),
        Column("promise", T("期限"), "text"),
    ),
    NARROW,
)


def procedures(actor: Actor) -> list[tuple[str, str]]:
    """(key, name) of the procedures that the person may look at, new connections first."""
    found = [p for p in definitions.published() if people.reads(actor.groups, p.key)]
    shown = [(p.key, p.name) for p in found if not p.key.startswith("c_")]
    return sorted(shown, key=lambda one: (one[0] != FIRST, one[0]))


def bounds() -> list[int]:
    """Where one group of ages ends and the next begins, in days."""
    typed = str(settings.get("boards.ages")).split()
    return sorted({int(word) + 1 for word in typed if word.isdecimal() and len(word) < 5})


def chosen(asked: Asked) -> str:
    """The procedure looked at. Raises NotFound for one that the person may not."""
    known = [key for key, _ in procedures(asked.by)]
    wanted = asked.filters.get("procedure") or next(iter(known), FIRST)
    if wanted not in known:
        raise NotFound(T("没有名为 {key} 的流程。", key=wanted))
    return wanted


def figures(asked: Asked) -> Board:
    """Cases by stage, in the order of the drawing; by age and by what was promised."""
    procedure, edges = chosen(asked), bounds()
    statement = (
        f"SELECT c.release_id, {STAGE}, {AGE}, {PROMISE}, count(*) FROM {TABLES}"
        f" WHERE {_where(asked)} GROUP BY 1, 2, 3, 4"
    )
    params = {**asked.params, "procedure": procedure, "bounds": edges}
    counted: dict[str, dict[str, int]] = {}
    for release, element, age, promise, number in raw().execute(statement, params).fetchall():
        row = counted.setdefault(milestone(release, procedure, element), {})
        for key in ("all", f"age{age}", promise):
            row[key] = row.get(key, 0) + number
    columns = _columns(edges)
    kept = {"procedure": procedure, **_region(asked)}
    rows = [_row(name, counted[name], columns, kept) for name in _ordered(procedure, counted)]
    return Board(columns, summed(T("合计"), rows, kept), T("环节"), lying=True)


def _where(asked: Asked) -> str:
    return f"{WHERE} AND {NARROW['region']}" if "region" in asked.filters else WHERE


def _region(asked: Asked) -> dict[str, str]:
    region = asked.filters.get("region")
    return {"region": region} if region else {}


def _columns(edges: list[int]) -> tuple[Column, ...]:
    tones = (("late", "late"), ("soon", "soon"), ("ok", "water"), ("paused", "quiet"),
             ("none", "edge"))  # fmt: skip
    return (
        Column("all", T("件数")),
        *(Column(key, PROMISES[key], "count", tone) for key, tone in tones),
        *(Column(f"age{n}", label) for n, label in enumerate(_ages(edges))),
    )


def _ages(edges: list[int]) -> Iterable[Text]:
    low = 0
    for edge in edges:
        high = edge - 1
        yield T("{low}–{high} 天", low=low, high=high) if low else T("{high} 天以内", high=high)
        low = edge
    yield T("{low} 天以上", low=low)


def _row(name: str, counts: dict[str, int], columns: Iterable[Column], kept: Any) -> Row:
    figures = []
    for column in columns:
        more: dict[str, str] = {"stage": name or "-"}
        if column.key.startswith("age"):
            more["age"] = column.key[3:]
        elif column.key != "all":
            more["promise"] = column.key
        figures.append(Figure(counts.get(column.key, 0), {**kept, **more}))
    return Row(authored(name) if name else WAITING, tuple(figures))


def milestone(release: int, procedure: str, element: str) -> str:
    """Name of the milestone of an element, "" for none."""
    found = definitions.process(release, procedure).elements.get(element)
    return found.milestone if found else ""


def _ordered(procedure: str, names: Iterable[str]) -> list[str]:
    release = definitions.published_one(procedure).release
    process = definitions.process(release, procedure)
    order = [process.elements[one].milestone for one in process.milestones]
    place = {name: n for n, name in enumerate(order)}
    return sorted(names, key=lambda name: (place.get(name, len(order)), name))


def lines(asked: Asked, cursor: str | None, limit: int) -> Lines:
    """The cases of a figure, the oldest first."""
    procedure = chosen(asked)
    more: dict[str, Any] = {"procedure": procedure, "bounds": bounds()}
    if "stage" in asked.filters:
        more["stages"] = _stages(procedure, asked.filters["stage"])
    return listed(LIST, asked, cursor, limit, more, partial(_told, procedure))


def _stages(procedure: str, name: str) -> list[str]:
    """``release:element`` of every release with open cases whose element belongs to a stage."""
    open_ones = "SELECT DISTINCT release_id FROM cases WHERE status = 'open' AND procedure = %s"
    found = []
    for (release,) in raw().execute(open_ones, (procedure,)).fetchall():
        elements = definitions.process(release, procedure).elements
        if name == "-":
            found += [f"{release}:{one}" for one, e in elements.items() if not e.milestone]
            found.append(f"{release}:")
        found += [f"{release}:{one}" for one, e in elements.items() if e.milestone == name]
    return found


def _told(procedure: str, row: tuple[Any, ...]) -> tuple[Any, ...]:
    number, release, element, *rest, promise = row
    name = milestone(release, procedure, element)
    return (number, authored(name) if name else WAITING, *rest, PROMISES[promise])


def may(actor: Actor) -> bool:
    """Who sees cases of new connections, or of any procedure."""
    return bool(procedures(actor))


PROGRESS = Report(
    "progress", T("办理进度"), may, figures, lines,
    frozenset({"procedure", "region", "stage", "age", "promise"}),
)  # fmt: skip
