"""What each element needs to run: its marks, its expressions, its references to roots."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from app.engine import times
from app.engine.check import signs
from app.engine.check.finding import TRUE, Sheet
from app.engine.check.unsupported import definitions
from app.engine.marks import BPMN, Source, local, one, read_marks
from app.feel.syntax import parsed, prepare, syntax
from app.texts import T, Text

TIMERS = {"timeDate": times.moment, "timeDuration": times.duration, "timeCycle": times.cycle}
INSIDE = (
    "conditionExpression",
    "loopCondition",
    "loopCardinality",
    "completionCondition",
    "activationCondition",
    "condition",
    *TIMERS,
)
VARIABLE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)


def rules(sheet: Sheet) -> None:
    for _scope, node in sheet.nodes():
        need = NEEDS.get(local(node))
        if need:
            need(sheet, node)
        _names(sheet, node)
        for definition in [*definitions(node), *([node] if node.get("messageRef") else [])]:
            _event(sheet, node, definition)
    written = list(expressions(sheet))
    prepare(source.text for _, source in written)
    for where, source in written:
        _feel(sheet, where, source)
    for scope in sheet.scopes:
        for flow in scope.flows:
            _condition(sheet, flow)


def _user(sheet: Sheet, node: Any) -> None:
    marks = sheet.marks(node)
    if not marks.form:
        sheet.warn(node, "no_form", T("任务没有表单，请在 zeebe:formDefinition 写明"))
    if marks.groups is None:
        sheet.warn(node, "no_group", T("任务没有办理组，请在 zeebe:assignmentDefinition 写明"))
    due = marks.due
    if due is not None and not due.feel and not _reads(times.moment, due.text):
        sheet.error(node, "due", T("办理期限不是日期时间：{value}", value=due.text))


def _service(sheet: Sheet, node: Any) -> None:
    if sheet.marks(node).type is None:
        sheet.error(node, "no_service", T("缺少 zeebe:taskDefinition 的类型"))


def _script(sheet: Sheet, node: Any) -> None:
    marks = sheet.marks(node)
    if node.find(f"{{{BPMN}}}script") is not None or node.get("scriptFormat"):
        sheet.error(node, "script", T("不执行程序脚本，请改用 zeebe:script 的 FEEL 表达式"))
    elif marks.script is None and marks.type is None:
        sheet.error(node, "script", T("缺少 zeebe:script 的表达式"))
    elif marks.script is not None and (not marks.script.feel or not marks.result):
        sheet.error(node, "script", T("zeebe:script 要有以“=”开头的表达式和结果变量"))


def _rule(sheet: Sheet, node: Any) -> None:
    marks = sheet.marks(node)
    if one(node, "calledDecision") is None:
        _service(sheet, node)
    elif not marks.decision or marks.decision.startswith("=") or not marks.result:
        sheet.error(node, "decision", T("决策任务要写明固定的决策编号和结果变量"))


def _call(sheet: Sheet, node: Any) -> None:
    called = sheet.marks(node).called
    if not called or called.startswith("="):
        sheet.error(node, "called", T("调用活动要写明固定的流程编号（zeebe:calledElement）"))


def _send(sheet: Sheet, node: Any) -> None:
    if not node.get("messageRef") and sheet.marks(node).type is None:
        sheet.error(node, "message", T("没有写明消息，请用 messageRef 指向一个消息"))


def _receive(sheet: Sheet, node: Any) -> None:
    if not node.get("messageRef"):
        sheet.error(node, "message", T("没有写明消息，请用 messageRef 指向一个消息"))


NEEDS = {
    "userTask": _user,
    "serviceTask": _service,
    "scriptTask": _script,
    "businessRuleTask": _rule,
    "callActivity": _call,
    "sendTask": _send,
    "receiveTask": _receive,
}


def _names(sheet: Sheet, node: Any) -> None:
    """Camunda 8's compatibility lint refuses other names, and a portable drawing is worth it."""
    marks = sheet.marks(node)
    names = [m.target for m in (*marks.inputs, *marks.outputs)] + [marks.result or "x"]
    if marks.loop:
        names += [marks.loop.item or "x", marks.loop.output or "x"]
    for name in names:
        if not VARIABLE.fullmatch(name):
            sheet.error(
                node, "variable_name", T("变量名“{name}”只能用英文字母、数字和下划线", name=name)
            )


def _event(sheet: Sheet, node: Any, definition: Any) -> None:
    kind = local(definition)
    if kind == "timerEventDefinition":
        _timer(sheet, node, definition)
    elif kind == "errorEventDefinition":
        _error(sheet, node, definition)
    elif kind == "messageEventDefinition" or definition is node:
        _message(sheet, node, definition)


def _timer(sheet: Sheet, node: Any, definition: Any) -> None:
    found = [c for c in definition if local(c) in TIMERS]
    if len(found) != 1 or not (found[0].text or "").strip():
        sheet.error(node, "timer", T("定时事件没有写明时间，请写上日期、时长或周期"))
        return
    source = Source.read(found[0].text)
    if source is not None and not source.feel and not _reads(TIMERS[local(found[0])], source.text):
        sheet.error(node, "timer", T("定时写法无法识别：{value}", value=source.text))


def _reads(reader: Any, text: str) -> bool:
    try:
        reader(text)
    except ValueError:
        return False
    return True


def _error(sheet: Sheet, node: Any, definition: Any) -> None:
    ref = definition.get("errorRef")
    if ref is None and local(node) in ("boundaryEvent", "startEvent"):
        return
    error = sheet.roots.get(ref)
    if error is None:
        sheet.error(
            node, "dangling", T("所引用的错误“{ref}”不存在，请补上或改正引用", ref=ref or "")
        )
    elif not error.get("errorCode"):
        sheet.error(node, "error_code", T("错误没有代码，请写上 errorCode"))


def _message(sheet: Sheet, node: Any, definition: Any) -> None:
    message = sheet.roots.get(definition.get("messageRef"))
    if message is None or local(message) != "message":
        if local(node) != "sendTask":
            sheet.error(node, "dangling", T("所引用的消息不存在，请补上或改正引用"))
        return
    if not message.get("name"):
        sheet.error(node, "message", T("消息没有名称，请写上"))
    catches = local(node) in ("intermediateCatchEvent", "boundaryEvent", "receiveTask")
    for key in (read_marks(message).key, sheet.marks(node).key):
        if key is not None and not key.feel:
            text = T("关联键“{key}”不是表达式，是一句固定的文字；表达式以“=”开头", key=key.text)
            sheet.warn(node, "message_key_text", text)
    if catches and read_marks(message).key is None and not _opens(node):
        sheet.error(
            node,
            "message_key",
            T(
                "消息“{name}”没有关联键，请在 zeebe:subscription 写明 correlationKey",
                name=message.get("name") or "",
            ),
        )


def _opens(node: Any) -> bool:
    """Whether its message opens a case, so that no case waits for it by a key."""
    if node.get("instantiate") in TRUE:
        return True
    flows = node.getparent().findall(f"{{{BPMN}}}sequenceFlow")
    before = {f.get("sourceRef") for f in flows if f.get("targetRef") == node.get("id")}
    gateways = node.getparent().findall(f"{{{BPMN}}}eventBasedGateway")
    return any(g.get("id") in before and g.get("instantiate") in TRUE for g in gateways)


def _condition(sheet: Sheet, flow: Any) -> None:
    expression = flow.find(f"{{{BPMN}}}conditionExpression")
    if expression is None:
        return
    source = Source.read(expression.text)
    if source is None or not source.feel:
        sheet.error(flow, "condition", T("条件应以“=”开头，写成 FEEL 表达式"))


def expressions(sheet: Sheet) -> Iterator[tuple[Any, Source]]:
    """Every FEEL expression of the drawing, with the element it stands on."""
    for element in sheet.root.iter():
        if local(element) in INSIDE:
            yield from _pair(element.getparent(), Source.read(element.text))
    for owner in [*sheet.processes(), *sheet.roots.values(), *(n for _, n in sheet.nodes())]:
        for source in sources(sheet.marks(owner)):
            yield from _pair(owner, source)


def _pair(where: Any, source: Source | None) -> Iterator[tuple[Any, Source]]:
    if source is not None and source.feel:
        yield where, source


def sources(marks: Any) -> Iterator[Source | None]:
    yield from (m.source for m in (*marks.inputs, *marks.outputs))
    yield from (marks.groups, marks.due, marks.type, marks.script, marks.key)
    yield from (marks.limit, marks.not_by_case)
    if marks.loop:
        yield from (marks.loop.collection, marks.loop.output_element)


def _feel(sheet: Sheet, where: Any, source: Source) -> None:
    read = parsed(source.text)
    odd = signs.slip(source.text)
    if read.valid and not (odd and _broken(source.text)):
        return
    start = read.position[0] if read.position else 0
    reason: Text = read.error or T("表达式有误")
    if odd is not None:
        start, reason = odd
    text = T(
        "表达式“{expr}”第 {at} 个字符：{reason}", expr=source.text, at=start + 1, reason=reason
    )
    sheet.error(where, "feel", text)


def _broken(text: str) -> bool:
    """Whether a sign like ``<>`` was read as two tests, which never gives a value."""
    return any(
        node.kind == "SimplePositiveUnaryTest" and around.kind == "Comparison"
        for around in syntax(text).walk()
        for node in around.inner
    )
