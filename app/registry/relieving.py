"""Reliefs of households (低保, 特困): registered, renewed, ended, read (domain 2.20, 4.15)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from app import identifiers, sealing, settings
from app.db import db
from app.errors import NotFound, Refused
from app.registry import customers, private, validation
from app.registry.books import account_for, customer_row, today
from app.registry.models import Account, Relief
from app.registry.reads import account as read_account
from app.registry.reads import customer as read_customer
from app.texts import T, Text
from app.work import Work

KINDS = {"low_income": T("低保"), "extreme_poverty": T("特困")}
# A closed account has no water to relieve, one not yet opened no bill.
RELIEVED = ("normal", "restricted", "suspended")
SHOWN = 4


@dataclass(frozen=True)
class ReliefFacts:
    """A relief. ``cert_tail``: last digits of the certificate, ``name`` of the household, both
    empty when they were destroyed; ``ended``: the first day that it no longer held."""

    id: int
    account_no: str
    customer_id: int
    kind: str
    mode: str
    name: str
    cert_tail: str
    valid_from: date
    valid_to: date
    quota: int
    ended: date | None
    why_ended: str | None
    case: str | None
    reviewer: str | None
    renews: int | None
    review_case: str | None


def reliefs(account_no: str, *, on: date | None = None) -> list[ReliefFacts]:
    """Reliefs bound to an account, oldest first; ``on``: only those that hold that day."""
    asked = sa.select(Relief).where(Relief.account_no == account_no)
    if on is not None:
        asked = asked.where(*_holding(on))
    return facts_of(db.session.scalars(asked.order_by(Relief.id)).all())


def facts_of(rows: Sequence[Relief]) -> list[ReliefFacts]:
    """Rows with what their customers' keys still open."""
    keys = private.vaults(row.customer_id for row in rows)
    return [_facts(row, keys.get(row.customer_id)) for row in rows]


def relief_problems(
    account_no: str,
    households: Sequence[Mapping[str, Any]],
    *,
    mode: str,
    on: date,
    case: str | None = None,
) -> list[Text]:
    """What stands in the way of registering these households, in sentences for the counter.

    A household: ``name``, ``cert_no``, ``valid_to`` (date), ``valid_from`` if known. ``mode``:
    own or master (meter). Arrears do not stand in the way. Raises NotFound for an account that
    does not exist.
    """
    return [
        *_of_account(account_no, mode, on, case),
        *_of_certificates(households, on),
        *_bound(households, on),
    ]


def register_reliefs(
    work: Work,
    account_no: str,
    households: Sequence[Mapping[str, Any]],
    *,
    mode: str,
    case: str,
) -> list[int]:
    """Bind the households to the account's meter from today on; gives the ids.

    A household: ``name``*, ``id_no``*, ``phone``*, ``kind``*, ``cert_no``*, ``valid_to``* (date),
    ``valid_from`` of the certificate. Each becomes a customer, or is known as one. Raises Refused
    with all that stands in the way, Invalid naming fields of a customer.
    """
    held = account_for(account_no, case)
    day = today(work)
    hashes = sorted({cert_hash(each["cert_no"]) for each in households})
    for each in hashes:
        # The same certificate on two accounts at once: the second waits and is then refused.
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_lock_of(each))))
    wrong = relief_problems(account_no, households, mode=mode, on=day, case=case)
    if wrong:
        raise Refused(T("{text}", text="；".join(map(str, wrong))))
    meter = read_account(account_no).meter
    made = [
        _add(work, held, each, mode, case, day, meter.serial if meter else None)
        for each in households
    ]
    after = {"reliefs": made, "mode": mode, "households": len(made), "from": day}
    work.record(held, "account:relief", after=after, case=case)
    return made


def renew_relief(work: Work, id: int, *, valid_to: date, cert_no: str | None, case: str) -> int:
    """Follow a relief by one until ``valid_to``, from the day after it; gives the new id.

    ``cert_no``: of a new certificate, else the old one goes on. Raises Refused when the relief has
    ended otherwise, the new day is not later, or the certificate is bound elsewhere.
    """
    held = account_for(_account_no(id), case)
    old = _row(id)
    if old.ended is not None and old.why_ended != "expired":
        raise Refused(T("该户的减免已终止，请重新登记。"))
    if valid_to <= old.valid_to:
        raise Refused(T("新的有效期应晚于 {day}。", day=old.valid_to))
    vault = private.vault_of(old.customer_id)
    number = identifiers.fold_number(cert_no) if cert_no else None
    digest = cert_hash(number) if number else old.cert_hash
    if digest and (other := _holder(digest, today(work), but=(old.id,))):
        raise Refused(_bound_text(number or "", other))
    new = Relief(
        account_no=old.account_no, customer_id=old.customer_id, kind=old.kind, mode=old.mode,
        sealed=vault.seal({"cert_no": number}, "relief") if number else old.sealed,
        valid_from=_day_after(old.valid_to), valid_to=valid_to,
        quota=settings.get("relief.quota"), meter_serial=old.meter_serial, cert_hash=digest,
        case_no=case, reviewer=work.by.name, renews=old.id,
    )  # fmt: skip
    db.session.add(new)
    db.session.flush()
    before = {"relief": old.id, "to": old.valid_to}
    after = {"relief": new.id, "from": new.valid_from, "to": valid_to}
    work.record(held, "account:relief_renewed", before=before, after=after, case=case)
    return new.id


def end_relief(work: Work, id: int, *, on: date, why: str, case: str | None) -> bool:
    """End a relief: ``on`` is the first day without it; ``why``: expired, review or owner.

    Says whether it was still running: ending twice changes nothing.
    """
    held = db.session.get_one(Account, _account_no(id), with_for_update=True)
    relief = _row(id)
    if relief.ended is not None:
        return False
    end_row(work, held, relief, on=on, why=why, case=case)
    return True


def end_row(
    work: Work, held: Account, relief: Relief, *, on: date, why: str, case: str | None
) -> None:
    """The same of rows at hand, with its entry on the account's chain."""
    relief.ended, relief.why_ended, relief.ended_by_case = on, why, case
    _unflag(relief.customer_id)
    before = {"relief": relief.id, "to": relief.valid_to, "quota": relief.quota}
    after = {"relief": relief.id, "ended": on, "why": why}
    work.record(held, "account:relief_ended", before=before, after=after, case=case)


def cert_hash(number: str) -> bytes:
    """Keyed hash of a certificate's number."""
    return sealing.keyed_hash("relief_cert", identifiers.fold_number(number))


def _lock_of(digest: bytes) -> int:
    return int.from_bytes(digest[:8], "big", signed=True)


def _holding(on: date) -> tuple[sa.ColumnElement[bool], ...]:
    ended = sa.or_(Relief.ended.is_(None), Relief.ended > on)
    return ended, Relief.valid_from <= on, Relief.valid_to >= on


def _day_after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


def _account_no(id: int) -> str:
    """The account's row is locked before the relief's, by everybody."""
    found = db.session.scalar(sa.select(Relief.account_no).where(Relief.id == id))
    if found is None:
        raise NotFound(T("没有这项减免登记。"))
    return found


def _row(id: int) -> Relief:
    found = db.session.get(Relief, id, with_for_update=True, populate_existing=True)
    assert found is not None
    return found


# --- what stands in the way -----------------------------------------------------------------------


def _of_account(account_no: str, mode: str, on: date, case: str | None) -> Iterable[Text]:
    account = read_account(account_no)
    if account.state not in RELIEVED:
        yield T("该户未开户或已销户，不能登记减免")
    if account.category != "residential":
        yield T("该户不是居民生活用水，不能登记减免")
    if account.meter is None:
        yield T("该户没有在装水表，减免须绑定水表")
    if account.lock and account.lock != case:
        yield T("该户正由案件 {case} 办理，办结后再登记", case=account.lock)
    old = [each for each in reliefs(account_no, on=on) if "own" in (mode, each.mode)]
    if old:
        day = max(each.valid_to for each in old)
        yield T("该户已有减免，有效期至 {day}，不能重复登记", day=day)


def _of_certificates(households: Sequence[Mapping[str, Any]], on: date) -> Iterable[Text]:
    seen: set[str] = set()
    for each in households:
        number = identifiers.fold_number(each["cert_no"])
        if each["valid_to"] < on:
            yield T("证件（尾号 {tail}）已于 {day} 到期，请先到民政部门办理年审",
                    tail=_tail(number), day=each["valid_to"])  # fmt: skip
        begins = each.get("valid_from")
        if begins and begins > each["valid_to"]:
            yield T("证件（尾号 {tail}）的有效期起止颠倒，请核对", tail=_tail(number))
        if number in seen:
            yield T("证件（尾号 {tail}）在名单中重复", tail=_tail(number))
        seen.add(number)


def _bound(households: Sequence[Mapping[str, Any]], on: date) -> Iterable[Text]:
    for each in households:
        other = _holder(cert_hash(each["cert_no"]), on)
        if other is not None:
            yield _bound_text(each["cert_no"], other)


def _holder(digest: bytes, on: date, but: Sequence[int] = ()) -> Relief | None:
    """The relief that holds a certificate today, or will once another has run out."""
    asked = sa.select(Relief).where(
        Relief.cert_hash == digest, Relief.ended.is_(None), Relief.valid_to >= on,
        Relief.id.not_in(but),
    )  # fmt: skip
    return db.session.scalars(asked.order_by(Relief.id)).first()


def _bound_text(number: str, other: Relief) -> Text:
    return T(
        "证件（尾号 {tail}）已绑定户号 {no}，有效期至 {day}，一户只能绑定一处",
        tail=_tail(identifiers.fold_number(number)),
        no=other.account_no,
        day=other.valid_to,
    )


def _tail(number: str) -> str:
    return number[-SHOWN:]


# --- writing --------------------------------------------------------------------------------------


def _add(
    work: Work, held: Account, given: Mapping[str, Any], mode: str, case: str, day: date,
    serial: str | None,
) -> int:  # fmt: skip
    customer_id = _customer(work, given, day, case)
    number = identifiers.fold_number(given["cert_no"])
    begins = given.get("valid_from")
    relief = Relief(
        account_no=held.account_no, customer_id=customer_id, kind=given["kind"], mode=mode,
        sealed=private.vault_of(customer_id).seal({"cert_no": number}, "relief"),
        valid_from=max(day, begins) if begins else day, valid_to=given["valid_to"],
        quota=settings.get("relief.quota"), meter_serial=serial, cert_hash=cert_hash(number),
        case_no=case, reviewer=work.by.name,
    )  # fmt: skip
    db.session.add(relief)
    db.session.flush()
    flagged = customer_row(customer_id)
    flagged.flags = sorted({*flagged.flags, given["kind"]})
    return relief.id


def _customer(work: Work, given: Mapping[str, Any], day: date, case: str) -> int:
    """The household's customer; phones that are known already stay."""
    known = customers.by_number(given["id_no"])
    old = () if known is None else read_customer(known).phones
    who = {
        "type": "person",
        "name": given["name"],
        "id_type": "resident_id",
        "id_no": given["id_no"],
        "phones": [*old, given["phone"]],
    }
    return customers.known_or_new(work, validation.customer(who, day), case)


def _unflag(customer_id: int) -> None:
    """A customer without a relief carries no flag of one."""
    db.session.flush()
    left = db.session.scalars(
        sa.select(Relief.kind).where(Relief.customer_id == customer_id, Relief.ended.is_(None))
    ).all()
    row = customer_row(customer_id)
    row.flags = [flag for flag in row.flags if flag not in KINDS or flag in left]


def _facts(row: Relief, vault: private.Vault | None) -> ReliefFacts:
    number = private.open_or_nothing(vault, row.sealed, "relief").get("cert_no") or ""
    name = ""
    if vault is not None:
        sealed = customer_row(row.customer_id).sealed
        name = str(vault.open(sealed, "customer").get("name", ""))
    return ReliefFacts(
        row.id, row.account_no, row.customer_id, row.kind, row.mode, name, _tail(number),
        row.valid_from, row.valid_to, row.quota, row.ended, row.why_ended, row.case_no,
        row.reviewer, row.renews, row.review_case,
    )  # fmt: skip
