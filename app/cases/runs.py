"""Long work that one can leave and come back to: it runs as a job and says how far it is.

A run belongs to the person who began it and is seen by nobody else. What it works on and what it
found are sealed: under the case's key, or under a key of its own that is destroyed with it. A job
may run twice; what was done once is not done again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import psycopg

from app import config, people, sealing
from app.db import raw
from app.errors import Conflict, NotFound
from app.queue import enqueue
from app.texts import T, Text
from app.work import Actor, Work, command, ledger, now

COLUMNS = """
    r.id, r.kind, r.ref, r.person_id, r.behalf_of, r.state, r.done, r.total, r.key_id, r.body,
    r.found, r.created_at, r.ended_at, k.wrapped
"""
READ = f"SELECT {COLUMNS} FROM runs r JOIN data_keys k ON k.id = r.key_id WHERE r.id = %s"
SAME = """
    SELECT id FROM runs WHERE ref = %s AND kind = %s AND hash = %s AND person_id = %s
        AND state IN ('waiting', 'running')
"""
LAST = """
    SELECT id FROM runs WHERE ref = %s AND kind = %s AND person_id = %s
        AND state IN ('waiting', 'running', 'done') ORDER BY id DESC LIMIT 1
"""
INSERT = """
    INSERT INTO runs (kind, ref, hash, person_id, behalf_of, total, key_id, body, created_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
"""
SET = "UPDATE runs SET state = %s, found = coalesce(%s, found), ended_at = %s WHERE id = %s"
BEGIN = "UPDATE runs SET state = 'running' WHERE id = %s AND state IN ('waiting', 'running')"
FAR = "UPDATE runs SET done = %s, total = %s WHERE id = %s"
OLD = """
    DELETE FROM runs WHERE state NOT IN ('waiting', 'running') AND created_at < %s
    RETURNING key_id
"""
OWN = "run"
DESTROY = "UPDATE data_keys SET wrapped = NULL WHERE id = ANY(%s) AND kind = %s"
KEPT = timedelta(days=2)
BOUND = b"run"


@dataclass(frozen=True)
class Run:
    """A run as its person sees it. ``found``: what came out, by its kind; ``ref``: on what."""

    id: int
    kind: str
    ref: str
    person_id: int
    behalf_of: int | None
    state: str
    done: int
    total: int
    key_id: UUID
    body: bytes
    sealed: bytes | None
    created_at: datetime
    ended_at: datetime | None
    wrapped: bytes | None

    @property
    def busy(self) -> bool:
        """Whether it is still to be waited for."""
        return self.state in ("waiting", "running")

    @property
    def given(self) -> bytes:
        """What it works on, in clear. Raises Destroyed."""
        return sealing.unseal_with(sealing.unwrap(self.wrapped), bytes(self.body), BOUND)

    @property
    def found(self) -> dict[str, Any]:
        """What it found, in clear; empty before."""
        if self.sealed is None:
            return {}
        clear = sealing.unseal_with(sealing.unwrap(self.wrapped), bytes(self.sealed), BOUND)
        found: dict[str, Any] = orjson.loads(clear)
        return found

    def seal(self, value: Mapping[str, Any]) -> bytes:
        """Seal what was found."""
        return self.seal_bytes(orjson.dumps(value))

    def seal_bytes(self, value: bytes) -> bytes:
        """Seal a part of what was found."""
        return sealing.seal_with(sealing.unwrap(self.wrapped), value, BOUND)


Doing = Callable[[Run, Actor], Mapping[str, Any]]
DOINGS: dict[str, Doing] = {}


def doing(kind: str) -> Callable[[Doing], Doing]:
    """Mark the function that does the runs of a kind and gives what they found."""

    def mark(function: Doing) -> Doing:
        DOINGS[kind] = function
        return function

    return mark


def put_away(text: str) -> list[Any]:
    """A text that can still be said in another language after it was sealed."""
    if not isinstance(text, Text):
        return [text, {}]
    return [text.template, {name: _plain(value) for name, value in text.params.items()}]


def _plain(value: object) -> Any:
    return value if type(value) in (int, float, str) else str(value)


def text_of(told: list[Any]) -> Text:
    """The text that was put away."""
    template, params = told
    return T(template, **params)


def run_of(actor: Actor, run_id: int) -> Run:
    """A run of the actor's own. Raises NotFound, also for another person's."""
    found = _read(run_id)
    if actor.id is None or found.person_id != actor.id:
        raise NotFound(T("没有这项任务，请核对编号。"))
    return found


def last_run(actor: Actor, ref: str, kind: str) -> int | None:
    """The newest run on something that is under way or waits for the person."""
    row = raw().execute(LAST, (ref, kind, actor.id)).fetchone()
    return row[0] if row else None


def _read(run_id: int) -> Run:
    row = raw().execute(READ, (run_id,)).fetchone()
    if row is None:
        raise NotFound(T("没有这项任务，请核对编号。"))
    return Run(*row)


def begin(
    work: Work,
    kind: str,
    ref: str,
    given: bytes,
    *,
    key_id: UUID | None = None,
    key: bytes = b"",
    total: int = 0,
    queued: bool = True,
) -> int:
    """Put long work down; the very same again, while it is under way, gives the run that is there.

    ``key_id``, ``key``: those of the case; without them a key of its own is made, and the caller
    leaves a trail. ``queued``: a job does it; else the caller does at once (``perform``).
    """
    print_of = sealing.keyed_hash("request", f"{kind} {ref} ") + _hash(given)
    same = work.execute(SAME, (ref, kind, print_of, work.by.id)).fetchone()
    if same is not None:
        return int(same[0])
    if key_id is None:
        own = sealing.key_row(OWN)
        work.execute(own.INSERT, own.values)
        key_id, key = own.id, own.key
    row = (
        kind, ref, print_of, work.by.id, work.by.behalf_of, total, key_id,
        sealing.seal_with(key, given, BOUND), work.at,
    )  # fmt: skip
    run_id = int(work.execute(INSERT, row).fetchone()[0])
    if queued:
        enqueue("do_run", run_id=run_id)
    return run_id


def _hash(given: bytes) -> bytes:
    return sealing.keyed_hash("request", given.hex())


def perform(run_id: int, *, by: Actor) -> None:
    """Do a run as the person who began it, with that person's rights of now. ``by``: the job.

    What cannot be done is told in the run; only faults of ours are raised.
    """
    run = _read(run_id)
    if not run.busy or not _begun(run_id, by=by):
        return
    person = people.actor_of(run.person_id, run.behalf_of, channel="web")
    found = DOINGS[run.kind](run, person)
    _ended(run_id, "failed" if "failed" in found else "done", run.seal(found), by=by)


def give_up(run_id: int, text: str, *, by: Actor) -> None:
    """Say of a run that it failed, and why."""
    run = _read(run_id)
    if run.busy:
        _ended(run_id, "failed", run.seal({"failed": put_away(text)}), by=by)


@command(right="system")
def _begun(work: Work, run_id: int) -> bool:
    return bool(work.execute(BEGIN, (run_id,)).rowcount)


@command(right="system")
def _ended(work: Work, run_id: int, state: str, found: bytes) -> None:
    work.execute(SET, (state, found, work.at, run_id))


@command(right="system")
def far(work: Work, run_id: int, done: int, total: int) -> None:
    """Say how far a run is, between two commands."""
    work.execute(FAR, (done, total, run_id))


class Meter:
    """Says how far a run is from within one command: on a connection of its own, twice a second."""

    def __init__(self, run_id: int) -> None:
        self.run_id = run_id
        self.at = now() - timedelta(seconds=1)

    def __call__(self, done: int, total: int) -> None:
        if now() - self.at < timedelta(milliseconds=500):
            return
        self.at = now()
        with psycopg.connect(config.settings().direct_url, autocommit=True) as apart:
            apart.execute(FAR, (done, total, self.run_id))


def closed(work: Work, run: Run, state: str) -> None:
    """Note that its person has decided about what a run found. Raises Conflict when decided."""
    row = work.execute("SELECT state FROM runs WHERE id = %s FOR UPDATE", (run.id,)).fetchone()
    if row is None or row[0] != "done":
        raise Conflict(T("此项已经处理过，或尚未检查完。"))
    work.execute(SET, (state, None, work.at, run.id))


@command(right="self")
def drop_run(work: Work, run_id: int) -> None:
    """Let go of what a run found. Raises NotFound, Conflict."""
    closed(work, run_of(work.by, run_id), "dropped")


@command(right="system")
def forget_runs(work: Work) -> None:
    """Drop what is older than two days, and destroy the keys that were only for it."""
    keys = [row[0] for row in work.execute(OLD, (work.at - KEPT,)).fetchall()]
    if keys:
        work.execute(DESTROY, (keys, OWN))
        work.record(ledger("system"), "run:forget", after={"runs": len(keys)})
