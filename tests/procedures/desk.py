"""A desk for one case: the real drawings, decisions and forms; services answered by the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from app import engine, forms
from app.worktime import Calendar

ROOT = Path(__file__).parents[2]
OPENING = datetime(2026, 3, 2, 1, tzinfo=UTC)  # a Monday, 09:00 in Shanghai
ACCOUNT = {
    "known": True,
    "no": "1002003417",
    "address": "城东区桐荫路12号3单元502",
    "owner": "周**",
    "category_text": "居民生活",
    "calibre": 20,
    "serial": "HX2103A0417",
    "last_reading": 1286,
    "notice": "",
}
PLACE = {
    "account": ACCOUNT,
    "region": "城东",
    "calibre": 20,
    "category": "residential",
    "price_code": "resident",
    "arrears": 0,
}
OWED = {
    "due": 0,
    "bills": [],
    "items": [],
    "balance_left": 0,
    "final_reading": 1286,
    "final_date": "",
    "final_volume": 0,
    "bill_amount": 0,
    "settlement_lines": [],
    "payer": "周禾清",
}
SERVICES: dict[str, Any] = {
    "meter_transfer.open_account": {
        **PLACE,
        "account_no": "1002003417",
        "case_number": "GH20260302-0001",
        "dispute_days": 30,
        "transfer_days": 2,
        "household_size": 4,
    },
    "c_precheck.inspect": {
        **PLACE,
        "account_state": "normal",
        "has_arrears": False,
        "open_violation": False,
        "open_case": False,
        "blocking_case": "",
    },
    "c_materials_check.prepare": lambda given: {
        "papers": [
            {"title": r["title"], "need": r["mode"], "state": "", "pages": 1, "files": []}
            for r in given["required"]
        ],
        "supplement_days": 10,
        "reminder_days": 5,
    },
    "c_materials_check.record": lambda given: {
        "result": result_of(given),
        "papers_received": [],
        "supplement_from": "2026-03-02",
        "missing_text": "不动产权证",
        "materials_reason": given["refuse_reason"],
    },
    "c_settle_account.open": {
        **OWED,
        "last_reading": 1286,
        "last_date": "2026-02-01",
        "max_dial": 99999,
        "reversed": False,
        "tier_used": 30,
        "persons": 4,
        "arrears": 0,
        "arrears_periods": 0,
        "balance": 0,
        "free_left": 0,
    },
    "c_settle_account.issue_bill": lambda given: {
        **OWED,
        "due": 3516,
        "bills": ["B1"],
        "final_bill": "B1",
        "payer_role": given["settle_way"],
        "items": [{"code": "final", "text": "末次水费", "amount": 3516}],
        "final_volume": 12,
        "final_reading": given["reading"],
        "final_date": given["reading_date"],
        "bill_amount": 3516,
    },
    "c_cashier_payment.prepare": lambda given: {
        "total": sum(i["amount"] for i in given["items"]),
        "items_text": "末次水费",
    },
    "c_cashier_payment.take": lambda given: {
        "receipt_no": "SJ20260302001-0001",
        "paid_amount": given["amount"],
    },
    "c_cashier_payment.clear": {"paid_amount": 3516},
    "c_cashier_payment.bounce": {},
    "c_notify_customer.gather": lambda given: {
        "text": given.get("text") or given["notice"],
        "values": given.get("values"),
        "attach": "",
        "mobile": "19900001001",
        "email": "",
        "address": "",
        "has_phone": True,
        "sms_ok": True,
        "max_attempts": 3,
        "wait_minutes": 120,
    },
    "c_notify_customer.hand_over": {"notice_key": "n1"},
    "c_notify_customer.note_call": {"call_key": "n2"},
    "c_notify_customer.post_letter": {},
    "c_notify_customer.tell": {},
    # No service: how the notice ended that a case waits for.
    "notice_ended": {"arrived": True},
    "c_settle_account.note_dispute": {},
    "meter_transfer.refund_balance": {"amount": 1000},
    "meter_transfer.sign_contract": {"contract_no": "GYS2026-CD-00001"},
    "meter_transfer.change_owner": {"customer_no": 7},
    "meter_transfer.finish": {},
    "meter_transfer.record_site": {},
    "archive_filing.open_volume": {
        "volume_id": 1,
        "file_days": 5,
        "secrecy": "general",
        "retention": "permanent",
        "items": [
            {"title": "过户申请表", "need": "必须", "present": False, "pages": 1, "note": ""}
        ],
    },
    "archive_filing.note_items": {"complete": True, "missing_text": "", "items": []},
    "archive_filing.shelve": {"archive_no": "QZ-2026-02-0001"},
    "archive_filing.urge": {},
    "archive_filing.take_in": lambda given: {"items": given["items"]},
}


def result_of(given: Mapping[str, Any]) -> str:
    """What the materials service makes of the ticks."""
    pairs = list(zip(given["required"], given["papers"], strict=True))
    gone = {row["mode"] for row, paper in pairs if paper["state"] == "missing"}
    if given["materials_decision"] == "refuse":
        return "refused"
    if "required" in gone:
        return "incomplete"
    return "exceptional" if "approve" in gone else "complete"


@cache
def files() -> dict[str, bytes]:
    """The shipped drawings, decisions and forms."""
    found = [*ROOT.glob("processes/*.*mn"), *ROOT.glob("forms/*/*.form")]
    return {str(path.relative_to(ROOT)): path.read_bytes() for path in sorted(found)}


@cache
def library() -> engine.Library:
    """All of them, compiled once."""
    return engine.compile(files())


@cache
def form(form_id: str) -> forms.Form:
    """A shipped form."""
    procedure, task = form_id.split(".")
    return forms.read(files()[f"forms/{procedure}/{task}.form"])


class Desk:
    """Plays one case. ``services`` replaces answers by type; ``called`` lists what was asked."""

    def __init__(
        self,
        procedure: str,
        variables: Mapping[str, Any] | None = None,
        at: str | None = None,
        **services: Any,
    ) -> None:
        self.now = OPENING
        self.calendar = Calendar()
        self.answers = {**SERVICES, **{n.replace("__", "."): a for n, a in services.items()}}
        self.called: list[tuple[str, dict[str, Any]]] = []
        self.pages: list[str] = []
        self.trace: list[str] = []
        self.sent: list[engine.Thrown] = []
        self.run = engine.Run(library(), self.calendar)
        self.out = self._settle(self.run.start(procedure, dict(variables or {}), self.now, at))

    def _settle(self, out: engine.Outcome) -> engine.Outcome:
        self._note(out)
        while out.status == "service" or self._news(out) is not None:
            out = self._answer(out.service) if out.service else self._told(out)
            self._note(out)
        assert out.status != "failed", f"{out.error}"
        return out

    def _news(self, out: engine.Outcome) -> engine.Subscription | None:
        """A notice whose outcome is waited for; ``notice_ended`` None: no word ever comes."""
        waits = (one for one in out.subscriptions if one.name == "notice_ended")
        return next(waits, None) if self.answers["notice_ended"] is not None else None

    def _told(self, out: engine.Outcome) -> engine.Outcome:
        waits = self._news(out)
        assert waits is not None
        answer = self.answers["notice_ended"]
        given = answer(waits.key) if isinstance(answer, Callable) else answer
        told = self.run.deliver(waits.name, waits.key, given, self.now)
        assert told is not None
        return told

    def _note(self, out: engine.Outcome) -> None:
        self.trace += [step.element for step in out.steps]
        self.sent += out.messages

    def _answer(self, call: engine.ServiceCall) -> engine.Outcome:
        self.called.append((call.type, call.inputs))
        answer = self.answers[call.type]
        given = answer(call.inputs) if isinstance(answer, Callable) else answer
        if isinstance(given, str):
            return self.run.fail(call.id, given, "", self.now)
        return self.run.resume(call.id, given, self.now)

    @property
    def open(self) -> list[str]:
        """Ids of the steps that wait for a person."""
        return [task.element for task in self.out.tasks]

    def task(self, element: str) -> engine.OpenTask:
        """The open step of that id."""
        return next(task for task in self.out.tasks if task.element == element)

    def scope(self, element: str) -> dict[str, Any]:
        """What its form can see."""
        return self.run.scope(self.task(element).id)

    def submit(self, element: str, **given: Any) -> Desk:
        """Fill the step's form and hand it in, by the form's own rules."""
        task = self.task(element)
        assert task.form
        read = forms.read_answers(
            form(task.form),
            given,
            self.run.scope(task.id),
            now=self.now,
            calendar=self.calendar,
            checks={"reading": lambda *_: None, "account_no": lambda *_: None},
        )
        forms.view(
            form(task.form), self.run.scope(task.id), {}, {}, now=self.now, calendar=self.calendar
        )
        self.pages.append(element)
        self.out = self._settle(self.run.complete(task.id, read.values, self.now))
        return self

    def later(self, **span: int) -> Desk:
        """Let time pass: fire every timer that falls due on the way."""
        until = self.now + timedelta(**span)
        while due := sorted((t for t in self.out.timers if t.due <= until), key=lambda t: t.due):
            self.now = due[0].due
            self.out = self._settle(self.run.fire(due[0].id, self.now))
        self.now = until
        return self

    def tell(self, name: str, key: str, **variables: Any) -> Desk:
        """Deliver a message."""
        out = self.run.deliver(name, key, variables, self.now)
        assert out is not None, f"nobody waits for {name} {key}"
        self.out = self._settle(out)
        return self

    def asked(self, service: str) -> dict[str, Any]:
        """The inputs of the last call of a service."""
        return [inputs for name, inputs in self.called if name == service][-1]
