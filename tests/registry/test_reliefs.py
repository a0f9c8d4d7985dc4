"""Reliefs: who may have one, how much water it frees, and that it ends by itself."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from app import registry
from app.db import db, raw
from app.errors import Invalid, Refused
from app.registry.models import Relief
from app.registry.relief_water import free_water, months
from app.work import SYSTEM
from app.worktime import local_day
from tests.registry.conftest import AT, Office

CASE = "DB20260302-0001"
TODAY = local_day(AT)
LATER = TODAY + timedelta(days=365)
HOUSEHOLD = {
    "name": "言若谷",
    "id_no": "430199190105061238",
    "phone": "19900001001",
    "kind": "low_income",
    "cert_no": "DB4301990001",
    "valid_to": LATER,
}
OTHER = {
    "name": "柳松声",
    "id_no": "430199198807079009",
    "phone": "19900001002",
    "kind": "extreme_poverty",
    "cert_no": "TK4301990002",
    "valid_to": LATER,
}


def register(do: Office, no: str, *households: dict[str, Any], **more: Any) -> list[int]:
    given = {"mode": "own", "case": CASE, **more}
    ids: list[int] = do(registry.register_reliefs, no, list(households or (HOUSEHOLD,)), **given)
    return ids


def problems(no: str, *households: dict[str, Any], mode: str = "own") -> list[str]:
    found = registry.relief_problems(no, list(households or (HOUSEHOLD,)), mode=mode, on=TODAY)
    return [str(text) for text in found]


# --- registering ----------------------------------------------------------------------------


def test_a_household_is_bound_from_today_on(do: Office, known: dict[str, str]) -> None:
    no = known["clean_sale"]
    assert problems(no) == []
    (id,) = register(do, no)
    (facts,) = registry.reliefs(no)
    assert (facts.id, facts.valid_from, facts.valid_to, facts.quota) == (id, TODAY, LATER, 6)
    assert (facts.name, facts.cert_tail, facts.kind) == ("言若谷", "0001", "low_income")
    assert registry.account(no).relief
    assert registry.customer(facts.customer_id).flags == ("low_income",)
    stored = raw().execute("SELECT sealed, r::text FROM relief r WHERE id = %s", (id,)).fetchone()
    assert stored
    assert HOUSEHOLD["cert_no"] not in stored[1]


def test_a_certificate_that_begins_later_is_not_worth_anything_before(
    do: Office, known: dict[str, str]
) -> None:
    begins = TODAY + timedelta(days=9)
    register(do, known["clean_sale"], {**HOUSEHOLD, "valid_from": begins})
    assert registry.reliefs(known["clean_sale"])[0].valid_from == begins


def test_arrears_do_not_stand_in_the_way(known: dict[str, str], do: Office) -> None:
    assert registry.account(known["case17"]).arrears > 0
    assert problems(known["case17"]) == []


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("closed", "已销户"),
        ("pre", "未开户"),
        ("unit", "居民生活"),
        ("relief_and_debit", "已有减免"),
    ],
)
def test_accounts_that_cannot_be_relieved(known: dict[str, str], place: str, says: str) -> None:
    assert any(says in text for text in problems(known[place]))


def test_a_certificate_that_has_run_out(known: dict[str, str]) -> None:
    (text,) = problems(known["clean_sale"], {**HOUSEHOLD, "valid_to": TODAY - timedelta(days=1)})
    assert "到期" in text
    assert problems(known["clean_sale"], {**HOUSEHOLD, "valid_to": TODAY}) == []


def test_a_certificate_that_ends_before_it_begins(known: dict[str, str]) -> None:
    turned = {**HOUSEHOLD, "valid_from": LATER + timedelta(days=1)}
    (text,) = problems(known["clean_sale"], turned)
    assert "颠倒" in text


def test_a_certificate_binds_one_place(do: Office, known: dict[str, str]) -> None:
    register(do, known["clean_sale"])
    folded = {**HOUSEHOLD, "cert_no": "ｄｂ 4301990001"}
    (text,) = problems(known["case17"], folded)
    assert known["clean_sale"] in text
    assert "DB4301" not in text
    with pytest.raises(Refused):
        register(do, known["case17"], folded)
    assert registry.reliefs(known["case17"]) == []


def test_an_account_of_its_own_has_one_household(do: Office, known: dict[str, str]) -> None:
    register(do, known["clean_sale"])
    assert any("已有减免" in text for text in problems(known["clean_sale"], OTHER))
    assert any("已有减免" in text for text in problems(known["clean_sale"], OTHER, mode="master"))


def test_a_master_meter_has_as_many_as_are_listed(do: Office, known: dict[str, str]) -> None:
    no = known["clean_sale"]
    register(do, no, HOUSEHOLD, OTHER, mode="master")
    assert sum(each.quota for each in registry.reliefs(no)) == 12
    (text,) = problems(no, OTHER, {**OTHER, "cert_no": "TK9"}, mode="master")
    assert "已绑定" in text
    twice = problems(known["case17"], {**HOUSEHOLD, "cert_no": "X1"},
                     {**OTHER, "cert_no": "X1"}, mode="master")  # fmt: skip
    assert any("重复" in text for text in twice)


def test_an_account_that_another_case_holds(do: Office, known: dict[str, str]) -> None:
    no = known["clean_sale"]
    do(registry.take_lock, no, "GH20260302-0009")
    assert any("GH20260302-0009" in text for text in problems(no))
    with pytest.raises(Refused):
        register(do, no)


def test_what_is_no_person_is_said(do: Office, known: dict[str, str]) -> None:
    with pytest.raises(Invalid) as wrong:
        register(do, known["clean_sale"], {**HOUSEHOLD, "id_no": "4301"})
    assert "id_no" in wrong.value.fields


def test_the_register_knows_the_household_and_keeps_its_phones(
    do: Office, known: dict[str, str]
) -> None:
    first = register(do, known["clean_sale"])[0]
    customer = registry.reliefs(known["clean_sale"])[0].customer_id
    do(registry.end_relief, first, on=TODAY, why="review", case=CASE)
    register(do, known["case17"], {**HOUSEHOLD, "phone": "19900001009"})
    again = registry.reliefs(known["case17"])[0]
    assert again.customer_id == customer
    assert registry.customer(customer).phones == ("19900001001", "19900001009")


# --- the water ------------------------------------------------------------------------------


def test_which_months_a_reading_uses() -> None:
    def of(since: date, on: date) -> list[str]:
        return [f"{first:%m-%d}..{last:%m-%d}" for first, last in months(since, on)]

    assert of(date(2026, 2, 15), date(2026, 3, 15)) == ["03-01..03-15"]
    assert of(date(2026, 2, 28), date(2026, 4, 2)) == ["03-01..03-31", "04-01..04-02"]
    assert of(date(2026, 3, 1), date(2026, 3, 31)) == ["03-01..03-31"]
    assert of(date(2025, 12, 31), date(2026, 1, 1)) == ["01-01..01-01"]


def bound(no: str, start: date, end: date, **more: Any) -> Relief:
    """A relief written straight into the table, for days of one's own choice."""
    account = registry.account(no)
    row = Relief(
        account_no=no, customer_id=account.owner.id, kind="low_income", sealed=b"",
        valid_from=start, valid_to=end, quota=6, mode="own", **more,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def free(no: str, since: date, on: date, used: int = 100) -> int:
    return sum(free_water(no, since=since, on=on, used=used).values())


def test_six_a_month_and_no_more_than_was_used(do: Office, known: dict[str, str]) -> None:
    no = known["clean_sale"]
    assert free(no, date(2026, 2, 15), date(2026, 3, 15)) == 0
    bound(no, date(2026, 1, 10), date(2026, 12, 31))
    assert free(no, date(2026, 2, 15), date(2026, 3, 15)) == 6
    assert free(no, date(2026, 2, 15), date(2026, 3, 15), used=4) == 4
    assert free(no, date(2026, 2, 15), date(2026, 5, 15)) == 18
    assert free(no, date(2026, 2, 15), date(2026, 3, 15), used=0) == 0


def test_never_before_it_was_registered_and_not_after_it_ended(
    do: Office, known: dict[str, str]
) -> None:
    no = known["clean_sale"]
    row = bound(no, date(2026, 3, 10), date(2026, 4, 20))
    assert free(no, date(2026, 1, 31), date(2026, 3, 9)) == 0
    assert free(no, date(2026, 1, 31), date(2026, 3, 10)) == 6, "March alone"
    assert free(no, date(2026, 3, 31), date(2026, 5, 31)) == 6, "April alone"
    assert free(no, date(2026, 4, 21), date(2026, 4, 30)) == 0
    row.ended = date(2026, 4, 1)
    db.session.flush()
    assert free(no, date(2026, 3, 31), date(2026, 4, 30)) == 0, "ended: the first day without"


def test_one_certificate_after_another_is_still_one_household(
    do: Office, known: dict[str, str]
) -> None:
    no = known["clean_sale"]
    bound(no, date(2026, 1, 1), date(2026, 3, 15))
    bound(no, date(2026, 3, 16), date(2026, 12, 31))
    assert free(no, date(2026, 2, 28), date(2026, 3, 31)) == 6


def test_the_bill_leaves_the_free_water_out_and_a_month_is_used_once(
    do: Office, known: dict[str, str]
) -> None:
    no, first, last = known["clean_sale"], TODAY.replace(day=1), TODAY
    bound(no, first - timedelta(days=90), last + timedelta(days=90))
    tiers = [{"component": "water_fee", "tier": 1, "upto": None, "price": 20_000}]
    before = registry.account(no).tier_used

    def bill(volume: int) -> Any:
        given = free_water(no, since=first, on=last, used=volume)
        lines = registry.charge(volume - sum(given.values()), 0, 4, tiers)
        made = do(registry.issue_final_bill, no, on=last, lines=lines, volume=volume, case=CASE,
                  free=given)  # fmt: skip
        return registry.bill(made)

    one = bill(4)
    assert (one.relief, one.amount, one.state) == (4, 0, "paid")
    two = bill(10)
    assert (two.volume, two.relief, two.amount) == (10, 2, 8 * 200)
    assert bill(10).relief == 0
    assert registry.account(no).tier_used - before == 0 + 8 + 10


def test_lines_that_charge_the_free_water_are_refused(do: Office, known: dict[str, str]) -> None:
    no = known["clean_sale"]
    tiers = [{"component": "water_fee", "tier": 1, "upto": None, "price": 20_000}]
    with pytest.raises(Invalid):
        do(registry.issue_final_bill, no, on=TODAY, lines=registry.charge(10, 0, 4, tiers),
           volume=10, case=CASE, free={TODAY.replace(day=1): 6})  # fmt: skip


# --- its end --------------------------------------------------------------------------------


def test_it_ends_by_itself_the_day_after_its_last_and_only_once(
    do: Office, known: dict[str, str]
) -> None:
    no = known["clean_sale"]
    (id,) = register(do, no, {**HOUSEHOLD, "valid_to": TODAY})
    assert registry.expire_reliefs(by=SYSTEM, at=AT) == []
    tomorrow = AT + timedelta(days=1)
    assert registry.expire_reliefs(by=SYSTEM, at=tomorrow) == [id]
    assert registry.expire_reliefs(by=SYSTEM, at=tomorrow) == []
    (facts,) = registry.reliefs(no)
    assert (facts.ended, facts.why_ended) == (TODAY + timedelta(days=1), "expired")
    assert registry.customer(facts.customer_id).flags == ()
    ended = [c for c in registry.history("account", no) if c.action == "account:relief_ended"]
    assert [c.after["relief"] for c in ended] == [id]


def test_a_certificate_that_ran_out_may_be_bound_elsewhere(
    do: Office, known: dict[str, str]
) -> None:
    register(do, known["clean_sale"], {**HOUSEHOLD, "valid_to": TODAY})
    after = TODAY + timedelta(days=1)
    again = {**HOUSEHOLD, "valid_to": LATER}
    assert registry.relief_problems(known["case17"], [again], mode="own", on=after) == []


def test_a_review_is_due_in_time_once_and_together_for_a_meter(
    do: Office, known: dict[str, str]
) -> None:
    no, soon = known["clean_sale"], TODAY + timedelta(days=30)
    register(do, no, {**HOUSEHOLD, "valid_to": soon}, {**OTHER, "valid_to": soon}, mode="master")
    assert [d.account_no for d in registry.reviews_due(TODAY - timedelta(days=1))] == []
    (due,) = registry.reviews_due(TODAY)
    assert (due.account_no, due.valid_to, due.households) == (no, soon, 2)
    taken = do(registry.begin_review, no, soon, "DN1")
    assert [each.name for each in taken] == ["言若谷", "柳松声"]
    assert registry.reviews_due(TODAY) == []
    with pytest.raises(Refused):
        do(registry.begin_review, no, soon, "DN2")


def test_a_renewal_follows_without_a_gap_and_needs_no_second_review(
    do: Office, known: dict[str, str]
) -> None:
    no, soon = known["clean_sale"], TODAY + timedelta(days=10)
    (old,) = register(do, no, {**HOUSEHOLD, "valid_to": soon})
    with pytest.raises(Refused):
        do(registry.renew_relief, old, valid_to=soon, cert_no=None, case="DN1")
    new = do(registry.renew_relief, old, valid_to=LATER, cert_no=None, case="DN1")
    facts = {each.id: each for each in registry.reliefs(no)}
    assert facts[new].valid_from == soon + timedelta(days=1)
    assert (facts[new].renews, facts[new].cert_tail) == (old, "0001")
    assert registry.reviews_due(TODAY) == []
    assert registry.expire_reliefs(by=SYSTEM, at=AT + timedelta(days=11)) == [old]
    assert [each.id for each in registry.reliefs(no, on=soon + timedelta(days=1))] == [new]
    assert registry.customer(facts[new].customer_id).flags == ("low_income",)


def test_a_new_certificate_must_not_be_bound_elsewhere(do: Office, known: dict[str, str]) -> None:
    soon = TODAY + timedelta(days=10)
    (old,) = register(do, known["clean_sale"], {**HOUSEHOLD, "valid_to": soon})
    register(do, known["case17"], OTHER)
    with pytest.raises(Refused):
        do(registry.renew_relief, old, valid_to=LATER, cert_no=OTHER["cert_no"], case="DN1")
    new = do(registry.renew_relief, old, valid_to=LATER, cert_no="DB4301990077", case="DN1")
    tails = {each.id: each.cert_tail for each in registry.reliefs(known["clean_sale"])}
    assert tails == {old: "0001", new: "0077"}


def test_a_destroyed_household_still_has_its_water_and_its_end(
    do: Office, known: dict[str, str]
) -> None:
    no = known["clean_sale"]
    (id,) = register(do, no, {**HOUSEHOLD, "valid_to": TODAY + timedelta(days=5)})
    raw().execute(
        "UPDATE data_keys SET wrapped = NULL WHERE id ="
        " (SELECT c.key_id FROM customer c JOIN relief r ON r.customer_id = c.id WHERE r.id = %s)",
        (id,),
    )
    db.session.expire_all()
    (facts,) = registry.reliefs(no)
    assert (facts.name, facts.cert_tail, facts.quota) == ("", "", 6)
    assert do(registry.begin_review, no, facts.valid_to, "DN1")[0].name == ""
    assert registry.expire_reliefs(by=SYSTEM, at=AT + timedelta(days=6)) == [id]


def test_the_change_of_owner_leaves_households_behind_a_master_meter(
    do: Office, known: dict[str, str]
) -> None:
    no = known["clean_sale"]
    register(do, no, HOUSEHOLD, mode="master")
    assert do(registry.end_bindings, no, "GH1") == []
    assert registry.account(no).relief
