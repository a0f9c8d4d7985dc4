"""Who may not do a step because of a case, its own or another (mark ``not_by_case``).

Their ids stand among the case's doers under the very word that the task's ``not_by`` holds, so
that whatever reads ``not_by`` reads them like those of a step.
"""

from __future__ import annotations

from collections.abc import Iterable

from app import engine
from app.cases.hold import Held
from app.work import Work

DOERS = "SELECT doers FROM cases WHERE number = %s"


def bar(work: Work, case: Held, tasks: Iterable[engine.OpenTask]) -> None:
    """Bring the doers up to what the open tasks ask for.

    Of its own case all steps count but the very ones that ask: a second attempt is the same
    person's. Another case is over as a rule: it is read once.
    """
    asking: dict[str, set[str]] = {}
    for task in tasks:
        for word in task.not_by:
            if word.startswith(engine.OF_CASE):
                asking.setdefault(word, set()).add(task.element)
    for word, elements in asking.items():
        number = word.removeprefix(engine.OF_CASE)
        if number == case.number:
            case.doers[word] = _persons(case.doers, elements)
        elif word not in case.doers:
            row = work.execute(DOERS, (number,)).fetchone()
            case.doers[word] = _persons(row[0] if row else {}, set())


def did(case: Held, person: int | None) -> bool:
    """Whether the person did a step of this very case."""
    return person is not None and person in _persons(case.doers, set())


def _persons(doers: dict[str, list[int]], without: set[str]) -> list[int]:
    steps = [step for step in doers if step not in without and not step.startswith(engine.OF_CASE)]
    return sorted({person for step in steps for person in doers[step]})
