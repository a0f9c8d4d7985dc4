"""One print-out of many cases: chosen from the worklist or by their numbers, made by a job."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from flask import Response, make_response, redirect, render_template, request, url_for

from app import cases
from app.errors import Invalid, NotAllowed, NotFound
from app.texts import Text
from app.web import look, problems
from app.web.door import door
from app.web.rights import actor, signed_in

# Cases whose print-outs are looked up for the list to choose from.
LOOKED_AT = 60


@door.post("/work/prints")
@signed_in
def prints_page() -> Response:
    """Which print-out, of which cases, and why: from the ticks of the worklist."""
    numbers = []
    for task_id in request.form.getlist("task", type=int):
        try:
            numbers.append(cases.task_for(actor(), task_id).case_number)
        except (NotAllowed, NotFound):
            continue
    return make_response(_page(list(dict.fromkeys(numbers))))


@door.get("/work/prints")
@signed_in
def prints_by_number() -> str:
    """The same for case numbers that one types or pastes."""
    return _page([])


def _page(numbers: list[str], errors: Mapping[str, Text | str] | None = None) -> str:
    return render_template(
        "prints.html",
        numbers=numbers,
        titles=_titles(numbers),
        look=look.panel(),
        errors=errors or {},
        given=request.form,
    )


def _titles(numbers: list[str]) -> list[tuple[str, Text, int]]:
    """(name, title, of how many cases), those of the most cases first."""
    titles: dict[str, Text] = {}
    many: Counter[str] = Counter()
    for number in numbers[:LOOKED_AT]:
        try:
            found = cases.case(actor(), number).prints
        except (NotAllowed, NotFound):
            continue
        titles |= dict(found)
        many.update(name for name, _ in found)
    return [(name, titles[name], count) for name, count in many.most_common()]


@door.post("/work/prints/start")
@signed_in
def start_prints() -> Response:
    """Begin; or, when only numbers were typed, look what can be printed of them."""
    numbers = list(dict.fromkeys(re.findall(r"[A-Z]{1,4}\d{8}-\d{1,9}",
                                            request.form.get("numbers", "").upper())))  # fmt: skip
    name = request.form.get("print", "")
    if not name:
        return make_response(_page(numbers))
    try:
        why, words = request.form.get("_why", ""), request.form.get("_words", "")
        run = cases.start_prints(numbers, name, why, words, by=actor())
    except Invalid as problem:
        errors = {f"_{key}": text for key, text in problem.fields.items()}
        page = _page(numbers, errors or {"numbers": problem.text})
        return make_response(page, problems.status_of(problem))
    return make_response(redirect(url_for("web.run", run_id=run), 303))
