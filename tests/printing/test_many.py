"""The same print-out of many cases as one file: each with its rights, each on record, none lost."""

from __future__ import annotations

import pypdfium2
import pytest

from app import audit, cases, people
from app.db import raw
from app.errors import Invalid, NotFound
from app.work import SYSTEM, Work, command
from tests.procedures.visit import CLERK, Visit
from tests.web.counter import Clerk

PRINTS = "SELECT count(*) FROM trail WHERE action = 'case:print' AND case_number = %s"


@command
def _cast(work: Work) -> None:
    people.demo_cast(work, "tao-li-bu-yan-10")


@pytest.fixture
def lin(known):
    """A stored clerk of the counter."""
    _cast(by=SYSTEM)
    return Clerk(None, "linqi").actor


def made(by, numbers, name="meter_transfer.application"):
    run = cases.start_prints(numbers, name, "handle", by=by)
    cases.perform_run(run, by=SYSTEM)
    return run


def printed(number: str) -> int:
    return raw().execute(PRINTS, (number,)).fetchone()[0]


def test_one_file_in_the_order_asked_for_each_on_record(known, lin):
    numbers = [Visit(known[name], lin).number for name in ("clean_sale", "relief_and_debit")]
    numbers = [numbers[1], numbers[0], numbers[1]]
    run = made(lin, numbers)
    found = cases.run_of(lin, run).found
    assert found == {"made": numbers[:2], "missed": []}
    pdf = pypdfium2.PdfDocument(cases.joined_prints(lin, run))
    texts = [pdf[n].get_textpage().get_text_range() for n in range(len(pdf))]
    first = [next(n for n, text in enumerate(texts) if number in text) for number in numbers[:2]]
    assert first == sorted(first)
    assert [printed(number) for number in numbers[:2]] == [1, 1]
    assert audit.verify().findings == []


def test_what_may_not_be_printed_is_named_with_the_reason(known, lin):
    mine = Visit(known["clean_sale"], lin).number
    run = made(lin, [mine, "GH20200101-0001"], "meter_transfer.receipt")
    missed = dict(cases.run_of(lin, run).found["missed"])
    assert "尚未办到这一步" in cases.run_text(missed[mine])
    assert "没有这个编号" in cases.run_text(missed["GH20200101-0001"])
    with pytest.raises(NotFound):
        cases.joined_prints(lin, run)


def test_done_again_it_prints_nothing_twice(known, lin):
    number = Visit(known["clean_sale"], lin).number
    run = cases.start_prints([number], "meter_transfer.application", "handle", by=lin)
    cases.perform_run(run, by=SYSTEM)
    raw().execute("UPDATE runs SET state = 'running' WHERE id = %s", (run,))
    cases.perform_run(run, by=SYSTEM)
    assert printed(number) == 1
    assert cases.run_of(lin, run).found["made"] == [number]


def test_a_reason_is_asked_for_and_bounds_are_kept(known, lin):
    number = Visit(known["clean_sale"], lin).number
    many = [f"GH20260101-{n}" for n in range(301)]
    for numbers, why in (([], "handle"), ([number], ""), (many, "handle")):
        with pytest.raises(Invalid):
            cases.start_prints(numbers, "meter_transfer.application", why, by=lin)


def test_nobody_else_opens_the_file_and_it_ends_with_its_key(known, lin):
    from datetime import timedelta

    from app.work import now

    run = made(lin, [Visit(known["clean_sale"], lin).number])
    with pytest.raises(NotFound):
        cases.joined_prints(CLERK, run)
    cases.forget_runs(by=SYSTEM, at=now() + timedelta(days=3))
    with pytest.raises(NotFound):
        cases.joined_prints(lin, run)
    kept = "SELECT count(*) FROM data_keys WHERE kind = 'run' AND wrapped IS NOT NULL"
    assert raw().execute(kept).fetchone() == (0,)
    assert raw().execute("SELECT count(*) FROM run_parts").fetchone() == (0,)
