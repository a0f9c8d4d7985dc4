"""The engine: BPMN drawings of the Camunda 8 dialect, run on SpiffWorkflow. No database, no clock.

``compile`` files into a Library (kept and shared), ``Run(library).start(…)`` or ``load`` a state,
move it, and take the Outcome. What is not run rightly, ``check`` refuses.
"""

from app.engine.ahead import END, next_step
from app.engine.back import Back
from app.engine.check import Finding, ServiceContract, check
from app.engine.check.rooms import SEEN_IN_A_RUN
from app.engine.drawing import Element, MessageStart, Process, StartEvent
from app.engine.library import Library, compile
from app.engine.opening import timer_start_due
from app.engine.outcome import (
    OF_CASE,
    Failure,
    OpenTask,
    OpenTimer,
    Outcome,
    ServiceCall,
    Step,
    Subscription,
    Thrown,
    Why,
)
from app.engine.recount import work_out
from app.engine.rehearsal import rehearse
from app.engine.run import Run, load
from app.engine.script import BadScript

__all__ = [
    "END",
    "OF_CASE",
    "SEEN_IN_A_RUN",
    "Back",
    "BadScript",
    "Element",
    "Failure",
    "Finding",
    "Library",
    "MessageStart",
    "OpenTask",
    "OpenTimer",
    "Outcome",
    "Process",
    "Run",
    "ServiceCall",
    "ServiceContract",
    "StartEvent",
    "Step",
    "Subscription",
    "Thrown",
    "Why",
    "check",
    "compile",
    "load",
    "next_step",
    "rehearse",
    "timer_start_due",
    "work_out",
]
