"""What was reported for acceptance: the points, what is issued for them, who else accepts them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app import registry
from app.cases.prints import filed_case
from app.errors import Invalid, Refused
from app.identifiers import fold_number
from app.procedures.acceptance_rows import Meter
from app.texts import T
from app.work import Work

# One command links no more entries of the trail than the database takes at once.
MOST = 400
CASE = re.compile(r"[A-Z]{2,4}\d{8}-\d+")


def points_of(given: Mapping[str, Any], account_no: str | None) -> list[str]:
    """Numbers of the points as caller, message or clerk named them."""
    if given.get("points") is not None:
        return [str(one["point_no"]) for one in given["points"]]
    if given.get("message_key"):
        return [str(given["message_key"])]
    return [registry.account(account_no).service_point.no] if account_no else []


def points_in(text: str) -> list[str]:
    """The points of a text, a line each: a number, or a case that was given points, for all of
    its points without a meter. Raises Invalid (``point_list``)."""
    lines = [fold_number(one) for one in text.splitlines() if one.strip()]
    numbers = list(dict.fromkeys(no for one in lines for no in _named(one)))
    if not numbers:
        raise Invalid(fields={"point_list": T("请填写接水点编号或报装案号")})
    if len(numbers) > MOST:
        raise Invalid(fields={"point_list": T("一次最多 {most} 个接水点", most=MOST)})
    return numbers


def _named(line: str) -> list[str]:
    of_case = registry.points_of_case(line) if CASE.fullmatch(line) else []
    if not of_case:
        return [line]
    return [one.point_no for one in of_case if one.state == "numbered"]


def day(text: str, field: str, *, latest: date) -> date:
    """A day not after another. Raises Invalid naming the field."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid(fields={field: T("日期应写成 2026-03-02 的样子")}) from None
    if day > latest:
        raise Invalid(fields={field: T("日期不能晚于今天")})
    return day


def need_ready(points: Sequence[str], meters: Mapping[str, Meter]) -> None:
    """Raises Invalid (``point_list``) for points that nothing can be accepted at."""
    unknown = [no for no in points if no not in meters]
    if unknown:
        text = T("没有编号为 {no} 的接水点，请核对", no="、".join(unknown[:5]))
        raise Invalid(fields={"point_list": text})
    done = [no for no in points if meters[no].point.state != "numbered"]
    if done:
        text = T("接水点 {no} 已装表或已停用，不能验收", no="、".join(done[:5]))
        raise Invalid(fields={"point_list": text})
    if len({meters[no].point.region for no in points}) > 1:
        raise Invalid(fields={"point_list": T("一次验收的接水点应在同一片区，请分开报验")})


def need_free(work: Work, case: str, points: Sequence[str]) -> None:
    """One acceptance a meter; what a case left open that was ended in the meantime falls."""
    for acceptance_id, holder in registry.accepting(points).items():
        filed = filed_case(holder)
        if holder != case and (filed is None or filed.ended_at is None):
            raise Refused(T("接水点正由案件 {case} 验收，请勿重复报验。", case=holder), case=holder)
        registry.drop_acceptance(
            work, acceptance_id, str(T("案件已结束，由 {case} 重新验收", case=case))
        )


def carry_over(work: Work, acceptance_id: int, meters: Mapping[str, Meter]) -> None:
    """What passed in an acceptance that was stopped stays accepted while the meter is the same."""
    before = registry.passed_before(meters)
    same = [m for no, m in before.items() if m.serial == meters[no].serial]
    if same:
        registry.note_round(work, acceptance_id, 0, same)


def place(addresses: Sequence[str]) -> str:
    """Where it is, in a few words."""
    if len(addresses) == 1:
        return addresses[0]
    return str(T("{first} 等 {n} 处", first=addresses[0], n=len(addresses)))


def kinds(meters: Sequence[Meter]) -> list[dict[str, Any]]:
    """The calibres (mm) and types among the meters."""
    found = sorted({(m.calibre, m.type) for m in meters if m.serial})
    return [{"calibre": calibre, "meter_type": type_} for calibre, type_ in found]


def not_issued(meters: Sequence[Meter]) -> list[dict[str, Any]]:
    """Points for which no meter went out."""
    return [
        {"point_no": m.point.point_no, "address": m.point.address, "serial": "",
         "serial_found": "", "why": str(T("没有向此接水点发放水表"))}
        for m in meters
        if not m.serial
    ]  # fmt: skip
