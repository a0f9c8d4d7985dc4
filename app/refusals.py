"""What a rule refused, as its entry in the trail tells it: nothing personal."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from app.errors import Problem
from app.texts import Text


def told(
    problem: Problem, fn: Callable[..., Any], args: Any, kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """Which command refused what, and why."""
    return {
        "command": f"{fn.__module__}.{fn.__qualname__}",
        "reason": type(problem).__name__,
        # The template, not the text: its places may hold what is personal.
        "text": problem.text.template if isinstance(problem.text, Text) else None,
        "on": _identifiers(fn, args, kwargs),
        # What the refusing rule itself wants on record; nothing personal.
        **({"about": about} if (about := problem.details.get("about")) else {}),
    }


def case_of(problem: Problem) -> str | None:
    """The number of the case that it is about, where it says one."""
    case = problem.details.get("case")
    return case if isinstance(case, str) else None


def _identifiers(fn: Callable[..., Any], args: Any, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that name a thing, such as task_id and case_number; no others."""
    try:
        given = inspect.signature(fn).bind(None, *args, **kwargs).arguments
    except TypeError:
        return {}
    return {
        name: value
        for name, value in given.items()
        if isinstance(value, (int, str)) and name.endswith(("_id", "_no", "number", "_key"))
    }
