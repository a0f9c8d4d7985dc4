"""水表验收 called by another procedure: what it takes and gives is a contract."""

from __future__ import annotations

import pytest

from app import cases, definitions
from app.db import raw
from app.work import SYSTEM, now
from app.worktime import local_day
from tests.procedures.accepting import (
    ENGINEER,
    INSTALLER,
    STORE,
    Acceptance,
    building,
    point,
    seal,
    serial,
)
from tests.procedures.visit import ROOT

GIVES = ("outcome", "accepted", "acceptance_no", "stop_reason")
CALLER = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="urn:try">
  <bpmn:process id="caller" name="调用验收" isExecutable="true">
    <bpmn:extensionElements><zeebe:properties>
      <zeebe:property name="starters" value="installer"/>
      <zeebe:property name="number_prefix" value="BZ"/>
      <zeebe:property name="variables" value="points region completion"/>
    </zeebe:properties></bpmn:extensionElements>
    <bpmn:startEvent id="begin"/>
    <bpmn:callActivity id="acceptance" name="水表验收">
      <bpmn:extensionElements>
        <zeebe:calledElement processId="meter_acceptance" propagateAllParentVariables="false"
          propagateAllChildVariables="false"/>
        <zeebe:ioMapping>
          <zeebe:input source="=points" target="points"/>
          <zeebe:input source="=region" target="region"/>
          <zeebe:input source="=case_number" target="case_number"/>
          <zeebe:input source="=&quot;connection&quot;" target="source"/>
          <zeebe:input source="=completion" target="completion"/>
          OUTPUTS
        </zeebe:ioMapping>
      </bpmn:extensionElements>
    </bpmn:callActivity>
    <bpmn:userTask id="after" name="之后"><bpmn:extensionElements><zeebe:userTask/>
      <zeebe:assignmentDefinition candidateGroups="installer"/></bpmn:extensionElements>
    </bpmn:userTask>
    <bpmn:endEvent id="done"/>
    <bpmn:sequenceFlow id="f1" sourceRef="begin" targetRef="acceptance"/>
    <bpmn:exclusiveGateway id="how"/>
    <bpmn:exclusiveGateway id="both"/>
    <bpmn:sequenceFlow id="f2" sourceRef="acceptance" targetRef="how"/>
    <bpmn:sequenceFlow id="f2a" sourceRef="how" targetRef="both">
      <bpmn:conditionExpression>=got_outcome = "accepted"</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="f2b" sourceRef="how" targetRef="both">
      <bpmn:conditionExpression>=got_outcome = "stopped_serial_mismatch"</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="f2c" sourceRef="both" targetRef="after"/>
    <bpmn:sequenceFlow id="f3" sourceRef="after" targetRef="done"/>
  </bpmn:process>
</bpmn:definitions>
""".replace("OUTPUTS", "".join(f'<zeebe:output source="={n}" target="got_{n}"/>' for n in GIVES))


@pytest.fixture
def case(known) -> Acceptance:
    points = building("101", "102")
    files = {**definitions.read_folder(ROOT), "processes/caller.bpmn": CALLER.encode()}
    done = definitions.deploy(files, by=SYSTEM)
    assert not done.refused, done.findings
    brought = {
        "points": [{"point_no": no, "address": "", "calibre": 20, "account_no": ""}
                   for no in points],
        "region": "城东", "completion": {"done_on": local_day(now()).isoformat(), "note": "完工"},
    }  # fmt: skip
    return Acceptance(cases.start("caller", brought, by=INSTALLER).number)


def got(case: Acceptance) -> dict:
    scope = cases.task_for(INSTALLER, case.task("after")).scope
    return {name: scope[f"got_{name}"] for name in GIVES}


def test_the_caller_gets_what_was_accepted_meter_by_meter(case):
    case.later(days=9).book()  # urged meanwhile: that is no outcome
    assert case.scope("inspect")["completion_note"] == "完工"
    case.inspect({point(1): {"start_reading": 3}}, position="楼道管井").agree().sign()
    result = got(case)
    assert result["outcome"] == "accepted"
    assert result["acceptance_no"].startswith("YSD")
    assert result["stop_reason"] == ""
    assert result["accepted"][1] == {
        "point_no": point(1),
        "address": "城东区桐荫路12号102",
        "serial": serial(1),
        "start_reading": 3,
        "seals": [{"type": "plastic", "no": seal(1)}],
        "position": "楼道管井",
        "installed_on": local_day(now()).isoformat(),
    }


def test_the_caller_hears_why_it_was_stopped(case):
    other = {point(0): {"serial_same": False, "serial_found": "HX000001"}}
    case.book().inspect(other, stop_confirmed=True)
    case.fill("store_check", STORE, store_finding="unknown", store_note="重新发放")
    result = got(case)
    assert result["outcome"] == "stopped_serial_mismatch"
    assert (result["accepted"], result["acceptance_no"]) == ([], "")
    assert "重新发放" in result["stop_reason"]
    assert ENGINEER.id in case_doers(case)["inspect"]


def case_doers(case: Acceptance) -> dict:
    """Who did which step: four eyes hold across the call."""
    row = raw().execute("SELECT doers FROM cases WHERE number = %s", (case.number,)).fetchone()
    return row[0]
