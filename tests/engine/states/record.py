"""Writes the states of this version of the code: ``python -m tests.engine.states.record v1``.

Run once for each version of the format, before it is left; what is written stays as it is.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from app import engine
from tests.engine import drawings as d
from tests.engine.states import later
from tests.engine.states.play import Table, picture

HERE = Path(__file__).parent
TWICE = d.many("=rows", "row", output="out", element="=row + got")
ORDER = d.many("=rows", "row", output="out", element="=row + got", sequential=True)
ONCE = {"rows": [1, 2, 3]}


def loop() -> str:
    back = d.flow("g", "m", "=ok = false") + d.path("s", "m", "a", "g", "e")
    back = back.replace('id="f_g_e"', 'id="done"')
    return d.process("p", d.start(), d.xor("m"), d.user("a"), d.xor("g", "done"), d.end(), back)


def events() -> str:
    waits = (
        d.catch("t1", d.timer("duration", "PT10M"))
        + d.catch("t2", d.timer("duration", "PT20M"))
        + d.catch("m1", d.message("M"))
    )
    ways = "".join(d.path("g", w, f"u{w}") + d.path(f"u{w}", "e") for w in ("t1", "t2", "m1"))
    users = "".join(d.user(f"u{w}") for w in ("t1", "t2", "m1"))
    whole = d.path("s", "g") + ways
    return d.process("p", d.start(), d.first("g"), waits, users, d.end(), whole)


def fork() -> str:
    ways = d.path("s", "g", "a", "a2", "j", "e") + d.path("g", "b", "j")
    nodes = d.both("g") + d.user("a") + d.user("a2") + d.user("b") + d.both("j")
    return d.process("p", d.start(), nodes, d.user("z"), d.end(), ways)


def surplus() -> str:
    """Two tokens come to one flow of the join before the other flow has any."""
    users = "".join(d.user(name) for name in "abcd")
    nodes = d.both("g") + users + d.xor("m") + d.xor("n") + d.both("j")
    ways = d.path("s", "g", "a", "m", "j", "z", "e") + d.path("g", "b", "m")
    ways += d.path("g", "c", "n", "j") + d.path("g", "d", "n")
    return d.process("p", d.start(), nodes, d.user("z"), d.end(), ways)


def inner() -> str:
    inside = (
        d.start("is") + d.user("ia") + d.user("ib") + d.end("ie") + d.path("is", "ia", "ib", "ie")
    )
    mapped = d.sub("x", d.ext(d.io({"local": "=n + 1"})), inside)
    return d.row(d.user("a"), mapped, d.user("z"))


def called() -> list[str]:
    child = d.process(
        "c", d.start("cs"), d.user("ca"), d.user("cb"), d.end("ce"), d.path("cs", "ca", "cb", "ce")
    )
    mapped = d.io({"x": "=n"}, {"y": "=x + 1", "how": "=outcome"})
    return [d.row(d.call("k", "c", mapped), d.user("z")), child]


def reminded() -> str:
    bell = d.at("a", "b", d.timer("cycle", "R3/PT10M"), interrupting=False)
    return d.detour(d.user("a"), bell)


def cases() -> dict[str, tuple[list[str], dict[str, Any], list[Any], list[Any]]]:
    """name → drawing, variables at the start, moves before the state is taken, moves after it."""
    done = {"complete": "z"}
    return {
        "row": (
            [d.row(d.user("a"), d.user("b"), d.user("z"))],
            {"n": 1},
            [{"complete": "a", "answers": {"x": 1}}],
            [{"complete": "b", "answers": {"x": 2, "y": "水"}}, done],
        ),
        "fork": (
            [fork()],
            {},
            [{"complete": "a", "answers": {"x": 1}}],
            [{"complete": "b", "answers": {"y": 2}}, {"complete": "a2"}],
        ),
        "join_waits": (
            [fork()],
            {},
            [{"complete": "b", "answers": {"x": 1}}],
            [{"complete": "a"}, {"complete": "a2", "answers": {"x": 2}}],
        ),
        "surplus": (
            [surplus()],
            {},
            [{"complete": "a"}, {"complete": "b"}],
            [{"complete": "c"}, done, {"complete": "d"}, done],
        ),
        "loop": (
            [loop()],
            {"ok": False},
            [{"complete": "a", "answers": {"ok": False}}] * 3,
            [
                {"complete": "a", "answers": {"ok": False}},
                {"complete": "a", "answers": {"ok": True}},
            ],
        ),
        "event_gateway_message": (
            [d.msg("M", "reply", "=id"), events()],
            {"id": "7"},
            [],
            [
                {"message": "reply", "key": "7", "answers": {"got": 3}, "after": "PT5M"},
                {"complete": "um1"},
            ],
        ),
        "event_gateway_timer": (
            [d.msg("M", "reply", "=id"), events()],
            {"id": "7"},
            [],
            [{"fire": "t1", "after": "PT12M"}, {"complete": "ut1"}],
        ),
        "reminder": (
            [reminded()],
            {},
            [{"fire": "b"}],
            [{"fire": "b"}, {"fire": "b"}, {"complete": "a"}],
        ),
        "deadline": (
            [d.detour(d.user("a"), d.at("a", "b", d.timer("duration", "PT1H")))],
            {},
            [],
            [{"fire": "b"}],
        ),
        "sub": (
            [inner()],
            {"n": 4},
            [{"complete": "a"}, {"complete": "ia"}],
            [{"complete": "ib", "answers": {"local": 9, "w": 1}}, done],
        ),
        "call": (
            called(),
            {"n": 4},
            [{"complete": "ca", "answers": {"q": 1}}],
            [{"complete": "cb", "answers": {"x": 7}}, done],
        ),
        "many_parallel": (
            [d.row(_many_user(TWICE), d.user("z"))],
            ONCE,
            [{"complete": "a", "instance": 2, "answers": {"got": 20}}],
            [
                {"complete": "a", "instance": 3, "answers": {"got": 30}},
                {"complete": "a", "instance": 1, "answers": {"got": 10}},
                done,
            ],
        ),
        "many_sequential": (
            [d.row(_many_user(ORDER), d.user("z"))],
            ONCE,
            [{"complete": "a", "answers": {"got": 10}}],
            [
                {"complete": "a", "answers": {"got": 20}},
                {"complete": "a", "answers": {"got": 30}},
                done,
            ],
        ),
        "service": (
            [d.row(d.service("a", "t.do", d.io({"q": "=n"}, {"r": "=got"})), d.user("z"))],
            {"n": 2},
            [],
            [{"resume": "a", "answers": {"got": 5}}, done],
        ),
        "receive": (
            [
                d.msg("M", "reply", "=id"),
                d.row(d.node("receiveTask", "a", messageRef="M"), d.user("z")),
            ],
            {"id": "7"},
            [],
            [{"message": "reply", "key": "7", "answers": {"got": 3}}, done],
        ),
    }


def _many_user(mark: str) -> str:
    return d.node("userTask", "a", d.ext("<zeebe:userTask/>"), mark)


def record(version: str) -> None:
    for name, (roots, variables, before, after) in {**cases(), **later.cases()}.items():
        text = d.drawing(*roots).decode()
        run = engine.Run(engine.compile({"t.bpmn": text.encode()}))
        table = Table(run, d.NOW, run.start("p", variables, d.NOW))
        for move in before:
            assert table.play(move)["status"] != "failed", (name, move)
        state = json.loads(table.outcome.state)
        kept = {
            "files": {"t.bpmn": text},
            "now": table.now.isoformat(),
            "state": state,
            "open": picture(table.outcome)["open"],
            "future": [],
        }
        for move in after:
            came = table.play(move)
            assert came["status"] != "failed", (name, move)
            kept["future"].append({"move": move, "came": came})
        to = HERE / version / f"{name}.json"
        to.parent.mkdir(exist_ok=True)
        to.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    record(sys.argv[1])
