"""Worklists, pages and search show what a person may see, and no more."""

from __future__ import annotations

import pytest
from flask import Flask

from app import cases
from app.cases import Look
from app.db import raw
from app.errors import NotAllowed
from tests.cases.conftest import LIN, RUAN, ZHAO
from tests.cases.test_path import ANSWERS
from tests.looking import say_why


def test_the_worklist_tells_mine_from_ours(house: Flask) -> None:
    begun = cases.start("two_steps", {"region": "城东"}, by=LIN)
    cases.submit_task(begun.tasks[0].id, ANSWERS, by=LIN)
    other = cases.start("two_steps", {"region": "城东"}, by=LIN)
    assert [t.case_number for t in cases.worklist(LIN, "mine").items] == [other.number]
    (row,) = cases.worklist(RUAN, "group").items
    assert (row.case_number, row.name, row.procedure) == (begun.number, "复核", "两步")
    assert row.applicant == "周**"
    assert cases.worklist_counts(LIN)["done"] == 1
    assert cases.worklist(ZHAO, "group").items == []


def test_pages_of_the_list_do_not_overlap(house: Flask) -> None:
    for _ in range(5):
        cases.start("two_steps", {}, by=LIN)
    first = cases.worklist(LIN, "mine", limit=3)
    second = cases.worklist(LIN, "mine", cursor=first.cursor, limit=3)
    ids = [t.id for t in (*first.items, *second.items)]
    assert len(ids) == len(set(ids)) == 5
    assert second.cursor is None


def test_a_task_page_has_form_draft_and_milestones(house: Flask) -> None:
    begun = cases.start("two_steps", {}, by=LIN)
    cases.save_draft(begun.tasks[0].id, {"applicant_name": "周"}, by=LIN)
    page = cases.task_for(LIN, begun.tasks[0].id)
    assert page.draft == {"applicant_name": "周"}
    assert [(m.name, m.state) for m in page.milestones] == [("受理", "now"), ("复核", "ahead")]
    assert page.clauses == ("WIN-1", "SVC-2")
    assert page.mine
    with pytest.raises(NotAllowed):
        cases.task_for(ZHAO, begun.tasks[0].id)


def test_a_case_is_found_by_name_and_region_holds(house: Flask) -> None:
    begun = cases.start("two_steps", {"region": "城东"}, by=LIN)
    cases.submit_task(begun.tasks[0].id, ANSWERS, by=LIN)
    assert [c.number for c in cases.find(LIN, " 周禾清 ")] == [begun.number]
    assert cases.find(ZHAO, "周禾清") == []
    with pytest.raises(NotAllowed):
        cases.case(ZHAO, begun.number)
    assert "applicant_name" not in cases.case(RUAN, begun.number, Look.WHOLE).variables
    say_why(begun.number, RUAN)
    page = cases.case(RUAN, begun.number, Look.WHOLE)
    assert page.variables["applicant_name"] == "周禾清"
    assert [e.action for e in cases.trail(LIN, begun.number)] == [
        "case:start", "task:complete", "look:reason", "case:look",
    ]  # fmt: skip


def test_no_personal_value_stands_open(house: Flask) -> None:
    begun = cases.start("two_steps", {}, by=LIN)
    cases.submit_task(begun.tasks[0].id, ANSWERS, by=LIN)
    rows = (
        raw()
        .execute("SELECT c::text, (SELECT string_agg(t::text, ' ') FROM trail t) FROM cases c")
        .fetchall()
    )
    for row in rows:
        assert "周禾清" not in "".join(row)
        assert "周禾清".encode().hex() not in "".join(row)
    assert raw().execute("SELECT open_vars FROM cases").fetchone() == ({"reason": "买卖"},)
