"""A pre-account becomes an account (立户, 2.25): every field checked, nothing overwritten later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

import sqlalchemy as sa

from app import identifiers
from app.db import db
from app.errors import Invalid, Refused
from app.registry import customers, private, states
from app.registry.books import account_for, installation_row, today
from app.registry.models import Account, ConnectionPoint, Installation, Meter, Seal
from app.registry.points import read_book
from app.registry.private import INVOICE, Vault
from app.texts import T, Text
from app.work import Work

PAY_METHODS = ("counter", "collector", "direct_debit", "online")
Data = Mapping[str, Any]


def open_account(work: Work, account_no: str, data: Data, case: str) -> None:
    """Bring an account of a case into use: from 预立户 to 正常.

    ``data``: serial*, start_reading*, installed* (a day), book_no*, book_seq*, household_size,
    pay_method, industry, opened (today unless said), name_on_bill (the customer's unless said),
    shop_name, tax_no, bank, invoice_phone, invoice_address. An account that is in use already (a
    bigger calibre, a moved meter) only gets its new meter confirmed. Raises Invalid naming the
    fields, Refused when it is not the case's or no meter hangs there.
    """
    account = account_for(account_no, case)
    _of_case(account_no, case)
    hangs = installation_row(account.point_no)
    if hangs is None:
        raise Refused(T("户号 {no} 还没有装表，不能立户。", no=account_no))
    if wrong := _faults(work, account, hangs, data):
        raise Invalid(fields=wrong)
    if account.state != "pre":
        after = {"serial": hangs.serial, "start_reading": hangs.start_reading}
        work.record(account, "account:meter_changed", after=after, case=case)
        return
    _open(work, account, hangs, data, case)


def _of_case(account_no: str, case: str) -> None:
    mine = sa.exists().where(
        ConnectionPoint.case_no == case, ConnectionPoint.account_no == account_no
    )
    if not db.session.scalar(sa.select(mine)):
        raise Refused(T("户号 {no} 不是本案的户。", no=account_no))


def _open(work: Work, account: Account, hangs: Installation, data: Data, case: str) -> None:
    vault = private.vault_of(account.customer_id)
    before = {"state": account.state, "book_no": account.book_no, "book_seq": account.book_seq}
    account.state = states.move("account", account.state, "normal")
    account.opened = account.tier_from = data.get("opened") or today(work)
    account.book_no, account.book_seq = read_book(str(data["book_no"])), int(data["book_seq"])
    account.household_size = int(data.get("household_size") or 4)
    account.pay_method = data.get("pay_method") or "counter"
    account.industry = data.get("industry") or None
    invoice = _invoice(account, vault, data)
    after = {
        "state": account.state,
        "opened": account.opened,
        "book_no": account.book_no,
        "book_seq": account.book_seq,
        "household_size": account.household_size,
        "pay_method": account.pay_method,
        "serial": hangs.serial,
        "start_reading": hangs.start_reading,
        "installed": hangs.installed,
    }
    work.record(account, "account:open", before=before, after=after,
                sealed=vault.change(after=invoice), case=case)  # fmt: skip


def _invoice(account: Account, vault: Vault, data: Data) -> dict[str, str]:
    place = f"account:{account.account_no}"
    invoice = vault.open(account.sealed, place)
    invoice |= {name: str(data[name]).strip() for name in INVOICE if data.get(name)}
    account.sealed = vault.seal(invoice, place)
    account.bill_name_hash = customers.name_hash(invoice["name_on_bill"])
    return dict(invoice)


def _faults(work: Work, account: Account, hangs: Installation, data: Data) -> dict[str, Text]:
    wrong: dict[str, Text] = {}
    if identifiers.fold_number(str(data.get("serial") or "")) != hangs.serial:
        wrong["serial"] = T("该接水点装的是水表 {serial}，请核对", serial=hangs.serial)
    if data.get("start_reading") != hangs.start_reading:
        wrong["start_reading"] = T("起始码应为验收登记的 {n}", n=hangs.start_reading)
    if not _sealed(hangs):
        wrong["serial"] = T("水表 {serial} 没有登记封号，不能立户", serial=hangs.serial)
    if (data.get("pay_method") or "counter") not in PAY_METHODS:
        wrong["pay_method"] = T("请选择缴费方式")
    return wrong | _dates(work, hangs, data) | _book(account, data)


def _sealed(hangs: Installation) -> bool:
    used = sa.exists().where(Seal.installation_id == hangs.id, Seal.state == "used")
    return bool(db.session.scalar(sa.select(used)))


def _dates(work: Work, hangs: Installation, data: Data) -> dict[str, Text]:
    """First verification ≤ installation ≤ opening ≤ today; and within the meter's life (5.2)."""
    meter = db.session.get_one(Meter, hangs.serial)
    opened: date = data.get("opened") or today(work)
    installed = data.get("installed") or hangs.installed
    if installed != hangs.installed:
        return {"installed": T("装表日期应为验收登记的 {day}", day=hangs.installed)}
    if not meter.first_verification <= installed:
        day = meter.first_verification
        return {"installed": T("装表日期不能早于首次检定日期 {day}", day=day)}
    if not installed <= opened <= today(work):
        return {"opened": T("立户日期应在装表日期 {day} 与今天之间", day=installed)}
    if installed >= meter.life_until:
        return {"installed": T("水表使用期限到 {day} 为止", day=meter.life_until)}
    return {}


def _book(account: Account, data: Data) -> dict[str, Text]:
    """The book belongs to the branch: it has accounts there, or came with the point's number."""
    if account.state != "pre":
        return {}
    seq = data.get("book_seq")
    if not isinstance(seq, int) or not 0 < seq < 100_000:
        return {"book_seq": T("册内序号应为 1 至 99999")}
    try:
        book = read_book(str(data.get("book_no") or ""))
    except Invalid as wrong:
        return {"book_no": cast(Text, wrong.fields["book"])}
    if book != account.book_no and not _known_book(account.region, book):
        return {"book_no": T("{branch}没有表册 {no}", branch=account.branch, no=book)}
    if _place_taken(account, book, seq):
        return {"book_seq": T("表册 {book} 的序号 {seq} 已有用户", book=book, seq=seq)}
    return {}


def _known_book(region: str, book: str) -> bool:
    known = sa.exists().where(Account.region == region, Account.book_no == book)
    return bool(db.session.scalar(sa.select(known)))


def _place_taken(account: Account, book: str, seq: int) -> bool:
    taken = sa.exists().where(
        Account.region == account.region,
        Account.book_no == book,
        Account.book_seq == seq,
        Account.account_no != account.account_no,
        Account.state != "closed",
    )
    return bool(db.session.scalar(sa.select(taken)))
