"""Tasks beside the drawing: ask the leader (请示领导), add a sign-off (加签), ask for more time
(延期). Each is an ordinary task in somebody's list; its answer comes back to the step that it
belongs to, which no engine needs to know. Source: WIN-14 (D18 ch2 §10), domain 3.2.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from psycopg.types.json import Jsonb

from app import definitions, people, settings
from app.cases import bell, clock, rights
from app.cases.asked import words_of
from app.cases.commands import _colleague
from app.cases.follow import TASKS_OF_A_CASE, Waits
from app.cases.hold import Held, HeldTask, hold_task
from app.errors import Conflict, Invalid, NotAllowed, Refused
from app.texts import T
from app.work import Actor, Work, command

NAMES = {"ask": "请示", "sign": "加签", "extend": "延期审批"}
DECISIONS = ("agree", "disagree")
MOST_DAYS = 60
OPEN = """
    INSERT INTO tasks (id, case_id, engine_id, element, name, procedure, case_procedure, region,
        groups, created_at, due_at, paused_since, holder, holder_name, claimed_at, side, beside,
        words)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
COUNT = "UPDATE cases SET waits = %s, task_count = %s WHERE id = %s"
CLOSE = """
    UPDATE tasks SET status = %s, closed_at = %s, closed_by = %s, closed_by_name = %s, words = %s,
        holder = coalesce(holder, %s), holder_name = coalesce(holder_name, %s),
        gross_seconds = %s, net_seconds = %s
    WHERE id = %s
"""
EXTEND = "UPDATE cases SET due_at = %s, clock = %s, extended = true WHERE id = %s"
MOVE_DUE = """
    UPDATE tasks SET due_at = %s WHERE case_id = %s AND status = 'open' AND NOT own_due
"""


def leaders() -> list[str]:
    """The groups that may be asked."""
    return str(settings.get("ways.leaders")).split()


@command(right="task")
def ask(work: Work, task_id: int, to: str, question: str) -> int:
    """Ask a leader's group; gives the id of the task made. The step may go on meanwhile.

    Raises NotFound, NotAllowed, Conflict, Invalid (fields ``to``, ``question``).
    """
    if to not in leaders():
        raise Invalid(fields={"to": T("请选择请示的岗位")})
    case, task = _held(work, task_id)
    return _open(work, case, task, "ask", [to], None, {"question": _said(question, "question")})


@command(right="task")
def add_sign(work: Work, task_id: int, to: int, question: str) -> int:
    """Ask one colleague for an opinion before the step is passed on: one at a time.

    Raises NotFound, NotAllowed, Conflict, Invalid (fields ``to``, ``question``), Refused.
    """
    words = {"question": _said(question, "question")}
    case, task = _held(work, task_id)
    if to == work.by.id:
        raise Invalid(fields={"to": T("请选择另一位同事")})
    if (task.id, "sign") in case.open.sides.values():
        raise Refused(T("这一步已有加签尚未返回。"), case=case.number)
    colleague = _colleague(to)
    if not rights.sees_region(colleague, case.region):
        raise Invalid(fields={"to": T("这位同事不在此件的辖区")})
    return _open(work, case, task, "sign", sorted(colleague.groups), colleague, words)


@command(right="task")
def ask_extension(work: Work, task_id: int, days: int, reason: str) -> int:
    """Ask for ``days`` more working days: once for each case.

    Raises NotFound, NotAllowed, Conflict, Invalid (fields ``days``, ``reason``), Refused.
    """
    case, task = _held(work, task_id)
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(fields={"days": T("请填 1 至 {n} 个工作日", n=MOST_DAYS)})
    if case.due_at is None:
        raise Refused(T("此件没有办理期限，无需延期。"), case=case.number)
    asked = any(kind == "extend" for _main, kind in case.open.sides.values())
    if case.extended or asked:
        raise Refused(T("此件已申请过延期，每件只能延期一次。"), case=case.number)
    words = {"question": _said(reason, "reason"), "days": days}
    groups = str(settings.get("ways.extenders")).split()
    return _open(work, case, task, "extend", groups, None, words)


@command(right="task")
def answer(work: Work, task_id: int, opinion: str, decision: str | None = None) -> str:
    """Give the opinion that was asked for; gives the number of the case.

    ``decision``: agree or disagree, of a sign-off and an extension. Never by who asked. Raises
    NotFound, NotAllowed, Conflict, Invalid (fields ``decision``, ``opinion``).
    """
    case, task = hold_task(work, task_id)
    group = rights.need_group(work.by, case, task)
    rights.need_open(case, task)
    rights.need_free(work.by, case, task)
    words = words_of(case, task)
    if words["by"] == work.by.id:
        raise NotAllowed(T("意见须由他人答复，不能自问自答。"), case=case.number)
    if task.side != "ask" and decision not in DECISIONS:
        raise Invalid(fields={"decision": T("请选择同意或不同意")})
    words |= {"opinion": _said(opinion, "opinion"), "decision": decision}
    _close(work, case, task, "done", words)
    extended = task.side == "extend" and decision == "agree"
    before, after = _extended(work, case, words["days"]) if extended else ({}, {})
    said = {"task": task.beside, "decision": decision} if decision else {"task": task.beside}
    _record(work, case, task, f"{task.side}:answer", words, group, before, {**said, **after})
    bell.ring(work, [words["by"]], "opinion", case.number, task.beside, task.name)
    return case.number


@command(right="task")
def take_back(work: Work, task_id: int) -> str:
    """Take back what one asked oneself; gives the number of the case.

    Raises NotFound, NotAllowed, Conflict (it has been answered).
    """
    case, task = hold_task(work, task_id)
    rights.need_case(work.by, case)
    rights.need_open(case, task)
    words = words_of(case, task)
    if words["by"] != work.by.id and work.by.id is not None:
        raise NotAllowed(T("只有提出的人可以撤回。"), case=case.number)
    _close(work, case, task, "cancelled", words)
    _record(work, case, task, f"{task.side}:take_back", {}, None, {}, {"task": task.beside})
    return case.number


def _held(work: Work, task_id: int) -> tuple[Held, HeldTask]:
    """The step that something is asked for: the actor holds it, or may take it."""
    case, task = hold_task(work, task_id)
    rights.need_group(work.by, case, task)
    rights.need_open(case, task)
    rights.need_free(work.by, case, task)
    if task.side is not None:
        raise Refused(T("附加意见上不能再请示或加签。"), case=case.number)
    return case, task


def _said(words: str, field: str) -> str:
    said = words.strip()
    if not said:
        raise Invalid(fields={field: T("请填写")})
    return said[:2000]


def _open(
    work: Work,
    case: Held,
    task: HeldTask,
    kind: str,
    groups: list[str],
    holder: Actor | None,
    words: dict[str, Any],
) -> int:
    words |= {"by": work.by.id, "by_name": work.by.name}
    number = case.id * TASKS_OF_A_CASE + case.task_count + 1
    waits = case.open
    waits.sides[str(number)] = (task.id, kind)
    case.waits, case.task_count = waits.stored(), case.task_count + 1
    name = f"{NAMES[kind]}：{task.name}"
    who = (holder.id, holder.name, work.at) if holder else (None, None, None)
    _record(work, case, task, f"{kind}:open", words, None, {}, {"task": number, "to": groups})
    work.execute(
        OPEN,
        (number, case.id, f"~{number}", task.element, name, task.procedure, case.procedure,
         case.region, groups, work.at, case.due_at, case.paused_since, *who, kind, task.id,
         case.seal(words)),
    )  # fmt: skip
    work.execute(COUNT, (_json(waits), case.task_count, case.id))
    told = [holder.id] if holder else _members(groups)
    bell.ring(work, told, kind, case.number, number, task.name)
    return number


def _json(waits: Waits) -> Any:
    return Jsonb(waits.stored())


def _members(groups: Collection[str]) -> list[int | None]:
    return [person.id for group in groups for person in people.members(group)]


def _close(work: Work, case: Held, task: HeldTask, status: str, words: dict[str, Any]) -> None:
    by, waits = work.by, case.open
    waits.sides.pop(str(task.id), None)
    case.waits = waits.stored()
    sealed = case.seal(words)
    who, took = (by.id, by.name), clock.spent_on(case, task, work.at).seconds
    work.execute(CLOSE, (status, work.at, *who, sealed, *who, *took, task.id))
    work.execute(COUNT, (_json(waits), case.task_count, case.id))


def _extended(work: Work, case: Held, days: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Move the due time of a case and of its open tasks, once."""
    if case.extended or case.due_at is None:
        raise Conflict(T("此件已延期过一次。"), case=case.number)
    before = case.due_at
    calendar = clock.calendar_of(case)
    case.clock["x"], case.extended = days, True
    limited = clock.limit_of(case) is not None
    then = clock.due(case, calendar) if limited else calendar.add_workdays(before, days)
    case.due_at = then or before
    work.execute(EXTEND, (case.due_at, Jsonb(case.clock), case.id))
    work.execute(MOVE_DUE, (case.due_at, case.id))
    return {"due_at": before.isoformat()}, {"due_at": case.due_at.isoformat(), "days": days}


def _record(
    work: Work,
    case: Held,
    task: HeldTask,
    action: str,
    words: dict[str, Any],
    group: str | None,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    element = definitions.element(case.release_id, task.procedure, task.element)
    work.record(
        case,
        action,
        case=case.number,
        procedure=case.procedure,
        version=case.version,
        release=case.release_id,
        element=task.element,
        clause=element.clauses,
        group=group,
        before=before,
        after=after,
        sealed={"words": case.seal(words)} if words else None,
    )
