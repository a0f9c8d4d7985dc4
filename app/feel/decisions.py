"""Decisions read from DMN, evaluated in V8."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.feel import faults
from app.feel.expressions import clock, supplies
from app.feel.pool import ask
from app.texts import Text
from app.worktime import Calendar


@dataclass(frozen=True)
class Finding:
    """One thing wrong in a DMN file; ``element`` is the id of the nearest element that has one."""

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
    findings: tuple[Finding, ...]
    ref: str = field(repr=False)
    key: str = field(repr=False)
    model: Mapping[str, Any] = field(repr=False, compare=False)


@dataclass(frozen=True)
class DecisionResult:
    """``rules``: ids of the rows that made the result; ``messages``: empty when all went well."""

    value: Any
    rules: list[str]
    messages: list[Text]


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
    return DecisionResult(answer["value"], answer["rules"], list(dict.fromkeys(messages)))
