"""借阅登记: volumes that were handed out, by business; due, overdue and back (D18 chapter 30)."""

from __future__ import annotations

from functools import partial
from typing import Any

from app.db import raw
from app.reports.listing import Source, listed, names_of_businesses
from app.reports.shapes import Asked, Board, Column, Lines, Report, tallied
from app.texts import T
from app.work import Actor

READERS = frozenset({"archivist", "auditor"})
TODAY = "(%(now)s AT TIME ZONE 'Asia/Shanghai')::date"
OUT_ON = "(l.out_at AT TIME ZONE 'Asia/Shanghai')::date"
BACK_ON = "(l.returned_at AT TIME ZONE 'Asia/Shanghai')::date"
STATE = f"""CASE WHEN l.returned_at IS NULL AND l.due < {TODAY} THEN 'overdue'
    WHEN l.returned_at IS NULL THEN 'out' WHEN {BACK_ON} > l.due THEN 'late' ELSE 'back' END"""
TABLES = "volume_loan l JOIN volume v ON v.id = l.volume_id"
# What is still out stands here however long ago it went.
WHERE = f"({OUT_ON} BETWEEN %(since)s AND %(until)s OR l.returned_at IS NULL)"
STATES = (
    ("out", T("借出未到期"), "water"),
    ("overdue", T("逾期未还"), "late"),
    ("back", T("按期归还"), "good"),
    ("late", T("逾期归还"), "soon"),
)
NAMES = {key: text for key, text, _ in STATES}
SECRECY = {"general": T("一般"), "internal": T("内部"), "confidential": T("保密")}
CONDITIONS = {"good": T("完好"), "damaged": T("有破损"), "missing_pages": T("有缺页")}
LIST = Source(
    f"v.archive_no, v.procedure, v.secrecy, v.place, l.borrower_name, l.case_no, l.handed_by,"
    f" l.out_at, l.due, GREATEST(coalesce({BACK_ON}, {TODAY}) - l.due, 0), {STATE},"
    " l.returned_at, l.taken_by, l.condition",
    TABLES,
    WHERE,
    "(l.due::text || lpad(l.id::text, 12, '0'))",
    "text",
    (
        Column("archive_no", T("档案号"), "text"),
        Column("business", T("业务"), "text"),
        Column("secrecy", T("密级"), "text"),
        Column("place", T("存放位置"), "text"),
        Column("borrower", T("借阅人"), "text"),
        Column("case", T("借阅案号"), "case"),
        Column("handed_by", T("借出经手人"), "text"),
        Column("out", T("借出时间"), "moment"),
        Column("due", T("应还日期"), "date"),
        Column("overdue", T("逾期天数")),
        Column("state", T("状态"), "text"),
        Column("back", T("归还时间"), "moment"),
        Column("taken_by", T("收回经手人"), "text"),
        Column("condition", T("归还时状况"), "text"),
    ),
    {"business": "v.procedure = %(business)s", "state": f"{STATE} = %(state)s"},
)


def figures(asked: Asked) -> Board:
    """Loans by the business of the volume and what became of them."""
    statement = f"SELECT v.procedure, {STATE}, count(*) FROM {TABLES} WHERE {WHERE} GROUP BY 1, 2"
    found = sorted(raw().execute(statement, asked.params).fetchall())
    counts = {(business, state): number for business, state, number in found}
    columns = tuple(Column(key, text, "count", tone) for key, text, tone in STATES)
    return tallied(counts, columns, ("business", "state"), T("业务"), names=names_of_businesses())


def lines(asked: Asked, cursor: str | None, limit: int) -> Lines:
    """The register's lines, what is or was due first standing first."""
    return listed(LIST, asked, cursor, limit, finish=partial(_told, names_of_businesses()))


def _told(names: dict[str, str], row: tuple[Any, ...]) -> tuple[Any, ...]:
    archive_no, business, secrecy, *mid, state, back, taker, condition = row
    return (
        archive_no, names.get(business, business), SECRECY.get(secrecy, secrecy), *mid,
        NAMES[state], back, taker, CONDITIONS.get(condition, condition),
    )  # fmt: skip


def may(actor: Actor) -> bool:
    """Who keeps the archive, and who audits."""
    return bool(READERS & actor.kinds)


LOANS = Report(
    "loans", T("档案借阅"), may, figures, lines, frozenset({"business", "state"}), period=365
)
