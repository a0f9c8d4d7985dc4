"""满意度回访: a case that is over, by somebody who had no hand in it; its record stands apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app import cases, registry, settings
from app.db import raw
from app.errors import Invalid, NotAllowed
from app.jobs import tasks
from app.procedures import satisfaction_followup
from app.work import SYSTEM, now
from tests.looking import say_why
from tests.procedures.steps import NEW_OWNER
from tests.procedures.visit import CLERK, Visit, person

AGENT = person(9010, "何见微", "hotline_agent")
DIRECTOR = person(9011, "沈知节", "cs_director")
# One who handles transfers and answers the phone as well
BOTH = replace(CLERK, groups=CLERK.groups | {"hotline_agent"})


class FollowUp(Visit):
    """A follow-up of one case."""

    def __init__(self, followed: str, by=AGENT, occasion: str = "required") -> None:
        self.at, self.pages = None, []
        self.moved = cases.start("satisfaction_followup", {}, by=by)
        self.number = self.moved.number
        self.fill("choose", by=by, followed_case=followed, occasion=occasion)

    @classmethod
    def going_on(cls, number: str, at: datetime) -> FollowUp:
        """One that nobody of the staff began."""
        made = cls.__new__(cls)
        made.at, made.pages, made.number = at, [], number
        return made

    def ask(self, by=AGENT, result="reached", **more) -> FollowUp:
        answers = {
            "is_satisfied": "yes", "rating": "4", "promise_kept": "yes", "attitude": "good",
            "cost_complaint": False,
        } if result == "reached" else {}  # fmt: skip
        called = {"called_at": (self.at or now()).isoformat(), "contact_result": result}
        self.fill("satisfaction_call", by=by, **{**called, **answers, **more})
        return self


@pytest.fixture
def over(known) -> str:
    """A transfer that was accepted by the clerk and then withdrawn."""
    visit = Visit(known["clean_sale"]).accept()
    cases.withdraw(visit.number, "不办了", by=CLERK)
    return visit.number


def test_it_is_filled_with_what_the_case_knows_and_ends_satisfied(over):
    follow = FollowUp(over)
    say_why(follow.number, AGENT)
    scope = follow.page("satisfaction_call", AGENT).scope
    assert (scope["applicant_name"], scope["phone"]) == (
        NEW_OWNER["new_name"],
        NEW_OWNER["new_phone"],
    )
    assert scope["process_name"] == "水表过户"
    follow.ask()
    assert follow.moved.outcome == "satisfied"
    (facts,) = registry.satisfactions(over)
    assert (facts.asked_in, facts.procedure, facts.score) == (follow.number, "meter_transfer", 4)


def test_who_handled_the_case_may_not_call_the_customer(over):
    follow = FollowUp(over)
    cases.release(follow.task("satisfaction_call"), by=AGENT)
    with pytest.raises(NotAllowed) as refused:
        follow.ask(by=BOTH)
    assert over in str(refused.value)
    assert cases.claim_next(by=BOTH) != follow.task("satisfaction_call")
    follow.ask(by=AGENT)


def test_who_began_the_follow_up_is_not_handed_the_call_about_his_own_case(over):
    follow = FollowUp(over, by=BOTH)
    assert follow.moved.next is None


def test_the_dissatisfied_reach_the_director(over):
    follow = FollowUp(over).ask(is_satisfied="no", rating="2", complaint="等了三个小时")
    assert follow.open == ["handle_dissatisfied"]
    follow.fill("handle_dissatisfied", by=DIRECTOR, director_decision="settled",
                measure="电话致歉并说明原因")  # fmt: skip
    assert follow.moved.outcome == "dissatisfied"
    (facts,) = registry.satisfactions(over)
    assert (facts.complaint, facts.measure) == ("等了三个小时", "电话致歉并说明原因")
    assert facts.rework is False


def test_three_days_without_an_answer(over):
    follow = FollowUp(over)
    for _ in range(2):
        follow.ask(result="no_answer")
        assert follow.open == []
        follow.later(days=5)
    follow.ask(result="wrong_number")
    assert follow.shown().outcome == "unreachable"
    (facts,) = registry.satisfactions(over)
    assert [a["result"] for a in facts.attempts] == ["no_answer", "no_answer", "wrong_number"]
    days = [a["at"][:10] for a in facts.attempts]
    assert len(set(days)) == 3


def test_a_sample_is_tried_once(over):
    follow = FollowUp(over, occasion="sample").ask(result="no_answer")
    assert follow.moved.outcome == "unreachable"


def test_a_time_to_come_is_refused_and_nothing_is_kept(over):
    follow = FollowUp(over)
    with pytest.raises(Invalid) as wrong:
        follow.ask(called_at="2999-01-01T09:00:00")
    assert "called_at" in wrong.value.fields
    assert registry.satisfactions(over)[0].attempts == ()


@pytest.mark.parametrize("number", ["GH20990101-0001", "不知道", ""])
def test_a_number_that_is_none_is_said_at_the_field(known, number):
    with pytest.raises(Invalid) as wrong:
        FollowUp(number)
    assert "followed_case" in wrong.value.fields


def test_an_open_case_and_a_follow_up_are_not_followed_up(known, over):
    with pytest.raises(Invalid):
        FollowUp(Visit(known["case17"]).number)
    with pytest.raises(Invalid):
        FollowUp(FollowUp(over).ask().number)


def test_of_an_erased_person_nothing_is_left_to_call(over):
    raw().execute(
        "UPDATE data_keys SET wrapped = NULL WHERE id ="
        " (SELECT key_id FROM cases WHERE number = %s)",
        (over,),
    )
    follow = FollowUp(over)
    scope = follow.page("satisfaction_call", AGENT).scope
    assert (scope["applicant_name"], scope["phone"]) == ("", "")
    assert follow.ask(result="wrong_number").open == []


# --- the sample -----------------------------------------------------------------------------------


def refused(*accounts: str) -> list[str]:
    """Transfers that ended today; gives their numbers."""
    found = []
    for no in accounts:
        visit = Visit(no).accept(category_change="yes")
        visit.fill("tell_refusal", told_how="in_person")
        assert visit.moved.outcome == "refused"
        found.append(visit.number)
    return found


def next_period(share: int = 100, days: int = 7) -> datetime:
    """When cases that ended today are looked at."""
    settings.put("followup.share", share, by=SYSTEM)
    settings.put("followup.period", days, by=SYSTEM)
    return now() + timedelta(days=days)


def sampled(at: datetime) -> list[str]:
    """The cases followed up by a draw at that time."""
    begun = satisfaction_followup.follow_up_samples(by=SYSTEM, at=at)
    asked = "SELECT case_no FROM satisfaction WHERE asked_in = ANY(%s) ORDER BY 1"
    return [number for (number,) in raw().execute(asked, (begun,)).fetchall()]


def test_a_share_of_what_ended_is_called_back_once(known):
    numbers = refused(known["clean_sale"], known["arrears"], known["case17"])
    at = next_period(share=50)
    drawn = sampled(at)
    assert len(drawn) == 2
    assert set(drawn) < set(numbers)
    assert sampled(at + timedelta(minutes=60)) == []
    settings.put("followup.share", 100, by=SYSTEM)
    assert set(sampled(at + timedelta(minutes=120))) == set(numbers) - set(drawn)


def test_a_sample_is_tried_once_by_somebody_who_had_no_hand_in_it(known):
    (number,) = refused(known["clean_sale"])
    at = next_period()
    (begun,) = satisfaction_followup.follow_up_samples(by=SYSTEM, at=at)
    follow = FollowUp.going_on(begun, at)
    with pytest.raises(NotAllowed):
        follow.ask(by=BOTH)
    follow.ask(result="no_answer")
    assert follow.moved.outcome == "unreachable"
    assert [one.outcome for one in registry.satisfactions(number)] == ["unreachable"]


def test_what_is_over_longer_or_not_yet_or_was_called_back_is_not_drawn(known):
    first, second = refused(known["clean_sale"], known["arrears"])
    open_one = Visit(known["case17"]).accept().number
    FollowUp(first)
    at = next_period()
    assert sampled(now()) == []
    assert sampled(at) == [second]
    assert sampled(at + timedelta(days=7)) == []
    assert registry.satisfactions(open_one) == []


def test_without_a_share_nobody_is_called_back(known):
    refused(known["clean_sale"])
    assert sampled(next_period(share=0)) == []


def test_the_worker_draws_it(known):
    (number,) = refused(known["clean_sale"])
    next_period(days=7)
    raw().execute("UPDATE cases SET ended_at = ended_at - interval '7 days'")
    tasks.follow_up_samples(0)
    assert [one.case for one in registry.satisfactions(number)] == [number]
