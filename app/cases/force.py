"""Commands on any case that no drawing shows: withdraw (撤回), end by force (强制结束), merge
duplicates, urge (督办、催办), watch. Source: domain 3.2, ORG-3 (D10 一.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg.types.json import Jsonb

from app import definitions, engine, people, registry
from app.cases import advance, bell, keep, messages, rights
from app.cases.advance import Move
from app.cases.commands import Moved, moved
from app.cases.hold import Held, hold_case, task_groups
from app.cases.senders import REFUND
from app.errors import Invalid, NotAllowed, Refused
from app.texts import T
from app.work import Work, command

# The message that starts a refund; which procedure that is stands in its drawing.
WAITS = "UPDATE cases SET waits = %s WHERE id = %s"
OPEN_TASKS = """
    SELECT id, name, holder, groups FROM tasks WHERE case_id = %s AND status = 'open' ORDER BY id
"""


@command(right="case")
def withdraw(work: Work, number: str, reason: str) -> Moved:
    """The customer withdraws: the case ends, tasks and timers with it, the account is free again.

    Raises Refused once the register was changed, or without a reason.
    """
    case = hold_case(work, number)
    rights.need_case(work.by, case)
    need_part(work, case)
    rights.need_running(case)
    if not reason.strip():
        raise Invalid(fields={"reason": T("请写明撤回原因")})
    if case.register_changed:
        raise Refused(T("登记资料已变更，不能撤回；如需改回请另行申请。"), case=number)
    run = advance.load(case)
    move = Move(case, run, run.cancel(work.at))
    case.status, case.outcome = "withdrawn", "withdrawn"
    entry = {"sealed": {"reason": case.seal(reason.strip())}, "after": {"outcome": "withdrawn"}}
    plan = keep.keep(work, move, "case:withdraw", entry=entry)
    ask_refund(work, move)
    return moved(work, move, plan)


def need_part(work: Work, case: Held) -> None:
    """Whoever has a step in the case, or may start its kind, may take a withdrawal."""
    starters = set(definitions.process(case.release_id, case.procedure).starters)
    if work.by.id is None or work.by.groups & (starters | rights.MAY_ASSIGN):
        return
    if not work.by.groups.intersection(task_groups(case)):
        raise NotAllowed(T("此件不由您的岗位办理。"), case=case.number)


@command(right="case")
def force_end(work: Work, number: str, reason: str) -> Moved:
    """End an open case against the drawing: the director may, with a reason.

    Everybody who has a task in it is told. Raises NotFound, NotAllowed, Invalid (field
    ``reason``), Refused (it is over).
    """
    case = hold_case(work, number)
    rights.need_case(work.by, case)
    if not rights.may_force(work.by):
        raise NotAllowed(T("只有客服中心主任可以强制结束案件。"), case=number)
    rights.need_running(case)
    return _over(work, case, "forced", "case:force", _why(reason), {})


@command(right="case")
def merge(work: Work, number: str, into: str, reason: str) -> Moved:
    """End a duplicate in favour of the case ``into``, which says so in its trail.

    Both are open and of one procedure, account or address, and the duplicate has not changed the
    register. Raises NotFound, NotAllowed, Invalid (fields ``into``, ``reason``), Refused.
    """
    case, other = _both(work, number, into)
    for one in (case, other):
        rights.need_case(work.by, one)
        rights.need_running(one)
    need_part(work, case)
    _need_same(case, other)
    if case.register_changed:
        raise Refused(T("登记资料已变更，不能并案；请并入此件。"), case=number)
    why = _why(reason)
    _record(work, other, "case:take_in", {}, {"from": number})
    done = _over(work, case, "merged", "case:merge", why, {"into": into})
    bell.ring(work, [row[2] for row in _tasks(work, other)], "end", number)
    return done


def _both(work: Work, number: str, into: str) -> tuple[Held, Held]:
    """Both locked, in one order for everybody."""
    if number == into:
        raise Invalid(fields={"into": T("不能并入自己")})
    found = {one: hold_case(work, one) for one in sorted((number, into))}
    return found[number], found[into]


def _need_same(case: Held, other: Held) -> None:
    same_place = (case.account_no is not None and case.account_no == other.account_no) or (
        case.address is not None and case.address == other.address
    )
    if case.procedure != other.procedure or not same_place:
        raise Invalid(fields={"into": T("只能并入同一流程、同一户号或地址的案件")})


def _over(
    work: Work, case: Held, status: str, action: str, why: str, more: dict[str, Any]
) -> Moved:
    """Cancel all that is open and end the case."""
    told = [row[2] for row in _tasks(work, case)]
    run = advance.load(case)
    move = Move(case, run, run.cancel(work.at))
    case.status, case.outcome = status, status
    entry = {"sealed": {"reason": case.seal(why)}, "after": {"outcome": status, **more}}
    plan = keep.keep(work, move, action, entry=entry)
    ask_refund(work, move)
    bell.ring(work, told, "end", case.number)
    return moved(work, move, plan)


def ask_refund(work: Work, move: Move) -> None:
    """What the case itself charged goes back by a case of its own, which finance approves."""
    case = move.case
    charges = registry.charges(case.number)
    if not charges:
        return
    asked = {
        "refund_case": case.number,
        "account_no": case.account_no,
        "amount": sum(one.amount for one in charges),
        "receipts": [one.receipt_no for one in charges],
    }
    move.messages.append(engine.Thrown(REFUND, case.number, asked))
    if not messages.after(work, move):
        raise Refused(
            T("此案收过费用，但没有可办理退款的流程，请联系流程负责人。"), case=case.number
        )


@command(right="case")
def urge(work: Work, number: str, words: str = "") -> list[str]:
    """Urge who has the case: gives the names of the persons told.

    Whoever may see the case may; each is told, and the trail counts it. Raises NotFound,
    NotAllowed, Refused (it is over, or nothing in it waits for a person).
    """
    case = hold_case(work, number)
    tasks = _tasks(work, case)
    rights.need_read(work.by, case, task_groups(case))
    rights.need_running(case)
    if not tasks:
        raise Refused(T("此件目前没有等待办理的步骤。"), case=number)
    said = words.strip()
    sealed = {"words": case.seal(said[:500])} if said else None
    _record(work, case, "case:urge", {}, {"tasks": [row[0] for row in tasks]}, sealed)
    names: dict[int, str] = {}
    for task, step, holder, groups in tasks:
        who = _who(holder, groups)
        names |= who
        bell.ring(work, who, "urge", number, task, step)
    names.pop(work.by.id or 0, None)
    return sorted(names.values())


def _who(holder: int | None, groups: Sequence[str]) -> dict[int, str]:
    """The holder of a task, else all who could take it."""
    if holder is not None:
        return {p.id: p.name for p in people.persons() if p.id == holder}
    return {p.id: p.name for group in groups for p in people.members(group)}


@command(right="case")
def watch(work: Work, number: str, on: bool = True) -> None:
    """Be told of each step of a case, or no longer. Raises NotFound, NotAllowed, Refused."""
    case = hold_case(work, number)
    rights.need_read(work.by, case, task_groups(case))
    rights.need_running(case)
    waits = case.open
    if work.by.id is None or (work.by.id in waits.watchers) == on:
        return
    changed = [p for p in waits.watchers if p != work.by.id]
    waits.watchers = [*changed, work.by.id] if on else changed
    case.waits = waits.stored()
    _record(work, case, "case:watch" if on else "case:unwatch", {}, {})
    work.execute(WAITS, (Jsonb(case.waits), case.id))


def _tasks(work: Work, case: Held) -> list[tuple[int, str, int | None, list[str]]]:
    found: list[tuple[int, str, int | None, list[str]]] = work.execute(
        OPEN_TASKS, (case.id,)
    ).fetchall()
    return found


def _why(reason: str) -> str:
    if not reason.strip():
        raise Invalid(fields={"reason": T("请写明原因")})
    return reason.strip()[:2000]


def _record(
    work: Work,
    case: Held,
    action: str,
    before: dict[str, Any],
    after: dict[str, Any],
    sealed: dict[str, bytes] | None = None,
) -> None:
    work.record(
        case,
        action,
        case=case.number,
        procedure=case.procedure,
        version=case.version,
        release=case.release_id,
        before=before,
        after=after,
        sealed=sealed,
    )
