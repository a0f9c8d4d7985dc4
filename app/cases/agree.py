"""Whether what is open in each case agrees with the rows that stand for it, and with the queue.

For who keeps the house, after a crash, a restore or a repair by hand. It reads one snapshot and
changes nothing: what it finds is a fault of the product or of somebody who wrote past it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from psycopg.pq import TransactionStatus

from app.cases import advance
from app.cases.follow import Waits, heard
from app.cases.hold import _CASE, Held, read_case
from app.db import db, raw
from app.errors import Problem
from app.texts import T, Text

PORTION = 200
# A tick comes each second; a worker that lives takes up what it queued.
LATE = timedelta(minutes=1)
SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
FEW = f"""
    SELECT {_CASE}, k.wrapped FROM cases c JOIN data_keys k ON k.id = c.key_id
    WHERE c.status = 'open' AND c.id > %s ORDER BY c.id LIMIT %s
"""
TASKS = """
    SELECT case_id, id, engine_id, side FROM tasks WHERE case_id = ANY(%s) AND status = 'open'
"""
TIMERS = "SELECT case_id, engine_id, due_at, queued FROM timers WHERE case_id = ANY(%s)"
HEARD = "SELECT case_id, engine_id, name, key, kind FROM subscriptions WHERE case_id = ANY(%s)"
CALLS = """
    SELECT case_id, engine_id, status FROM service_calls
    WHERE case_id = ANY(%s) AND status IN ('waiting', 'answered', 'spent')
"""
INCIDENTS = "SELECT case_id, kind, ref, resolved_at FROM incidents WHERE case_id = ANY(%s)"
# What is left of cases that are over.
LEFT = """
    SELECT c.number, x.kind, x.ref FROM (
        SELECT case_id, 'task' AS kind, id::text AS ref FROM tasks WHERE status = 'open'
        UNION ALL SELECT case_id, 'timer', engine_id FROM timers
        UNION ALL SELECT case_id, 'message', engine_id FROM subscriptions
        UNION ALL SELECT case_id, 'call', engine_id FROM service_calls
            WHERE status IN ('waiting', 'answered', 'spent')) x
    JOIN cases c ON c.id = x.case_id WHERE c.status <> 'open' ORDER BY c.number, x.kind, x.ref
"""
JOBS = "SELECT task_name, args FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
STALLED = """
    SELECT j.task_name, j.id FROM procrastinate_jobs j
    LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
    WHERE j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < now() - %s) AND NOT EXISTS (
        SELECT FROM procrastinate_events e
        WHERE e.job_id = j.id AND e.type = 'started' AND e.at > now() - %s)
    ORDER BY j.id
"""
# What waits for a job without being a case's: the job, and what waits (its id; the signal).
OTHERS = {
    "signal": ("hear_signal", """
        SELECT r.id, r.signal_id FROM signal_receivers r WHERE NOT EXISTS (
            SELECT FROM incidents i WHERE i.resolved_at IS NULL
            AND i.ref IN (r.id::text, 'signal:' || r.id))"""),
    "start": ("start_by_timer", """
        SELECT id, NULL FROM start_timers WHERE queued AND due_at IS NOT NULL"""),
    "run": ("do_run", "SELECT id, NULL FROM runs WHERE state IN ('waiting', 'running')"),
    "recount": ("recount_limits", "SELECT id, NULL FROM limit_runs WHERE finished_at IS NULL"),
}  # fmt: skip
TEXTS = {
    "state": T("办件的流程状态打不开"),
    "waits": T("流程状态与案件记录的待办项不符"),
    "task": T("待办任务与流程状态不符"),
    "timer": T("定时与流程状态不符"),
    "message": T("等待的消息或信号与流程状态不符"),
    "call": T("对外调用与流程状态不符"),
    "timer_job": T("到期的定时没有后台任务，也没有故障记录"),
    "call_job": T("对外调用没有后台任务，也没有故障记录"),
    "overdue": T("定时到期已久仍未办理，请检查后台任务是否在运行"),
    "left": T("案件已结束，仍有未了结的记录"),
    "stalled": T("后台任务的进程已不在，任务仍标为进行中"),
    "signal": T("信号没有后台任务，也没有故障记录"),
    "start": T("定时启动没有后台任务"),
    "run": T("批量办理没有后台任务"),
    "recount": T("时限重算没有后台任务"),
}


@dataclass(frozen=True)
class Disagreement:
    """``kind`` is one of TEXTS; ``case`` its number, empty for what is no case's; ``ref`` names
    the task, timer, message, call or job within."""

    case: str
    kind: str
    ref: str

    @property
    def text(self) -> Text:
        """What is wrong, in words."""
        return TEXTS[self.kind]


@dataclass
class Agreement:
    """How many open cases were looked at, and what does not agree, in the order of the cases."""

    cases: int = 0
    findings: list[Disagreement] = field(default_factory=list)


@dataclass
class _Rows:
    """The rows of one case."""

    tasks: dict[str, int] = field(default_factory=dict)
    sides: set[int] = field(default_factory=set)
    timers: dict[str, tuple[datetime, bool]] = field(default_factory=dict)
    heard: dict[str, list[str]] = field(default_factory=dict)
    calls: dict[str, str] = field(default_factory=dict)
    # (kind, ref): whether one of them is still open.
    incidents: dict[tuple[str, str], bool] = field(default_factory=dict)


Jobs = set[tuple[str, tuple[str, ...]]]


def agreement(at: datetime, portion: int = PORTION) -> Agreement:
    """Compare all open cases, in portions, and all that waits for a job, as of one moment."""
    db.session.rollback()
    if raw().info.transaction_status is TransactionStatus.IDLE:
        raw().execute(SNAPSHOT)
    try:
        jobs: Jobs = {(name, _named(args)) for name, args in _read(JOBS)}
        found = Agreement()
        for case, rows in _cases(portion):
            found.cases += 1
            found.findings += _case(case, rows, jobs, at)
        found.findings += [Disagreement(n, "left", f"{kind} {ref}") for n, kind, ref in _read(LEFT)]
        found.findings += _others(jobs)
        return found
    finally:
        db.session.rollback()


def _read(sql: str, *values: object) -> list[tuple[Any, ...]]:
    return raw().execute(sql, values).fetchall()


def _named(args: Mapping[str, Any]) -> tuple[str, ...]:
    """The arguments of a job in the order of their names."""
    return tuple(str(args[name]) for name in sorted(args))


def _cases(portion: int) -> Iterator[tuple[Held, _Rows]]:
    last = 0
    while few := [read_case(row) for row in _read(FEW, last, portion)]:
        last = few[-1].id
        rows = _rows([case.id for case in few])
        yield from ((case, rows[case.id]) for case in few)


def _rows(ids: list[int]) -> dict[int, _Rows]:
    found = {number: _Rows() for number in ids}
    for case, number, engine_id, side in _read(TASKS, ids):
        if side is None:
            found[case].tasks[engine_id] = number
        else:
            found[case].sides.add(number)
    for case, engine_id, due, queued in _read(TIMERS, ids):
        found[case].timers[engine_id] = (due, queued)
    for case, engine_id, name, key, kind in _read(HEARD, ids):
        found[case].heard[engine_id] = heard(name, key, kind)
    for case, engine_id, status in _read(CALLS, ids):
        found[case].calls[engine_id] = status
    for case, kind, ref, resolved in _read(INCIDENTS, ids):
        known = found[case].incidents.get((kind, ref), False)
        found[case].incidents[kind, ref] = known or resolved is None
    return found


def _case(case: Held, rows: _Rows, jobs: Jobs, at: datetime) -> Iterator[Disagreement]:
    for kind, ref in (*_state(case), *_kept(case.open, rows), *_jobs(case, rows, jobs, at)):
        yield Disagreement(case.number, kind, ref)


def _state(case: Held) -> Iterator[tuple[str, str]]:
    """The engine's own picture against what the case's row says is open."""
    try:
        seen = advance.load(case).look()
    except Exception as error:
        # Whatever it is, it is what is wrong with this case: the others are looked at all the same.
        yield "state", str(error) if isinstance(error, Problem) else type(error).__name__
        return
    waits = case.open
    yield from _apart("waits", {t.id for t in seen.tasks}, waits.tasks.keys())
    yield from _apart("waits", {t.id: t.due.isoformat() for t in seen.timers}, waits.timers)
    yield from _apart(
        "waits", {s.id: heard(s.name, s.key, s.kind) for s in seen.subscriptions}, waits.messages
    )
    yield from _apart("waits", {c.id for c in seen.pending}, set(waits.calls))


def _kept(waits: Waits, rows: _Rows) -> Iterator[tuple[str, str]]:
    """What the case's row says is open against the rows of each kind."""
    due = {ref: datetime.fromisoformat(moment) for ref, moment in waits.timers.items()}
    yield from _apart("task", waits.tasks, rows.tasks)
    yield from _apart("task", {int(side) for side in waits.sides}, rows.sides)
    yield from _apart("timer", due, {ref: moment for ref, (moment, _) in rows.timers.items()})
    yield from _apart("message", waits.messages, rows.heard)
    yield from _apart("call", set(waits.calls), rows.calls.keys())


def _apart(kind: str, one: Any, other: Any) -> Iterator[tuple[str, str]]:
    """What stands only on one side, or differently on both."""
    left, right = (
        side if isinstance(side, dict) else dict.fromkeys(side, ()) for side in (one, other)
    )
    refs = sorted({*left, *right}, key=str)
    yield from ((kind, str(ref)) for ref in refs if left.get(ref) != right.get(ref))


def _jobs(case: Held, rows: _Rows, jobs: Jobs, at: datetime) -> Iterator[tuple[str, str]]:
    """Somebody has to come: the queue, or a person who sees the incident."""
    for ref, (due, queued) in rows.timers.items():
        if not queued and due < at - LATE:
            yield "overdue", ref
        # A timer that was skipped lies with its incident over.
        known = ("timer", ref) in rows.incidents
        if queued and not known and ("fire_timer", (case.number, ref)) not in jobs:
            yield "timer_job", ref
    for ref, status in rows.calls.items():
        queued = status != "spent" and ("call_outside", (ref, case.number)) in jobs
        if not queued and not rows.incidents.get(("service", ref)):
            yield "call_job", ref


def _others(jobs: Jobs) -> Iterator[Disagreement]:
    for kind, (task, sql) in OTHERS.items():
        for number, around in _read(sql):
            spreads = around is not None and ("spread_signal", (str(around),)) in jobs
            if not spreads and (task, (str(number),)) not in jobs:
                yield Disagreement("", kind, str(number))
    for task, number in _read(STALLED, LATE, LATE):
        yield Disagreement("", "stalled", f"{task} {number}")
