"""Drawings that the benches run: a row of user tasks, and one user task in a loop."""

from __future__ import annotations

import json
from itertools import pairwise

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'id="bench" targetNamespace="urn:bench">'
)
STARTERS = (
    "<bpmn:extensionElements><zeebe:properties>"
    '<zeebe:property name="starters" value="window_clerk"/>'
    "</zeebe:properties></bpmn:extensionElements>"
)


def _task(id_: str, procedure: str) -> str:
    return (
        f'<bpmn:userTask id="{id_}" name="办理"><bpmn:extensionElements><zeebe:userTask/>'
        f'<zeebe:formDefinition formId="{procedure}.step"/>'
        '<zeebe:assignmentDefinition candidateGroups="window_clerk"/>'
        "</bpmn:extensionElements></bpmn:userTask>"
    )


def _flow(source: str, target: str, inner: str = "") -> str:
    return (
        f'<bpmn:sequenceFlow id="f_{source}_{target}" sourceRef="{source}" '
        f'targetRef="{target}">{inner}</bpmn:sequenceFlow>'
    )


def _drawing(key: str, inner: str) -> bytes:
    return (
        f'{HEAD}<bpmn:process id="{key}" name="测量" isExecutable="true">{STARTERS}{inner}'
        "</bpmn:process></bpmn:definitions>"
    ).encode()


def linear(tasks: int) -> bytes:
    """``tasks`` user tasks in a row."""
    names = [f"step{n}" for n in range(tasks)]
    nodes = "".join(_task(name, "bench_linear") for name in names)
    way = ["begin", *names, "finish"]
    flows = "".join(_flow(a, b) for a, b in pairwise(way))
    ends = '<bpmn:startEvent id="begin"/><bpmn:endEvent id="finish" name="完"/>'
    return _drawing("bench_linear", ends + nodes + flows)


def loop() -> bytes:
    """One user task that comes back as long as its reason is not ``完``."""
    condition = (
        '<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">'
        '=reason != "完"</bpmn:conditionExpression>'
    )
    nodes = (
        '<bpmn:startEvent id="begin"/><bpmn:exclusiveGateway id="back"/>'
        '<bpmn:exclusiveGateway id="again" name="再来" default="f_again_finish"/>'
        '<bpmn:endEvent id="finish" name="完"/>' + _task("step", "bench_loop")
    )
    flows = [("begin", "back"), ("back", "step"), ("step", "again"), ("again", "finish")]
    drawn = "".join(_flow(a, b) for a, b in flows) + _flow("again", "back", condition)
    return _drawing("bench_loop", nodes + drawn)


def form(form_id: str) -> bytes:
    """Two fields, one of them personal."""
    fields: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("applicant_name", "申请人", {"pii": "true"}),
        ("reason", "事由", {}),
    )
    return json.dumps({
        "id": form_id, "type": "default", "schemaVersion": 18,
        "components": [
            {"type": "textfield", "id": f"f_{key}", "key": key, "label": label,
             "validate": {"required": True}, "properties": marks}
            for key, label, marks in fields
        ],
    }, ensure_ascii=False).encode()  # fmt: skip


def many() -> bytes:
    """One user task for each of ``items``, all at once."""
    spread = (
        '<bpmn:multiInstanceLoopCharacteristics isSequential="false"><bpmn:extensionElements>'
        '<zeebe:loopCharacteristics inputCollection="=items" inputElement="item"/>'
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>"
    )
    task = _task("step", "bench_many").replace("</bpmn:userTask>", spread)
    ends = '<bpmn:startEvent id="begin"/><bpmn:endEvent id="finish" name="完"/>'
    flows = _flow("begin", "step") + _flow("step", "finish")
    return _drawing("bench_many", ends + task + flows)


def split(branches: int) -> bytes:
    """A parallel split into so many user tasks, joined again."""
    names = [f"step{n}" for n in range(branches)]
    ends = '<bpmn:startEvent id="begin"/><bpmn:endEvent id="finish" name="完"/>'
    gates = '<bpmn:parallelGateway id="apart"/><bpmn:parallelGateway id="together"/>'
    ways = [("begin", "apart"), ("together", "finish")]
    ways += [pair for name in names for pair in (("apart", name), (name, "together"))]
    nodes = "".join(_task(name, "bench_split") for name in names)
    return _drawing("bench_split", ends + gates + nodes + "".join(_flow(a, b) for a, b in ways))
