"""What counters need beside the drawing, with a whole case: withdraw, end by force, merge, urge,
watch; and a promised paper that comes when the case is over."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, flash, make_response, redirect, request, url_for

from app import cases, registry
from app.errors import NotFound
from app.procedures import promised
from app.texts import T, Text
from app.web.deeds import Ask, Deed, answer, page
from app.web.deeds import number as how_many
from app.web.door import door
from app.web.rights import actor, signed_in
from app.web.speech import say

RULE = "/cases/<number>/<any(withdraw, force, merge, urge):way>"
PAPER = "/cases/<number>/papers/<kind>"
Asked = dict[str, str]


@door.get(RULE)
@signed_in
def case_way(number: str, way: str) -> str:
    """What a way asks for."""
    cases.case(actor(), number)
    return page(WAYS[way][0](number))


@door.post(RULE)
@signed_in
def take_case_way(number: str, way: str) -> Response:
    """Go it."""
    drawn, act = WAYS[way]
    return answer(drawn(number), lambda given: (act(number, given), _to_case(number)))


@door.post("/cases/<number>/watch")
@signed_in
def watch(number: str) -> Response:
    """Be told of each step, or no longer."""
    on = request.form.get("_on") == "1"
    cases.watch(number, on, by=actor())
    flash(say(T("已关注，有进展会提醒您。") if on else T("已取消关注。")))
    return make_response(redirect(_to_case(number), 303))


def _to_case(number: str, tab: str | None = None) -> str:
    return url_for("web.case", number=number, tab=tab)


def _deed(
    number: str, title: Text, button: Text, *asks: Ask, hint: Text, danger: bool = False
) -> Deed:
    return Deed(title, button, number, _to_case(number), asks, hint, danger)


def _withdraw_page(number: str) -> Deed:
    return _deed(
        number,
        T("用户撤回"),
        T("确认撤回"),
        Ask("reason", T("原因"), hint=T("请写明用户撤回的原因。")),
        hint=T("撤回后案件即告结束，不能恢复；已变更档案的案件不能撤回。"),
        danger=True,
    )


def _withdraw(number: str, given: Asked) -> Text:
    cases.withdraw(number, given["reason"], by=actor())
    return T("{number} 已按用户撤回办结。", number=number)


def _force_page(number: str) -> Deed:
    return _deed(
        number,
        T("强制结束"),
        T("确认结束"),
        Ask("reason", T("原因"), hint=T("写入案件记录，以后可查。"), most=2000),
        hint=T("所有未办的步骤和计时一并取消，不能恢复；已发生的登记变更不会撤销。"),
        danger=True,
    )


def _force(number: str, given: Asked) -> Text:
    cases.force_end(number, given["reason"], by=actor())
    return T("{number} 已强制结束。", number=number)


def _merge_page(number: str) -> Deed:
    return _deed(
        number,
        T("并案"),
        T("确认并案"),
        Ask("into", T("并入的案号"), "line", most=40),
        Ask("reason", T("原因"), hint=T("例如：同一事项重复受理。")),
        hint=T("此件即告结束，由并入的案件继续办理。"),
        danger=True,
    )


def _merge(number: str, given: Asked) -> Text:
    into = given["into"].upper()
    cases.merge(number, into, given["reason"], by=actor())
    return T("{number} 已并入 {into}。", number=number, into=into)


def _urge_page(number: str) -> Deed:
    return _deed(
        number,
        T("催办"),
        T("催办"),
        Ask("words", T("催办的话（可不填）")),
        hint=T("提醒目前的经办人；无人认领的，提醒该岗位全体人员。"),
    )


def _urge(number: str, given: Asked) -> Text:
    told = cases.urge(number, given["words"], by=actor())
    if not told:
        return T("已记录催办；目前没有其他人需要提醒。")
    return T("已催办：{names}。", names="、".join(told))


WAYS: dict[str, tuple[Callable[[str], Deed], Callable[[str, Asked], Text]]] = {
    "withdraw": (_withdraw_page, _withdraw),
    "force": (_force_page, _force),
    "merge": (_merge_page, _merge),
    "urge": (_urge_page, _urge),
}


# --- a promised paper -----------------------------------------------------------------------------


@door.get(PAPER)
@signed_in
def promised_paper(number: str, kind: str) -> str:
    """What came of a paper that was promised."""
    cases.case(actor(), number)
    return page(_paper_page(number, kind))


@door.post(PAPER)
@signed_in
def take_promised_paper(number: str, kind: str) -> Response:
    """Write it down as received."""
    return answer(_paper_page(number, kind), lambda given: _paper(number, kind, given))


def _paper_page(number: str, kind: str) -> Deed:
    one = next((m for m in registry.materials(number) if m.kind == kind), None)
    if one is None or one.mode != "commitment":
        raise NotFound(T("这份材料没有承诺补交，或已补交。"))
    modes = (("original", T("原件")), ("copy", T("复印件")), ("checked", T("原件核对")))
    return Deed(
        T("收到补交的材料"),
        T("登记收件"),
        f"{number} {one.title}",
        _to_case(number, "papers"),
        (
            Ask("mode", T("收到的是"), "options", options=modes),
            Ask("pages", T("页数"), "number", most=3),
            Ask("file", T("扫描件（可不传）"), "files"),
        ),
        T("承诺在 {due} 前补交。", due=one.due or "—"),
    )


def _paper(number: str, kind: str, given: Asked) -> tuple[str, str]:
    pages = how_many(given["pages"])
    sent = request.files.getlist("_file")
    files = [(one.stream, one.filename) for one in sent if one.filename]
    promised.take_in_promised(number, kind, given["mode"], pages, files, by=actor())
    return T("已登记收件。"), _to_case(number, "papers")
