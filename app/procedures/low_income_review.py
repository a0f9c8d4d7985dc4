"""低保年审: before a certificate runs out its household is asked; else the relief ends by itself.

Clauses: D18 chapter 20. Days as ISO texts, ``expires_at`` a moment: the first without the relief.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from app import cases, notices, registry
from app.cases import Call, service
from app.errors import Invalid, Problem
from app.procedures.common import SHANGHAI, facts_of, put_files, today
from app.texts import T
from app.work import Actor, Work, now

log = logging.getLogger(__name__)
MESSAGE = "relief_review_due"
PLACES = [("account", "户号", "0001000017"), ("day", "到期日", "2027-02-28")]
COUNTED = [*PLACES, ("households", "户数", "1")]
notices.template(
    "relief_review",
    "低保年审提醒",
    "户号{account}登记的低保（困难群体）水费减免将于{day}到期（{households}户），请在到期前持新证件"
    "办理年审，到期未年审的自动恢复正常水价。案号{case}。",
    places=COUNTED,
    en="The water relief of account {account} ends on {day} ({households} household(s)). Please "
    "bring the new certificate before; otherwise the normal price applies again. Case {case}.",
)
notices.template(
    "relief_renewed",
    "低保年审办结",
    "户号{account}的低保（困难群体）水费减免年审已办结，续期{households}户，有效期至{day}。案号{case}。",
    places=COUNTED,
    en="The yearly review of the water relief of account {account} is done: {households} "
    "household(s) renewed, valid until {day}. Case {case}.",
)
notices.template(
    "relief_expired",
    "低保减免到期",
    "户号{account}登记的低保（困难群体）水费减免已于{day}到期，之后用水按正常水价计费。"
    "持新证件可重新登记。案号{case}。",
    places=PLACES,
    en="The water relief of account {account} ended on {day}; water used since costs the normal "
    "price. With a new certificate you can register again. Case {case}.",
)
KINDS = {"low_income": T("低保"), "extreme_poverty": T("特困")}


def begin_reviews(by: Actor, at: datetime | None = None) -> list[str]:
    """Open a review for each meter whose reliefs are within T-LOWINC of their end; gives the cases.

    Each is a command of its own. What is under review already is not due; whoever loses a race
    opens nothing.
    """
    moment, begun = at or now(), []
    for due in registry.reviews_due(moment.astimezone(SHANGHAI).date()):
        said = {
            "account_no": due.account_no,
            "region": due.region,
            "valid_to": due.valid_to.isoformat(),
        }
        try:
            begun += cases.deliver_message(
                MESSAGE, f"{due.account_no}/{due.valid_to}", said, by=by, at=moment
            )
        except Problem as error:
            log.error("relief review of %s not begun: %s", due.account_no, error)
    return begun


@service(
    "low_income_review.open",
    inputs={"account_no": "string", "valid_to": "string"},
    outputs={
        "account": "context",
        "contact_name": "string",
        "phone": "string",
        "households": "list",
        "household_count": "number",
        "expires_at": "string",
        "notice_values": "context",
    },
    pii=("contact_name", "phone", "households"),
    label=T("读取到期的减免"),
)
def open_(work: Work, call: Call) -> dict[str, Any]:
    """The households whose relief ends, and whom to tell: of a master meter its owner.

    Raises Refused when another review has them.
    """
    number, last = call.inputs["account_no"], date.fromisoformat(call.inputs["valid_to"])
    taken = registry.begin_review(work, number, last, call.case_number)
    account = registry.account(number)
    one = taken[0]
    whom = account.owner if one.mode == "master" else registry.customer(one.customer_id)
    first_without = datetime.combine(last + timedelta(days=1), time(), SHANGHAI)
    return {
        "account": facts_of(account)["account"],
        "contact_name": whom.name,
        "phone": next(iter(whom.phones), ""),
        "households": [_household(each) for each in taken],
        "household_count": len(taken),
        "expires_at": first_without.isoformat(),
        "notice_values": {
            "account": number,
            "day": last.isoformat(),
            "households": str(len(taken)),
        },
    }


def _household(one: registry.ReliefFacts) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": str(KINDS.get(one.kind, one.kind)),
        "cert": f"****{one.cert_tail}" if one.cert_tail else "",
        "last": one.valid_to.isoformat(),
        "result": "",
        "new_to": "",
        "new_cert": "",
    }


@service(
    "low_income_review.note",
    inputs={"account_no": "string", "valid_to": "string", "case_number": "string",
            "households": "list", "review_scan": "list"},
    outputs={"households": "list", "renewed": "number"},
    pii=("households",),
    label=T("登记年审结果"),
)  # fmt: skip
def note(work: Work, call: Call) -> dict[str, Any]:
    """Keep the papers; each row keeps the relief that it is about. Raises Invalid."""
    given = call.inputs
    put_files(work, call.case_number, "review_scan", T("年审证件复印件"), given["review_scan"])
    known = _known(given["account_no"], call.case_number)
    rows = [
        {**_household(one), **_typed(row)}
        for one, row in zip(known, given["households"], strict=True)
    ]
    late = [row for row in rows if row["result"] == "renewed" and row["new_to"] <= row["last"]]
    if late:
        raise Invalid(fields={"households": T("新的有效期应晚于 {day}", day=late[0]["last"])})
    return {
        "households": rows,
        "renewed": sum(row["result"] == "renewed" for row in rows),
    }


def _known(account_no: str, case: str) -> list[registry.ReliefFacts]:
    return [one for one in registry.reliefs(account_no) if one.review_case == case]


def _typed(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row.get(name) or "" for name in ("result", "new_to", "new_cert")}


@service(
    "low_income_review.apply",
    inputs={"account_no": "string", "households": "list"},
    outputs={"notice_values": "context"},
    changes_register=True,
    pii=("households",),
    label=T("续期或终止减免"),
)
def apply(work: Work, call: Call) -> dict[str, Any]:
    """Renew who showed a new certificate; who did not keeps the relief until its last day."""
    given, renewed = call.inputs, []
    known = _known(given["account_no"], call.case_number)
    for one, row in zip(known, given["households"], strict=True):
        if row["result"] == "renewed":
            until = date.fromisoformat(row["new_to"])
            number = row.get("new_cert") or None
            registry.renew_relief(
                work, one.id, valid_to=until, cert_no=number, case=call.case_number
            )
            renewed.append(until)
    values = {
        "account": given["account_no"],
        "day": min(renewed, default=today(work)).isoformat(),
        "households": str(len(renewed)),
    }
    return {"notice_values": values}


@service(
    "low_income_review.expire",
    inputs={"account_no": "string", "valid_to": "string"},
    outputs={"notice_values": "context"},
    changes_register=True,
    label=T("减免到期终止"),
)
def expire(work: Work, call: Call) -> dict[str, Any]:
    """End what this review is about and is not renewed; what the nightly job has ended already
    stays as it is."""
    given = call.inputs
    number, last = given["account_no"], date.fromisoformat(given["valid_to"])
    for one in _known(number, call.case_number):
        registry.end_relief(
            work, one.id, on=last + timedelta(days=1), why="expired", case=call.case_number
        )
    return {"notice_values": {"account": number, "day": last.isoformat()}}
