"""What must hold after each fault: by journals, database and the product's own commands."""

from __future__ import annotations

import json
import re
import signal
import time
from collections import Counter
from typing import Any

import psycopg

from tests.chaos.clients import Journal
from tests.chaos.town import Town
from tests.cli.installations import entered

# Due jobs that somebody should be at; ticks and the like come and go.
WAITING = """
    SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')
    AND (scheduled_at IS NULL OR scheduled_at <= now())
    AND task_name IN ('fire_timer', 'call_outside', 'take_kept', 'hear_signal', 'spread_signal')
    AND args ->> 'case_number' NOT IN
        (SELECT number FROM cases WHERE procedure = 'chaos_broken')
"""
LEFT = """
    SELECT j.*, w.last_heartbeat, now() FROM procrastinate_jobs j
    LEFT JOIN procrastinate_workers w ON w.id = j.worker_id WHERE j.status IN ('todo', 'doing')
"""
DUE = "SELECT count(*) FROM timers WHERE due_at <= now() AND NOT queued"
FAILED = """
    SELECT task_name, args::text FROM procrastinate_jobs WHERE status = 'failed'
    AND task_name IN ('fire_timer', 'call_outside', 'take_kept')
"""
DONE = "SELECT id, case_id FROM tasks WHERE status = 'done'"
ENTRIES = """
    SELECT c.id, count(*) FROM trail t JOIN cases c ON c.number = t.subject_key
    WHERE t.subject_kind = 'case' AND t.action = 'task:complete' GROUP BY 1
"""
# Of each case: how often one thing was put on record that may happen only once.
ONCE = """
    SELECT subject_key, action, count(*) FROM trail WHERE subject_kind = 'case'
    AND action IN ('case:start', 'case:end', 'case:message', 'service:answer', 'service:complete')
    GROUP BY 1, 2 HAVING count(*) > 1
"""
HEARD = """
    SELECT number FROM cases WHERE procedure = 'chaos_waiter' AND number = ANY(%s)
    AND NOT EXISTS (SELECT FROM trail WHERE subject_key = number AND action = 'case:message')
"""
CASES = "SELECT number FROM cases WHERE procedure LIKE 'chaos_%' AND procedure <> 'chaos_broken'"
# Sessions that hold something without doing anything.
HELD = """
    SELECT pid, state FROM pg_stat_activity WHERE datname = current_database()
    AND state LIKE 'idle in transaction%' AND now() - state_change > interval '10 s'
"""
HURRY = """
    UPDATE procrastinate_jobs SET scheduled_at = now()
    WHERE status = 'todo' AND scheduled_at > now() RETURNING id
"""


def settled(town: Town, seconds: float = 60) -> float:
    """Wait until all that is due is done; gives after how many seconds, or raises AssertionError.

    What waits for its next try comes at once.
    """
    begun = time.monotonic()
    last: Any = None
    while time.monotonic() - begun < seconds:
        try:
            town.rows(HURRY)
            last = (town.rows(WAITING)[0][0], town.rows(DUE)[0][0])
            if last == (0, 0):
                return time.monotonic() - begun
        except psycopg.Error as error:
            last = error
        time.sleep(0.25)
    for worker in town.named("worker"):
        worker.send(signal.SIGUSR1)
    left = town.rows(LEFT) if isinstance(last, tuple) else []
    raise AssertionError(f"jobs and timers that nobody does: {last} {left}")


def violations(town: Town, journal: Journal, *, whole: bool = True) -> list[str]:
    """What does not hold, in words. ``whole``: the product's commands are asked as well."""
    found = [*_answers(town, journal), *_submits(town, journal), *_starts(town, journal)]
    found += [f"done more than once: {row}" for row in town.rows(ONCE)]
    found += [f"a job failed for good: {row}" for row in town.rows(FAILED)]
    found += [f"a session holds what it took: {row}" for row in town.rows(HELD)]
    said = [number for number, count in journal.said.items() if count]
    found += [f"never heard: {row[0]}" for row in town.rows(HEARD, said)]
    if whole:
        found += _commands(town)
    return found


def _answers(town: Town, journal: Journal) -> list[str]:
    """What nobody should have been answered, with what the web processes wrote of it."""
    if not journal.wrong:
        return []
    logs = "".join(town.said(program.name) for program in town.named("web"))
    told = [
        part[:3000] for part in re.split(r"(?=\[20)", logs) if "fault:" in part or "failed" in part
    ]
    return [f"answered wrongly: {each}" for each in journal.wrong] + told


def _submits(town: Town, journal: Journal) -> list[str]:
    """Each acknowledged step is done, each step done is on record once, and was asked for."""
    done = dict(town.rows(DONE))
    lost = [task for task, known in journal.done.items() if known and task not in done]
    unasked = done.keys() - journal.done.keys()
    entries: dict[int, int] = dict(town.rows(ENTRIES))
    wrong = {c: n for c, n in Counter(done.values()).items() if entries.get(c, 0) != n}
    said = [f"acknowledged and lost: task {task}" for task in lost]
    said += [f"done unasked: task {task}" for task in unasked]
    return said + [f"case {case}: {n} steps done, {entries.get(case, 0)} on record"
                   for case, n in wrong.items()]  # fmt: skip


def _starts(town: Town, journal: Journal) -> list[str]:
    """Each acknowledged case is there, and no request opened two."""
    there = {number for (number,) in town.rows(CASES)}
    known = [number for number in journal.starts.values() if number is not None]
    said = [f"acknowledged and lost: {number}" for number in set(known) - there]
    said += [f"two requests, one case: {n}" for n, times in Counter(known).items() if times > 1]
    uncertain = len(journal.starts) - len(known)
    if len(there) > len(known) + uncertain:
        said.append(f"{len(there)} cases of {len(journal.starts)} requests")
    return said


def _commands(town: Town) -> list[str]:
    """What the product's own commands find."""
    said = []
    with entered(town.land) as application:
        for words in (["audit", "verify"], ["cases", "verify"]):
            done = application.test_cli_runner().invoke(args=[*words, "--json"])
            findings = json.loads(done.stdout)["findings"] if done.stdout else [repr(done)]
            said += [f"flask {' '.join(words)}: {one}" for one in findings]
    return said
