"""Tasks: user, manual, script, decision, service, send; sub-processes and calls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import (
    ManualTask,
    NoneTask,
    ScriptTask,
    ServiceTask,
    UserTask,
)

from app.engine.context import Incident, instance, process_key, process_of
from app.engine.marks import Source
from app.engine.outcome import ServiceCall, Why
from app.engine.specs.catching import counted
from app.engine.specs.node import Node, context
from app.engine.times import micros, moment
from app.engine.variables import bring_out, take_in, visible
from app.limits import NAME, Limit
from app.texts import T


class Activity(Node):
    """Input mappings on entering."""

    def enter(self, token: Any) -> bool:
        take_in(context(token), token, self.marks.inputs)
        return True


class Untyped(Activity, NoneTask):  # type: ignore[misc]
    """A task without a type does nothing."""

    def work(self, token: Any) -> bool:
        bring_out(context(token), token, {})
        return True


class Person(Activity):
    """A task of a person: whose, and until when, is settled when it opens."""

    def enter(self, token: Any) -> bool:
        super().enter(token)
        marks = self.marks
        named = {
            "groups": marks.groups,
            "due": marks.due,
            "limit": marks.limit,
            "other": marks.not_by_case,
        }
        asked = {name: source for name, source in named.items() if source is not None}
        if asked:
            scope = visible(token) if _any_feel(asked.values()) else {}
            values = context(token).values(token, list(asked.values()), scope)
            self._settle(token, dict(zip(asked, values, strict=True)), scope)
        return True

    def _settle(self, token: Any, found: dict[str, Any], scope: dict[str, Any]) -> None:
        marks, notes = self.marks, token.internal_data
        if marks.groups is not None and marks.groups.feel:
            notes["groups"] = group_list(token, found["groups"])
        if found.get("due") is not None:
            notes["due"] = due_micros(token, found["due"])
            notes.update(counted(token, marks.due, scope))
        if found.get("limit") is not None:
            notes["limit"] = limit_text(token, found["limit"])
        if marks.not_by_case is not None:
            notes["other"] = case_number(token, found["other"])


def limit_text(token: Any, value: Any) -> str:
    """How a limit is kept: ``5 workdays``, or the name of a setting."""
    if isinstance(value, str) and NAME.fullmatch(value.strip()):
        return value.strip()
    try:
        return str(Limit.read(value))
    except ValueError as error:
        raise Incident("limit", token, T("办理时限的写法无法识别：{value}", value=value)) from error


def _any_feel(sources: Iterable[Source]) -> bool:
    return any(source.feel for source in sources)


def group_list(token: Any, value: Any) -> list[str]:
    """``"a, b"`` or a list of texts."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return value
    raise Incident("assignment", token, T("办理组的表达式应得出文字或文字列表"))


def case_number(token: Any, value: Any) -> str:
    """Of the case whose people are kept away; empty: of none."""
    if value is None or isinstance(value, str):
        return value or ""
    raise Incident("assignment", token, T("not_by_case 的表达式应得出案号"))


def due_micros(token: Any, value: Any) -> int:
    try:
        return micros(moment(value))
    except ValueError as error:
        raise Incident("due", token, T("办理期限不是日期时间：{value}", value=value)) from error


class User(Person, UserTask):  # type: ignore[misc]
    """A form that a person fills in."""


class Manual(Person, ManualTask):  # type: ignore[misc]
    """Work without a form; a person says when it is done."""


class Script(Activity, ScriptTask):  # type: ignore[misc]
    """``zeebe:script``: one FEEL expression into one variable. The stock one runs Python."""

    def work(self, token: Any) -> bool:
        value = context(token).value(token, self.marks.script, visible(token))
        bring_out(context(token), token, {self.marks.result: value})
        return True


class Rule(Activity, NoneTask):  # type: ignore[misc]
    """``zeebe:calledDecision``."""

    def work(self, token: Any) -> bool:
        inputs, answer = context(token).decide(token, self.marks.decision, visible(token))
        rules = tuple(str(rule) for rule in answer.rules)
        context(token).whys[token.id] = Why(
            decision=self.marks.decision,
            rules=rules,
            inputs=inputs,
            result=answer.value,
            evaluations=answer.evaluations,
        )
        bring_out(context(token), token, {self.marks.result: answer.value})
        for name in self._written():
            process_of(token).decided[name] = [self.marks.decision, list(rules)]
        return True

    def _written(self) -> list[str]:
        outputs = [mapping.target.split(".")[0] for mapping in self.marks.outputs]
        return outputs or [self.marks.result or ""]


class Service(Activity, ServiceTask):  # type: ignore[misc]
    """The host calls the function; the token stands STARTED until it is answered."""

    def work(self, token: Any) -> bool | None:
        source = self.marks.type
        kind = context(token).value(token, source, visible(token) if source.feel else {})
        token.internal_data["type"] = str(kind)
        context(token).call = service_call(token)
        return None


def service_call(token: Any) -> ServiceCall:
    """Inputs: those mapped, or all that is visible when none is mapped (as in Camunda 8)."""
    spec = token.task_spec
    mapped = {m.target.split(".")[0] for m in spec.marks.inputs}
    scope = {n: token.data[n] for n in mapped if n in token.data} if mapped else visible(token)
    return ServiceCall(
        id=token.id,
        type=token.internal_data["type"],
        inputs=scope,
        element=spec.element.id,
        process_key=process_key(token),
        name=spec.element.name,
        instance=instance(token),
    )
