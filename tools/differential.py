"""Holds the engine against the reference interpreter of the token game, on random drawings.

``python -m tools.differential --runs 20000 --seed 1 [--jobs 2] [--kinds user,parallel,…]`` prints
``{runs, ended, differences, kinds, first}``: how the runs ended, how many drawings had each kind of
block, and the first difference, made small. Ends with 1 when there is one.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from tests.engine.reference.compare import Difference
from tests.engine.reference.duel import duel
from tests.engine.reference.generator import KINDS
from tests.engine.reference.shrink import differs, shrink, told

PART = 250
SIZES = (4, 8, 8, 12)


def part(task: tuple[int, int, frozenset[str]]) -> dict[str, Any]:
    """Runs of some seeds: how they ended, kinds drawn, seeds that differ."""
    first, count, kinds = task
    ended: Counter[str] = Counter()
    drawn: Counter[str] = Counter()
    differ: list[tuple[int, list[str], str, str]] = []
    for seed in range(first, first + count):
        maker, run = duel(seed, kinds, SIZES[seed % len(SIZES)])
        drawn.update(maker.used)
        try:
            ended[run.play()] += 1
        except Difference as said:
            ended["different"] += 1
            differ.append((seed, sorted(maker.used), str(said), told(run, str(said))))
    return {"ended": ended, "drawn": drawn, "differ": differ}


def compared(runs: int, seed: int, jobs: int, kinds: frozenset[str]) -> dict[str, Any]:
    """All of them, in parts."""
    tasks = [(s, min(PART, seed + runs - s), kinds) for s in range(seed, seed + runs, PART)]
    ended: Counter[str] = Counter()
    drawn: Counter[str] = Counter()
    differ: list[Any] = []
    with ProcessPoolExecutor(jobs) as pool:
        for found in pool.map(part, tasks):
            ended.update(found["ended"])
            drawn.update(found["drawn"])
            differ += found["differ"]
    first = _first(kinds, *differ[0]) if differ else None
    return {
        "runs": sum(ended.values()),
        "ended": dict(ended),
        "differences": len(differ),
        "kinds": dict(sorted(drawn.items())),
        "seeds": [[row[0], row[2]] for row in differ[:20]],
        "first": first,
    }


def _first(kinds: frozenset[str], seed: int, used: list[str], _said: str, whole: str) -> str:
    """Made small; as it was seen when it does not show again, for that is a finding too."""
    size = SIZES[seed % len(SIZES)]
    if differs(seed, kinds, size) is None:
        return f"NOT SEEN AGAIN with the same seed {seed}\n{whole}"
    return shrink(seed, frozenset(used), size) or whole


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=20_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--jobs", type=int, default=2)
    asked.add_argument("--kinds", default="")
    given = asked.parse_args()
    kinds = frozenset(given.kinds.split(",")) if given.kinds else KINDS
    found = compared(given.runs, given.seed, given.jobs, kinds)
    first = found.pop("first")
    print(json.dumps(found, ensure_ascii=False, indent=1))
    if first:
        print(first)
    return 1 if found["differences"] else 0


if __name__ == "__main__":
    sys.exit(main())
