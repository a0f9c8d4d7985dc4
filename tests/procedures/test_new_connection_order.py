"""The contract's place in the drawing is the process owner's: nothing in the code relies on it.

The step is moved in the drawing as the modeler would move it: its flows are drawn anew.
"""

from __future__ import annotations

import re

import pytest

from app import definitions, registry
from app.work import SYSTEM
from tests.procedures.connecting import Connection
from tests.procedures.test_new_connection import stay
from tests.procedures.visit import ROOT

NAME = "processes/new_connection.bpmn"
FLOW = re.compile(r'<bpmn:sequenceFlow id="([^"]+)"[^>]*sourceRef="([^"]+)" targetRef="([^"]+)"')


def moved(text: str, before: str, after: str) -> str:
    """The contract (with the gateway before it) between two steps that follow on each other."""
    flows = {(source, target): id for id, source, target in FLOW.findall(text)}
    entry = next(id for (source, target), id in flows.items() if (source, target) ==
                 ("paid_today", "m_sign"))  # fmt: skip
    leave = flows["sign_contract", "m_numbers"]
    gap = flows[before, after]
    text = turn(text, entry, "m_sign", "m_numbers")
    text = turn(text, leave, "m_numbers", after)
    return turn(text, gap, after, "m_sign")


def turn(text: str, flow: str, old: str, new: str) -> str:
    """Let a flow lead elsewhere."""
    text = re.sub(rf'(<bpmn:sequenceFlow id="{flow}"[^>]*targetRef=")[^"]+', rf"\g<1>{new}", text)
    incoming = f"<bpmn:incoming>{flow}</bpmn:incoming>"
    text = text.replace(incoming, "", 1)
    return re.sub(rf'(<bpmn:\w+ id="{new}"[^>]*?)(>)((?:(?!</bpmn:\w+>\s*\n    <bpmn:)[\s\S])*?)'
                  r"(\n      <bpmn:(?:incoming|outgoing)>)",
                  rf"\g<1>\g<2>\g<3>{incoming}\g<4>", text, count=1)  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"),
    [("list_points", "issue"), ("deadline", "build"), ("g_accepted", "prepare_entry"),
     ("note_water", "g_settle")],
)  # fmt: skip
def test_signed_later_the_contract_binds_the_account_all_the_same(known, before, after):
    files = definitions.read_folder(ROOT)
    text = files[NAME].decode()
    files[NAME] = moved(text, before, after).encode()
    done = definitions.deploy(files, by=SYSTEM)
    assert not done.refused, [f for f in done.findings if f.severity == "error"]
    case = Connection().to_contract()
    assert case.open == ["numbers"]
    signed = None
    case.numbers()
    (point,) = case.points()
    walk = [lambda: case.issue(), lambda: case.install(), lambda: case.accepted(),
            lambda: case.enter().review(), lambda: case.water()]  # fmt: skip
    while case.open != ["satisfaction_call"]:
        if case.open == ["contract"]:
            assert registry.account(point.account_no).contract_no is None
            signed = stay(case.sign())
        else:
            walk.pop(0)()
    case.call_back()
    assert case.outcome == "connected"
    assert registry.account(point.account_no).contract_no == signed is not None
