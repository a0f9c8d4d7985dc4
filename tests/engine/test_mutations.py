"""Drawings spoilt at random: the check never breaks, and what it lets through runs or says why."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from app import engine
from app.engine.marks import BPMN
from tests.engine.drawings import NOW

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "processes").glob("*.bpmn"))
TAGS = ["task", "userTask", "serviceTask", "scriptTask", "businessRuleTask", "receiveTask",
    "callActivity", "subProcess", "transaction", "adHocSubProcess", "startEvent", "endEvent",
    "intermediateCatchEvent", "boundaryEvent", "exclusiveGateway", "inclusiveGateway",
    "parallelGateway", "complexGateway", "eventBasedGateway", "sequenceFlow",
    "choreographyTask", "timerEventDefinition", "signalEventDefinition",
    "compensateEventDefinition", "linkEventDefinition"]  # fmt: skip
VALUES = ["", "x", "= x", "= 1", "=", "-1", "true", "false", "Start", "PT1H", "import os"]


def spoilt(seed: int) -> bytes:
    """A shipped drawing with one to four faults."""
    chance = random.Random(seed)
    root = etree.fromstring(chance.choice(FILES).read_bytes())
    for _fault in range(chance.choice([1, 1, 2, 4])):
        process = root.find(f"{{{BPMN}}}process")
        elements = [] if process is None else list(process.iter("*"))
        if elements:
            spoil(chance.choice(elements), chance)
    return bytes(etree.tostring(root))


def spoil(element: Any, chance: random.Random) -> None:
    fault, names = chance.randrange(7), sorted(element.attrib)
    if fault == 0 and element.tag.startswith(f"{{{BPMN}}}"):
        element.tag = f"{{{BPMN}}}{chance.choice(TAGS)}"
    elif fault == 1:
        element.getparent().remove(element)
    elif fault == 2 and names:
        del element.attrib[chance.choice(names)]
    elif fault == 3 and names:
        element.set(chance.choice(names), chance.choice(VALUES))
    elif fault == 4:
        element.text = chance.choice(VALUES)
    elif fault == 5:
        element.addnext(copy.deepcopy(element))
    else:
        etree.SubElement(element, f"{{{BPMN}}}{chance.choice(TAGS)}", id=f"z{chance.random()}")


def play(library: engine.Library, key: str) -> engine.Outcome:
    """Whatever is open is done, for some moves; each state is saved and read again."""
    run = engine.Run(library)
    outcome = run.start(key, {}, NOW)
    for _move in range(20):
        if outcome.status in ("completed", "failed"):
            return outcome
        run = engine.load(library, outcome.state)
        if outcome.service:
            outcome = run.resume(outcome.service.id, {}, NOW)
        elif outcome.tasks:
            outcome = run.complete(outcome.tasks[-1].id, {}, NOW)
        elif outcome.timers:
            outcome = run.fire(outcome.timers[0].id, max(NOW, outcome.timers[0].due))
        else:
            return outcome
    return outcome


@pytest.mark.parametrize("block", range(4))
def test_a_spoilt_drawing_is_refused_or_runs(block: int) -> None:
    passed = 0
    for seed in range(block * 60, block * 60 + 60):
        xml = spoilt(seed)
        told = engine.check({"t.bpmn": xml})
        assert not [f for f in told if f.rule == "compile"], seed
        if any(f.severity == "error" for f in told):
            continue
        passed += 1
        library = engine.compile({"t.bpmn": xml})
        for key, process in library.processes.items():
            assert set(steps_of(xml)) <= set(process.elements), seed
            outcome = play(library, key)
            assert outcome.status != "failed" or outcome.error.message, seed
    assert 0 < passed < 60


def steps_of(xml: bytes) -> list[str]:
    """Ids of all that looks like a step, wherever it stands."""
    found = etree.fromstring(xml).iter(f"{{{BPMN}}}*")
    ends = ("Task", "Event", "Gateway", "Activity", "subProcess")
    return [e.get("id") for e in found if etree.QName(e).localname.endswith(ends)]
