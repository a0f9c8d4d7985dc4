"""Who may send which message, and to which region."""

from __future__ import annotations

import pytest
from flask import Flask

from app import cases
from app.cases.senders import SENDERS
from app.errors import Conflict, NotAllowed
from app.work import SYSTEM
from tests.cases.conftest import LIN, clerk

GROUPS = (
    "window_clerk",
    "hotline_agent",
    "cashier",
    "finance",
    "group_approver",
    "company_leader",
    "auditor",
    "admin",
    "cs_director",
)
DRAWINGS_ONLY = ("archive_requested", "case_result", "supply_restored", "never heard of")


@pytest.mark.parametrize("group", GROUPS)
def test_nobody_sends_what_is_not_said(house: Flask, group: str) -> None:
    """Nobody waits for these: who may send is told so, who may not is refused."""
    assert house
    sender = clerk(150, "何见微", group)
    for name, groups in SENDERS.items():
        with pytest.raises(Conflict if group in groups else NotAllowed):
            cases.deliver_message(name, "GH20260302-0001", {}, by=sender)


@pytest.mark.parametrize("name", DRAWINGS_ONLY)
def test_the_table_grants_no_message_of_the_drawings(house: Flask, name: str) -> None:
    assert house
    assert name not in SENDERS


def test_a_child_is_started_by_its_parent_alone(house: Flask) -> None:
    assert house
    with pytest.raises(NotAllowed):
        cases.deliver_message("child_wanted", "GH0", {}, by=LIN)


def test_the_receiver_names_its_senders(house: Flask) -> None:
    assert house
    number = cases.start("waiter", {}, by=LIN).number
    with pytest.raises(NotAllowed):
        cases.deliver_message("answered", number, {}, by=clerk(151, "柳闻笙", "cashier"))
    assert cases.deliver_message("answered", number, {}, by=SYSTEM) == [number]


def test_a_branch_reaches_no_case_of_another_region(house: Flask) -> None:
    assert house
    number = cases.start("waiter", {"region": "城东"}, by=LIN).number
    south = clerk(152, "江照野", "window_clerk", region="城南")
    east = clerk(153, "姜北辰", "window_clerk", region="城东")
    with pytest.raises(NotAllowed):
        cases.deliver_message("answered", number, {}, by=south)
    assert cases.deliver_message("answered", number, {}, by=east) == [number]
