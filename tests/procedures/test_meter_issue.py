"""水表发放: every way and every end, with the real register, forms and drawing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app import audit, cases, definitions, registry, settings
from app.cases.prints import PrintCall
from app.db import db, raw
from app.errors import Invalid, NotAllowed, Problem, Refused
from app.procedures import meter_issue
from app.registry import demo
from app.work import SYSTEM, Actor, now
from tests.procedures import caller, visit
from tests.procedures.visit import ROOT, person

KEEPER = person(9201, "苏木", "meter_storekeeper")
OTHER = person(9202, "方知远", "meter_storekeeper")
FITTER = person(9203, "丁望舒", "installer")
CLERK = person(9204, "林栖", "window_clerk")
DIRECTOR = person(9205, "沈知节", "cs_director")


@pytest.fixture
def point(known: dict[str, str]) -> registry.AccountFacts:
    """The account that has a point and no meter yet."""
    return registry.account(known["pre"])


class Slip:
    """One case, on its own or called; each page by whoever may."""

    def __init__(self, moved: cases.Moved) -> None:
        self.moved, self.number = moved, moved.number

    @property
    def open(self) -> dict[str, int]:
        """Open steps: element → task id."""
        rows = raw().execute(
            "SELECT t.element, t.id FROM tasks t JOIN cases c ON c.id = t.case_id"
            " WHERE c.number = %s AND t.status = 'open'", (self.number,),
        ).fetchall()  # fmt: skip
        return dict(rows)

    def fill(self, element: str, by: Actor = KEEPER, at: Any = None, **given: Any) -> Slip:
        self.moved = cases.submit_task(self.open[element], given, by=by, at=at, money="fen")
        return self

    def faults(self, element: str, by: Actor = KEEPER, **given: Any) -> dict[str, str]:
        with pytest.raises(Invalid) as wrong:
            self.fill(element, by=by, **given)
        return {name: str(text) for name, text in wrong.value.fields.items()}

    def scope(self, element: str, by: Actor = KEEPER) -> dict[str, Any]:
        return dict(cases.task_for(by, self.open[element]).scope)

    def enter(self, *numbers: str, purpose: str = "new", **more: Any) -> Slip:
        wanted = [{"point_no": number} for number in numbers]
        return self.fill("enter", purpose=purpose, paid=True, wanted=wanted, **more)

    def match(self) -> Slip:
        return self.fill("check_slip", slip_result="match")

    def sign(self, by: Actor = FITTER, **more: Any) -> Slip:
        return self.fill(
            "sign", by=by, **{"sign_result": "received", "receiver_kind": "self"} | more
        )


def own(by: Actor = KEEPER, **variables: Any) -> Slip:
    return Slip(cases.start("meter_issue", variables, by=by))


def row(region: str, n: int = 1, calibre: int = 20, **more: Any) -> dict[str, Any]:
    """What a storekeeper scans for a row."""
    scanned = {
        "serial": demo.serial(region, calibre, n),
        "plastic": demo.seal_no(region, "plastic", n),
    }
    return scanned | more


def picked(point: registry.AccountFacts, **more: Any) -> Slip:
    slip = own().enter(point.service_point.no).match()
    return slip.fill("pick", picked=[row(point.region, **more)])


def test_on_its_own_from_slip_to_receipt(point):
    slip = own().enter(point.service_point.no, contract_no="GYS2026-CD-00001")
    shown = slip.scope("check_slip")
    assert shown["rows"][0]["address"] == point.service_point.address
    assert (shown["rows"][0]["calibre"], shown["rows"][0]["account_no"]) == (
        "DN20", point.account_no,
    )  # fmt: skip
    slip.match().fill(
        "pick", picked=[row(point.region, steel=demo.seal_no(point.region, "steel", 1))]
    )
    serial = demo.serial(point.region, 20, 1)
    assert registry.stock_meter(serial).held_by == slip.number
    assert slip.scope("sign", FITTER)["picked_rows"][0]["seals_text"].count("封") == 2
    slip.sign()
    assert (slip.moved.status, slip.moved.outcome) == ("ended", "issued")
    (facts,) = registry.issued(case=slip.number)
    assert (facts.serial, facts.issuer, facts.receiver) == (serial, "苏木", "丁望舒")
    assert [seal["type"] for seal in facts.seals] == ["plastic", "steel"]
    assert slip.number.startswith("SB")
    assert audit.verify().findings == []


def test_started_for_an_account_its_point_stands_there(point):
    slip = own(account_no=point.account_no)
    assert slip.scope("enter")["wanted"] == [{"point_no": point.service_point.no}]
    assert cases.case(KEEPER, slip.number).address == point.service_point.address


def test_what_is_wrong_with_a_slip_stands_at_its_row(known, point):
    here = point.service_point.no
    others = [registry.account(no) for name, no in known.items() if name != "pre"]
    away = next(a for a in others if a.region != point.region and a.meter)
    hung = next(a for a in others if a.region == point.region and a.meter)
    slip = own()
    twice = [{"point_no": here}, {"point_no": here}]
    assert set(slip.faults("enter", purpose="new", paid=True, wanted=twice)) == {
        "wanted[1].point_no"
    }
    found = slip.faults("enter", purpose="new", paid=True, wanted=[
        {"point_no": here}, {"point_no": "JS-XX"},
        {"point_no": away.service_point.no}, {"point_no": hung.service_point.no},
    ])  # fmt: skip
    assert set(found) == {f"wanted[{n}].point_no" for n in (1, 2, 3)}
    assert away.region in found["wanted[2].point_no"]
    assert hung.meter.serial in found["wanted[3].point_no"]
    wrong = slip.faults("enter", purpose="replacement", paid=True, wanted=[{"point_no": here}])
    assert "没有在装水表" in wrong["wanted[0].point_no"]


def test_a_slip_that_does_not_match_goes_back(point):
    slip = own().enter(point.service_point.no)
    assert set(slip.faults("check_slip", slip_result="mismatch")) == {
        "mismatch_to", "mismatch_reason",
    }  # fmt: skip
    slip.fill(
        "check_slip", slip_result="mismatch", mismatch_to="design", mismatch_reason="口径应为 DN25"
    )
    assert (slip.moved.status, slip.moved.outcome) == ("ended", "mismatch")
    assert registry.issued(case=slip.number) == []


def test_each_fault_of_the_scan_stands_at_its_field(point):
    slip = own().enter(point.service_point.no).match()
    region, stale = point.region, demo.serial(point.region, 20, 999)
    for given, field, text in (
        ({"serial": "LJ999999"}, "serial", "没有表身号"),
        ({"serial": demo.serial(region, 25, 1)}, "serial", "DN25"),
        ({"serial": stale}, "serial", "存放过久"),
        ({"plastic": "S9-99999"}, "plastic", "没有封号"),
        ({"steel": demo.seal_no(region, "lead", 1)}, "steel", "没有封号"),
        ({"first_verification": "2020-01-01"}, "first_verification", "档案为"),
    ):
        found = slip.faults("pick", picked=[row(region) | given])
        assert list(found) == [f"picked[0].{field}"]
        assert text in found[f"picked[0].{field}"]
    assert registry.stock_meter(demo.serial(region, 20, 1)).held_by is None
    assert set(slip.faults("pick", picked=[row(region) | {"plastic": ""}])) == {"picked[0].plastic"}


def test_the_date_on_the_meter_may_be_said(point):
    serial = demo.serial(point.region, 20, 1)
    day = registry.stock_meter(serial).first_verification.isoformat()
    assert "sign" in picked(point, first_verification=day).open


def test_a_storekeeper_of_another_region_cannot_take_from_it(point):
    region = next(each for each in settings.regions() if each != point.region)
    slip = own().enter(point.service_point.no).match()
    foreign = Actor(9205, "p9205", "外区", frozenset({"meter_storekeeper"}), region=region,
                    channel="api")  # fmt: skip
    with pytest.raises((NotAllowed, Problem)):
        slip.fill("pick", by=foreign, picked=[row(point.region)])
    home = Actor(9206, "p9206", "本区", frozenset({"meter_storekeeper"}), region=point.region,
                 channel="api")  # fmt: skip
    company = row(point.region) | {"serial": demo.serial(None, 20, 1)}
    cases.release(slip.open["pick"], by=KEEPER)
    assert "不由您负责" in slip.faults("pick", by=home, picked=[company])["picked[0].serial"]
    slip.fill("pick", by=home, picked=[row(point.region)])


def test_who_picked_does_not_sign(point):
    slip = picked(point)
    both = person(KEEPER.id, KEEPER.name, "meter_storekeeper", "installer")
    with pytest.raises(NotAllowed):
        slip.sign(by=both)
    slip.sign()
    assert slip.moved.outcome == "issued"


def test_what_the_receiver_finds_wrong_is_picked_again(point):
    slip = picked(point)
    slip.fill("sign", by=FITTER, sign_result="wrong", wrong_reason="表壳有裂纹")
    shown = slip.scope("pick")
    assert shown["return_reason"] == "表壳有裂纹"
    assert shown["picked"][0]["serial"] == demo.serial(point.region, 20, 1)
    assert registry.stock_meter(shown["picked"][0]["serial"]).held_by is None
    slip.fill("pick", picked=[row(point.region, n=2)]).sign()
    assert registry.issued(case=slip.number)[0].serial == demo.serial(point.region, 20, 2)
    assert registry.meter_in_stock(demo.serial(point.region, 20, 1))


def test_a_contractor_receives_by_name(point):
    slip = picked(point).sign(
        receiver_kind="contractor", contractor="临江安装工程公司", contractor_person="言若谷"
    )
    assert registry.issued(case=slip.number)[0].receiver == "临江安装工程公司"
    kept = raw().execute("SELECT string_agg(t::text, '') FROM trail t").fetchone()[0]
    assert "言若谷" not in kept


@pytest.mark.parametrize("returned", [True, False])
def test_the_old_meter_comes_back_when_the_new_one_is_drawn(known, returned):
    account = registry.account(known["clean_sale"])
    old = account.meter
    slip = own().enter(account.service_point.no, purpose="replacement").match()
    slip.fill("pick", picked=[row(account.region)])
    if not returned:
        slip.sign(old_meter="later", old_meter_reason="当日换装后交回")
        assert slip.moved.outcome == "issued"
        assert registry.stock_meter(old.serial).state == "installed"
        return
    slip.sign(old_meter="returned")
    assert registry.issued(case=slip.number)[0].state == "issued"
    too_far = slip.faults("take_back", old_meters=[{"returned": True, "reading": 99_999_999}])
    assert set(too_far) == {"old_meters[0].reading"}
    slip.fill("take_back", old_meters=[{"returned": True, "reading": old.last_reading + 3}])
    assert (slip.moved.status, slip.moved.outcome) == ("ended", "issued")
    back = registry.stock_meter(old.serial)
    assert (back.state, back.store_name) == ("to_verify", f"{account.region}分库")
    assert registry.account(known["clean_sale"]).meter is None


def test_what_is_not_installed_in_time_comes_back_after_the_case_has_ended(point):
    slip = picked(point).sign()
    late = now() + timedelta(days=settings.get("limit.T-INSTALL") + 1)
    assert registry.recall_overdue(by=SYSTEM, at=late) == [demo.serial(point.region, 20, 1)]
    (facts,) = registry.issued(case=slip.number)
    assert facts.state == "recalled"
    assert registry.meter_in_stock(facts.serial)


def to_pick(keeper: Actor, account: registry.AccountFacts) -> tuple[int, Actor, str]:
    """A case of that storekeeper which waits for the scan."""
    slip = own(keeper)
    wanted = [{"point_no": account.service_point.no}]
    slip.fill("enter", by=keeper, purpose="new", paid=True, wanted=wanted)
    slip.fill("check_slip", by=keeper, slip_result="match")
    return slip.open["pick"], keeper, slip.number


def test_two_storekeepers_take_the_same_serial(point, known):
    """One after the other: the second is told who has it."""
    first = picked(point)
    task, _, number = to_pick(OTHER, point)
    second = Slip(cases.Moved(number, "meter_issue", "open", None))
    assert second.open["pick"] == task
    found = second.faults("pick", by=OTHER, picked=[row(point.region)])
    assert first.number in found["picked[0].serial"]
    assert first.number in found["picked[0].plastic"]


def test_two_storekeepers_at_the_same_moment(fresh: Flask):
    """Truly at once, on real commits: one wins, the other is told, nothing is taken twice."""
    known = visit.open_the_house()
    account = registry.account(known["pre"])
    slips = [to_pick(keeper, account) for keeper in (KEEPER, OTHER)]
    db.session.remove()

    def take(one: tuple[int, Actor, str]) -> Problem | None:
        with fresh.app_context():
            try:
                cases.submit_task(one[0], {"picked": [row(account.region)]}, by=one[1])
                return None
            except Problem as problem:
                return problem
            finally:
                db.session.remove()

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(take, slips))
    assert ends.count(None) == 1
    winner, loser = ends.index(None), 1 - ends.index(None)
    assert isinstance(ends[loser], Invalid)
    said = str(ends[loser].fields["picked[0].serial"])
    assert slips[winner][2] in said
    assert registry.stock_meter(demo.serial(account.region, 20, 1)).held_by == slips[winner][2]


def test_what_a_case_picked_is_kept_for_some_days_only(point):
    slip, again = picked(point), own().enter(point.service_point.no).match()
    assert slip.number in again.faults("pick", picked=[row(point.region)])["picked[0].serial"]
    later = now() + timedelta(days=settings.get("meters.hold"), minutes=1)
    again.fill("pick", at=later, picked=[row(point.region)])


@pytest.mark.parametrize("end", [cases.withdraw, cases.force_end], ids=["withdrawn", "forced"])
def test_ended_before_the_sign_its_meters_and_seals_are_free_at_once(point, end):
    slip = picked(point)
    end(slip.number, "不领了", by=KEEPER if end is cases.withdraw else DIRECTOR)
    serial, seal = row(point.region).values()
    assert registry.stock_meter(serial).held_by is None
    assert [one.held_by for one in registry.find_seals(seal)] == [None]
    picked(point)
    assert audit.verify().findings == []


# --- called ---------------------------------------------------------------------------------------


@pytest.fixture
def called(point) -> Slip:
    files = definitions.read_folder(ROOT) | {"processes/caller.bpmn": caller.drawing()}
    done = definitions.deploy(files, by=SYSTEM)
    assert not done.refused, done.findings
    place = point.service_point
    points = [{"point_no": place.no, "address": place.address, "calibre": 20,
               "account_no": point.account_no}]  # fmt: skip
    moved = cases.start(
        "caller",
        {"purpose": "new", "points": points, "contract_no": "GYS2026-CD-00001", "paid": True,
         "region": point.region, "applicant_name": "言若谷"},
        by=CLERK,
    )  # fmt: skip
    return Slip(moved)


def test_called_it_hands_back_what_was_issued_and_the_caller_recalls(called, point):
    assert "enter" not in called.open
    called.match().fill("pick", picked=[row(point.region)]).sign()
    (facts,) = registry.issued(case=called.number)
    assert facts.state == "issued"
    late = now() + timedelta(days=settings.get("limit.T-INSTALL") + 1)
    assert registry.recall_overdue(by=SYSTEM, at=late) == []
    (timer,) = raw().execute(
        "SELECT t.engine_id, t.due_at FROM timers t JOIN cases c ON c.id = t.case_id"
        " WHERE c.number = %s", (called.number,),
    ).fetchall()  # fmt: skip
    assert cases.fire_timer(called.number, timer[0], by=SYSTEM, at=timer[1])
    assert cases.case(SYSTEM, called.number).outcome == "recalled"
    (facts,) = registry.issued(case=called.number)
    assert facts.state == "recalled"
    assert registry.meter_in_stock(facts.serial)


def test_called_a_mismatch_goes_back_to_the_caller(called):
    called.fill(
        "check_slip", slip_result="mismatch", mismatch_to="contract", mismatch_reason="未交清"
    )
    assert (called.moved.status, called.moved.outcome) == ("ended", "sent_back")


def test_called_with_a_point_nobody_knows_it_is_refused(called, point):
    with pytest.raises(Refused, match="JS-XX"):
        cases.start(
            "caller",
            {"purpose": "new", "points": [{"point_no": "JS-XX"}], "contract_no": "", "paid": True,
             "region": point.region, "applicant_name": "言若谷"},
            by=CLERK,
        )  # fmt: skip


def test_only_storekeepers_begin(known):
    for group in ("window_clerk", "installer", "auditor"):
        with pytest.raises(NotAllowed):
            own(person(9300, "某人", group))


# --- the slip -------------------------------------------------------------------------------------


def test_the_slip_is_a_draft_until_it_is_signed(point):
    slip = own().enter(point.service_point.no).match()
    with pytest.raises(Refused):
        meter_issue.slip_sheet(print_call(slip, point))
    slip.fill("pick", picked=[row(point.region)])
    draft, name = cases.render_print(slip.number, "meter_issue.slip", by=FITTER)
    assert draft.startswith(b"%PDF")
    assert name.endswith("-slip.pdf")
    slip.sign()
    (facts,) = registry.issued(case=slip.number)
    data = meter_issue.slip_sheet(print_call(slip, point))
    assert (data["slip_no"], data["issuer"], data["receiver"]) == (facts.slip_no, "苏木", "丁望舒")
    assert data["rows"][0]["serial"] == facts.serial
    signed, _ = cases.render_print(slip.number, "meter_issue.slip", by=KEEPER)
    assert signed.startswith(b"%PDF")


def print_call(slip: Slip, point: registry.AccountFacts) -> PrintCall:
    return PrintCall(slip.number, "meter_issue", None, point.region, {}, now())
