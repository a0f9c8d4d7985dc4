"""Limits of open cases worked out anew after the calendar changed, in portions by the worker.

What is worked out: the due moment of the case and of its open steps, and what its timers wait for
where the calendar was asked. Each from its own start with its own pauses; what has fired stays
fired. A portion is one transaction with few statements, whatever its size; coming twice changes
nothing the second time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from app import definitions, engine, settings
from app.cases import advance, clock, keep
from app.cases.hold import FEW, Held, read_case
from app.limits import Limit, Terms, moved, paused
from app.settings import ask_recount
from app.work import Actor, Statement, Work, command

log = logging.getLogger(__name__)

PORTION = 200
RUN = "SELECT why, last_case FROM limit_runs WHERE id = %s AND finished_at IS NULL FOR UPDATE"
BEGIN = """
    UPDATE limit_runs SET started_at = coalesce(started_at, %s), calendars = %s,
        total = seen + (SELECT count(*) FROM cases WHERE status = 'open' AND id > last_case)
    WHERE id = %s AND finished_at IS NULL
"""
PROGRESS = """
    UPDATE limit_runs SET last_case = %s, seen = seen + %s, changed = changed + %s,
        failed = failed + %s, finished_at = %s WHERE id = %s
"""
OWN = """
    SELECT case_id, id, engine_id, created_at, due_at, limited, limit_name, counted FROM tasks
    WHERE case_id = ANY(%s) AND status = 'open' AND own_due AND (counted OR limited IS NOT NULL)
"""
COUNTED = "SELECT DISTINCT case_id FROM timers WHERE case_id = ANY(%s) AND counted"
CASES = """
    UPDATE cases c SET due_at = x.due, clock = x.clock, chain_seq = x.seq, chain_head = x.head
    FROM unnest(%s::bigint[], %s::timestamptz[], %s::jsonb[], %s::integer[], %s::bytea[])
        AS x (id, due, clock, seq, head)
    WHERE c.id = x.id
"""
STATES = """
    UPDATE cases c SET state = x.state, waits = x.waits
    FROM unnest(%s::bigint[], %s::bytea[], %s::jsonb[]) AS x (id, state, waits) WHERE c.id = x.id
"""
STEPS = """
    UPDATE tasks t SET due_at = x.due FROM unnest(%s::bigint[], %s::timestamptz[]) AS x (id, due)
    WHERE t.case_id = x.id AND t.status = 'open' AND NOT t.own_due
"""
TASKS = """
    UPDATE tasks t SET due_at = x.due, limited = x.limited
    FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[]) AS x (id, due, limited)
    WHERE t.id = x.id
"""
TIMERS = """
    UPDATE timers t SET due_at = x.due, queued = false
    FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS x (id, engine_id, due)
    WHERE t.case_id = x.id AND t.engine_id = x.engine_id
"""
LATEST = "SELECT calendars FROM limit_runs WHERE started_at IS NOT NULL ORDER BY id DESC LIMIT 1"
BASELINE = """
    INSERT INTO limit_runs (why, asked_at, asked_by, started_at, finished_at, calendars)
    VALUES ('first', %s, %s, %s, %s, %s)
"""


@dataclass(slots=True)
class OwnTask:
    """An open task with a limit or a counted date of its own."""

    case_id: int
    id: int
    engine_id: str
    created_at: datetime
    due_at: datetime
    limited: str | None
    limit_name: str | None
    counted: bool


@dataclass
class Found:
    """A case and what changed of it: tasks by id, timers by engine id, both before and after.

    ``clock``: as it was; ``sealed``: the engine's state is a new one.
    """

    case: Held
    before: datetime | None
    tasks: dict[int, tuple[datetime, datetime, str | None]] = field(default_factory=dict)
    timers: dict[str, tuple[str, engine.OpenTimer]] = field(default_factory=dict)
    clock: dict[str, Any] = field(default_factory=dict)
    sealed: bool = False

    @property
    def changed(self) -> bool:
        """Whether anything did."""
        moved = self.case.due_at != self.before or self.case.clock != self.clock
        return bool(moved or self.tasks or self.timers)


def recount_limits(run_id: int, *, by: Actor, portion: int = PORTION) -> None:
    """Work through all open cases; one that was broken off goes on where it stood."""
    if begin_recount(run_id, by=by):
        while recount_some(run_id, portion, by=by):
            pass


@command(right="system")
def begin_recount(work: Work, run_id: int) -> bool:
    """Note the calendars that it goes by; False when there is nothing (more) to do."""
    versions = {name: one.version for name, one in settings.calendars().items()}
    return bool(work.execute(BEGIN, (work.at, Jsonb(versions), run_id)).rowcount)


@command(right="system")
def recount_some(work: Work, run_id: int, portion: int = PORTION) -> bool:
    """One portion; whether there may be more."""
    run = work.execute(RUN, (run_id,)).fetchone()
    if run is None:
        return False
    names = [word.removeprefix("limit.") for word in run[0].split() if word.startswith("limit.")]
    held = [read_case(row) for row in work.execute(FEW, (run[1], portion)).fetchall()]
    changed, failed = _go_over(work, _loaded(work, held, names))
    more = len(held) == portion
    last = held[-1].id if held else run[1]
    done = (last, len(held), changed, failed, None if more else work.at, run_id)
    keep.send(work, [(PROGRESS, done)])
    return more


@dataclass
class Portion:
    """What one transaction goes over. ``runs``: of the cases whose engine must be asked, by id;
    ``values``: what the calendar says to each."""

    held: Sequence[Held]
    names: Collection[str]
    own: dict[int, list[OwnTask]] = field(default_factory=dict)
    runs: dict[int, engine.Run] = field(default_factory=dict)
    values: dict[int, list[Any]] = field(default_factory=dict)


def _loaded(work: Work, held: Sequence[Held], names: Collection[str]) -> Portion:
    """With the tasks and, where it matters, the engine's copies; one statement each."""
    portion, ids = Portion(held, names), [case.id for case in held]
    for row in work.execute(OWN, (ids,)).fetchall():
        portion.own.setdefault(row[0], []).append(OwnTask(*row))
    counted = {row[0] for row in work.execute(COUNTED, (ids,)).fetchall()}
    for case in held:
        own = any(task.counted for task in portion.own.get(case.id, ()))
        if own or case.id in counted or _unknown(case):
            portion.runs[case.id] = advance.load(case)
    _ask(portion)
    return portion


def _ask(portion: Portion) -> None:
    """All cases of one calendar at once: going over to FEEL costs more than what is asked."""
    places: dict[str, list[Held]] = {}
    for case in portion.held:
        if case.id in portion.runs:
            places.setdefault(clock.calendar_of(case).version, []).append(case)
    for cases in places.values():
        asks = {case.id: portion.runs[case.id].counted() for case in cases}
        every = [one for asked in asks.values() for one in asked]
        found = iter(engine.work_out(every, clock.calendar_of(cases[0])))
        portion.values |= {n: [next(found) for _ in asked] for n, asked in asks.items()}


def _go_over(work: Work, portion: Portion) -> tuple[int, int]:
    """How many changed, and how many could not be worked out."""
    found, failed = [], 0
    for case in portion.held:
        try:
            one = _case(work, case, portion)
        except (advance.Stuck, ValueError) as error:
            log.warning("limits of case %s stay as they are: %s", case.number, error)
            failed += 1
            continue
        if one.changed:
            found.append(one)
    _write(work, found)
    return len(found), failed


def _case(work: Work, case: Held, portion: Portion) -> Found:
    found = Found(case, case.due_at, clock=dict(case.clock))
    run = portion.runs.get(case.id)
    _limit(work, case, run, portion.names)
    bases = _again(found, run, portion.values[case.id]) if run is not None else {}
    for task in portion.own.get(case.id, ()):
        due, limited = _task(case, task, bases, portion.names)
        if due != task.due_at or limited != task.limited:
            found.tasks[task.id] = (task.due_at, due, limited)
    return found


def _unknown(case: Held) -> bool:
    """A case from before limits were kept: what it follows from stands in its drawing."""
    return case.due_at is not None and clock.limit_of(case) is None


def _limit(work: Work, case: Held, run: engine.Run | None, names: Collection[str]) -> None:
    if case.clock.get("s") in names:
        case.clock["l"] = str(settings.limit(case.clock["s"]))
    if run is not None and _unknown(case):
        properties = definitions.process(case.release_id, case.procedure).properties
        clock.set_limit(work, case, properties, run.variables)
    case.due_at = clock.due(case, clock.calendar_of(case))


def _again(found: Found, run: engine.Run, values: Sequence[Any]) -> Mapping[str, datetime | None]:
    """The engine's own: timers, and the dates of tasks by engine id. Raises Stuck."""
    case, outcome = found.case, run.recount(values)
    if outcome.error is not None:
        raise advance.Stuck(outcome.error.message, case=case.number)
    waits = case.open
    before = dict(waits.timers)
    for timer in outcome.timers:
        if timer.counted and before.get(timer.id) != timer.due.isoformat():
            found.timers[timer.id] = (before[timer.id], timer)
            waits.timers[timer.id] = timer.due.isoformat()
    bases = {task.id: task.due for task in outcome.tasks if task.counted}
    if found.timers or bases:
        found.sealed = True
        case.waits = waits.stored()
        case.seal_state(outcome.state)
    return bases


def _task(
    case: Held, task: OwnTask, bases: Mapping[str, datetime | None], names: Collection[str]
) -> tuple[datetime, str | None]:
    calendar, stood = clock.calendar_of(case), clock.pauses(case)
    if task.limited is not None:
        named = task.limit_name if task.limit_name in names else None
        limit = settings.limit(named) if named else Limit.read(task.limited)
        return Terms(limit, task.created_at, 0, stood).due(calendar), str(limit)
    base = bases.get(task.engine_id)
    if base is None:
        return task.due_at, None
    return moved(base, paused(stood, task.created_at, None, calendar), calendar), None


# --- writing --------------------------------------------------------------------------------------


def _write(work: Work, found: Sequence[Found]) -> None:
    """The trail and all rows in one pipeline; a statement each, however many cases."""
    if not found:
        return
    for one in found:
        _record(work, one)
    trail = work.seal_trail()
    keep.send(work, [*_rows(found), *trail])


def _record(work: Work, one: Found) -> None:
    case, after = one.case, one.case.due_at
    version = clock.calendar_of(case).version
    work.record(
        case,
        "case:limit_recomputed",
        case=case.number,
        procedure=case.procedure,
        version=case.version,
        release=case.release_id,
        before=_said(one.before, one, lambda pair: pair[0], lambda pair: pair[0]),
        after={
            **_said(after, one, lambda pair: pair[1], lambda pair: pair[1].due.isoformat()),
            "calendar": version,
        },
    )


def _said(
    due: datetime | None, one: Found, of_task: Callable[[Any], Any], of_timer: Callable[[Any], Any]
) -> dict[str, Any]:
    said = {
        "due_at": due.isoformat() if due and one.case.due_at != one.before else None,
        "limit": one.case.clock.get("l") if one.case.clock != one.clock else None,
        "tasks": {str(n): of_task(pair).isoformat() for n, pair in one.tasks.items()},
        "timers": {pair[1].element: of_timer(pair) for pair in one.timers.values()},
    }
    return {name: value for name, value in said.items() if value}


def _rows(found: Sequence[Found]) -> list[Statement]:
    cases = [one.case for one in found]
    due = [case for one, case in zip(found, cases, strict=True) if case.due_at != one.before]
    states = [one.case for one in found if one.sealed]
    tasks = [(n, pair[1], pair[2]) for one in found for n, pair in one.tasks.items()]
    timers = [(one.case.id, n, pair[1].due) for one in found for n, pair in one.timers.items()]
    heads = [(c.id, c.due_at, Jsonb(c.clock), c.chain_seq, c.chain_head) for c in cases]
    columns: list[tuple[str, list[tuple[Any, ...]]]] = [
        (CASES, heads),
        (STATES, [(c.id, c.state, Jsonb(c.waits)) for c in states]),
        (STEPS, [(c.id, c.due_at) for c in due]),
        (TASKS, tasks),
        (TIMERS, timers),
    ]
    return [(sql, [list(c) for c in zip(*rows, strict=True)]) for sql, rows in columns if rows]


# --- calendars that changed by themselves ---------------------------------------------------------


@command(right="system")
def watch_calendars(work: Work) -> bool:
    """Ask for a recount when calendars differ from those of the last one: a new version of the
    product knows holidays that were announced since."""
    versions = {name: one.version for name, one in settings.calendars().items()}
    row = work.execute(LATEST).fetchone()
    if row is None:
        work.execute(BASELINE, (work.at, work.by.name, work.at, work.at, Jsonb(versions)))
        return False
    return row[0] != versions and ask_recount(work, "update") is not None
