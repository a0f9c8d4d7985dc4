"""回访: a case that is over is followed up as a case of its own (HF, 4.19).

Of procedures whose drawing says ``followup`` ``sample``, a share of what ended in the last whole
period is followed up (``followup.share``, ``followup.period``).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from app import cases, definitions, identifiers, registry, settings
from app.cases import Call, service
from app.errors import Invalid, NotAllowed, NotFound, Problem
from app.procedures.common import SHANGHAI
from app.texts import T
from app.work import Actor, Work, now

log = logging.getLogger(__name__)
MESSAGE = "followup_drawn"


def follow_up_samples(by: Actor, at: datetime | None = None) -> list[str]:
    """Draw the sample of the last whole period and begin its call-backs; gives their cases.

    Each is a command of its own. The draw is the same each time, so that one that was broken off
    goes on; about whom somebody was or is called back already, nobody is asked again.
    """
    moment, begun = at or now(), []
    drawn = _sample(cases.ended(_procedures(), *_period(moment)), settings.get("followup.share"))
    known = registry.called_back(drawn)
    for number in drawn:
        if number in known:
            continue
        try:
            said = {"followed_case": number}
            begun += cases.deliver_message(MESSAGE, number, said, by=by, at=moment)
        except Problem as error:
            log.error("follow-up of %s not begun: %s", number, error)
    return begun


def _procedures() -> list[str]:
    found = definitions.published()
    return [one.key for one in found if one.properties.get("followup") == "sample"]


def _period(moment: datetime) -> tuple[datetime, datetime]:
    """The last whole period: of seven days it begins on a Monday."""
    days = max(1, settings.get("followup.period"))
    begun = (moment.astimezone(SHANGHAI).date().toordinal() - 1) // days * days + 1
    return _midnight(begun - days), _midnight(begun)


def _midnight(ordinal: int) -> datetime:
    return datetime.combine(date.fromordinal(ordinal), time(), SHANGHAI)


def _sample(numbers: Sequence[str], share: int) -> list[str]:
    """So many of a hundred, the next whole number of them; by no order that anybody can choose."""
    many = -(-len(numbers) * max(0, min(share, 100)) // 100)
    return sorted(numbers, key=lambda one: hashlib.sha256(one.encode()).digest())[:many]


@service(
    "satisfaction_followup.open",
    inputs={"followed_case": "string"},
    outputs={
        "followed_case": "string",
        "process": "string",
        "applicant_name": "string",
        "phone": "string",
        "address": "string",
        "region": "string",
    },
    pii=("applicant_name", "phone"),
    label=T("读取被回访的案件"),
)
def open_(work: Work, call: Call) -> dict[str, Any]:
    """Who is to be asked about which case. Raises Invalid (``followed_case``)."""
    number = identifiers.fold_number(call.inputs["followed_case"])
    try:
        found = cases.applicant(work.by, number)
    except (NotFound, NotAllowed) as error:
        raise Invalid(fields={"followed_case": error.text}) from error
    if found.status == "open":
        raise Invalid(fields={"followed_case": T("该案尚未办结，办结后再回访。")})
    if found.procedure == call.procedure:
        raise Invalid(fields={"followed_case": T("这是一次回访，请填写被回访的案件。")})
    return {
        "followed_case": number,
        "process": found.procedure,
        "applicant_name": found.name,
        "phone": found.phone,
        "address": found.address or "",
        "region": found.region or call.region or "",
    }
