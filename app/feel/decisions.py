"""Decisions read from DMN, evaluated in V8."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from app.feel import faults
from app.feel.expressions import clock, supplies
from app.feel.pool import ask
from app.texts import Text
from app.worktime import Calendar


@dataclass(frozen=True)
class Finding:
    """One thing wrong in a DMN file; ``element`` is the id of the nearest element that has one.

    ``severity``: error, warning, or hint (nothing is wrong, but something could not be checked).
    """

    file: str
    element: str
    rule: str
    severity: str
    message: Text


@dataclass(frozen=True)
class Decision:
    """One decision, with the whole graph that it needs.

    ``inputs``: names of the input data that it reads, directly or through other decisions;
    ``outputs``: columns of its table (empty for other logic); ``ref``: its key inside ``model``.
    """

    id: str
    name: str
    file: str
    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    ref: str = field(repr=False)
    key: str = field(repr=False)
    model: Mapping[str, Any] = field(repr=False, compare=False)
    check: Callable[[], Iterable[Finding]] = field(repr=False, compare=False)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong in it; the first decision of a file has what is wrong in the file too.

        Looked for when first asked: running a decision needs none of it.
        """
        return tuple(self.check())


@dataclass(frozen=True)
class DecisionResult:
    """``rules``: ids of the rows that made the result; ``messages``: empty when all went well.

    ``evaluations``: all decisions and decision services of the graph that were evaluated, in the
    order in which they were done: ``{"decision": id, "name", "inputs": {name: value}, "rules":
    [id], "result"}``. ``inputs`` are what the decision requires (input data and decisions) and, for
    a table, the text of each input column with its value. Values as in ``value``.
    """

    value: Any
    rules: list[str]
    messages: list[Text]
    evaluations: tuple[dict[str, Any], ...] = ()


def decide(
    decision: Decision,
    inputs: Mapping[str, Any],
    *,
    now: datetime,
    calendar: Calendar | None = None,
    outside: bool = False,
) -> DecisionResult:
    """Evaluate a decision. A missing row, a wrong type or any warning is told in ``messages``.

    ``outside``: dates and the like come back as ``{"feel": …}`` instead of ISO text.
    Raises FeelError only when time or memory is used up.
    """
    payload = {
        "key": decision.key,
        "decision": decision.ref,
        "inputs": inputs,
        "outside": outside,
        "clock": clock(now, calendar),
    }
    supply = supplies(calendar)
    supply["model"] = lambda: {"key": decision.key, "model": decision.model}
    answer = ask("decide", payload, supply)
    messages = [faults.warning("", each).text for each in answer["warnings"]]
    return DecisionResult(
        answer["value"],
        answer["rules"],
        list(dict.fromkeys(messages)),
        tuple(answer["evaluations"]),
    )
