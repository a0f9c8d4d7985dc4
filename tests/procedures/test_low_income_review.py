"""低保年审: asked in time and once; renewed by two persons, or over by itself on its day."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app import cases, registry
from app.db import raw
from app.errors import Invalid, NotAllowed, Refused
from app.jobs import tasks
from app.procedures.low_income_review import begin_reviews
from app.work import SYSTEM, now
from app.worktime import SHANGHAI, local_day
from tests.procedures.relief import ENTRY, NEIGHBOUR, TODAY, Relief, active
from tests.procedures.visit import CLERK, SECOND
from tests.procedures.waiting import post

SOON = TODAY + timedelta(days=30)
LATER = SOON + timedelta(days=365)


class Review(Relief):
    """The review of an account's reliefs."""

    def __init__(self, account_no: str, number: str) -> None:
        super().__init__(account_no, begin=False)
        self.number = number
        post()

    def answer(self, *results: str, by=CLERK, **more) -> Review:
        rows = [
            {"result": r, **({"new_to": LATER.isoformat(), **more} if r == "renewed" else {})}
            for r in results
        ]
        self.fill("annual_review", by=by, households=rows)
        return self


def soon(known, **more) -> str:
    """An account whose relief ends in thirty days."""
    active(known["clean_sale"], cert_to=SOON.isoformat(), **more)
    return known["clean_sale"]


def review(no: str) -> Review:
    (number,) = begin_reviews(SYSTEM)
    return Review(no, number)


def test_it_is_begun_thirty_days_before_and_once(known):
    no = soon(known)
    assert begin_reviews(SYSTEM, at=now() - timedelta(days=1)) == []
    (number,) = begin_reviews(SYSTEM)
    assert number.startswith("DN")
    assert begin_reviews(SYSTEM) == []
    (facts,) = registry.reliefs(no)
    assert facts.review_case == number
    sent = raw().execute("SELECT template FROM notices WHERE case_number = %s", (number,))
    assert sent.fetchall() == [("relief_review",)]
    assert Review(no, number).open == ["annual_review"]


def test_who_loses_the_race_opens_no_second_case(known):
    no = soon(known)
    due = registry.reviews_due(TODAY)[0]
    begin_reviews(SYSTEM)
    said = {"account_no": no, "region": due.region, "valid_to": due.valid_to.isoformat()}
    with pytest.raises(Refused):
        cases.deliver_message("relief_review_due", "again", said, by=SYSTEM)
    found = raw().execute("SELECT count(*) FROM cases WHERE procedure = 'low_income_review'")
    assert found.fetchone()[0] == 1


def test_a_new_certificate_renews_it_from_the_day_after(known):
    no = soon(known)
    one = review(no).answer("renewed", new_cert="DB4301990055")
    with pytest.raises(NotAllowed):
        one.fill("annual_check", by=CLERK, check_result="agree")
    one.fill("annual_check", by=SECOND, check_result="agree")
    assert one.shown().outcome == "renewed"
    old, new = registry.reliefs(no)
    assert (new.valid_from, new.valid_to) == (SOON + timedelta(days=1), LATER)
    assert (new.renews, new.cert_tail, new.reviewer) == (old.id, "0055", SECOND.name)
    assert begin_reviews(SYSTEM) == []


def test_sent_back_it_is_corrected(known):
    no = soon(known)
    one = review(no).answer("renewed")
    one.fill("annual_check", by=ENTRY, check_result="return", check_note="有效期与原件不符")
    assert one.open == ["annual_review"]
    assert one.page("annual_review").scope["return_reason"] == "有效期与原件不符"
    one.answer("renewed").fill("annual_check", by=ENTRY, check_result="agree")
    assert one.shown().outcome == "renewed"


def test_a_correction_asked_for_after_the_last_day_costs_the_customer_nothing(known):
    no = soon(known)
    one = review(no).later(days=30).answer("renewed")
    one.later(days=2)
    registry.expire_reliefs(by=SYSTEM, at=one.at)
    one.fill("annual_check", by=ENTRY, check_result="return", check_note="扫描件不清楚")
    assert one.open == ["annual_review"]
    one.answer("renewed").fill("annual_check", by=ENTRY, check_result="agree")
    assert one.shown().outcome == "renewed"
    assert registry.reliefs(no)[1].valid_from == SOON + timedelta(days=1)


def test_a_day_that_is_no_later_is_said_at_once(known):
    one = review(soon(known))
    with pytest.raises(Invalid) as wrong:
        one.answer("renewed", new_to=SOON.isoformat())
    assert "households" in wrong.value.fields
    assert one.open == ["annual_review"]


def test_nobody_came_and_it_ends_on_its_day(known):
    no = soon(known)
    one = review(no).later(days=29)
    assert one.open == ["annual_review"]
    one.later(days=2)
    assert one.shown().outcome == "expired"
    (facts,) = registry.reliefs(no)
    assert (facts.ended, facts.why_ended) == (SOON + timedelta(days=1), "expired")
    assert registry.free_water(no, since=SOON + timedelta(days=2), on=LATER, used=50) == {}
    sent = raw().execute("SELECT template FROM notices WHERE case_number = %s ORDER BY id",
                         (one.number,))  # fmt: skip
    assert [t for (t,) in sent.fetchall()] == ["relief_review", "relief_expired"]


def test_who_no_longer_qualifies_keeps_it_until_its_last_day(known):
    no = soon(known)
    one = review(no).answer("lapses")
    assert registry.reliefs(no)[0].ended is None
    one.later(days=31)
    assert one.shown().outcome == "expired"
    assert registry.reliefs(no)[0].ended == SOON + timedelta(days=1)


def test_the_job_turns_the_clock_of_all_this_and_twice_does_nothing_more(known, monkeypatch):
    no = soon(known)
    after = now() + timedelta(days=31)
    monkeypatch.setattr("app.work.now", lambda: after)
    monkeypatch.setattr("app.procedures.low_income_review.now", lambda: after)
    for _ in range(2):
        tasks.end_reliefs(0)
    (facts,) = registry.reliefs(no)
    assert (facts.ended, facts.why_ended) == (SOON + timedelta(days=1), "expired")
    ended = [c for c in registry.history("account", no) if c.action == "account:relief_ended"]
    assert len(ended) == 1
    assert not registry.account(no, on=local_day(after)).relief


def test_the_nightly_job_and_the_review_end_it_once(known):
    no = soon(known)
    one = review(no)
    registry.expire_reliefs(by=SYSTEM, at=now() + timedelta(days=31))
    one.later(days=31)
    assert one.shown().outcome == "expired"
    ended = [c for c in registry.history("account", no) if c.action == "account:relief_ended"]
    assert len(ended) == 1


def test_households_behind_a_master_meter_are_reviewed_together(known):
    neighbour = {**NEIGHBOUR, "valid_to": SOON.isoformat()}
    no = soon(known, meter_kind="master", others=[neighbour])
    one = review(no)
    scope = one.page("annual_review").scope
    assert scope["household_count"] == 2
    assert scope["contact_name"] == registry.account(no).owner.name
    one.answer("renewed", "lapses").fill("annual_check", by=ENTRY, check_result="agree")
    assert one.shown().outcome == "renewed"
    registry.expire_reliefs(by=SYSTEM, at=now() + timedelta(days=31))
    left = registry.reliefs(no, on=SOON + timedelta(days=1))
    assert [each.name for each in left] == ["言若谷"]


def test_an_erased_household_is_reviewed_and_ends_all_the_same(known):
    no = soon(known)
    raw().execute(
        "UPDATE data_keys SET wrapped = NULL WHERE id IN (SELECT c.key_id FROM customer c"
        " JOIN relief r ON r.customer_id = c.id WHERE r.account_no = %s)",
        (no,),
    )
    one = review(no)
    assert one.open == ["letter"]  # no phone is left
    one.later(days=31)
    assert registry.reliefs(no)[0].why_ended == "expired"


def test_the_moment_it_ends_is_midnight_in_shanghai(known):
    one = review(soon(known))
    ends = one.page("annual_review").scope["expires_at"]
    assert datetime.fromisoformat(ends) == datetime(
        *(SOON + timedelta(days=1)).timetuple()[:3], tzinfo=SHANGHAI
    )
