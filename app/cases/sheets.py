"""A print-out of a case is made: who has part in it gets the PDF, the trail its hash."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from app import config, definitions, printing
from app.cases import advance, pages, prints, rights
from app.cases.hold import Held, hold_case
from app.errors import NotAllowed, NotFound
from app.texts import T
from app.work import Actor, Work, command
from app.worktime import SHANGHAI

MADE_BEFORE = """
    SELECT count(*) FROM trail WHERE subject_kind = 'case' AND subject_key = %s AND at >= %s
        AND action = 'case:print' AND body -> 'after' ->> 'print' = %s
"""


def render_print(number: str, name: str, *, by: Actor) -> tuple[bytes, str]:
    """Make a print-out of a case: the PDF and a file name in which no person stands.

    ``name``: ``<procedure>.<print>``, or the print's alone for the case's own procedure. The
    first one is the original, each later one is marked as a copy. Raises NotFound, NotAllowed,
    Refused (what it shows does not exist yet).
    """
    # A token that only reads may print: what is written is that it did.
    made: tuple[bytes, str] = _print(number, name, by=replace(by, scope="all"))
    return made


@command
def _print(work: Work, number: str, name: str) -> tuple[bytes, str]:
    # The case stays locked: two prints at once are not both the original.
    case = hold_case(work, number)
    paper = _allowed(work, case, name)
    procedure, _, sheet = paper.name.partition(".")
    template = definitions.print_template(case.release_id, procedure, sheet)
    count = 1 + work.execute(MADE_BEFORE, (number, case.started_at, paper.name)).fetchone()[0]
    data = {"print": _head(work, case, count), **paper.gather(_call(work, case, paper.name))}
    made = printing.render(template, data, at=work.at)
    digest = hashlib.sha256(made).hexdigest()
    work.record(
        case,
        "case:print",
        case=number,
        procedure=case.procedure,
        version=case.version,
        release=case.release_id,
        after={"print": paper.name, "count": count},
        hashes={f"{sheet}.pdf": digest},
    )
    return made, f"{number}-{sheet}.pdf"


def _allowed(work: Work, case: Held, name: str) -> prints.PrintOut:
    rights.need_case(work.by, case)
    tasks = pages.tasks_of(case)
    if not pages.may_print(work.by, case, tasks):
        raise NotAllowed(T("此件不由您的岗位办理，不能打印。"), case=case.number)
    full = name if "." in name else f"{case.procedure}.{name}"
    if full not in dict(pages.papers(case, tasks)):
        raise NotFound(T("本案没有名为 {name} 的打印件，或尚未办到这一步。", name=name))
    return prints.find(full)


def _call(work: Work, case: Held, name: str) -> prints.PrintCall:
    return prints.PrintCall(
        case.number, case.procedure, case.account_no, case.region, _values(case, name), work.at
    )


def _values(case: Held, name: str) -> dict[str, Any]:
    """What the step sees whose sheet it is, while it is open; else what the case knows."""
    run = advance.load(case)
    for task in run.look().tasks:
        element = definitions.element(case.release_id, task.process_key, task.element)
        if name in definitions.words(element.print or ""):
            return {**run.variables, **run.scope(task.id)}
    return dict(run.variables)


def _head(work: Work, case: Held, count: int) -> dict[str, Any]:
    """What stands at the head and foot: see ``docs/printing.md``."""
    chosen, local = config.settings(), work.at.astimezone(SHANGHAI)
    return {
        "company": chosen.company,
        "phone": chosen.company_phone,
        "outlet": work.by.branch or work.by.region or "",
        "case_number": case.number,
        "url": f"{chosen.public_url.rstrip('/')}/cases/{case.number}",
        "date": local.date().isoformat(),
        "operator": work.by.name,
        "printed_at": work.at.isoformat(timespec="seconds"),
        "copy": str(T("副本 第{n}次打印", n=count)) if count > 1 else "",
    }
