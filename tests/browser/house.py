"""A served installation in a process of its own: furnished, then ready until its input ends.

A process of its own, since V8 refuses to wait inside of Playwright's loop and the settings of a
process are one. It says one line of JSON when it is ready: port, accounts, known accounts.
"""

from __future__ import annotations

import json
import sys
import threading
from datetime import timedelta

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from app import cases, config, create_app, definitions, notices, people, registry
from app import settings as values
from app.cli.demo import load_demo
from app.config import ROOT
from app.registry.demo import KNOWN, serial
from app.work import SYSTEM, Work, command
from app.worktime import local_day

PASSWORD = "tao-li-bu-yan-10"
ACCOUNTS = 600


@command
def _cast(work: Work) -> None:
    people.demo_cast(work, PASSWORD)
    values.demo_branches(work)


def furnish(app: Flask) -> list[dict[str, str]]:
    """What an installation has at its opening; gives accounts of 城东 that nobody waits for."""
    with app.app_context():
        values.ensure_defaults(by=SYSTEM)
        done = definitions.deploy(ROOT, by=SYSTEM)
        assert not done.refused, done.findings
        many = definitions.deploy(ROOT / "tests" / "forms" / "drawings", by=SYSTEM)
        assert not many.refused, many.findings
        _cast(by=SYSTEM)
        load_demo(ACCOUNTS, 1, by=SYSTEM)
        lines = registry.find_accounts("城东区", region="城东", limit=ACCOUNTS)
        return [
            {"no": line.account_no, "address": line.address}
            for line in lines
            if line.state == "normal" and not line.arrears and line.account_no not in KNOWN.values()
        ]


class Bounces:
    """A provider that takes nothing, for good."""

    def send(self, message: notices.Message) -> notices.Delivery:
        return notices.Delivery(False, f"550 {message.channel}", final=True)


def tell(app: Flask, account: str) -> str:
    """A case whose customer was told in several ways; gives its number."""
    with app.app_context():
        number = cases.start("meter_transfer", {"account_no": account}, by=SYSTEM).number
        first = _told(number, "k1", "sms", "19900000001", by=SYSTEM)
        notices.deliver(first, by=SYSTEM)
        notices.install(Bounces())
        second = _told(number, "k2", "email", "zhou@example.cn", by=SYSTEM)
        notices.deliver(second, by=SYSTEM)
        notices.install(None)
        _said(number, by=SYSTEM)
        _lent(number, by=SYSTEM)
        return number


@command
def _said(work: Work, number: str) -> None:
    """The customer was called back and had something to say."""
    made = registry.open_satisfaction(
        work, case=number, asked_in=number, procedure="meter_transfer", account_no=None
    )
    answers = {"score": 2, "complaint": "等了两个多小时才叫到号，窗口没有说明原因。",
               "suggestions": "建议上午多开一个窗口，并在门口说明还要等多久。"}  # fmt: skip
    registry.close_satisfaction(work, made, "dissatisfied", answers)


@command
def _lent(work: Work, number: str) -> None:
    """Its volume is out and overdue."""
    made = registry.open_volume(
        work, case=number, procedure="meter_transfer", account_no=None, outcome="transferred",
        items=(),
    )  # fmt: skip
    registry.shelve_volume(
        work, made, place="一库3柜2层", secrecy="internal", retention="permanent"
    )
    registry.lend_volume(
        work, made, borrower=1, name="阮清和", due=local_day(work.at) - timedelta(days=3),
        case="DA20260302-0001",
    )  # fmt: skip


@command
def _told(work: Work, number: str, key: str, channel: str, to: str) -> int:
    facts = notices.queue_notice(
        work, channel=channel, recipient=to, template="transfer_lapsed", values={}, case=number,
        key=key, address="临江市城东区桐荫路12号3单元502",
    )  # fmt: skip
    return facts.id


def draw(app: Flask, account_no: str) -> str:
    """A meter went out for a point whose old one was not brought back; gives that one's serial."""
    with app.app_context():
        account = registry.account(account_no)
        assert account.meter is not None
        _draw(account, by=SYSTEM)
        return account.meter.serial


@command
def _draw(work: Work, account: registry.AccountFacts) -> None:
    new = {"point_no": account.service_point.no, "serial": serial(account.region, 20, 1)}
    registry.issue_meters(
        work, "SB20260302-0001", [new], "丁望舒", local_day(work.at) - timedelta(days=9)
    )


class Quiet(WSGIRequestHandler):
    """Says nothing of single requests."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Not a word."""


def main() -> None:
    """Furnish and serve."""
    app = create_app(config.settings())
    free = furnish(app)
    told = tell(app, free.pop(0)["no"])
    old = draw(app, KNOWN["clean_sale"])
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ready = {"port": server.server_port, "free": free, "told": told, "known": KNOWN,
             "old": old}  # fmt: skip
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
