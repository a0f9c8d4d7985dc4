"""One task or one case as a page shows it: form, facts, the way so far, what can be done."""

from __future__ import annotations

from typing import Any

from app import definitions, engine, forms, identifiers
from app.cases import asked, clock, drafts, earlier, looks, prints, rights, saved_rows, sight
from app.cases.clock import calendar_of
from app.cases.hold import BY_NUMBER, BY_TASK, Held, HeldTask, no_case, read_case, read_task
from app.cases.looks import Look
from app.cases.reading import CASE_LINE, CaseLine, _case_line, open_card, seeing
from app.cases.shapes import CasePage, Milestone, TaskPage, TaskView
from app.cases.timing import Timing
from app.db import raw
from app.errors import NotAllowed, NotFound
from app.texts import T
from app.work import Actor, now

INCIDENTS = """
    SELECT id, kind, element, message, created_at FROM incidents
    WHERE case_id = %s AND resolved_at IS NULL ORDER BY id
"""
CHILDREN = "SELECT number FROM cases WHERE parent_id = %s OR id = %s ORDER BY id"
PASSED = """
    SELECT DISTINCT step->>0 FROM trail, json_array_elements(body->'after'->'way') AS step
    WHERE subject_kind = 'case' AND case_number = %s AND at >= %s AND step->>1 = %s
"""


# Variables that stand open in the case's own row.
ROW = {"case_number", "account_no", "region", "branch"}
NOTHING = drafts.Entered()


def task_for(actor: Actor, task_id: int, look: Look = Look.MASKED) -> TaskPage:
    """A task as its reader may see it. Raises NotFound, NotAllowed.

    ``look``: WHOLE shows personal values whole to who gave a reason, and puts the look on record.
    """
    case, task, may_act = readable(actor, task_id)
    return _task_page(actor, case, task, may_act, look)


def readable(actor: Actor, task_id: int) -> tuple[Held, HeldTask, bool]:
    """A task with its case, and whether it is one of the actor's groups.

    Raises NotFound, NotAllowed.
    """
    row = raw().execute(BY_TASK, (task_id,)).fetchone()
    if row is None:
        raise NotFound(T("没有这项任务，请核对编号。"))
    case, task = read_case(row), read_task(row)
    rights.need_case(actor, case)
    may_act = rights.of_group(actor, task.groups) is not None
    if not may_act and not rights.holds(actor, task.holder) and not reads_all(actor, case):
        raise NotAllowed(T("此任务不属于您的岗位。"), case=case.number)
    return case, task, may_act


def may_open(actor: Actor, task_id: int) -> bool:
    """Whether the actor may see the task."""
    row = raw().execute(BY_TASK, (task_id,)).fetchone()
    if row is None:
        return False
    case, task = read_case(row), read_task(row)
    ours = rights.of_group(actor, task.groups) is not None or rights.holds(actor, task.holder)
    return rights.sees_region(actor, case.region) and (ours or reads_all(actor, case))


def reads_all(actor: Actor, case: Held) -> bool:
    """Who reads every step: the system, auditors, the director; archivists of what is over."""
    over = case.status != "open" and "archivist" in actor.groups
    return actor.id is None or over or bool(actor.groups & {"auditor", "cs_director"})


def _task_page(actor: Actor, case: Held, task: HeldTask, may_act: bool, look: Look) -> TaskPage:
    element = definitions.element(case.release_id, task.procedure, task.element)
    form = saved_rows.form_of(case, task)
    tasks = sight.tasks_of(case)
    may = may_act and sight.may_look(actor, case, tasks)
    whole = looks.sees_whole(actor, case, look, may=may)
    scope = scope_of(case, task) if may_act and task.side is None else {}
    entered = drafts.entered(actor, case, task, form, whole=whole) if may_act else NOTHING
    scope = {**scope, **entered.held}
    if whole and look is Look.WHOLE:
        looks.note(actor, case, drafts.shown(form, scope, entered), task=task.id)
    names = {field.key.partition(".")[0] for field in form.fields}
    answers = {k: v for k, v in scope.items() if k in names}
    card = _card(case, clear=False)
    is_open = task.status == "open" and case.status == "open"
    return TaskPage(
        id=task.id, name=task.name, element=task.element, procedure=case.procedure,
        procedure_name=definitions.process(case.release_id, case.procedure).name,
        case_number=case.number, case_id=case.id, release=case.release_id, version=case.version,
        status=task.status, case_status=case.status, groups=tuple(task.groups),
        holder=task.holder, holder_name=task.holder_name, claimed_at=task.claimed_at,
        closed_at=task.closed_at, closed_by_name=task.closed_by_name,
        mine=is_open and may_act and rights.holds(actor, task.holder),
        may_act=is_open and may_act and (task.holder is None or rights.holds(actor, task.holder)),
        may_claim=is_open and may_act and task.holder is None,
        may_withdraw=may_withdraw(actor, case, tasks), form=form, scope=scope,
        answers=answers if whole else forms.masked(form, answers),
        draft=entered.draft, draft_at=entered.at, offered=entered.offered,
        whole=whole, may_look=may,
        sent_back=earlier.sent_back(case, task.created_at) if task.again and may_act else None,
        clauses=tuple(element.clauses), phrase=element.phrase,
        prints=_offered(case, [element.print, *_done(case, tasks)]),
        documentation=element.documentation,
        follows=_follows(case, task),
        milestones=milestones(case, tasks), steps=tuple(tasks),
        applicant=card["name"], phone=card["phone"], account_no=case.account_no,
        address=case.address, region=case.region, started_at=case.started_at,
        due_at=task.due_at or case.due_at, paused_since=case.paused_since,
        paused_seconds=case.paused_seconds, side=task.side,
        timing=next(step.timing for step in tasks if step.id == task.id),
        spent=clock.spent_in_all(case, case.ended_at or now()),
        sides=tuple(asked.sides(case, task.id)) if may_act else (),
        rows={one.key: list(saved_rows.rows_of(case, task, one, scope).values())
              for one in form.sheets} if may_act else {},
    )  # fmt: skip


def _follows(case: Held, task: HeldTask) -> str | None:
    library = definitions.library(case.release_id)
    return engine.next_step(library, case.procedure, task.procedure, task.element)


def scope_of(case: Held, task: HeldTask) -> dict[str, Any]:
    """What the form may read; of a closed task, what the case knows now."""
    library = definitions.library(case.release_id)
    run = engine.load(library, case.clear_state(), calendar_of(case))
    return run.scope(task.engine_id) if task.status == "open" else run.variables


def _card(case: Held, *, clear: bool) -> dict[str, str]:
    card = open_card(case.number, case.card, case.wrapped)
    name, phone = card.get("name", ""), card.get("phone", "")
    if clear:
        return {"name": name, "phone": phone}
    return {"name": identifiers.mask_name(name), "phone": identifiers.mask_phone(phone)}


def milestones(case: Held, tasks: list[TaskView]) -> tuple[Milestone, ...]:
    """The procedure's milestones: where the case stands, what it passed on the way there.

    What was not taken (an approval that nobody needed) stays ahead, and so does what comes after
    the place that a case was sent back to.
    """
    process = definitions.process(case.release_id, case.procedure)
    way = raw().execute(PASSED, (case.number, case.started_at, case.procedure)).fetchall()
    passed = {_part_of(process, element) for (element,) in way}
    standing = {_part_of(process, element) for element in _standing(case, tasks)}
    order = [_part_of(process, element) for element in process.milestones]
    last = max((n for n, part in enumerate(order) if part in standing), default=len(order))

    def state(place: int, part: str) -> str:
        if part in standing:
            return "now"
        return "done" if part in passed and place < last else "ahead"

    return tuple(
        Milestone(e, process.elements[e].milestone, state(n, order[n]))
        for n, e in enumerate(process.milestones)
    )


def _part_of(process: engine.Process, element: str) -> str:
    """What steps of one milestone share: its mark, else the step itself."""
    found = process.elements.get(element)
    return found.marks.properties.get("milestone", element) if found else element


def standing(case: Held, tasks: list[TaskView], procedure: str) -> set[str]:
    """Elements of a drawing where the case stands: its own steps, and calls it is within."""
    if procedure == case.procedure:
        return _standing(case, tasks)
    return {t.element for t in tasks if t.status == "open" and t.procedure == procedure}


def _standing(case: Held, tasks: list[TaskView]) -> set[str]:
    """Steps of the procedure's own drawing where the case stands, if within a call, the call."""
    now = [t for t in tasks if t.status == "open"]
    if case.status != "open" or all(t.procedure == case.procedure for t in now):
        return {t.element for t in now}
    run = engine.load(definitions.library(case.release_id), case.clear_state(), calendar_of(case))
    return {t.path[0] if t.path else t.element for t in run.look().tasks}


def may_withdraw(actor: Actor, case: Held, tasks: list[TaskView]) -> bool:
    """Whether the actor may take the customer's withdrawal now."""
    if case.status != "open" or case.register_changed:
        return False
    starters = set(definitions.process(case.release_id, case.procedure).starters)
    groups = starters | rights.MAY_ASSIGN | {g for t in tasks for g in t.groups}
    return actor.id is None or rights.of_group(actor, groups) is not None


def may_force(actor: Actor, case: Held) -> bool:
    """Whether the actor may end the case by force."""
    return case.status == "open" and rights.may_force(actor)


def case(actor: Actor, number: str, look: Look = Look.MASKED) -> CasePage:
    """A case as its reader may see it. Raises NotFound, NotAllowed. ``look`` as ``task_for``."""
    row = raw().execute(BY_NUMBER, (number,)).fetchone()
    if row is None:
        raise no_case(number)
    held = read_case(row)
    tasks = sight.tasks_of(held)
    rights.need_read(actor, held, {group for task in tasks for group in task.groups})
    part, may = sight.sees_people(actor, tasks), sight.may_look(actor, held, tasks)
    whole = looks.sees_whole(actor, held, look, may=may)
    # Who did a step may still print; numbers are whole only for who has one now.
    clear = whole and part
    card, variables = _card(held, clear=clear), _variables(held, clear=clear)
    if clear and look is Look.WHOLE:
        shown = {name: value for name, value in {**card, **variables}.items() if value}
        looks.note(actor, held, shown.keys() - held.open_vars.keys() - ROW)
    process = definitions.process(held.release_id, held.procedure)
    end = process.elements.get(held.outcome or "")
    line = _line_of(actor, number)
    family = [n for (n,) in raw().execute(CHILDREN, (held.id, held.parent_id)).fetchall()]
    return CasePage(
        line=line, number=number, id=held.id, procedure=held.procedure,
        procedure_name=process.name, version=held.version, release=held.release_id,
        status=held.status, state=line.state, outcome=held.outcome,
        outcome_name=end.name if end else None, account_no=held.account_no,
        address=held.address, region=held.region, applicant=card["name"], phone=card["phone"],
        variables=variables, tasks=tuple(tasks),
        milestones=milestones(held, tasks),
        incidents=tuple(raw().execute(INCIDENTS, (held.id,)).fetchall()),
        children=tuple(family[1:] if held.parent_id else family),
        parent=family[0] if held.parent_id and family else None,
        started_at=held.started_at, ended_at=held.ended_at, due_at=held.due_at,
        paused_since=held.paused_since, paused_seconds=held.paused_seconds,
        timing=_timing(held), spent=clock.spent_in_all(held, held.ended_at or now()),
        may_withdraw=may_withdraw(actor, held, tasks), clear=clear, may_look=part and may,
        prints=papers(held, tasks) if sight.may_print(actor, held, tasks) else (),
        sides=tuple(asked.sides(held)) if part else (),
        watching=actor.id in held.open.watchers, may_force=may_force(actor, held),
    )  # fmt: skip


def _timing(case: Held) -> Timing:
    return Timing(
        case.due_at,
        case.ended_at,
        case.paused_since,
        case.paused_by,
        case.clock.get("l"),
        case.branch,
        case.region,
    )


def papers(case: Held, tasks: list[TaskView]) -> tuple[prints.Title, ...]:
    """The print-outs of the start, of all steps that were reached, and of those done."""
    process = definitions.process(case.release_id, case.procedure)
    steps = dict.fromkeys((t.procedure, t.element) for t in tasks)
    marks = [definitions.element(case.release_id, *step).print for step in steps]
    return _offered(case, [process.print_at_start, *marks, *_done(case, tasks)])


def _offered(case: Held, marks: list[str | None]) -> tuple[prints.Title, ...]:
    """The print-outs that marks name; a called drawing may name those of several callers, and
    another procedure's own are none of this case's."""
    return tuple(
        (name, title)
        for name, title in prints.marked(marks)
        if _is_ours(case, name.partition(".")[0])
    )


def _is_ours(case: Held, owner: str) -> bool:
    found = definitions.library(case.release_id).processes.get(owner)
    return owner == case.procedure or found is None or not found.starters


def _done(case: Held, tasks: list[TaskView]) -> list[str | None]:
    """Marks of what a step leaves behind: there is nothing to print before it is done."""
    steps = dict.fromkeys((t.procedure, t.element) for t in tasks if t.status == "done")
    return [definitions.element(case.release_id, *step).print_done for step in steps]


def _line_of(actor: Actor, number: str) -> CaseLine:
    row = (
        raw()
        .execute(
            CASE_LINE + " AND c.number = %(number)s",
            {**seeing(actor), "all": True, "closed": [], "number": number},
        )
        .fetchone()
    )
    assert row is not None
    return _case_line(row)


def _variables(case: Held, *, clear: bool) -> dict[str, Any]:
    """All for who has part in it, else those that no person flows into."""
    if not clear or case.wrapped is None:
        return dict(case.open_vars)
    library = definitions.library(case.release_id)
    return engine.load(library, case.clear_state(), calendar_of(case)).variables
