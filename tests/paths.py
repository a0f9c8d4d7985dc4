"""Which paths of the shipped drawings the tests took: `pytest --paths`.

A path is taken piece by piece: each flow node that was completed, and each way out of a gateway
that chooses. A piece that no test took is named, and fails a run of all the tests. Engine moves of
every kind count (over pages, HTTP, commands, in memory), in all test processes together.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from app.engine.context import Context

ROOT = Path(__file__).resolve().parent.parent
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
CHOOSING = {BPMN + "exclusiveGateway", BPMN + "inclusiveGateway", BPMN + "complexGateway"}
NODES = ("Event", "Task", "Activity", "Gateway", "task", "subProcess", "transaction")

Piece = tuple[str, str]


class Paths:
    """What this process saw, and what its workers told of."""

    def __init__(self) -> None:
        self.seen: set[Piece] = set()
        self.missed: dict[str, list[str]] = {}
        self.total = 0

    def watch(self) -> None:
        """Note each flow node from now on; the engine's own note is written as before."""
        note = Context.note

        def noting(context: Context, token: object, spec: object = None) -> None:
            note(context, token, spec)
            step = context.steps[-1]
            self.seen.add((step.process_key, step.element))
            if step.why and step.why.flow:
                self.seen |= {(step.process_key, one) for one in step.why.flow.split(", ")}

        Context.note = noting  # type: ignore[method-assign]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A worker tells what it saw; the one that gathers fails the run for what nobody did."""
        if told := getattr(session.config, "workeroutput", None):
            told["paths"] = sorted(self.seen)
            return
        self.measure()
        if self.missed and whole(session.config) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """What a worker saw."""
        output = getattr(node, "workeroutput", {})
        self.seen |= {(process, piece) for process, piece in output.get("paths", ())}

    def measure(self) -> None:
        """What there is, and what of it was not seen, by drawing."""
        for file in sorted(ROOT.glob("processes/*.bpmn")):
            pieces = pieces_of(file)
            self.total += len(pieces)
            if missed := sorted(piece for process, piece in pieces - self.seen):
                self.missed[file.stem] = missed

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The figure, and the names of what is missing."""
        taken = self.total - sum(map(len, self.missed.values()))
        terminalreporter.write_line(
            f"paths taken: {taken} of {self.total} ({100 * taken / max(1, self.total):.1f} %)"
        )
        for drawing, missed in self.missed.items():
            terminalreporter.write_line(f"  NOT TAKEN in {drawing}: {', '.join(missed)}")


def whole(config: pytest.Config) -> bool:
    """Whether all tests run: a part of them cannot be blamed for what it leaves out."""
    chosen = config.getoption("keyword") or config.getoption("markexpr")
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not chosen


def pieces_of(file: Path) -> set[Piece]:
    """(process, id) of each flow node and of each way out of a gateway that chooses."""
    found: set[Piece] = set()
    for process in etree.parse(file).getroot().findall(BPMN + "process"):
        name = process.get("id")
        nodes = [one for one in process.iter() if str(one.tag).endswith(NODES) and one.get("id")]
        found |= {(name, one.get("id")) for one in nodes}
        for gateway in (one for one in nodes if one.tag in CHOOSING):
            out = [each.text for each in gateway.findall(BPMN + "outgoing")]
            found |= {(name, flow) for flow in out if len(out) > 1}
    return found
