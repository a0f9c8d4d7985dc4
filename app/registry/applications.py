"""Applications for water (用水登记): written down, accepted, surveyed, ended (ACC-1, ACC-6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app import settings
from app.db import db
from app.errors import Invalid
from app.registry import customers, validation
from app.registry.books import row, today
from app.registry.facts_connection import ConnectionFacts
from app.registry.models import Connection
from app.registry.search import address_key
from app.texts import T
from app.work import Work

KINDS = ("permanent", "temporary", "per_household", "enlarge", "relocate")
# These change what is there: no new point, no new account.
CHANGES = ("enlarge", "relocate")
FIELDS = ("kind", "applicant_type", "category", "address", "region", "account_no", "demand",
          "floors", "calibre", "meters")  # fmt: skip
SURVEYED = ("feasibility", "supply_kind", "calibre", "meters", "budget")


def enrol_customer(work: Work, who: Mapping[str, Any], case: str) -> int:
    """The applicant as a customer; gives its id. One known by the same number is found again.

    ``who`` as of ``change_owner``: type (person, unit), name, id_type, id_no, uscc, legal_rep,
    phones, contact_person, email, address. Raises Invalid naming the fields.
    """
    return customers.known_or_new(work, validation.customer(who, today(work)), case)


def record_application(work: Work, case: str, data: Mapping[str, Any]) -> None:
    """Write an application down, or bring it up to date after it was sent back.

    ``data``: kind, applicant_type, category, address, region, account_no, demand, floors,
    calibre, meters. Nobody's name stands here. Raises Invalid (``address``).
    """
    values: dict[str, Any] = {name: data.get(name) for name in FIELDS}
    values["account_no"] = values["account_no"] or None
    if not (values["address"] or "").strip():
        raise Invalid(fields={"address": T("请填写用水地址")})
    values["address_key"] = address_key(values["address"])
    found = db.session.get(Connection, case, with_for_update=True)
    if found is None:
        found = Connection(case_no=case, applied_at=work.at, chain_seq=0, chain_head=b"", **values)
        db.session.add(found)
        db.session.flush()
        work.record(found, "connection:apply", after=_plain(values), case=case)
        return
    before = {name: getattr(found, name) for name in values}
    for name, value in values.items():
        setattr(found, name, value)
    work.record(found, "connection:change", before=_plain(before), after=_plain(values), case=case)


def accept_application(work: Work, case: str, who: Mapping[str, Any]) -> int:
    """The application is accepted: the applicant is a customer from now on; gives its id."""
    found = connection_row(case)
    customer_id = enrol_customer(work, who, case)
    before = {"customer_id": found.customer_id}
    found.customer_id, found.accepted_at = customer_id, found.accepted_at or work.at
    after = {"customer_id": customer_id, "accepted_at": found.accepted_at}
    work.record(found, "connection:accept", before=before, after=after, case=case)
    return customer_id


def note_survey(work: Work, case: str, data: Mapping[str, Any]) -> str:
    """Write down what the survey found; gives the number of the scheme, empty without one.

    ``data``: feasibility, supply_kind, calibre, meters, budget (fen). A scheme keeps its number
    when it is worked over.
    """
    found = connection_row(case)
    before = {name: getattr(found, name) for name in (*SURVEYED, "scheme_no")}
    for name in SURVEYED:
        setattr(found, name, data.get(name))
    if found.feasibility != "not_feasible" and found.scheme_no is None:
        found.scheme_no = settings.next_number(work, "scheme")
    after = {name: getattr(found, name) for name in before}
    work.record(found, "connection:survey", before=before, after=after, case=case)
    return found.scheme_no or ""


def connection(case: str) -> ConnectionFacts | None:
    """The application of a case; None when it is none."""
    found = db.session.get(Connection, case)
    return None if found is None else _facts(found)


def connections(
    *, region: str | None = None, open_only: bool = False, limit: int = 200
) -> list[ConnectionFacts]:
    """Applications, the latest first; of one region when it is named."""
    asked = sa.select(Connection).order_by(Connection.applied_at.desc(), Connection.case_no.desc())
    if region is not None:
        asked = asked.where(Connection.region == region)
    if open_only:
        asked = asked.where(Connection.outcome.is_(None))
    return [_facts(each) for each in db.session.scalars(asked.limit(limit))]


def connection_row(case: str) -> Connection:
    """The application, locked. Raises NotFound."""
    found: Connection = row(Connection, case, T("本案没有用水登记，请先登记用水申请。"))
    return found


def customer_of_case(case: str | None) -> int | None:
    """The customer whose application a case is; None before it is accepted, or of others."""
    return db.session.scalar(sa.select(Connection.customer_id).where(Connection.case_no == case))


def close_application(work: Work, case: str, outcome: str) -> Connection | None:
    """Note how an application ended; None when the case is none or it was noted before."""
    found = db.session.get(Connection, case, with_for_update=True)
    if found is None or found.outcome is not None:
        return None
    found.outcome, found.ended_at = outcome, work.at
    work.record(found, "connection:end", after={"outcome": outcome}, case=case)
    return found


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "address_key"}


def _facts(found: Connection) -> ConnectionFacts:
    return ConnectionFacts(
        case=found.case_no,
        customer_id=found.customer_id,
        kind=found.kind,
        applicant_type=found.applicant_type,
        category=found.category,
        address=found.address,
        region=found.region,
        account_no=found.account_no,
        demand=found.demand,
        calibre=found.calibre,
        meters=found.meters,
        feasibility=found.feasibility,
        supply_kind=found.supply_kind,
        scheme_no=found.scheme_no,
        budget=found.budget,
        outcome=found.outcome,
        applied_at=found.applied_at,
        accepted_at=found.accepted_at,
        ended_at=found.ended_at,
    )
