"""回访: three attempts a working day apart, what was said is kept, the dissatisfied are heard."""

from __future__ import annotations

import pytest

from app import definitions, registry
from app.db import raw
from app.errors import Invalid, Refused
from app.work import SYSTEM, Work, command, now
from tests.procedures.desk import Desk

START = {
    "case_number": "BZ20260302-0001",
    "process": "new_connection",
    "applicant_name": "言若谷",
    "phone": "19900001001",
    "mandatory": True,
}
ANSWERS = {
    "called_at": "2026-03-02T09:00:00",
    "contact_result": "reached",
    "is_satisfied": "yes",
    "rating": "5",
    "promise_kept": "yes",
    "attitude": "good",
    "cost_complaint": False,
}
NOBODY = {"called_at": "2026-03-02T09:00:00", "contact_result": "no_answer"}


def call(**services):
    """One call-back; the second attempt may begin on the next working day at half past eight."""
    attempts = iter(range(1, 9))

    def noted(given):
        n = next(attempts)
        day = f"2026-03-{2 + n:02}"
        return {
            "attempts": n,
            "score": int(given["rating"] or 0),
            "next_call_at": f"{day}T08:30:00+08:00",
            "call_by": f"{day}T17:30:00+08:00",
        }

    return Desk(
        "c_satisfaction",
        START,
        **{
            "c_satisfaction__prepare": {
                "record_id": 1,
                "max_attempts": 3,
                "call_by": "2026-03-05T17:30:00+08:00",
                "process_name": "用水报装",
            },
            "c_satisfaction__note": noted,
            "c_satisfaction__give_up": {},
            "c_satisfaction__note_measure": {"rework": True},
            "c_satisfaction__urge": {},
            **services,
        },
    )


def test_a_satisfied_customer_ends_it_at_once():
    desk = call().submit("satisfaction_call", **ANSWERS, suggestions="希望多一个窗口")
    assert desk.out.ended == "satisfied"
    assert desk.out.variables["score"] == 5
    assert desk.asked("c_satisfaction.note")["suggestions"] == "希望多一个窗口"


def test_nobody_who_handled_the_case_calls_back():
    assert call().task("satisfaction_call").not_by == ["case:BZ20260302-0001"]


def test_a_dissatisfied_customer_is_the_directors_business_before_it_ends():
    said = {**ANSWERS, "is_satisfied": "no", "rating": "1", "complaint": "约好的时间没有来"}
    desk = call().submit("satisfaction_call", **said)
    assert desk.open == ["handle_dissatisfied"]
    assert desk.task("handle_dissatisfied").groups == ["cs_director"]
    desk.submit("handle_dissatisfied", director_decision="rework", measure="安排当天上门")
    assert desk.out.ended == "dissatisfied"
    assert (desk.out.variables["score"], desk.out.variables["rework"]) == (1, True)


def test_three_attempts_a_working_day_apart_and_then_it_is_given_up():
    desk = call()
    for _ in range(2):
        desk.submit("satisfaction_call", **NOBODY)
        assert desk.open == []
        desk.later(days=1)
        assert desk.open == ["satisfaction_call"]
    desk.submit("satisfaction_call", **NOBODY)
    assert desk.out.ended == "unreachable"
    assert desk.called[-1][0] == "c_satisfaction.give_up"


def test_a_customer_who_calls_back_is_asked_at_once():
    desk = call().submit("satisfaction_call", **NOBODY)
    desk.tell("customer_answered", START["case_number"])
    assert desk.submit("satisfaction_call", **ANSWERS).out.ended == "satisfied"


def test_who_does_not_want_to_be_asked_is_not_called_again():
    desk = call().submit("satisfaction_call", **{**NOBODY, "contact_result": "refused"})
    assert desk.out.ended == "unreachable"


def test_what_need_not_be_asked_is_tried_once():
    once = {"record_id": 1, "max_attempts": 1, "process_name": "",
            "call_by": "2026-03-05T17:30:00+08:00"}  # fmt: skip
    desk = call(c_satisfaction__prepare=once).submit("satisfaction_call", **NOBODY)
    assert desk.out.ended == "unreachable"


def test_the_agent_is_urged_when_the_limit_is_over_and_the_step_stays():
    desk = call().later(days=4)
    assert desk.called[-1][0] == "c_satisfaction.urge"
    assert desk.open == ["satisfaction_call"]


def test_a_complaint_has_to_be_said():
    said = {**ANSWERS, "is_satisfied": "no", "rating": "1"}
    with pytest.raises(Invalid) as wrong:
        call().submit("satisfaction_call", **said)
    assert "complaint" in wrong.value.fields


# --- the record -----------------------------------------------------------------------------


@command
def keep(work: Work, deed):
    """Do something with the register in one command."""
    return deed(work)


def done(deed):
    return keep(deed, by=SYSTEM)


def opened(case: str = "GH20260302-0001") -> int:
    return done(
        lambda work: registry.open_satisfaction(
            work, case=case, asked_in="HF20260303-0001", procedure="meter_transfer", account_no=None
        )
    )


def closed(id: int, outcome: str = "dissatisfied", **answers) -> None:
    said = {"score": 2, "complaint": "言若谷说价格没有说清", **answers}
    done(lambda work: registry.close_satisfaction(work, id, outcome, said))


def test_what_was_said_is_kept_sealed_and_found_again(app):
    record = opened()
    assert opened() == record, "asked again it is the same one"
    done(lambda work: registry.note_attempt(work, record, at=now(), result="reached"))
    closed(record, suggestions="多一个窗口", cost_complaint=True, cost_text="材料费没有公示")
    done(lambda work: registry.note_measure(work, record, measure="已向言若谷说明", rework=False))
    (facts,) = registry.satisfactions("GH20260302-0001")
    assert (facts.outcome, facts.score, facts.rework) == ("dissatisfied", 2, False)
    assert (facts.suggestions, facts.cost_text) == ("多一个窗口", "材料费没有公示")
    assert facts.complaint.startswith("言若谷")
    assert facts.measure == "已向言若谷说明"
    assert [a["result"] for a in facts.attempts] == ["reached"]
    assert [f.id for f in registry.satisfactions_by_id([record])] == [record]
    rows = raw().execute("SELECT body::text FROM trail WHERE subject_kind = 'satisfaction'")
    assert not any("言若谷" in body for (body,) in rows.fetchall())


def test_a_destroyed_key_leaves_the_figures(app):
    record = opened()
    closed(record)
    raw().execute(
        "UPDATE data_keys SET wrapped = NULL WHERE id = (SELECT key_id FROM satisfaction)"
    )
    (facts,) = registry.satisfactions("GH20260302-0001")
    assert (facts.score, facts.complaint) == (2, "")


@pytest.mark.parametrize(
    ("deed", "error"),
    [
        (lambda w, r: registry.note_attempt(w, r, at=now(), result="maybe"), Invalid),
        (lambda w, r: registry.note_attempt(w, r, at=now().replace(year=2999), result="reached"),
         Invalid),
        (lambda w, r: registry.close_satisfaction(w, r, "satisfied", {"score": 6}), Invalid),
        (lambda w, r: registry.note_measure(w, r, measure="说明", rework=False), Refused),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(app, deed, error):
    record = opened()
    with pytest.raises(error):
        done(lambda work: deed(work, record))


def test_a_call_back_that_is_over_takes_no_more(app):
    record = opened()
    closed(record, "unreachable")
    with pytest.raises(Refused):
        done(lambda work: registry.note_attempt(work, record, at=now(), result="reached"))


def test_the_texts_of_a_call_back_never_stand_open(known):
    release = definitions.published_one("c_satisfaction").release
    names = definitions.content(release).open_names["c_satisfaction"]
    assert not {"complaint", "suggestions", "cost_text", "measure", "phone"} & names
