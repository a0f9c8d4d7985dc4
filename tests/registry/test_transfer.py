"""A change of owner, from the lock to the shelf, as the register sees it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from app import audit, registry
from app.db import db
from app.errors import Invalid, Refused
from app.registry.demo.rows import RESIDENT
from app.worktime import local_day
from tests.registry.conftest import AT, Office

TODAY = local_day(AT)
CASE = "GH20260302-0001"
BUYER: dict[str, Any] = {
    "type": "person",
    "name": "言 若谷",
    "id_type": "resident_id",
    "id_no": "430199190208152044",
    "phones": ["１９９００００８８８８", "0731-84123456"],
}
UNIT: dict[str, Any] = {
    "type": "unit",
    "name": "听松物业(湖南)有限公司",
    "uscc": "91430199MA4Q00016T",
    "phones": ["19900007777"],
    "legal_rep": "沈知夏",
    "tax_no": "91430199MA4Q00016T",
}


def settle(do: Office, no: str, reading: int) -> tuple[str, str]:
    """Read, bill and pay; gives the numbers of bill and receipt."""
    old = registry.account(no)
    volume = do(registry.record_reading, no, on=TODAY, reading=reading, source="site", case=CASE)
    lines = registry.charge(volume, old.tier_used, old.household_size, RESIDENT)
    bill = do(registry.issue_final_bill, no, on=TODAY, lines=lines, volume=volume, case=CASE)
    owed = registry.total(lines)
    assert [(b.bill_no, b.open) for b in registry.open_bills(no)] == [(bill, owed)]
    receipt = do(
        registry.take_payment,
        account_no=no,
        bills=[bill],
        method="cash",
        amount=owed,
        items=[{"code": "water", "text": "水费", "amount": owed}],
        payer="许望秋",
        case=CASE,
        cashier=7,
    )
    assert receipt.startswith(f"SJ{TODAY:%Y%m%d}007-")
    return bill, receipt


def test_the_whole_of_it(do: Office, known: dict[str, str]) -> None:
    no = known["relief_and_debit"]
    old = registry.account(no)
    assert old.meter
    assert do(registry.take_lock, no, CASE) is None
    reading = old.meter.last_reading + 12
    bill, receipt = settle(do, no, reading)
    do(registry.end_contract, no, on=TODAY, case=CASE)
    contract = do(registry.sign_contract, no, signer="言若谷", on=TODAY, case=CASE)
    new_id = do(registry.change_owner, no, BUYER, CASE)
    do(registry.end_bindings, no, CASE)
    do(registry.restart_tiers, no, on=TODAY, case=CASE)
    do(
        registry.record_transfer,
        no,
        case=CASE,
        reason="sale",
        old=old.owner.id,
        new=new_id,
        reading=reading,
        settlement={"bill": bill, "receipt": receipt},
    )
    now = registry.account(no)
    assert (now.owner.id, now.owner.name, now.name_on_bill) == (new_id, "言若谷", "言若谷")
    assert now.owner.phones == ("19900008888", "0731-84123456")
    assert (now.relief, now.direct_debit, now.bank, now.arrears) == (False, False, None, 0)
    assert (now.tier_used, now.tier_from, now.contract_no) == (0, TODAY, contract)
    assert old.contract_no != contract
    assert now.meter
    assert now.meter.last_reading == reading
    states = {c.contract_no: (c.state, c.signer) for c in registry.contracts([no])}
    assert states[contract] == ("running", "言若谷")
    assert states[old.contract_no][0] == "ended"
    assert do(registry.release_lock, CASE) == [no]
    assert registry.account(no).lock is None


def test_the_history_tells_before_and_after(do: Office, known: dict[str, str]) -> None:
    no = known["clean_sale"]
    old = registry.account(no).owner
    new_id = do(registry.change_owner, no, BUYER, CASE)
    change = next(c for c in registry.history("account", no) if c.action.endswith("owner_change"))
    assert (change.before["customer_id"], change.after["customer_id"]) == (old.id, new_id)
    assert (change.before["name_on_bill"], change.after["name_on_bill"]) == (old.name, "言若谷")
    assert change.personal == {"name_on_bill"}
    assert change.case == CASE
    assert [c.action for c in registry.history("customer", new_id)] == [
        "customer:create",
        "customer:account_got",
    ]


def test_one_number_is_one_customer(do: Office, known: dict[str, str]) -> None:
    first = do(registry.change_owner, known["clean_sale"], BUYER, CASE)
    later = BUYER | {"name": "言若谷", "phones": ["19900006666"]}
    assert do(registry.change_owner, known["two_phones"], later, "GH20260302-0002") == first
    assert registry.customer(first).phones == ("19900006666",)
    assert {line.account_no for line in registry.find_accounts("19900006666")} == {
        known["clean_sale"],
        known["two_phones"],
    }
    assert registry.find_accounts("19900008888") == []
    with pytest.raises(Invalid) as caught:
        do(registry.change_owner, known["rare_name"], BUYER | {"name": "顾衡之"}, "GH3")
    assert set(caught.value.fields) == {"name"}


def test_a_unit_takes_a_new_name_and_nobody_buys_of_himself(
    do: Office, known: dict[str, str]
) -> None:
    no = known["unit"]
    first = do(registry.change_owner, no, UNIT, CASE)
    assert registry.account(no).owner.name == "听松物业（湖南）有限公司"
    with pytest.raises(Refused):
        do(registry.change_owner, no, UNIT, CASE)
    renamed = UNIT | {"name": "听松城市服务（湖南）有限公司"}
    assert do(registry.change_owner, no, renamed, CASE) == first
    assert registry.account(no).owner.name == "听松城市服务（湖南）有限公司"
    assert registry.account(no).tax_no == UNIT["tax_no"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"type": "ghost"}, "type"),
        ({"phones": []}, "phones"),
        ({"phones": ["123"]}, "phones"),
        ({"id_no": "430199190001010015"}, "id_no"),
        ({"id_no": ""}, "id_no"),
        ({"type": "unit", "uscc": "91430199MA4Q00016X"}, "uscc"),
        ({"email": "x" * 201}, "email"),
    ],
)
def test_wrong_particulars_are_named(
    do: Office, known: dict[str, str], change: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        do(registry.change_owner, known["clean_sale"], BUYER | change, CASE)
    assert set(caught.value.fields) == {field}


@pytest.mark.parametrize("name", ["closed", "pre"])
def test_closed_and_future_accounts_have_no_owner_to_change(
    do: Office, known: dict[str, str], name: str
) -> None:
    with pytest.raises(Refused):
        do(registry.change_owner, known[name], BUYER, CASE)


def test_while_a_case_holds_the_account(do: Office, known: dict[str, str]) -> None:
    no, other = known["case17"], "XH20260302-0009"
    assert do(registry.take_lock, no, CASE) is None
    assert do(registry.take_lock, no, CASE) is None
    assert do(registry.take_lock, no, other) == CASE
    assert registry.account(no).lock == CASE
    meter = registry.account(no).meter
    assert meter
    changes: list[tuple[Any, dict[str, Any]]] = [
        (registry.change_owner, {"new": BUYER, "case": other}),
        (registry.restart_tiers, {"on": TODAY, "case": other}),
        (registry.end_bindings, {"case": other}),
        (registry.settle_balance, {"way": "refund", "case": other}),
        (registry.sign_contract, {"signer": "周", "on": TODAY, "case": other}),
        (registry.end_contract, {"on": TODAY, "case": other}),
        (registry.record_reading, {"on": TODAY, "reading": meter.last_reading, "source": "manual"}),
        (registry.issue_final_bill, {"on": TODAY, "lines": [], "volume": 0, "case": other}),
    ]
    for fn, given in changes:
        with pytest.raises(Refused, match=CASE):
            do(fn, no, **given)
    do(
        registry.take_payment,
        account_no=no,
        bills=None,
        method="card",
        amount=19222,
        items=[{"code": "water", "text": "水费", "amount": 19222}],
        payer="周",
        case=None,
        cashier=1,
    )
    assert registry.account(no).arrears == 0


def test_readings_are_checked(do: Office, known: dict[str, str]) -> None:
    no = known["rollover"]
    last = registry.account(no).meter
    assert last
    assert registry.usage(no, 5, rolled_over=True) == 99_999 + 1 - last.last_reading + 5
    for given in (
        {"on": TODAY, "reading": 5},
        {"on": TODAY + timedelta(days=1), "reading": 99_990},
        {"on": last.last_date - timedelta(days=1), "reading": 99_990},
        {"on": TODAY, "reading": 100_000},
    ):
        with pytest.raises(Invalid):
            do(registry.record_reading, no, source="site", **given)
    volume = do(registry.record_reading, no, on=TODAY, reading=5, source="site", rolled_over=True)
    assert volume == 18
    assert registry.usage(known["reversed"], 4_200) == 10


def test_one_statement_reads_an_account(known: dict[str, str]) -> None:
    seen: list[str] = []
    connection = db.session.connection()
    event.listen(connection, "before_cursor_execute", lambda *a: seen.append(a[2]))
    registry.account(known["case17"])
    assert len(seen) == 1
    registry.find_accounts("周禾清")
    assert len(seen) == 2


def test_the_chains_hold_after_all_this(do: Office, known: dict[str, str]) -> None:
    do(registry.take_lock, known["clean_sale"], CASE)
    do(registry.change_owner, known["clean_sale"], BUYER, CASE)
    outcome = audit.verify()
    assert outcome.findings == []
    assert outcome.entries > 3 * 60
    row = "UPDATE account SET chain_head = 'x' WHERE account_no = :no"
    db.session.execute(text(row), {"no": known["unit"]})
    assert [f.subject for f in audit.verify().findings] == [f"account:{known['unit']}"]
