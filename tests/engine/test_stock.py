"""What the stock engine gets wrong and we mend. When one of these fails, a later version of
SpiffWorkflow has mended it, and our subclass for it may go."""

from __future__ import annotations

from typing import Any

import pytest
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.util.task import TaskState

from tests.engine.drawings import (
    Case,
    both,
    catch,
    end,
    first,
    flow,
    node,
    path,
    process,
    row,
    start,
    stock,
    sub,
    timer,
    user,
    xor,
)


def ready(workflow: Any) -> list[Any]:
    return list(workflow.get_tasks(state=TaskState.READY, manual=True))


def test_an_element_named_end_makes_all_tasks_vanish() -> None:
    body = process("p", start(), user("End"), user("b"), path("s", "End", "b"))
    assert ready(stock(body)) == []
    assert Case(body).start().open == ["End"]


def test_iterators_stop_at_depth_1000() -> None:
    body = process("p", start(), xor("m"), user("a"), xor("g", "f_g_m"), end(),
        path("s", "m", "a", "g", "m"), flow("g", "e", "False"))  # fmt: skip
    workflow = stock(body)
    for _round in range(340):
        for task in ready(workflow):
            task.run()
        workflow.do_engine_steps()
    assert ready(workflow) == []


def test_the_branch_that_ends_last_overwrites_every_variable() -> None:
    body = process("p", start(), both("f"), user("a"), user("b"), both("j"), user("c"), end(),
        path("s", "f", "a", "j", "c", "e"), path("f", "b", "j"))  # fmt: skip
    workflow = stock(body)
    by = {task.task_spec.name: task for task in ready(workflow)}
    for task in by.values():
        task.data["n"] = 1
    by["a"].data["n"] = 2
    by["a"].run()
    by["b"].run()
    workflow.do_engine_steps()
    assert ready(workflow)[0].data["n"] == 1
    case = Case(body).start(n=1).complete("a", n=2).complete("b")
    assert case.outcome.variables["n"] == 2


def test_an_event_gateway_gives_two_timers_one_due_time() -> None:
    def body(one: str, two: str) -> str:
        return process("p", start(), first("g"), catch("t1", timer("duration", one)),
            catch("t2", timer("duration", two)), end(), end("x"), path("s", "g", "t1", "e"),
            path("g", "t2", "x"))  # fmt: skip

    workflow = stock(body('"PT1H"', '"PT5H"'))
    (waiting,) = workflow.event_manager.tasks.values()
    assert isinstance(waiting.internal_data["event_value"], str)
    assert len(Case(body("PT1H", "PT5H")).start().outcome.timers) == 2


def test_quantities_are_ignored() -> None:
    body = row(node("userTask", "a", completionQuantity="2"), user("b"))  # fmt: skip
    workflow = stock(body)
    ready(workflow)[0].run()
    workflow.do_engine_steps()
    assert len(ready(workflow)) == 1


@pytest.mark.parametrize(
    "body",
    [
        process("p", user("a")),
        process("p", start(), user("a"), user("b"), user("c"), path("s", "a", "b"), path("a", "c")),
        row(sub("u", user("a"))),
    ],
    ids=["no start", "several flows", "sub-process without start"],
)
def test_refused_there_and_rewritten_here(body: str) -> None:
    with pytest.raises(ValidationException):
        stock(body)
    assert Case(body).start().open == ["a"]


def test_python_in_a_condition_is_run_by_the_stock_engine() -> None:
    body = process("p", start(), xor("g", "f_g_b"), user("a"), user("b"), path("s", "g", "b"),
        flow("g", "a", "__import__('os').sep == '/'"))  # fmt: skip
    assert [task.task_spec.name for task in ready(stock(body))] == ["a"]
    assert Case(body).start().outcome.status == "failed"
