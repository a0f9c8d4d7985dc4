"""The administrator's calendar: a year, its days, imports, service hours, branches, recounts."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from flask import Flask
from openpyxl import Workbook

from app import cases, settings
from app.errors import Invalid
from app.jobs.tasks import JOB
from app.settings import dates
from app.work import SYSTEM
from tests.web.counter import Clerk, at_desk, furnish

PAGE = "/admin/calendar"
OFF = "2027-01-01 休息 元旦\n2027-02-05~2027-02-11 休息 春节\n2027-02-20 上班 春节调休\n"


@pytest.fixture
def admin(desk: Flask) -> Clerk:
    furnish()
    settings.ensure_defaults(by=SYSTEM)
    return at_desk(desk, "qimingyuan")


def days(admin: Clerk, text: str, year: int = 2027, **more: str) -> int:
    given = {"_days": text, "_way": "whole", **more}
    return admin.post(f"{PAGE}/import?year={year}", given).status_code


def test_a_year_at_a_glance(admin: Clerk) -> None:
    page = admin.page(f"{PAGE}?year=2026")
    assert page.count('class="month"') == 12
    assert "2026-10-01 休息 国庆节" in page
    assert "2026-10-10 上班 国庆节" in page
    assert "2026-10-01 – 2026-10-07" in page
    assert "尚未公布" not in page
    for odd in ("x", "99999", "0001", "2049", ""):
        assert 'class="month"' in admin.page(f"{PAGE}?year={odd}")
    assert admin.get(f"{PAGE}?branch=没有").status_code == 404


def test_a_provisional_year_is_filled_by_what_is_pasted(admin: Clerk) -> None:
    assert "2027 年节假日尚未公布" in admin.page(f"{PAGE}?year=2027")
    assert "2027-10-01 休息 国庆节" in admin.page(f"{PAGE}/import?year=2027"), "a proposal"
    assert days(admin, OFF) == 303
    page = admin.page(f"{PAGE}?year=2027")
    assert "尚未公布" not in page
    assert "祁明远" in page
    assert "导入 9 天" in page
    calendar = settings.calendar()
    assert not calendar.is_workday(date(2027, 2, 8))
    assert calendar.is_workday(date(2027, 2, 20))
    assert days(admin, "2027-01-01 休息 元旦") == 303
    assert settings.calendar().is_workday(date(2027, 2, 8)), "that was the whole year"
    assert days(admin, "2027-02-08 休息", _way="add") == 303
    assert not settings.calendar().is_workday(date(2027, 1, 1))
    assert admin.post(f"{PAGE}/year?year=2027", {"_state": "open"}).status_code == 303
    assert "尚未公布" in admin.page(f"{PAGE}?year=2027")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", None), ("2027-13-01 休息", 1), ("2027-01-01", 1), ("2027-01-01 也许", 1),
        ("2027-01-01 休息\n明天 休息", 2), ("2027-02-11~2027-02-05 休息", 1),
        ("2026-01-01 休息", None), ("2027-01-01~9999-01-01 休息", 1), ("<b>1 休息", 1),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_with_its_line(
    admin: Clerk, text: str, line: int | None
) -> None:
    answer = admin.post(f"{PAGE}/import?year=2027", {"_days": text, "_way": "whole"})
    assert answer.status_code == 422
    if line:
        assert f"第 {line} 行" in answer.text
    assert settings.days() == []


@pytest.mark.parametrize("kind", ["xlsx", "csv", "gb"])
def test_a_sheet_of_dates(admin: Clerk, kind: str) -> None:
    rows = [("日期", "安排", "名称"), ("2027/1/1", "放假", "元旦"), ("2027年2月20日", "补班", "")]
    if kind == "xlsx":
        book, file = Workbook(), io.BytesIO()
        for row in [*rows, (date(2027, 5, 1), "休", "劳动节")]:
            book.active.append(row)
        book.save(file)
        content = file.getvalue()
    else:
        text = "\n".join(",".join(row) for row in [*rows, ("2027-05-01", "休", "劳动节")])
        content = text.encode("utf-8-sig" if kind == "csv" else "gb18030")
    sent = {"_file": (io.BytesIO(content), f"days.{kind}"), "_way": "whole", "_days": ""}
    answer = admin.post(f"{PAGE}/import?year=2027", sent)
    assert answer.status_code == 303, answer.text
    assert [(d.day, d.workday, d.name) for d in settings.days()] == [
        (date(2027, 1, 1), False, "元旦"),
        (date(2027, 2, 20), True, ""),
        (date(2027, 5, 1), False, "劳动节"),
    ]


def test_a_file_that_is_none_is_refused(admin: Clerk) -> None:
    for content in (b"PK\x03\x04 no zip", b"\xff\xfe\x00\x81", b"PK"):
        sent = {"_file": (io.BytesIO(content), "a.xlsx"), "_way": "whole", "_days": ""}
        answer = admin.post(f"{PAGE}/import?year=2027", sent)
        assert answer.status_code == 422
        assert 'id="_file-error"' in answer.text
    with pytest.raises(Invalid):
        dates.read_sheet(b"x" * 1_000_001)


def test_service_hours_of_the_house_and_of_a_branch(admin: Clerk) -> None:
    settings.put_branch("城东营业厅", kind="outlet", region="城东", by=SYSTEM)
    typed = {"_open": "08:30", "_close": "17:30", "_lunch": "12:00-13:30", **week()}
    for wrong in (
        {"_lunch": "中午"}, {"_lunch": "07:00-08:00"}, {"_open": "18:00"}, {"_open": ""},
        {"_day6": "9-12"}, {f"_day{n}": "休" for n in range(1, 6)},
    ):  # fmt: skip
        assert admin.post(f"{PAGE}/hours", {**typed, **wrong}).status_code == 422, wrong
    assert admin.post(f"{PAGE}/hours", typed).status_code == 303
    assert settings.get("service.lunch") == "12:00-13:30"
    assert len(settings.history("service.open")) == 1, "what did not change has no entry"
    hall = f"{PAGE}/hours?branch=城东营业厅"
    assert admin.post(hall, {**typed, "_whose": "own", "_day6": "09:00-12:00"}).status_code == 303
    assert settings.calendar("城东营业厅").is_workday(date(2026, 3, 7))
    assert not settings.calendar().is_workday(date(2026, 3, 7))
    page = admin.page(f"{PAGE}?branch=城东营业厅&year=2026")
    assert "09:00-12:00" in page
    assert "改服务时间" in page
    assert "2026-03-07 上班" in page
    assert 'value="09:00-12:00"' in admin.page(hall)
    assert admin.post(hall, {**typed, "_whose": "house"}).status_code == 303
    assert settings.calendar("城东营业厅") is settings.calendar()


def week() -> dict[str, str]:
    return {f"_day{n}": "" for n in range(1, 8)}


def test_the_page_tells_how_far_the_worker_is(admin: Clerk) -> None:
    assert "期限没有重算" in admin.page(PAGE)
    assert days(admin, OFF) == 303
    page = admin.page(PAGE)
    assert "等待重算" in page
    assert re.search(r'hx-get="/admin/calendar/runs" hx-trigger="every 2s"', page)
    cases.recount_limits(settings.recounts()[0].id, by=JOB)
    page = admin.page(f"{PAGE}/runs")
    assert "重算完毕：0 件" in page
    assert "hx-get" not in page
    assert admin.post(f"{PAGE}/recount", {"_sure": "1"}).status_code == 303
    assert "等待重算" in admin.page(f"{PAGE}/runs")


def test_settings_stand_in_groups_and_say_for_whom_they_hold(admin: Clerk) -> None:
    page = admin.page("/admin/settings")
    for heading in ("时限", "服务时间", "编号", "其他"):
        assert f'<h2 class="gap">{heading}</h2>' in page
    assert "改动只用于此后开始的等待" in page
    assert "2 工作日" in page
    before = len(settings.recounts())
    path = "/admin/settings/limit.T-SURV"
    assert admin.post(path, {"_value": "4"}).status_code == 303
    assert len(settings.recounts()) == before
    assert admin.post(path, {"_value": "5", "_recount": "yes"}).status_code == 303
    assert settings.recounts()[0].why == "limit.T-SURV"
    assert "_recount" not in admin.page("/admin/settings/regions")
    weekdays = "/admin/settings/service.weekdays"
    assert admin.post(weekdays, {"_value": '{"6": "09:00-12:00"}'}).status_code == 303
    for wrong in ("{", "[]", '{"8": ""}', '{"6": 1}', '{"1":"","2":"","3":"","4":"","5":""}'):
        assert admin.post(weekdays, {"_value": wrong}).status_code == 422, wrong
