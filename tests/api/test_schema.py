"""The OpenAPI taken at its word: calls made up from it, right and wrong ones, find no fault."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from flask import Flask, g
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.conftest import ANSWERS, House, settle

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance,
          response_schema_conformance]  # fmt: skip
# An invented name, in a case of another region: no call of south may ever show it.
THERE = {**ANSWERS, "applicant_name": "言若谷", "reason": "城东的事"}
CALLS = 15


@pytest.fixture
def open_house(fresh: Flask) -> House:
    """With real commits: a call that fails does not hide the next."""
    fresh.before_request_funcs.setdefault(None, []).insert(
        0, lambda: g.pop("csrf_token", None) and None
    )
    house = settle(fresh)
    begun = house.lin.start(region="城东")
    house.lin.post(f"/tasks/{begun['tasks'][0]['id']}/complete", {"answers": THERE})
    house.lin.start()
    return house


def test_no_call_made_up_from_the_openapi_finds_a_fault(open_house: House) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", open_house.app)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 30
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try_out(operation.as_strategy(generation_mode=mode), open_house)


def try_out(calls: Any, house: House) -> None:
    """Made-up calls by a clerk and by somebody of another region."""

    @settings(max_examples=CALLS, deadline=None, derandomize=True, database=None,
              phases=[Phase.generate], suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(calls)
    def one(case: schemathesis.Case) -> None:
        for who in (house.lin, house.south):
            answer = case.call(headers={"Authorization": f"Bearer {who.token}"})
            case.validate_response(answer, checks=CHECKS)
        assert "言若谷" not in answer.text
        assert "城东的事" not in answer.text

    one()
