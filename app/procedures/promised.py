"""Papers promised for later (承诺容缺): who is reminded of them, and taking one in.

The case is over by then, as a rule; so this is a deed on the case, not a step of a drawing.
"""

from __future__ import annotations

from datetime import datetime

from app import cases, definitions, registry
from app.errors import Conflict, Invalid, NotAllowed
from app.registry import PromiseFacts
from app.texts import T
from app.work import Actor, Work, command
from app.worktime import SHANGHAI

MODES = ("original", "copy", "checked")
MOST_PAGES = 500
# Beside who may start the procedure: who keeps the volume, and who answers for both.
KEEPERS = frozenset({"archivist", "cs_director"})


def late_promises_for(actor: Actor, at: datetime) -> list[PromiseFacts]:
    """Papers of cases of the actor's region that are late, the longest late first."""
    late = registry.late_promises(at.astimezone(SHANGHAI).date())
    ours = cases.seen(actor, [one.case for one in late])
    return [one for one in late if one.case in ours]


@command(right="case")
def take_in_promised(work: Work, number: str, kind: str, mode: str, pages: int) -> None:
    """Write a promised paper down as received: ``mode`` original, copy or checked.

    Raises NotFound, NotAllowed, Invalid (fields ``mode``, ``pages``), Conflict (it is there).
    """
    _need_part(work.by, cases.case(work.by, number))
    if mode not in MODES:
        raise Invalid(fields={"mode": T("请选择收到的是原件还是复印件")})
    if not 1 <= pages <= MOST_PAGES:
        raise Invalid(fields={"pages": T("请填 1 至 {n} 页", n=MOST_PAGES)})
    paper = next((one for one in registry.materials(number) if one.kind == kind), None)
    if paper is None or paper.mode != "commitment":
        raise Conflict(T("这份材料没有承诺补交，或已补交。"), case=number)
    registry.put_material(
        work, case=number, kind=kind, title=paper.title, mode=mode, pages=pages, received=True,
        file_ids=paper.file_ids,
    )  # fmt: skip


def _need_part(by: Actor, case: cases.CasePage) -> None:
    starters = set(definitions.process(case.release, case.procedure).starters)
    if by.id is not None and by.groups.isdisjoint(starters | KEEPERS):
        raise NotAllowed(T("此件不由您的岗位办理。"), case=case.number)
