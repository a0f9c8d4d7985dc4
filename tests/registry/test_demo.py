"""The demo register: what stands where, how fast, how true."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import text

from app import config, registry
from app.db import db
from app.errors import Refused
from app.registry import demo
from tests.registry.conftest import Office

HEX = re.compile(r"\\x((?:[0-9a-f]{2})+)")


def test_case_17_owes_what_the_case_says(known: dict[str, str]) -> None:
    facts = registry.account(known["case17"])
    assert facts.owner.name == "周禾清"
    assert facts.service_point.address == "城东区桐荫路12号3单元502"
    assert (facts.arrears, facts.arrears_periods) == (19222, 2)
    bills = registry.open_bills(known["case17"])
    assert sum(bill.open for bill in bills) == 19222
    assert [bill.issued for bill in bills] == sorted(bill.issued for bill in bills)


def test_the_known_places_are_what_they_say(known: dict[str, str]) -> None:
    facts = {name: registry.account(no) for name, no in known.items()}
    clean = facts["clean_sale"]
    assert (clean.state, clean.arrears, clean.open_violation) == ("normal", 0, False)
    assert clean.contract_no
    assert clean.meter
    assert facts["open_violation"].open_violation
    assert facts["closed"].state == "closed"
    assert facts["closed"].meter is None
    assert (facts["relief_and_debit"].relief, facts["relief_and_debit"].direct_debit) == (
        True,
        True,
    )
    assert facts["credit_balance"].balance == 8640
    assert facts["unit"].owner.name.endswith("（湖南）有限公司")
    assert facts["rollover"].meter
    assert facts["rollover"].meter.last_reading > 99_900
    assert facts["reversed"].meter
    assert facts["reversed"].meter.reversed
    assert "㛃" in facts["rare_name"].owner.name
    assert "𠮷" in facts["rare_name_2"].owner.name
    assert len(facts["two_phones"].owner.phones) == 2
    assert facts["pre"].state == "pre"
    assert facts["household_six"].household_size == 6


def test_bills_and_readings_agree(known: dict[str, str]) -> None:
    for wrong in (
        "SELECT bill_no FROM bill b WHERE fees <> (SELECT coalesce(sum(amount), 0)"
        " FROM bill_line l WHERE l.bill_no = b.bill_no)",
        "SELECT b.bill_no FROM bill b LEFT JOIN reading r ON r.account_no = b.account_no"
        " AND r.read_on = b.issued AND r.volume = b.volume WHERE r.id IS NULL",
        "SELECT account_no FROM reading WHERE reading < 0",
    ):
        assert db.session.execute(text(wrong)).all() == []


def in_bytes(found: re.Match[str]) -> str:
    return bytes.fromhex(found[1]).decode("utf-8", "replace")


def test_no_name_number_or_phone_stands_in_clear(known: dict[str, str]) -> None:
    for table in ("customer", "account", "customer_phone", "contract", "trail", "relief"):
        rows = db.session.execute(text(f"SELECT t::text FROM {table} t")).scalars()
        # Hex digits of a hash may spell any six of them: the bytes are what is looked at.
        everything = "\n".join(HEX.sub(in_bytes, row) for row in rows)
        assert everything
        for secret in ("周禾清", "430199", "1990000"):
            assert secret not in everything, table


def test_the_same_seed_gives_the_same_accounts() -> None:
    assert demo.plans(80, 1) == demo.plans(80, 1)
    assert demo.plans(80, 1) != demo.plans(80, 2)


def test_numbers_are_nobodys_and_unique() -> None:
    plans = demo.plans(2000, 1)
    assert len({plan.number for plan in plans}) == 2000
    assert len({plan.account_no for plan in plans}) == 2000
    assert len({plan.address for plan in plans}) == 2000
    assert all("430199" in plan.number for plan in plans)
    assert all(p.startswith("1990000") for plan in plans for p in plan.phones)
    assert {plan.region for plan in plans} == {"城东", "城南", "城西", "城北", "开发区"}


def test_two_thousand_accounts_once(do: Office) -> None:
    assert do(demo.load, accounts=2000, seed=1) == 2000
    assert do(demo.load, accounts=2000, seed=1) == 0
    assert len({line.region for line in registry.find_accounts("桐荫路", limit=100)}) == 5


def test_the_command_line_fills_an_empty_register_once(do: Office, app: Flask) -> None:
    runner = app.test_cli_runner()
    made = runner.invoke(args=["demo", "load", "--accounts", "30", "--json"])
    assert made.exit_code == 0, made.output
    answer = json.loads(made.output)
    assert answer["accounts"] == 30
    assert registry.account(answer["known"]["case17"]).arrears == 19222
    again = runner.invoke(args=["demo", "load"])
    assert (again.exit_code, "未作改动" in again.output) == (0, True)


def test_only_a_demo_installation_has_demo_data(
    do: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = replace(config.settings(), demo=False)
    monkeypatch.setattr(config, "_installed", [plain])
    with pytest.raises(Refused):
        do(demo.load, accounts=30)
