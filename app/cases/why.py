"""Why here? (为何到此): at each gateway the condition, the values it saw, the rows that matched;
and the way on the drawing, with what people did beside it.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app import definitions, forms
from app.cases import looks, rights, sight
from app.cases.hold import BY_NUMBER, Held, no_case, read_case
from app.cases.looks import Look
from app.cases.pages import standing
from app.db import raw
from app.definitions import Row
from app.work import Actor

MOVES = """
    SELECT at, body->'after'->'way', sealed->>'why' FROM trail
    WHERE subject_kind = 'case' AND subject_key = %s AND at >= %s
        AND body->'after'->'way' IS NOT NULL
    ORDER BY seq
"""
WAYS = """
    SELECT action, element, body->'after'->>'to', body->'after'->>'to_name', at FROM trail
    WHERE subject_kind = 'case' AND subject_key = %s AND at >= %s
        AND action IN ('task:send_back', 'ask:open', 'sign:open', 'extend:open', 'case:force',
                       'case:withdraw', 'case:merge', 'incident:skip')
    ORDER BY seq
"""
HIDDEN = "***"
CODE = re.compile(r"[a-z][a-z0-9_]{0,39}|")


@dataclass(frozen=True)
class Evaluated:
    """One decision that was asked: what it was given, the rows that matched, what it gave.

    Personal values are hidden unless looked at. ``decision``: its id; ``name``: its table's.
    """

    decision: str
    name: str
    inputs: dict[str, Any]
    rows: tuple[Row, ...]
    result: Any


@dataclass(frozen=True)
class Reason:
    """Why one gateway or decision went as it did.

    ``values``: name → value, personal ones hidden unless looked at; ``target``: name of what came
    next; ``decision`` and ``rows``: the table that decided, and its rows that matched. Of a
    decision itself ``evaluations``: all that were asked, in their order, the last its own.
    """

    at: datetime
    element: str
    name: str
    procedure: str
    procedure_name: str
    condition: str | None
    flow: str
    target: str
    values: dict[str, Any]
    decision: str | None = None
    rows: tuple[Row, ...] = ()
    evaluations: tuple[Evaluated, ...] = ()


def why(actor: Actor, number: str, look: Look = Look.MASKED) -> list[Reason]:
    """All reasons, oldest first. Raises NotFound, NotAllowed."""
    case = _read(actor, number)
    tasks = sight.tasks_of(case)
    may = sight.may_look(actor, case, tasks) and sight.sees_people(actor, tasks)
    whole = looks.sees_whole(actor, case, look, may=may)
    found = []
    for at, way, sealed in raw().execute(MOVES, (case.number, case.started_at)).fetchall():
        if sealed is not None and case.wrapped is not None:
            reasons = case.unseal(base64.b64decode(sealed))
            found += [_reason(case, at, way[int(n)], one, whole) for n, one in reasons.items()]
    hidden = {name for one in found for name in _names(one)} if whole else set()
    if whole and look is Look.WHOLE:
        looks.note(actor, case, hidden - case.open_vars.keys())
    return found


def _names(one: Reason) -> set[str]:
    return set(one.values).union(*(each.inputs for each in one.evaluations))


def _read(actor: Actor, number: str) -> Held:
    row = raw().execute(BY_NUMBER, (number,)).fetchone()
    if row is None:
        raise no_case(number)
    case = read_case(row)
    rights.need_read(actor, case, {g for t in sight.tasks_of(case) for g in t.groups})
    return case


def _reason(case: Held, at: datetime, step: list[Any], one: dict[str, Any], whole: bool) -> Reason:
    element, key = step[0], step[1]
    release = case.release_id
    process = definitions.process(release, key)
    flow, target = definitions.flow(release, key, one["flow"] or "")
    table = definitions.table(release, one["decision"]) if one["decision"] else None
    known = table.rows if table else {}
    ahead = process.elements.get(target)
    return Reason(
        at=at, element=element, name=_named(process, element), procedure=key,
        procedure_name=process.name, condition=one["condition"], flow=flow,
        target=ahead.name if ahead else "",
        values=_shown(release, key, one["values"], whole),
        decision=table.name if table else None,
        rows=tuple(known[rule] for rule in one["rules"] if rule in known),
        evaluations=tuple(_evaluated(release, key, each, whole) for each in _asked(one)),
    )  # fmt: skip


def _asked(one: dict[str, Any]) -> list[dict[str, Any]]:
    """The decisions that were asked; of one without a record of each, it alone."""
    evaluations: list[dict[str, Any]] = one.get("evaluations", [])
    if evaluations or "inputs" not in one:
        return evaluations
    return [{name: one[name] for name in ("decision", "inputs", "rules", "result")}]


def _evaluated(release: int, procedure: str, one: dict[str, Any], whole: bool) -> Evaluated:
    table = definitions.table(release, one["decision"])
    return Evaluated(
        decision=one["decision"],
        name=table.name,
        inputs=_shown(release, procedure, one["inputs"], whole),
        rows=tuple(table.rows[rule] for rule in one["rules"] if rule in table.rows),
        result=one["result"] if whole else _masked(one["result"]),
    )


def _shown(release: int, procedure: str, values: dict[str, Any], whole: bool) -> dict[str, Any]:
    return {n: v if whole or _open(release, procedure, n, v) else HIDDEN for n, v in values.items()}


def _masked(value: Any) -> Any:
    """What the author of a table writes are numbers and codes; other words may be a person's."""
    if isinstance(value, dict):
        return {name: _masked(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner) for inner in value]
    return value if _plain(value) else HIDDEN


def _open(release: int, procedure: str, name: str, value: Any) -> bool:
    """Proven open, or no field of a person: then numbers and codes such as ``paid`` say nobody."""
    content = definitions.content(release)
    if name in content.open_names.get(procedure, frozenset()):
        return True
    if any(name in forms.personal_names(form) for form in content.forms.values()):
        return False
    return _plain(value)


def _plain(value: Any) -> bool:
    if value is None or isinstance(value, bool | int | float):
        return True
    return isinstance(value, str) and bool(CODE.fullmatch(value))


def _named(process: Any, element: str) -> str:
    found = process.elements.get(element)
    return found.name or element if found else element


# --- on the drawing -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Beside:
    """What people did that no drawing shows. ``kind``: the trail's action; ``to``: element."""

    kind: str
    element: str | None
    to: str | None
    to_name: str | None
    at: datetime


@dataclass(frozen=True)
class Drawn:
    """A case on one of its drawings: visits of each element, where it stands, ways beside it.

    ``procedures``: (key, name) of all drawings that the case has been in.
    """

    procedure: str
    name: str
    visits: dict[str, int]
    standing: tuple[str, ...]
    beside: tuple[Beside, ...]
    procedures: tuple[tuple[str, str], ...] = field(default=())


def drawn(actor: Actor, number: str, procedure: str | None = None) -> Drawn:
    """The way of a case on a drawing, its own when none is named. Raises NotFound, NotAllowed."""
    case = _read(actor, number)
    key = procedure or case.procedure
    process = definitions.process(case.release_id, key)
    visits: dict[str, dict[str, int]] = {case.procedure: {}}
    for _at, way, _sealed in raw().execute(MOVES, (case.number, case.started_at)).fetchall():
        for element, of, *_rest in way:
            mine = visits.setdefault(of, {})
            mine[element] = mine.get(element, 0) + 1
    ways = raw().execute(WAYS, (case.number, case.started_at)).fetchall()
    known = process.elements.keys()
    # What concerns no element, such as a withdrawal, concerns the case's own drawing.
    here = [
        Beside(*row) for row in ways
        if known & {row[1], row[2]} or (row[1] is None and key == case.procedure)
    ]  # fmt: skip
    names = {k: definitions.process(case.release_id, k).name for k in visits}
    return Drawn(
        procedure=key, name=process.name, visits=visits.get(key, {}),
        standing=tuple(sorted(standing(case, sight.tasks_of(case), key))),
        beside=tuple(here), procedures=tuple(names.items()),
    )  # fmt: skip


def drawing(actor: Actor, number: str, procedure: str) -> bytes:
    """The BPMN file as the case's own release has it. Raises NotFound, NotAllowed."""
    return definitions.drawing(_read(actor, number).release_id, procedure)
