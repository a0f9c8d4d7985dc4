"""A print-out of a case is made: who has part in it gets the PDF, the trail its hash."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from app import config, definitions, printing, settings
from app.cases import advance, looks, pages, prints, rights, sight
from app.cases.hold import Held, hold_case
from app.errors import NotAllowed, NotFound
from app.texts import T
from app.work import Actor, Work, command
from app.worktime import SHANGHAI

# Each print of the same original, oldest first.
MADE_BEFORE = """
    SELECT body -> 'after' ->> 'number' FROM trail
    WHERE subject_kind = 'case' AND subject_key = %s AND at >= %s AND action = 'case:print'
        AND body -> 'after' ->> 'print' = %s
        AND coalesce(body -> 'after' ->> 'edition', '') = %s
    ORDER BY seq
"""


def render_print(number: str, name: str, *, by: Actor) -> tuple[bytes, str]:
    """Make a print-out of a case: the PDF and a file name in which no person stands.

    ``name``: ``<procedure>.<print>``, or the print's alone for the case's own procedure. The
    first one is the original, each later one is marked as a copy. Raises NotFound, NotAllowed,
    Refused (what it shows does not exist yet), ReasonNeeded: a sheet shows persons whole.
    """
    # A token that only reads may print: what is written is that it did.
    made: tuple[bytes, str] = _print(number, name, by=replace(by, scope="all"))
    return made


@command(right="look")
def _print(work: Work, number: str, name: str) -> tuple[bytes, str]:
    # The case stays locked: two prints at once are not both the original.
    case = hold_case(work, number)
    paper, clear = _allowed(work, case, name)
    if paper.personal:
        looks.need_reason(work.by, case)
    procedure, _, sheet = paper.name.partition(".")
    template = definitions.print_template(case.release_id, procedure, sheet)
    gathered = paper.gather(_call(work, case, paper.name, clear=clear))
    said = _said(work, case, paper, str(gathered.get("edition") or ""))
    head = {**_head(work, case), "copy": _copy(said["count"]), "number": said["number"]}
    made = printing.render(template, {**gathered, "print": head}, at=work.at)
    work.record(
        case,
        "case:print",
        case=number,
        procedure=case.procedure,
        version=case.version,
        release=case.release_id,
        after={name: value for name, value in said.items() if value}
        | {"why": looks.reason_given(work.by, "case", number)},
        hashes={f"{sheet}.pdf": hashlib.sha256(made).hexdigest()},
    )
    return made, f"{number}-{sheet}.pdf"


def _said(work: Work, case: Held, paper: prints.PrintOut, edition: str) -> dict[str, Any]:
    """What the trail will say of this print. A notice keeps the number of its first print."""
    asked = (case.number, case.started_at, paper.name, edition)
    before = work.execute(MADE_BEFORE, asked).fetchall()
    number = before[0][0] if before else None
    if number is None and paper.series:
        number = settings.next_number(work, paper.series)
    return {"print": paper.name, "count": len(before) + 1, "edition": edition, "number": number}


def _copy(count: int) -> str:
    return str(T("副本 第{n}次打印", n=count)) if count > 1 else ""


def _allowed(work: Work, case: Held, name: str) -> tuple[prints.PrintOut, bool]:
    """The print-out, and whether whole numbers may stand on it. Raises NotFound, NotAllowed."""
    rights.need_case(work.by, case)
    tasks = sight.tasks_of(case)
    if not sight.may_print(work.by, case, tasks):
        raise NotAllowed(T("此件不由您的岗位办理，不能打印。"), case=case.number)
    full = name if "." in name else f"{case.procedure}.{name}"
    if full not in dict(pages.papers(case, tasks)):
        raise NotFound(T("本案没有名为 {name} 的打印件，或尚未办到这一步。", name=name))
    return prints.find(full), sight.sees_people(work.by, tasks)


def _call(work: Work, case: Held, name: str, *, clear: bool) -> prints.PrintCall:
    return prints.PrintCall(
        case.number,
        case.procedure,
        case.account_no,
        case.region,
        _values(case, name),
        work.at,
        by=work.by,
        clear=clear,
        due_at=case.due_at,
        branch=case.branch,
        business=definitions.process(case.release_id, case.procedure).name,
    )


def _values(case: Held, name: str) -> dict[str, Any]:
    """What the step sees whose sheet it is, while it is open; else what the case knows."""
    run = advance.load(case)
    for task in run.look().tasks:
        element = definitions.element(case.release_id, task.process_key, task.element)
        if name in definitions.words(element.print or ""):
            return {**run.variables, **run.scope(task.id)}
    return dict(run.variables)


def _head(work: Work, case: Held) -> dict[str, Any]:
    """What stands at the head and foot: see ``docs/printing.md``."""
    chosen, local = config.settings(), work.at.astimezone(SHANGHAI)
    return {
        "company": chosen.company,
        "phone": chosen.company_phone,
        "complaint_phone": chosen.complaint_phone,
        "outlet": work.by.branch or _main_outlet() or work.by.region or "",
        "case_number": case.number,
        "url": f"{chosen.public_url.rstrip('/')}/cases/{case.number}",
        "date": local.date().isoformat(),
        "operator": work.by.name,
        "printed_at": work.at.isoformat(timespec="seconds"),
    }


def _main_outlet() -> str:
    """Where those sit who belong to no branch."""
    outlets = (one.name for one in settings.branches() if one.kind == "outlet" and not one.region)
    return next(outlets, "")
