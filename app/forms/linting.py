"""What is wrong with a form before it is deployed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from app import feel
from app.errors import Invalid
from app.forms import patterns
from app.forms.answers import BUILT_IN
from app.forms.model import CELLS, MARKS, Component, Form
from app.forms.reading import finding, read
from app.forms.rules import together, words
from app.forms.sheets import fills, leaves
from app.texts import T

LOOKUPS = frozenset({"account", "meter", "service_point", "address"})
Checks = Collection[str] | None


def lint(content: bytes, file: str, checks: Checks = None) -> list[dict[str, Any]]:
    """Findings of one form file: dictionaries of file, element, rule, severity, message.

    ``checks``: names of the checks that there are beside the built-in ones; None: not known, so
    that no name is wrong.
    """
    try:
        form = read(content)
    except (Invalid, AttributeError, TypeError, ValueError) as error:
        text: str = (
            error.text if isinstance(error, Invalid) else T("表单结构不对，请用编辑器重新导出。")
        )
        return [{"file": file, **finding("", "json", text)}]
    found = [*form.findings, *_keys(form)]
    for component in form.walk():
        found += _component(component, checks)
        found += _rows(component, checks)
    return [{"file": file, **one} for one in found]


def _keys(form: Form) -> Iterator[dict[str, Any]]:
    if not form.key:
        yield finding("", "form-id", T("表单缺少 id"))
    ids = Counter(c.id for c in form.walk())
    for element in (e for e, count in ids.items() if count > 1):
        yield finding(element, "duplicate-id", T("组件 id {id} 重复", id=element))
    yield from _duplicates(form.components)


def _duplicates(components: tuple[Component, ...]) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for component in _same_scope(components):
        if component.key in seen:
            text = T("变量名 {key} 重复", key=component.key)
            yield finding(component.id, "duplicate-key", text)
        seen.add(component.key)
        if component.type == "dynamiclist":
            yield from _duplicates(component.children)


def _same_scope(components: tuple[Component, ...]) -> Iterator[Component]:
    for component in components:
        if component.type == "group":
            yield from _same_scope(component.children)
        elif component.path:
            yield component


def _component(component: Component, checks: Checks) -> Iterator[dict[str, Any]]:
    yield from _names(component)
    yield from _expressions(component)
    yield from _marks(component, checks)
    pattern = component.rules.get("pattern")
    if pattern and (why := patterns.fault(str(pattern))):
        yield finding(component.id, "pattern", why)


def _names(component: Component) -> Iterator[dict[str, Any]]:
    asks = component.is_input or component.type in {"dynamiclist", "expression"}
    if asks and not component.path:
        yield finding(component.id, "key", T("缺少变量名（key）"))
    if component.is_input and not component.label.strip():
        yield finding(component.id, "label", T("缺少标签，用户不知道要填什么"))
    choice = component.type in {"radio", "select", "checklist", "taglist"}
    if choice and not component.options and "options" not in component.exprs:
        yield finding(component.id, "options", T("没有可选的项"))


def _expressions(component: Component) -> Iterator[dict[str, Any]]:
    for source in component.exprs.values():
        parsed = feel.parse(source)
        if not parsed.valid and parsed.error is not None:
            yield finding(component.id, "feel", parsed.error)


def _marks(component: Component, checks: Checks) -> Iterator[dict[str, Any]]:
    for name in component.marks.keys() - MARKS:
        yield finding(component.id, "mark", T("不认识的标记：{name}", name=name))
    for name in str(component.marks.get("check") or "").replace(",", " ").split():
        if checks is not None and name not in BUILT_IN and name not in checks:
            yield finding(component.id, "check", T("没有名为 {name} 的核对", name=name))
    if "scan" in component.marks and component.type != "textfield":
        yield finding(component.id, "scan", T("扫码只用于单行文本（textfield）"))
    lookup = component.marks.get("lookup")
    if lookup and lookup not in LOOKUPS:
        yield finding(component.id, "lookup", T("没有名为 {name} 的查找", name=lookup))


def _rows(component: Component, checks: Checks) -> Iterator[dict[str, Any]]:
    """Of a list: the marks that speak of its columns, and what a page of rows can draw."""
    if component.type != "dynamiclist":
        if component.marks.keys() & {"rows", "unique", "row_check", "rows_checked", "sheet_fill"}:
            yield finding(component.id, "rows", T("此标记只用于列表（dynamiclist）"))
        return
    keys = {one.key for one in leaves(component)}
    sets = together(component.marks.get("unique"))
    named = {name for columns in sets for name in columns} | fills(component).keys()
    for name in sorted(named - keys):
        yield finding(component.id, "rows", T("列表中没有名为 {name} 的列", name=name))
    for name in words(component.marks.get("row_check")):
        if checks is not None and name not in checks:
            yield finding(component.id, "check", T("没有名为 {name} 的核对", name=name))
    if component.sheet:
        yield from _sheet(component)


def _sheet(component: Component) -> Iterator[dict[str, Any]]:
    for one in (inner for child in component.children for inner in child.walk()):
        if one.type not in CELLS | {"group"}:
            text = T("按行办理的列表不能含有此组件：{kind}", kind=one.type)
            yield finding(one.id, "rows", text)
        if "default" in one.exprs:
            yield finding(one.id, "rows", T("按行办理的列表中，默认值应为固定的值"))
