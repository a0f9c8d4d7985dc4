"""What may be some seconds old is read from a streaming replica, else from the primary."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Timer

import pytest
from flask import Flask, g

from app import cases, checkpoints, replica
from app import settings as values
from app.cli import audit as audit_command
from app.work import SYSTEM, now
from tests.cli.installations import Land, entered, free_accounts
from tests.scale.hosts import found
from tests.scale.replica import Pair, pair
from tests.web.counter import Clerk, at_desk
from tools import migrations

DATABASE = "service"


@dataclass
class House:
    """An installation whose reads aside go to a replica, entered by this process."""

    app: Flask
    land: Land
    both: Pair
    director: Clerk
    auditor: Clerk
    lin: Clerk
    accounts: list[str]

    def open_case(self) -> str:
        """A case, and a moment of commit for the replica to tell."""
        return cases.start("meter_transfer", {"account_no": self.accounts.pop()}, by=SYSTEM).number

    def board(self) -> str:
        return self.director.page("/boards/progress?procedure=meter_transfer")


@pytest.fixture(scope="module")
def house(_app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("pair")
    with pair(folder) as both:
        both.primary.ensure_database(DATABASE)
        more = {"DATABASE_REPLICA_URL": both.url(DATABASE)}
        land = Land(both.primary, DATABASE, folder / "var", more)
        chosen = land.settings
        migrations.upgrade(
            chosen.database_owner_url, chosen.database_url, chosen.database_auditor_url
        )
        found(land)
        with entered(land) as app:
            # One context spans all tests; what belongs to a request must not.
            app.before_request_funcs.setdefault(None, []).insert(
                0, lambda: g.pop("csrf_token", None) and None
            )
            people = [at_desk(app, login) for login in ("shenzhijie", "wenrushuang", "linqi")]
            yield House(app, land, both, *people, free_accounts())


@pytest.fixture(autouse=True)
def _rested(house: House) -> Iterator[None]:
    """Each test meets a replica that is up to date and that nothing is known of."""
    replica._known.clear()
    house.both.even()
    yield
    house.both.hold(False)


def test_a_board_and_its_list_and_export_are_the_replicas(house: House) -> None:
    first = house.open_case()
    house.both.even()
    assert "数据截至" in house.board()
    house.both.hold(True)
    second = house.open_case()
    listed = house.director.page("/boards/progress/list?procedure=meter_transfer")
    assert first in listed
    assert second not in listed, "the replica stands still: this is its state"
    assert "数据截至" in listed
    assert house.director.get("/boards/progress/export").data.startswith(b"PK")
    house.both.hold(False)
    house.both.even()
    assert second in house.director.page("/boards/progress/list?procedure=meter_transfer")


def test_what_auditors_leaf_through_is_the_replicas_and_their_own_look_a_write(
    house: House,
) -> None:
    number = house.open_case()
    house.both.even()
    house.both.hold(True)
    house.lin.post(f"/cases/{number}/look", {"_why": "handle"})
    assert "查看完整" not in house.lin.page(f"/cases/{number}?whole=1")
    assert number not in house.auditor.page("/audit/looks")
    house.both.hold(False)
    house.both.even()
    page = house.auditor.page("/audit/looks")
    assert number in page
    assert "数据截至" in page
    assert "数据截至" in house.auditor.page("/admin/refused")


def test_a_search_finds_one_s_own_deed_at_once(house: House) -> None:
    house.open_case()  # a worker's tick would do as well: the replica is of this second
    house.both.even()
    house.both.hold(True)
    number = house.open_case()
    with house.lin.client.session_transaction() as kept:
        assert kept.pop("deed", None), "what was done in the tests before"
    assert house.lin.post("/find", {"q": number}).status_code == 200, "a colleague's: not yet"
    assert house.lin.post("/start/rings").status_code == 303
    assert house.lin.post("/find", {"q": number}).status_code == 303, "the primary was asked"


def test_worklist_and_case_are_never_old(house: House) -> None:
    house.both.hold(True)
    number = house.open_case()
    assert number in house.lin.page(f"/cases/{number}")
    assert number in house.lin.page("/work?tab=group")


def test_nothing_is_written_within_a_read_aside(house: House) -> None:
    with pytest.raises(RuntimeError, match="read aside"):
        replica.aside(house.open_case)
    # A state that must include a moment to come is nobody's but the primary's.
    with pytest.raises(RuntimeError, match="read aside"):
        replica.aside(house.open_case, since=now() + timedelta(days=1))


def test_what_a_process_keeps_of_settings_is_the_primarys(house: House) -> None:
    house.both.hold(True)
    values.put("limit.T-SUPP", 23, by=SYSTEM)
    values.forget()
    found, as_of = replica.aside(lambda: values.get("limit.T-SUPP"))
    assert as_of is not None
    assert found == 23, "a command would go by it for as long as it is kept"


def test_a_replica_far_behind_is_not_asked_and_the_log_says_so_once(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica, "TRUSTED", timedelta())
    number = house.open_case()
    with caplog.at_level(logging.WARNING, "app.replica"):
        pages = [house.board() for _ in range(3)]
    assert not any("数据截至" in page for page in pages)
    assert number in house.director.page("/boards/progress/list?procedure=meter_transfer")
    assert [r.message for r in caplog.records] == [
        "reads aside go to the primary: the replica is behind"
    ]


def test_a_replica_that_is_gone_costs_a_line_in_the_log_and_is_taken_up_again(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "数据截至" in house.board()
    with caplog.at_level(logging.WARNING, "app.replica"):
        with house.both.gone():
            assert ["数据截至" in house.board() for _ in range(3)] == [False] * 3
        monkeypatch.setattr(replica, "REST", 0.0)
        replica.rest_over()
        house.open_case()
        house.both.even()
        assert "数据截至" in house.board()
    gone, again = [r.message for r in caplog.records]
    assert gone.startswith("reads aside go to the primary: the replica does not answer (")
    assert again == "reads aside go to the replica again"


def test_the_trail_is_verified_on_a_replica_that_has_all_of_the_record(house: House) -> None:
    house.open_case()
    assert checkpoints.make(by=SYSTEM)
    house.both.even()
    auditor = replace(
        house.land, more={**house.land.more, "DATABASE_AUDITOR_URL": house.both.url(DATABASE)}
    )
    assert auditor.json("audit", "verify")["ok"]
    house.both.hold(True)
    house.open_case()
    assert checkpoints.make(by=SYSTEM)
    with entered(auditor):
        Timer(0.5, house.both.hold, [False]).start()
        assert audit_command.verify_database().findings == [], "it waits for what it lacks"
    house.both.hold(True)
    house.open_case()
    assert checkpoints.make(by=SYSTEM)
    monkey = pytest.MonkeyPatch()
    monkey.setattr(audit_command, "PATIENCE", 0.2)
    assert "副本" in auditor.typed("audit", "verify", code=2), "no roll-back is told of a late copy"
    monkey.undo()
