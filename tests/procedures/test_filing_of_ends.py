"""Every end of a connection, and an acceptance on its own, is filed (SVC-16, ARC-1)."""

from __future__ import annotations

from app import cases, registry
from app.db import raw
from tests.procedures.accepting import CLERK as CLERK_OF_WINDOW
from tests.procedures.accepting import Acceptance, building
from tests.procedures.connecting import CLERK, DESIGNER, UNIT, Connection
from tests.procedures.test_with_register import file_away
from tests.procedures.visit import ARCHIVIST

CHECKED = ["用水申请表", "申请人身份与权属材料", "受理回执"]


def index(number: str) -> list[str]:
    """Titles of the volume that the archivist is asked to complete."""
    task = cases.claim_next(by=ARCHIVIST)
    assert task is not None, "nothing to file"
    scope = cases.task_for(ARCHIVIST, task).scope
    assert scope["filed_case"] == number
    titles = [item["title"] for item in scope["items"]]
    cases.release(task, by=ARCHIVIST)
    return titles


def filings() -> int:
    """How many cases of filing there are."""
    (number,) = raw().execute(
        "SELECT count(*) FROM cases WHERE procedure = 'archive_filing'"
    ).fetchone()  # fmt: skip
    return int(number)


def shelved(number: str) -> str:
    """File it away; gives the archive number."""
    file_away(number)
    volume = registry.volume(case=number)
    assert volume is not None
    assert volume.state == "shelved"
    return volume.archive_no


def test_a_refused_application_is_filed_with_its_refusal(known):
    Connection().register()
    refused = Connection().register(UNIT)
    assert filings() == 0
    refused.fill("tell_refusal", CLERK, told_how="in_person")
    assert refused.outcome == "refused"
    assert index(refused.number) == ["用水申请表", "不予受理通知书"]
    assert "-01-" in shelved(refused.number)


def test_what_lapses_is_filed_with_the_papers_that_came(known):
    case = Connection().register(UNIT, category="non_residential", calibre=50)
    case.papers(missing=("营业执照（统一社会信用代码证）",))
    case.later(days=40)
    assert case.outcome == "lapsed"
    titles = index(case.number)
    assert titles[0] == "用水申请表"
    assert "补正告知书或催告记录" in titles
    assert len(titles) > 2, "papers that came have rows of their own"
    assert "受理回执" not in titles
    shelved(case.number)


def test_what_is_not_feasible_is_filed_with_the_survey(known):
    case = Connection().to_survey()
    case.fill("survey", DESIGNER, appointment=case.day() + "T09:00:00+08:00",
              pressure="0.05 MPa", main_ref="无主管", meter_position="—",
              feasibility="not_feasible", infeasible_reason="该片区尚无供水主管",
              expected_on="2099-06-30")  # fmt: skip
    case.fill("tell_infeasible", CLERK, told_how="phone")
    assert case.outcome == "not_feasible"
    assert index(case.number)[:4] == [*CHECKED, "查勘单·供水方案"]
    shelved(case.number)


def test_a_customer_who_gives_up_at_the_scheme_is_filed(known):
    case = Connection().to_survey().survey().answer("withdraw")
    assert case.outcome == "withdrawn"
    assert index(case.number)[:4] == [*CHECKED, "查勘单·供水方案"]


def test_an_acceptance_on_its_own_is_filed(known):
    points = building("1单元101", "1单元102")
    case = Acceptance.by_hand(points).book().inspect().agree(CLERK_OF_WINDOW)
    assert filings() == 0
    case.sign()
    assert case.moved.outcome == "accepted"
    titles = index(case.number)
    assert titles[:2] == ["完工报告", "水表验收单"]
    assert "整改通知单" in titles
    assert "-01-" in shelved(case.number)


def test_a_called_acceptance_is_filed_by_its_caller(known):
    case = Acceptance.called(building("1单元101")).book().inspect().agree().sign()
    assert case.moved.outcome == "accepted"
    assert filings() == 0
    assert registry.volume(case=case.number) is None
