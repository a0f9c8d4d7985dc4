"""The ten sheets of a transfer, made from real cases: what stands on them, how they are made.

Contents: domain 5.4. PDF/A-2b: ISO 19005-2.
"""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from app import cases, identifiers, printing, registry
from tests.looking import say_why
from tests.printing import qr
from tests.printing.paper import A4, A5_LYING, Paper, squeezed
from tests.procedures.steps import NEW_OWNER, UNIT
from tests.procedures.visit import ARCHIVIST, CLERK, ROOT, SECOND, Visit

TEMPLATES = sorted((ROOT / "forms").glob("*/*.typ"))
COMPANY = ("临江供水有限公司", "咨询电话", "0731-96000000")
RARE = {**NEW_OWNER, "new_name": "言𠮷㛃谷"}
AGENT = {
    "by_agent": True,
    "agent_name": "许书砚",
    "agent_id_no": "430199190208152044",
    "agent_phone": "19900001003",
}
LONG = {
    **UNIT,
    "new_name": "星蔓（湖南）生态农业与绿色食品深加工发展集团股份有限公司经济技术开发区分公司",
    "new_email": "settlement.department.of.water.and.heat@branch.xingman-food-group.example.com",
    "invoice_title": "星蔓（湖南）生态农业与绿色食品深加工产业发展集团股份有限公司财务共享服务中心",
}


def printed(number: str, name: str, by=CLERK) -> Paper:
    """The print-out; kept when PRINTS names a folder, to be looked at."""
    say_why(number, by)
    made, _file = cases.render_print(number, name, by=by)
    if folder := os.environ.get("PRINTS"):
        (Path(folder) / f"{name}.pdf").write_bytes(made)
    return Paper(made)


def check_making(paper: Paper, size: tuple[int, int]) -> None:
    """An archive's PDF: marked so, all type inside, nothing without a glyph, the size asked."""
    assert "<pdfaid:part>2</pdfaid:part>" in paper.marks
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in paper.marks
    fonts = list(paper.fonts())
    assert fonts
    for font in fonts:
        assert {"/FontFile2", "/FontFile3"} & set(font["/FontDescriptor"])
    assert paper.sizes == {size}
    assert not [run for run in paper.runs() if 0 in run.codes]


def check_code(paper: Paper, number: str) -> None:
    """The code at the upper right, 17 mm wide, leads to the case."""
    modules, (left, top, width) = paper.code()
    page = paper.reader.pages[0].mediabox
    assert qr.read(modules).endswith(f"/cases/{number}")
    assert left > page.width * 0.75
    assert top > page.height * 0.9
    assert width == pytest.approx(48.2, abs=0.5)


def check_room(paper: Paper) -> None:
    """Nothing beyond the margins, nothing over anything else."""
    lines: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for run in paper.runs():
        page = paper.reader.pages[run.page].mediabox
        assert run.left > 30
        # A closing bracket at the end of a line hangs out by half its width.
        assert run.right < page.width - 30
        assert 15 < run.base < page.height - 20
        lines.setdefault((run.page, round(run.base)), []).append((run.left, run.right))
    for runs in lines.values():
        ordered = sorted(runs)
        for (_, end), (start, _) in pairwise(ordered):
            assert start > end - 7


def check(number, name, *words, by=CLERK, size=A4) -> str:
    """Everything that every sheet must have, and its own words."""
    paper = printed(number, name, by)
    check_making(paper, size)
    check_code(paper, number)
    check_room(paper)
    text = paper.text
    for word in (number, *COMPANY, by.name, "打印2026年", "第1页", *words):
        assert squeezed(word) in text, f"{word} is not on {name}: {text}"
    assert "none" not in text
    return text


def test_there_are_ten_sheets_and_each_compiles_without_a_case():
    assert len(TEMPLATES) >= 10
    for template in TEMPLATES:
        assert printing.lint(template.read_bytes(), template.name) == []
        blank = Paper(printing.render(template.read_bytes(), {}))
        assert "none" not in blank.text


def test_the_guide_names_rules_papers_days_charges_and_both_phones(known):
    visit = Visit(known["clean_sale"])
    check(
        visit.number, "meter_transfer.guide", "一次性告知单", "办理依据", "《用户管理制度》一.3",
        "《供水服务管理制度》第一条", "第二十三章", "办理条件", "不动产权证", "原件核对", "复印件",
        "2 个工作日内办结", "10 个工作日内补齐", "过户不收费", "监督投诉电话", "0731-96000001",
    )  # fmt: skip


def test_the_receipt_lists_each_paper_with_its_form_and_pages(known):
    visit = Visit(known["clean_sale"]).accept().papers()
    due = cases.case(CLERK, visit.number).due_at
    text = check(
        visit.number, "c_materials_check.receipt", "受理回执", "水表过户", "言若谷",
        "1新户主身份证件原件1", "2不动产权证原件1", f"承诺办结{due.year}年{due.month}月",
        "查询电话", "申请人（签章）", "受理人（签章）", visit.account_no,
    )  # fmt: skip
    assert NEW_OWNER["new_id_no"] not in text


def test_the_application_shows_both_parties_and_who_acts_for_them(known):
    visit = Visit(known["clean_sale"])
    before = registry.account(visit.account_no).owner.name
    visit.accept(**AGENT)
    check(
        visit.number, "meter_transfer.application", "水表过户申请表", before, "言若谷",
        NEW_OWNER["new_id_no"], NEW_OWNER["new_phone"], "买卖", "到场", "上次抄见",
        "代理人许书砚", AGENT["agent_id_no"], "原户主（签章）", "新户主代理人（签章）",
    )  # fmt: skip


def test_without_an_agent_the_application_has_no_room_for_one(known):
    visit = Visit(known["clean_sale"]).accept()
    text = check(visit.number, "meter_transfer.application", "电子邮箱—", "新户主（签章）")
    assert "代理人" not in text
    assert "法定代表人" not in text


def test_before_acceptance_the_application_is_a_form_to_fill_in(known):
    text = check(Visit(known["clean_sale"]).number, "meter_transfer.application", "代理人", "姓名")
    assert "—" not in text


def test_the_notice_names_what_is_missing_with_deadline_and_consequence(known):
    visit = Visit(known["clean_sale"]).accept()
    rows = [row["title"] for row in visit.page("check").scope["papers"]]
    visit.papers(missing=("不动产权证", "原户主证件复印件"))
    text = check(
        visit.number, "c_materials_check.supplement_notice", "补正告知书", "编号BZTZ", "言若谷",
        "不动产权证", "未提供", "必备", "10 个工作日", "逾期未补的，本次申请失效", "暂停计算",
    )  # fmt: skip
    assert "原户主证件复印件" in rows
    assert "原户主证件复印件" not in text  # may be left out, so nobody asks for it


def test_a_refusal_says_why_by_which_rule_and_how_to_object(known):
    Visit(known["clean_sale"]).accept()
    second = Visit(known["clean_sale"]).accept()
    reason = second.page("tell_refusal").scope["refusal_reason"]
    check(
        second.number, "c_materials_check.refusal_notice", "不予受理通知书", "编号BYSL", reason,
        "本公司办理规则：一户同时只办一件相互影响的业务", "异议", "监督投诉电话 0731-96000001",
        "（盖章）",
    )  # fmt: skip


def test_a_refusal_for_the_category_and_one_for_the_papers_name_other_rules(known):
    visit = Visit(known["clean_sale"]).accept(category_change="yes")
    check(visit.number, "c_materials_check.refusal_notice", "《供水服务管理制度》第二条")
    other = Visit(known["case17"]).accept()
    other.papers(materials_decision="refuse", refuse_reason="权属证明系伪造")
    check(other.number, "c_materials_check.refusal_notice", "权属证明系伪造", "第十四章")


def test_settlement_receipt_contract_and_the_new_owners_receipt(known):
    visit = Visit(known["case17"])
    before = registry.account(visit.account_no).owner.name
    visit.accept(RARE).papers().read()
    due = visit.due()
    visit.pay()
    money = f"{due // 100:,}.{due % 100:02}"
    words = f"人民币{identifiers.amount_words(due)}"
    text = check(
        visit.number, "meter_transfer.settlement", "水表过户结算单", f"原户主{before}",
        "新户主言𠮷㛃谷", "末次表底（m³）918", "往期水费", "192.22", "末次水费", "污水处理费",
        "35.16", f"应收合计（大写）{words}", f"已收合计{money}", "尚欠（元）0.00", "双方确认",
        "原户主（签章）", "新户主（签章）",
    )  # fmt: skip
    assert "_fee" not in text
    check(
        visit.number, "c_cashier_payment.receipt", "收据", "周禾清", "现金", "收款日期2026年",
        words, f"¥{money}", "末次水费（12m³）", f"收款人（签章）{CLERK.name}", size=A5_LYING,
    )  # fmt: skip
    check(
        visit.number, "meter_transfer.contract", "城市供用水合同", "草稿", "言𠮷㛃谷", "用水性质",
        "起始表底 918 m³", "产权分界", "违约责任", "争议解决", "生效和期限", "供水人（盖章）",
        NEW_OWNER["new_id_no"],
    )  # fmt: skip
    visit.sign().enter(RARE).fill("review", by=SECOND, review_result="agree")
    check(
        visit.number, "meter_transfer.transfer_receipt", "过户回执", f"原户主{before}",
        "新户主言𠮷㛃谷", "起始表底（m³）918", "供用水合同GYS", "结清收据SJ", "签收人（签章）",
    )  # fmt: skip
    text = check(visit.number, "meter_transfer.contract", "编号GYS", "言𠮷㛃谷")
    assert "第1页/共1页" in text
    assert "副本" not in text  # the draft was another paper


def test_the_volume_has_cover_index_with_maker_and_pages_and_closing_sheet(known):
    visit = Visit(known["clean_sale"]).accept().papers().read().pay().finish()
    page = cases.task_for(ARCHIVIST, cases.claim_next(by=ARCHIVIST))
    rows = [{"present": True, "pages": 2} for _ in page.scope["items"]]
    moved = cases.submit_task(page.id, {"items": rows}, by=ARCHIVIST, money="fen")
    shelf = {"place": "一库3柜2层", "secrecy": "general", "retention": "permanent"}
    cases.submit_task(moved.tasks[0].id, shelf, by=ARCHIVIST, money="fen")
    titles = [row["title"] for row in page.scope["items"]]
    address = registry.account(visit.account_no).service_point.address
    text = check(
        moved.number, "archive_filing.volume_index", "案卷封面", "全宗号LJGS", "LJGS-2026-02-0001",
        visit.number, address, "保管期限永久", "密级一般", f"页数{2 * len(titles)}", "一库3柜2层",
        "卷内目录", "责任者", "页次", *titles, "备考表", f"共{len(titles)}件{2 * len(titles)}页",
        "立卷人（签章）许书砚", "检查人", by=ARCHIVIST,
    )  # fmt: skip
    assert f"过户申请表{CLERK.name}2026年" in text
    assert "3–4" in text


def test_the_letterhead_names_the_outlet(known):
    clerk = replace(CLERK, branch="城东供水分公司")
    check(Visit(known["clean_sale"]).number, "meter_transfer.guide", "城东供水分公司", by=clerk)


def test_a_contract_that_needs_a_second_page_is_signed_below_its_last_article(known):
    template = (ROOT / "forms/meter_transfer/contract.typ").read_bytes()
    data = {"applicant": LONG["new_name"] * 8, "applicant_type": "unit", "agent": "许书砚" * 50}
    pages = Paper(printing.render(template, data)).reader.pages
    assert len(pages) == 2
    assert "第十二条" in squeezed(pages[1].extract_text())


def test_long_names_of_a_unit_stay_in_their_places(known):
    visit = Visit(known["clean_sale"]).accept(LONG).papers().read().pay()
    for name in ("application", "settlement", "contract"):
        check(visit.number, f"meter_transfer.{name}", LONG["new_name"])


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_no_sheet_overflows_with_the_longest_values(template):
    name, word = LONG["new_name"], "W" * 60
    place = "城东区桐荫路特别长的名称小区第十二组团" * 4
    row = {"title": name, "mode": "承诺补交，2026-12-31 前", "pages": 100, "note": name + word}
    row |= {"need": "缺则须审批", "maker": "欧阳书砚", "date": "2026-11-24", "at": "998–1099"}
    row |= {"text": name, "amount": 99_999_999_999, "period": "2026-10", "volume": 999_999}
    row |= {"tier": 3, "price": 129_800, "receipt_no": "SJ20261124001-0001", "method": "支付宝"}
    people = "applicant old_owner payer agent_name agent cashier new_legal_rep contact_person"
    others = "invoice_title new_email remark refusal_reason place"
    values = dict.fromkeys([*people.split(), *others.split()], name + word)
    rows = dict.fromkeys(("papers", "missing", "items", "lines", "arrears", "paid"), [row] * 3)
    sheet = {"company": name, "outlet": name, "operator": "欧阳书砚", "case_number": "GH1"}
    amounts = {"total": 99_999_999_999, "bill_amount": 99_999_999_999, "still_due": 1}
    data = {**values, **rows, **amounts, "address": place, "print": {**sheet, "url": "http://x/1"}}
    check_room(Paper(printing.render(template.read_bytes(), data)))
