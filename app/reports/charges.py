"""收费: what cases charge – due, received, cheques on their way, outstanding – by region.

Due is the case's own reckoning (variable ``charges_total``, fen). Of a case that is over nothing
more is due than what it received and did not give back. Amounts in fen.
"""

from __future__ import annotations

from app import people
from app.db import raw
from app.reports.listing import Source, listed
from app.reports.shapes import Asked, Board, Column, Figure, Lines, Report, Row, summed
from app.texts import T
from app.work import Actor

PROCEDURE = "new_connection"
MONEY = frozenset({"cashier", "finance", "collector"})
RECEIVED = "coalesce(p.received, 0) - coalesce(p.refunded, 0)"
CHEQUES = "coalesce(p.cheques, 0)"
LEFT = f"""CASE WHEN c.status = 'open'
    THEN greatest((c.open_vars ->> 'charges_total')::bigint - {RECEIVED} - {CHEQUES}, 0)
    ELSE 0 END"""
DUE = f"({RECEIVED} + {CHEQUES} + {LEFT})"
TABLES = """
    cases c LEFT JOIN LATERAL (
        SELECT sum(p.amount) FILTER (WHERE p.state IN ('received', 'refunded')) AS received,
            sum(p.amount) FILTER (WHERE p.state = 'waiting') AS cheques,
            sum((SELECT sum(r.amount) FROM refund r WHERE r.receipt_no = p.receipt_no)) AS refunded
        FROM payment p WHERE p.case_no = c.number
    ) p ON true
"""
WHERE = """c.open_vars ? 'charges_total'
    AND c.started_at >= (%(since)s::date)::timestamp AT TIME ZONE 'Asia/Shanghai'
    AND c.started_at < (%(until)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
    AND (%(all)s OR c.region IS NULL OR c.region = %(mine)s)"""
NARROW = {
    "region": "coalesce(c.region, '-') = %(region)s",
    "owing": f"{LEFT} > 0",
    "cheque": f"{CHEQUES} > 0",
    "paid": f"{RECEIVED} > 0",
}
LIST = Source(
    f"c.number, c.address, c.region, c.started_at, {DUE}, {RECEIVED}, {CHEQUES}, {LEFT}",
    TABLES,
    WHERE,
    "c.id",
    "bigint",
    (
        Column("number", T("案号"), "case"),
        Column("address", T("地址"), "text"),
        Column("region", T("片区"), "text"),
        Column("started", T("受理日期"), "moment"),
        Column("due", T("应收"), "money"),
        Column("received", T("已收"), "money"),
        Column("cheques", T("待到账"), "money"),
        Column("left", T("未收款"), "money"),
    ),
    NARROW,
)
COLUMNS = (
    Column("cases", T("件数")),
    Column("due", T("应收"), "money"),
    Column("received", T("已收"), "money", "good"),
    Column("cheques", T("待到账"), "money", "soon"),
    Column("left", T("未收款"), "money", "late"),
)
# Column → filter that opens its list.
OPENS = {"received": "paid", "cheques": "cheque", "left": "owing"}


def figures(asked: Asked) -> Board:
    """Charges by region of the cases that were taken in within the days asked for."""
    where = f"{WHERE} AND {NARROW['region']}" if "region" in asked.filters else WHERE
    statement = (
        f"SELECT coalesce(c.region, '-'), count(*), sum({DUE}), sum({RECEIVED}), sum({CHEQUES}),"
        f" sum({LEFT}) FROM {TABLES} WHERE {where} GROUP BY 1 ORDER BY 1"
    )
    found = raw().execute(statement, asked.params).fetchall()
    rows = [
        Row(
            T("未定片区") if region == "-" else region,
            tuple(map(_figure, [region] * 5, COLUMNS, numbers)),
        )
        for region, *numbers in found
    ]
    kept = asked.kept
    return Board(COLUMNS, summed(T("合计"), rows, kept), T("片区"))


def _figure(region: str, column: Column, number: int) -> Figure:
    more = {OPENS[column.key]: "1"} if column.key in OPENS else {}
    return Figure(int(number), {"region": region, **more})


def lines(asked: Asked, cursor: str | None, limit: int) -> Lines:
    """The cases of a figure, the oldest first."""
    return listed(LIST, asked, cursor, limit)


def may(actor: Actor) -> bool:
    """Who reads new connections, and who deals with money."""
    return bool(MONEY & actor.groups) or people.reads(actor.groups, PROCEDURE)


CHARGES = Report(
    "charges", T("收费"), may, figures, lines,
    frozenset({"region", "owing", "cheque", "paid"}), period=365,
)  # fmt: skip
