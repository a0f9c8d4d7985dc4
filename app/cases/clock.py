"""The service clock of a case: its limit, its pauses, its time gross and net.

The row keeps what the due moment follows from (``cases.clock``), so that it can be worked out anew
by another calendar: ``l`` the limit (``5 workdays``), ``s`` the setting that it was named by, ``x``
working days more, ``p`` pauses as pairs of microseconds since 1970. ``paused_days`` are whole days
that were paused before pauses were kept.

The clock stands while anything that is marked ``clock = paused`` is open, for the case and for all
its open steps; several at once count once. A step's date that others gave (``dueDate`` without a
function of working time) is nobody's clock and stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from app import engine, feel, settings
from app.cases.hold import Held, HeldTask
from app.errors import NotFound, Refused
from app.feel import FeelError
from app.limits import NAME, Limit, Pause, Spent, Terms, moved, paused, spent
from app.texts import T
from app.work import Statement, Work
from app.worktime import Calendar

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
REASON = 200

PAUSE_TASKS = "UPDATE tasks SET paused_since = %s WHERE case_id = %s AND status = 'open'"
OWN = """
    SELECT id, created_at, due_at, limited, counted FROM tasks
    WHERE case_id = %s AND status = 'open' AND own_due AND id = ANY(%s)
"""
SHIFT = "UPDATE tasks SET due_at = %s WHERE id = %s"
FOR_CLOSING = "SELECT id, created_at, limited FROM tasks WHERE id = ANY(%s) AND status = 'open'"
CANCEL_TASKS = """
    UPDATE tasks t SET status = 'cancelled', closed_at = %s, gross_seconds = x.gross,
        net_seconds = x.net
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS x (id, gross, net)
    WHERE t.id = x.id AND t.status = 'open'
"""


@dataclass(frozen=True, slots=True)
class Named:
    """A limit, and the setting that the drawing names it by."""

    limit: Limit
    name: str | None = None


@dataclass
class Change:
    """What a move changed of the clock: ``stopped``, ``went_on`` (the pause that ended)."""

    stopped: bool = False
    went_on: Pause | None = None
    dues: dict[int, datetime] = field(default_factory=dict)


def calendar_of(case: Held) -> Calendar:
    """The working time of the place where the case belongs."""
    return settings.calendar(case.branch, case.region)


def named(said: Any) -> Named:
    """A limit as a drawing says it. ValueError for what is none, or no setting's name."""
    if isinstance(said, str) and NAME.fullmatch(said.strip()):
        try:
            return Named(settings.limit(said.strip()), said.strip())
        except NotFound as error:
            raise ValueError(said) from error
    return Named(Limit.read(said))


def pauses(case: Held, until: datetime | None = None) -> list[Pause]:
    """The pauses that are over, and up to ``until`` the one that lasts."""
    kept = [(_moment(a), _moment(b)) for a, b in case.clock.get("p", ())]
    if until is not None and case.paused_since is not None and case.paused_since < until:
        kept.append((case.paused_since, until))
    return kept


def _moment(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def limit_of(case: Held) -> Limit | None:
    """The case's own limit; None when it has none (yet)."""
    said = case.clock.get("l")
    return Limit.read(said) if said else None


def due(case: Held, calendar: Calendar) -> datetime | None:
    """The last moment in time by a calendar; None without a limit."""
    limit = limit_of(case)
    if limit is None:
        return case.due_at
    more = int(case.clock.get("x", 0)) + case.paused_days
    return Terms(limit, case.started_at, more, pauses(case)).due(calendar)


def set_limit(
    work: Work, case: Held, properties: Mapping[str, str], variables: Mapping[str, Any]
) -> None:
    """Bring limit and due moment up to the variables: an expression may know more now."""
    said = properties.get("limit")
    if not said or (case.clock.get("l") and not said.startswith("=")):
        return
    found = _evaluated(said, work, case, variables)
    known = {"l": str(found.limit), "s": found.name} if found else {}
    # A setting that changed since holds for new cases: the name alone is looked at.
    told = "s" if found and found.name else "l"
    if found is None or known[told] == case.clock.get(told):
        return
    case.clock |= known
    case.due_at = due(case, calendar_of(case))


def _evaluated(said: str, work: Work, case: Held, variables: Mapping[str, Any]) -> Named | None:
    try:
        if not said.startswith("="):
            return named(said)
        names = feel.parse(said[1:]).variables
        scope = {n: variables[n] for n in names if n in variables}
        value = feel.evaluate(said[1:], scope, now=work.at, calendar=calendar_of(case))
        return named(value)
    except (FeelError, ValueError):
        # Not known yet: the limit shows once what it depends on has been filled in.
        return None


def tick(work: Work, case: Held, reasons: Sequence[str]) -> Change:
    """Stop the clock, or let it go on and move the due moment by what was paused."""
    if reasons:
        stopped = case.paused_since is None
        case.paused_since = case.paused_since or work.at
        case.paused_by = "、".join(reasons)[:REASON]
        return Change(stopped=stopped)
    if case.paused_since is None:
        return Change()
    over = (case.paused_since, work.at)
    case.paused_since = case.paused_by = None
    if over[0] < over[1]:
        case.paused_seconds += int((over[1] - over[0]).total_seconds())
        case.clock["p"] = [*case.clock.get("p", ()), [(at - EPOCH) // MICROSECOND for at in over]]
        case.due_at = _later(case, over)
    return Change(went_on=over)


def _later(case: Held, over: Pause) -> datetime | None:
    """The due moment after a pause; one that follows from no limit moves by service time."""
    calendar = calendar_of(case)
    if case.due_at is None or limit_of(case) is not None:
        return due(case, calendar)
    return moved(case.due_at, calendar.working_time_between(*over), calendar)


def rows(work: Work, case: Held, change: Change, stay: Sequence[int]) -> list[Statement]:
    """What a stop or its end means for the tasks (ids) that stay open in this move."""
    if not stay or not (change.stopped or change.went_on):
        return []
    found: list[Statement] = [(PAUSE_TASKS, (case.paused_since, case.id))]
    if change.went_on is None:
        return found
    own = work.execute(OWN, (case.id, list(stay))).fetchall()
    for number, created, at, limited, counted in own:
        later = _own_later(case, change.went_on, created, at, limited, counted=counted)
        if later != at:
            change.dues[number] = later
            found.append((SHIFT, (later, number)))
    return found


def _own_later(
    case: Held, over: Pause, created: datetime, at: datetime, limited: str | None, *, counted: bool
) -> datetime:
    calendar = calendar_of(case)
    if limited:
        return Terms(Limit.read(limited), created, 0, pauses(case)).due(calendar)
    return moved(at, paused([over], created, None, calendar), calendar) if counted else at


@dataclass(frozen=True, slots=True)
class Opening:
    """How long a task that opens may take: ``own`` says that it is not the case's limit."""

    due: datetime | None
    own: bool
    limited: str | None = None
    name: str | None = None


def opening(work: Work, case: Held, task: engine.OpenTask) -> Opening:
    """Of a task that opens now. Refused: its limit names no setting."""
    if task.due is not None:
        return Opening(task.due, own=True)
    if task.limit is None:
        return Opening(case.due_at, own=False)
    try:
        found = named(task.limit)
    except ValueError as error:
        text = T("参数里没有时限“{id}”，请联系流程负责人。", id=task.limit)
        raise Refused(text, case=case.number) from error
    at = found.limit.after(work.at, calendar_of(case))
    return Opening(at, own=True, limited=str(found.limit), name=found.name)


def spent_on(case: Held, task: HeldTask, until: datetime) -> Spent:
    """The time of a step up to a moment."""
    return _spent(case, task.created_at, task.limited, until)


def _spent(case: Held, start: datetime, limited: str | None, until: datetime) -> Spent:
    limit = Limit.read(limited) if limited else None
    return spent(start, until, pauses(case, until), calendar_of(case), limit)


def spent_in_all(case: Held, until: datetime) -> Spent:
    """The time of a case up to a moment."""
    return spent(case.started_at, until, pauses(case, until), calendar_of(case), limit_of(case))


def cancelled(work: Work, case: Held, numbers: Sequence[int]) -> Statement:
    """Close tasks that nobody did, with the time that they stood open."""
    took = [
        (number, *_spent(case, created, limited, work.at).seconds)
        for number, created, limited in work.execute(FOR_CLOSING, (list(numbers),)).fetchall()
    ]
    columns = list(map(list, zip(*took, strict=True))) or [[], [], []]
    return CANCEL_TASKS, (work.at, *columns)
