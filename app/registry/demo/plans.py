"""What each demo account is: decided by the seed and its place in the row, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from app.identifiers import make_account_no
from app.registry.demo import people

FIRST = 100_001
MONTHS = 6


@dataclass(frozen=True)
class Plan:
    """One account. ``volumes``: m³ of the last months, oldest first; ``unpaid``: how many of the
    last bills are open; ``late``: fen of late fee on each open bill, oldest first."""

    n: int
    region: str
    type: str
    name: str
    number: str
    phones: tuple[str, ...]
    address: str
    category: str
    price_code: str
    volumes: tuple[int, ...]
    state: str = "normal"
    unpaid: int = 0
    late: tuple[int, ...] = ()
    balance: int = 0
    household_size: int = 4
    pay_method: str = "counter"
    relief: str | None = None
    violation: bool = False
    max_dial: int = 99_999
    last_reading: int | None = None
    reversed: bool = False
    calibre: int = 20
    bill_state: str = "owed"

    @property
    def account_no(self) -> str:
        """Number of the account."""
        return make_account_no(FIRST + self.n)


# Known places, in this order at the head of the row: name → what is said of the account.
SPECIAL: dict[str, dict[str, Any]] = {
    "case17": {
        "name": "周禾清",
        "region": "城东",
        "address": "城东区桐荫路12号3单元502",
        "volumes": (11, 9, 12, 10, 32, 32),
        "unpaid": 2,
        "late": (296, 174),
    },
    "clean_sale": {"name": "段予安", "region": "城南"},
    "open_violation": {"name": "石问川", "violation": True},
    "closed": {"name": "白简舟", "state": "closed"},
    "relief_and_debit": {
        "name": "许望秋",
        "relief": "low_income",
        "pay_method": "direct_debit",
    },
    "credit_balance": {"name": "言若谷", "balance": 8640},
    "unit": {
        "type": "unit",
        "name": "星蔓食品（湖南）有限公司",
        "category": "non_residential",
        "price_code": "non_residential",
        "calibre": 50,
        "volumes": (120, 131, 118, 140, 126, 133),
    },
    "rollover": {"name": "江晚照", "last_reading": 99_987},
    "reversed": {"name": "顾南栖", "reversed": True, "last_reading": 4_210},
    "rare_name": {"name": "向㛃清"},
    "rare_name_2": {"name": "𠮷望舒"},
    "two_phones": {"name": "贺见微", "phones": ("19900009001", "19900009002")},
    "full_width": {
        "name": "苏青禾",
        "region": "开发区",
        "address": "开发区云汀街１８号２单元３０１",
    },
    "suspended": {"name": "乔知夏", "state": "suspended"},
    "restricted": {"name": "程宁野", "state": "restricted", "unpaid": 4},
    "pre": {"name": "柳松声", "state": "pre", "volumes": ()},
    "household_six": {"name": "梁朗月", "household_size": 6},
    "arrears": {"name": "项秋衡", "unpaid": 1},
    "disputed": {"name": "温雨安", "unpaid": 1, "bill_state": "disputed"},
    "unit_arrears": {
        "type": "unit",
        "name": "禾塘印染厂",
        "category": "non_residential",
        "price_code": "non_residential",
        "calibre": 80,
        "unpaid": 3,
        "volumes": (400, 420, 410, 600, 640, 660),
    },
}
KNOWN: dict[str, str] = {name: make_account_no(FIRST + n) for n, name in enumerate(SPECIAL)}


def plans(accounts: int, seed: int) -> list[Plan]:
    """The accounts, the known ones first."""
    known = list(SPECIAL.values())
    made = [_plain(n, Random(f"{seed}:{n}")) for n in range(max(accounts, len(known)))]
    return [_shaped(plan, known[plan.n]) if plan.n < len(known) else _varied(plan) for plan in made]


def _plain(n: int, rng: Random) -> Plan:
    region = people.REGIONS[n % len(people.REGIONS)]
    return Plan(
        n,
        region,
        "person",
        people.name(rng),
        people.id_no(n),
        (people.phone(n),),
        people.address(rng, region, n),
        "residential",
        "resident",
        tuple(rng.randint(4, 28) for _ in range(MONTHS)),
    )


def _shaped(plan: Plan, special: dict[str, Any]) -> Plan:
    shaped = replace(plan, **special)
    if "region" in special and "address" not in special:
        shaped = replace(shaped, address=people.address(Random(plan.n), special["region"], plan.n))
    return replace(shaped, number=people.uscc(plan.n)) if shaped.type == "unit" else shaped


def _varied(plan: Plan) -> Plan:
    for every, at, change in _NOISE:
        if plan.n % every == at:
            plan = change(plan)
    return plan


def _unit(plan: Plan) -> Plan:
    rng = Random(plan.n)
    return replace(
        plan,
        type="unit",
        name=people.unit(rng, plan.n),
        number=people.uscc(plan.n),
        category="non_residential",
        price_code="non_residential",
        calibre=40,
        volumes=tuple(volume * 6 for volume in plan.volumes),
    )


def _with(**values: Any) -> Callable[[Plan], Plan]:
    return lambda plan: replace(plan, **values)


# Every so many accounts, beginning with, are changed so. Units first: what follows keeps them.
_NOISE: tuple[tuple[int, int, Callable[[Plan], Plan]], ...] = (
    (12, 5, _unit),
    (7, 3, _with(unpaid=1)),
    (23, 4, _with(unpaid=3)),
    (31, 6, _with(state="closed")),
    (43, 8, _with(state="suspended")),
    (67, 9, _with(state="restricted", unpaid=5)),
    (53, 10, _with(relief="low_income")),
    (9, 2, _with(pay_method="direct_debit")),
    (61, 11, _with(violation=True)),
    (29, 12, _with(balance=5_000)),
    (37, 13, _with(household_size=5)),
    (71, 14, _with(max_dial=9_999, last_reading=9_990)),
    (97, 15, lambda plan: replace(plan, phones=(*plan.phones, people.phone(plan.n + 5_000)))),
    (211, 16, lambda plan: replace(plan, name=f"{plan.name[0]}㛃")),
    (223, 17, lambda plan: replace(plan, name=f"{plan.name[0]}𠮷")),
)
