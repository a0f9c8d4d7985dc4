"""Handing meters out, calling them back, putting them up, taking old ones back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app import registry, settings
from app.db import db
from app.errors import Invalid, Refused
from app.registry import demo
from app.work import Actor
from app.worktime import local_day
from tests.registry.conftest import AT, Office, run

DAY = local_day(AT)
CASE = "SB20261126-0001"
EAST = Actor(None, "east", "城东库管", frozenset({"meter_storekeeper"}), region="城东")


@pytest.fixture
def point(known: dict[str, str]) -> str:
    """A numbered point of DN20 in 城东: the pre-account's."""
    return registry.account(known["pre"]).service_point.no


@pytest.fixture
def region(known: dict[str, str]) -> str:
    """The region of that point."""
    return registry.account(known["pre"]).region


def line(point: str, serial: str, *seals: str, type_: str = "plastic") -> dict[str, Any]:
    named = [{"type": type_, "no": no} for no in seals]
    return {"point_no": point, "serial": serial, "seals": named}


def issue(do: Office, lines: Sequence[dict[str, Any]], **more: Any) -> str:
    return do(registry.issue_meters, more.pop("case", CASE), lines, "丁望舒", DAY, **more)


def faults(do: Office, *lines: dict[str, Any], **more: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as wrong:
        issue(do, lines, **more)
    return {name: str(text) for name, text in wrong.value.fields.items()}


def install(do: Office, serial: str, point: str, **more: Any) -> int:
    given = {
        "on": DAY, "start_reading": 0, "seals": (), "position": "井内", "reversed": False,
        "photos": (), "installer": "丁望舒", "case": CASE,
    } | more  # fmt: skip
    return do(registry.install_meter, serial=serial, point_no=point, **given)


def test_a_meter_goes_out_with_its_seals(do: Office, point: str, region: str) -> None:
    serial, seal = demo.serial(region, 20, 1), demo.seal_no(region, "plastic", 1)
    slip = issue(do, [line(point, serial, seal)])
    assert slip.startswith("LYD")
    (facts,) = registry.issued(case=CASE)
    assert (facts.point_no, facts.serial, facts.calibre, facts.state) == (
        point, serial, 20, "issued",
    )  # fmt: skip
    assert facts.seals == ({"type": "plastic", "no": seal},)
    assert (facts.install_by - facts.issued_on).days == settings.get("limit.T-INSTALL")
    assert (facts.slip_no, facts.receiver) == (slip, "丁望舒")
    meter = registry.stock_meter(serial)
    assert meter is not None
    assert (meter.state, meter.store, meter.point_no) == ("issued", None, point)
    assert not registry.meter_in_stock(serial)
    went = registry.movements(serial)[-1]
    assert (went.kind, went.from_store, went.to_store) == ("issue", f"{region}分库", None)
    entries = [change.action for change in registry.history("meter", serial)]
    assert entries == ["meter:intake", "meter:issue"]


def test_each_fault_stands_at_its_row_and_field(do: Office, known: dict[str, str]) -> None:
    here = registry.account(known["pre"])
    point, region = here.service_point.no, here.region
    other = next(each for each in settings.regions() if each != region)
    good, seal = demo.serial(region, 20, 1), demo.seal_no(region, "steel", 1)
    rows = [
        line(point, "", "NONE-1"),
        line("JS-00", good),
        line(point, good, seal, seal, type_="steel"),
        line(point, demo.serial(other, 20, 1)),
        line(point, demo.serial(region, 25, 1), "1", type_="wax"),
        line(point, demo.serial(region, 20, demo_stale())),
        line(point, registry.account(known["clean_sale"]).meter.serial),  # type: ignore[union-attr]
        line(point, "LJ999999"),
    ]
    found = faults(do, *rows)
    assert "扫描" in found["lines[0].serial"]
    assert "没有封号 NONE-1" in found["lines[0].seals[0].no"]
    assert "没有编号为 JS-00" in found["lines[1].point_no"]
    assert "重复" in found["lines[2].serial"]
    assert "重复" in found["lines[2].seals[1].no"]
    assert "lines[2].seals[0].no" not in found
    assert f"{other}分库" in found["lines[3].serial"]
    assert "DN25" in found["lines[4].serial"]
    assert "封号种类" in found["lines[4].seals[0].type"]
    assert "存放过久" in found["lines[5].serial"]
    assert "已安装" in found["lines[6].serial"]
    assert "没有表身号" in found["lines[7].serial"]
    assert registry.issued(case=CASE) == []


def demo_stale() -> int:
    from app.registry.demo.stock import STALE

    return STALE


def test_the_limit_of_age_is_a_setting(do: Office, point: str, region: str) -> None:
    stale = demo.serial(region, 20, demo_stale())
    assert "存放过久" in faults(do, line(point, stale))["lines[0].serial"]
    db.session.execute(text("UPDATE settings SET value = '36' WHERE key = 'meters.max_age'"))
    settings.forget()
    assert issue(do, [line(point, stale)])


def test_a_storekeeper_of_a_region_serves_its_store_only(
    do: Office, point: str, region: str
) -> None:
    outside = Actor(None, "x", "外区库管", region="无")
    with pytest.raises(Invalid) as wrong:
        run(
            registry.issue_meters, CASE, [line(point, demo.serial(region, 20, 1))], "丁望舒", DAY,
            by=outside, at=AT,
        )  # fmt: skip
    assert "不由您负责" in str(wrong.value.fields["lines[0].serial"])


def test_what_one_case_picked_another_cannot_take(do: Office, known: dict[str, str]) -> None:
    point, region = _numbered(known)
    rows = [line(point, demo.serial(region, 20, 1), demo.seal_no(region, "lead", 1), type_="lead")]
    do(registry.hold_meters, CASE, rows)
    found = faults(do, *rows, case="SB20261126-0002")
    assert CASE in found["lines[0].serial"]
    assert CASE in found["lines[0].seals[0].no"]
    later = AT + timedelta(days=settings.get("meters.hold"), seconds=-1)
    with pytest.raises(Invalid):
        run(registry.hold_meters, "SB20261126-0002", rows, by=EAST_ALL, at=later)
    after = AT + timedelta(days=settings.get("meters.hold"))
    run(registry.hold_meters, "SB20261126-0002", rows, by=EAST_ALL, at=after)
    assert registry.stock_meter(rows[0]["serial"]).held_by == "SB20261126-0002"  # type: ignore[union-attr]
    assert run(registry.drop_holds, "SB20261126-0002", by=EAST_ALL, at=after) == [rows[0]["serial"]]
    assert issue(do, rows)


EAST_ALL = Actor(None, "all", "总库库管", sees_all_regions=True)


def _numbered(known: dict[str, str]) -> tuple[str, str]:
    account = registry.account(known["pre"])
    return account.service_point.no, account.region


def test_recalled_meters_lie_where_they_came_from(do: Office, point: str, region: str) -> None:
    serial, seal = demo.serial(None, 20, 1), demo.seal_no(region, "plastic", 2)
    issue(do, [line(point, serial, seal)])
    assert do(registry.recall_meters, CASE, reason="未按期安装") == [serial]
    assert do(registry.recall_meters, CASE, reason="again") == []
    meter = registry.stock_meter(serial)
    assert meter is not None
    assert (meter.state, meter.store_name) == ("in_stock", "公司总库")
    assert registry.seal_in_stock("plastic", seal, f"{region}供水分公司")
    assert registry.issued(case=CASE)[0].state == "recalled"
    assert registry.movements(serial)[-1].reason == "未按期安装"
    assert issue(do, [line(point, serial, seal)], case="SB20261126-0002")


def test_only_named_points_are_recalled(do: Office, point: str, region: str) -> None:
    issue(do, [line(point, demo.serial(region, 20, 1))])
    assert do(registry.recall_meters, CASE, points=["JS-00"]) == []
    assert do(registry.recall_meters, CASE, points=[point]) == [demo.serial(region, 20, 1)]


@pytest.mark.parametrize(("own", "recalled"), [(True, 1), (False, 0)])
def test_the_register_watches_over_its_own_issues_only(
    do: Office, point: str, region: str, own: bool, recalled: int
) -> None:
    issue(do, [line(point, demo.serial(region, 20, 1))], own=own)
    days = settings.get("limit.T-INSTALL")
    assert registry.recall_overdue(by=EAST_ALL, at=AT + timedelta(days=days)) == []
    late = AT + timedelta(days=days + 1)
    assert len(registry.recall_overdue(by=EAST_ALL, at=late)) == recalled


def test_a_meter_is_put_up_where_it_was_issued_for(do: Office, known: dict[str, str]) -> None:
    point, region = _numbered(known)
    serial = demo.serial(region, 20, 1)
    seals = [demo.seal_no(region, "plastic", n) for n in (1, 2, 3)]
    issue(do, [line(point, serial, *seals[:2])])
    named = [{"type": "plastic", "no": seals[1]}, {"type": "plastic", "no": seals[2]}]
    install(do, serial, point, seals=named, start_reading=3)
    account = registry.account(known["pre"])
    assert account.service_point.state == "metered"
    assert account.meter is not None
    assert (account.meter.serial, account.meter.last_reading) == (serial, 3)
    branch = f"{region}供水分公司"
    states = dict(db.session.execute(text(
        "SELECT no, state FROM seal WHERE no = ANY(:nos) AND branch = :branch"
    ), {"nos": seals, "branch": branch}).all())  # fmt: skip
    # The first went out and was not used: it lies in the store again.
    assert states == {seals[0]: "unused", seals[1]: "used", seals[2]: "used"}
    assert registry.seal_in_stock("plastic", seals[0], branch)
    assert registry.issued(points=[point])[0].state == "installed"
    assert do(registry.recall_meters, CASE) == []
    with pytest.raises(Refused, match="没有发放"):
        install(do, serial, point)


def test_what_cannot_be_put_up(do: Office, known: dict[str, str]) -> None:
    point, region = _numbered(known)
    serial = demo.serial(region, 20, 1)
    with pytest.raises(Refused, match="没有发放"):
        install(do, serial, point)
    issue(do, [line(point, serial)])
    with pytest.raises(Refused, match=point):
        install(do, serial, "JS-00")
    for wrong, field in (
        ({"on": DAY + timedelta(days=1)}, "on"),
        ({"on": DAY - timedelta(days=400)}, "on"),
        ({"start_reading": -1}, "start_reading"),
        ({"start_reading": 100_000}, "start_reading"),
        ({"seals": [{"type": "lead", "no": "NONE"}]}, "seals[0].no"),
        ({"seals": [{"type": "plastic", "no": "0000001"}]}, "seals[0].no"),
    ):
        with pytest.raises(Invalid) as found:
            install(do, serial, point, **wrong)
        assert set(found.value.fields) == {field}
    do(registry.take_lock, known["pre"], "BZ20261126-0009")
    with pytest.raises(Refused, match="BZ20261126-0009"):
        install(do, serial, point)


def test_the_old_meter_comes_back_for_the_new_one(do: Office, known: dict[str, str]) -> None:
    account = registry.account(known["clean_sale"])
    assert account.meter is not None
    point, old = account.service_point.no, account.meter.serial
    new = demo.serial(account.region, 20, 1)
    issue(do, [line(point, new)])
    with pytest.raises(Refused, match=old):
        install(do, new, point)
    with pytest.raises(Invalid) as wrong:
        do(registry.take_back_meter, old, CASE, -1)
    assert set(wrong.value.fields) == {"reading"}
    store = do(registry.take_back_meter, old, CASE, account.meter.last_reading + 5)
    assert store == settings.regions()[account.region]
    facts = registry.stock_meter(old)
    assert facts is not None
    assert (facts.state, facts.store, facts.point_no) == ("to_verify", store, None)
    assert registry.account(known["clean_sale"]).meter is None
    install(do, new, point)
    meter = registry.account(known["clean_sale"]).meter
    assert meter is not None
    assert meter.serial == new
    assert db.session.execute(text(
        "SELECT s.state FROM seal s JOIN installation i ON i.id = s.installation_id"
        " WHERE i.serial = :serial"), {"serial": old}).scalars().all() == ["void"]  # fmt: skip
    with pytest.raises(Refused, match="待检"):
        do(registry.take_back_meter, old, CASE, 10)


def test_nobody_changes_a_movement(known: dict[str, str]) -> None:
    for change in ("UPDATE stock_movement SET reason = 'x'", "DELETE FROM stock_movement"):
        with pytest.raises(Exception, match="permission denied"), db.session.begin_nested():
            db.session.execute(text(change))


def test_a_store_holds_what_its_movements_say(do: Office, known: dict[str, str]) -> None:
    assert db.session.execute(text(WRONG)).all() == []
    assert len(registry.stores()) == 6


WRONG = """
    SELECT code FROM store s WHERE
        (SELECT count(*) FROM meter m WHERE m.store = s.code)
        <> (SELECT count(*) FILTER (WHERE to_store = s.code)
                 - count(*) FILTER (WHERE from_store = s.code)
            FROM stock_movement WHERE serial IS NOT NULL)
"""
