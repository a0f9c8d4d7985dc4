"""Who may do what with a case. Pure; denies what is not granted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NoReturn

from app import engine, people, settings
from app.cases.hold import Held, HeldTask
from app.errors import Conflict, NotAllowed, Refused
from app.texts import T, Text
from app.work import Actor
from app.worktime import SHANGHAI

# Groups that run the installation and do no business.
NO_BUSINESS = frozenset({"admin", "process_approver"})
MAY_ASSIGN = frozenset({"cs_director"})


def sees_region(actor: Actor, region: str | None) -> bool:
    """Branches see their own region, the head office all; nobody without a group sees any."""
    if actor.id is None:
        return True
    if not actor.groups or actor.groups <= NO_BUSINESS:
        return False
    return actor.sees_all_regions or region is None or region == actor.region


def groups_of(actor: Actor) -> list[str]:
    """All names under which a task may ask for the actor's groups.

    ``meter_reader:城东`` also answers to ``meter_reader``; one without a region to all of them.
    """
    held = set(actor.groups)
    regions = settings.regions() if actor.sees_all_regions else {}
    kinds = {group.partition(":")[0] for group in held}
    return sorted(held | kinds | {f"{g}:{r}" for g in held if ":" not in g for r in regions})


def of_group(actor: Actor, groups: Iterable[str]) -> str | None:
    """The group of those asked for as which the actor may act."""
    shared = [group for group in groups if people.may(actor, group)]
    return min(shared) if shared else None


def may_force(actor: Actor) -> bool:
    """Whether the actor may end cases by force (setting ``ways.forcers``)."""
    allowed = set(str(settings.get("ways.forcers")).split())
    return actor.id is None or not actor.groups.isdisjoint(allowed)


def holds(actor: Actor, holder: int | None) -> bool:
    """Whether a task is the actor's, or that colleague's for whom the actor acts."""
    return holder is not None and holder in (actor.id, actor.behalf_of)


def leads(actor: Actor, groups: Iterable[str]) -> bool:
    """Whether the actor may hand the group's tasks out: its leader, and the director."""
    return bool(actor.groups & MAY_ASSIGN) or not actor.leads.isdisjoint(groups)


def need_case(actor: Actor, case: Held) -> None:
    """Raises NotAllowed when the case is of another region."""
    if not sees_region(actor, case.region):
        raise NotAllowed(T("此件不在您的辖区，您不能查看或办理。"), case=case.number)


def reads(actor: Actor, case: Held, groups: Iterable[str]) -> bool:
    """Whether the actor may see a case: by the matrix, by a step of his own in it (``groups``
    of its tasks), as archivist once it is over."""
    if actor.id is None or people.reads(actor.groups, case.procedure):
        return True
    over = case.status != "open" and "archivist" in actor.groups
    return over or of_group(actor, groups) is not None


def need_read(actor: Actor, case: Held, groups: Iterable[str]) -> None:
    """Raises NotAllowed when the case is of another region, or not the actor's to see."""
    need_case(actor, case)
    if not reads(actor, case, groups):
        raise NotAllowed(T("此类案件不由您的岗位查看。"), case=case.number)


def unread_procedures(actor: Actor) -> list[str]:
    """Procedures whose cases the actor sees only where a step of them is his."""
    if actor.id is None:
        return []
    return [key for key in people.MATRIX if not people.reads(actor.groups, key)]


def need_open(case: Held, task: HeldTask) -> None:
    """Raises Conflict naming who was first and when."""
    if task.status == "open":
        return
    if task.status == "done":
        _done(case, task)
    raise Conflict(T("此任务已撤销，无需再办。"), case=case.number, at=task.closed_at)


def _done(case: Held, task: HeldTask) -> NoReturn:
    name, when = task.closed_by_name or "", clock_text(task.closed_at)
    raise Conflict(
        T("此任务已由{name}于{when}办结。", name=name, when=when),
        holder=name,
        holder_id=task.closed_by,
        at=task.closed_at,
        done=True,
        case=case.number,
    )


def clock_text(at: datetime | None) -> str:
    """A moment as it is said at the counter."""
    return at.astimezone(SHANGHAI).strftime("%m月%d日 %H:%M") if at else ""


def need_group(actor: Actor, case: Held, task: HeldTask) -> str:
    """The group as which the actor acts. Raises NotAllowed."""
    need_case(actor, case)
    group = of_group(actor, task.groups)
    if group is None:
        raise NotAllowed(T("此任务不属于您的岗位。"), case=case.number, task=task.id)
    return group


def need_free(actor: Actor, case: Held, task: HeldTask) -> None:
    """Raises Conflict naming the holder when the task is another's."""
    if task.holder is not None and not holds(actor, task.holder):
        name = task.holder_name or ""
        raise Conflict(
            T("此任务正由{name}办理（{when}领取）。", name=name, when=clock_text(task.claimed_at)),
            holder=name,
            holder_id=task.holder,
            at=task.claimed_at,
            case=case.number,
        )


def need_four_eyes(actor: Actor, case: Held, task: HeldTask) -> None:
    """Raises NotAllowed when the actor did a step that this one must not share its person with."""
    for element in task.not_by:
        if not {actor.id, actor.behalf_of}.isdisjoint(case.doers.get(element, ())):
            raise NotAllowed(
                _too_near(element),
                case=case.number,
                task=task.id,
                not_by=element,
            )


def need_to_submit(actor: Actor, case: Held, task: HeldTask) -> str:
    """The group as which the actor may complete the task. Raises NotAllowed, Conflict."""
    group = need_group(actor, case, task)
    need_open(case, task)
    need_free(actor, case, task)
    need_four_eyes(actor, case, task)
    return group


def _too_near(element: str) -> Text:
    if element.startswith(engine.OF_CASE):
        number = element.removeprefix(engine.OF_CASE)
        return T("本步须由未办理过案件 {number} 的人办理：该案有步骤是您办的。", number=number)
    return T("本步须由另一人办理：前一步是您办的。")


def need_running(case: Held) -> None:
    """Raises Refused when the case is over."""
    if case.status != "open":
        raise Refused(T("办件 {number} 已办结或已撤回。", number=case.number), case=case.number)
