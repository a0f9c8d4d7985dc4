"""Boards: figures as bars and beside them as a table, the list behind each, and all as XLSX."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from flask import Response, make_response, redirect, render_template, request, url_for

from app import reports, settings
from app.errors import NotAllowed
from app.replica import aside
from app.reports import Asked, Board, Report
from app.texts import T, Text
from app.web.door import door
from app.web.rights import actor, signed_in, visitor
from app.web.speech import day, say, when, yuan
from app.work import now

PAGE = 50
CHUNK = 64 * 1024
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What is chosen on a board itself; the others narrow its lists alone.
CHOSEN = ("procedure", "region", "since", "until")


def any_board() -> bool:
    """Whether the person at the browser may look at any board."""
    person = visitor()
    return person is not None and bool(reports.reports(person))


@door.get("/boards")
@signed_in
def boards() -> Response:
    """The first board that the person may look at."""
    found = reports.reports(actor())
    if not found:
        raise NotAllowed(T("您的岗位没有看板。"))
    return make_response(redirect(url_for("web.board", key=found[0].key), 303))


@door.get("/boards/<key>")
@signed_in
def board(key: str) -> str:
    """One board."""
    found, asked = _asked(key)
    figures, as_of = aside(lambda: found.figures(asked))
    given = _given(found, asked)
    return render_template(
        "board.html",
        report=found,
        as_of=as_of,
        tabs=[(one.key, one.title) for one in reports.reports(actor())],
        board=figures,
        rows=[(r.label, _cells(found, figures, r, given), r.total) for r in figures.rows],
        chart=_chart(found, figures, given),
        **_choices(found, asked),
        export=url_for("web.board_export", key=key, **given),
    )


def _asked(key: str) -> tuple[Report, Asked]:
    found = reports.report(actor(), key)
    return found, reports.ask(found, request.args, by=actor(), at=now())


def _given(found: Report, asked: Asked) -> dict[str, Any]:
    """What the page is narrowed by, as an address says it."""
    given: dict[str, Any] = dict(asked.filters)
    if found.period and asked.since and asked.until:
        given |= {"since": asked.since.isoformat(), "until": asked.until.isoformat()}
    return given


def _choices(found: Report, asked: Asked) -> dict[str, Any]:
    """What the page offers to narrow it by."""
    regions = asked.by.sees_all_regions and "region" in found.filters
    return {
        "regions": [(r, r) for r in settings.regions()] if regions else [],
        "procedures": reports.procedures(actor()) if "procedure" in found.filters else [],
        "asked": asked,
    }


def _cells(found: Report, figures: Board, row: reports.Row, given: dict[str, Any]) -> list[Any]:
    """Each figure in words, and where it leads; none of nothing has a list."""
    return [
        (yuan(figure.value) if column.kind == "money" else figure.value,
         _list(found, figure, given), column.tone if figure.value else "")
        for column, figure in zip(figures.columns, row.figures, strict=True)
    ]  # fmt: skip


def _list(found: Report, figure: reports.Figure, given: dict[str, Any]) -> str:
    if figure.filters is None or not figure.value:
        return ""
    narrowed: dict[str, Any] = {n: given[n] for n in ("since", "until") if n in given}
    narrowed |= figure.filters
    return url_for("web.board_list", key=found.key, **narrowed)


def _chart(found: Report, figures: Board, given: dict[str, Any]) -> str:
    """What the page's script draws: a bar for each row, without the sum."""
    rows = [row for row in figures.rows if not row.total]
    bars = [
        {
            "name": say(column.label),
            "tone": column.tone,
            "values": [_drawn(row.figures[n].value, column.kind) for row in rows],
            "opens": [_list(found, row.figures[n], given) for row in rows],
        }
        for n, column in enumerate(figures.columns)
        if column.tone
    ]
    names = [say(row.label) for row in rows]
    return orjson.dumps({"board": {"names": names, "bars": bars, "lying": figures.lying}}).decode()


def _drawn(value: int, kind: str) -> float:
    return value / 100 if kind == "money" else value


@door.get("/boards/<key>/list")
@signed_in
def board_list(key: str) -> str:
    """The list behind a figure, a page of it."""
    found, asked = _asked(key)
    page, as_of = aside(lambda: found.lines(asked, request.args.get("cursor") or None, PAGE))
    given = _given(found, asked)
    if found.personal:
        reports.note_look(key, given, by=actor())
    more = url_for("web.board_list", key=key, **given, cursor=page.cursor) if page.cursor else None
    chosen = {name: given[name] for name in CHOSEN if name in given}
    return render_template(
        "board_list.html",
        report=found,
        as_of=as_of,
        columns=page.columns,
        rows=[[_said(v, c.kind) for v, c in zip(r, page.columns, strict=True)] for r in page.rows],
        back=url_for("web.board", key=key, **chosen),
        more=more,
        export=url_for("web.board_export", key=key, **given),
    )


def _said(value: Any, kind: str) -> tuple[Text | str, str]:
    if value is None or value == "":
        return "—", "text"
    if kind == "money":
        return yuan(value), kind
    if kind == "moment":
        return when(value, now()), kind
    return (day(value) if kind == "date" else value), kind


@door.get("/boards/<key>/export")
@signed_in
def board_export(key: str) -> Response:
    """Figures and list as a workbook, sent piece by piece; that it was made is on record."""
    found, asked = _asked(key)
    file = reports.export(found, asked, say)
    reports.note_export(key, _given(found, asked), by=actor())

    def pieces() -> Iterator[bytes]:
        with file:
            while piece := file.read(CHUNK):
                yield piece

    response = Response(pieces(), mimetype=XLSX)
    on = asked.at.date().isoformat()
    response.headers["Content-Disposition"] = f'attachment; filename="{key}-{on}.xlsx"'
    return response
