"""The master key is changed by a command while the product is in use; nothing is lost or stuck."""

from __future__ import annotations

import json
from threading import Event, Thread

from app import sealing
from app.registry import demo
from tests.procedures.steps import NEW_OWNER
from tests.served import Served, Visitor, enter, served
from tests.test_leaks import SALE

__all__ = ["served"]
NAME = NEW_OWNER["new_name"]
PERSON = {name: str(value) for name, value in NEW_OWNER.items()}


class Desk(Thread):
    """A clerk who goes on working: a draft is sealed, a page is opened, again and again."""

    def __init__(self, lin: Visitor, step: str) -> None:
        super().__init__()
        self.lin, self.step, self.over = lin, step, Event()
        self.done = 0
        self.failed: list[tuple[int, bytes]] = []

    def run(self) -> None:
        while not self.over.is_set():
            saved = self.lin.send(f"{self.step}/draft", {**PERSON, **SALE}, page=self.step)
            page = self.lin.ask(self.step)
            if (saved[0], page[0]) != (303, 200) or NAME.encode() not in page[2]:
                self.failed.append((saved[0], page[2][:400]))
            self.done += 1


def test_the_master_key_changes_while_clerks_work(served: Served) -> None:
    lin = enter(served, "linqi")
    _, step, _ = lin.send(
        "/start/meter_transfer", {"account_no": demo.KNOWN["clean_sale"]}, "/work"
    )
    desk = Desk(lin, step)
    desk.start()
    names = set()
    for _ in range(3):
        said = json.loads(served.flask("keys", "rotate", "--json"))
        assert said["wrapped"] > 100
        names.add(said["master"])
        json.loads(served.flask("keys", "prune", "--json"))
    desk.over.set()
    desk.join()
    assert desk.done > 3
    assert desk.failed == []
    assert len(names) == 3
    assert len(sealing.master_file().read_text().split()) == 2, "one key and its name are left"
    assert NAME.encode() in lin.ask(step)[2]
    assert json.loads(served.flask("audit", "verify", "--json"))["findings"] == []
