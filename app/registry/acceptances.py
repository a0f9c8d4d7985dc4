"""水表验收: what was found at each meter in each round, who said what, what is to be put right.

Source: domain 2.24, 4.5 (D18 chapter 24). Only the meters that failed come again; the others stay
as they were accepted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from app import settings
from app.db import db
from app.errors import Invalid, Refused
from app.registry import states
from app.registry.acceptance_reads import checked_meters, rectifications
from app.registry.books import row, today
from app.registry.facts_acceptance import CheckedMeter
from app.registry.models import Acceptance, AcceptanceItem, RectificationNotice
from app.texts import T
from app.work import Work

# Column of an item → what it is of a meter.
COLUMNS = (
    "point_no", "serial", "serial_found", "door_match", "defects", "start_reading", "position",
    "result",
)  # fmt: skip


def open_acceptance(
    work: Work, *, case: str, source: str, region: str, points: Sequence[str], reported_on: date
) -> int:
    """Begin to accept the meters of these points; gives the id. ``source``: connection or
    self_built."""
    opened = Acceptance(
        case_no=case, source=source, region=region, points=list(points), rounds=0, parties=[],
        works=[], state="open", reason="", reported_on=reported_on, opened_at=work.at,
        chain_seq=0, chain_head=b"",
    )  # fmt: skip
    db.session.add(opened)
    db.session.flush()
    after = {"source": source, "region": region, "points": list(points),
             "reported_on": reported_on}  # fmt: skip
    work.record(opened, "acceptance:open", after=after, case=case)
    return opened.id


def note_round(
    work: Work,
    acceptance_id: int,
    number: int,
    meters: Sequence[CheckedMeter],
    works: Sequence[Mapping[str, Any]] = (),
) -> None:
    """What was found in a round. Noting a round again takes the place of what it said of these
    meters; the trail keeps both. Round 0: passed in an acceptance that was stopped."""
    found = _open_one(acceptance_id)
    before = {m.point_no: m for m in checked_meters(acceptance_id, round=number)}
    _put(acceptance_id, number, meters, today(work))
    found.rounds = max(found.rounds, number)
    if works:
        found.works = [dict(one) for one in works]
    replaced = [_plain(before[m.point_no]) for m in meters if m.point_no in before]
    after = {"round": number, "meters": [_plain(m) for m in meters]}
    work.record(
        found, "acceptance:check", before={"meters": replaced} if replaced else None,
        after=after | ({"works": found.works} if works else {}), case=found.case_no,
    )  # fmt: skip


def fail_meters(
    work: Work, acceptance_id: int, reasons: Mapping[str, str], *, code: str, label: str
) -> None:
    """Take back that meters passed (point → why): a party objects, a reading was not approved."""
    found = _open_one(acceptance_id)
    latest = [m for m in checked_meters(acceptance_id) if m.point_no in reasons]
    cause = {"code": code, "label": label}
    for meter in latest:
        why = reasons[meter.point_no]
        failed = (*(f for f in meter.failed if f.get("code") != code), cause)
        defects = "；".join(text for text in (meter.defects, why) if text)
        changed = replace(meter, result="fail", failed=failed, defects=defects)
        _put(acceptance_id, meter.round, [changed], today(work))
    after = {"code": code, "meters": dict(reasons)}
    work.record(found, "acceptance:fail", after=after, case=found.case_no)


def note_party(
    work: Work, acceptance_id: int, *, role: str, opinion: str, note: str, by: int | None, on: date
) -> None:
    """The opinion of a party of this round; giving it again takes the place of the first."""
    found = _open_one(acceptance_id)
    said = {"role": role, "round": found.rounds, "opinion": opinion, "note": note, "by": by,
            "on": on.isoformat()}  # fmt: skip
    same = (role, found.rounds)
    found.parties = [p for p in found.parties if (p["role"], p["round"]) != same] + [said]
    work.record(found, "acceptance:opinion", after=said, case=found.case_no)


def issue_rectification(
    work: Work,
    acceptance_id: int,
    items: Sequence[Mapping[str, Any]],
    *,
    deadline: date,
    reinspect_on: date | None,
    note: str,
) -> str:
    """Ask in writing that defects be put right; gives the number. Raises Invalid (``deadline``)."""
    found, day = _open_one(acceptance_id), today(work)
    if deadline < day:
        raise Invalid(fields={"deadline": T("整改期限不能早于今天")})
    if reinspect_on is not None and reinspect_on < day:
        raise Invalid(fields={"reinspect_on": T("复验日期不能早于今天")})
    before = [n for n in rectifications(acceptance_id) if n.round == found.rounds]
    notice = RectificationNotice(
        number=settings.next_number(work, "rectification"), acceptance_id=acceptance_id,
        round=found.rounds, times=len(before) + 1, items=[dict(one) for one in items],
        issued_on=day, deadline=deadline, reinspect_on=reinspect_on, note=note, report="",
    )  # fmt: skip
    db.session.add(notice)
    db.session.flush()
    after = {"number": notice.number, "round": notice.round, "times": notice.times,
             "items": notice.items, "deadline": deadline, "reinspect_on": reinspect_on,
             "note": note}  # fmt: skip
    work.record(found, "acceptance:notice", after=after, case=found.case_no)
    return notice.number


def instruct_rectification(work: Work, number: str, *, deadline: date, note: str) -> None:
    """The leader's word on a notice, with another deadline. Raises Invalid (``deadline``)."""
    notice = _notice(number)
    if deadline < today(work):
        raise Invalid(fields={"deadline": T("整改期限不能早于今天")})
    found = _open_one(notice.acceptance_id)
    before = {"deadline": notice.deadline, "note": notice.note}
    notice.deadline = deadline
    notice.note = "；".join(text for text in (notice.note, note) if text)
    after = {"number": number, "deadline": deadline, "note": notice.note}
    work.record(found, "acceptance:instruct", before=before, after=after, case=found.case_no)


def note_rectified(work: Work, number: str, *, on: date, report: str) -> None:
    """It is said that the defects of a notice are put right. Raises Invalid (``rectified_on``)."""
    notice = _notice(number)
    if not notice.issued_on <= on <= today(work):
        raise Invalid(fields={"rectified_on": T("完成日期应在发出整改通知之后、今天之前")})
    found = _open_one(notice.acceptance_id)
    notice.reported_on, notice.report = on, report
    after = {"number": number, "reported_on": on, "report": report}
    work.record(found, "acceptance:rectified", after=after, case=found.case_no)


def number_acceptance(work: Work, acceptance_id: int) -> str:
    """Draw up the sheet of an acceptance whose meters all passed; gives its number, always the
    same. Raises Refused while a meter has not passed."""
    found = _open_one(acceptance_id)
    if found.number is None:
        _need_passed(found)
        found.number = settings.next_number(work, "acceptance")
        work.record(found, "acceptance:draw_up", after={"number": found.number}, case=found.case_no)
    return found.number


def accept_meters(work: Work, acceptance_id: int) -> None:
    """The sheet is signed. Raises Refused while a meter has not passed or there is no sheet."""
    found = _open_one(acceptance_id)
    _need_passed(found)
    if found.number is None:
        raise Refused(T("验收单还没有编号，不能签署。"))
    _close(work, found, "accepted", "")


def stop_acceptance(work: Work, acceptance_id: int, reason: str) -> None:
    """It goes no further: another meter hangs there than was issued."""
    _close(work, _open_one(acceptance_id), "stopped", reason)


def drop_acceptance(work: Work, acceptance_id: int, reason: str) -> None:
    """Its case was ended before it came to anything."""
    _close(work, _open_one(acceptance_id), "dropped", reason)


def _close(work: Work, found: Acceptance, state: str, reason: str) -> None:
    was, found.state = found.state, states.move("acceptance", found.state, state)
    found.reason, found.closed_at = reason, work.at
    after = {"state": state, "reason": reason, "number": found.number}
    work.record(found, f"acceptance:{state}", before={"state": was}, after=after,
                case=found.case_no)  # fmt: skip


def _need_passed(found: Acceptance) -> None:
    passed = {m.point_no for m in checked_meters(found.id) if m.result == "pass"}
    missing = sorted(set(found.points) - passed)
    if missing:
        text = T("还有 {n} 只水表没有验收合格，如 {point}。", n=len(missing), point=missing[0])
        raise Refused(text)


def _open_one(acceptance_id: int) -> Acceptance:
    found: Acceptance = row(Acceptance, acceptance_id, T("没有这次验收。"))
    if found.state != "open":
        label = states.label("acceptance", found.state)
        raise Refused(T("这次验收{state}，不能再改。", state=label))
    return found


def _notice(number: str) -> RectificationNotice:
    found: RectificationNotice = row(
        RectificationNotice, number, T("没有编号为 {no} 的整改通知单。", no=number)
    )
    return found


def _put(acceptance_id: int, number: int, meters: Sequence[CheckedMeter], on: date) -> None:
    if not meters:
        return
    rows = [
        {"acceptance_id": acceptance_id, "round": number, "inspected_on": on,
         **_plain(m)}
        for m in meters
    ]  # fmt: skip
    wanted = insert(AcceptanceItem).values(rows)
    changed = [n for n in rows[0] if n not in ("acceptance_id", "round", "point_no")]
    db.session.execute(
        wanted.on_conflict_do_update(
            index_elements=["acceptance_id", "round", "point_no"],
            set_={name: wanted.excluded[name] for name in changed},
        )
    )


def _plain(meter: CheckedMeter) -> dict[str, Any]:
    """A meter as it stands in a row and in the trail."""
    plain = {name: getattr(meter, name) for name in COLUMNS}
    return plain | {
        "checklist": dict(meter.checklist),
        "failed": [dict(one) for one in meter.failed],
        "seals": [dict(one) for one in meter.seals],
        "photos": list(meter.photos),
    }
