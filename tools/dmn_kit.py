"""Run the DMN community's conformance kit (dmn-tck/tck) against our decisions.

``python -m tools.dmn_kit FOLDER [--failures]``: FOLDER holds ``*.dmn`` with ``*-test-*.xml`` beside
them, at any depth. Each test case goes the way of ``flask processes decide``. What is counted, and
what the words mean, stands in ``docs/dmn.md``.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from app import feel, work
from app.cli.decide import evaluated, read_decisions
from tools.dmn_values import Element, expected_value, kids, named, same, value_of

RIGHT, WRONG, NULL, SILENT = "right", "wrong value", "null instead of a value", "silent null"


@dataclass(frozen=True)
class Outcome:
    """One result node: how it went, and whether a value (not null) was expected of it."""

    place: str
    how: str
    valued: bool
    expected: Any
    got: Any
    messages: tuple[str, ...]


def main(folder: Path, *, failures: bool) -> int:
    """Print the figures of each folder and of all; 1 when a value was wrong."""
    outcomes: dict[Path, list[Outcome]] = {}
    for tests in sorted(folder.rglob("*.xml")):
        if (found := list(outcomes_of(tests))) or "-test-" in tests.name:
            outcomes.setdefault(tests.parent, []).extend(found)
    for place, each in outcomes.items():
        print(f"{place.name:45} {line(each)}")
        for outcome in each if failures else ():
            if outcome.how != RIGHT:
                print(f"    {outcome.place}: {outcome.how}: expected {outcome.expected!r}, "
                      f"got {outcome.got!r} {' '.join(outcome.messages)}")  # fmt: skip
    everything = [outcome for each in outcomes.values() for outcome in each]
    print(summary(everything))
    return int(any(each.how == WRONG for each in everything))


def line(outcomes: list[Outcome]) -> str:
    """``right/all`` and what went otherwise."""
    counts = Counter(each.how for each in outcomes)
    wrong = ", ".join(f"{counts[how]} {how}" for how in (WRONG, NULL, SILENT) if counts[how])
    return f"{counts[RIGHT]}/{len(outcomes)} {wrong}".rstrip()


def summary(outcomes: list[Outcome]) -> str:
    """The figures of all results, and of those of which a value is expected."""
    valued = [each for each in outcomes if each.valued]
    counts = Counter(each.how for each in valued)
    share = 100 * counts[RIGHT] / max(1, len(valued))
    reasoned = sum(each.how == NULL and bool(each.messages) for each in valued)
    nulls = [each for each in outcomes if not each.valued]
    return "\n".join(
        [
            f"all results:      {line(outcomes)}",
            f"a value expected: {counts[RIGHT]}/{len(valued)} right ({share:.1f} %), "
            f"{reasoned} null with a reason, {counts[NULL] - reasoned} null without, "
            f"{counts[WRONG]} WRONG VALUE",
            f"null expected:    {line(nulls)}; with a reason "
            f"{sum(bool(each.messages) for each in nulls)}",
        ]
    )


def outcomes_of(tests: Path) -> Iterator[Outcome]:
    """Run all cases of one file of tests; none when the file is something else."""
    root = etree.parse(str(tests)).getroot()
    if etree.QName(root).localname != "testCases":
        return
    decisions = _decisions(tests, root)
    for case in kids(root, "testCase"):
        inputs = {input_name(each): value_of(each) for each in kids(case, "inputNode")}
        for node in kids(case, "resultNode"):
            yield _outcome(tests, case, node, decisions, inputs)


def input_name(node: Element) -> str:
    """Name of an input; of another model's with its namespace: ``namespace#name``."""
    space, name = node.get("namespace"), node.get("name", "")
    return f"{space}#{name}" if space else name


def _decisions(tests: Path, root: Element) -> dict[str, feel.Decision]:
    """The model that the tests name goes first: its names win over those of its imports."""
    model = next((each.text or "" for each in kids(root, "modelName")), "").strip()
    main_file = tests.parent / model
    others = sorted(each for each in tests.parent.rglob("*.dmn") if each != main_file)
    first = [main_file] if main_file.is_file() else []
    try:
        return read_decisions((*first, *_imported(first, others)))
    except feel.FeelError as error:
        print(f"    {tests}: {error.message}")
        return {}


def _imported(first: list[Path], others: list[Path]) -> list[Path]:
    """Those of the other models that the first one imports, directly or through others."""
    spaces = {str(etree.parse(str(each)).getroot().get("namespace")): each for each in others}
    found, left = [], [*first] or others[:1]
    while left:
        root = etree.parse(str(left.pop())).getroot()
        for each in kids(root, "import"):
            file = spaces.pop(each.get("namespace", ""), None)
            if file:
                found.append(file)
                left.append(file)
    return found


def _outcome(
    tests: Path,
    case: Element,
    node: Element,
    decisions: dict[str, feel.Decision],
    inputs: dict[str, Any],
) -> Outcome:
    wanted = expected_value(node)
    name = node.get("name", "")
    asked = case.get("invocableName") if case.get("type") == "decisionService" else name
    place = f"{tests.name} {case.get('id', '')} {name}"
    got, messages = _asked(decisions.get(asked or ""), inputs)
    if asked != name and isinstance(got, dict):
        got = named(got, name)
    return Outcome(
        place, _how(wanted, got, messages), wanted is not None, wanted, got, tuple(messages)
    )


def _asked(decision: feel.Decision | None, inputs: dict[str, Any]) -> tuple[Any, list[str]]:
    if decision is None:
        return None, []
    made = evaluated(decision, inputs, work.now())
    return made["result"], made["messages"]


def _how(wanted: Any, got: Any, messages: list[str]) -> str:
    if same(wanted, got):
        return RIGHT
    if got is None:
        return NULL if messages else SILENT
    return WRONG


if __name__ == "__main__":
    given = [each for each in sys.argv[1:] if not each.startswith("--")]
    if len(given) != 1 or not Path(given[0]).is_dir():
        sys.exit("python -m tools.dmn_kit FOLDER [--failures]")
    sys.exit(main(Path(given[0]), failures="--failures" in sys.argv))
