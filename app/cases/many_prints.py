"""The same print-out of many cases in one file: each made with the rights of who asked, each on
record as any print, whoever's case it is; those that may not be made are named with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from app import audit, printing, sealing
from app.cases import looks, runs
from app.cases.hold import BY_NUMBER, read_case
from app.cases.runs import Run
from app.cases.sheets import render_print
from app.db import db, raw
from app.errors import Invalid, NotFound, Problem
from app.texts import T
from app.work import SYSTEM, Actor, Work, command

KIND = "prints"
MOST = 300
PART = """
    INSERT INTO run_parts (run_id, at, body) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING
"""
PARTS = "SELECT at, body FROM run_parts WHERE run_id = %s ORDER BY at"


@command(right="look")
def start_prints(work: Work, numbers: Sequence[str], name: str, why: str, words: str = "") -> int:
    """Put down a print-out (``<procedure>.<print>``) of many cases; gives the run.

    ``why``: the reason for looking at the persons on them, kept for each case as always. Raises
    Invalid (none, too many, no reason).
    """
    wanted = list(dict.fromkeys(numbers))
    if not wanted:
        raise Invalid(T("没有选中案件。"))
    if len(wanted) > MOST:
        raise Invalid(T("一次最多打印 {most} 件。", most=MOST))
    looks.need_words(why, words)
    person = audit.kind("person")
    assert person is not None
    subject = db.session.get_one(person.model, work.by.id)
    work.record(subject, "print:many", after={"print": name, "cases": wanted, "why": why})
    body = {"cases": wanted, "print": name, "why": why, "words": words, "at": work.at.isoformat()}
    return runs.begin(work, KIND, name, orjson.dumps(body), total=len(wanted))


@runs.doing(KIND)
def make(run: Run, person: Actor) -> Mapping[str, Any]:
    """Make each print that is not made yet. Gives ``made``: numbers, ``missed``: [number, why]."""
    given = orjson.loads(run.given)
    ready = {at for at, _ in raw().execute(PARTS, (run.id,)).fetchall()}
    made, missed = [], []
    for at, number in enumerate(given["cases"]):
        try:
            if at not in ready:
                _keep(run.id, at, run.seal_bytes(_one(number, given, person)), by=SYSTEM)
            made.append(number)
        except Problem as problem:
            missed.append([number, runs.put_away(problem.text)])
        runs.far(run.id, at + 1, len(given["cases"]), by=SYSTEM)
    return {"made": made, "missed": missed}


def _one(number: str, given: Mapping[str, Any], person: Actor) -> bytes:
    row = raw().execute(BY_NUMBER, (number,)).fetchone()
    if row is None:
        raise NotFound(T("没有这个编号的办件，请核对案号。"))
    case = read_case(row)
    if looks.reason_given(person, "case", case.number) is None:
        looks.give_reason(number, given["why"], given["words"], by=person)
    pdf, _ = render_print(number, given["print"], by=person)
    return pdf


@command(right="system")
def _keep(work: Work, run_id: int, at: int, body: bytes) -> None:
    work.execute(PART, (run_id, at, body))


def joined_prints(actor: Actor, run_id: int) -> bytes:
    """All that were made, in the order in which they were asked for, as one PDF.

    Raises NotFound: it is another person's, or nothing could be printed.
    """
    run = runs.run_of(actor, run_id)
    key = sealing.unwrap(run.wrapped)
    rows = raw().execute(PARTS, (run.id,)).fetchall()
    parts = [sealing.unseal_with(key, bytes(body), runs.BOUND) for _, body in rows]
    if run.busy or not parts:
        raise NotFound(T("还没有可以打印的文件。"))
    return printing.joined(parts)
