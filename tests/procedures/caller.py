"""A drawing that calls meter_issue, as a connection does: afterwards it waits to be built."""

from __future__ import annotations

DAYS = 30
INPUTS = ("purpose", "points", "contract_no", "paid", "region", "case_number", "applicant_name")
OUTPUTS = ("outcome", "mismatch_to", "mismatch_reason", "issued", "slip_no")


def drawing() -> bytes:
    """Called, then a month of waiting, then what nobody installed is called back."""
    inputs = "".join(f'<zeebe:input source="={n}" target="{n}"/>' for n in INPUTS)
    outputs = "".join(f'<zeebe:output source="={n}" target="{n}"/>' for n in OUTPUTS)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="t">
 <bpmn:process id="caller" name="调用" isExecutable="true">
  <bpmn:extensionElements><zeebe:properties>
   <zeebe:property name="starters" value="window_clerk"/>
   <zeebe:property name="number_prefix" value="BZ"/>
   <zeebe:property name="variables" value="{" ".join(INPUTS)}"/>
  </zeebe:properties></bpmn:extensionElements>
  <bpmn:startEvent id="begin"/>
  <bpmn:callActivity id="meters" name="发放"><bpmn:extensionElements>
   <zeebe:calledElement processId="meter_issue" propagateAllParentVariables="false"
     propagateAllChildVariables="false"/>
   <zeebe:ioMapping>{inputs}{outputs}</zeebe:ioMapping></bpmn:extensionElements>
  </bpmn:callActivity>
  <bpmn:exclusiveGateway id="g" default="f_built"/>
  <bpmn:intermediateCatchEvent id="month"><bpmn:timerEventDefinition id="month_def">
   <bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P{DAYS}D</bpmn:timeDuration>
  </bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>
  <bpmn:serviceTask id="recall" name="收回"><bpmn:extensionElements>
   <zeebe:taskDefinition type="meter_issue.recall"/>
   <zeebe:ioMapping><zeebe:input source="=case_number" target="case_number"/>
    <zeebe:input source="=&quot;未按期安装&quot;" target="reason"/>
    <zeebe:output source="=recalled_count" target="recalled_count"/></zeebe:ioMapping>
  </bpmn:extensionElements></bpmn:serviceTask>
  <bpmn:endEvent id="recalled"/>
  <bpmn:endEvent id="sent_back"/>
  <bpmn:sequenceFlow id="f1" sourceRef="begin" targetRef="meters"/>
  <bpmn:sequenceFlow id="f2" sourceRef="meters" targetRef="g"/>
  <bpmn:sequenceFlow id="f_back" sourceRef="g" targetRef="sent_back">
   <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression"
     >=outcome = "mismatch"</bpmn:conditionExpression>
  </bpmn:sequenceFlow>
  <bpmn:sequenceFlow id="f_built" sourceRef="g" targetRef="month"/>
  <bpmn:sequenceFlow id="f3" sourceRef="month" targetRef="recall"/>
  <bpmn:sequenceFlow id="f4" sourceRef="recall" targetRef="recalled"/>
 </bpmn:process>
</bpmn:definitions>""".encode()
