"""Service points and pre-accounts of a new connection (发放接水点编号, 2.21; 预立户 P05).

Numbers are gap-free within their series (a rejected row takes none) and permanent: a point keeps
its number when its meter is exchanged, its account when it changes hands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app import identifiers, settings
from app.db import db
from app.errors import Invalid
from app.registry import customers, private
from app.registry.applications import CHANGES, connection_row
from app.registry.books import today
from app.registry.case_contracts import bind_case
from app.registry.facts_connection import IssuedPoints, RejectedRow
from app.registry.models import Account, ConnectionPoint, ServicePoint
from app.registry.point_changes import give_up, keep_point, point_rows, recalibre
from app.registry.point_reads import branch_of, points_of_case
from app.registry.reads import customer
from app.registry.search import address_key
from app.texts import T, Text
from app.work import Work

Rows = Sequence[Mapping[str, Any]]
# Each row is two entries of the trail, and one command links no more than the database takes.
MOST = 500


@dataclass(frozen=True)
class Wanted:
    """A row of the list: its place from 1, its address, what makes it impossible."""

    row: int
    address: str
    key: str
    calibre: int
    fault: Text | None = None


def issue_points(
    work: Work,
    case: str,
    customer_id: int,
    rows: Rows,
    *,
    region: str,
    category: str,
    price_code: str,
    book: str,
    kind: str = "permanent",
) -> IssuedPoints:
    """A number and a pre-account for each row; what cannot have one is named by its row.

    A row: ``address``, or ``estate`` with ``building``, ``unit``, ``door``; ``calibre`` (mm).
    The same rows of the same case give the same numbers; a row that is no longer in the list
    gives its number up. A change of what is there (enlarge, relocate) keeps point and account.
    Raises Invalid (``rows``, ``book``).
    """
    if not 1 <= len(rows) <= MOST:
        raise Invalid(fields={"rows": T("请填 1 至 {most} 个接水点", most=MOST)})
    application = connection_row(case)
    if application.kind in CHANGES:
        keep_point(work, application, int(rows[0].get("calibre") or 0))
        return IssuedPoints(tuple(points_of_case(case)), ())
    place = Place(work, case, customer_id, region, category, price_code, read_book(book), kind)
    return _issue(place, rows)


def read_book(book: str) -> str:
    """The number of a reader's book in its one form, filled up with zeros. Raises Invalid."""
    digits = int(settings.get("books.digits"))
    number = identifiers.fold_number(book)
    if not re.fullmatch(r"[0-9]+", number) or len(number) > digits or not int(number):
        raise Invalid(fields={"book": T("表册号应为不超过 {n} 位的数字", n=digits)})
    return number.zfill(digits)


@dataclass(frozen=True)
class Place:
    """What all points of a list have in common."""

    work: Work
    case: str
    customer_id: int
    region: str
    category: str
    price_code: str
    book: str
    kind: str

    @property
    def shelf(self) -> str:
        """The book as it stands in the number of a point: its last four digits."""
        return self.book[-4:].zfill(4)

    @property
    def branch(self) -> str:
        """The branch that serves the region."""
        return branch_of(self.region)


def _issue(place: Place, rows: Rows) -> IssuedPoints:
    mine = {each.address_key: each for each in point_rows(place.case)}
    wanted = _wanted(rows, mine)
    good = [each for each in wanted if each.fault is None]
    gone = [each for key, each in mine.items() if key not in {one.key for one in good}]
    give_up(place.work, place.case, gone)
    for each in good:
        if each.key in mine:
            recalibre(place.work, mine[each.key], each.calibre)
    numbers = Numbers(place)
    for done, each in enumerate(good):
        if each.key not in mine:
            _make(place, each, numbers)
        place.work.told(done, len(good))
    bind_case(place.work, place.case)
    rejected = (RejectedRow(each.row, each.address, str(each.fault))
                for each in wanted if each.fault is not None)  # fmt: skip
    return IssuedPoints(tuple(points_of_case(place.case)), tuple(rejected))


def full_address(row: Mapping[str, Any]) -> str:
    """The address of a row in one line; empty when street and estate are both missing."""
    said = str(row.get("address") or "").strip()
    estate = str(row.get("estate") or "").strip()
    if said or not estate:
        return said
    ends = (("building", "栋"), ("unit", "单元"), ("door", ""))
    parts = [_ended(str(row.get(name) or "").strip(), end) for name, end in ends]
    return estate + "".join(parts)


def incomplete(row: Mapping[str, Any]) -> Text | None:
    """What an address lacks; an estate alone is no place where a meter hangs."""
    if not address_key(full_address(row)):
        return T("地址不完整：街道门牌或小区名称至少填一项")
    said = any(str(row.get(name) or "").strip() for name in ("address", "building", "unit", "door"))
    return None if said else T("地址不完整：小区之外还要填楼栋、单元或房号")


def _ended(text: str, end: str) -> str:
    """7 → 7栋; what says so already stays as it is."""
    return text + end if text and end and text[-1].isascii() else text


def _wanted(rows: Rows, mine: Mapping[str, ConnectionPoint]) -> list[Wanted]:
    keys = [address_key(full_address(row)) for row in rows]
    taken = taken_points([key for key in keys if key not in mine])
    found, first = [], dict[str, int]()
    for number, (row, key) in enumerate(zip(rows, keys, strict=True), 1):
        calibre = int(row.get("calibre") or 0)
        fault = incomplete(row) or _fault(calibre, first.get(key), taken.get(key))
        if fault is None:
            first[key] = number
        found.append(Wanted(number, full_address(row), key, calibre, fault))
    return found


def _fault(calibre: int, before: int | None, taken: str | None) -> Text | None:
    if before is not None:
        return T("与第 {row} 行地址重复", row=before)
    if taken is not None:
        return T("该地址已有接水点 {no}", no=taken)
    return identifiers.calibre(calibre)


def taken_points(keys: Iterable[str]) -> dict[str, str]:
    """Of addresses that have a point in use: its number."""
    asked = sa.select(ServicePoint.address_key, ServicePoint.no).where(
        ServicePoint.address_key.in_(list(keys)), ServicePoint.state != "disused"
    )
    return {row.address_key: row.no for row in db.session.execute(asked)}


class Numbers:
    """Numbers that nothing in the register has yet, one after the other.

    An installation that brought its accounts along has numbers below the counter: they are
    stepped over.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        code = settings.regions().get(place.region, "")
        self.points = set(db.session.scalars(sa.select(ServicePoint.no).where(
            ServicePoint.no.contains(f"{code}-{place.shelf}-"))))  # fmt: skip
        seq = sa.select(sa.func.max(Account.book_seq)).where(
            Account.region == place.region, Account.book_no == place.book
        )
        self.seq = int(db.session.scalar(seq) or 0)
        self.rows = {each.seq for each in point_rows(place.case)}

    def point(self) -> str:
        """The next number of a point in this book."""
        place = self.place
        while True:
            number = settings.next_number(
                place.work, "service_point", region=place.region, book=place.shelf
            )
            if number not in self.points:
                return number

    def account(self) -> str:
        """The next number of an account, with its check digit."""
        while True:
            number = settings.next_number(self.place.work, "account")
            if db.session.get(Account, number) is None:
                return number

    def row(self, wanted: int) -> int:
        """The row's own number, or the next free one when another address had it before."""
        number = wanted if wanted not in self.rows else max(self.rows) + 1
        self.rows.add(number)
        return number

    def place_in_book(self) -> int:
        """The next place in the reader's book."""
        self.seq += 1
        return self.seq


def _make(place: Place, wanted: Wanted, numbers: Numbers) -> None:
    work, number, account_no = place.work, numbers.point(), numbers.account()
    db.session.add(
        ServicePoint(
            no=number,
            address=wanted.address,
            address_key=wanted.key,
            region=place.region,
            branch=place.branch,
            kind=place.kind,
            state="numbered",
            calibre_planned=wanted.calibre,
        )
    )
    db.session.flush()
    account = _account(place, number, account_no, numbers.place_in_book())
    after = {"point": number, "address": wanted.address, "calibre": wanted.calibre,
             "state": "pre", "book": place.book}  # fmt: skip
    work.record(account, "account:pre", after=after, case=place.case)
    db.session.add(
        ConnectionPoint(
            case_no=place.case,
            seq=numbers.row(wanted.row),
            point_no=number,
            account_no=account_no,
            address_key=wanted.key,
        )
    )
    db.session.flush()


def _account(place: Place, point_no: str, account_no: str, seq: int) -> Account:
    vault = private.vault_of(place.customer_id)
    name = customer(place.customer_id).name
    account = Account(
        account_no=account_no,
        customer_id=place.customer_id,
        point_no=point_no,
        sealed=vault.seal({"name_on_bill": name}, f"account:{account_no}"),
        bill_name_hash=customers.name_hash(name),
        category=place.category,
        price_code=place.price_code,
        book_no=place.book,
        book_seq=seq,
        region=place.region,
        branch=place.branch,
        state="pre",
        tier_from=today(place.work),
        chain_seq=0,
        chain_head=b"",
    )
    db.session.add(account)
    db.session.flush()
    return account
