"""回访: a case that is over is followed up as a case of its own (HF, 4.19)."""

from __future__ import annotations

from typing import Any

from app import cases, identifiers
from app.cases import Call, service
from app.errors import Invalid, NotAllowed, NotFound
from app.texts import T
from app.work import Work


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
