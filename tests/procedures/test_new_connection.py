"""用水报装 through cases and the register: case 11 of the domain, and each end."""

from __future__ import annotations

from app import registry
from tests.procedures.connecting import Connection


def test_case_11_a_home_without_outside_pipe_from_the_window_to_the_tap(known):
    case = Connection()
    case.to_contract()
    # 无外线零收费：不停在收款
    assert case.open == ["sign"]
    case.sign().numbers()
    (point,) = case.points()
    account = registry.account(point.account_no)
    assert (account.state, account.contract_no) == ("pre", registry.contracts_of_case(case.number)[0].contract_no)
    assert point.point_no.startswith("JS-CD-0901-")
    case.issue().install().accepted()
    case.enter().review()
    account = registry.account(point.account_no)
    assert (account.state, account.owner.name, account.book_no) == ("normal", "言若谷", "0901")
    case.water(used=1).call_back()
    assert case.outcome == "connected"
