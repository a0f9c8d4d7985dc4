"""Clerks who call the API of several hosts in turn, and walk a meter transfer to its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import orjson

from app.work import now
from app.worktime import local_day
from tests.api.walking import Walk
from tests.procedures.steps import NEW_OWNER
from tests.test_leaks import some_number


@dataclass(frozen=True)
class Answer:
    """What a call was answered."""

    status_code: int
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode()

    def get_json(self) -> Any:
        return orjson.loads(self.data)


@dataclass(frozen=True)
class Remote:
    """Somebody with a token; each call goes to the next host."""

    token: str
    addresses: Iterator[str]

    def send(self, method: str, path: str, json: Any = None) -> Answer:
        """One request."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        body = None if json is None else orjson.dumps(json)
        url = f"{next(self.addresses)}/api/v1{path}"
        try:
            with urlopen(Request(url, body, headers, method=method), timeout=60) as answer:
                return Answer(answer.status, answer.read())
        except HTTPError as error:
            return Answer(error.code, error.read())

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def post(self, path: str, json: Any = None) -> Answer:
        return self.send("POST", path, json)

    def start(self, procedure: str = "rings", **variables: Any) -> dict[str, Any]:
        """A new case."""
        answer = self.post(f"/procedures/{procedure}/cases", {"variables": variables})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.get_json()
        return found


def transfer(by: Remote, reviewer: Remote, account: str) -> dict[str, Any]:
    """A meter transfer from the window to its end; gives the case as it ended."""
    walk = Walk(by, "meter_transfer", account_no=account)  # type: ignore[arg-type]
    # Of nobody else's, or two windows would open the same customer.
    owner = {**NEW_OWNER, "new_id_no": some_number()}
    while walk.now["state"] != "ended":
        element = walk.now["tasks"][0]["element"]
        who = reviewer if element == "review" else by
        walk.fill(element, by=who, **answers(by, element, account, owner))  # type: ignore[arg-type]
    return walk.now


def answers(by: Remote, element: str, account: str, owner: dict[str, Any]) -> dict[str, Any]:
    """What is said at a step of a plain sale."""
    typed = {name: value for name, value in owner.items() if name != "applicant_type"}
    fixed: dict[str, dict[str, Any]] = {
        "accept": {**owner, "reason": "sale", "old_owner": "present", "category_change": "no",
                   "title_status": "titled", "address_matches": "yes", "by_agent": False},
        "check": {"papers": [{"state": "original", "pages": 1}] * 3,
                  "materials_decision": "by_list"},
        "sign": {"contract_read": True, "contract_signed": True},
        "change_record": {"entry_checked": True, **typed},
        "review": {"review_result": "agree"},
        "deliver": {"delivered_to": "owner", "receipt_signed": True},
    }  # fmt: skip
    if element in fixed:
        return fixed[element]
    facts = by.get(f"/accounts/{account}").get_json()
    if element == "receive":
        return {"received": "yes", "method": "cash", "amount": facts["arrears"],
                "payer_name": "周禾清"}  # fmt: skip
    assert element == "reading", element
    return {"reading_date": local_day(now()).isoformat(), "reading_source": "agreed",
            "reading": facts["meter"]["last_reading"] + 12, "confirmed_by": "both",
            "settle_way": "old_owner"}  # fmt: skip
