"""What was entered in a step and is not in the case yet: a draft, or what a step sent back held.

Typing of one's own is shown as it was typed. Personal typing of a colleague stays back until one
has given a reason to see it; it is not lost when one saves or submits without having seen it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app import definitions, forms
from app.cases import earlier
from app.cases.hold import Held, HeldTask
from app.db import raw
from app.forms import Form
from app.work import Actor, Work

DRAFT = "SELECT body, saved_at, saved_by FROM drafts WHERE task_id = %s"
# In a draft: names of personal values that who saved it was never shown.
KEPT = "_kept"
Values = dict[str, Any]


@dataclass(frozen=True)
class Entered:
    """``draft`` and ``offered`` as they may be shown; ``held``: what stays back, to be masked."""

    draft: Values | None = None
    at: datetime | None = None
    offered: Values | None = None
    held: Values = field(default_factory=dict)


@dataclass(frozen=True)
class _Draft:
    values: Values
    at: datetime
    by: int | None
    kept: frozenset[str]


def entered(actor: Actor, case: Held, task: HeldTask, form: Form, *, whole: bool) -> Entered:
    """Draft and earlier answers for the page of a task."""
    draft = _read(case, task)
    offered = earlier.answers(case, task.again) if task.again else None
    if draft is not None:
        shown, back = forms.apart(draft.values, () if whole else _foreign(actor, draft, form))
        return Entered(shown, draft.at, None, forms.nested(back))
    if offered is None or whole:
        return Entered(offered=offered)
    shown, back = forms.apart(offered, forms.personal_names(form))
    return Entered(offered=shown, held=back)


def stored(case: Held, task: HeldTask) -> Values:
    """What stands in the draft, else what the step held before it was sent back; whole."""
    draft = _read(case, task)
    if draft is not None:
        return draft.values
    return (earlier.answers(case, task.again) if task.again else None) or {}


def _read(case: Held, task: HeldTask) -> _Draft | None:
    row = raw().execute(DRAFT, (task.id,)).fetchone() if task.has_draft else None
    if row is None:
        return None
    values = case.unseal(bytes(row[0]))
    kept = frozenset(values.pop(KEPT, ()))
    return _Draft(values, row[1], row[2], kept)


def _foreign(actor: Actor, draft: _Draft, form: Form) -> frozenset[str]:
    """Names of what the reader did not type."""
    mine = actor.id is not None and draft.by == actor.id
    return draft.kept if mine else forms.personal_names(form)


def shown(form: Form, scope: Mapping[str, Any], entered: Entered) -> list[str]:
    """Names of the personal values that a whole page of the step shows."""
    known = {**scope, **(entered.offered or {}), **(entered.draft or {})}
    return [name for name in forms.personal_names(form) if known.get(name)]


def with_kept(
    work: Work, case: Held, task: HeldTask, given: Mapping[str, Any]
) -> tuple[Values, frozenset[str]]:
    """What was given, with the personal typing that its page did not show; the names of that."""
    if not task.form or not (task.has_draft or task.again):
        return dict(given), frozenset()
    form = definitions.form(case.release_id, task.form)
    draft = _read(case, task)
    if draft is None:
        back = earlier.answers(case, task.again) if task.again else None
        back, names = back or {}, forms.personal_names(form)
    else:
        back, names = draft.values, _foreign(work.by, draft, form)
    _, personal = forms.apart(back, names)
    here = {forms.head(name) for name in given}
    more = {name: value for name, value in personal.items() if forms.head(name) not in here}
    return {**given, **more}, frozenset(forms.head(name) for name in more)
