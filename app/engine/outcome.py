"""What a move of the engine gives back: plain values, no engine objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.texts import Text

OF_CASE = "case:"  # in ``not_by``: before the number of a case, all whose people are meant


@dataclass(frozen=True, slots=True)
class Why:
    """Why a gateway took a flow, or a decision its answer.

    ``values`` are the variables that the condition read; ``decision`` and ``rules`` name the
    decision that wrote one of them, and the rows of its table that matched. Of a decision itself:
    ``inputs``, ``result``, and ``evaluations`` of all decisions that it asked.
    """

    condition: str | None = None
    flow: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    decision: str | None = None
    rules: tuple[str, ...] = ()
    inputs: dict[str, Any] = field(default_factory=dict)
    result: Any = None
    evaluations: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A flow node that was completed in this move."""

    element: str
    process_key: str
    kind: str
    name: str
    clauses: tuple[str, ...]
    instance: int | None
    why: Why | None = None
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A user or manual task that waits for a person.

    ``path``: ids of the call activities around it, outermost first; ``instance`` counts from 1.
    ``limit``: how long it may take (``5 workdays``), or the name of a setting (``T-SURV``);
    ``due`` by a date instead. ``counted``: the date was worked out by the calendar.
    ``not_by``: ids of elements, and numbers of cases behind OF_CASE.
    """

    id: str
    element: str
    name: str
    instance: int | None
    process_key: str
    form: str | None
    groups: list[str]
    due: datetime | None
    not_by: list[str]
    paused: bool
    locals: dict[str, Any]
    path: list[str]
    kind: str = "user_task"
    limit: str | None = None
    counted: bool = False


@dataclass(frozen=True, slots=True)
class OpenTimer:
    """A timer that waits for its moment (aware UTC); ``counted``: worked out by the calendar."""

    id: str
    element: str
    due: datetime
    instance: int | None = None
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Subscription:
    """A message that is waited for, or a signal (``kind``; its ``key`` is empty)."""

    id: str
    name: str
    key: str
    element: str
    instance: int | None = None
    kind: str = "message"


@dataclass(frozen=True, slots=True)
class OpenCondition:
    """A conditional event that does not hold yet; the engine looks at it by itself."""

    element: str
    instance: int | None = None


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """A service function that has to be called; answer with ``resume`` or ``fail``."""

    id: str
    type: str
    inputs: dict[str, Any]
    element: str
    process_key: str
    name: str = ""
    instance: int | None = None


@dataclass(frozen=True, slots=True)
class Thrown:
    """A message or signal that the drawing sends; the host delivers it.

    ``keep``: for how long a message that nobody waits for yet is kept (ISO 8601 duration), None
    where the drawing does not say. A signal has been heard inside its own case already.
    """

    name: str
    key: str | None
    variables: dict[str, Any]
    element: str = ""
    keep: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a move could not be made. ``kind``: bpmn_error, no_flow, expression, stuck, …"""

    kind: str
    message: Text
    element: str
    process_key: str
    code: str | None = None


@dataclass(slots=True)
class Outcome:
    """The whole picture after a move; lists of open things name ALL of them.

    ``status``: ``waiting``, ``completed``, ``failed`` (nothing moved: ``state`` is the one before)
    or ``service`` (``service`` must be answered). ``pending`` are all services without an answer.
    ``pauses``: names of what stops the service clock; ``paused``: nothing is left but to wait.
    """

    status: str
    ended: str | None
    error: Failure | None
    tasks: list[OpenTask]
    timers: list[OpenTimer]
    subscriptions: list[Subscription]
    conditions: list[OpenCondition]
    service: ServiceCall | None
    pending: list[ServiceCall]
    messages: list[Thrown]
    signals: list[Thrown]
    steps: list[Step]
    paused: bool
    pauses: list[str]
    variables: dict[str, Any]
    _state: Callable[[], bytes]

    @property
    def state(self) -> bytes:
        """The case as bytes, made when first asked for: a stop at a service need not pay for it."""
        return self._state()
