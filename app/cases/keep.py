"""Writing a moved case: everything in one pipeline, the trail with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from app import definitions, engine, registry, sealing
from app.cases import bell, clock, facts, handlers, services
from app.cases.advance import Move, call_key
from app.cases.follow import Plan, follow
from app.cases.hold import Held, HeldTask
from app.queue import enqueue
from app.work import Statement, Work

INSERT_CASE = """
    INSERT INTO cases (id, number, procedure, version, release_id, parent_id, key_id,
        first_receiver, started_at, state, card, open_vars, waits, doers, task_count, account_no,
        address, region, branch, status, outcome, register_changed, ended_at, due_at, paused_since,
        paused_seconds, clock, paused_by, gross_seconds, net_seconds, chain_seq, chain_head)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,
        %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
UPDATE_CASE = """
    UPDATE cases SET state = %s, card = %s, open_vars = %s, waits = %s, doers = %s,
        task_count = %s, account_no = %s, address = %s, region = %s, branch = %s, status = %s,
        outcome = %s, register_changed = %s, ended_at = %s, due_at = %s, paused_since = %s,
        paused_seconds = %s, clock = %s, paused_by = %s, gross_seconds = %s, net_seconds = %s,
        chain_seq = %s, chain_head = %s
    WHERE id = %s
"""
CLOSE_TASK = """
    UPDATE tasks SET status = 'done', holder = coalesce(holder, %s),
        holder_name = coalesce(holder_name, %s), claimed_at = coalesce(claimed_at, %s),
        closed_at = %s, closed_by = %s, closed_by_name = %s, gross_seconds = %s, net_seconds = %s
    WHERE id = %s
"""
OPEN_TASK = """
    INSERT INTO tasks (id, case_id, engine_id, element, name, procedure, case_procedure, region,
        instance, form, groups, not_by, paused, created_at, due_at, own_due, limited, limit_name,
        counted, paused_since, stage, again, holder, holder_name, claimed_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,
        %s, %s, %s)
"""
MOVE_DUE = """
    UPDATE tasks SET due_at = %s WHERE case_id = %s AND status = 'open' AND NOT own_due
"""
DROP_DRAFT = "DELETE FROM drafts WHERE task_id = %s"
DROP_ROWS = "DELETE FROM draft_rows WHERE task_id = %s"
DROP_TIMERS = "DELETE FROM timers WHERE case_id = %s AND engine_id = ANY(%s)"
SET_TIMER = """
    INSERT INTO timers (case_id, engine_id, element, due_at, counted) VALUES (%s, %s, %s, %s, %s)
"""
# What failed and is no longer asked for has settled itself.
SETTLE = """
    UPDATE incidents SET resolved_at = %s, resolved_by = %s
    WHERE case_id = %s AND kind = %s AND ref = ANY(%s) AND resolved_at IS NULL
"""
DROP_SUBSCRIPTIONS = "DELETE FROM subscriptions WHERE case_id = %s AND engine_id = ANY(%s)"
SUBSCRIBE = """
    INSERT INTO subscriptions (case_id, engine_id, name, key, element, kind)
    VALUES (%s, %s, %s, %s, %s, %s)
"""
DROP_CALLS = """
    UPDATE service_calls SET status = CASE WHEN status = 'answered' THEN 'done' ELSE 'cancelled' END
    WHERE case_id = %s AND engine_id = ANY(%s) AND status NOT IN ('done', 'cancelled')
"""
ADD_CALL = """
    INSERT INTO service_calls
        (case_id, engine_id, type, element, procedure, inputs, key, created_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
ADD_NAME = """
    INSERT INTO case_names (hash, kind, case_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING
"""


def keep(
    work: Work,
    move: Move,
    action: str,
    *,
    task: HeldTask | None = None,
    key: sealing.KeyRow | None = None,
    entry: Mapping[str, Any] | None = None,
    extra: Sequence[Statement] = (),
) -> Plan:
    """Write a moved case with its tasks, timers, subscriptions, calls and trail.

    ``key`` is given for a new case, whose row is inserted. ``entry`` goes to ``work.record``.
    """
    case = move.case
    before = case.due_at
    found_by = facts.note(work, case, move.outcome.variables)
    move.clock = clock.tick(work, case, move.outcome.pauses)
    plan = follow(case.id, case.task_count, case.open, move.outcome, move.done)
    move.awaits = [s for s in plan.subscriptions if s.kind == "message"]
    _settle(work, move, plan, task)
    record(work, move, action, entry or {})
    trail = work.seal_trail()
    rows = [_case_row(case, key is not None)]
    if key is not None:
        rows.insert(0, (sealing.KeyRow.INSERT, key.values))
    rows += [*_task_rows(work, move, plan, task), *_wait_rows(work, move, plan)]
    rows += [(ADD_NAME, (h, kind, case.id)) for h, kind in found_by]
    rows += clock.rows(work, case, move.clock, plan.stay)
    rows += _watched(work, case, plan, task)
    if key is None and case.due_at != before:
        rows.append((MOVE_DUE, (case.due_at, case.id)))
    send(work, [*rows, *extra, *trail])
    _enqueue(case, move)
    return plan


def _watched(work: Work, case: Held, plan: Plan, task: HeldTask | None) -> list[Statement]:
    """Who watches the case hears of it."""
    watchers = plan.waits.watchers
    if not watchers:
        return []
    kind = "move" if case.status == "open" else "end"
    return bell.rows(work, watchers, kind, case.number, None, task.name if task else None)


def send(work: Work, statements: Sequence[Statement]) -> None:
    """Send statements in one pipeline. One cursor for all: none of them gives rows to read."""
    if not statements:
        return
    with work.pipeline() as connection, connection.cursor() as cursor:
        for sql, params in statements:
            cursor.execute(sql, params)


def _settle(work: Work, move: Move, plan: Plan, task: HeldTask | None) -> None:
    case, outcome = move.case, move.outcome
    case.waits, case.task_count = plan.waits.stored(), plan.task_count
    case.seal_state(outcome.state)
    if task is not None and work.by.id is not None:
        doers = case.doers.setdefault(task.element, [])
        # Who acts through a deputy counts as having done it, too.
        who = [person for person in (work.by.id, work.by.behalf_of) if person is not None]
        doers += [person for person in who if person not in doers]
    handlers.bar(work, case, outcome.tasks)
    if outcome.status == "completed" and case.status == "open":
        case.status, case.outcome = "ended", outcome.ended
    if case.status != "open":
        finish(work, case)


def finish(work: Work, case: Held) -> None:
    """The case is over: its clock stops, its locks fall, the register notes how it ended."""
    case.ended_at = work.at
    case.gross_seconds, case.net_seconds = clock.spent_in_all(case, work.at).seconds
    if definitions.process(case.release_id, case.procedure).properties.get("interlock"):
        registry.end_of_case(work, case.number, case.outcome or case.status)


def record(work: Work, move: Move, action: str, entry: Mapping[str, Any]) -> None:
    """One entry for the move, with the way that it took; one more when the case ended."""
    case = move.case
    said = dict(entry)
    common: dict[str, Any] = {
        "case": case.number,
        "procedure": case.procedure,
        "version": case.version,
        "release": case.release_id,
    }
    sealed = dict(said.pop("sealed", {}))
    why = {str(n): _why(s.why) for n, s in enumerate(move.steps) if s.why is not None}
    if why:
        sealed["why"] = case.seal(why)
    after = {**said.pop("after", {}), "way": [_step(step) for step in move.steps]}
    work.record(case, action, after=after, sealed=sealed or None, **common, **said)
    if case.status == "ended" and move.outcome.status == "completed":
        work.record(
            case, "case:end", element=case.outcome, after={"outcome": case.outcome}, **common
        )


def _step(step: engine.Step) -> list[Any]:
    return [step.element, step.process_key, step.instance, list(step.clauses)]


def _why(why: engine.Why) -> dict[str, Any]:
    return {
        "condition": why.condition,
        "flow": why.flow,
        "values": why.values,
        "decision": why.decision,
        "rules": list(why.rules),
        **_decided(why),
    }


def _decided(why: engine.Why) -> dict[str, Any]:
    """Of a decision itself: what it was given, what it gave, and each decision that it asked."""
    if why.decision is None or why.flow is not None:
        return {}
    if why.evaluations:
        return {"evaluations": list(why.evaluations)}
    return {"inputs": why.inputs, "result": why.result}


def _case_row(case: Held, new: bool) -> Statement:
    changing = (
        case.state, case.card, Jsonb(case.open_vars), Jsonb(case.waits), Jsonb(case.doers),
        case.task_count, case.account_no, case.address, case.region, case.branch, case.status,
        case.outcome, case.register_changed, case.ended_at, case.due_at, case.paused_since,
        case.paused_seconds, Jsonb(case.clock), case.paused_by, case.gross_seconds,
        case.net_seconds, case.chain_seq, case.chain_head,
    )  # fmt: skip
    if not new:
        return UPDATE_CASE, (*changing, case.id)
    fixed = (
        case.id,
        case.number,
        case.procedure,
        case.version,
        case.release_id,
        case.parent_id,
        case.key_id,
        case.first_receiver,
        case.started_at,
    )
    return INSERT_CASE, (*fixed, *changing)


def _task_rows(work: Work, move: Move, plan: Plan, task: HeldTask | None) -> list[Statement]:
    case = move.case
    rows: list[Statement] = []
    if task is not None:
        by, took = work.by, clock.spent_on(case, task, work.at).seconds
        who = (by.id, by.name)
        rows.append((CLOSE_TASK, (*who, work.at, work.at, *who, *took, task.id)))
        if task.has_draft:
            rows += [(DROP_DRAFT, (task.id,)), (DROP_ROWS, (task.id,))]
    if plan.closed:
        rows.append(clock.cancelled(work, case, plan.closed))
    as_groups = acting(work, task)
    for number, opened in plan.opened:
        row = _open_row(work, move, number, opened)
        to = holder(work, move, opened, as_groups)
        rows.append((OPEN_TASK, (*row, plan.again.get(number), *to)))
    return rows


def _open_row(work: Work, move: Move, number: int, task: engine.OpenTask) -> tuple[Any, ...]:
    case, until = move.case, clock.opening(work, move.case, task)
    if until.due is not None:
        move.clock.dues[number] = until.due
    return (
        number,
        case.id,
        task.id,
        task.element,
        task.name,
        task.process_key,
        case.procedure,
        case.region,
        task.instance,
        task.form,
        list(task.groups),
        list(task.not_by),
        task.paused,
        work.at,
        until.due,
        until.own,
        until.limited,
        until.name,
        task.counted,
        case.paused_since,
        # Where the case stands in its own drawing: the step, or the call that it is within.
        task.path[0] if task.path else task.element,
    )


def acting(work: Work, task: HeldTask | None) -> frozenset[str]:
    """The groups as which the person moved the case: those of the task done, at a start all."""
    if task is None:
        return work.by.groups
    kinds = {group.partition(":")[0] for group in task.groups}
    return frozenset(group for group in work.by.groups if group.partition(":")[0] in kinds)


def holder(
    work: Work, move: Move, task: engine.OpenTask, acting: frozenset[str]
) -> tuple[int | None, str | None, datetime | None]:
    """The next step of a case is at once the person's own who just acted for its group.

    So the visitor at the counter is not handed back to a list. Not so where four eyes are asked.
    A step that is taken up again goes to whom the move names (``Move.hands``).
    """
    by, case = work.by, move.case
    if move.hands is not None:
        named = move.hands.get(task.element)
        return (*named, work.at) if named else (None, None, None)
    person = by.id is not None and by.channel in ("web", "api", "cli")
    mine = {by.id, by.behalf_of}
    barred = any(not mine.isdisjoint(case.doers.get(element, ())) for element in task.not_by)
    if not person or barred or task.instance is not None or not _meets(acting, task.groups):
        return None, None, None
    return by.id, by.name, work.at


def _meets(held: frozenset[str], asked: list[str]) -> bool:
    kinds = {group.partition(":")[0] for group in held}
    return bool(held.union(kinds).intersection(asked))


def _wait_rows(work: Work, move: Move, plan: Plan) -> list[Statement]:
    case = move.case
    rows: list[Statement] = []
    if plan.timers_gone:
        rows.append((DROP_TIMERS, (case.id, plan.timers_gone)))
        rows.append((SETTLE, (work.at, work.by.id, case.id, "timer", plan.timers_gone)))
    rows += [(SET_TIMER, (case.id, t.id, t.element, t.due, t.counted)) for t in plan.timers]
    if plan.subscriptions_gone:
        rows.append((DROP_SUBSCRIPTIONS, (case.id, plan.subscriptions_gone)))
    rows += [
        (SUBSCRIBE, (case.id, s.id, s.name, s.key, s.element, s.kind)) for s in plan.subscriptions
    ]
    if plan.calls_gone:
        rows.append((DROP_CALLS, (case.id, plan.calls_gone)))
        rows.append((SETTLE, (work.at, work.by.id, case.id, "service", plan.calls_gone)))
    rows += [(ADD_CALL, _call_row(work, case, call)) for call in move.calls]
    return rows


def _call_row(work: Work, case: Held, call: engine.ServiceCall) -> tuple[Any, ...]:
    return (
        case.id,
        call.id,
        call.type,
        call.element,
        call.process_key,
        case.seal({"inputs": call.inputs, "name": call.name}),
        call_key(case, call.id),
        work.at,
    )


def _enqueue(case: Held, move: Move) -> None:
    for call in move.calls:
        services.table.find(call.type)
        enqueue("call_outside", case_number=case.number, call_id=call.id)
