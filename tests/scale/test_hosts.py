"""Three web servers and two workers on hosts of their own work as one installation."""

from __future__ import annotations

import re
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest
from flask import Flask

from app.registry import demo
from tests.api.test_calls import PNG
from tests.cli.installations import Land
from tests.conftest import _copy
from tests.procedures.steps import NEW_OWNER
from tests.scale.hosts import DRAWINGS, Host, found, hand_over, serve, work
from tests.served import Visitor, wait_for
from tests.test_leaks import SALE
from tools.postgres import Cluster

FIRED = "SELECT c.number, count(*) FROM tasks t JOIN cases c ON c.id = t.case_id" \
        " WHERE t.element = 'look' AND c.procedure = 'rings' GROUP BY 1"  # fmt: skip
PERSON = {name: str(value) for name, value in NEW_OWNER.items()}


@dataclass
class Town:
    """The hosts, and a token of somebody at its windows."""

    hosts: list[Host]
    token: str

    @property
    def owner(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.hosts[0].land.settings.database_owner_url, autocommit=True)


@pytest.fixture(scope="module")
def town(
    cluster: Cluster, template: str, _app: Flask, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """Hosts a, b, c with papers on a file system that they share; workers on a and b."""
    folder = tmp_path_factory.mktemp("hosts")
    with _copy(cluster, template) as database, ExitStack() as closing:
        more = {"FILES_URL": f"file://{folder / 'shared'}"}
        first = Land(cluster, database, folder / "a", more)
        token = found(first)
        lands = [first, *(hand_over(first, folder / name) for name in "bc")]
        closing.enter_context(work(*lands[:2]))
        yield Town(closing.enter_context(serve(*lands)), token)


def at(visitor: Visitor, host: Host) -> Visitor:
    """The same browser, its next request led to another host."""
    visitor.address = host.address
    return visitor


def test_signed_in_at_one_a_person_works_at_all_until_the_session_ends(town: Town) -> None:
    a, b, c = town.hosts
    lin = a.enter("linqi")
    no = demo.KNOWN["clean_sale"]
    status, first, _ = at(lin, b).send("/start/meter_transfer", {"account_no": no}, "/work")
    assert status == 303
    at(lin, c).send(f"{first}/draft", {**PERSON, **SALE}, page=first)
    assert PERSON["new_name"].encode() in at(lin, a).ask(first)[2], "the draft of c is read at a"
    second = at(lin, b).hand_in(first, {**PERSON, **SALE})
    assert at(lin, c).ask(second)[0] == 200
    # Out at a by the form's token of b: refused wherever the browser comes next.
    cookies = list(next(h for h in lin.opener.handlers if hasattr(h, "cookiejar")).cookiejar)
    assert at(lin, a).send("/sign-out", {}, "/password")[0] == 303
    stolen = Visitor(b.address)
    jar = next(h for h in stolen.opener.handlers if hasattr(h, "cookiejar")).cookiejar
    for cookie in cookies:
        jar.set_cookie(cookie)
    for host in (b, c):
        assert at(stolen, host).ask("/work")[1].startswith("/sign-in")


def test_who_is_put_out_at_one_is_out_at_all(town: Town) -> None:
    a, b, c = town.hosts
    gone, admin = b.enter("yujin"), a.enter("qimingyuan")
    path = "/admin/people/yujin/active"
    assert admin.send(path, {}, path)[0] == 303
    for host in (b, c):
        assert at(gone, host).ask("/work")[1].startswith("/sign-in")


def test_what_is_deployed_at_one_is_started_at_another(town: Town, tmp_path: Path) -> None:
    a, _, c = town.hosts
    lin = c.enter("linqi")
    before = lin.send("/start/rings", {}, "/work")[1]
    assert "等待" in lin.ask(before)[2].decode()
    shutil.copytree(DRAWINGS, tmp_path / "new")
    file = tmp_path / "new/processes/rings.bpmn"
    file.write_text(file.read_text().replace('name="等待"', 'name="再等等"'))
    a.land.typed("processes", "deploy", tmp_path / "new")
    after = lin.send("/start/rings", {}, "/work")[1]
    assert "再等等" in lin.ask(after)[2].decode()
    assert "再等等" not in lin.ask(before)[2].decode(), "an open case stays on its release"


def test_a_paper_of_one_is_opened_at_another(town: Town) -> None:
    a, b, _ = town.hosts
    lin = a.enter("linqi")
    token = re.search(rb'name="csrf_token" value="([^"]+)"', lin.ask("/password")[2])
    assert token
    parts = [
        b'name="csrf_token"\r\n\r\n' + token.group(1),
        b'name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n' + PNG,
    ]
    body = b"".join(b"--e\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts)
    kind = "multipart/form-data; boundary=e"
    status, _, said = at(lin, b).ask("/attachments", body + b"--e--\r\n", kind)
    assert status == 201, said
    assert at(lin, a).ask(f"/attachments/{orjson.loads(said)['id']}")[2] == PNG


def test_a_setting_changed_at_one_holds_at_all_within_seconds(town: Town) -> None:
    a, b, c = town.hosts
    admin, lin = a.enter("qimingyuan"), b.enter("linqi")
    page = lin.send("/start/rings", {}, "/work")[1]
    for host in town.hosts:
        assert b'data-pixels="2000"' in at(lin, host).ask(page)[2], "each has it in its memory"
    path = "/admin/settings/papers.photo_pixels"
    assert admin.send(path, {"_value": "1777"}, path)[0] == 303
    for host in (b, c):
        wait_for(lambda host=host: b'data-pixels="1777"' in at(lin, host).ask(page)[2])  # type: ignore[misc]


def test_guesses_count_over_all_hosts(town: Town) -> None:
    hosts = cycle(town.hosts)
    guess = {"login": "yezhiqiu", "password": "nothing-of-the-kind"}
    said = [Visitor(next(hosts).address).send("/sign-in", guess, "/sign-in")[0] for _ in range(9)]
    assert said == [422] * 8 + [429]


def test_the_same_call_sent_to_all_hosts_at_once_is_one_case(town: Town) -> None:
    def send(host: Host) -> tuple[int, Any]:
        path, key = "/procedures/rings/cases", {"Idempotency-Key": "one-and-the-same"}
        return host.call(town.token, path, {"variables": {}}, **key)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, town.hosts * 2))
    assert {status for status, _ in answers} <= {201, 409}
    assert len({said["number"] for status, said in answers if status == 201}) == 1


def test_each_timer_fires_once_under_two_workers(town: Town) -> None:
    numbers = [
        host.call(town.token, "/procedures/rings/cases", {"variables": {}})[1]["number"]
        for host in town.hosts * 5
    ]
    with town.owner as owner:
        wait_for(lambda: {*numbers} <= {number for number, _ in owner.execute(FIRED)}, 60)
        owner.execute("UPDATE timers SET due_at = due_at")
        time.sleep(1.5)  # another tick or two: nothing fires again
        fired = Counter(dict(owner.execute(FIRED).fetchall()))
        left = owner.execute("SELECT count(*) FROM incidents").fetchone()
    assert {fired[number] for number in numbers} == {1}
    assert left == (0,)


def test_a_file_of_prints_made_by_a_worker_is_fetched_at_any_host(town: Town) -> None:
    a, _, c = town.hosts
    lin = a.enter("linqi")
    no = demo.KNOWN["relief_and_debit"]
    first = lin.send("/start/meter_transfer", {"account_no": no}, "/work")[1]
    number = re.search(rb"GH\d{8}-\d{4}", lin.ask(first)[2])
    assert number
    asked = {"numbers": number.group().decode(), "_why": "handle"}
    asked["print"] = "meter_transfer.application"
    status, run, _ = lin.send("/work/prints/start", asked, "/work/prints")
    assert status == 303
    wait_for(lambda: at(lin, c).ask(f"{run}/pdf")[2].startswith(b"%PDF-"), 60)


def test_both_workers_sign_by_one_key_and_the_trail_holds(town: Town) -> None:
    for host in town.hosts[:2]:
        host.call(town.token, "/procedures/rings/cases", {"variables": {}})
        assert "已签署" in host.land.typed("audit", "checkpoint")
    for host in town.hosts:
        said = orjson.loads(host.land.typed("audit", "verify", "--json"))
        assert (said["ok"], said["findings"]) == (True, [])


def test_the_master_key_changes_over_all_hosts(town: Town) -> None:
    a, b, c = town.hosts
    lin = b.enter("linqi")
    no = demo.KNOWN["case17"]
    step = lin.send("/start/meter_transfer", {"account_no": no}, "/work")[1]
    lin.send(f"{step}/draft", {**PERSON, **SALE}, page=step)
    key = "secrets/master.key"
    added = orjson.loads(a.land.typed("keys", "add", "--json"))["master"]
    for _ in ("before it is used", "so that it is the first in each file"):
        for host in (b, c):
            shutil.copy(a.land.var / key, host.land.var / key)
            assert PERSON["new_name"].encode() in at(lin, host).ask(step)[2]
        a.land.typed("keys", "rotate", "--to", added)
        for host in town.hosts:
            assert PERSON["new_name"].encode() in at(lin, host).ask(step)[2]
            lin.send(f"{step}/draft", {**PERSON, **SALE}, page=step)
