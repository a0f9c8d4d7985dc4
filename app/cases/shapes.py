"""What a page of a task or a case is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app import forms
from app.cases import prints
from app.cases.reading import CaseLine
from app.cases.timing import Timing
from app.limits import Spent


@dataclass(frozen=True)
class Milestone:
    """A step of the procedure; ``state``: done, now or ahead."""

    element: str
    name: str
    state: str


@dataclass(frozen=True)
class TaskView:
    """A task of a case, open or closed. ``limited``: its own limit; ``gross_seconds`` by the wall,
    ``net_seconds`` on its own clock without pauses, of closed ones."""

    id: int
    element: str
    name: str
    procedure: str
    groups: tuple[str, ...]
    status: str
    holder: int | None
    holder_name: str | None
    paused: bool
    created_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    closed_by_name: str | None
    limited: str | None
    paused_since: datetime | None
    gross_seconds: int | None
    net_seconds: int | None
    timing: Timing


@dataclass(frozen=True)
class Entry:
    """An entry of a case's trail, without what is sealed. ``drawing``: the procedure whose drawing
    has the element, a called one's too."""

    at: datetime
    action: str
    actor_id: int | None
    actor_login: str
    actor_name: str | None
    group: str | None
    channel: str
    procedure: str | None
    version: str | None
    release: str | None
    element: str | None
    clause: str | None
    comment: str | None
    body: Mapping[str, Any]
    subject_kind: str
    subject_key: str
    seq: int
    element_name: str | None = None
    drawing: str | None = None


@dataclass(frozen=True)
class Side:
    """An opinion asked for beside a step. ``days``: working days, of an extension."""

    id: int
    kind: str
    status: str
    question: str
    by_name: str
    asked_at: datetime
    groups: tuple[str, ...]
    holder_name: str | None
    days: int | None = None
    decision: str | None = None
    opinion: str | None = None
    answered_by: str | None = None
    asked_by: int | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True)
class TaskPage:
    """Everything that the page of a task shows.

    ``scope`` is in clear and for the form's own use; ``answers`` are what stands in the case of
    the form's fields, ``draft`` what was typed and not yet submitted. ``offered``:
    what was entered when this step was done before, amounts in fen;
    ``sent_back``: by whom it was opened again, and why. ``mine``: the reader may act.
    ``side``: its kind when it is an opinion asked for beside a step, ``sides``: those beside it.
    ``whole``: personal values are shown whole; ``may_look``: they are to who gives a reason.
    Else ``answers`` have them masked, and of others' typing they are not in ``draft`` and
    ``offered``. ``follows``: the step that surely comes next, "" for the end, None when it depends.
    ``rows``: those of lists that are saved row by row, by the list's key.
    """

    id: int
    name: str
    element: str
    procedure: str
    procedure_name: str
    case_number: str
    case_id: int
    release: int
    version: int
    status: str
    case_status: str
    groups: tuple[str, ...]
    holder: int | None
    holder_name: str | None
    claimed_at: datetime | None
    closed_at: datetime | None
    closed_by_name: str | None
    mine: bool
    may_act: bool
    may_claim: bool
    may_withdraw: bool
    form: forms.Form
    scope: Mapping[str, Any]
    answers: Mapping[str, Any]
    draft: Mapping[str, Any] | None
    draft_at: datetime | None
    offered: Mapping[str, Any] | None
    sent_back: tuple[str, str] | None
    clauses: tuple[str, ...]
    phrase: str | None
    prints: tuple[prints.Title, ...]
    documentation: str | None
    follows: str | None
    milestones: tuple[Milestone, ...]
    steps: tuple[TaskView, ...]
    applicant: str
    phone: str
    account_no: str | None
    address: str | None
    region: str | None
    started_at: datetime
    due_at: datetime | None
    paused_since: datetime | None
    paused_seconds: int
    timing: Timing
    spent: Spent
    side: str | None = None
    sides: tuple[Side, ...] = ()
    whole: bool = False
    may_look: bool = False
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True)
class CasePage:
    """Everything that the page of a case shows. ``clear``: personal values are whole;
    ``may_look``: they are to who gives a reason."""

    line: CaseLine
    number: str
    id: int
    procedure: str
    procedure_name: str
    version: int
    release: int
    status: str
    state: str
    outcome: str | None
    outcome_name: str | None
    account_no: str | None
    address: str | None
    region: str | None
    applicant: str
    phone: str
    variables: Mapping[str, Any]
    tasks: tuple[TaskView, ...]
    milestones: tuple[Milestone, ...]
    incidents: tuple[tuple[Any, ...], ...]
    children: tuple[str, ...]
    parent: str | None
    started_at: datetime
    ended_at: datetime | None
    due_at: datetime | None
    paused_since: datetime | None
    paused_seconds: int
    timing: Timing
    spent: Spent
    may_withdraw: bool
    clear: bool
    prints: tuple[prints.Title, ...]
    sides: tuple[Side, ...] = ()
    watching: bool = False
    may_force: bool = False
    may_look: bool = False
