"""Finding accounts; papers and volumes; two cases at one account at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask

from app import registry, settings
from app.db import db
from app.errors import Conflict, Invalid, NotFound, Refused
from app.registry import demo
from app.work import SYSTEM
from tests.registry.conftest import AT, Office, run

CASE = "GH20260302-0001"


@pytest.mark.parametrize(
    ("q", "name"),
    [
        ("周禾清", "case17"),
        (" 周 禾清", "case17"),
        ("桐荫路１２号", "case17"),
        ("12号3单元502", "case17"),
        ("向㛃清", "rare_name"),
        ("𠮷望舒", "rare_name_2"),
        ("星蔓食品(湖南)有限公司", "unit"),
        ("19900009002", "two_phones"),
        ("9001", "two_phones"),
        ("云汀街18号2单元301", "full_width"),
    ],
)
def test_it_is_found_by(known: dict[str, str], q: str, name: str) -> None:
    assert known[name] in {line.account_no for line in registry.find_accounts(q)}


def test_it_is_found_by_its_numbers(known: dict[str, str]) -> None:
    no = known["case17"]
    facts = registry.account(no)
    assert facts.meter
    for q in (no, facts.owner.id_no, facts.meter.serial.lower(), facts.owner.phones[0]):
        assert [line.account_no for line in registry.find_accounts(q or "")] == [no], q
    unit = registry.account(known["unit"])
    assert [line.name for line in registry.find_accounts(unit.owner.uscc or "")] == [
        unit.owner.name
    ]


def test_noise_is_not_found(known: dict[str, str]) -> None:
    assert registry.find_accounts("周") == []
    assert registry.find_accounts("周禾") == []
    assert registry.find_accounts("100%") == []
    assert registry.find_accounts("周禾清", region="城西") == []
    with pytest.raises(NotFound):
        registry.account("0000000000")


def test_the_customer_page(known: dict[str, str]) -> None:
    owner = registry.account(known["case17"]).owner
    page = registry.customer_page(owner.id)
    assert [line.account_no for line in page.accounts] == [known["case17"]]
    assert len(page.bills[known["case17"]]) == 6
    assert page.installations[known["case17"]][0].removed is None
    assert page.contracts[0].signer == "周禾清"


def put(do: Office, **given: object) -> None:
    """Put an identity card down."""
    asked = {
        "case": CASE,
        "kind": "new_owner_id",
        "title": "新户主身份证件",
        "mode": "original",
        "pages": 1,
        "received": True,
        "file_ids": ["f1"],
        **given,
    }
    do(registry.put_material, **asked)


def test_a_newer_paper_supersedes_and_the_same_changes_nothing(do: Office) -> None:
    put(do)
    put(do, kind="title", title="权属证明")
    put(do, pages=2, file_ids=["f1", "f2"])
    now = registry.materials(CASE)
    assert [(m.kind, m.pages) for m in now] == [("title", 1), ("new_owner_id", 2)]
    count = sa.text("SELECT count(*) FROM material")
    assert db.session.scalar(count) == 3
    with_lock = registry.materials("GH20260302-0002")
    assert with_lock == []


def test_a_volume_goes_to_the_shelf_when_it_is_complete(do: Office, known: dict[str, str]) -> None:
    items = [
        {"title": "过户申请表", "step": "accept", "required": True, "pages": 1},
        {"title": "过户结算单", "step": "reading", "required": True},
        {"title": "收据存根", "step": "receive", "required": False},
    ]
    volume = do(
        registry.open_volume,
        case=CASE,
        procedure="meter_transfer",
        account_no=known["case17"],
        outcome="transferred",
        items=items,
    )
    shelf = {"place": "A-03-12", "secrecy": "general", "retention": "permanent"}
    with pytest.raises(Refused, match="过户结算单"):
        do(registry.shelve_volume, volume, **shelf)
    assert do(registry.note_volume_items, volume, [{"title": "过户结算单", "pages": 2}]) == []
    with pytest.raises(Invalid):
        do(registry.shelve_volume, volume, **(shelf | {"place": " "}))
    number = do(registry.shelve_volume, volume, **shelf)
    assert f"-{AT.year}-02-" in number
    found = registry.volume(archive_no=number)
    assert found
    assert (found.case, found.state, found.items[1].pages) == (CASE, "shelved", 2)
    assert registry.volume(case=CASE) == found == registry.volume(id=volume)
    with pytest.raises(Refused):
        do(registry.shelve_volume, volume, **shelf)
    with pytest.raises(Conflict):
        do(
            registry.open_volume,
            case=CASE,
            procedure="meter_transfer",
            account_no=None,
            outcome="transferred",
            items=[],
        )


def test_of_twenty_cases_at_once_one_gets_the_account(fresh: Flask) -> None:
    settings.ensure_defaults(by=SYSTEM, at=AT)
    run(demo.load, accounts=20, seed=1, by=SYSTEM, at=AT)
    no = demo.KNOWN["clean_sale"]

    def take(n: int) -> str | None:
        with fresh.app_context():
            holder: str | None = run(registry.take_lock, no, f"GH{n:02}", by=SYSTEM, at=AT)
            return holder

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(take, range(20)))
    winner = f"GH{told.index(None):02}"
    assert told.count(None) == 1
    assert {each for each in told if each} == {winner}
    assert registry.account(no).lock == winner
