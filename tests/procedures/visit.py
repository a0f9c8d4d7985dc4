"""A visit of a customer through cases and the register: each page is filled by whoever may."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from app import cases, definitions, registry, settings
from app.db import raw
from app.registry import demo
from app.work import SYSTEM, Actor, Work, command, now
from app.worktime import local_day
from tests.looking import say_why
from tests.procedures.steps import NEW_OWNER
from tests.procedures.waiting import post, wait

ROOT = Path(__file__).parents[2]
GROUPS = {"window_clerk", "cashier", "contract_clerk", "cs_director", "finance"}
PLAIN = {
    "reason": "sale",
    "old_owner": "present",
    "category_change": "no",
    "title_status": "titled",
    "address_matches": "yes",
    "by_agent": False,
}


def person(number: int, name: str, *groups: str, region: str | None = None) -> Actor:
    """A person of the tests; without a region of the head office."""
    return Actor(
        number,
        f"p{number}",
        name,
        frozenset(groups),
        region=region,
        branch=None,
        channel="api",
        sees_all_regions=region is None,
    )


CLERK = person(9001, "林栖", *GROUPS, "data_entry")
SECOND = person(9002, "程予安", "data_entry", *GROUPS)
ARCHIVIST = person(9003, "许书砚", "archivist")
TIMER = SYSTEM


@command
def load(work: Work) -> None:
    """A small town with the accounts that tests know."""
    demo.load(work, accounts=60, seed=1)


def open_the_house() -> dict[str, str]:
    """Settings, accounts, drawings; gives the known accounts."""
    settings.ensure_defaults(by=SYSTEM, at=now())
    load(by=SYSTEM)
    done = definitions.deploy(definitions.read_folder(ROOT), by=SYSTEM)
    assert not done.refused, done.findings
    return demo.KNOWN


class Visit:
    """One case on one account. ``at`` moves on by ``later``."""

    def __init__(self, account_no: str, by: Actor = CLERK) -> None:
        self.account_no = account_no
        self.at: datetime | None = None
        self.moved = cases.start("meter_transfer", {"account_no": account_no}, by=by)
        self.number = self.moved.number
        self.pages: list[str] = []

    @property
    def open(self) -> list[str]:
        """Steps that wait for a person."""
        rows = (
            raw()
            .execute(
                "SELECT t.element FROM tasks t JOIN cases c ON c.id = t.case_id"
                " WHERE c.number = %s AND t.status = 'open' ORDER BY t.id",
                (self.number,),
            )
            .fetchall()
        )
        return [element for (element,) in rows]

    def task(self, element: str) -> int:
        """Id of the open step."""
        row = (
            raw()
            .execute(
                "SELECT t.id FROM tasks t JOIN cases c ON c.id = t.case_id"
                " WHERE c.number = %s AND t.status = 'open' AND t.element = %s",
                (self.number, element),
            )
            .fetchone()
        )
        assert row, f"{element} is not open, but {self.open}"
        return int(row[0])

    def page(self, element: str, by: Actor = CLERK) -> cases.TaskPage:
        """The page of an open step, looked at whole."""
        say_why(self.number, by)
        return cases.task_for(by, self.task(element), cases.Look.WHOLE)

    def fill(self, element: str, by: Actor = CLERK, **given: Any) -> Visit:
        """Hand a page in."""
        self.moved = cases.submit_task(self.task(element), given, by=by, at=self.at, money="fen")
        self.pages.append(element)
        post()
        return self

    def shown(self) -> cases.CasePage:
        """The case as the clerk sees it."""
        return cases.case(CLERK, self.number)

    def later(self, **span: int) -> Visit:
        """Let time pass: every timer that falls due on the way is fired at its moment."""
        until = (self.at or now()) + timedelta(**span)
        wait(self.number, until)
        self.at = until
        return self

    # --- the usual pages ------------------------------------------------------------------

    def accept(self, owner: dict[str, Any] | None = None, **more: Any) -> Visit:
        """受理: a sale by the new owner in person unless said otherwise."""
        return self.fill("accept", **{**PLAIN, **(owner or NEW_OWNER), **more})

    def papers(self, step: str = "check", missing: tuple[str, ...] = (), **more: Any) -> Visit:
        """核验: all in the original but what is named."""
        rows = [
            {"state": "missing"} if row["title"] in missing else {"state": "original", "pages": 1}
            for row in self.page(step).scope["papers"]
        ]
        return self.fill(step, papers=rows, **{"materials_decision": "by_list", **more})

    def read(self, used: int = 12, **more: Any) -> Visit:
        """清算: both agree on a reading."""
        meter = registry.account(self.account_no).meter
        assert meter
        answers = {
            "reading_date": local_day(self.at or now()).isoformat(),
            "reading_source": "agreed",
            "reading": meter.last_reading + used,
            "confirmed_by": "both",
            "settle_way": "old_owner",
        }
        return self.fill("reading", **{**answers, **more})

    def due(self) -> int:
        """Fen that the account owes."""
        return sum(bill.open for bill in registry.open_bills(self.account_no))

    def pay(self, **more: Any) -> Visit:
        """收款 in cash when something is due."""
        if "receive" in self.open:
            answers = {
                "received": "yes",
                "method": "cash",
                "amount": self.due(),
                "payer_name": "周禾清",
            }
            self.fill("receive", **{**answers, **more})
        return self

    def sign(self, **more: Any) -> Visit:
        """签订合同."""
        return self.fill("sign", contract_read=True, contract_signed=True, **more)

    def enter(self, owner: dict[str, Any] | None = None, by: Actor = CLERK) -> Visit:
        """变更档案: nothing to correct."""
        typed = {k: v for k, v in (owner or NEW_OWNER).items() if k != "applicant_type"}
        return self.fill("change_record", by=by, entry_checked=True, **typed)

    def finish(self, owner: dict[str, Any] | None = None, **signing: Any) -> Visit:
        """From the contract to the end."""
        self.sign(**signing).enter(owner).fill("review", by=SECOND, review_result="agree")
        return self.fill("deliver", delivered_to="owner", receipt_signed=True)


def milestones(visit: Visit) -> dict[str, str]:
    """Name → state."""
    return {step.name: step.state for step in visit.shown().milestones}
