"""Meters of the store over HTTP: who may see them, by what they are narrowed, page by page."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app import registry
from app.api.meters import StockMeters
from app.registry import demo
from tests.api.conftest import Caller, House, engage, hire
from tests.api.test_calls import described


@pytest.fixture
def house(furnished: Flask) -> House:
    return engage(furnished)


@pytest.fixture
def keeper(house: House) -> Caller:
    return hire(house.app, "sumu", "苏木", "meter_storekeeper", scope="read")


def serials(caller: Caller, **query: Any) -> list[str]:
    """Of all pages."""
    found, cursor = [], None
    while True:
        page = caller.get(
            "/meters", query_string={**query, **({"cursor": cursor} if cursor else {})}
        )
        assert page.status_code == 200, page.text
        described(StockMeters, page.get_json())
        found += [one["serial"] for one in page.get_json()["items"]]
        cursor = page.get_json()["cursor"]
        if cursor is None:
            return found


def test_meters_come_in_pages_each_once_and_in_order(keeper: Caller) -> None:
    found = serials(keeper)
    known = [one.serial for one in registry.find_meters(limit=10_000)]
    assert found == known
    assert len(found) > 50


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ({"state": "in_stock"}, lambda one: one.state == "in_stock"),
        ({"store": "CD"}, lambda one: one.store == "CD"),
        ({"calibre": "20", "store": "CD"}, lambda one: (one.calibre, one.store) == (20, "CD")),
        ({"serial": "0001"}, lambda one: one.serial.startswith("0001") or
            one.serial.endswith("0001")),
        ({"state": "installed", "calibre": 20}, lambda one: (one.state, one.calibre) ==
            ("installed", 20)),
    ],
)  # fmt: skip
def test_meters_are_narrowed(keeper: Caller, query: dict[str, Any], fits: Any) -> None:
    wanted = [one.serial for one in registry.find_meters(limit=10_000) if fits(one)]
    assert wanted
    assert serials(keeper, **query) == wanted


def test_a_meter_says_where_it_is(keeper: Caller) -> None:
    serial = demo.serial("城东", 20, 1)
    (line,) = keeper.get("/meters", query_string={"serial": serial}).get_json()["items"]
    assert (line["store"], line["store_name"], line["calibre"]) == ("CD", "城东分库", 20)
    assert (line["service_point"], line["held_by"], line["verified"]) == (None, None, None)
    hanging = keeper.get("/meters?state=installed").get_json()["items"][0]
    assert hanging["service_point"].startswith("JS-")
    assert hanging["address"]


@pytest.mark.parametrize(
    ("query", "field"),
    [("state=lost", "state"), ("calibre=21", "calibre"), ("calibre=x", "calibre"),
     ("cursor=zzz", "cursor"), ("cursor=WzFd", "cursor"), ("bogus=1", "bogus")],
)  # fmt: skip
def test_a_question_that_is_none_is_refused_at_its_name(
    keeper: Caller, query: str, field: str
) -> None:
    answer = keeper.get(f"/meters?{query}")
    assert answer.status_code == 422
    assert [one["field"] for one in answer.get_json()["errors"]] == [field]


def test_only_those_who_keep_and_audit_meters_see_them(house: House, keeper: Caller) -> None:
    for group, status in (("metering", 200), ("auditor", 200), ("cashier", 403), ("admin", 403)):
        who = hire(house.app, f"one_{group}", "某人", group, scope="read")
        assert who.get("/meters").status_code == status, group
    assert house.lin.get("/meters").status_code == 403
    assert house.app.test_client().get("/api/v1/meters").status_code == 401
