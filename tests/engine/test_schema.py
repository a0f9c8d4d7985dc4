"""Against the standard's XML schema: what is wrong is told of the element, in words."""

from __future__ import annotations

import pytest
from lxml import etree

from app import engine
from app.engine import support
from app.engine.check import schema
from app.engine.marks import BPMN
from tests.engine.drawings import HEAD, drawing, end, node, path, process, start, user
from tests.engine.faults import DEFINITIONS, ROOTS, beside, errors, line, said
from tools.bpmn_table import _keys

WRONG = {
    "attribute that is none": (line(node("task", "x", color="red")), "x", "color"),
    "attribute of another element": (line(node("task", "x", isInterrupting="true")), "x",
        "isInterrupting"),
    "element that is none": (line(node("robotTask", "x")), "x", "robotTask"),
    "value that is none": (line(node("task", "x", isForCompensation="perhaps")), "x", "perhaps"),
    "number that is none": (line(node("task", "x", startQuantity="two")), "x", "two"),
    "choice that is none": (
        line(node("exclusiveGateway", "x", gatewayDirection="Sideways")), "x", "Sideways"),
    "ordering that is none": (
        line(node("adHocSubProcess", "x", user("in"), ordering="Random")), "x", "Random"),
    "process type that is none": (beside().replace('id="p"', 'id="x" processType="Odd"'), "x",
        "Odd"),
    "flow without target": (beside('<bpmn:sequenceFlow id="x" sourceRef="a"/>'), "x", "targetRef"),
    "flow without source": (beside('<bpmn:sequenceFlow id="x" targetRef="a"/>'), "x", "sourceRef"),
    "boundary without host": (beside(node("boundaryEvent", "x", DEFINITIONS["timer"])), "x",
        "attachedToRef"),
    "id that is none": (line(node("task", "1 x"), ids=()), "1 x", "1 x"),
    "text inside": (line(node("task", "x", "some text")), "x", "task"),
    "two loops": (
        line(node("task", "x", '<bpmn:standardLoopCharacteristics loopMaximum="2"/>' * 2)), "x",
        "standardLoopCharacteristics"),
    "two timers": (
        line(node("intermediateCatchEvent", "x", "<bpmn:timerEventDefinition>"
            "<bpmn:timeDuration>PT1H</bpmn:timeDuration><bpmn:timeCycle>R/PT1H</bpmn:timeCycle>"
            "</bpmn:timerEventDefinition>")), "x", "timeCycle"),
    "link without name": (
        line(node("intermediateThrowEvent", "x", "<bpmn:linkEventDefinition/>")), "x", "name"),
    "conditional without condition": (
        line(node("intermediateCatchEvent", "x", "<bpmn:conditionalEventDefinition/>")), "x",
        "condition"),
    "stranger outside of extensions": (
        line(node("task", "x", '<z:a xmlns:z="urn:z"/>')), "x", "a"),
    "default on a parallel gateway": (line(node("parallelGateway", "x", default="f")), "x",
        "default"),
    "property at the root": (node("property", "x", name="n"), "x", "property"),
    "event definition in a task": (line(node("task", "x", DEFINITIONS["timer"])), "x",
        "timerEventDefinition"),
    "participant in a process": (beside(node("participant", "x")), "x", "participant"),
    "message without its place": (beside(node("message", "x", name="n")), "x", "message"),
    "message flow in a process": (
        beside(node("messageFlow", "x", sourceRef="a", targetRef="e")), "x", "messageFlow"),
    "resource bound twice": (
        line(node("task", "x", "<bpmn:performer><bpmn:resourceRef>r</bpmn:resourceRef>"
            "<bpmn:resourceAssignmentExpression><bpmn:formalExpression>a</bpmn:formalExpression>"
            "</bpmn:resourceAssignmentExpression></bpmn:performer>")), "x",
        "resourceAssignmentExpression"),
    "input set without outputs": (
        line(node("task", "x", "<bpmn:ioSpecification><bpmn:inputSet/></bpmn:ioSpecification>")),
        "x", "ioSpecification"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_the_schema_is_kept(name: str) -> None:
    body, element, word = WRONG[name]
    roots = (body,) if body.startswith("<bpmn:process") else (body, beside())
    told = [f for f in said(*roots) if f.rule == "schema" and f.severity == "error"]
    assert element in {f.element for f in told}
    assert any(word in f.message for f in told)
    assert all("第 1 行" in f.message for f in told)


def test_the_line_is_told() -> None:
    text = (
        drawing(line(node("task", "x", color="red")))
        .decode()
        .replace("<bpmn:task", "\n\n<bpmn:task")
    )
    (found,) = [f for f in engine.check({"t.bpmn": text.encode()}) if f.rule == "schema"]
    assert (found.element, found.severity) == ("x", "error")
    assert "第 3 行" in found.message
    assert "{http" not in found.message


def test_another_order_of_children_is_only_a_warning() -> None:
    flow = "<bpmn:outgoing>f_s_a</bpmn:outgoing>"
    first = node("startEvent", "s", DEFINITIONS["message"], flow)
    task = node("task", "a", "<bpmn:incoming>f_s_a</bpmn:incoming>",
        "<bpmn:documentation>late</bpmn:documentation>")  # fmt: skip
    body = process("p", first, task, path("s", "a"))
    found = [f for f in said(*ROOTS, body) if f.rule.startswith("schema")]
    assert [(f.rule, f.severity, f.element) for f in found] == [("schema_order", "warning", "defs")]


def test_order_among_equals_is_free_and_stays() -> None:
    body = process("p", end(), node("task", "a"), start(), path("s", "a", "e"))
    assert not [f for f in said(body) if f.rule.startswith("schema")]


def test_a_missing_target_namespace_is_only_a_warning() -> None:
    text = drawing(beside()).decode().replace(' targetNamespace="urn:test"', "")
    found = [f for f in engine.check({"t.bpmn": text.encode()}) if f.rule == "schema"]
    assert [(f.severity, f.element) for f in found] == [("warning", "defs")]


def test_attributes_and_elements_of_strangers_are_let_be() -> None:
    strange = '<z:a xmlns:z="urn:z" z:b="1"><z:c/>text</z:a>'
    body = line(user("x", strange)).replace('id="x"', 'id="x" xmlns:z="urn:z" z:colour="red"')
    assert errors(body) == set()


def test_the_schema_is_the_standards() -> None:
    """All four files of it, read from the disk once."""
    assert schema.schema() is schema.schema()
    text = (schema.FOLDER / "BPMN20.xsd").read_text()
    assert f'targetNamespace="{BPMN}"' in text
    assert {p.name for p in schema.FOLDER.glob("*.xsd")} >= {
        "BPMN20.xsd", "BPMNDI.xsd", "DC.xsd", "DI.xsd", "Semantic.xsd"}  # fmt: skip


# every element and attribute of the schema stands in the table


XSD = schema.XSD


def written_in_the_schema() -> set[str]:
    """Elements, ``element@attribute``, ``element/child`` (of types: the element of that type)."""
    names: set[str] = set()
    for file in ("BPMN20.xsd", "Semantic.xsd"):
        root = etree.parse(str(schema.FOLDER / file)).getroot()
        heads = {e.get("type"): e.get("name") for e in root.findall(f"{XSD}element")}
        names |= set(heads.values())
        for kind in root.findall(f"{XSD}complexType"):
            head = heads.get(kind.get("name"))
            inside = [f"@{a.get('name')}" for a in kind.iter(f"{XSD}attribute")]
            inside += [f"/{e.get('name')}" for e in kind.iter(f"{XSD}element") if e.get("name")]
            names |= {f"{head}{part}" for part in inside if part != "@id" and head}
    return names


@pytest.mark.parametrize("name", sorted(written_in_the_schema()))
def test_the_table_knows_it(name: str) -> None:
    known = {row.name for row in support.ROWS} | support.ABSTRACT
    assert name in known or support.row(name) is not None


def test_the_table_knows_nothing_else() -> None:
    ours = {row.name.partition("=")[0] for row in support.ROWS if "zeebe:" not in row.name}
    assert ours - written_in_the_schema() <= {"inputDataItem"}


# what is only drawn


def drawn_only() -> str:
    """A drawing in which everything stands that the table calls documentation."""
    return DRAWN.replace("HEAD", HEAD.replace(">", DEFINED))


DEFINED = (
    ' name="n" exporter="x" exporterVersion="1" typeLanguage="urn:t" expressionLanguage="urn:e">'
)
DOC = '<bpmn:documentation textFormat="text/plain">words</bpmn:documentation>'
IO = """
<bpmn:ioSpecification>
  <bpmn:dataInput id="{0}i" name="n" itemSubjectRef="item" isCollection="false">
    <bpmn:dataState name="new"/></bpmn:dataInput>
  <bpmn:dataOutput id="{0}o" name="n" itemSubjectRef="item" isCollection="false"/>
  <bpmn:inputSet id="{0}is" name="n"><bpmn:dataInputRefs>{0}i</bpmn:dataInputRefs>
    <bpmn:optionalInputRefs>{0}i</bpmn:optionalInputRefs>
    <bpmn:whileExecutingInputRefs>{0}i</bpmn:whileExecutingInputRefs>
    <bpmn:outputSetRefs>{0}os</bpmn:outputSetRefs></bpmn:inputSet>
  <bpmn:outputSet id="{0}os" name="n"><bpmn:dataOutputRefs>{0}o</bpmn:dataOutputRefs>
    <bpmn:optionalOutputRefs>{0}o</bpmn:optionalOutputRefs>
    <bpmn:whileExecutingOutputRefs>{0}o</bpmn:whileExecutingOutputRefs>
    <bpmn:inputSetRefs>{0}is</bpmn:inputSetRefs></bpmn:outputSet>
</bpmn:ioSpecification>"""
MOVES = """
<bpmn:dataInputAssociation id="dia"><bpmn:sourceRef>dor</bpmn:sourceRef>
  <bpmn:targetRef>ai</bpmn:targetRef>
  <bpmn:transformation>t</bpmn:transformation>
  <bpmn:assignment>
  <bpmn:from xsi:type="bpmn:tFormalExpression">a</bpmn:from>
  <bpmn:to xsi:type="bpmn:tFormalExpression">b</bpmn:to></bpmn:assignment>
</bpmn:dataInputAssociation>
<bpmn:dataOutputAssociation id="doa"><bpmn:sourceRef>ao</bpmn:sourceRef>
  <bpmn:targetRef>dor</bpmn:targetRef></bpmn:dataOutputAssociation>"""
WHO = """
<bpmn:{0} id="{0}" name="n"><bpmn:resourceRef>res</bpmn:resourceRef>
  <bpmn:resourceParameterBinding parameterRef="par"><bpmn:formalExpression>1</bpmn:formalExpression>
  </bpmn:resourceParameterBinding></bpmn:{0}>"""
ASKED = """
<bpmn:resourceRole><bpmn:resourceAssignmentExpression><bpmn:formalExpression>me
</bpmn:formalExpression></bpmn:resourceAssignmentExpression></bpmn:resourceRole>"""
ZEEBE = (
    '<bpmn:extensionElements><zeebe:userTask/><zeebe:taskSchedule followUpDate="2026-01-01"/>'
    "<zeebe:taskHeaders/><zeebe:userTaskForm/><zeebe:conditionalFilter/></bpmn:extensionElements>"
)
SERVED = '<bpmn:extensionElements><zeebe:taskDefinition type="a.b"/></bpmn:extensionElements>'
DRAWN = f"""HEAD
<bpmn:extension definition="zeebe:x" mustUnderstand="false"/>
<bpmn:itemDefinition id="item" structureRef="zeebe:t" isCollection="false" itemKind="Information"/>
<bpmn:category id="cat" name="n"><bpmn:categoryValue id="cv" value="v"/></bpmn:category>
<bpmn:message id="m" name="n" itemRef="item"/>
<bpmn:error id="er" name="n" errorCode="E" structureRef="item"/>
<bpmn:escalation id="es" name="n" escalationCode="E" structureRef="item"/>
<bpmn:signal id="si" name="n" structureRef="item"/>
<bpmn:resource id="res" name="n"><bpmn:resourceParameter id="par" name="n" type="item"
  isRequired="false"/></bpmn:resource>
<bpmn:endPoint id="ep"/>
<bpmn:interface id="if" name="n" implementationRef="zeebe:i"><bpmn:operation id="op" name="n"
  implementationRef="zeebe:o"><bpmn:inMessageRef>m</bpmn:inMessageRef>
  <bpmn:outMessageRef>m</bpmn:outMessageRef><bpmn:errorRef>er</bpmn:errorRef></bpmn:operation>
</bpmn:interface>
<bpmn:dataStore id="ds" name="n" capacity="1" isUnlimited="false" itemSubjectRef="item"/>
<bpmn:correlationProperty id="cp" name="n" type="item">
  <bpmn:correlationPropertyRetrievalExpression messageRef="m"><bpmn:messagePath>x</bpmn:messagePath>
  </bpmn:correlationPropertyRetrievalExpression></bpmn:correlationProperty>
<bpmn:partnerEntity id="pe" name="n"><bpmn:participantRef>mine</bpmn:participantRef>
</bpmn:partnerEntity>
<bpmn:partnerRole id="pr" name="n"><bpmn:participantRef>his</bpmn:participantRef></bpmn:partnerRole>
<bpmn:globalUserTask id="gu" name="n" implementation="##unspecified"/>
<bpmn:globalBusinessRuleTask id="gb" name="n" implementation="##unspecified"/>
<bpmn:collaboration id="co" name="n" isClosed="false">
  <bpmn:participant id="mine" name="n" processRef="p"><bpmn:interfaceRef>if</bpmn:interfaceRef>
    <bpmn:endPointRef>ep</bpmn:endPointRef>
    <bpmn:participantMultiplicity minimum="0" maximum="2"/></bpmn:participant>
  <bpmn:participant id="his"/>
  <bpmn:messageFlow id="mf" name="n" sourceRef="a" targetRef="his" messageRef="m"/>
  <bpmn:conversation id="cn" name="n"><bpmn:participantRef>mine</bpmn:participantRef>
    <bpmn:messageFlowRef>mf</bpmn:messageFlowRef></bpmn:conversation>
  <bpmn:subConversation id="sc"/>
  <bpmn:callConversation id="cc" calledCollaborationRef="co"/>
  <bpmn:conversationAssociation innerConversationNodeRef="cn" outerConversationNodeRef="sc"/>
  <bpmn:participantAssociation><bpmn:innerParticipantRef>mine</bpmn:innerParticipantRef>
    <bpmn:outerParticipantRef>his</bpmn:outerParticipantRef></bpmn:participantAssociation>
  <bpmn:messageFlowAssociation innerMessageFlowRef="mf" outerMessageFlowRef="mf"/>
  <bpmn:correlationKey id="ck" name="n">
    <bpmn:correlationPropertyRef>cp</bpmn:correlationPropertyRef></bpmn:correlationKey>
  <bpmn:conversationLink name="n" sourceRef="mine" targetRef="cn"/>
</bpmn:collaboration>
<bpmn:process id="p" isExecutable="true" processType="Private" isClosed="false"
  definitionalCollaborationRef="co">{DOC}
  <bpmn:extensionElements><zeebe:versionTag value="1"/></bpmn:extensionElements>
  <bpmn:supportedInterfaceRef>if</bpmn:supportedInterfaceRef>{IO.format("p")}
  <bpmn:ioBinding operationRef="op" inputDataRef="pi" outputDataRef="po"/>
  <bpmn:auditing/><bpmn:monitoring/>
  <bpmn:property id="pp" name="n" itemSubjectRef="item"/>
  <bpmn:laneSet id="ls" name="n"><bpmn:lane id="la" name="n" partitionElementRef="cv">
    <bpmn:partitionElement xsi:type="bpmn:tCategoryValue" id="pel"/>
    <bpmn:flowNodeRef>a</bpmn:flowNodeRef>
    <bpmn:childLaneSet id="cl"/></bpmn:lane></bpmn:laneSet>
  <bpmn:startEvent id="s" name="n"><bpmn:categoryValueRef>cv</bpmn:categoryValueRef>
    <bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
  <bpmn:userTask id="a" name="n" implementation="##unspecified">{ZEEBE}
    <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>{IO.format("a")}{MOVES}
    {"".join(WHO.format(t) for t in ("performer", "humanPerformer", "potentialOwner"))}{ASKED}
    <bpmn:rendering/></bpmn:userTask>
  <bpmn:exclusiveGateway id="g" gatewayDirection="Diverging" default="f3">
    <bpmn:incoming>f2</bpmn:incoming><bpmn:outgoing>f3</bpmn:outgoing>
    <bpmn:outgoing>f4</bpmn:outgoing></bpmn:exclusiveGateway>
  <bpmn:serviceTask id="b" operationRef="op" implementation="##WebService">{SERVED}
    <bpmn:incoming>f4</bpmn:incoming><bpmn:outgoing>f5</bpmn:outgoing>{IO.format("b")}
  </bpmn:serviceTask>
  <bpmn:transaction id="t" method="##Compensate"><bpmn:incoming>f5</bpmn:incoming>
    <bpmn:outgoing>f6</bpmn:outgoing><bpmn:task id="ta"/></bpmn:transaction>
  <bpmn:endEvent id="e"><bpmn:incoming>f3</bpmn:incoming><bpmn:incoming>f6</bpmn:incoming>
  </bpmn:endEvent>
  <bpmn:intermediateThrowEvent id="l1"><bpmn:incoming>f7</bpmn:incoming><bpmn:linkEventDefinition
    id="d1" name="n"><bpmn:target>d2</bpmn:target></bpmn:linkEventDefinition>
  </bpmn:intermediateThrowEvent>
  <bpmn:intermediateCatchEvent id="l2"><bpmn:outgoing>f8</bpmn:outgoing><bpmn:linkEventDefinition
    id="d2" name="n"><bpmn:source>d1</bpmn:source></bpmn:linkEventDefinition>
  </bpmn:intermediateCatchEvent>
  <bpmn:endEvent id="e2"><bpmn:incoming>f8</bpmn:incoming></bpmn:endEvent>
  <bpmn:startEvent id="s2"><bpmn:outgoing>f7</bpmn:outgoing></bpmn:startEvent>
  <bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="a" isImmediate="true"/>
  <bpmn:sequenceFlow id="f2" sourceRef="a" targetRef="g"/>
  <bpmn:sequenceFlow id="f3" sourceRef="g" targetRef="e"/>
  <bpmn:sequenceFlow id="f4" sourceRef="g" targetRef="b"><bpmn:conditionExpression
    xsi:type="bpmn:tFormalExpression" language="urn:feel"
    evaluatesToTypeRef="item">= n > 1</bpmn:conditionExpression>
  </bpmn:sequenceFlow>
  <bpmn:sequenceFlow id="f5" sourceRef="b" targetRef="t"/>
  <bpmn:sequenceFlow id="f6" sourceRef="t" targetRef="e"/>
  <bpmn:sequenceFlow id="f7" sourceRef="s2" targetRef="l1"/>
  <bpmn:sequenceFlow id="f8" sourceRef="l2" targetRef="e2"/>
  <bpmn:dataObject id="do" name="n" itemSubjectRef="item" isCollection="false"/>
  <bpmn:dataObjectReference id="dor" itemSubjectRef="item" dataObjectRef="do"/>
  <bpmn:dataStoreReference id="dsr" itemSubjectRef="item" dataStoreRef="ds"/>
  <bpmn:textAnnotation id="ta1" textFormat="text/plain"><bpmn:text>t</bpmn:text>
  </bpmn:textAnnotation>
  <bpmn:association id="as" sourceRef="ta1" targetRef="a" associationDirection="None"/>
  <bpmn:group id="gr" categoryValueRef="cv"/>
  <bpmn:correlationSubscription correlationKeyRef="ck"><bpmn:correlationPropertyBinding
    correlationPropertyRef="cp"><bpmn:dataPath>x</bpmn:dataPath></bpmn:correlationPropertyBinding>
  </bpmn:correlationSubscription>
  <bpmn:supports>p</bpmn:supports>
</bpmn:process>
<bpmn:relationship type="t" direction="None"><bpmn:source>p</bpmn:source>
  <bpmn:target>p</bpmn:target></bpmn:relationship>
</bpmn:definitions>"""


def test_what_is_only_drawn_is_taken() -> None:
    found = engine.check({"t.bpmn": drawn_only().encode()})
    assert [f for f in found if f.severity == "error"] == []


def test_all_that_is_only_drawn_is_tried() -> None:
    root = etree.fromstring(drawn_only().encode())
    keys = {key for element in root.iter("{*}*") for key in _keys(element)}
    rows = {found.name for key in keys if (found := support.row(key)) is not None}
    wanted = {row.name for row in support.ROWS if row.verdict == "documentation"}
    missing = {name for name in wanted - support.ABSTRACT if name not in rows}
    # These stand elsewhere in the same way.
    assert {m for m in missing if "operationRef" not in m and "implementation" not in m} == set()
