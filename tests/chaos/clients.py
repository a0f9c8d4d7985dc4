"""Clerks who do real work over HTTP as careful clients do: each request that changes something has
a key, and is sent again, to whichever web process, until an answer comes. Each keeps a journal.
"""

from __future__ import annotations

import http.client
import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener
from uuid import uuid4

if TYPE_CHECKING:
    from tests.chaos.town import Town

API = "/api/v1"
PATIENCE = 8.0  # seconds until an answer is no longer waited for
PAUSE = 0.2
# A client that never gets an answer gives up; what it sent stays uncertain.
GIVE_UP = 90.0
TRANSIENT = (OSError, http.client.HTTPException)


@dataclass
class Journal:
    """What was sent and what came back. ``starts``: key → number of the case, None while
    uncertain; ``done``: task → acknowledged; ``wrong``: answers that nobody should have got."""

    starts: dict[str, str | None] = field(default_factory=dict)
    done: dict[int, bool] = field(default_factory=dict)
    said: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    sent: int = 0
    retried: int = 0
    acknowledged: int = 0
    pairs: int = 0
    lock: Lock = field(default_factory=Lock)

    @property
    def uncertain(self) -> int:
        starts = sum(number is None for number in self.starts.values())
        return starts + sum(not known for known in self.done.values())


class Desk:
    """One caller of the API, with its token."""

    def __init__(self, town: Town, clerk: int, journal: Journal | None = None) -> None:
        self.town, self.token = town, town.tokens[clerk]
        self.journal = journal or Journal()

    def ask(
        self, method: str, path: str, body: Any = None, key: str = "", port: int = 0
    ) -> tuple[int, Any]:
        """One request, once. Status 0: no answer came."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        line = http.client.HTTPConnection(
            "127.0.0.1", port or random.choice(self.town.ports), timeout=PATIENCE
        )
        try:
            line.request(
                method, API + path, json.dumps(body) if body is not None else None, headers
            )
            answer = line.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else None
        except (*TRANSIENT, ValueError):
            return 0, None
        finally:
            line.close()

    def sure(self, method: str, path: str, body: Any = None, key: str = "", port: int = 0) -> Any:
        """The same until it is answered; None when it never was. A refusal goes to ``wrong``."""
        until = time.monotonic() + GIVE_UP
        while time.monotonic() < until and not self.town.over.is_set():
            status, said = self.ask(method, path, body, key, port)
            with self.journal.lock:
                self.journal.sent += 1
                self.journal.statuses[status] += 1
            if 200 <= status < 300:
                return said
            # 0: no answer; 503: told to come again; 502, 504 would be those of a proxy in front.
            if status not in (0, 503):
                with self.journal.lock:
                    self.journal.wrong.append(f"{method} {path}: {status} {said}")
                return None
            with self.journal.lock:
                self.journal.retried += 1
            time.sleep(PAUSE)
        return None

    def start(self, procedure: str, **variables: Any) -> dict[str, Any] | None:
        """Open a case."""
        key = f"start-{uuid4()}"
        self.journal.starts[key] = None
        moved = self.sure("POST", f"/procedures/{procedure}/cases", {"variables": variables}, key)
        if moved is not None:
            with self.journal.lock:
                self.journal.starts[key] = moved["number"]
                self.journal.acknowledged += 1
        return moved

    def complete(self, task: int, port: int = 0) -> dict[str, Any] | None:
        """Hand in a step."""
        self.journal.done.setdefault(task, False)
        moved = self.sure("POST", f"/tasks/{task}/complete", {"answers": {}}, f"task-{task}", port)
        if moved is not None:
            with self.journal.lock:
                self.journal.done[task] = True
                self.journal.acknowledged += 1
        return moved

    def case(self, number: str) -> dict[str, Any] | None:
        return self.sure("GET", f"/cases/{number}")


class Clerk(Thread):
    """Works on cases of its own until told to stop; ``rest`` lets it pause between two deeds."""

    def __init__(self, desk: Desk, stop: Event, seed: int) -> None:
        super().__init__(daemon=True)
        self.desk, self.stop = desk, stop
        self.random = random.Random(seed)
        self.open: list[str] = []
        self.failed: Exception | None = None

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                self.deed()
                time.sleep(0.02)
        except Exception as error:
            self.failed = error

    def deed(self) -> None:
        """Open a case, talk between two, or go on with one."""
        if len(self.open) < 4:
            self.begin()
            return
        number = self.random.choice(self.open)
        found = self.desk.case(number)
        if found is None:
            return
        if found["state"] != "open":
            self.open.remove(number)
            return
        self.go_on([task["id"] for task in found["tasks"]])

    def begin(self) -> None:
        if self.random.random() < 0.3:
            self.talk()
            return
        moved = self.desk.start("chaos_path")
        if moved is not None:
            self.open.append(moved["number"])

    def talk(self) -> None:
        """One case says something to another that waits for it."""
        waiter = self.desk.start("chaos_waiter")
        sayer = waiter and self.desk.start("chaos_sayer", to=waiter["number"])
        if not waiter or not sayer:
            return
        self.open.append(waiter["number"])
        self.desk.journal.said[waiter["number"]] = 1
        self.desk.complete(sayer["tasks"][0]["id"])

    def go_on(self, tasks: list[int]) -> None:
        """Steps that stand side by side are handed in at the same moment, at two web processes."""
        if len(tasks) < 2:
            for task in tasks:
                self.desk.complete(task)
            return
        ports = self.random.sample(self.desk.town.ports, 2)
        together([
            lambda task=task, port=port: self.desk.complete(task, port)
            for task, port in zip(tasks[:2], ports, strict=True)
        ])  # fmt: skip
        self.desk.journal.pairs += 1


def together(acts: list[Callable[[], Any]]) -> list[Any]:
    """Do all at once; gives what each gave."""
    found: list[Any] = [None] * len(acts)

    def one(number: int) -> None:
        found[number] = acts[number]()

    threads = [Thread(target=one, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


class Stay(HTTPRedirectHandler):
    """A redirection is an answer."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Visitor(Thread):
    """A clerk at a browser: opens a step's page and sends it, the same page again when no answer
    came or the page said so; signs in again when the session is over."""

    def __init__(self, town: Town, journal: Journal, stop: Event, password: str) -> None:
        super().__init__(daemon=True)
        self.town, self.journal, self.stop, self.password = town, journal, stop, password
        self.desk = Desk(town, 1, journal)
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()), Stay)
        self.text = ""
        self.failed: Exception | None = None

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                moved = self.desk.start("chaos_path")
                if moved is not None:
                    self.hand_in(moved["tasks"][0]["id"])
                self.stop.wait(0.3)
        except Exception as error:
            self.failed = error

    def hand_in(self, task: int) -> None:
        self.journal.done.setdefault(task, False)
        typed = self.page(f"/tasks/{task}")
        while typed and not self.town.over.is_set():
            status, where = self.ask(f"/tasks/{task}", typed)
            if status == 303 and "/sign-in" not in where:
                with self.journal.lock:
                    self.journal.done[task] = True
                    self.journal.acknowledged += 1
                return
            if status in (401, 303):
                typed = self.page(f"/tasks/{task}")
            elif status not in (0, 503):
                shown = re.sub(r"<[^>]+>|\s+", " ", self.text)[-400:]
                self.journal.wrong.append(f"page of {task}: {status} {where} {shown}")
                return
            else:
                with self.journal.lock:
                    self.journal.retried += 1
                time.sleep(PAUSE)

    def page(self, path: str) -> dict[str, str]:
        """What a page sends by itself; signs in where it is asked to. Empty: the step is done."""
        while not self.town.over.is_set():
            status, _where = self.ask(path)
            if status == 200:
                return self.hidden() if 'name="_once"' in self.text else {}
            if status == 303:
                self.ask("/sign-in")
                typed = {**self.hidden(), "login": "ruanqinghe", "password": self.password}
                self.ask("/sign-in", typed)
            time.sleep(PAUSE)
        return {}

    def hidden(self) -> dict[str, str]:
        return {
            name: found.group(1)
            for name in ("csrf_token", "_once", "_by")
            if (found := re.search(rf'name="{name}" value="([^"]*)"', self.text))
        }

    def ask(self, path: str, typed: dict[str, str] | None = None) -> tuple[int, str]:
        """Status and where it leads; 0: no answer."""
        port = random.choice(self.town.ports)
        data = urlencode(typed).encode() if typed is not None else None
        url = f"http://127.0.0.1:{port}"
        request = Request(url + path, data, {"Origin": url})
        try:
            try:
                answer = self.opener.open(request, timeout=PATIENCE)
            except HTTPError as error:
                answer = error
            with answer:
                self.text = answer.read().decode(errors="replace")
                return answer.status, answer.headers.get("Location") or ""
        except TRANSIENT:
            return 0, ""
