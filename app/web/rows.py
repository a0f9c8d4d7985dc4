"""A page of rows: the parts of a list as short JSON, and single rows as they are saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from flask import Response, request, url_for

from app import attachments, cases
from app.errors import Invalid
from app.forms import Component, Drawn, Form, View, Wrong, sheets
from app.texts import T, Text, beside
from app.web.door import door
from app.web.rights import actor, signed_in
from app.web.speech import language, say, when
from app.work import now

PART = 300
MOST_NUMBER = 99_999
Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """A column of the table; ``fixed``: shown and never asked."""

    key: str
    label: str
    fixed: bool
    field: Drawn


@dataclass(frozen=True)
class SheetView:
    """What the page says of a list that has a page of rows; the rows themselves come after.

    ``asked``: now. What is not may be asked after another answer: it is drawn, and not shown.
    """

    name: str
    asked: bool
    label: str
    hint: str
    error: str
    url: str
    columns: list[Column]
    open: bool
    strict: bool
    adds: bool
    counted: bool
    fill: dict[str, str]
    fill_label: Text | str
    import_url: str
    export_url: str
    template_url: str


def views(found: cases.TaskPage, drawn: View, errors: Mapping[str, str]) -> list[SheetView]:
    """The lists of a task's form that have a page of rows each."""
    shown = {item.name: item for item in drawn.fields if item.kind == "sheet"}
    return [
        _view(found, component, shown.get(component.key), errors) for component in found.form.sheets
    ]


def _view(
    found: cases.TaskPage, component: Component, shown: Drawn | None, errors: Mapping[str, str]
) -> SheetView:
    name = component.key
    english = language() == "en"
    item = shown or sheets.alone(found.form, component, english=english)
    fields = zip(
        sheets.leaves(component),
        sheets.columns(found.form, component, english=english),
        strict=True,
    )
    label = str(component.marks.get("sheet_fill_label") or "")
    return SheetView(
        name=name, asked=shown is not None, label=item.label, hint=item.hint, error=item.error,
        url=url_for("web.rows", task_id=found.id, name=name),
        columns=[Column(one.key, field.label, one.fixed or one.type == "expression", field)
                 for one, field in fields],
        open=found.may_act, strict=bool(errors), adds=item.may_change_rows,
        counted=_counted(found, component), fill=sheets.fills(component),
        fill_label=beside().get(label, label) if english else label or T("显示的空行全部填好"),
        import_url=url_for("web.import_page", task_id=found.id, name=name),
        export_url=url_for("web.export", task_id=found.id, name=name),
        template_url=url_for("web.template", task_id=found.id, name=name),
    )  # fmt: skip


def _counted(found: cases.TaskPage, component: Component) -> bool:
    """Whether something outside of the list is computed from it."""
    inside = {one.id for one in component.walk()}
    return any(component.path[0] in names for key, names in found.form.needs.items()
               if key not in inside)  # fmt: skip


def in_sheet(form: Form, name: str) -> bool:
    """Whether a field stands in a row of a page of rows, which is not drawn with the form."""
    return any(name.startswith(f"{sheet.key}[") for sheet in form.sheets)


def told(drawn: View, found: cases.TaskPage) -> View:
    """Errors in rows as one line a list: the rows themselves show theirs."""
    errors = drawn.errors
    for component in found.form.sheets:
        begin = f"{component.key}["
        mine = [wrong for wrong in errors if not wrong.id and wrong.label.startswith(begin)]
        if not mine:
            continue
        numbers = {int(wrong.label[len(begin) :].partition("]")[0]) for wrong in mine}
        first = "、".join(str(n + 1) for n in sorted(numbers)[:10])
        text = T("{n} 行有误：第 {first} 行", n=len(numbers), first=first)
        line = Wrong(component.key, component.label, text)
        errors = (*(wrong for wrong in errors if wrong not in mine), line)
    return replace(drawn, errors=errors)


@door.get("/tasks/<int:task_id>/rows/<name>")
@signed_in
def rows(task_id: int, name: str) -> Response:
    """Some hundred rows of a list, from a number on; ``more`` is where the next part begins."""
    start = _number(request.args.get("from", "0"))
    found = cases.open_sheet(actor(), task_id, name)
    numbers = [n for n in found.sheet.rows if n >= start]
    part = numbers[:PART]
    lines = cases.look_at_rows(actor(), found, part, strict="strict" in request.args)
    more = numbers[PART] if len(numbers) > PART else None
    return _json({**_told(found, lines), "more": more, "next": found.next})


@door.put("/tasks/<int:task_id>/rows/<name>")
@signed_in
def save(task_id: int, name: str) -> Response:
    """Keep rows as they were typed; gives them back checked, and whoever was first at others."""
    patches = _patches(request.get_data())
    kept = cases.save_rows(task_id, name, patches, by=actor())
    found = cases.open_sheet(actor(), task_id, name)
    numbers = [p.number for p in patches if p.number in found.sheet.rows]
    lost = [{"n": n, "name": one.name, "at": when(one.at, now())} for n, one in kept.lost.items()]
    return _json({**_told(found, cases.look_at_rows(actor(), found, numbers)), "lost": lost})


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > len(str(MOST_NUMBER)):
        raise Invalid(T("行号不对，请刷新页面。"))
    return int(text)


def _patches(body: bytes) -> list[cases.RowPatch]:
    try:
        given = orjson.loads(body)["rows"]
        patches = [
            cases.RowPatch(int(one["n"]), int(one["version"]), _values(one["values"]))
            for one in given
        ]
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        raise Invalid(T("请求内容不对，请刷新页面。")) from None
    if b"\\u0000" in body or not all(0 <= p.number <= MOST_NUMBER for p in patches):
        raise Invalid(T("请求内容含有不能保存的字符。"))
    return patches


def _values(given: Any) -> dict[str, Any] | None:
    """Columns with texts, or lists of them; anything else is none of a page's."""
    if given is None:
        return None
    if not isinstance(given, dict) or not all(_plain(value) for value in given.values()):
        raise ValueError
    return given


def _plain(value: Any) -> bool:
    several = isinstance(value, list) and all(isinstance(one, str) for one in value)
    return isinstance(value, str) or several


def _told(found: cases.OpenSheet, lines: Sequence[sheets.SheetRow]) -> dict[str, Any]:
    return {
        "rows": [_row(line, found.versions.get(line.number, 0)) for line in lines],
        "names": _file_names(found, lines),
    }


def _row(line: sheets.SheetRow, version: int) -> Row:
    more = {
        "e": {column: say(text) for column, text in line.errors.items()},
        "h": line.hidden,
        "l": line.locked,
        "m": line.masked,
        "o": line.options,
    }
    shown = {key: value for key, value in line.values.items() if value}
    return {"n": line.number, "v": version, "s": line.state, "d": shown} | {
        key: value for key, value in more.items() if value
    }


def _file_names(found: cases.OpenSheet, lines: Sequence[sheets.SheetRow]) -> dict[str, str]:
    """What the files in some rows are called: those of the case and the person's own."""
    pickers = [one.key for one in sheets.leaves(found.sheet.component) if one.type == "filepicker"]
    ids = {file for line in lines for key in pickers for file in line.values.get(key, ())}
    if not ids:
        return {}
    ours = {one.id for one in attachments.of_case(found.case_number)}
    known = attachments.facts(ids).values()
    return {one.id: one.name for one in known if one.id in ours or one.uploaded_by == actor().id}


def _json(value: Any) -> Response:
    return Response(orjson.dumps(value), content_type="application/json")


__all__ = ["SheetView", "told", "views"]
