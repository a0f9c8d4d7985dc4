"""What is rewritten in the drawing's own terms before it is read."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from lxml import etree

from app.engine.marks import BPMN, local, read_marks

EXTENSIONS = f"{{{BPMN}}}extensionElements"
GLOBAL = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}


def normalise(roots: Iterable[Any]) -> None:
    """A call of a global task becomes that task in the call's place; the trees are changed.

    It keeps the call's id, mappings and loop marker; what it does is the global task's.
    """
    sheets = list(roots)
    tasks = {child.get("id"): child for root in sheets for child in root if local(child) in GLOBAL}
    for root in sheets if tasks else ():
        for call in list(root.iter(f"{{{BPMN}}}callActivity")):
            task = tasks.get(read_marks(call).called)
            if task is not None:
                _put_in_place(call, task)


def _put_in_place(call: Any, task: Any) -> None:
    call.tag = f"{{{BPMN}}}{GLOBAL[local(task)]}"
    call.attrib.pop("calledElement", None)
    call.set("name", call.get("name") or task.get("name") or "")
    extensions = call.find(EXTENSIONS)
    if extensions is None:
        extensions = etree.Element(EXTENSIONS)
        call.insert(0, extensions)
    for called in [e for e in extensions if local(e) == "calledElement"]:
        extensions.remove(called)
    for own in task.findall(EXTENSIONS):
        extensions.extend(deepcopy(child) for child in own)
