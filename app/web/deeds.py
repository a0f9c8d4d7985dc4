"""A deed beside the form: one small page that asks what it needs, and does it.

Whatever is wrong comes back on the same page with all that was typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request

from app.errors import Invalid, Problem
from app.texts import T, Text
from app.web import problems
from app.web.speech import say

Given = Mapping[str, str]
Option = tuple[str, str]
CHANGES = T("历次修改")


@dataclass(frozen=True)
class Ask:
    """One thing asked. ``kind``: words, line, number, date, password, options (radio buttons),
    list, checks (several, apart by blanks), hidden, or (found in ``request.files``) file, files,
    sheet.

    ``none``: what a list says while nothing is chosen; ``chosen``: what stands there at first;
    ``empty``: "" is a choice, too.
    """

    name: str
    label: Text
    kind: str = "words"
    hint: Text | None = None
    options: Sequence[tuple[str, str]] = ()
    none: Text | None = None
    chosen: str = ""
    empty: bool = False
    most: int = 500


@dataclass(frozen=True)
class Deed:
    """What the page shows. Without ``asks`` there is nothing to do, and ``hint`` says why."""

    title: Text
    button: Text
    about: str
    back: str
    asks: tuple[Ask, ...]
    hint: str | None = None
    danger: bool = False
    # What stands below the form, a line each, under a heading.
    lines: tuple[Text, ...] = ()
    heading: Text = CHANGES


def page(deed: Deed, given: Given | None = None, errors: Given | None = None) -> str:
    """The page of a deed."""
    secret = {ask.name for ask in deed.asks if ask.kind == "password"}
    shown = {name: value for name, value in (given or {}).items() if name not in secret}
    return render_template(
        "deed.html",
        deed=deed,
        action=request.full_path.rstrip("?"),
        given=shown,
        errors=errors or {},
    )


def answer(deed: Deed, act: Callable[[dict[str, str]], tuple[str, str]]) -> Response:
    """Do it: ``act`` gives what to say and where to go, or "" to say it on this page.

    What may not be so is said at its field.
    """
    given = {ask.name: _typed(ask) for ask in deed.asks}
    try:
        _need_offered(deed, given)
        words, target = act(given)
    except Problem as problem:
        if problems.status_of(problem) != 422 or not deed.asks:
            raise
        return make_response(page(deed, given, _errors(deed, problem)), 422)
    if not target:
        # A secret, shown this once: what is flashed would pass through a cookie.
        return make_response(page(replace(deed, asks=(), hint=words)))
    flash(say(words))
    return make_response(redirect(target, 303))


def _typed(ask: Ask) -> str:
    name = f"_{ask.name}"
    if ask.kind == "checks":
        return " ".join(request.form.getlist(name))
    typed = request.form.get(name, "")
    return typed if ask.kind == "password" else typed.strip()


def _need_offered(deed: Deed, given: Given) -> None:
    """What is chosen must be among what was offered."""
    chosen = [ask for ask in deed.asks if ask.kind in {"list", "options"}]
    wrong = [ask.name for ask in chosen if given[ask.name] not in dict(ask.options)]
    if wrong:
        raise Invalid(fields=dict.fromkeys(wrong, T("请选择其中一项")))


def number(text: str) -> int:
    """What was typed as a number of few digits; 0 for anything else."""
    return int(text) if text.isdecimal() and len(text) <= 6 else 0


def _errors(deed: Deed, problem: Problem) -> dict[str, Any]:
    """Each said at its field; what belongs to none of them at the first."""
    known = {ask.name for ask in deed.asks}
    fields = problem.fields if isinstance(problem, Invalid) else {}
    return {n: t for n, t in fields.items() if n in known} or {
        deed.asks[0].name: next(iter(fields.values()), problem.text)
    }
