"""What was given, read against the form: every answer right, or nothing kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshmallow import ValidationError

from app import identifiers
from app.errors import Invalid
from app.forms import rules, schema
from app.forms.model import Component, Form
from app.forms.rules import Context
from app.forms.state import MISSING, Node, State, fill, get
from app.forms.typed import SHANGHAI, typed
from app.texts import T, Text
from app.worktime import Calendar

Check = Callable[[Any, Context], Any]
Files = Callable[[str], object | None]


@dataclass(frozen=True)
class Answers:
    """Right answers: ``values`` nested as variables, ``pii`` the dotted keys that are personal."""

    values: dict[str, Any]
    pii: frozenset[str]
    warnings: dict[str, Text]


def read_answers(
    form: Form,
    given: Mapping[str, Any],
    scope: Mapping[str, Any],
    *,
    now: datetime,
    calendar: Calendar | None = None,
    checks: Mapping[str, Check] | None = None,
    money: str = "fen",
    files: Files | None = None,
) -> Answers:
    """Check what was given and give the answers.

    ``money="yuan"``: posted by a page (texts, names like ``papers[0].kind``); ``"fen"``: JSON.
    ``files`` tells of an attachment's id whether it is there. Raises Invalid with a text for each
    field; what was not asked for, or is hidden, is refused too.
    """
    state = fill(form, given, scope, now=now, calendar=calendar, web=money == "yuan", prefill=False)
    faults = {name: T("此项未要求填写") for name in state.unknown}
    faults |= faults_of(state, now, checks or {}, files)
    if faults:
        raise Invalid(fields=faults)
    return Answers(_kept(state), _personal(form), _warnings(state))


def faults_of(
    state: State,
    now: datetime,
    checks: Mapping[str, Check],
    files: Files | None,
    *,
    advice: bool = False,
) -> dict[str, Text]:
    """What is wrong with what was given, by the names of the fields. ``advice``: also what is said
    of rows and holds nothing up."""
    context = Context(state.scope, state.merged(), now, "", advice)
    found: dict[str, Text] = {}
    for node in state.all():
        fault = _fault(node, state, context, checks, files)
        if fault is not None:
            found[node.name] = fault
    for node in [one for one in state.all() if one.component.type == "dynamiclist"]:
        # What is wrong with a field by itself is said first.
        found = {**rules.of_rows(node, context, checks), **found}
    return found


def _fault(
    node: Node, state: State, context: Context, checks: Mapping[str, Check], files: Files | None
) -> Text | None:
    given = node.raw is not MISSING and node.raw not in (None, "", [], False)
    if node.hidden:
        return T("此项未要求填写") if given and _ticked(node) else None
    component = node.component
    if component.type == "dynamiclist":
        return _list_fault(node)
    if component.type == "expression" or (component.is_input and node.locked):
        return _changed(node, state) if given else None
    if not component.is_input:
        return None
    if node.fault is not None:
        return node.fault
    if node.value is None or (component.type == "checkbox" and node.value is False):
        return _missing(component) if node.required else None
    return _wrong(node, state, context, checks, files)


def _ticked(node: Node) -> bool:
    return not (node.component.type == "checkbox" and node.raw == "false")


def _list_fault(node: Node) -> Text | None:
    if node.raw is not MISSING and node.raw is not None and not isinstance(node.raw, list):
        return T("格式不对，请重新填写")
    if isinstance(node.raw, list) and not all(isinstance(row, dict) for row in node.raw):
        return T("格式不对，请重新填写")
    if len(node.rows) > node.component.most_rows:
        return T("最多 {most} 行", most=node.component.most_rows)
    if node.required and not node.rows:
        return T("请至少填写一行“{label}”", label=node.component.label)
    return None


def _changed(node: Node, state: State) -> Text | None:
    """A fixed or computed value may come back unchanged, and only so; the held one is kept."""
    sent, _ = typed(node.component, node.raw, web=state.web)
    same = sent == node.value or str(sent) == str(node.value)
    return None if same else T("此项由系统填写，不能修改")


def _missing(component: Component) -> Text:
    label = component.label or component.key
    if component.type in {"radio", "select", "checklist", "taglist"}:
        return T("请选择{label}", label=label)
    if component.type == "filepicker":
        return T("请上传{label}", label=label)
    if component.type == "checkbox":
        return T("请勾选“{label}”", label=label)
    return T("请填写{label}", label=label)


def _wrong(
    node: Node, state: State, context: Context, checks: Mapping[str, Check], files: Files | None
) -> Text | None:
    component = node.component
    for look in (_not_offered, _outside, _past):
        wrong = look(node, context)
        if wrong is not None:
            return wrong
    try:
        schema.codec(state.form, component).deserialize(node.value)
    except ValidationError as error:
        first = error.messages[0] if isinstance(error.messages, list) else None
        return first if isinstance(first, Text) else T("格式不对，请重新填写")
    if component.type == "filepicker" and files is not None:
        return _no_file(node.value, files)
    return _checked(node, context, checks)


def _not_offered(node: Node, _context: Context) -> Text | None:
    kind = node.component.type
    if kind not in {"radio", "select", "checklist", "taglist"}:
        return None
    offered = {str(option.value): option.value for option in node.options}
    chosen = node.value if isinstance(node.value, list) else [node.value]
    if not all(str(one) in offered for one in chosen):
        return T("请从所列选项中选择")
    real = [offered[str(one)] for one in chosen]
    node.value = real if isinstance(node.value, list) else real[0]
    return None


def _outside(node: Node, _context: Context) -> Text | None:
    """Limits that are computed; literal ones stand in the schema."""
    if node.component.type != "number":
        return None
    return schema.out_of_range(  # type: ignore[no-any-return]
        node.component, node.value, node.said.get("min"), node.said.get("max")
    )


def _past(node: Node, context: Context) -> Text | None:
    if node.component.type != "datetime" or not node.component.raw.get("disallowPassedDates"):
        return None
    today = context.now.astimezone(SHANGHAI).date()
    return T("不能早于今天") if str(node.value)[:10] < today.isoformat() else None


def _no_file(value: Any, files: Files) -> Text | None:
    for one in value if isinstance(value, list) else [value]:
        if files(str(one)) is None:
            return T("文件没有传上来，请重新上传")
    return None


# --- named checks ---------------------------------------------------------------------------


def _today(context: Context) -> Any:
    return context.now.astimezone(SHANGHAI).date()


BUILT_IN: dict[str, Check] = {
    "resident_id": lambda value, c: identifiers.resident_id(value, _today(c)),
    "uscc": lambda value, _: identifiers.uscc(value)[0],
    "mobile_or_landline": lambda value, _: identifiers.phone(value),
    "calibre": lambda value, _: identifiers.calibre(value),
    "meter_serial": lambda value, _: identifiers.meter_serial(value),
    "account_no": lambda value, _: identifiers.account_no(value),
}


def _checked(node: Node, context: Context, checks: Mapping[str, Check]) -> Text | None:
    for name in str(node.component.marks.get("check") or "").replace(",", " ").split():
        check = checks.get(name) or BUILT_IN.get(name)
        if check is None:
            return T("系统没有名为 {name} 的核对，请联系流程管理员", name=name)
        here = Context(context.scope, context.values, context.now, node.name)
        wrong: Text | None = check(node.value, here)
        if wrong is not None:
            return wrong
    return None


def _warnings(state: State) -> dict[str, Text]:
    """What is odd and not wrong: the inner check digit of a credit code."""
    found = {
        node.name: identifiers.uscc(node.value)[1]
        for node in state.all()
        if node.component.marks.get("check") == "uscc" and node.value and not node.hidden
    }
    return {name: text for name, text in found.items() if text is not None}


# --- what is kept ---------------------------------------------------------------------------


def _kept(state: State) -> dict[str, Any]:
    """Values of all that was asked; a group keeps what the scope already had beside it."""
    for node in state.all():
        if node.component.raw.get("disabled") is True or node.said.get("disabled") is True:
            node.value = None
        elif node.component.type == "checkbox" and node.value is None and not node.locked:
            node.value = False
    values = state.values()
    for node in state.all():
        if node.component.sheet and node.component.raw.get("allowAddRemove") is False:
            _rows_beside(values, node, state.scope)
    return {
        key: _beside(state.scope.get(key), value) if isinstance(value, dict) else value
        for key, value in values.items()
    }


def _rows_beside(values: dict[str, Any], node: Node, scope: Mapping[str, Any]) -> None:
    """Rows that the case brought keep what it knows of them and the page does not show."""
    now, before = get(values, node.path), get(scope, node.path)
    if isinstance(now, list) and isinstance(before, list) and len(now) == len(before):
        now[:] = [_beside(known, row) for known, row in zip(before, now, strict=True)]


def _beside(known: Any, value: dict[str, Any]) -> dict[str, Any]:
    return {**known, **value} if isinstance(known, dict) else value


def _personal(form: Form) -> frozenset[str]:
    whole = {variable.key for variable in form.fields if variable.pii and variable.type != "group"}
    return frozenset(whole | set(_personal_paths(form.components, ())))


def _personal_paths(components: tuple[Component, ...], base: tuple[str, ...]) -> Iterator[str]:
    for component in components:
        path = (*base, *component.path)
        if component.type == "dynamiclist":
            yield from _personal_paths(component.children, path)
        elif component.type == "group":
            yield from _personal_paths(component.children, base)
        elif component.pii:
            yield ".".join(path)


__all__ = ["Answers", "Check", "Context", "read_answers"]
