"""满意度回访: a case that is over, by somebody who had no hand in it; its record stands apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app import cases, registry
from app.db import raw
from app.errors import Invalid, NotAllowed
from app.work import now
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
