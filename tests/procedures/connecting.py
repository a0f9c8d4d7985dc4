"""An application for water through cases and the register: each page is filled by whoever may."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from app import cases, registry
from app.db import raw
from app.registry import demo
from app.work import SYSTEM, Actor, now
from app.worktime import local_day
from tests.procedures.accepting import good
from tests.procedures.visit import person
from tests.procedures.waiting import post, wait

CLERK = person(9401, "林栖", "window_clerk")
DESIGNER = person(9402, "贺青川", "surveyor_designer")
CASHIER = person(9403, "柳闻笙", "cashier")
CONTRACTS = person(9404, "秦书言", "contract_clerk")
ENTRY = person(9405, "乔知微", "data_entry")
SECOND = person(9406, "程予安", "data_entry")
KEEPER = person(9407, "苏木", "meter_storekeeper")
FITTER = person(9408, "丁望舒", "installer")
ENGINEER = person(9409, "顾衡", "acceptance_engineer")
AGENT = person(9410, "何见微", "hotline_agent")
DIRECTOR = person(9411, "沈知节", "cs_director")
FINANCE = person(9412, "蒋以诺", "finance")
PERSON = {
    "applicant_type": "person",
    "id_type": "resident_id",
    "id_no": "430199190105061238",
    "applicant_name": "言若谷",
    "phone": "19900001001",
}
UNIT = {
    "applicant_type": "unit",
    "uscc": "91430199MA4Q00016T",
    "applicant_name": "星蔓食品有限公司",
    "legal_rep": "段予安",
    "phone": "19900001002",
}
DEVELOPER = {**UNIT, "applicant_type": "developer"}
ADDRESS = "城东区青禾路88号2单元301"
HOME = {
    "kind": "permanent",
    "region": "城东",
    "address": ADDRESS,
    "category": "residential",
    "title_status": "titled",
    "demand": 1,
    "calibre": 20,
    "meters": 1,
    "floors": 6,
    "by_agent": False,
}
FACTS = {
    "pressure": "0.28 MPa",
    "main_ref": "DN200 球墨铸铁管，距 12 m",
    "meter_position": "楼道管井",
}
SCHEME = {
    **FACTS,
    "feasibility": "no_outside_pipe",
    "supply_kind": "none",
    "scheme_text": "由楼道管井接入，表后阀在户内",
    "budget": 0,
}


def branch(region: str = "城东") -> Actor:
    """A meter reader of the region."""
    return person(9413, "褚向南", f"meter_reader:{region}", region=region)


class Connection:
    """One case. ``at`` moves on by ``later``."""

    def __init__(self, by: Actor = CLERK, **variables: Any) -> None:
        self.at: datetime | None = None
        self.moved = cases.start("new_connection", variables, by=by)
        self.number = self.moved.number
        self.pages: list[str] = []
        self.serials = 0

    @property
    def open(self) -> list[str]:
        """Steps that wait for a person."""
        rows = raw().execute(
            "SELECT t.element FROM tasks t JOIN cases c ON c.id = t.case_id"
            " WHERE c.number = %s AND t.status = 'open' ORDER BY t.id", (self.number,),
        )  # fmt: skip
        return [element for (element,) in rows.fetchall()]

    def task(self, element: str) -> int:
        """Id of the open step."""
        row = raw().execute(
            "SELECT t.id FROM tasks t JOIN cases c ON c.id = t.case_id WHERE c.number = %s"
            " AND t.status = 'open' AND t.element = %s", (self.number, element),
        ).fetchone()  # fmt: skip
        assert row, f"{element} is not open, but {self.open}"
        return int(row[0])

    def scope(self, element: str, by: Actor) -> Mapping[str, Any]:
        """What the step's form can see."""
        return cases.task_for(by, self.task(element)).scope

    def fill(self, element: str, by: Actor, **given: Any) -> Connection:
        """Hand a page in."""
        self.moved = cases.submit_task(self.task(element), given, by=by, at=self.at, money="fen")
        self.pages.append(element)
        post()
        return self

    @property
    def shown(self) -> cases.CasePage:
        """The case as the system sees it."""
        return cases.case(SYSTEM, self.number)

    @property
    def outcome(self) -> str | None:
        """The end that was reached."""
        return self.shown.outcome

    def later(self, **span: float) -> Connection:
        """Let time pass: every timer that falls due on the way is fired at its moment."""
        until = (self.at or now()) + timedelta(**span)
        wait(self.number, until)
        self.at = until
        return self

    def day(self) -> str:
        """Today as the case has it."""
        return local_day(self.at or now()).isoformat()

    # --- the usual pages ------------------------------------------------------------------

    def register(self, who: Mapping[str, Any] = PERSON, **more: Any) -> Connection:
        """用水登记: a home in 城东 unless said otherwise."""
        return self.fill("register", CLERK, **{**HOME, **who, **more})

    def papers(
        self, step: str = "check", missing: tuple[str, ...] = (), **states: str
    ) -> Connection:
        """核验: all in the original but what is named."""
        rows = [
            {"state": "missing"}
            if row["title"] in missing
            else {"state": states.get(row["title"], "original"), "pages": 1}
            for row in self.scope(step, CLERK)["papers"]
        ]
        return self.fill(step, CLERK, papers=rows, materials_decision="by_list")

    def accept(self, **more: Any) -> Connection:
        """受理进窗."""
        said = {"category": self.scope("accept", CLERK)["category"], "receipt_given": True}
        price = "resident" if said["category"] == "residential" else said["category"]
        return self.fill("accept", CLERK, **{**said, "price_code": price, **more})

    def survey(self, **more: Any) -> Connection:
        """设计委托·现场查勘: feasible at once, for nothing."""
        scope = self.scope("survey", DESIGNER)
        visit = {"appointment": (self.at or now()).isoformat(), "calibre": scope["calibre"],
                 "meters": scope["meters"]}  # fmt: skip
        return self.fill("survey", DESIGNER, **{**SCHEME, **visit, **more})

    def answer(self, answer: str = "agree", **more: Any) -> Connection:
        """客户答复."""
        return self.fill("answer", CLERK, answer=answer, answered_by="phone", **more)

    def pay(self, **more: Any) -> Connection:
        """收款 in cash of all that is due."""
        due = self.scope("receive", CASHIER)["total"]
        said = {"received": "yes", "method": "cash", "amount": due, "payer_name": "言若谷"}
        return self.fill("receive", CASHIER, **{**said, **more})

    def sign(self, **more: Any) -> Connection:
        """签订供用水合同."""
        return self.fill("contract", CONTRACTS, contract_read=True, contract_signed=True, **more)

    def numbers(self, rows: list[dict[str, Any]] | None = None, book: str = "0901") -> Connection:
        """发放接水点编号: the rows as they were laid out, unless others are given."""
        known = rows or [dict(row) for row in self.scope("numbers", ENTRY)["point_rows"]]
        return self.fill("numbers", ENTRY, book=book, point_rows=known)

    def issue(self, calibre: int = 20, region: str = "城东") -> Connection:
        """水表发放: the next meters of the branch's store, one a point."""
        self.fill("check_slip", KEEPER, slip_result="match")
        picked = []
        for _ in self.scope("pick", KEEPER)["picked"]:
            self.serials += 1
            picked.append({"serial": demo.serial(region, calibre, self.serials),
                           "plastic": demo.seal_no(region, "plastic", self.serials)})  # fmt: skip
        self.fill("pick", KEEPER, picked=picked)
        more = {"old_meter": "later", "old_meter_reason": "换装时交回"}
        replaced = self.scope("sign", FITTER)["purpose"] == "replacement"
        said = {"sign_result": "received", "receiver_kind": "self"}
        return self.fill("sign", FITTER, **said, **(more if replaced else {}))

    def install(self, **more: Any) -> Connection:
        """施工安装."""
        said = {"started_on": self.day(), "done_on": self.day(), "install_note": "PPR 20 m"}
        return self.fill("build", FITTER, **{**said, **more})

    def accepted(self, region: str = "城东", **more: Any) -> Connection:
        """水表验收 from the appointment to the signed sheet."""
        visit = (self.at or now()) + timedelta(days=1)
        self.fill("book", ENGINEER, visit_at=visit.isoformat(), parties=["installer", "engineer"])
        scope = self.scope("inspect", ENGINEER)
        rows = [good(row) | more for row in scope["rows"]]
        works = [{"result": "pass"} for _ in scope["works"]]
        self.fill("inspect", ENGINEER, rows=rows, works=works)
        self.fill("installer_opinion", FITTER, installer_opinion="agree")
        self.fill("branch_opinion", branch(region), branch_opinion="agree")
        return self.fill("sign", ENGINEER, parties_signed=True)

    def enter(self, **more: Any) -> Connection:
        """水表数据录入: only book and payment are left to say."""
        names = ("book_no", "book_seq", "household_size", "pay_method")
        rows = [{name: row[name] for name in names} | more
                for row in self.scope("entry", ENTRY)["entry_rows"]]  # fmt: skip
        scope = self.scope("entry", ENTRY)
        tax = {} if scope["applicant_type"] == "person" else {"tax_no": scope["tax_no"]}
        return self.fill("entry", ENTRY, entry_rows=rows, entry_checked=True, **tax)

    def review(self, **more: Any) -> Connection:
        """录入复核 by a second person."""
        return self.fill("review", SECOND, **{"review_result": "agree", **more})

    def water(self, region: str = "城东", used: int = 0) -> Connection:
        """通水并移交抄表."""
        rows = [{"reading": row["start_reading"] + used}
                for row in self.scope("open_water", branch(region))["water_rows"]]  # fmt: skip
        return self.fill("open_water", branch(region), opened_on=self.day(), water_rows=rows,
                         reader="褚向南")  # fmt: skip

    def call_back(self, **more: Any) -> Connection:
        """回访."""
        said = {"called_at": (self.at or now()).isoformat(), "contact_result": "reached",
                "is_satisfied": "yes", "rating": "5", "promise_kept": "yes",
                "attitude": "good"}  # fmt: skip
        return self.fill("satisfaction_call", AGENT, **{**said, **more})

    def to_survey(self, who: Mapping[str, Any] = PERSON, **more: Any) -> Connection:
        """The application with all its papers, accepted."""
        return self.register(who, **more).papers().accept()

    def to_contract(self, who: Mapping[str, Any] = PERSON, **more: Any) -> Connection:
        """And surveyed, told and agreed to."""
        return self.to_survey(who, **more).survey().answer()

    def to_meters(self, who: Mapping[str, Any] = PERSON, **more: Any) -> Connection:
        """And signed, with its numbers."""
        return self.to_contract(who, **more).sign().numbers()

    def to_entry(self, **more: Any) -> Connection:
        """And metered."""
        return self.to_meters(**more).issue().install().accepted()

    def points(self) -> list[registry.PointOfCase]:
        """The points that the register gave."""
        return registry.points_of_case(self.number)
