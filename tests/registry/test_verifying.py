"""Meters that were sent to be verified, and old ones that did not come back with the new."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from app import audit, registry, settings
from app.errors import Invalid, NotAllowed, Refused
from app.registry import demo
from app.registry.demo import stock
from app.work import Actor
from app.worktime import local_day
from tests.registry.conftest import AT, Office, run
from tests.registry.test_stock import CASE, DAY, EAST, install, issue, line
from tests.registry.test_stock_moves import life

PAPER = {"certificate": "JD2026-001", "life": life}


@pytest.fixture
def place(do: Office, known: dict[str, str]) -> registry.SlipPoint:
    """A point with a meter whose life is not over."""
    account = registry.account(known["pre"])
    point, serial = account.service_point.no, demo.serial(account.region, 20, 1)
    issue(do, [line(point, serial)], case="SB20261126-0009")
    install(do, serial, point)
    return registry.slip_points([point])[point]


@pytest.fixture
def old(do: Office, place: registry.SlipPoint) -> str:
    """Hangs at its point, while another was handed out for it."""
    issue(do, [line(place.point_no, demo.serial(place.region, 20, 2))])
    assert place.serial is not None
    return place.serial


def back(do: Office, old: str) -> str:
    """Taken in, and waits to be verified."""
    return do(registry.take_back_late, old, 9_000)


def faults(do: Office, *given: Any, **more: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as wrong:
        do(registry.verify_meter, *given, **{**PAPER, "on": DAY, "result": "passed", **more})
    return {name: str(text) for name, text in wrong.value.fields.items()}


def test_an_old_meter_is_waited_for_until_it_is_taken_in(
    do: Office, place: registry.SlipPoint, old: str
) -> None:
    (one,) = registry.old_meters()
    assert (one.serial, one.new_serial) == (old, demo.serial(place.region, 20, 2))
    assert (one.case, one.receiver, one.since) == (CASE, "丁望舒", DAY)
    assert registry.old_meters(region="海角") == []
    assert registry.old_meters(region=place.region) == [one]
    store = back(do, old)
    assert store == settings.regions()[place.region]
    assert (registry.old_meters(), registry.old_meter(old)) == ([], None)
    with pytest.raises(Refused, match=old):
        do(registry.take_back_late, old, 9)


def test_what_was_recalled_leaves_no_old_meter_outside(do: Office, old: str) -> None:
    do(registry.recall_meters, CASE)
    assert registry.old_meters() == []


def test_who_does_not_serve_the_store_takes_nothing_in(place: registry.SlipPoint, old: str) -> None:
    other = "城南" if place.region != "城南" else "城东"
    keeper = Actor(None, "far", "他库库管", frozenset({"meter_storekeeper"}), region=other)
    with pytest.raises(NotAllowed):
        run(registry.take_back_late, old, 10_000, by=keeper)
    assert registry.stock_meter(old).state == "installed"  # type: ignore[union-attr]


def test_what_passes_lies_in_stock_again_and_may_go_out(
    do: Office, place: registry.SlipPoint, old: str
) -> None:
    store = back(do, old)
    state = do(registry.verify_meter, old, **PAPER, on=DAY, result="passed", note="示值合格")
    meter = registry.stock_meter(old)
    assert meter is not None
    assert (state, meter.state, meter.store) == ("in_stock", "in_stock", store)
    assert meter.verified_on == DAY
    went = registry.movements(old)[-1]
    assert (went.kind, went.doc_no, went.reason) == ("verify", "JD2026-001", "示值合格")
    last = registry.history("meter", old)[-2:]
    assert [one.action for one in last] == ["meter:verified", "meter:verify"]
    assert audit.verify().findings == []
    do(registry.recall_meters, CASE)
    issue(do, [line(place.point_no, old)], case="SB20261126-0002")
    assert registry.stock_meter(old).state == "issued"  # type: ignore[union-attr]


def test_what_fails_is_out_of_use(do: Office, old: str) -> None:
    back(do, old)
    given = {**PAPER, "on": DAY, "result": "failed", "note": "超差"}
    assert do(registry.verify_meter, old, **given) == "scrapped"
    went = registry.movements(old)[-1]
    assert (went.kind, went.to_store, went.reason) == ("scrap", None, "检定不合格；超差")
    with pytest.raises(Refused, match="作废"):
        do(registry.verify_meter, old, **PAPER, on=DAY, result="passed")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"result": "fine"}, "result"), ({"certificate": " "}, "certificate"), ({"on": None}, "on"),
     ({"on": DAY + timedelta(days=1)}, "on"), ({"on": DAY - timedelta(days=1)}, "on")],
)  # fmt: skip
def test_what_cannot_be_is_told_at_its_field(
    do: Office, old: str, wrong: dict[str, Any], field: str
) -> None:
    back(do, old)
    assert set(faults(do, old, **wrong)) == {field}
    assert registry.stock_meter(old).state == "to_verify"  # type: ignore[union-attr]


def test_the_life_of_a_meter_begins_anew_only_where_it_is_verified_in_turn(
    do: Office, known: dict[str, str]
) -> None:
    small, large = demo.serial("城东", 20, 1), demo.serial("城东", 50, 1)
    before = registry.stock_meter(small).life_until  # type: ignore[union-attr]
    for serial in (small, large):
        do(registry.verify_meter, serial, **PAPER, on=DAY, result="passed")
    assert registry.stock_meter(small).life_until == before  # type: ignore[union-attr]
    again = date(DAY.year + 2, DAY.month, DAY.day)
    assert registry.stock_meter(large).life_until == again  # type: ignore[union-attr]
    late = AT + timedelta(days=365 * 7)
    said = faults(do, small, on=local_day(late), at=late)
    assert "报废" in said["result"]


def test_what_lay_too_long_may_go_out_once_it_was_verified(
    do: Office, known: dict[str, str]
) -> None:
    account = registry.account(known["pre"])
    serial = demo.serial(account.region, 20, stock.STALE)
    given = [line(account.service_point.no, serial)]
    with pytest.raises(Invalid) as wrong:
        issue(do, given)
    assert "存放过久" in str(wrong.value.fields["lines[0].serial"])
    do(registry.verify_meter, serial, **PAPER, on=DAY, result="passed")
    issue(do, given)
    assert registry.stock_meter(serial).state == "issued"  # type: ignore[union-attr]


def test_a_meter_that_is_out_or_far_away_is_not_verified(do: Office, old: str) -> None:
    with pytest.raises(Refused, match="已安装"):
        do(registry.verify_meter, old, **PAPER, on=DAY, result="passed")
    far = demo.serial("城南", 25, 1)
    with pytest.raises(NotAllowed):
        run(registry.verify_meter, far, **PAPER, on=DAY, result="passed", by=EAST)
