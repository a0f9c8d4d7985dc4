"""Cases: procedures under way, their tasks, and what people do with them."""

from __future__ import annotations

from app.cases.advance import Stuck
from app.cases.clockwork import (
    call_outside,
    complete_service,
    fire_timer,
    note_incident,
    queue_due_timers,
    retry_incident,
    services_of_open_cases,
)
from app.cases.commands import (
    Moved,
    NextTask,
    assign,
    claim,
    deliver_message,
    next_task,
    release,
    save_draft,
    start,
    submit_task,
    withdraw,
)
from app.cases.models import Case, Task
from app.cases.services import (
    BpmnError,
    Call,
    ServiceContract,
    contracts,
    install,
    service,
)

__all__ = [
    "BpmnError",
    "Call",
    "Case",
    "Moved",
    "NextTask",
    "ServiceContract",
    "Stuck",
    "Task",
    "assign",
    "call_outside",
    "claim",
    "complete_service",
    "contracts",
    "deliver_message",
    "fire_timer",
    "install",
    "next_task",
    "note_incident",
    "queue_due_timers",
    "release",
    "retry_incident",
    "save_draft",
    "service",
    "services_of_open_cases",
    "start",
    "submit_task",
    "withdraw",
]
