"""Drawings that the standard or our own table forbids: each is refused, by element and rule."""

from __future__ import annotations

import pytest

from app import engine
from app.engine import support
from tests.engine.drawings import (
    at,
    catch,
    drawing,
    end,
    ext,
    flow,
    many,
    node,
    path,
    start,
    sub,
    throw,
    user,
    xor,
)
from tests.engine.faults import DEFINITIONS, ROOTS, beside, errors, line, said

# events where the standard or the table does not allow them

D = DEFINITIONS
DOUBLE = D["message"] + D["timer"]


def placed(place: str, inside: str, parallel: bool = False) -> tuple[str, ...]:
    """A drawing with event ``x`` at that place."""
    more = {"parallelMultiple": "true"} if parallel else {}
    flags = {"event start beside": {"isInterrupting": "false"}}.get(place, {})
    if place == "start":
        body = line(node("startEvent", "x", inside, **more), node("task", "a"), ids=("a",))
        body = body.replace("</bpmn:process>", f"{flow('x', 'a')}</bpmn:process>")
    elif place in ("inner start", "event start", "event start beside"):
        event = {"triggeredByEvent": "true"} if place != "inner start" else {}
        first = node("startEvent", "x", inside, **more, **flags)
        inner = sub("u", first, end("ue"), path("x", "ue"), **event)
        body = beside(inner) if event else line(inner, ids=("u",))
    elif place in ("boundary", "boundary beside"):
        cancels = {"cancelActivity": "false" if place.endswith("beside") else "true"}
        edge = node("boundaryEvent", "x", inside, attachedToRef="a", **cancels, **more)
        body = beside(edge, end("e2"), path("x", "e2"))
    elif place == "end":
        body = line(node("endEvent", "x", inside), ids=()).replace('targetRef="e"', 'targetRef="x"')
        body = body.replace(end(), "")
    else:
        tag = {"catch": "intermediateCatchEvent", "throw": "intermediateThrowEvent"}[place]
        body = line(node(tag, "x", inside, **more))
    return (body, *ROOTS)


def definition(kind: str) -> tuple[str, bool]:
    if kind in ("multiple", "parallel multiple"):
        return DOUBLE, kind != "multiple"
    return D.get(kind, ""), False


REFUSED = [key for key, row in support.EVENT_ROWS.items() if row.verdict == "refused"]
ALLOWED = [key for key, row in support.EVENT_ROWS.items() if row.verdict == "runs"]
NEEDS_MORE = {"link", "compensation", "cancel"}  # these have rules of their own


@pytest.mark.parametrize(("place", "kind"), REFUSED)
def test_an_event_is_refused_where_the_table_says_so(place: str, kind: str) -> None:
    rules = {rule for element, rule in errors(*placed(place, *definition(kind))) if element == "x"}
    assert rules & {"unsupported", "event"}


@pytest.mark.parametrize(("place", "kind"), ALLOWED)
def test_an_event_is_taken_where_the_table_says_so(place: str, kind: str) -> None:
    found = errors(*placed(place, *definition(kind)))
    if kind == "multiple" and place in ("throw", "end"):
        found = errors(*placed(place, D["message"] + D["signal"]))
    if kind in NEEDS_MORE:
        found = {each for each in found if each[1] in ("unsupported", "event")}
    assert found == set()


@pytest.mark.parametrize("kind", ["link", "cancel", "terminate", "compensation"])
def test_a_multiple_event_is_made_of_what_can_come(kind: str) -> None:
    assert ("x", "unsupported") in errors(*placed("catch", D["timer"] + D[kind]))


@pytest.mark.parametrize("tag", ["startEvent", "endEvent", "intermediateThrowEvent"])
def test_a_definition_by_reference_stands_for_itself(tag: str) -> None:
    place = {"startEvent": "start", "endEvent": "end"}.get(tag, "throw")
    ref = "<bpmn:eventDefinitionRef>d</bpmn:eventDefinitionRef>"
    wrong = {"start": "cancel", "end": "timer", "throw": "timer"}[place]
    roots = placed(place, ref)
    aside = D[wrong].replace("EventDefinition", 'EventDefinition id="d"', 1)
    assert ("x", "unsupported") in errors(*roots, aside)
    right = D["signal"].replace("EventDefinition", 'EventDefinition id="d"', 1)
    assert errors(*roots, right) == set()


# elements, attributes and extensions that the table refuses


def inside(xml: str, **attributes: str) -> str:
    return line(node("userTask", "x", ext("<zeebe:userTask/>"), xml, **attributes))


def extended(xml: str) -> str:
    return line(user("x", xml))


LOOP = "bpmn:multiInstanceLoopCharacteristics"
REFUSED_DRAWINGS = {
    "implicitThrowEvent": (beside(node("implicitThrowEvent", "x")),),
    "choreography": (beside(), node("choreography", "x")),
    "globalChoreographyTask": (beside(), node("globalChoreographyTask", "x")),
    "globalConversation": (beside(), node("globalConversation", "x")),
    "script": (line(node("scriptTask", "x", "<bpmn:script id='y'>1</bpmn:script>")),),
    "scriptTask@scriptFormat": (line(node("scriptTask", "x", scriptFormat="python")),),
    "globalScriptTask@scriptLanguage": (
        beside(),
        node("globalScriptTask", "x", scriptLanguage="python"),
    ),
    "sequenceFlow@isImmediate=false": (
        beside().replace('id="f_s_a"', 'id="x" isImmediate="false"'),
    ),
    "process@processType=Public": (
        beside().replace('id="p"', 'id="x" processType="Public"'),
    ),
    "transaction@method=##Store": (
        line(node("transaction", "x", start("ts"), end("te"), path("ts", "te"), method="##Store")),
    ),
    "transaction@method=##Image": (
        line(node("transaction", "x", start("ts"), end("te"), path("ts", "te"), method="##Image")),
    ),
    "multiInstanceLoopCharacteristics/loopDataInputRef": (
        inside(f"<{LOOP}><bpmn:loopDataInputRef>d</bpmn:loopDataInputRef></{LOOP}>"),
    ),
    "multiInstanceLoopCharacteristics/loopDataOutputRef": (
        inside(f"<{LOOP}><bpmn:loopDataOutputRef>d</bpmn:loopDataOutputRef></{LOOP}>"),
    ),
    "multiInstanceLoopCharacteristics/inputDataItem": (
        inside(f"<{LOOP}><bpmn:inputDataItem/></{LOOP}>"),
    ),
    "multiInstanceLoopCharacteristics/outputDataItem": (
        inside(f"<{LOOP}><bpmn:outputDataItem/></{LOOP}>"),
    ),
    "zeebe:executionListeners": (extended("<zeebe:executionListeners/>"),),
    "zeebe:taskListeners": (extended("<zeebe:taskListeners/>"),),
    "zeebe:priorityDefinition": (extended('<zeebe:priorityDefinition priority="3"/>'),),
    "zeebe:assignmentDefinition@assignee": (
        extended('<zeebe:assignmentDefinition assignee="me"/>'),
    ),
    "zeebe:assignmentDefinition@candidateUsers": (
        extended('<zeebe:assignmentDefinition candidateUsers="me, you"/>'),
    ),
    "zeebe:unknown": (extended("<zeebe:newThing/>"),),
    "extension elements of Camunda 7, Activiti, Flowable": (
        extended('<c:inputOutput xmlns:c="http://camunda.org/schema/1.0/bpmn"/>'),
    ),
    "activiti": (extended('<c:field xmlns:c="http://activiti.org/bpmn"/>'),),
    "flowable": (extended('<c:field xmlns:c="http://flowable.org/bpmn"/>'),),
    "formalExpression: a language other than FEEL": (
        line(xor("g"), node("task", "b"), flow("g", "b", "= n", id="x"), path("b", "e"), ids=("g",))
        .replace("<bpmn:conditionExpression", '<bpmn:conditionExpression language="urn:js"')
        .replace('id="g"', 'id="g" default="f_g_e"'),
    ),
    "complexGateway: converging without activationCondition": (
        line(node("complexGateway", "x"), flow("s", "x", id="f2")),
    ),
    "standardLoopCharacteristics: neither condition nor maximum": (
        inside("<bpmn:standardLoopCharacteristics/>"),
    ),
    "multiInstanceLoopCharacteristics: collection and cardinality": (
        inside(
            many("= xs").replace(
                "</bpmn:multi", "<bpmn:loopCardinality>3</bpmn:loopCardinality></bpmn:multi"
            )
        ),
    ),
    "eventBasedGateway: Parallel without instantiate": (
        line(node("eventBasedGateway", "x", eventGatewayType="Parallel")),
    ),
    "transaction: cancel end event without cancel boundary event": (
        line(
            node("transaction", "x", start("ts"), end("te", D["cancel"]), path("ts", "te")),
        ),
    ),
    "compensateEventDefinition: activityRef out of reach": (
        line(
            sub("u", start("us"), node("task", "in"), end("ue"), path("us", "in", "ue")),
            throw("x", '<bpmn:compensateEventDefinition activityRef="in"/>'),
            ids=("u", "x"),
        ),
    ),
}  # fmt: skip
AT_ROOT = {
    "import": '<bpmn:import namespace="urn:a" location="a.xsd" importType="urn:x"/>',
    "extension@mustUnderstand=true": '<bpmn:extension mustUnderstand="true"/>',
    "collaboration/choreographyRef": '<bpmn:collaboration id="defs2"><bpmn:choreographyRef>c'
    "</bpmn:choreographyRef></bpmn:collaboration>",
}


@pytest.mark.parametrize("name", REFUSED_DRAWINGS)
def test_what_the_table_refuses_is_refused(name: str) -> None:
    found = errors(*REFUSED_DRAWINGS[name])
    assert {("x", "unsupported"), ("x", "assignment"), ("x", "script")} & found


@pytest.mark.parametrize("name", AT_ROOT)
def test_what_the_table_refuses_at_the_root_is_refused(name: str) -> None:
    found = errors(AT_ROOT[name], beside())
    assert {("defs", "unsupported"), ("defs2", "unsupported")} & found


@pytest.mark.parametrize("tag", ["choreographyTask", "subChoreography", "callChoreography"])
def test_choreography_activities_have_no_place_in_a_process(tag: str) -> None:
    inner = node(tag, "x", initiatingParticipantRef="a")
    assert ("x", "unsupported") in errors(line(inner))
    nested = sub("u", start("us"), inner, end("ue"), path("us", "x", "ue"))
    assert ("x", "unsupported") in errors(line(nested, ids=("u",)))


def test_every_refusal_tells_what_to_do() -> None:
    roots = [*REFUSED_DRAWINGS.values(), *((AT_ROOT[n], beside()) for n in AT_ROOT)]
    for drawn in roots:
        for finding in said(*drawn):
            assert finding.message
            assert finding.element
            assert finding.file == "t.bpmn"


@pytest.mark.parametrize("name", [r.name for r in support.all_rows() if r.verdict == "refused"])
def test_every_refused_row_has_a_drawing_here(name: str) -> None:
    place = name.partition(":")[0]
    known = REFUSED_DRAWINGS.keys() | AT_ROOT.keys()
    parts = {"choreographyTask", "subChoreography", "callChoreography", "import", "globalChoreo"}
    family = name.startswith(("choreographyActivity", *parts)) or place in support.PLACES
    assert name in known or family, name


def test_a_boundary_event_that_is_right_is_taken() -> None:
    edge = at("a", "x", D["timer"])
    assert errors(beside(edge, end("e2"), path("x", "e2"))) == set()


def test_the_check_says_the_same_twice() -> None:
    files = {"t.bpmn": drawing(*REFUSED_DRAWINGS["choreography"])}
    assert engine.check(files) == engine.check(files)
    assert ("c", "event") in errors(line(catch("c"), ids=("c",)))
