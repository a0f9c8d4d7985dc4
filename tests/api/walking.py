"""A case over HTTP, step by step."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from tests.api.conftest import Caller


class Walk:
    """``now`` is the case as the last step left it."""

    def __init__(self, by: Caller, procedure: str, **variables: Any) -> None:
        self.by = by
        self.now = by.start(procedure, **variables)
        self.number = self.now["number"]

    @property
    def open(self) -> list[str]:
        """Steps that wait for a person."""
        return [one["element"] for one in self.case()["tasks"]]

    def case(self, by: Caller | None = None) -> dict[str, Any]:
        """The case as somebody sees it."""
        answer = (by or self.by).get(f"/cases/{self.number}")
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def task(self, element: str) -> int:
        """Id of the open step."""
        return next(t["id"] for t in self.case()["tasks"] if t["element"] == element)

    def page(self, element: str, by: Caller | None = None) -> dict[str, Any]:
        """An open step as somebody meets it."""
        answer = (by or self.by).get(f"/tasks/{self.task(element)}")
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def send(self, element: str, by: Caller | None = None, **answers: Any) -> TestResponse:
        """Hand a step in; gives the answer, whatever it is."""
        path = f"/tasks/{self.task(element)}/complete"
        return (by or self.by).post(path, {"answers": answers})

    def fill(self, element: str, by: Caller | None = None, **answers: Any) -> dict[str, Any]:
        """Hand a step in that must be taken."""
        answer = self.send(element, by, **answers)
        assert answer.status_code == 200, answer.text
        self.now = answer.get_json()
        return self.now
