"""My work: tabs, filters, claiming, handing over, the next one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for

from app import cases, people
from app.errors import Conflict, Invalid, NotAllowed, NotFound
from app.texts import T, authored
from app.web import show
from app.web.deeds import number as how_many
from app.web.door import door
from app.web.rights import actor, signed_in
from app.web.speech import say
from app.web.ways import colleague
from app.work import now

TABS = {
    "mine": T("我的"),
    "group": T("本组"),
    "overdue": T("超时"),
    "waiting": T("等用户"),
    "done": T("今日办结"),
}
EMPTY = {
    "mine": (T("手上没有待办的工作"), T("可以从本组认领，或按“办下一件”。")),
    "group": (T("本组没有待认领的工作"), T("有新的工作时，这里会自动出现。")),
    "overdue": (T("没有超时的工作"), T("按时办理，谢谢。")),
    "waiting": (T("没有等待用户的案件"), T("等用户补材料或缴费的案件会列在这里。")),
    "done": (T("今天还没有办结的案件"), T("办结后会列在这里。")),
}
FILTERS = ("procedure", "step", "branch", "age", "sort")
AGES = (("", T("不限时长")), ("1", T("1 天以上")), ("3", T("3 天以上")), ("7", T("7 天以上")))
SORTS = (("", T("按剩余时间")), ("new", T("新的在前")), ("old", T("旧的在前")))


@door.get("/work")
@signed_in
def work() -> str:
    """The worklist, or only its rows and tabs when the page refreshes itself."""
    tab = request.args.get("tab", "mine")
    if tab not in TABS:
        raise NotFound
    parts = _rows(tab)
    if "HX-Request" in request.headers:
        rows = render_template("worklist_rows.html", **parts)
        return rows + render_template("worklist_tabs.html", oob=True, **parts)
    return render_template(
        "worklist.html",
        filters=_filters(),
        colleagues=people.colleagues(actor()),
        views=[(one, _listed(one.query)) for one in people.views(actor())],
        **parts,
    )


def _rows(tab: str) -> dict[str, Any]:
    person = actor()
    given: dict[str, Any] = {n: request.args[n] for n in FILTERS if request.args.get(n)}
    page = cases.worklist(person, tab, given, request.args.get("cursor"))
    counts = cases.worklist_counts(person)
    more = url_for("web.work", tab=tab, **given, cursor=page.cursor) if page.cursor else None
    return {
        "tab": tab,
        "tabs": [(key, label, show.many(counts.get(key, 0))) for key, label in TABS.items()],
        "rows": [show.row(task, now()) for task in page.items],
        "more": more,
        "here": request.full_path.rstrip("?"),
        "empty": EMPTY[tab],
    }


def _filters() -> list[tuple[str, str, list[Any]]]:
    choices = cases.worklist_choices(actor())
    wide = len(choices.branches) > 1
    found: list[tuple[str, str, list[Any]]] = [
        ("procedure", T("流程"), [("", T("全部流程")), *_said(choices.procedures)]),
        ("step", T("步骤"), [("", T("全部步骤")), *_said(choices.steps)]),
        ("branch", T("分公司"), [("", T("全部区域")), *choices.branches]),
        ("age", T("时长"), list(AGES)),
        ("sort", T("排序"), list(SORTS)),
    ]
    return [one for one in found if one[0] != "branch" or wide]


def _said(options: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(key, authored(name)) for key, name in options]


@door.post("/work/views")
@signed_in
def save_view() -> Response:
    """Name what the list shows now, or forget a name."""
    kept = {n: request.form[n] for n in ("tab", *FILTERS) if request.form.get(n)}
    if drop := request.form.get("_drop", ""):
        people.drop_view(how_many(drop), by=actor())
        flash(say(T("视图已删除。")))
        return make_response(redirect(url_for("web.work"), 303))
    if kept.get("tab", "mine") not in TABS:
        raise NotFound
    try:
        people.save_view(request.form.get("_name", ""), kept, by=actor())
    except Invalid as problem:
        flash(say(next(iter(problem.fields.values()), problem.text)), "late")
    else:
        flash(say(T("视图已保存。")))
    return make_response(redirect(_listed(kept), 303))


def _listed(query: Mapping[str, Any]) -> str:
    return url_for("web.work", **query)


@door.post("/work/next")
@signed_in
def next_task() -> Response:
    """Claim the most urgent one of my groups; two who press together get two tasks."""
    task_id = cases.claim_next(by=actor())
    if task_id is None:
        flash(say(T("本组没有待认领的工作。")))
        return make_response(redirect(url_for("web.work"), 303))
    return _to_task(task_id)


@door.post("/tasks/<int:task_id>/claim")
@signed_in
def claim(task_id: int) -> Response:
    """Claim and open in one click."""
    cases.claim(task_id, by=actor())
    return _to_task(task_id)


@door.post("/tasks/<int:task_id>/release")
@signed_in
def release(task_id: int) -> Response:
    """Back to the group."""
    cases.release(task_id, by=actor())
    flash(say(T("已放回本组。")))
    return make_response(redirect(url_for("web.work"), 303))


@door.post("/work/claim")
@signed_in
def bulk_claim() -> Response:
    """Claim all that are ticked; what another was first at is said."""
    return _each(lambda task_id: cases.claim(task_id, by=actor()), T("已认领 {n} 件。", n="{n}"))


@door.post("/work/assign")
@signed_in
def bulk_assign() -> Response:
    """Hand all that are ticked to one colleague."""
    to = request.form.get("to", "")
    if not to.isdecimal():
        raise Invalid(T("请先选择转交给谁。"))
    who = colleague(to)
    return _each(
        lambda task_id: cases.assign(task_id, who, by=actor()), T("已转交 {n} 件。", n="{n}")
    )


def _each(deed: Any, words: str) -> Response:
    done, missed = 0, 0
    for task_id in request.form.getlist("task", type=int):
        try:
            deed(task_id)
            done += 1
        except (Conflict, NotAllowed, NotFound):
            missed += 1
    flash(say(T(str(words), n=done)) if done else say(T("没有选中可办的工作。")))
    if missed:
        flash(say(T("{n} 件已被他人先行办理或不能由您办理。", n=missed)), "soon")
    return make_response(redirect(url_for("web.work", tab=request.form.get("tab", "mine")), 303))


def _to_task(task_id: int) -> Response:
    return make_response(redirect(url_for("web.task", task_id=task_id), 303))
