"""A meter that lies in a store was sent to be verified: back into stock, or out of use (2.4, P16).

What came back from a point waits for it (待检); what lay too long in the store is sent, too.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from app.db import db
from app.errors import Invalid, Refused
from app.registry import states
from app.registry.books import today
from app.registry.intake import Life
from app.registry.models import Installation, Meter
from app.registry.shifting import LYING
from app.registry.stock import Why, keeper, meter_row, months_before, move_meter, served_store
from app.texts import T, Text
from app.work import Work

RESULTS = ("passed", "failed")


def verify_meter(
    work: Work, serial: str, *, result: str, on: date | None, certificate: str, life: Life,
    note: str = "",
) -> str:  # fmt: skip
    """Write the result of a verification down; gives the state in which the meter is now.

    ``result``: passed (lies in its store, may be handed out again) or failed (scrapped); ``on``:
    the day of verification; ``certificate``: number of the certificate or notice; ``life``: years
    by calibre and Q3, which begin anew for what is verified in turn. Raises Invalid (``result``,
    ``on``, ``certificate``), NotFound, NotAllowed for the store, Refused for a meter that lies in
    none or is picked out.
    """
    meter = _lying(work, serial)
    until = _life_until(meter, on, life) if on else meter.life_until
    wrong = _faults(work, meter, result, on, certificate)
    if not wrong and result == "passed" and until <= today(work):
        wrong["result"] = T("使用期限到 {day} 为止，合格也不能再用，请办理报废", day=until)
    if wrong:
        raise Invalid(fields=wrong)
    _note(work, meter, result, on, until)
    paper = certificate.strip()
    if result == "failed":
        reason = "；".join(filter(None, (str(T("检定不合格")), note.strip())))
        move_meter(
            work, meter, state="scrapped", store=None, why=Why("scrap", paper, reason=reason)
        )
    else:
        why = Why("verify", paper, reason=note.strip())
        move_meter(work, meter, state="in_stock", store=meter.store, why=why)
    return meter.state


def _lying(work: Work, serial: str) -> Meter:
    meter = meter_row(serial)
    if meter.state not in LYING or meter.store is None:
        label = states.label("meter", meter.state)
        raise Refused(T("水表 {serial} {state}，不在表库里，不能登记检定。",
                        serial=meter.serial, state=label))  # fmt: skip
    served_store(work.by, meter.store)
    if case := keeper(work, meter):
        no = meter.serial
        raise Refused(T("水表 {serial} 已由案件 {case} 配出，请另取一块", serial=no, case=case))
    return meter


def _life_until(meter: Meter, on: date, life: Life) -> date:
    """When the life of a meter ends that passed: what is renewed in turn is no younger for it."""
    years, rule = life(meter.calibre, None if meter.q3 is None else float(meter.q3))
    if (meter.life_rule or rule) != "verify":
        return meter.life_until
    return months_before(on, -12 * years)


def _faults(
    work: Work, meter: Meter, result: str, on: date | None, certificate: str
) -> dict[str, Text]:
    wrong: dict[str, Text] = {}
    if result not in RESULTS:
        wrong["result"] = T("请选择检定结果")
    if not 1 <= len(certificate.strip()) <= 40:
        wrong["certificate"] = T("请填写检定证书或通知书编号，最多 40 个字")
    since = _since(meter)
    if on is None:
        wrong["on"] = T("请填写检定日期")
    elif on > today(work):
        wrong["on"] = T("检定日期不能晚于今天")
    elif on < since:
        wrong["on"] = T("检定日期不能早于上次检定或拆回的日期 {day}", day=since)
    return wrong


def _since(meter: Meter) -> date:
    """Before this day it was elsewhere, or had been verified already."""
    taken = sa.select(sa.func.max(Installation.removed)).where(Installation.serial == meter.serial)
    known = (meter.first_verification, meter.verified_on, db.session.scalar(taken))
    return max(day for day in known if day is not None)


def _note(work: Work, meter: Meter, result: str, on: date | None, until: date) -> None:
    before = {"verified_on": meter.verified_on, "life_until": meter.life_until}
    meter.verified_on = on
    if result == "passed":
        meter.life_until = until
    after = {"verified_on": on, "life_until": meter.life_until, "result": result}
    work.record(meter, "meter:verified", before=before, after=after)
