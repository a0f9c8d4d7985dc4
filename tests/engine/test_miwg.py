"""Drawings of other modelers: kept whole when saved, and told what of them would not run.

The exchange group's reference drawings are not in the project; they are tried when their folder is
named by ``MIWG`` or lies beside the checkout. What they hold stands here in small.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app import engine
from tests.engine.drawings import end, flow, node, path, process, start
from tests.engine.faults import errors
from tools import roundtrip

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("MIWG") or ROOT.parent / "shared" / "miwg")
HEAD = (
    '<?xml version="1.0" encoding="{encoding}"?>'
    '<m:definitions xmlns:m="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"'
    ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    ' xmlns:di="http://www.omg.org/spec/DD/20100524/DI"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' xmlns:color="http://www.omg.org/spec/BPMN/non-normative/color/1.0"'
    ' xmlns:bioc="http://bpmn.io/schema/bpmn/biocolor/1.0"'
    ' xmlns:triso="http://www.trisotech.com/2015/triso/modeling"'
    ' xmlns:tool="urn:made-up-tool" id="d" targetNamespace="urn:test" exporter="made up"'
    ' tool:made="yes">'
)
TWINS = '<triso:item name="a" triso:name="b"><triso:part>"x", &lt;y&gt;</triso:part></triso:item>'
TASK = (
    '<m:userTask id="a" name="Prüfen" tool:icon="hand" camunda:assignee="demo">'
    "<m:documentation>one\ntwo</m:documentation><m:extensionElements>"
    "<camunda:formData><camunda:formField id='f' type='string'/></camunda:formData>"
    f"<tool:note tool:level='2'><tool:deep>text</tool:deep></tool:note>{TWINS}"
    '<plain xmlns="urn:no-prefix" at="1">kept</plain></m:extensionElements></m:userTask>'
)
SHAPES = "".join(
    f'<bpmndi:BPMNShape id="sh_{name}" bpmnElement="{name}" {more}>'
    f'<dc:Bounds x="{x}.5" y="80" width="36" height="36"/><bpmndi:BPMNLabel id="l_{name}">'
    f'<dc:Bounds x="{x}" y="120" width="90" height="14"/></bpmndi:BPMNLabel></bpmndi:BPMNShape>'
    for name, x, more in (
        ("s", 10, 'color:background-color="#fff0e0" bioc:fill="#fff0e0"'),
        ("a", 90, 'bioc:stroke="#123456" color:border-color="#123456" tool:turned="true"'),
        ("e", 190, ""),
    )
)
EDGES = (
    '<bpmndi:BPMNEdge id="e1" bpmnElement="f_s_a" tool:bend="soft"><di:waypoint x="46" y="98"/>'
    '<di:waypoint x="90" y="98.25"/></bpmndi:BPMNEdge>'
    '<bpmndi:BPMNEdge id="e2" bpmnElement="mf" messageVisibleKind="initiating">'
    '<di:waypoint x="90" y="98"/><di:waypoint x="90" y="300"/></bpmndi:BPMNEdge>'
)
POOLS = (
    '<m:collaboration id="c"><m:participant id="mine" processRef="p"/>'
    '<m:participant id="his" name="Kunde"/><m:messageFlow id="mf" sourceRef="a" targetRef="his"/>'
    "</m:collaboration>"
)


def foreign(encoding: str = "UTF-8") -> bytes:
    """A drawing as many tools write them at once."""
    body = process("p", start(), "TASK", end(), path("s", "a", "e")).replace("bpmn:", "m:")
    diagram = (
        '<bpmndi:BPMNDiagram id="dia" name="x" resolution="96"><bpmndi:BPMNPlane id="pl"'
        f' bpmnElement="c">{SHAPES}{EDGES}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>'
    )
    text = HEAD.format(encoding=encoding) + POOLS + body.replace("TASK", TASK) + diagram
    return f"{text}</m:definitions>".encode(encoding)


@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1", "UTF-16"])
def test_a_drawing_of_other_tools_comes_back_whole(encoding: str) -> None:
    assert roundtrip.compare({"t.bpmn": foreign(encoding)}) == {"t.bpmn": []}


def test_a_loss_would_be_seen() -> None:
    """The comparison itself: each kind of thing that is taken away is named."""
    whole = foreign()
    saved = roundtrip.saved({"t.bpmn": whole})["t.bpmn"]
    for gone, kind in (
        ("tool:deep", "extension"),
        ("tool:icon", "attribute"),
        ("di:waypoint", "diagram"),
        ("m:messageFlow", "element"),
    ):
        spoilt = saved.replace(gone, f"{gone.partition(':')[0]}:other")
        assert any(loss.startswith(kind) for loss in roundtrip.lost(whole, spoilt)), gone


@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1", "UTF-16"])
def test_what_would_not_run_is_told(encoding: str) -> None:
    found = engine.check({"t.bpmn": foreign(encoding)})
    told = {(f.element, f.rule) for f in found if f.severity == "error"}
    assert told == {("a", "unsupported")}


def test_a_collapsed_pool_and_conversation_are_only_drawn() -> None:
    conversation = node("conversation", "cv", "<bpmn:participantRef>his</bpmn:participantRef>")
    link = node("conversationLink", "cl", sourceRef="his", targetRef="cv")
    pools = node("collaboration", "c", node("participant", "his"), conversation, link)
    body = process("p", start(), end(), flow("s", "e"))
    assert errors(pools, body) == set()


def reference_drawings() -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(FOLDER.glob("*.bpmn"))}


def test_the_reference_drawings_come_back_whole_and_are_told_of() -> None:
    """Where they are not there, the drawing above stands for them."""
    files = reference_drawings() or {"made-up.bpmn": foreign()}
    assert roundtrip.compare(files) == {name: [] for name in files}
    for name, content in files.items():
        told = [f for f in engine.check({name: content}) if f.severity == "error"]
        assert told or engine.compile({name: content}).processes, name
        assert all(f.file == name and f.message.to("en") for f in told)
        assert "compile" not in {f.rule for f in told}
