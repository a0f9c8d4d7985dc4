"""The register of acceptances: numbers, rounds, notices, what is refused, why meters fail."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app import audit, registry
from app.errors import Invalid, Refused
from app.registry import CheckedMeter
from app.worktime import local_day
from tests.registry.conftest import AT, Office

DAY = local_day(AT)
CASE = "YS20260302-0001"


def meter(point: str, result: str = "pass", *failed: str, **more: Any) -> CheckedMeter:
    causes = tuple({"code": code, "label": code.upper()} for code in failed)
    return replace(
        CheckedMeter(
            point, "A1", "A1", "pass", dict.fromkeys(failed, "fail"), causes, "", 0, (), "", (),
            result,
        ),
        **more,
    )  # fmt: skip


@pytest.fixture
def points(known: dict[str, str]) -> list[str]:
    return [registry.account(known[name]).service_point.no for name in ("pre", "clean_sale")]


@pytest.fixture
def opened(do: Office, points: list[str]) -> int:
    return do(
        registry.open_acceptance, case=CASE, source="connection", region="城东", points=points,
        reported_on=DAY,
    )  # fmt: skip


def facts(opened: int) -> registry.AcceptanceFacts:
    found = registry.acceptance(id=opened)
    assert found is not None
    return found


def test_a_sheet_has_a_number_once_all_have_passed(do: Office, opened: int, points: list[str]):
    with pytest.raises(Refused, match="还有 2 只"):
        do(registry.number_acceptance, opened)
    do(registry.note_round, opened, 1, [meter(points[0]), meter(points[1], "fail", "box")])
    with pytest.raises(Refused, match=points[1]):
        do(registry.number_acceptance, opened)
    do(registry.note_round, opened, 2, [meter(points[1])])
    first = do(registry.number_acceptance, opened)
    assert first == do(registry.number_acceptance, opened)
    assert first == f"YSD{DAY:%Y%m%d}-0001"
    do(registry.accept_meters, opened)
    assert registry.acceptance(number=first) == facts(opened)
    with pytest.raises(Refused, match="已验收"):
        do(registry.note_round, opened, 3, [meter(points[0])])
    assert audit.verify().findings == []


def test_no_sheet_is_signed_without_its_number(do: Office, opened: int, points: list[str]):
    do(registry.note_round, opened, 1, [meter(no) for no in points])
    with pytest.raises(Refused, match="还没有编号"):
        do(registry.accept_meters, opened)


def test_a_round_that_is_noted_again_takes_the_place_of_the_first(
    do: Office, opened: int, points: list[str]
):
    do(registry.note_round, opened, 1, [meter(points[0], "fail", "box", start_reading=3)])
    do(registry.note_round, opened, 1, [meter(points[0], start_reading=4)])
    (found,) = registry.checked_meters(opened)
    assert (found.result, found.start_reading, found.failed) == ("pass", 4, ())
    changes = registry.history("acceptance", str(opened))
    noted = [change for change in changes if change.action == "acceptance:check"]
    assert any(c.before and c.before["meters"][0]["start_reading"] == 3 for c in noted)


def test_what_passed_may_be_taken_back_by_a_party(do: Office, opened: int, points: list[str]):
    do(registry.note_round, opened, 1, [meter(no) for no in points])
    why = {points[0]: "表井积水"}
    for _ in range(2):
        do(registry.fail_meters, opened, why, code="objection", label="分公司不能接收")
    bad = {m.point_no: m for m in registry.checked_meters(opened)}[points[0]]
    assert (bad.result, [f["code"] for f in bad.failed]) == ("fail", ["objection"])
    assert "表井积水" in bad.defects
    assert facts(opened).state == "open"


def test_notices_are_numbered_without_gaps_and_counted_by_round(
    do: Office, opened: int, points: list[str]
):
    items = [{"point_no": points[0], "address": "", "serial": "A1", "defects": "井盖"}]
    asked = {"deadline": DAY + timedelta(days=5), "reinspect_on": None, "note": ""}
    do(registry.note_round, opened, 1, [meter(points[0], "fail", "box")])
    numbers = [do(registry.issue_rectification, opened, items, **asked) for _ in range(2)]
    assert numbers == [f"ZG{DAY:%Y%m%d}-000{n}" for n in (1, 2)]
    for wrong in ({"deadline": DAY - timedelta(days=1)}, {"reinspect_on": DAY - timedelta(days=1)}):
        with pytest.raises(Invalid) as said:
            do(registry.issue_rectification, opened, items, **(asked | wrong))
        assert set(said.value.fields) == set(wrong)
    do(registry.note_round, opened, 2, [meter(points[0], "fail", "box")])
    third = do(registry.issue_rectification, opened, items, **asked)
    assert third == f"ZG{DAY:%Y%m%d}-0003"
    said = [(n.number, n.round, n.times) for n in registry.rectifications(opened)]
    assert said == [(numbers[0], 1, 1), (numbers[1], 1, 2), (third, 2, 1)]
    with pytest.raises(Invalid):
        do(registry.note_rectified, third, on=DAY + timedelta(days=1), report="好了")
    do(registry.note_rectified, third, on=DAY, report="好了")
    assert registry.rectifications(opened)[-1].reported_on == DAY


def test_what_passed_before_it_was_stopped_is_found_again(
    do: Office, opened: int, points: list[str]
):
    do(registry.note_round, opened, 1, [meter(points[0]), meter(points[1], "mismatch", "serial")])
    assert registry.passed_before(points) == {}
    assert registry.accepting(points[:1]) == {opened: CASE}
    do(registry.stop_acceptance, opened, "错发")
    assert set(registry.passed_before(points)) == {points[0]}
    assert registry.accepting(points) == {}


def test_why_meters_fail_is_counted_by_reason_region_and_days(
    do: Office, opened: int, points: list[str]
):
    do(registry.note_round, opened, 1, [meter(points[0], "fail", "box", "door"),
                                        meter(points[1], "fail", "box")])  # fmt: skip
    do(registry.note_round, opened, 2, [meter(points[0], "fail", "box"), meter(points[1])])
    counts = registry.acceptance_failures(DAY, DAY)
    assert [(c.code, c.label, c.times, c.meters) for c in counts] == [
        ("box", "BOX", 3, 2),
        ("door", "DOOR", 1, 1),
    ]
    assert registry.acceptance_failures(DAY, DAY, region="城东") == counts
    assert registry.acceptance_failures(DAY, DAY, region="城南") == []
    before = DAY - timedelta(days=1)
    assert registry.acceptance_failures(before, before) == []
