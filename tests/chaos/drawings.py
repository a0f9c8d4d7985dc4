"""What the town works on: each drawing has what a fault may tear apart."""

from __future__ import annotations

from tests.engine import drawings as d

CLERK = '<zeebe:assignmentDefinition candidateGroups="window_clerk"/>'
BOMB = 'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "^(a+)+$")'
HOG = 'count(for i in 1..100000000 return "x") > 0'


def _user(name: str, **more: str) -> str:
    return d.user(name, CLERK, **more)


def _process(key: str, *inside: str, **properties: str) -> str:
    return d.process(
        key, *inside, extensions=d.props(starters="window_clerk", **properties)
    ).replace(f'<bpmn:process id="{key}"', f'<bpmn:process id="{key}" name="{key}"')


def _after(seconds: int) -> str:
    return d.timer("duration", f"PT{seconds}S")


def _path() -> str:
    """A step, a call to the outside, a timer, two steps side by side, the same step twice."""
    again = d.node(
        "userTask", "each", d.ext("<zeebe:userTask/>", CLERK),
        d.many("= [1, 2]", "one"), name="each",
    )  # fmt: skip
    return d.drawing(_process(
        "chaos_path", d.start(), _user("take"), d.service("tell", "chaos.tell"),
        d.catch("pause", _after(1)), d.both("split"), _user("left"), _user("right"),
        d.both("join"), again, d.end(),
        d.path("s", "take", "tell", "pause", "split", "left", "join", "each", "e"),
        d.path("split", "right", "join"),
    )).decode()  # fmt: skip


def _pair() -> str:
    """Two steps side by side, and nothing else."""
    return d.drawing(_process(
        "chaos_pair", d.start(), d.both("split"), _user("left"), _user("right"), d.both("join"),
        d.end(), d.path("s", "split", "left", "join", "e"), d.path("split", "right", "join"),
    )).decode()  # fmt: skip


def _waiter() -> str:
    return d.drawing(
        d.msg("m", "chaos_said", "= case_number"),
        _process(
            "chaos_waiter", d.start(), d.catch("wait", d.message("m")), _user("after"), d.end(),
            d.path("s", "wait", "after", "e"),
        ),
    ).decode()  # fmt: skip


def _sayer() -> str:
    mark = d.ext('<zeebe:publishMessage correlationKey="= to"/>')
    return d.drawing(
        d.msg("m", "chaos_said", "= case_number"),
        _process(
            "chaos_sayer", d.start(), _user("say"), d.throw("throw", mark, d.message("m")),
            d.end(), d.path("s", "say", "throw", "e"), variables="to",
        ),
    ).decode()  # fmt: skip


def _broken() -> str:
    """By itself, after a second: a service that may raise or hang, an expression that may not end
    or eats all memory."""
    evil = f'= if evil = "bomb" then {BOMB} else if evil = "hog" then {HOG} else true'
    service = d.service("inside", "chaos.inside", d.io({"mode": "= mode"}))
    return d.drawing(_process(
        "chaos_broken", d.start(), d.catch("pause", _after(1)), service, d.xor("way", "f_way_no"),
        _user("after"), d.end(), d.end("no"), d.path("s", "pause", "inside", "way"),
        d.flow("way", "after", evil), d.flow("way", "no"), d.path("after", "e"),
        variables="evil mode",
    )).decode()  # fmt: skip


def _desk() -> str:
    """A service right behind a step: it runs while the clerk waits."""
    service = d.service("inside", "chaos.inside", d.io({"mode": "= mode"}))
    return d.drawing(_process(
        "chaos_desk", d.start(), _user("ask"), service, _user("after"), d.end(),
        d.path("s", "ask", "inside", "after", "e"), variables="mode",
    )).decode()  # fmt: skip


def files() -> dict[str, bytes]:
    """To be deployed."""
    drawn = {"path": _path(), "pair": _pair(), "waiter": _waiter(), "sayer": _sayer(),
             "broken": _broken(), "desk": _desk()}  # fmt: skip
    return {f"processes/chaos_{name}.bpmn": text.encode() for name, text in drawn.items()}
