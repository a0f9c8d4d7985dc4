"""Call activities, multi-instance, decisions, assignment, marks."""

from __future__ import annotations

import pytest

from app import engine
from tests.engine.drawings import (
    NOW,
    Case,
    at,
    both,
    call,
    catch,
    detour,
    drawing,
    end,
    err,
    error,
    ext,
    flow,
    io,
    many,
    message,
    msg,
    path,
    process,
    props,
    row,
    script,
    service,
    start,
    sub,
    timer,
    user,
    xor,
)

APPROVE = process(
    "approve",
    start(),
    user("look"),
    xor("g", "f_g_no"),
    end("yes"),
    end("no"),
    path("s", "look", "g", "no"),
    flow("g", "yes", "= agreed"),
)


def test_two_calls_do_not_overwrite_each_other() -> None:
    one = call("c1", "approve", io({"subject": '= "甲"'}, {"first": "= outcome"}))
    two = call("c2", "approve", io({"subject": '= "乙"'}, {"second": "= outcome"}))
    case = Case(
        process(
            "p",
            start(),
            both("f"),
            one,
            two,
            both("j"),
            end(),
            path("s", "f", "c1", "j", "e"),
            path("f", "c2", "j"),
        ),
        APPROVE,
    ).start(secret=1)
    tasks = {t.path[0]: t for t in case.outcome.tasks}
    assert case.run.scope(tasks["c1"].id) == {"subject": "甲"}
    assert tasks["c1"].process_key == "approve"
    case._take(case.run.complete(tasks["c1"].id, {"agreed": True}, NOW))
    case._take(case.run.complete(tasks["c2"].id, {"agreed": False}, NOW))
    assert case.outcome.variables == {"secret": 1, "first": "yes", "second": "no"}
    assert case.trace.count("look") == 2
    assert {s.path for s in case.steps if s.element == "look"} == {("c1",), ("c2",)}


def test_propagation_defaults_as_in_camunda_8() -> None:
    case = Case(row(call("c", "approve", all=True)), APPROVE).start(secret=1)
    assert case.run.scope(case.task("look").id) == {"secret": 1}
    case.complete("look", agreed=True)
    assert case.outcome.variables == {"secret": 1, "agreed": True, "outcome": "yes"}


def test_an_error_leaves_a_call_and_its_own_error_end_too() -> None:
    called = process("work", start(), service("v", "a.b"), end(), path("s", "v", "e"))
    case = Case(
        detour(call("c", "work"), at("c", "b", error("E1"))),
        called,
        err("E1", "BAD"),
    ).start()
    assert case.outcome.service.process_key == "work"
    assert case.fail("BAD").outcome.ended == "x"
    assert case.run.state().count(b"#v") == 0


def test_an_interrupted_call_takes_its_tasks_along() -> None:
    case = (
        Case(
            detour(call("c", "approve"), at("c", "b", timer("duration", "PT1H"))),
            APPROVE,
        )
        .start()
        .advance(hours=1)
    )
    assert (case.outcome.ended, case.open) == ("x", [])


def rounds(*, sequential: bool = False, until: str | None = None) -> Case:
    loop = many(
        "= people",
        "person",
        output="votes",
        element="= {who: person, vote: vote}",
        sequential=sequential,
        until=until,
    )
    task = user("a", io(outputs={"vote": "= said"})).replace(
        "</bpmn:userTask>", loop + "</bpmn:userTask>"
    )
    return Case(process("p", start(), task, end(), path("s", "a", "e")))


def test_parallel_rounds_keep_the_order_of_the_list() -> None:
    case = rounds().start(people=["x", "y", "z"])
    assert [(t.element, t.instance, t.locals["person"]) for t in case.outcome.tasks] == [
        ("a", 1, "x"),
        ("a", 2, "y"),
        ("a", 3, "z"),
    ]
    case.complete("a", 3, said=3).complete("a", 1, said=1).complete("a", 2, said=2)
    assert case.outcome.variables["votes"] == [
        {"who": "x", "vote": 1},
        {"who": "y", "vote": 2},
        {"who": "z", "vote": 3},
    ]
    assert "vote" not in case.outcome.variables
    assert case.trace == ["s", "a", "a", "a", "e"]
    assert [s.instance for s in case.steps] == [None, 3, 1, 2, None]


def test_sequential_rounds() -> None:
    case = rounds(sequential=True).start(people=["x", "y"])
    assert [t.instance for t in case.outcome.tasks] == [1]
    case.complete("a", said=1)
    assert case.task("a").locals["person"] == "y"
    case.complete("a", said=2)
    assert [v["vote"] for v in case.outcome.variables["votes"]] == [1, 2]


@pytest.mark.parametrize("sequential", [False, True])
def test_enough_rounds_end_the_rest(sequential: bool) -> None:
    case = rounds(sequential=sequential, until="= numberOfCompletedInstances >= 2")
    case.start(people=["x", "y", "z"]).complete("a", 1, said=1).complete("a", 2, said=2)
    assert case.outcome.status == "completed"
    assert case.outcome.variables["votes"][2] is None
    assert case.trace == ["s", "a", "a", "e"]


def test_no_rounds() -> None:
    case = rounds().start(people=[])
    assert (case.outcome.status, case.outcome.variables["votes"]) == ("completed", [])
    assert rounds().start(people=3).outcome.error.kind == "collection"


def test_rounds_of_a_sub_process_have_locals_of_their_own() -> None:
    loop = many("= nos", "no", output="sums", element="= total")
    inner = sub(
        "u",
        ext(io({"price": "= 0"})),
        loop,
        start("us"),
        service("v", "a.b", io({"no": "= no"})),
        script("t", "= price * 2", "total"),
        end("ue"),
        path("us", "v", "t", "ue"),
    )
    case = Case(process("p", start(), inner, end(), path("s", "u", "e"))).start(nos=[1, 2])
    assert case.outcome.service.inputs == {"no": 1}
    case.answer(price=10)
    assert case.outcome.service.inputs == {"no": 2}
    case.answer(price=20)
    assert case.outcome.variables["sums"] == [20, 40]
    assert sorted(case.trace[1:-1]) == sorted(["us", "v", "t", "ue", "u"] * 2)


def test_a_boundary_of_many_ends_all_rounds() -> None:
    loop = many("= people")
    task = user("a").replace("</bpmn:userTask>", loop + "</bpmn:userTask>")
    case = (
        Case(detour(task, at("a", "b", timer("duration", "P1D"))))
        .start(people=[1, 2])
        .advance(days=2)
    )
    assert (case.outcome.ended, case.open) == ("x", [])


def test_assignment_and_due_dates() -> None:
    who = '<zeebe:assignmentDefinition candidateGroups="= &quot;dispatcher:&quot; + region"/>'
    when = '<zeebe:taskSchedule dueDate="=opened"/>'
    case = Case(
        row(
            user("a", who, when),
            user(
                "b",
                '<zeebe:assignmentDefinition candidateGroups="clerk, cashier"/>',
                '<zeebe:formDefinition formId="p.b"/>',
                props(not_by="a", clock="paused", clause="WIN-1,A"),
            ),
        )
    ).start(region="城东", opened="2026-03-04T09:00:00+08:00")
    task = case.task("a")
    assert task.groups == ["dispatcher:城东"]
    assert task.due.isoformat() == "2026-03-04T01:00:00+00:00"
    assert not case.outcome.paused
    task = case.complete("a").task("b")
    assert (task.groups, task.not_by, task.form, task.paused) == (
        ["clerk", "cashier"],
        ["a"],
        "p.b",
        True,
    )
    assert case.outcome.paused
    assert case.library.processes["p"].elements["b"].clauses == ("WIN-1", "A")


def test_waiting_for_the_customer_stops_the_clock() -> None:
    wait = catch("w", ext(props(clock="paused")), message("m"))
    case = Case(
        process("p", start(), both("f"), wait, user("a"), path("s", "f", "w"), path("f", "a")),
        msg("m", "supplied", "=n"),
    ).start(n="1")
    assert not case.outcome.paused
    assert case.complete("a").outcome.paused


def test_marks_of_a_process() -> None:
    marks = props(
        starters="window_clerk,hall",
        number_prefix="GH",
        interlock="true",
        limit="= 2",
        print_at_start="slip",
        name_en="Transfer",
        variables="x, y",
    )
    library = engine.compile(
        {
            "p.bpmn": drawing(
                process("p", start(), user("a"), end("e1"), path("s", "a", "e1"), extensions=marks)
            )
        }
    )
    p = library.processes["p"]
    assert p.starters == ("window_clerk", "hall")
    assert (p.number_prefix, p.interlock, p.limit) == ("GH", True, "= 2")
    assert (p.print_at_start, p.name_en, p.variables) == ("slip", "Transfer", ("x", "y"))
    assert (p.end_events, p.milestones) == (("e1",), ("a",))


def test_python_in_a_drawing_never_runs() -> None:
    from app.engine.nopython import NoPython, PythonRefused

    shut = NoPython()
    for door in ("evaluate", "execute", "call_service", "validate"):
        with pytest.raises(PythonRefused):
            getattr(shut, door)(None, "1")
        with pytest.raises(PythonRefused):
            getattr(shut.environment, door)("1", {})
    case = Case(
        process(
            "p", start(), xor("g"), user("a"), path("s", "g"), flow("g", "a", "= __import__('os')")
        )
    )
    assert case.start().outcome.status == "failed"
