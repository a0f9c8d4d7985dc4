"""Acceptance of meters through cases and the register: a building with issued meters, the desk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from app import attachments, cases, registry
from app.db import db, raw
from app.registry.models import Meter, Seal, ServicePoint
from app.registry.search import address_key
from app.registry.stock import Why, take_in
from app.work import SYSTEM, Actor, Work, command, ledger, now
from app.worktime import local_day
from tests.procedures.visit import person
from tests.procedures.waiting import wait

BRANCH = "城东供水分公司"
PDF = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"
CLERK = person(9201, "林栖", "window_clerk")
ENGINEER = person(9202, "顾衡", "acceptance_engineer")
INSTALLER = person(9203, "丁望舒", "installer")
READER = person(9204, "褚向南", "meter_reader:城东", region="城东")
LEADER = person(9205, "傅长风", "company_leader_in_charge")
STORE = person(9206, "苏木", "meter_storekeeper")
METERING = person(9207, "关山月", "metering")
SALES = person(9208, "叶知秋", "sales")
WORKS = [{"result": "pass"}] * 3
KEEPER = Actor(None, "store", "库管", frozenset({"meter_storekeeper"}), sees_all_regions=True)


@command
def build(
    work: Work,
    doors: tuple[str, ...],
    type_: str = "mechanical",
    mark: str = "T",
    region: str = "城东",
) -> list[str]:
    """A building: its points are numbered, meters and seals for them lie in the branch's store."""
    points = [place(n, door, mark, region) for n, door in enumerate(doors)]
    db.session.add_all(points)
    db.session.flush()
    work.record(ledger("points"), "points:made", after={"points": [p.no for p in points]})
    day = local_day(work.at)
    meters = [
        Meter(
            serial=serial(n, mark), calibre=20, type=type_, model="LXS-20E", maker="临江仪表",
            max_dial=99_999, first_verification=day - timedelta(days=40),
            life_until=day + timedelta(days=2000), state="in_stock", store="CD", chain_seq=0,
            chain_head=b"",
        )
        for n in range(len(doors))
    ]  # fmt: skip
    take_in(work, meters, "CD", Why("intake"))
    seals = [
        Seal(no=seal(n, mark), type="plastic", branch=BRANCH, state="unused", chain_seq=0,
             chain_head=b"")
        for n in range(len(doors))
    ]  # fmt: skip
    take_in(work, seals, "CD", Why("intake"))
    return [p.no for p in points]


def place(n: int, door: str, mark: str, region: str) -> ServicePoint:
    """The n-th point of the building."""
    address = f"{region}区桐荫路12号{door}"
    return ServicePoint(
        no=point(n, mark), address=address, address_key=address_key(address), region=region,
        branch=BRANCH, state="numbered", calibre_planned=20,
    )  # fmt: skip


def point(n: int, mark: str = "T") -> str:
    return f"JS-CD-{mark}001-{n:05}-0"


def serial(n: int, mark: str = "T") -> str:
    return f"LJ9{mark}{n:05}"


def seal(n: int, mark: str = "T") -> str:
    return f"F{mark}-{n:05}"


@command
def issue(work: Work, numbers: list[int], case: str = "SB20260302-0001", mark: str = "T") -> None:
    """Hand the meters out for their points."""
    lines = [
        {"point_no": point(n, mark), "serial": serial(n, mark),
         "seals": [{"type": "plastic", "no": seal(n, mark)}]}
        for n in numbers
    ]  # fmt: skip
    registry.issue_meters(work, case, lines, "丁望舒", local_day(work.at))


@command
def back(work: Work, points: list[str], case: str = "SB20260302-0001") -> None:
    """Call the meters of some points back."""
    registry.recall_meters(work, case, points, "逾期")


def building(*doors: str, type_: str = "mechanical", mark: str = "T") -> list[str]:
    """Build it and hand all meters out; gives the numbers of the points."""
    build(tuple(doors), type_, mark, by=SYSTEM)
    for start in range(0, len(doors), 300):
        issue(list(range(len(doors)))[start : start + 300], mark=mark, by=KEEPER)
    return [point(n, mark) for n in range(len(doors))]


class Acceptance:
    """One case. ``at`` moves on by ``later``."""

    def __init__(self, number: str) -> None:
        self.number = number
        self.at: datetime | None = None
        self.moved: cases.Moved | None = None

    @classmethod
    def by_hand(cls, points: list[str], by: Actor = CLERK, **more: Any) -> Acceptance:
        """The contractor comes to the window."""
        made = cls(cases.start("meter_acceptance", {}, by=by).number)
        given = {
            "point_list": "\n".join(points), "done_on": local_day(now()).isoformat(),
            "source": "self_built", "contractor": "星蔓建设有限公司",
            "contractor_phone": "19900001001", "completion_files": [],
        }  # fmt: skip
        if more.get("source") == "connection":
            del given["contractor"], given["contractor_phone"]
        given = {**given, **more}
        if given["source"] == "self_built" and not given["completion_files"]:
            given["completion_files"] = [upload(by)]
        return made.fill("report", by, **given)

    @classmethod
    def called(cls, points: list[str]) -> Acceptance:
        """With the points that a caller brings, as a connection does."""
        brought = {
            "points": [{"point_no": no} for no in points], "region": "城东",
            "source": "connection", "completion": {"done_on": local_day(now()).isoformat()},
        }  # fmt: skip
        return cls(cases.start("meter_acceptance", brought, by=ENGINEER).number)

    @property
    def open(self) -> list[str]:
        """Steps that wait for a person."""
        rows = raw().execute(
            "SELECT t.element FROM tasks t JOIN cases c ON c.id = t.case_id"
            " WHERE c.number = %s AND t.status = 'open' ORDER BY t.element", (self.number,),
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

    def scope(self, element: str, by: Actor = ENGINEER) -> Mapping[str, Any]:
        """What the step's form can see."""
        return cases.task_for(by, self.task(element)).scope

    def fill(self, element: str, by: Actor = ENGINEER, **given: Any) -> Acceptance:
        """Hand a page in."""
        self.moved = cases.submit_task(self.task(element), given, by=by, at=self.at, money="fen")
        return self

    @property
    def outcome(self) -> str | None:
        """The end that was reached."""
        return cases.case(SYSTEM, self.number).outcome

    def later(self, days: int) -> Acceptance:
        """Let time pass: every timer that falls due on the way is fired at its moment."""
        until = (self.at or now()) + timedelta(days=days)
        wait(self.number, until)
        self.at = until
        return self

    # --- the usual pages ------------------------------------------------------------------

    def book(self) -> Acceptance:
        """预约验收 for the day after tomorrow."""
        visit = (self.at or now()) + timedelta(days=2)
        return self.fill("book", visit_at=visit.isoformat(), parties=["installer", "engineer"])

    def inspect(
        self,
        found: Mapping[str, Mapping[str, Any]] | None = None,
        by: Actor = ENGINEER,
        **more: Any,
    ) -> Acceptance:
        """现场验收: all good with the reading 0, but what is said of a point."""
        scope = self.scope("inspect")
        rows = [
            good(row) | dict((found or {}).get(no, {}))
            for row, no in zip(scope["rows"], scope["row_points"], strict=True)
        ]
        return self.fill("inspect", by, **{"rows": rows, "works": WORKS, **more})

    def agree(self, installer: Actor = INSTALLER, **more: Any) -> Acceptance:
        """Both other parties agree."""
        if installer is CLERK:
            more.setdefault("contractor_rep", "言若谷")
        self.fill("installer_opinion", installer, installer_opinion="agree", **more)
        return self.fill("branch_opinion", READER, branch_opinion="agree")

    def notice(self, days: int = 10) -> Acceptance:
        """下发整改通知."""
        day = local_day((self.at or now()) + timedelta(days=days)).isoformat()
        return self.fill("notice", deadline=day)

    def rectify(self, by: Actor = INSTALLER) -> Acceptance:
        """整改完成报告."""
        day = local_day(self.at or now()).isoformat()
        return self.fill("rectify", by, rectified_on=day, rectified_note="已按通知整改")

    def sign(self) -> Acceptance:
        """签署验收单."""
        return self.fill("sign", parties_signed=True)


def good(_row: Mapping[str, Any]) -> dict[str, Any]:
    """A row in which everything is as it should be."""
    return {"serial_same": True, "door_match": "pass", "start_reading": 0, "result": "pass"}


def upload(by: Actor) -> str:
    """A file that may be named in a form."""
    return attachments.upload(BytesIO(PDF), "report.pdf", "application/pdf", by=by).id
