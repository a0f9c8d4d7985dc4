"""A case in hand: its row locked, its key open. One statement reads all that a move needs.

The case's row is always locked first and then the task's, so that two people on two tasks of one
case wait for each other instead of blocking each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app import sealing
from app.cases.follow import Waits
from app.db import raw
from app.errors import NotFound
from app.texts import T
from app.work import Work

CASE_COLUMNS = (
    "id", "number", "procedure", "version", "release_id", "parent_id", "key_id", "state", "card",
    "open_vars", "waits", "doers", "task_count", "account_no", "address", "region", "branch",
    "status", "outcome", "register_changed", "first_receiver", "started_at", "ended_at", "due_at",
    "paused_since", "paused_seconds", "paused_days", "extended", "clock",
    "paused_by", "gross_seconds", "net_seconds", "chain_seq", "chain_head",
)  # fmt: skip
TASK_COLUMNS = (
    "id", "engine_id", "element", "name", "procedure", "instance", "form", "groups", "not_by",
    "paused", "status", "holder", "holder_name", "claimed_at", "created_at", "due_at",
    "closed_at", "closed_by", "closed_by_name", "again", "side", "beside", "words",
    "limited", "paused_since", "gross_seconds", "net_seconds",
)  # fmt: skip
_CASE = ", ".join(f"c.{name}" for name in CASE_COLUMNS)
_TASK = ", ".join(f"t.{name}" for name in TASK_COLUMNS)

BY_TASK = f"""
    SELECT {_CASE}, k.wrapped, {_TASK},
        EXISTS (SELECT FROM drafts d WHERE d.task_id = t.id)
            OR EXISTS (SELECT FROM draft_rows r WHERE r.task_id = t.id)
    FROM cases c JOIN tasks t ON t.case_id = c.id JOIN data_keys k ON k.id = c.key_id
    WHERE t.id = %s
"""
BY_NUMBER = f"""
    SELECT {_CASE}, k.wrapped
    FROM cases c JOIN data_keys k ON k.id = c.key_id
    WHERE c.number = %s
"""
BY_ID = f"""
    SELECT {_CASE}, k.wrapped
    FROM cases c JOIN data_keys k ON k.id = c.key_id
    WHERE c.id = %s
"""
# The next so many open cases, in order, for what goes over all of them; the rows are wide, so only
# those are read.
FEW = f"""
    SELECT {_CASE}, k.wrapped
    FROM cases c JOIN data_keys k ON k.id = c.key_id
    WHERE c.status = 'open' AND c.id = ANY(ARRAY(
        SELECT id FROM cases WHERE status = 'open' AND id > %s ORDER BY id LIMIT %s))
    ORDER BY c.id FOR UPDATE OF c
"""


@dataclass(slots=True)
class Held:
    """A case's row. It is the subject of its own chain. ``key`` is the bare data key."""

    id: int
    number: str
    procedure: str
    version: int
    release_id: int
    parent_id: int | None
    key_id: UUID
    state: bytes
    card: bytes | None
    open_vars: dict[str, Any]
    waits: dict[str, Any]
    doers: dict[str, list[int]]
    task_count: int
    account_no: str | None
    address: str | None
    region: str | None
    branch: str | None
    status: str
    outcome: str | None
    register_changed: bool
    first_receiver: int | None
    started_at: datetime
    ended_at: datetime | None
    due_at: datetime | None
    paused_since: datetime | None
    paused_seconds: int
    paused_days: int
    extended: bool
    clock: dict[str, Any]
    paused_by: str | None
    gross_seconds: int | None
    net_seconds: int | None
    chain_seq: int
    chain_head: bytes
    wrapped: bytes | None
    # Who is known at the start, before anybody has been named in a form.
    people: dict[str, Any] | None = None

    @property
    def subject_kind(self) -> str:
        """For the trail."""
        return "case"

    @property
    def subject_key(self) -> str:
        """For the trail."""
        return self.number

    @property
    def key(self) -> bytes:
        """The bare data key. Raises Destroyed."""
        return sealing.unwrap(self.wrapped)

    @property
    def open(self) -> Waits:
        """What is open, as it was read."""
        return Waits.read(self.waits)

    def seal(self, value: Any) -> bytes:
        """Seal anything JSON can say under the case's key, bound to its number."""
        return sealing.seal_with(self.key, orjson.dumps(value), self.number.encode())

    def unseal(self, sealed: bytes) -> Any:
        """Open what ``seal`` sealed."""
        return orjson.loads(sealing.unseal_with(self.key, sealed, self.number.encode()))

    def clear_state(self) -> bytes:
        """The engine's state. Raises Destroyed."""
        return sealing.unseal_with(self.key, self.state, self.number.encode())

    def seal_state(self, state: bytes) -> None:
        """Keep a new state of the engine."""
        self.state = sealing.seal_with(self.key, state, self.number.encode())


@dataclass(slots=True)
class HeldTask:
    """A task's row, locked together with its case's.

    ``again``: the earlier task whose answers are offered. ``side``: what a task beside the drawing
    is for, ``beside`` the task that it belongs to, ``words`` what is asked there, sealed.
    """

    id: int
    engine_id: str
    element: str
    name: str
    procedure: str
    instance: int | None
    form: str | None
    groups: list[str]
    not_by: list[str]
    paused: bool
    status: str
    holder: int | None
    holder_name: str | None
    claimed_at: datetime | None
    created_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    closed_by: int | None
    closed_by_name: str | None
    again: int | None
    side: str | None
    beside: int | None
    words: bytes | None
    limited: str | None
    paused_since: datetime | None
    gross_seconds: int | None
    net_seconds: int | None
    has_draft: bool = field(default=False)


CASE_WIDTH = len(CASE_COLUMNS) + 1


def read_case(row: Sequence[Any]) -> Held:
    """A row of CASE_COLUMNS and the wrapped key."""
    return Held(*row[:CASE_WIDTH])


def read_task(row: Sequence[Any]) -> HeldTask:
    """The rest of a row of BY_TASK."""
    return HeldTask(*row[CASE_WIDTH:])


def hold_task(work: Work, task_id: int) -> tuple[Held, HeldTask]:
    """Lock a task with its case. Raises NotFound."""
    row = work.execute(BY_TASK + " FOR UPDATE OF c, t", (task_id,)).fetchone()
    if row is None:
        raise NotFound(T("没有这项任务，请核对编号。"))
    return read_case(row), read_task(row)


NUMBER = re.compile(r"[A-Z]{1,4}\d{8}-\d{1,9}")


def no_case(number: str | int) -> NotFound:
    """There is no such case. What is no number is not said again: people type names there."""
    if NUMBER.fullmatch(str(number)) or isinstance(number, int):
        return NotFound(T("没有编号为 {number} 的办件。", number=number))
    return NotFound(T("没有这个编号的办件，请核对案号。"))


def hold_case(work: Work, number: str) -> Held:
    """Lock a case by its number. Raises NotFound."""
    row = work.execute(BY_NUMBER + " FOR UPDATE OF c", (number,)).fetchone()
    if row is None:
        raise no_case(number)
    return read_case(row)


def hold_by_id(work: Work, case_id: int) -> Held:
    """Lock a case by its id. Raises NotFound."""
    row = work.execute(BY_ID + " FOR UPDATE OF c", (case_id,)).fetchone()
    if row is None:
        raise no_case(case_id)
    return read_case(row)


TASK_GROUPS = """
    SELECT coalesce(array_agg(DISTINCT g), '{}') FROM tasks, unnest(groups) AS g WHERE case_id = %s
"""


def task_groups(case: Held) -> list[str]:
    """The groups that have, or had, a step of the case."""
    row = raw().execute(TASK_GROUPS, (case.id,)).fetchone()
    return list(row[0]) if row else []
