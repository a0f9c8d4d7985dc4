"""What reads give: plain, frozen, clear values. Masking is the doors' work. Money in fen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class CustomerFacts:
    """A customer; ``type`` is person or unit. ``destroyed``: its values are gone by law."""

    id: int
    type: str
    name: str
    id_type: str | None = None
    id_no: str | None = None
    uscc: str | None = None
    legal_rep: str | None = None
    phones: tuple[str, ...] = ()
    contact_person: str | None = None
    email: str | None = None
    address: str | None = None
    flags: tuple[str, ...] = ()
    sms_ok: bool = True
    confidential: bool = False
    destroyed: bool = False


@dataclass(frozen=True)
class PointFacts:
    """A service point; state is numbered, metered or disused."""

    no: str
    address: str
    kind: str
    state: str


@dataclass(frozen=True)
class MeterFacts:
    """The meter that hangs at the point; ``calibre`` in mm (DN), readings in m³."""

    serial: str
    calibre: int
    type: str
    max_dial: int
    reversed: bool
    start_reading: int
    last_reading: int
    last_date: date
    installation_id: int


@dataclass(frozen=True)
class AccountLine:
    """A line of a search for accounts."""

    account_no: str
    name: str
    name_on_bill: str
    address: str
    region: str
    branch: str
    state: str
    category: str
    meter_serial: str | None
    arrears: int
    lock: str | None


@dataclass(frozen=True)
class AccountFacts:
    """An account with everything that the desk shows beside a form.

    ``state``: pre, normal, suspended, restricted, closed. ``tier_used``: m³ of this year's tiers
    since ``tier_from``. ``lock``: number of the case that holds the account.
    """

    account_no: str
    state: str
    category: str
    price_code: str
    household_size: int
    region: str
    branch: str
    balance: int
    name_on_bill: str
    owner: CustomerFacts
    service_point: PointFacts
    meter: MeterFacts | None
    arrears: int
    arrears_periods: int
    open_violation: bool
    relief: bool
    direct_debit: bool
    contract_no: str | None
    tier_used: int
    tier_from: date
    lock: str | None
    pay_method: str
    shop_name: str | None = None
    tax_no: str | None = None
    bank: str | None = None
    invoice_phone: str | None = None
    invoice_address: str | None = None
    industry: str | None = None
    book_no: str | None = None
    book_seq: int | None = None
    opened: date | None = None
    closed: date | None = None


@dataclass(frozen=True)
class LineFacts:
    """A fee line: m³, 1/10,000 yuan per m³, fen."""

    component: str
    tier: int
    volume: int
    price: int
    amount: int


@dataclass(frozen=True)
class BillFacts:
    """A bill; ``open`` is what is still owed of it; ``relief`` m³ of ``volume`` are free."""

    bill_no: str
    period: str
    kind: str
    issued: date
    due: date
    volume: int
    amount: int
    paid: int
    open: int
    state: str
    case: str | None
    lines: tuple[LineFacts, ...] = ()
    relief: int = 0


@dataclass(frozen=True)
class PaymentFacts:
    """A receipt with what it paid: bill number → fen. Without an account: a case's charge."""

    receipt_no: str
    account_no: str | None
    case: str | None
    method: str
    state: str
    items: tuple[dict[str, Any], ...]
    amount: int
    to_balance: int
    payer: str
    cheque_no: str | None
    cashier: str
    paid_at: datetime
    cleared_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: str | None
    bills: Mapping[str, int]


@dataclass(frozen=True)
class ContractFacts:
    """A contract of supply; state is draft, running or ended."""

    contract_no: str
    account_no: str | None
    customer_id: int
    type: str
    signer: str
    agent: str | None
    category: str
    price_code: str
    signed: date
    valid_to: date | None
    ended: date | None
    state: str
    case: str | None
    terms: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class MaterialFacts:
    """A paper of a case; ``due``: the day until which a promised one must come; ``source``: where
    shared data come from; ``late``: since when a promise is broken on record; ``superseded_at``:
    when another took its place. ``mode``: original, copy, checked, commitment, shared, file,
    missing."""

    kind: str
    title: str
    mode: str
    pages: int
    received: bool
    file_ids: tuple[str, ...]
    due: date | None = None
    source: str | None = None
    case: str = ""
    put_at: datetime | None = None
    late: datetime | None = None
    superseded_at: datetime | None = None


@dataclass(frozen=True)
class PromiseFacts:
    """A promised paper that has not come. ``id``: of its row; ``noted``: when its lateness was
    put on record."""

    case: str
    kind: str
    title: str
    due: date
    noted: datetime | None
    id: int = 0


@dataclass(frozen=True)
class ItemFacts:
    """A line of a volume's index."""

    seq: int
    title: str
    step: str
    required: bool
    pages: int
    note: str


@dataclass(frozen=True)
class VolumeFacts:
    """An archive volume; ``archive_no`` and ``place`` once it is on the shelf."""

    id: int
    archive_no: str | None
    case: str
    procedure: str
    account_no: str | None
    outcome: str
    state: str
    secrecy: str | None
    retention: str | None
    place: str | None
    opened_at: datetime
    shelved_at: datetime | None
    items: tuple[ItemFacts, ...]
    borrowed_by: str | None = None


@dataclass(frozen=True)
class Change:
    """One change of the history; ``personal`` names the fields that doors mask."""

    seq: int
    at: datetime
    by: str
    action: str
    case: str | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    personal: frozenset[str] = field(default_factory=frozenset)
    destroyed: bool = False


@dataclass(frozen=True)
class InstallationFacts:
    """A meter, past or present, at a point."""

    serial: str
    calibre: int
    installed: date
    start_reading: int
    last_reading: int
    removed: date | None
    end_reading: int | None


@dataclass(frozen=True)
class ReadingFacts:
    """A reading and the m³ since the one before."""

    on: date
    reading: int
    volume: int
    source: str
    case: str | None


@dataclass(frozen=True)
class CustomerPage:
    """All that the customer page shows of the register."""

    customer: CustomerFacts
    accounts: tuple[AccountLine, ...]
    installations: Mapping[str, tuple[InstallationFacts, ...]]
    contracts: tuple[ContractFacts, ...]
    bills: Mapping[str, tuple[BillFacts, ...]]
