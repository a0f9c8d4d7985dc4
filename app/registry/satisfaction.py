"""Call-backs (回访) about cases: attempts, answers, what the director did about them (4.19)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa

from app import sealing
from app.db import db
from app.errors import Invalid, Refused
from app.registry.books import row
from app.registry.models import Satisfaction
from app.sealing import DataKey
from app.texts import T
from app.work import Work

RESULTS = ("reached", "no_answer", "wrong_number", "refused")
WORDS = ("suggestions", "complaint", "cost_text")
PLAIN = (
    "id", "asked_in", "procedure", "outcome", "score", "promise_kept", "attitude",
    "cost_complaint", "rework", "closed_at",
)  # fmt: skip
# Clocks of counter and server may differ by a little.
LEEWAY = timedelta(minutes=5)


@dataclass(frozen=True)
class SatisfactionFacts:
    """A call-back; texts are empty when none was said or the key was destroyed."""

    id: int
    case: str
    asked_in: str
    procedure: str
    attempts: tuple[Mapping[str, Any], ...]
    outcome: str | None
    score: int | None
    promise_kept: str | None
    attitude: str | None
    cost_complaint: bool
    rework: bool | None
    suggestions: str
    complaint: str
    cost_text: str
    measure: str
    closed_at: datetime | None


def open_satisfaction(
    work: Work, *, case: str, asked_in: str, procedure: str, account_no: str | None
) -> int:
    """Begin a call-back about ``case``; gives its id. A repeated call gives the one still open."""
    still = db.session.scalar(
        sa.select(Satisfaction.id).where(
            Satisfaction.asked_in == asked_in,
            Satisfaction.case_no == case,
            Satisfaction.outcome.is_(None),
        )
    )
    if still is not None:
        return still
    key = sealing.new_key("satisfaction")
    db.session.flush()
    made = Satisfaction(
        case_no=case,
        asked_in=asked_in,
        procedure=procedure,
        account_no=account_no or None,
        attempts=[],
        cost_complaint=False,
        key_id=key.id,
        opened_at=work.at,
        chain_seq=0,
        chain_head=b"",
    )
    db.session.add(made)
    db.session.flush()
    after = {"case": case, "procedure": procedure}
    work.record(made, "satisfaction:open", after=after, case=asked_in)
    return made.id


def note_attempt(work: Work, id: int, *, at: datetime, result: str) -> int:
    """Write an attempt down; gives how many there are now.

    Raises Invalid (``called_at``, ``contact_result``), Refused when the call-back is over.
    """
    if result not in RESULTS:
        raise Invalid(fields={"contact_result": T("请选择联系结果")})
    if at > work.at + LEEWAY:
        raise Invalid(fields={"called_at": T("回访时间不能晚于现在")})
    found = _open(id)
    attempt = {"at": at.isoformat(), "result": result, "by": work.by.name}
    found.attempts = [*found.attempts, attempt]
    work.record(found, "satisfaction:attempt", after=attempt, case=found.asked_in)
    return len(found.attempts)


def close_satisfaction(
    work: Work, id: int, outcome: str, answers: Mapping[str, Any] | None = None
) -> None:
    """End a call-back. ``answers``: score (1–5), promise_kept, attitude, cost_complaint, and the
    texts of WORDS. Raises Invalid (``rating``), Refused when it is over."""
    found, said = _open(id), dict(answers or {})
    words = {name: said.pop(name) for name in WORDS if said.get(name)}
    if outcome != "unreachable" and said.get("score") not in range(1, 6):
        raise Invalid(fields={"rating": T("请选择 1 至 5 分")})
    for name in ("score", "promise_kept", "attitude"):
        setattr(found, name, said.get(name))
    found.cost_complaint = bool(said.get("cost_complaint"))
    found.outcome, found.closed_at = outcome, work.at
    if words:
        found.words = _seal(found, words)
    after = {"outcome": outcome, "score": found.score, "cost_complaint": found.cost_complaint}
    sealed = {"words": found.words} if found.words else None
    work.record(found, "satisfaction:close", after=after, sealed=sealed, case=found.asked_in)


def note_measure(work: Work, id: int, *, measure: str, rework: bool) -> None:
    """Write down what was done about a dissatisfied customer. Raises Refused for others."""
    found: Satisfaction = row(Satisfaction, id, T("没有这次回访。"))
    if found.outcome != "dissatisfied":
        raise Refused(T("只有不满意的回访才登记处理措施。"))
    found.measure, found.rework = _seal(found, measure), rework
    sealed = {"measure": found.measure}
    work.record(
        found, "satisfaction:measure", after={"rework": rework}, sealed=sealed, case=found.asked_in
    )


def satisfactions(case: str) -> list[SatisfactionFacts]:
    """Call-backs about a case, the oldest first."""
    asked = sa.select(Satisfaction).where(Satisfaction.case_no == case)
    return list(_facts(db.session.scalars(asked.order_by(Satisfaction.id)).all()))


def satisfactions_by_id(ids: Sequence[int]) -> list[SatisfactionFacts]:
    """These call-backs, the one ended last first."""
    asked = sa.select(Satisfaction).where(Satisfaction.id.in_(list(ids)))
    ended = (Satisfaction.closed_at.desc(), Satisfaction.id.desc())
    return list(_facts(db.session.scalars(asked.order_by(*ended)).all()))


def called_back(cases: Sequence[str]) -> set[str]:
    """Those of the cases about which a customer was called back, or is to be."""
    asked = sa.select(Satisfaction.case_no).where(Satisfaction.case_no.in_(list(cases)))
    return set(db.session.scalars(asked.distinct()))


def _open(id: int) -> Satisfaction:
    found: Satisfaction = row(Satisfaction, id, T("没有这次回访。"))
    if found.outcome is not None:
        raise Refused(T("这次回访已结束，不能再登记。"))
    return found


def _seal(found: Satisfaction, value: Any) -> bytes:
    return sealing.seal(found.key_id, orjson.dumps(value), b"satisfaction")


def _facts(rows: Sequence[Satisfaction]) -> Iterator[SatisfactionFacts]:
    wanted = {each.key_id for each in rows}
    asked = sa.select(DataKey.id, DataKey.wrapped).where(DataKey.id.in_(wanted))
    keys = {row.id: row.wrapped for row in db.session.execute(asked)} if wanted else {}
    for each in rows:
        key = keys.get(each.key_id)
        words = _unseal(key, each.words) or {}
        yield SatisfactionFacts(
            **{name: getattr(each, name) for name in PLAIN},
            case=each.case_no,
            attempts=tuple(each.attempts),
            suggestions=words.get("suggestions", ""),
            complaint=words.get("complaint", ""),
            cost_text=words.get("cost_text", ""),
            measure=_unseal(key, each.measure) or "",
        )


def _unseal(wrapped: bytes | None, sealed: bytes | None) -> Any:
    if wrapped is None or sealed is None:
        return None
    bare = sealing.unwrap(bytes(wrapped))
    return orjson.loads(sealing.unseal_with(bare, bytes(sealed), b"satisfaction"))
