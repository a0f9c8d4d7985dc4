"""Many at once over HTTP, with real commits."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

from tests.api.conftest import ANSWERS, API, House

Sent = tuple[str, str, dict[str, Any], dict[str, str]]


def at_once(house: House, calls: list[Sent]) -> list[Any]:
    """Send all of them at the same moment; (token, path, body, headers) each."""
    start, found = Barrier(len(calls)), []

    def one(token: str, path: str, body: dict[str, Any], more: dict[str, str]) -> None:
        client = house.app.test_client()
        start.wait()
        headers = {"Authorization": f"Bearer {token}", **more}
        answer = client.post(API + path, json=body, headers=headers)
        found.append((answer.status_code, answer.get_json()))

    threads = [Thread(target=one, args=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def test_the_same_key_twenty_times_at_once_is_one_case(real: House) -> None:
    # More threads than connections: the key that tells requests apart must be known before.
    real.lin.post("/procedures/two_steps/cases", {}, headers={"Idempotency-Key": "before"})
    call = (real.lin.token, "/procedures/two_steps/cases", {}, {"Idempotency-Key": "once"})
    answers = at_once(real, [call] * 20)
    assert {status for status, _ in answers} == {201}
    assert len({body["number"] for _, body in answers}) == 1
    assert len(real.lin.get("/cases").get_json()["items"]) == 2


def test_of_two_clerks_at_once_one_wins_and_the_other_sees_who(real: House) -> None:
    for _ in range(8):
        task = real.lin.start()["tasks"][0]["id"]
        real.lin.post(f"/tasks/{task}/release")
        body = {"answers": ANSWERS}
        calls = [(who.token, f"/tasks/{task}/complete", body, {}) for who in (real.lin, real.ruan)]
        answers = dict(at_once(real, calls))
        assert set(answers) == {200, 409}
        assert answers[409]["holder"] in {"林栖", "阮清和"}
