"""Sending a case back to an earlier step: a command on any case, never drawn.

What was entered is offered again, the trail keeps all of it. Where the register has been changed
in the meantime the case cannot go back to before that: the change would be made twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app import definitions, engine
from app.cases import advance, bell, keep, rights, services
from app.cases.commands import Moved, sent_out
from app.cases.hold import BY_TASK, Held, HeldTask, hold_task, read_case, read_task
from app.db import raw
from app.errors import Invalid, NotFound, Refused
from app.texts import T
from app.work import Actor, Work, command

PASSED = """
    SELECT DISTINCT step->>1, step->>0 FROM trail, json_array_elements(body->'after'->'way') AS step
    WHERE subject_kind = 'case' AND case_number = %s AND at >= %s
"""
# The last time that each step was done, and by whom.
DONE = """
    SELECT DISTINCT ON (element) element, id, closed_by, closed_by_name FROM tasks
    WHERE case_id = %s AND status = 'done' AND side IS NULL ORDER BY element, id DESC
"""
Passed = set[tuple[str, str]]


@dataclass(frozen=True)
class WayBack:
    """A step that a case may go back to; of a called procedure, its beginning."""

    element: str
    name: str


def ways_back(actor: Actor, task_id: int) -> list[WayBack]:
    """Where the actor may send a task back to, the last steps first.

    Empty when the task is not open or not the actor's. Raises NotFound.
    """
    row = raw().execute(BY_TASK, (task_id,)).fetchone()
    if row is None:
        raise NotFound(T("没有这项任务，请核对编号。"))
    case, task = read_case(row), read_task(row)
    ours = task.holder in (None, actor.id) and rights.of_group(actor, task.groups) is not None
    if not ours or task.status != "open" or task.side or not rights.sees_region(actor, case.region):
        return []
    found = _ways(case, task, advance.load(case))
    return [WayBack(way.element, way.name) for way in reversed(found)]


@command(right="task")
def send_back(work: Work, task_id: int, to: str, reason: str) -> Moved:
    """Take up the step ``to`` (its element's id) again, in place of an open task.

    Who did it before gets it again. Raises NotFound, NotAllowed, Conflict (who has the task, who
    was first), Invalid (fields ``to``, ``reason``), Refused (the register was changed since).
    """
    case, task = hold_task(work, task_id)
    group = _may(work, case, task)
    run = advance.load(case)
    why = reason.strip()
    way = _chosen(case, task, run, to)
    if not why:
        raise Invalid(fields={"reason": T("请写明退回的原因")})
    done = _done(case)
    move = advance.advance(work, case, run, run.send_back(task.engine_id, way, work.at))
    _need_a_step(case, way, move)
    move.hands = {e: (by, name) for e, (_id, by, name) in done.items() if by is not None}
    case.waits = {**case.waits, "a": {e: number for e, (number, _by, _name) in done.items()}}
    element = definitions.element(case.release_id, task.procedure, task.element)
    plan = keep.keep(
        work,
        move,
        "task:send_back",
        entry={
            "element": task.element,
            "clause": element.clauses,
            "group": group,
            "before": {"task": task.id, "holder": task.holder, "name": task.holder_name},
            "after": {"to": way.element, "to_name": way.name},
            "sealed": {"reason": case.seal(why)},
        },
    )
    bell.opened_again(work, case, move, plan)
    return sent_out(work, move, plan)


def _may(work: Work, case: Held, task: HeldTask) -> str:
    group = rights.need_group(work.by, case, task)
    rights.need_open(case, task)
    rights.need_free(work.by, case, task)
    if task.side:
        raise Refused(T("这是一项附加意见，请直接回复，不能退回。"), case=case.number)
    return group


def _chosen(case: Held, task: HeldTask, run: engine.Run, to: str) -> engine.Back:
    for way in run.ways_back(task.engine_id):
        if way.element == to and _been(case, way, _passed(case)):
            if not _offered(case, task, run, way):
                raise Refused(
                    T("登记资料已变更，不能退回到“{step}”；如需更正请另行申请。", step=way.name),
                    case=case.number,
                )
            return way
    raise Invalid(fields={"to": T("不能退回到这一步，请从列出的步骤中选择")})


def _need_a_step(case: Held, way: engine.Back, move: advance.Move) -> None:
    """Raises Refused when nothing is asked there any more, as of a bill that has been paid."""
    library = definitions.library(case.release_id)
    for task in move.outcome.tasks:
        scope = library.processes[task.process_key].elements[task.element].scope
        if way.element in (task.element, scope, *task.path):
            return
    raise Refused(T("“{step}”已无须再办，请选择更早的步骤。", step=way.name), case=case.number)


def _ways(case: Held, task: HeldTask, run: engine.Run) -> list[engine.Back]:
    passed = _passed(case)
    ways = [w for w in run.ways_back(task.engine_id) if _been(case, w, passed)]
    return [way for way in ways if _offered(case, task, run, way)]


def _passed(case: Held) -> Passed:
    rows = raw().execute(PASSED, (case.number, case.started_at)).fetchall()
    return {(process, element) for process, element in rows}


def _done(case: Held) -> dict[str, tuple[int, int | None, str]]:
    rows = raw().execute(DONE, (case.id,)).fetchall()
    return {element: (number, by, name or "") for element, number, by, name in rows}


def _been(case: Held, way: engine.Back, passed: Passed) -> bool:
    """Whether people did something there: a step alone, or one inside of a call."""
    library = definitions.library(case.release_id)
    element = library.processes[way.process_key].elements[way.element]
    if way.kind == "call_activity":
        inside = _people(library, str(element.marks.called))
        return bool(inside & passed)
    if way.kind == "sub_process":
        every = library.processes[way.process_key].elements.values()
        return any(e.scope == way.element and (e.process, e.id) in passed for e in every)
    return (way.process_key, way.element) in passed


def _people(library: engine.Library, key: str, seen: frozenset[str] = frozenset()) -> Passed:
    """The steps of people in a process and in those that it calls."""
    process = library.processes.get(key)
    if process is None or key in seen:
        return set()
    own = {(key, e.id) for e in process.elements.values() if e.form or e.kind == "manual_task"}
    return own.union(*(_people(library, called, seen | {key}) for called in process.calls))


def _offered(case: Held, task: HeldTask, run: engine.Run, way: engine.Back) -> bool:
    """Not to before a change of the register: no such service that was passed lies ahead."""
    if not case.register_changed:
        return True
    library = definitions.library(case.release_id)
    ahead: Passed = set()
    for key, element in _levels(case, task, run, way):
        ahead |= _ahead(library, key, element)
    return not any(_changes(library, step) for step in ahead & _passed(case))


def _levels(
    case: Held, task: HeldTask, run: engine.Run, way: engine.Back
) -> Iterable[tuple[str, str]]:
    """The step gone back to, and the calls around it, from which the case goes on afterwards."""
    yield way.process_key, way.element
    library = definitions.library(case.release_id)
    path = next(t.path for t in run.look().tasks if t.id == task.engine_id)
    key = case.procedure
    for call in path:
        if key == way.process_key:
            return
        yield key, call
        key = str(library.processes[key].elements[call].marks.called)


def _ahead(library: engine.Library, key: str, start: str) -> Passed:
    """All steps that lie ahead of one in its drawing, those of called ones included."""
    process = library.processes[key]
    seen: set[str] = set()
    todo = [start]
    while todo:
        element = todo.pop()
        if element not in seen:
            seen.add(element)
            todo += process.flows.get(element, ())
    inside = (process.elements[e].marks.called for e in seen if e in process.elements)
    return {(key, e) for e in seen}.union(*(_all_of(library, str(c)) for c in inside if c))


def _all_of(library: engine.Library, key: str, seen: frozenset[str] = frozenset()) -> Passed:
    process = library.processes.get(key)
    if process is None or key in seen:
        return set()
    own = {(key, element) for element in process.elements}
    return own.union(*(_all_of(library, called, seen | {key}) for called in process.calls))


def _changes(library: engine.Library, step: tuple[str, str]) -> bool:
    kind = library.processes[step[0]].elements[step[1]].marks.type
    found: Mapping[str, services.ServiceContract] = services.contracts()
    return kind is not None and kind.text in found and found[kind.text].changes_register
