"""Which services a case may still call: those of its own procedure and of what it calls."""

from __future__ import annotations

import pytest
from flask import Flask

from app import cases, definitions
from app.errors import Refused
from app.work import SYSTEM
from tests.cases import parts
from tests.cases.conftest import LIN, deploy
from tests.engine.drawings import call, drawing, end, path, process, service, start


def one(key: str, *nodes: str) -> bytes:
    ids = [node.partition(' id="')[2].partition('"')[0] for node in nodes]
    return drawing(process(key, start(), *nodes, end(), path("s", *ids, "e")))


def test_services_of_a_procedure_and_of_all_that_it_calls(app: Flask) -> None:
    cases.install(parts.FUNCTIONS)
    files = {
        "processes/p.bpmn": one("p", call("c1", "q")),
        "processes/q.bpmn": one("q", service("v", "parts.change"), call("c2", "r")),
        "processes/r.bpmn": one("r", service("v", "parts.sms"), call("c3", "q")),
        "processes/other.bpmn": one("other", service("v", "parts.urge"), service("w", '= "x.y"')),
    }
    done = definitions.deploy(files, by=SYSTEM)
    assert not done.refused, done.findings

    def missing(procedure: str, *known: str) -> set[str]:
        return definitions.missing_services(done.release, procedure, known)

    assert missing("p") == missing("q") == missing("r") == {"parts.change", "parts.sms"}
    assert missing("p", "parts.sms") == {"parts.change"}
    assert missing("other") == {"parts.urge"}


def test_a_service_of_another_procedure_keeps_nobody_from_starting(app: Flask) -> None:
    deploy()
    cases.start("two_steps", {}, by=LIN)
    left = [f for f in parts.FUNCTIONS if f is not parts.urge]
    cases.install(left)
    cases.need_services()
    cases.install(parts.FUNCTIONS)
    cases.start("timed", {}, by=LIN)
    cases.install(left)
    with pytest.raises(Refused, match=r"parts\.urge"):
        cases.need_services()
