"""Cases found by what was entered in them: open values only, and only those one may see."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import ANSWERS, Caller, House


def ended(by: Caller, reason: str, region: str = "城东") -> str:
    """A case whose first step told a reason."""
    begun = by.start(region=region)
    given = {"answers": {**ANSWERS, "reason": reason}}
    assert by.post(f"/tasks/{begun['tasks'][0]['id']}/complete", given).status_code == 200
    return str(begun["number"])


def search(by: Caller, **asked: Any) -> list[str]:
    answer = by.post("/cases/search", asked)
    assert answer.status_code == 200, answer.text
    return [one["number"] for one in answer.get_json()["items"]]


def test_cases_are_found_by_an_open_value_newest_first(house: House) -> None:
    first, other, last = (ended(house.lin, reason) for reason in ("买卖", "赠与", "买卖"))
    assert search(house.lin, variables={"reason": "买卖"}) == [last, first]
    assert search(house.lin, variables={"reason": "赠与"}, procedure="two_steps") == [other]
    assert search(house.lin, variables={"reason": "赠与"}, procedure="one_step") == []
    assert search(house.lin, variables={"reason": "买卖"}, q=first) == [first]
    assert search(house.lin, variables={"reason": "买"}) == []
    assert search(house.south, variables={"reason": "买卖"}) == [], "of another region"


@pytest.mark.parametrize(
    ("variables", "field"),
    [
        ({"applicant_name": "周禾清"}, "variables.applicant_name"),
        ({"reason": ["买卖"]}, "variables.reason"),
        ({"reason": None}, "variables.reason"),
        ({f"v{n}": 1 for n in range(11)}, "variables"),
    ],
)
def test_a_sealed_value_or_no_value_is_refused_by_name(
    house: House, variables: dict[str, Any], field: str
) -> None:
    ended(house.lin, "买卖")
    answer = house.lin.post("/cases/search", {"variables": variables})
    assert answer.status_code == 422
    assert field in answer.text


def test_a_long_list_goes_on_where_the_page_before_ended(house: House) -> None:
    numbers = [ended(house.lin, "继承") for _ in range(52)]
    asked: dict[str, Any] = {"variables": {"reason": "继承"}}
    first = house.lin.post("/cases/search", asked).get_json()
    second = house.lin.post("/cases/search", {**asked, "cursor": first["cursor"]}).get_json()
    found = [one["number"] for page in (first, second) for one in page["items"]]
    assert found == numbers[::-1]
    assert second["cursor"] is None
