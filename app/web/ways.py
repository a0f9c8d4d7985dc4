"""What counters need beside the drawing, at one step: hand over, send back, ask, add a sign-off,
ask for more time."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, make_response, url_for

from app import cases, people
from app.errors import Invalid, NotFound
from app.texts import T, Text, authored
from app.web.deeds import Ask, Deed, Option, answer, number, page
from app.web.door import door
from app.web.rights import actor, signed_in
from app.web.speech import language
from app.work import Actor

RULE = '/tasks/<int:task_id>/<any(assign, "send-back", ask, sign, extend):way>'
Asked = dict[str, str]
Done = tuple[str, str]


@door.get(RULE)
@signed_in
def task_way(task_id: int, way: str) -> str:
    """What a way asks for."""
    return page(WAYS[way][0](cases.task_for(actor(), task_id)))


@door.post(RULE)
@signed_in
def take_task_way(task_id: int, way: str) -> Response:
    """Go it."""
    drawn, act = WAYS[way]
    deed = drawn(cases.task_for(actor(), task_id))
    if not deed.asks:
        return make_response(page(deed), 422)
    return answer(deed, lambda given: act(task_id, given))


def colleague(number: str) -> Actor:
    """The person chosen, as an actor; the command decides whether the task may go there."""
    found = next((one for one in people.persons() if str(one.id) == number), None)
    if found is None:
        raise Invalid(T("请选择转交给谁。"))
    groups = frozenset(found.group_names)
    return Actor(found.id, found.login, found.name, groups, found.region, found.branch)


def _deed(found: cases.TaskPage, title: Text, button: Text, *asks: Ask, hint: Text) -> Deed:
    about = T("{number} {step}", number=found.case_number, step=authored(found.name))
    return Deed(title, button, about, url_for("web.task", task_id=found.id), asks, hint)


def _persons(groups: tuple[str, ...] | None) -> list[Option]:
    return [(str(one.id), one.name) for one in people.colleagues(actor(), groups)]


def _to_task(task_id: int) -> str:
    return url_for("web.task", task_id=task_id)


# --- hand over ------------------------------------------------------------------------------------


def _assign_page(found: cases.TaskPage) -> Deed:
    who = Ask("to", T("转交给"), "list", options=_persons(found.groups), none=T("请选择同事"))
    return _deed(found, T("转交他人"), T("转交"), who, hint=T("已填写的草稿随任务一并转给对方。"))


def _assign(task_id: int, given: Asked) -> Done:
    cases.assign(task_id, colleague(given["to"]), by=actor())
    return T("已转交。"), url_for("web.work")


# --- send back ------------------------------------------------------------------------------------


def _back_page(found: cases.TaskPage) -> Deed:
    ways = [(way.element, authored(way.name)) for way in cases.ways_back(actor(), found.id)]
    if not ways:
        return _deed(found, T("退回上一步"), T("退回"), hint=T("这一步之前没有可以退回的步骤。"))
    return _deed(
        found,
        T("退回上一步"),
        T("退回"),
        Ask("to", T("退回到哪一步"), "options", options=ways, chosen=ways[0][0]),
        Ask("reason", T("退回的原因"), hint=T("对方会看到，请写明要改什么。")),
        hint=T("由原来办理的人重新办理，上次填写的内容会带出；其后的步骤都要再走一遍。"),
    )


def _back(task_id: int, given: Asked) -> Done:
    moved = cases.send_back(task_id, given["to"], given["reason"], by=actor())
    step = moved.tasks[0].name if moved.tasks else ""
    return T("{number} 已退回到{step}。", number=moved.number, step=step), url_for("web.work")


# --- opinions and time ----------------------------------------------------------------------------


def _ask_page(found: cases.TaskPage) -> Deed:
    english = language() == "en"
    labels = {g.key: g.label_en if english else g.label_zh for g in people.groups()}
    leaders = [(key, labels.get(key, key)) for key in cases.leaders()]
    return _deed(
        found,
        T("请示领导"),
        T("提交请示"),
        Ask("to", T("请示的岗位"), "options", options=leaders),
        Ask("question", T("请示的事项"), most=2000),
        hint=T("意见答复前可以继续办理；时限照常计算，页面会注明正在请示。"),
    )


def _ask(task_id: int, given: Asked) -> Done:
    cases.ask(task_id, given["to"], given["question"], by=actor())
    return T("已提交请示，答复后会提醒您。"), _to_task(task_id)


def _sign_page(found: cases.TaskPage) -> Deed:
    others = [one for one in _persons(None) if one[0] != str(actor().id)]
    return _deed(
        found,
        T("加签"),
        T("提交加签"),
        Ask("to", T("请谁加签"), "list", options=others, none=T("请选择同事")),
        Ask("question", T("加签的事项"), most=2000),
        hint=T("加签意见返回前，这一步不能提交。"),
    )


def _sign(task_id: int, given: Asked) -> Done:
    cases.add_sign(task_id, number(given["to"]), given["question"], by=actor())
    return T("已提交加签，意见返回后会提醒您。"), _to_task(task_id)


def _extend_page(found: cases.TaskPage) -> Deed:
    return _deed(
        found,
        T("申请延期"),
        T("提交申请"),
        Ask("days", T("延长几个工作日"), "number", most=3),
        Ask("reason", T("延期的原因"), most=2000),
        hint=T("每件只能延期一次，经审批同意后生效。"),
    )


def _extend(task_id: int, given: Asked) -> Done:
    cases.ask_extension(task_id, number(given["days"]), given["reason"], by=actor())
    return T("延期申请已提交审批。"), _to_task(task_id)


WAYS: dict[str, tuple[Callable[[cases.TaskPage], Deed], Callable[[int, Asked], Done]]] = {
    "assign": (_assign_page, _assign),
    "send-back": (_back_page, _back),
    "ask": (_ask_page, _ask),
    "sign": (_sign_page, _sign),
    "extend": (_extend_page, _extend),
}


# --- the opinion itself ---------------------------------------------------------------------------


@door.post("/tasks/<int:task_id>/take-back")
@signed_in
def take_back(task_id: int) -> Response:
    """Take back what one asked."""
    side, main, _number = cases.side_of(actor(), task_id)
    if side.status != "open":
        raise NotFound
    deed = Deed(T("撤回"), T("撤回"), "", _to_task(main), ())
    return answer(deed, lambda _: _taken_back(task_id, main))


def _taken_back(task_id: int, main: int) -> Done:
    cases.take_back(task_id, by=actor())
    return T("已撤回。"), _to_task(main)
