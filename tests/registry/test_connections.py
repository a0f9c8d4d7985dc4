"""Applications, points and accounts of a new connection: numbers, duplicates, dates, undoing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import audit, registry
from app.db import raw
from app.errors import Invalid, Refused
from app.identifiers import luhn_digit
from app.registry import demo
from app.worktime import local_day
from tests.registry.conftest import AT

CASE, OTHER = "BZ20261127-0001", "BZ20261127-0002"
WHO = {
    "type": "person",
    "name": "言若谷",
    "id_type": "resident_id",
    "id_no": "430199190105061238",
    "phones": ["19900001001"],
}
PLACE = {
    "kind": "permanent",
    "applicant_type": "person",
    "category": "residential",
    "address": "城东区青禾路88号",
    "region": "城东",
    "demand": 1,
    "floors": 6,
    "calibre": 20,
    "meters": 2,
}
USE = {"region": "城东", "category": "residential", "price_code": "resident"}
TODAY = local_day(AT)


@pytest.fixture
def customer(do, known) -> int:
    """The applicant of CASE, accepted."""
    do(registry.record_application, CASE, PLACE)
    return do(registry.accept_application, CASE, WHO)


def flats(*doors: str, estate: str = "城东区星河湾", calibre: int = 20):
    return [{"estate": estate, "building": "7", "unit": "1", "door": door, "calibre": calibre}
            for door in doors]  # fmt: skip


def issue(do, customer, rows, book="0901", case=CASE):
    return do(registry.issue_points, case, customer, rows, book=book, **USE)


def test_who_is_known_by_the_number_is_the_same_customer(do, customer):
    do(registry.record_application, OTHER, {**PLACE, "address": "城东区青禾路90号"})
    assert do(registry.accept_application, OTHER, {**WHO, "phones": ["19900001009"]}) == customer
    assert registry.customer(customer).phones == ("19900001009",)
    with pytest.raises(Invalid) as wrong:
        do(registry.enrol_customer, {**WHO, "name": "别人"}, OTHER)
    assert set(wrong.value.fields) == {"name"}


def test_numbers_have_their_check_digits_and_no_gaps(do, customer):
    found = issue(do, customer, flats("101", "102", "101", ""))
    assert [(one.row, one.reason) for one in found.rejected] == [(3, "与第 1 行地址重复")]
    numbers = [point.point_no for point in found.points]
    assert [n[:14] for n in numbers] == [f"JS-CD-0901-000{k:02}"[:14] for k in (1, 2, 3)]
    assert [n.split("-")[3] for n in numbers] == ["00001", "00002", "00003"]
    for point in found.points:
        digits = "".join(c for c in point.point_no if c.isdigit())
        assert luhn_digit(digits[:-1]) == digits[-1]
        assert luhn_digit(point.account_no[:9]) == point.account_no[9]
        assert (point.state, point.account_state, point.book_no) == (
            "numbered", "pre", "000000901",
        )  # fmt: skip
    # What was rejected took no number.
    last = raw().execute("SELECT last FROM number_counters WHERE series LIKE 'JS-CD-0901-%'")
    assert last.fetchone()[0] == 3


def test_the_same_rows_give_the_same_numbers_and_a_row_left_out_gives_its_own_up(do, customer):
    first = issue(do, customer, flats("101", "102"))
    assert issue(do, customer, flats("101", "102")).points == first.points
    fewer = issue(do, customer, flats("102", "103", calibre=25))
    assert fewer.points[0].point_no == first.points[1].point_no
    assert {p.calibre for p in fewer.points} == {25}
    gone = registry.account(first.points[0].account_no)
    assert (gone.state, gone.service_point.state) == ("closed", "disused")
    assert audit.verify().findings == []


def test_an_address_that_has_a_point_is_rejected_and_one_of_another_case_too(do, customer, known):
    here = registry.account(known["clean_sale"]).service_point
    issue(do, customer, flats("101"))
    do(registry.record_application, OTHER, {**PLACE, "address": "城东区青禾路90号"})
    do(registry.accept_application, OTHER, WHO)
    rows = [{"address": here.address, "calibre": 20}, *flats("101"), {"calibre": 20},
            {"address": "城东区青禾路９０号", "calibre": 21}]  # fmt: skip
    found = issue(do, customer, rows, case=OTHER)
    assert found.points == ()
    said = [one.reason for one in found.rejected]
    assert here.no in said[0]
    assert "已有接水点" in said[1]
    assert "不完整" in said[2]
    assert "口径" in said[3]


def test_wrong_books_and_too_many_rows_are_said(do, customer):
    for book in ("", "A1", "0", "1234567890"):
        with pytest.raises(Invalid) as wrong:
            issue(do, customer, flats("101"), book=book)
        assert set(wrong.value.fields) == {"book"}
    with pytest.raises(Invalid):
        issue(do, customer, [])


def test_an_address_belongs_to_one_open_application(do, customer):
    do(registry.record_application, OTHER, PLACE)
    assert do(registry.take_address, PLACE["address"], CASE) is None
    assert do(registry.take_address, "城东区青禾路８８号", OTHER) == CASE
    do(registry.end_of_case, CASE, "withdrawn")
    assert do(registry.take_address, PLACE["address"], OTHER) is None
    assert registry.connection(CASE).outcome == "withdrawn"


def test_charges_and_contract_of_a_case_come_before_its_account(do, customer):
    items = [{"code": "works", "text": "工程费", "amount": 5000}]
    pay = {"account_no": None, "bills": None, "method": "cash", "payer": "言若谷", "cashier": "7",
           "items": items, "amount": 5000}  # fmt: skip
    receipt = do(registry.take_payment, case=CASE, **pay)
    with pytest.raises(Refused):  # nobody's case
        do(registry.take_payment, case="BZ20261127-0099", **pay)
    number = sign(do, customer)
    again = sign(do, customer)
    assert [c.state for c in registry.contracts_of_case(CASE)] == ["running", "ended"]
    assert number != again
    issue(do, customer, flats("101"))
    (point,) = registry.points_of_case(CASE)
    assert registry.account(point.account_no).contract_no == again
    assert registry.payments(receipt_no=receipt)[0].account_no == point.account_no
    do(registry.refund_charges, CASE, amount=2000, method="cash", payee="言若谷", bank_account="",
       case="TK1")  # fmt: skip
    assert [one.amount for one in registry.charges(CASE)] == [3000]
    with pytest.raises(Refused):
        do(registry.refund_charges, CASE, amount=3001, method="cash", payee="言若谷",
           bank_account="", case="TK2")  # fmt: skip
    do(registry.refund_charges, CASE, amount=3000, method="cash", payee="言若谷", bank_account="",
       case="TK2")  # fmt: skip
    assert registry.payments(receipt_no=receipt)[0].state == "refunded"
    ((kept,),) = raw().execute("SELECT string_agg(c::text, '') FROM contract c").fetchall()
    assert "言若谷" not in kept


def sign(do, customer) -> str:
    return do(registry.sign_case_contract, CASE, customer, signer="言若谷", on=TODAY,
              terms={"calibre": 20}, **USE)  # fmt: skip


def test_a_contract_over_several_accounts_is_left_one_by_one(do, customer):
    sign(do, customer)
    issue(do, customer, flats("101", "102"))
    one, two = (p.account_no for p in registry.points_of_case(CASE))
    shared = registry.account(one).contract_no
    assert shared == registry.account(two).contract_no is not None
    assert do(registry.end_contract, one, on=TODAY, case="GH1") == [shared]
    assert registry.account(one).contract_no is None
    assert registry.account(two).contract_no == shared


def metered(do, customer) -> str:
    """A point of the case with its meter; gives the account."""
    issue(do, customer, flats("101"))
    (point,) = registry.points_of_case(CASE)
    serial, seal = demo.serial("城东", 20, 1), demo.seal_no("城东", "plastic", 1)
    seals = [{"type": "plastic", "no": seal}]
    do(registry.issue_meters, CASE, [{"point_no": point.point_no, "serial": serial,
                                      "seals": seals}], "丁望舒", TODAY)  # fmt: skip
    do(registry.install_meter, serial=serial, point_no=point.point_no, on=TODAY, start_reading=3,
       seals=seals, position="楼道", reversed=False, photos=[], installer="丁望舒",
       case=CASE)  # fmt: skip
    return point.account_no


def entry(**more):
    good = {"serial": demo.serial("城东", 20, 1), "start_reading": 3, "installed": TODAY,
            "book_no": "901", "book_seq": 1}  # fmt: skip
    return good | more


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"serial": "HX000000"}, "serial"),
        ({"start_reading": 4}, "start_reading"),
        ({"installed": TODAY - timedelta(days=1)}, "installed"),
        ({"opened": TODAY - timedelta(days=1)}, "opened"),
        ({"opened": TODAY + timedelta(days=1)}, "opened"),
        ({"book_no": "777"}, "book_no"),
        ({"book_seq": 0}, "book_seq"),
        ({"pay_method": "barter"}, "pay_method"),
    ],
)
def test_an_account_opens_only_on_what_hangs_there(do, customer, wrong, field):
    number = metered(do, customer)
    with pytest.raises(Invalid) as fault:
        do(registry.open_account, number, entry(**wrong), CASE)
    assert set(fault.value.fields) == {field}


def test_an_account_is_opened_once_with_all_that_belongs_to_it(do, customer, known):
    number = metered(do, customer)
    with pytest.raises(Refused):
        do(registry.open_account, known["pre"], entry(), CASE)
    do(registry.open_account, number, entry(name_on_bill="星蔓食品有限公司", household_size=5),
       CASE)  # fmt: skip
    account = registry.account(number)
    assert (account.state, account.opened, account.household_size, account.name_on_bill) == (
        "normal", TODAY, 5, "星蔓食品有限公司",
    )  # fmt: skip
    do(registry.end_of_case, CASE, "forced")
    assert registry.account(number).state == "normal"
    assert audit.verify().findings == []


def test_what_came_to_nothing_is_undone(do, customer):
    sign(do, customer)
    issue(do, customer, flats("101"))
    (point,) = registry.points_of_case(CASE)
    serial = demo.serial("城东", 20, 2)
    do(registry.issue_meters, CASE, [{"point_no": point.point_no, "serial": serial,
                                      "seals": []}], "丁望舒", TODAY)  # fmt: skip
    do(registry.end_of_case, CASE, "withdrawn")
    assert registry.stock_meter(serial).state == "in_stock"
    account = registry.account(point.account_no)
    assert (account.state, account.contract_no) == ("closed", None)
    assert issue_again(do, customer) != point.point_no


def issue_again(do, customer) -> str:
    do(registry.record_application, OTHER, {**PLACE, "address": "城东区青禾路92号"})
    do(registry.accept_application, OTHER, WHO)
    return issue(do, customer, flats("101"), case=OTHER).points[0].point_no
