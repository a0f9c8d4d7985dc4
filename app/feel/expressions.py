"""FEEL expressions: one at a time or many in one borrowing, strict in every case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from app.feel import faults
from app.feel.faults import FeelError
from app.feel.pool import ask
from app.texts import Text
from app.worktime import Calendar

# China has had one zone without daylight saving since 1991.
SHANGHAI = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Parsed:
    """What reading an expression tells without running it.

    ``variables``: names it surely reads; ``paths``: the same with what is taken from them
    (``order.items.name``); ``perhaps``: names inside a filter, fields of the item or variables.
    """

    valid: bool
    position: tuple[int, int] | None
    variables: frozenset[str]
    error: Text | None
    paths: frozenset[str] = frozenset()
    perhaps: frozenset[str] = frozenset()


def clock(now: datetime, calendar: Calendar | None) -> list[str | None]:
    return [_local(now), calendar.version if calendar else None]


def _local(now: datetime) -> str:
    if now.tzinfo is None:
        raise ValueError("now must be aware")
    return now.astimezone(SHANGHAI).isoformat(timespec="seconds")


def supplies(calendar: Calendar | None) -> dict[str, Any]:
    if calendar is None:
        return {}
    return {"calendar": lambda: {"version": calendar.version, "table": calendar.table()}}


def evaluate(
    expr: str, scope: Mapping[str, Any], *, now: datetime, calendar: Calendar | None = None
) -> Any:
    """Value of an expression (without its leading ``=``); dates come back as ISO strings.

    Raises FeelError: a syntax error, any warning of the run, time or memory used up.
    """
    return evaluate_many([(expr, scope)], now=now, calendar=calendar)[0]


def condition(
    expr: str, scope: Mapping[str, Any], *, now: datetime, calendar: Calendar | None = None
) -> bool:
    """Like evaluate, and anything but true or false raises FeelError (not_boolean)."""
    value = evaluate(expr, scope, now=now, calendar=calendar)
    if not isinstance(value, bool):
        raise faults.not_boolean(value)
    return value


def evaluate_many(
    jobs: Iterable[tuple[str, Mapping[str, Any]]],
    *,
    now: datetime,
    calendar: Calendar | None = None,
) -> list[Any]:
    """Values of (expression, scope) pairs in one borrowing; the first fault raises FeelError."""
    values = evaluate_each(jobs, now=now, calendar=calendar)
    for value in values:
        if isinstance(value, FeelError):
            raise value
    return values


def evaluate_each(
    jobs: Iterable[tuple[str, Mapping[str, Any]]],
    *,
    now: datetime,
    calendar: Calendar | None = None,
) -> list[Any]:
    """Like evaluate_many, and a fault stands in the place of its value. Raises FeelError only
    when time or memory was used up."""
    pairs = list(jobs)
    if not pairs:
        return []
    payload = {"jobs": pairs, "clock": clock(now, calendar)}
    answers = ask("run", payload, supplies(calendar))
    return [_value(expr, answer) for (expr, _), answer in zip(pairs, answers, strict=True)]


def evaluate_at(
    jobs: Iterable[tuple[str, Mapping[str, Any], datetime]], *, calendar: Calendar | None = None
) -> list[Any]:
    """Like evaluate_each, each job as of a moment of its own."""
    asked = [(expr, scope, _local(at)) for expr, scope, at in jobs]
    if not asked:
        return []
    version = calendar.version if calendar else None
    payload = {"jobs": asked, "clock": [asked[0][2], version]}
    answers = ask("run", payload, supplies(calendar))
    return [_value(job[0], answer) for job, answer in zip(asked, answers, strict=True)]


def _value(expr: str, answer: Mapping[str, Any]) -> Any:
    if "error" in answer:
        return faults.from_failure(expr, answer["error"])
    if answer["warnings"]:
        return faults.from_warnings(expr, answer["warnings"])
    return answer["value"]


def parse(expr: str, names: Sequence[str] = ()) -> Parsed:
    """Read an expression. ``names`` are known names with blanks or signs in them."""
    return _parse(expr, tuple(names), unary=False)


def unary(expr: str, names: Sequence[str] = ()) -> Parsed:
    """Read a cell of a decision table."""
    return _parse(expr, tuple(names), unary=True)


@lru_cache(maxsize=4096)
def _parse(expr: str, names: tuple[str, ...], *, unary: bool) -> Parsed:
    return as_parsed(expr, ask("parse", {"expr": expr, "names": names, "unary": unary}, {}))


def as_parsed(expr: str, found: Mapping[str, Any]) -> Parsed:
    """What the bundle's ``parse`` says, with its faults in words."""
    fault: FeelError | None = None
    if found["error"]:
        fault = faults.from_failure(expr, found["error"])
    return Parsed(
        valid=fault is None,
        position=fault.position if fault else None,
        variables=frozenset(found["variables"]),
        error=fault.message if fault else None,
        paths=frozenset(found["paths"]),
        perhaps=frozenset(found["perhaps"]),
    )
