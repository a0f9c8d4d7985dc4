"""意见建议: what customers suggested or complained of when they were called back (VIS-10, ASM-6).

Their words are sealed; here they are read whole, so that each look is on record.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from app import registry
from app.db import raw
from app.registry import SatisfactionFacts
from app.reports.listing import names_of_businesses, paged
from app.reports.shapes import Asked, Board, Column, Lines, Report, tallied
from app.texts import T
from app.work import Actor

READERS = frozenset({"cs_director", "auditor"})
# What was said, as the record names it.
SAID = (
    ("suggestions", T("建议"), "water"),
    ("complaint", T("不满意之处"), "late"),
    ("cost_text", T("费用意见"), "soon"),
)
KINDS = tuple(key for key, *_ in SAID)
OUTCOMES = {"satisfied": T("满意"), "dissatisfied": T("不满意"), "unreachable": T("未联系上")}
FOUND = """
    SELECT s.id, c.region FROM satisfaction s LEFT JOIN cases c ON c.number = s.case_no
    WHERE s.words IS NOT NULL AND (%(all)s OR c.region = %(mine)s)
        AND (s.closed_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN %(since)s AND %(until)s
"""
COLUMNS = (
    Column("closed", T("回访时间"), "moment"),
    Column("case", T("案号"), "case"),
    Column("business", T("业务"), "text"),
    Column("region", T("片区"), "text"),
    Column("outcome", T("结果"), "text"),
    Column("score", T("评分")),
    *(Column(key, text, "words") for key, text, _ in SAID),
    Column("measure", T("处理措施"), "words"),
)
Found = list[tuple[SatisfactionFacts, str | None]]


def _found(asked: Asked) -> Found:
    """What was said in these days, the newest first, narrowed. All of it is read: to count what is
    sealed one has to open it."""
    where = FOUND + ("AND c.region = %(region)s" if "region" in asked.filters else "")
    regions: dict[int, str | None] = dict(raw().execute(where, asked.params).fetchall())
    chosen = asked.filters
    return [
        (one, regions[one.id])
        for one in registry.satisfactions_by_id(list(regions))
        if chosen.get("business", one.procedure) == one.procedure and _fits(one, chosen.get("said"))
    ]


def _fits(one: SatisfactionFacts, said: str | None) -> bool:
    if said is None:
        return any(getattr(one, key) for key in KINDS)
    return said in KINDS and bool(getattr(one, said))


def figures(asked: Asked) -> Board:
    """How much was said, by business and of what kind."""
    found = [one for one, _ in _found(asked)]
    said = sorted((one.procedure, key) for one in found for key in KINDS if getattr(one, key))
    columns = tuple(Column(key, text, "count", tone) for key, text, tone in SAID)
    return tallied(Counter(said), columns, ("business", "said"), T("业务"),
                   names=names_of_businesses(), kept=asked.kept)  # fmt: skip


def lines(asked: Asked, cursor: str | None, limit: int) -> Lines:
    """What was said, the newest first. Raises Invalid for a cursor that is none."""
    names = names_of_businesses()
    rows = [_told(names, one, region) for one, region in _found(asked)]
    return paged(COLUMNS, rows, cursor, limit)


def _told(names: dict[str, str], one: SatisfactionFacts, region: str | None) -> tuple[Any, ...]:
    return (
        one.closed_at, one.case, names.get(one.procedure, one.procedure), region,
        OUTCOMES.get(one.outcome or "", ""), one.score, one.suggestions, one.complaint,
        one.cost_text, one.measure,
    )  # fmt: skip


def may(actor: Actor) -> bool:
    """Who answers for the service, and who audits."""
    return bool(READERS & actor.kinds)


SUGGESTIONS = Report(
    "suggestions", T("意见建议"), may, figures, lines,
    frozenset({"region", "business", "said"}), period=90, personal=True,
)  # fmt: skip
