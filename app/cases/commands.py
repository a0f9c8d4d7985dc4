"""What people do with cases and tasks. Each is one transaction with its trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app import definitions, engine
from app.cases import (
    advance,
    answers,
    bell,
    drafts,
    keep,
    keys,
    messages,
    rights,
    saved_rows,
    senders,
    starting,
)
from app.cases.advance import Move
from app.cases.follow import Plan
from app.cases.hold import Held, HeldTask, hold_case, hold_task
from app.db import raw
from app.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from app.texts import T
from app.work import Actor, Work, command

CLAIM = "UPDATE tasks SET holder = %s, holder_name = %s, claimed_at = %s WHERE id = %s"
NEXT = """
    SELECT t.id FROM tasks t JOIN cases c ON c.id = t.case_id
    WHERE t.status = 'open' AND t.holder IS NULL AND t.groups && %(groups)s
        AND (%(all)s OR t.region IS NULL OR t.region = %(region)s) AND NOT t.paused
        AND NOT EXISTS (
            SELECT FROM unnest(t.not_by) AS e WHERE c.doers -> e @> to_jsonb(%(person)s::bigint)
                OR c.doers -> e @> to_jsonb(%(behalf)s::bigint))
    ORDER BY t.due_at NULLS LAST, t.id
    LIMIT 1 FOR UPDATE OF c, t SKIP LOCKED
"""
SAVE_DRAFT = """
    INSERT INTO drafts (task_id, body, saved_by, saved_at) VALUES (%s, %s, %s, %s)
    ON CONFLICT (task_id) DO UPDATE SET body = excluded.body, saved_by = excluded.saved_by,
        saved_at = excluded.saved_at
"""


@dataclass(frozen=True)
class NextTask:
    """A task that is open after a move. ``mine``: the person who moved the case holds it."""

    id: int
    element: str
    name: str
    groups: tuple[str, ...]
    due_at: datetime | None
    mine: bool


@dataclass(frozen=True)
class Moved:
    """Where a case stands after a command. ``outcome``: id of the end reached."""

    number: str
    procedure: str
    status: str
    outcome: str | None
    tasks: tuple[NextTask, ...] = ()
    repeated: bool = False

    @property
    def next(self) -> NextTask | None:
        """The task that the person goes on with at once."""
        return next((task for task in self.tasks if task.mine), None)


@command(right="procedure")
def start(
    work: Work,
    procedure: str,
    variables: Mapping[str, Any] | None = None,
    *,
    key: str | None = None,
) -> Moved:
    """Start a case; its first tasks are at once the starter's own when of the starter's groups.

    ``key`` is an idempotency key: the same one gives the same case. Raises NotFound, NotAllowed,
    Invalid (variables that the procedure does not take).
    """
    given = dict(variables or {})
    known = keys.take(work, key, ["start", procedure, given])
    if known is not None:
        return again(work, known["number"])
    published = definitions.published_one(procedure)
    _may_start(work, published, given)
    move, plan = starting.open_case(work, published, given)
    keep.send(work, keys.answer(work, key, {"number": move.case.number}))
    return sent_out(work, move, plan)


def _may_start(work: Work, published: definitions.Published, given: Mapping[str, Any]) -> None:
    if work.by.id is not None and not published.startable_by(work.by.groups):
        raise NotAllowed(T("您的岗位不能发起“{name}”。", name=published.name))
    declared = definitions.process(published.release, published.key).variables
    unknown = [name for name in given if declared and name not in declared]
    if unknown:
        raise Invalid(fields=dict.fromkeys(unknown, T("该流程不需要此项")))


@command(right="task")
def submit_task(
    work: Work,
    task_id: int,
    given: Mapping[str, Any] | None = None,
    *,
    key: str | None = None,
    money: str | None = None,
) -> Moved:
    """Complete a task; an unclaimed one of my groups is claimed by it.

    ``money``: amounts in "yuan" as a page posts them, or "fen"; else by the channel.

    Raises NotFound, NotAllowed, Conflict (who has it, or who was first and when), Invalid (fields).
    """
    sent = dict(given or {})
    known = keys.take(work, key, ["submit", task_id, sent])
    if known is not None:
        return again(work, known["number"])
    case, task = hold_task(work, task_id)
    group = rights.need_to_submit(work.by, case, task)
    _need_no_sign(case, task)
    run = advance.load(case)
    whole, _ = drafts.with_kept(work, case, task, sent)
    whole = saved_rows.placed(case, task, whole, run.scope(task.engine_id))
    checked = answers.read(work, case, task, run, whole, money=money)
    outcome = run.complete(task.engine_id, checked.values, work.at)
    move = advance.advance(work, case, run, outcome)
    move.done.add(task.engine_id)
    entry = {**checked.entry(case), **_about(case, task), "group": group}
    plan = keep.keep(
        work,
        move,
        "task:complete",
        task=task,
        entry=entry,
        extra=keys.answer(work, key, {"number": case.number}),
    )
    return sent_out(work, move, plan, task)


def _need_no_sign(case: Held, task: HeldTask) -> None:
    """A step is not handed in while a sign-off that was asked for it is missing."""
    if task.side is not None:
        raise Refused(T("请在本页回复意见，不能按普通步骤提交。"), case=case.number)
    if (task.id, "sign") in case.open.sides.values():
        raise Refused(T("加签意见尚未返回，请稍后提交，或先撤回加签。"), case=case.number)


def _about(case: Held, task: HeldTask) -> dict[str, Any]:
    element = definitions.element(case.release_id, task.procedure, task.element)
    return {"element": task.element, "clause": element.clauses}


def sent_out(work: Work, move: Move, plan: Plan, task: HeldTask | None = None) -> Moved:
    """Deliver what a move threw, then say where the case stands: an answer, or a message that was
    kept for it, may have moved it on."""
    if move.case.number in messages.after(work, move):
        return again(work, move.case.number, repeated=False)
    return moved(work, move, plan, task)


def moved(work: Work, move: Move, plan: Plan, task: HeldTask | None = None) -> Moved:
    """What a command says of the case that it moved."""
    case = move.case
    acting = keep.acting(work, task)
    numbers = plan.waits.tasks
    fresh = {number for number, _ in plan.opened}

    def due(t: engine.OpenTask) -> datetime | None:
        return move.clock.dues.get(numbers[t.id]) or t.due or case.due_at

    def line(t: engine.OpenTask) -> NextTask:
        mine = numbers[t.id] in fresh and keep.holder(work, move, t, acting)[0] == work.by.id
        return NextTask(numbers[t.id], t.element, t.name, tuple(t.groups), due(t), mine)

    tasks = tuple(line(t) for t in move.outcome.tasks) if case.status == "open" else ()
    return Moved(case.number, case.procedure, case.status, case.outcome, tasks)


OPEN_TASKS = """
    SELECT id, element, name, groups, due_at, holder FROM tasks
    WHERE case_id = %s AND status = 'open' ORDER BY id
"""


def again(work: Work, number: str, *, repeated: bool = True) -> Moved:
    """The case as it now stands; ``repeated``: for a request that was done before."""
    case = hold_case(work, number)
    rows = work.execute(OPEN_TASKS, (case.id,)).fetchall()
    tasks = tuple(NextTask(r[0], r[1], r[2], tuple(r[3]), r[4], r[5] == work.by.id) for r in rows)
    return Moved(case.number, case.procedure, case.status, case.outcome, tasks, repeated)


@command(right="task")
def claim(work: Work, task_id: int) -> None:
    """Take a task. Taking what is mine already changes nothing. Raises as ``submit_task``."""
    case, task = hold_task(work, task_id)
    group = rights.need_to_submit(work.by, case, task)
    if task.holder is None:
        _hand(work, case, task, "task:claim", work.by.id, work.by.name, group)


def _hand(
    work: Work,
    case: Held,
    task: HeldTask,
    action: str,
    person: int | None,
    name: str | None,
    group: str | None,
    comment: str | None = None,
) -> None:
    element = _about(case, task)
    work.record(
        case,
        action,
        case=case.number,
        procedure=case.procedure,
        version=case.version,
        release=case.release_id,
        group=group,
        comment=comment,
        **element,
        before={"task": task.id, "holder": task.holder, "name": task.holder_name},
        after={"task": task.id, "holder": person, "name": name},
    )
    keep.send(work, [(CLAIM, (person, name, work.at if person else None, task.id))])


@command(right="task")
def release(work: Work, task_id: int) -> None:
    """Give a task back to its group. The holder may, and who may assign."""
    case, task = hold_task(work, task_id)
    rights.need_case(work.by, case)
    rights.need_open(case, task)
    _need_hand(work, case, task)
    if task.holder is not None:
        _hand(work, case, task, "task:release", None, None, rights.of_group(work.by, task.groups))


def _need_hand(work: Work, case: Held, task: HeldTask) -> None:
    by = work.by
    if rights.holds(by, task.holder) or by.id is None or rights.leads(by, task.groups):
        return
    if task.holder is None:
        rights.need_group(by, case, task)
        return
    rights.need_free(by, case, task)


@command(right="task")
def assign(work: Work, task_id: int, to: int | Actor, comment: str | None = None) -> None:
    """Hand a task to a colleague of its group (``to``: the person's id).

    The holder may, anyone of the group while nobody holds it, and who may assign.
    """
    case, task = hold_task(work, task_id)
    rights.need_case(work.by, case)
    rights.need_open(case, task)
    _need_hand(work, case, task)
    colleague = _colleague(to) if isinstance(to, int) else to
    group = rights.need_group(colleague, case, task)
    rights.need_four_eyes(colleague, case, task)
    if task.holder != colleague.id:
        _hand(work, case, task, "task:assign", colleague.id, colleague.name, group, comment)
        bell.ring(work, [colleague.id], "assign", case.number, task.id, task.name)


COLLEAGUE = """
    SELECT p.id, p.login, p.name, array(
        SELECT CASE m.region WHEN '' THEN m.group_key ELSE m.group_key || ':' || m.region END
        FROM memberships m WHERE m.person_id = p.id), p.region, p.branch
    FROM persons p WHERE p.id = %s AND p.active
"""


def _colleague(person_id: int) -> Actor:
    row = raw().execute(COLLEAGUE, (person_id,)).fetchone()
    if row is None:
        raise NotFound(T("没有这位同事，或已停用。"))
    number, login, name, groups, region, branch = row
    return Actor(
        number, login, name, frozenset(groups), region, branch, sees_all_regions=region is None
    )


@command(right="task")
def claim_next(work: Work) -> int | None:
    """Take the most urgent free task of my groups; gives its id, None when there is none.

    Two people who ask at once get two tasks.
    """
    by = work.by
    row = work.execute(
        NEXT,
        {
            "groups": rights.groups_of(by),
            "all": by.sees_all_regions,
            "region": by.region,
            "person": by.id,
            "behalf": by.behalf_of or by.id,
        },
    ).fetchone()
    if row is None:
        return None
    case, task = hold_task(work, row[0])
    _hand(work, case, task, "task:claim", by.id, by.name, rights.of_group(by, task.groups))
    return task.id


@command(right="task")
def save_draft(work: Work, task_id: int, given: Mapping[str, Any]) -> None:
    """Keep what was typed, sealed and never validated. Who may submit the task may."""
    case, task = hold_task(work, task_id)
    rights.need_to_submit(work.by, case, task)
    whole, kept = drafts.with_kept(work, case, task, given)
    sealed = case.seal({**whole, drafts.KEPT: sorted(kept)} if kept else whole)
    if len(sealed) > saved_rows.draft_bytes(case, task):
        raise Invalid(T("草稿过大，请减少内容后再存。"))
    saved_rows.forget_given(work, case, task, given)
    work.execute(SAVE_DRAFT, (task_id, sealed, work.by.id, work.at))


@command(right="message")
def deliver_message(
    work: Work,
    name: str,
    message_key: str,
    variables: Mapping[str, Any] | None = None,
    *,
    key: str | None = None,
) -> list[str]:
    """Hand a message to the cases that wait for it; gives their numbers, none when it is kept.

    ``key`` is an idempotency key: sent again with it, the message is handed over once.

    It is kept when nobody waits for it yet and a drawing in use knows its name
    (``app.cases.kept``). Raises NotAllowed when the actor may not send it (``app.cases.senders``)
    or a case is of another region; Conflict when no case will ever wait for it.
    """
    senders.need(work, name, message_key)
    given = dict(variables or {})
    known = keys.take(work, key, ["message", name, message_key, given])
    if known is not None:
        return list(known["cases"])
    sent = engine.Thrown(name, message_key, given)
    done = messages.deliver(work, sent, None)
    if not done.reached and done.until is None:
        raise Conflict(
            T("目前没有办件在等待这条消息，消息也不予保留；请核对消息名称，或稍后再试。"),
            name=name,
            key=message_key,
        )
    keep.send(work, keys.answer(work, key, {"cases": done.reached}))
    return done.reached
