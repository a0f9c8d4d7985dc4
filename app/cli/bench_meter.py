"""What a bench measures: processor time of processes, bytes of tables, shares of times."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from app.db import raw

TICKS = os.sysconf("SC_CLK_TCK")
SIZES = """
    SELECT sum(pg_total_relation_size(oid)) FROM pg_class
    WHERE relkind = 'r' AND (relname LIKE 'trail_%%' OR relname = ANY(%s))
"""
TABLES = ["cases", "tasks", "data_keys", "case_names", "timers", "subscriptions"]


def cpu_seconds(pid: int) -> float:
    """Processor time, of user and system, of a process and its living descendants (Linux)."""
    found = dict(_stat(int(entry.name)) for entry in Path("/proc").glob("[0-9]*"))
    family = {pid}
    for _ in range(len(found)):
        more = {child for child, (parent, _ticks) in found.items() if parent in family} - family
        if not more:
            break
        family |= more
    return sum(found[each][1] for each in family if each in found) / TICKS


def _stat(pid: int) -> tuple[int, tuple[int, int]]:
    """A process with its parent and its clock ticks; one that is gone belongs to nobody."""
    try:
        # The name in brackets may hold blanks.
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return pid, (0, 0)
    return pid, (int(fields[1]), int(fields[11]) + int(fields[12]))


def milliseconds(
    before: Mapping[str, float], after: Mapping[str, float], count: int
) -> dict[str, float]:
    """Milliseconds each of ``count`` things took, by name."""
    return {name: round((after[name] - before[name]) * 1e3 / count, 2) for name in before}


def bytes_of_cases() -> tuple[int, int]:
    """Bytes on disk of all that cases leave, indexes and trail with them; how many have ended."""
    connection = raw()
    size = connection.execute(SIZES, [TABLES]).fetchone()
    ended = connection.execute("SELECT count(*) FROM cases WHERE status = 'ended'").fetchone()
    return (int(size[0]), int(ended[0])) if size and ended else (0, 0)


def quantile(taken: Iterable[float], share: float, digits: int = 1) -> float:
    """The time that this share of all did not exceed: 0.5 is the median, 1.0 the longest."""
    ordered = sorted(taken)
    return round(ordered[int((len(ordered) - 1) * share)], digits)
