"""What a step costs: ours and the stock serializer's on an equivalent drawing, in one run."""

from __future__ import annotations

import io
import time
from datetime import UTC, datetime
from statistics import median
from typing import Any

from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.serializer.workflow import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from app.engine.library import Library, compile
from app.engine.run import Run, load

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
TASKS = 12
MARKS = (10, 1000, 10_000)
WINDOW = 10  # rounds up to a mark that count

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="urn:bench">'
    '<bpmn:process id="p" isExecutable="true"><bpmn:startEvent id="s"/>'
)
TAIL = "</bpmn:process></bpmn:definitions>"


def _flow(source: str, target: str, inside: str = "") -> str:
    return (
        f'<bpmn:sequenceFlow id="f_{source}_{target}" sourceRef="{source}" targetRef="{target}">'
        f"{inside}</bpmn:sequenceFlow>"
    )


def row_of_tasks(*, stock: bool) -> bytes:
    """Twelve user tasks, each with a boundary timer. The stock engine wants Python in it."""
    wait = '"PT20M"' if stock else "PT20M"
    parts = [HEAD, '<bpmn:endEvent id="e"/>', _flow("s", "t0")]
    for n in range(TASKS):
        after = f"t{n + 1}" if n + 1 < TASKS else "e"
        parts.append(
            f'<bpmn:userTask id="t{n}"/><bpmn:boundaryEvent id="b{n}" attachedToRef="t{n}">'
            f"<bpmn:timerEventDefinition><bpmn:timeDuration>{wait}</bpmn:timeDuration>"
            f'</bpmn:timerEventDefinition></bpmn:boundaryEvent><bpmn:endEvent id="x{n}"/>'
        )
        parts += [_flow(f"t{n}", after), _flow(f"b{n}", f"x{n}")]
    return "".join([*parts, TAIL]).encode()


def loop() -> bytes:
    """One user task and a gateway that leads back to it."""
    condition = "<bpmn:conditionExpression>= n &lt; 0</bpmn:conditionExpression>"
    return "".join(
        [
            HEAD,
            '<bpmn:exclusiveGateway id="m"/><bpmn:userTask id="t"/>',
            '<bpmn:exclusiveGateway id="g" default="f_g_m"/><bpmn:endEvent id="e"/>',
            _flow("s", "m"),
            _flow("m", "t"),
            _flow("t", "g"),
            _flow("g", "m"),
            _flow("g", "e", condition),
            TAIL,
        ]
    ).encode()


def bench(rounds: tuple[int, ...] = MARKS) -> dict[str, Any]:
    """``{step_ms, stock_step_ms, ratio, loop_ms, loop_bytes, state_bytes, loop_state_bytes,
    stock_state_bytes}``; ``loop_ms`` and ``loop_bytes`` at each of the rounds."""
    step, size = _ours(repeat=8)
    stock, stock_size = _stock(repeat=3)
    looped, sizes = _loop(rounds)
    return {
        "step_ms": step,
        "stock_step_ms": stock,
        "ratio": round(stock / step, 1),
        "loop_ms": looped,
        "loop_bytes": sizes,
        "state_bytes": size,
        "loop_state_bytes": sizes[str(max(rounds))],
        "stock_state_bytes": stock_size,
    }


def _ours(repeat: int) -> tuple[float, int]:
    library = compile({"bench.bpmn": row_of_tasks(stock=False)})
    _row(library)
    spent, size = 0.0, 0
    for _ in range(repeat):
        taken, state = _row(library)
        spent, size = spent + taken, max(size, state)
    return round(1000 * spent / repeat / TASKS, 4), size


def _row(library: Library) -> tuple[float, int]:
    """Complete all tasks of one case: load, complete, dump each. Seconds, largest state."""
    outcome = Run(library).start("p", _variables(), NOW)
    size, begun = 0, time.perf_counter()
    while outcome.tasks:
        state = outcome.state
        size = max(size, len(state))
        outcome = load(library, state).complete(outcome.tasks[0].id, {"answer": 1}, NOW)
    len(outcome.state)
    return time.perf_counter() - begun, size


def _variables() -> dict[str, Any]:
    return {f"field_{n}": f"value {n}" for n in range(40)}


def _stock(repeat: int) -> tuple[float, int]:
    parser = BpmnParser()
    parser.add_bpmn_io(io.BytesIO(row_of_tasks(stock=True)))
    serializer = BpmnWorkflowSerializer()
    spent, size = 0.0, 0
    for _ in range(repeat):
        workflow = BpmnWorkflow(parser.get_spec("p"), {})
        workflow.data.update(_variables())
        workflow.do_engine_steps()
        begun = time.perf_counter()
        size = max(size, _stock_row(serializer, serializer.serialize_json(workflow)))
        spent += time.perf_counter() - begun
    return round(1000 * spent / repeat / TASKS, 4), size


def _stock_row(serializer: Any, state: str) -> int:
    size = 0
    for _ in range(TASKS):
        workflow = serializer.deserialize_json(state)
        task = workflow.get_next_task(state=TaskState.READY, manual=True)
        task.data["answer"] = 1
        task.run()
        workflow.do_engine_steps()
        state = serializer.serialize_json(workflow)
        size = max(size, len(state))
    return size


def _loop(rounds: tuple[int, ...]) -> tuple[dict[str, float], dict[str, int]]:
    """Milliseconds of a round, and bytes of the state after it."""
    library = compile({"bench.bpmn": loop()})
    for _ in range(WINDOW):  # wake V8 and fill the caches, as a server that runs has them
        warm = Run(library).start("p", {"n": 0}, NOW)
        load(library, warm.state).complete(warm.tasks[0].id, {"n": 0}, NOW)
    outcome = Run(library).start("p", {**_variables(), "n": 0}, NOW)
    taken, sizes = list[float](), dict[str, int]()
    state = outcome.state
    for number in range(1, max(rounds) + 1):
        begun = time.perf_counter()
        run = load(library, state)
        outcome = run.complete(outcome.tasks[0].id, {"n": number}, NOW)
        state = outcome.state
        taken.append(1000 * (time.perf_counter() - begun))
        if number in rounds:
            sizes[str(number)] = len(state)
    # The median of a window: a single round may meet the machine at something else.
    return {str(n): round(median(taken[max(0, n - WINDOW) : n]), 4) for n in rounds}, sizes
