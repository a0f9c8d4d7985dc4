"""Variables that an expression reads and nothing writes: a slip of the pen shows here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.engine.check.finding import Scope, Sheet
from app.engine.check.links import World
from app.engine.check.meaning import INSIDE, sources
from app.engine.marks import BPMN, Marks, Source, local
from app.feel.syntax import parsed
from app.texts import T

GIVEN = frozenset(
    [
        "activationCount",
        "loopCounter",
        "waitingForStart",
        "errorCode",
        "errorMessage",
        "outcome",
        "numberOfInstances",
        "numberOfActiveInstances",
        "numberOfCompletedInstances",
        "numberOfTerminatedInstances",
    ]
)


class Unknown(Exception):
    """Something brings variables whose names are not known, so nothing can be said."""


def rules(world: World) -> None:
    for sheet in world.sheets:
        for process in sheet.processes():
            scopes = [s for s in sheet.scopes if s.process == process.get("id")]
            try:
                written = GIVEN | set(_written(world, sheet, process, scopes))
            except Unknown:
                continue
            _say(world, sheet, scopes, written)


def _say(world: World, sheet: Sheet, scopes: list[Scope], written: frozenset[str]) -> None:
    for scope in scopes:
        for node in [*scope.nodes.values(), *scope.flows]:
            names = {n for s in _read_at(world, sheet, node) for n in parsed(s.text).variables}
            for name in sorted(names - written):
                sheet.warn(
                    node,
                    "unwritten",
                    T(
                        "变量“{name}”没有任何地方写入，请核对名称，或在流程的 variables 里写明",
                        name=name,
                    ),
                )


def _read_at(world: World, sheet: Sheet, node: Any) -> Iterator[Source]:
    if local(node) == "sequenceFlow":
        condition = node.find(f"{{{BPMN}}}conditionExpression")
        found = [Source.read(condition.text)] if condition is not None else []
    else:
        marks = sheet.marks(node)
        found = [*sources(marks), *_inside(sheet, node)]
        if not _result_known(world, node, marks):
            hidden = {id(m.source) for m in marks.outputs}
            found = [s for s in found if s is not None and id(s) not in hidden]
    yield from (s for s in found if s is not None and s.feel)


def _inside(sheet: Sheet, node: Any) -> Iterator[Source | None]:
    """Conditions, times and numbers that stand in its event definitions and loop markers."""
    loops = (child for child in node if local(child).endswith("LoopCharacteristics"))
    for part in (node, *sheet.definitions(node), *loops):
        yield from (Source.read(child.text) for child in part if local(child) in INSIDE)


def _result_known(world: World, node: Any, marks: Marks) -> bool:
    """Output mappings read a result; only of some elements are its names known."""
    return local(node) in ("scriptTask", "businessRuleTask", "task", "subProcess") or bool(
        local(node) == "userTask" and marks.form in world.forms
    )


def _written(world: World, sheet: Sheet, process: Any, scopes: list[Scope]) -> Iterator[str]:
    yield from sheet.marks(process).words("variables")
    yield from _given_by_callers(world, str(process.get("id")))
    for scope in scopes:
        for node in scope.nodes.values():
            yield from _by_node(world, sheet, node)


def _given_by_callers(world: World, key: str) -> Iterator[str]:
    for sheet in world.sheets:
        for _scope, node in sheet.nodes():
            marks = sheet.marks(node)
            if local(node) == "callActivity" and marks.called == key:
                if marks.all_parent:
                    raise Unknown
                yield from (m.target.split(".")[0] for m in marks.inputs)


def _by_node(world: World, sheet: Sheet, node: Any) -> Iterator[str]:
    marks = sheet.marks(node)
    yield from (m.target.split(".")[0] for m in (*marks.inputs, *marks.outputs))
    if marks.result:
        yield marks.result
    if marks.loop:
        yield from (name for name in (marks.loop.item, marks.loop.output) if name)
    if local(node) == "userTask":
        yield from _form_keys(world, marks)
    elif not marks.outputs:
        yield from _free_result(world, node, marks)


def _form_keys(world: World, marks: Marks) -> Iterator[str]:
    schema = world.forms.get(marks.form or "")
    if marks.form and schema is None:
        raise Unknown
    yield from keys(schema or {})


def _free_result(world: World, node: Any, marks: Marks) -> Iterator[str]:
    """A result that is not mapped comes out whole."""
    if local(node) == "callActivity" and marks.all_child:
        raise Unknown
    if marks.type is not None:
        contract = (world.services or {}).get(marks.type.text)
        if contract is None:
            raise Unknown
        yield from contract.outputs
    catches = local(node) in (
        "receiveTask",
        "intermediateCatchEvent",
        "boundaryEvent",
        "startEvent",
    )
    message = node.find(f"{{{BPMN}}}messageEventDefinition") is not None
    if catches and (message or node.get("messageRef")):
        raise Unknown


def keys(schema: dict[str, Any]) -> Iterator[str]:
    """First names of the keys and paths of a form's components."""
    for component in schema.get("components", ()):
        if not isinstance(component, dict):
            continue
        name = component.get("key") or component.get("path")
        if name:
            yield str(name).split(".")[0]
        yield from keys(component)
