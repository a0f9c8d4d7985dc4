"""验收不合格: why meters were not accepted, in the days from one to another."""

from __future__ import annotations

from typing import Any

from app import people
from app.db import raw
from app.reports.listing import Source, listed
from app.reports.shapes import Asked, Board, Column, Figure, Lines, Report, Row
from app.texts import T
from app.work import Actor

PROCEDURE = "meter_acceptance"
TABLES = """
    acceptance_item i JOIN acceptance a ON a.id = i.acceptance_id
    JOIN service_point s ON s.no = i.point_no
"""
WHERE = """i.result <> 'pass' AND i.inspected_on BETWEEN %(since)s AND %(until)s
    AND (%(all)s OR a.region = %(mine)s)"""
# What no item of the checklist says, such as another serial than was handed out.
CAUSES = """
    LEFT JOIN LATERAL jsonb_array_elements(i.failed) AS f ON true
"""
CODE = "coalesce(f ->> 'code', i.result)"
NARROW = {
    "region": "a.region = %(region)s",
    "cause": """(i.failed @> jsonb_build_array(jsonb_build_object('code', %(cause)s::text))
        OR (i.failed = '[]' AND i.result = %(cause)s))""",
}
RESULTS = {"fail": T("不合格"), "mismatch": T("表号不符")}
LIST = Source(
    "a.case_no, a.number, i.round, i.point_no, s.address, a.region, i.serial, i.result, i.defects,"
    " i.inspected_on",
    TABLES,
    WHERE,
    "(lpad(a.id::text, 12, '0') || lpad(i.round::text, 4, '0') || i.point_no)",
    "text",
    (
        Column("case", T("案号"), "case"),
        Column("number", T("验收单"), "text"),
        Column("round", T("第几次")),
        Column("point", T("接水点"), "text"),
        Column("address", T("地址"), "text"),
        Column("region", T("片区"), "text"),
        Column("serial", T("表号"), "text"),
        Column("result", T("结果"), "text"),
        Column("defects", T("问题"), "text"),
        Column("on", T("验收日期"), "date"),
    ),
    NARROW,
)
COLUMNS = (
    Column("meters", T("水表"), "count", "late"),
    Column("times", T("次数")),
)


def figures(asked: Asked) -> Board:
    """Meters and times by cause, the most frequent first. A meter may fail for several."""
    where = f"{WHERE} AND {NARROW['region']}" if "region" in asked.filters else WHERE
    statement = f"""
        SELECT {CODE}, max(f ->> 'label'), count(DISTINCT i.point_no), count(*)
        FROM {TABLES} {CAUSES} WHERE {where} GROUP BY 1 ORDER BY 3 DESC, 1
    """
    kept = asked.kept
    rows = [
        Row(label or RESULTS.get(code, code),
            (Figure(meters, {**kept, "cause": code}), Figure(times, {**kept, "cause": code})))
        for code, label, meters, times in raw().execute(statement, asked.params).fetchall()
    ]  # fmt: skip
    return Board(COLUMNS, tuple(rows), T("原因"), lying=True)


def lines(asked: Asked, cursor: str | None, limit: int) -> Lines:
    """The meters of a figure, the oldest acceptance first."""
    return listed(LIST, asked, cursor, limit, finish=_named)


def _named(row: tuple[Any, ...]) -> tuple[Any, ...]:
    *head, result, defects, on = row
    return (*head, RESULTS.get(result, result), defects, on)


def may(actor: Actor) -> bool:
    """Who reads acceptances."""
    return people.reads(actor.groups, PROCEDURE)


ACCEPTANCE = Report(
    "acceptance", T("验收不合格"), may, figures, lines, frozenset({"region", "cause"}), period=90
)
