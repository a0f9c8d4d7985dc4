"""Whatever happens to meters and seals, each is in exactly one place and the books add up."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app import registry
from app import settings as values
from app.db import db
from app.errors import Problem
from app.registry import demo
from app.work import SYSTEM
from app.worktime import local_day
from tests.registry.conftest import AT, Office

DAY = local_day(AT)
STORES = ("ZK", "CD", "CN")
REGIONS = {"ZK": None, "CD": "城东", "CN": "城南"}
# Where a meter is by its state: in a store and nowhere else, or in none.
PLACES = """
    SELECT serial, state, store FROM meter m WHERE
        (state IN ('in_stock', 'to_verify')) <> (store IS NOT NULL)
        OR (state = 'issued') <> EXISTS (
            SELECT FROM meter_issue i WHERE i.serial = m.serial AND i.state = 'issued')
        OR (state = 'installed') <> EXISTS (
            SELECT FROM installation i WHERE i.serial = m.serial AND i.removed IS NULL)
"""
LAST = """
    SELECT m.serial FROM meter m JOIN LATERAL (
        SELECT to_store, to_state FROM stock_movement s WHERE s.serial = m.serial
        ORDER BY id DESC LIMIT 1) s ON true
    WHERE s.to_store IS DISTINCT FROM m.store OR s.to_state <> m.state
"""
LINKS = """
    SELECT serial, id FROM (
        SELECT serial, id, from_store, from_state,
            lag(to_store) OVER w AS store, lag(to_state) OVER w AS state,
            row_number() OVER w AS n
        FROM stock_movement WHERE serial IS NOT NULL AND serial LIKE 'LJ3%'
        WINDOW w AS (PARTITION BY serial ORDER BY id)) s
    WHERE (n = 1 AND from_store IS NOT NULL)
        OR (n > 1 AND (from_store IS DISTINCT FROM store OR from_state IS DISTINCT FROM state))
"""
SUMS = """
    SELECT s.code FROM store s WHERE
        (SELECT count(*) FROM meter m WHERE m.store = s.code)
        <> (SELECT count(*) FILTER (WHERE to_store = s.code)
                 - count(*) FILTER (WHERE from_store = s.code)
            FROM stock_movement WHERE serial IS NOT NULL)
        OR (SELECT count(*) FROM seal l WHERE l.branch = s.branch AND l.state = 'unused'
                AND l.issue_id IS NULL)
        <> (SELECT count(*) FILTER (WHERE to_store = s.code)
                 - count(*) FILTER (WHERE from_store = s.code)
            FROM stock_movement WHERE seal_id IS NOT NULL)
"""


def serial(code: str, n: int) -> str:
    return demo.serial(REGIONS[code], 20, n)


which = st.tuples(st.sampled_from(STORES), st.integers(1, 2))
moves = st.lists(
    st.one_of(
        st.tuples(st.just("transfer"), which, st.sampled_from(STORES), st.sampled_from(STORES)),
        st.tuples(st.just("hold"), which, st.sampled_from(("A", "B"))),
        st.tuples(st.just("issue"), which, st.sampled_from(("A", "B"))),
        st.tuples(st.just("recall"), st.sampled_from(("A", "B"))),
        st.tuples(st.just("install"), which),
        st.tuples(st.just("back"), which),
        st.tuples(st.just("scrap"), which),
        st.tuples(st.just("late"), st.integers(1, 60)),
        st.tuples(st.just("void"), st.integers(1, 2)),
    ),
    min_size=4,
    max_size=14,
)

ITEM = ("CD", 1)
# So that meters that are out, hang or came back are met as often as those that lie.
AHEAD: tuple[tuple[tuple[Any, ...], ...], ...] = (
    (),
    (("issue", ITEM, "A"),),
    (("issue", ITEM, "B"), ("install", ITEM)),
    (("issue", ITEM, "A"), ("install", ITEM), ("back", ITEM)),
)


class Town:
    """One point, in 城东 or wherever the pre-account is, and six meters."""

    def __init__(self, do: Office, known: dict[str, str]) -> None:
        account = registry.account(known["pre"])
        self.do, self.point, self.region = do, account.service_point.no, account.region

    def line(self, item: tuple[str, int]) -> dict[str, Any]:
        seal = {"type": "plastic", "no": demo.seal_no(self.region, "plastic", item[1])}
        return {"point_no": self.point, "serial": serial(*item), "seals": [seal]}

    def deed(self, move: tuple[Any, ...]) -> None:
        kind, *rest = move
        getattr(self, kind)(*rest)

    def transfer(self, item: Any, source: str, target: str) -> None:
        self.do(registry.transfer_meters, [serial(*item)], source=source, target=target)

    def hold(self, item: Any, case: str) -> None:
        self.do(registry.hold_meters, case, [self.line(item)])

    def issue(self, item: Any, case: str) -> None:
        self.do(registry.issue_meters, case, [self.line(item)], "丁望舒", DAY, own=case == "A")

    def recall(self, case: str) -> None:
        self.do(registry.recall_meters, case, reason="试")

    def install(self, item: Any) -> None:
        """The one that waits, if one does: else nearly nothing would ever hang."""
        out = [one for one in registry.issued(points=[self.point]) if one.state == "issued"]
        number = out[0].serial if out else serial(*item)
        self.do(
            registry.install_meter, serial=number, point_no=self.point, on=DAY,
            start_reading=0, seals=out[0].seals if out else (), position="", reversed=False,
            photos=(), installer="丁望舒", case="A",
        )  # fmt: skip

    def back(self, item: Any) -> None:
        hung = registry.slip_points([self.point])[self.point].serial
        self.do(registry.take_back_meter, hung or serial(*item), "A", 7)

    def scrap(self, item: Any) -> None:
        self.do(registry.scrap_meter, serial(*item), "损坏")

    def late(self, days: int) -> None:
        registry.recall_overdue(by=SYSTEM, at=AT + timedelta(days=days))

    def void(self, n: int) -> None:
        code = values.regions()[self.region]
        self.do(
            registry.void_seals, store=code, type="plastic",
            numbers=[demo.seal_no(self.region, "plastic", n)], reason="断裂",
        )  # fmt: skip


@given(ahead=st.sampled_from(AHEAD), steps=moves)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_each_serial_is_in_one_place_and_the_sums_hold(
    app: Flask,
    known: dict[str, str],
    do: Office,
    ahead: tuple[tuple[Any, ...], ...],
    steps: list[tuple[Any, ...]],
) -> None:
    # Every example begins with the same town.
    connection = db.session.connection()
    db.session.commit()
    example = connection.begin_nested()
    try:
        play(Town(do, known), [*ahead, *steps])
    finally:
        db.session.remove()
        example.rollback()


def play(town: Town, steps: list[tuple[Any, ...]]) -> None:
    """Do what may be done; what is refused leaves everything as it was."""
    for step in steps:
        with suppress(Problem):
            town.deed(step)
    for wrong in (PLACES, LAST, LINKS, SUMS):
        assert db.session.execute(text(wrong)).all() == [], (wrong, steps)
