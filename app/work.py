"""Work: one command is one transaction, one moment, one person, one trail.

The only clock and the only commit of the project stand here. A write that leaves no trail is
refused; an attempt that a rule refuses is put on record in a transaction of its own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Literal, TypeVar, overload

import psycopg
from sqlalchemy.exc import DBAPIError

from app import audit, refusals, watch
from app.db import aside, db, in_hand, lost, raw
from app.db import outage as outage  # the doors, which know no database, ask here
from app.errors import NotAllowed, Problem, Unsure, Untraced
from app.texts import T

log = logging.getLogger(__name__)

Channel = Literal["web", "api", "cli", "timer", "job"]
Statement = tuple[str, Sequence[Any]]
R = TypeVar("R")


def now() -> datetime:
    """The clock of the project: aware, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Actor:
    """Who acts: a person of the staff, or the system itself (``id`` None)."""

    id: int | None
    login: str
    name: str
    groups: frozenset[str] = frozenset()
    region: str | None = None
    branch: str | None = None
    channel: Channel = "web"
    # For whom a deputy acts: id and name; groups and region are then that person's.
    behalf_of: int | None = None
    behalf_name: str | None = None
    # Groups that the person leads.
    leads: frozenset[str] = frozenset()
    # Nothing else is open before the first password is changed.
    must_change: bool = False
    address: str | None = None
    sees_all_regions: bool = False
    # An API token with the scope "read" runs no command.
    scope: str = "all"

    @property
    def kinds(self) -> frozenset[str]:
        """The groups without their regions: ``meter_reader`` of ``meter_reader:城东``."""
        return frozenset(group.partition(":")[0] for group in self.groups)


SYSTEM = Actor(None, "system", "系统", channel="job", sees_all_regions=True)


@dataclass
class _Draft:
    """An entry recorded and not yet linked into its chain."""

    subject: audit.Subject
    before_link: tuple[Any, ...]
    after_link: tuple[Any, ...]


@dataclass
class Work:
    """A running command. Give it to every function that reads the clock or writes."""

    by: Actor
    at: datetime
    connection: psycopg.Connection[Any]
    written: set[str] = field(default_factory=set)
    # The request has a key by which it is known when it comes again: see ``may_repeat``.
    repeatable: bool = False
    recorded: int = 0
    _drafts: list[_Draft] = field(default_factory=list)
    _heads: dict[tuple[str, str], audit.Head] = field(default_factory=dict)
    _after: list[Callable[[], object]] = field(default_factory=list)

    def record(
        self,
        subject: audit.Subject,
        action: str,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        case: str | None = None,
        procedure: str | None = None,
        version: str | int | None = None,
        release: str | int | None = None,
        element: str | None = None,
        clause: str | Sequence[str] | None = None,
        group: str | None = None,
        comment: str | None = None,
        sealed: Mapping[str, bytes] | None = None,
        hashes: Mapping[str, Any] | None = None,
    ) -> None:
        """Put ``action`` (``subject:verb``) on the chain of ``subject``.

        Personal values go into ``sealed`` as ciphertext, never into before, after or comment.
        ``hashes`` are those of documents and print-outs.
        """
        by = self.by
        who = (by.id, by.login, by.behalf_of, group, by.channel, by.address)
        what = (
            action, case, procedure, _text(version), _text(release), element, _joined(clause),
            comment,
        )  # fmt: skip
        values = (audit.body(before, after, hashes), audit.sealed_text(sealed))
        self._drafts.append(_Draft(subject, (self.recorded, *who), (*what, *values)))
        self.recorded += 1

    def seal_trail(self) -> list[Statement]:
        """Link what was recorded; gives the statements, which the caller must send.

        Afterwards ``chain_seq`` and ``chain_head`` of the subjects are the new ones: a hot path
        writes them with its own UPDATE or INSERT of the subject's row. Heads of ORM rows are
        among the statements.
        """
        return self._linked(light_heads=False)

    def write(self, statements: Sequence[Statement]) -> list[psycopg.Cursor[Any]]:
        """Send the caller's statements and the recorded trail in one pipeline.

        Gives the cursors of the caller's statements, whose ``rowcount`` and rows are there.
        The heads of light subjects are the caller's: see ``seal_trail``.
        """
        cursors = self._send([*statements, *self.seal_trail()])
        return cursors[: len(statements)]

    def _send(self, statements: Sequence[Statement]) -> list[psycopg.Cursor[Any]]:
        with self.connection.pipeline():
            return [self.connection.execute(sql, params) for sql, params in statements]

    def execute(self, sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> Any:
        """Run one statement on the connection of this transaction; gives its cursor."""
        return self.connection.execute(sql, params)

    @contextmanager
    def pipeline(self) -> Iterator[psycopg.Connection[Any]]:
        """The psycopg connection of this transaction, in pipeline mode (not for the session)."""
        with self.connection.pipeline():
            yield self.connection

    def after_commit(self, fn: Callable[[], object]) -> None:
        """Run ``fn`` once the transaction is committed, and not at all if it is not."""
        self._after.append(fn)

    def may_repeat(self) -> None:
        """Say that this command is done once however often it comes. When the line breaks at its
        COMMIT, so that nobody knows whether it counts, it is then simply run again."""
        self.repeatable = True

    def told(self, done: int, total: int) -> None:
        """Say how far a long command is, to whoever watches it from outside of the transaction."""
        watcher = _watcher.get()
        if watcher is not None:
            watcher(done, total)

    def _linked(self, *, light_heads: bool) -> list[Statement]:
        drafts, self._drafts = self._drafts, []
        if not drafts:
            return []
        self._lock_heads([d.subject for d in drafts])
        rows = [value for draft in drafts for value in self._link(draft)]
        trail: Statement = (audit.insert_sql(len(drafts)), rows)
        return [trail, *self._head_updates(drafts, light_heads=light_heads)]

    def _lock_heads(self, subjects: Sequence[audit.Subject]) -> None:
        stored = [s for s in subjects if isinstance(s, db.Model)]
        if stored:
            db.session.flush()
        unknown = {(s.subject_kind, s.subject_key) for s in stored} - self._heads.keys()
        # In one order for everybody, so that no two commands wait for each other.
        for name in sorted({kind for kind, _ in unknown}):
            self._heads |= audit.lock_heads(name, [key for kind, key in unknown if kind == name])

    def _link(self, draft: _Draft) -> tuple[Any, ...]:
        subject = draft.subject
        name = (subject.subject_kind, subject.subject_key)
        head = self._heads.setdefault(
            name, audit.Head(subject.chain_seq, bytes(subject.chain_head))
        )
        head.seq += 1
        row = (self.at, *name, head.seq, head.hash, *draft.before_link, *draft.after_link)
        head.hash = audit.link(head.hash, audit.canonical(row))
        audit.set_head(subject, head)
        return (*row, head.hash)

    def _head_updates(self, drafts: Sequence[_Draft], *, light_heads: bool) -> list[Statement]:
        changed = {
            (d.subject.subject_kind, d.subject.subject_key)
            for d in drafts
            if light_heads or isinstance(d.subject, db.Model)
        }
        return [audit.head_update(*name, self._heads[name]) for name in sorted(changed)]

    def _finish(self) -> None:
        db.session.flush()
        trail = self._linked(light_heads=True)
        if trail:
            self._send(trail)
        if self.written and not self.recorded:
            raise Untraced(tables=sorted(self.written))
        self._commit()

    def _commit(self) -> None:
        try:
            db.session.commit()
        except (DBAPIError, psycopg.Error) as error:
            if lost(error):
                raise Unsure(repeatable=self.repeatable) from error
            raise

    def _run_after(self) -> None:
        for fn in self._after:
            try:
                fn()
            except Exception:
                # The work is done and committed: its caller must not see a failure.
                log.exception("after commit")


def _text(value: str | int | None) -> str | None:
    return None if value is None else str(value)


def _joined(clause: str | Sequence[str] | None) -> str | None:
    if clause is None or isinstance(clause, str):
        return clause or None
    return " ".join(clause) or None


# --- commands -----------------------------------------------------------------------------------

_watcher: ContextVar[Callable[[int, int], None] | None] = ContextVar("watcher", default=None)


@contextmanager
def watched(watcher: Callable[[int, int], None]) -> Iterator[None]:
    """Let ``watcher`` hear how far the commands within are (``Work.told``). It must not use the
    connection of the command."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


STEP_BACK = 0.05
RETRIED = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)


# What a command asks for, by the name that it must give. The first three are held here; the others
# by the rules of the room (``cases/rights.py`` and its like), which know the case or the task.
RIGHTS = frozenset(
    {"system", "admin", "self", "business", "procedure", "task", "case", "message", "look",
     "incident", "deputy"}
)  # fmt: skip


@overload
def command(fn: Callable[..., R]) -> Callable[..., R]: ...
@overload
def command(*, right: str) -> Callable[[Callable[..., R]], Callable[..., R]]: ...
def command(fn: Callable[..., Any] | None = None, *, right: str = "") -> Callable[..., Any]:
    """Make ``fn(work, …)`` a command, called as ``fn(…, by=actor, at=None)``.

    ``right``: one of RIGHTS. ``system``: nobody of the staff; ``admin``: administrators; ``self``:
    one's own affairs, for which the room itself lets administrators in. Opens the work, commits
    when it returns, rolls back when it raises. Runs once more after a deadlock. A problem that is
    ``on_record`` (NotAllowed, Conflict, Refused …) is put there before it is raised. A line to the
    database that breaks is replaced, once; where it broke at the COMMIT, only a request with a key
    is run again, any other raises Unsure.
    """
    if fn is None:
        return lambda function: _commanded(function, right)
    return _commanded(fn, right)


def _commanded(fn: Callable[..., Any], right: str) -> Callable[..., Any]:
    @wraps(fn)
    def run(*args: Any, by: Actor, at: datetime | None = None, **kwargs: Any) -> Any:
        if watch.current.get() is not None:
            raise RuntimeError(f"{fn.__qualname__}: a command was called inside a command")
        if aside():
            raise RuntimeError(f"{fn.__qualname__}: a command was called inside a read aside")
        moment = at or now()
        try:
            _need_right(right, by)
            return _twice(fn, by, moment, args, kwargs)
        except Problem as problem:
            if problem.on_record:
                _put_on_record(problem, fn, by, moment, args, kwargs)
            raise

    run.__wrapped_command__ = fn  # type: ignore[attr-defined]
    run.right = right  # type: ignore[attr-defined]
    return run


def _need_right(right: str, by: Actor) -> None:
    if by.id is None:
        return
    if right == "system" or (right == "admin" and "admin" not in by.groups):
        raise NotAllowed


def _twice(
    fn: Callable[..., R], by: Actor, at: datetime, args: Any, kwargs: Mapping[str, Any]
) -> R:
    try:
        return _once(fn, by, at, args, kwargs)
    except (DBAPIError, psycopg.Error) as error:
        if not (isinstance(getattr(error, "orig", error), RETRIED) or lost(error)):
            raise
        # Who won has what we both wanted: let him be done, or we stand in his way once more.
        time.sleep(STEP_BACK)
    except Unsure as unsure:
        if not unsure.details["repeatable"]:
            raise
    return _once(fn, by, at, args, kwargs)


def _once(fn: Callable[..., R], by: Actor, at: datetime, args: Any, kwargs: Mapping[str, Any]) -> R:
    if by.scope == "read":
        raise NotAllowed(T("此访问令牌只能查询，不能办理。"))
    with _opened(by, at) as work:
        result = fn(work, *args, **kwargs)
        work._finish()
    work._run_after()
    return result


@contextmanager
def _opened(by: Actor, at: datetime) -> Iterator[Work]:
    work = Work(by, at, raw())
    token = watch.current.set(work)
    try:
        with in_hand(work.connection):
            yield work
    except BaseException:
        db.session.rollback()
        raise
    finally:
        watch.current.reset(token)


def _put_on_record(
    problem: Problem, fn: Callable[..., Any], by: Actor, at: datetime, args: Any, kwargs: Any
) -> None:
    with _opened(by, at) as work:
        after = refusals.told(problem, fn, args, kwargs)
        case = refusals.case_of(problem)
        work.record(_own_chain(by), "attempt:refused", case=case, after=after)
        work._finish()


def _own_chain(by: Actor) -> audit.Subject:
    person = audit.kind("person")
    if by.id is not None and person is not None:
        found = db.session.get(person.model, by.id)
        if found is not None:
            return found  # type: ignore[no-any-return]
    return ledger("system")


def ledger(name: str) -> audit.Ledger:
    """The chain of that name for what has no row of its own; made when missing."""
    raw().execute("INSERT INTO ledgers (name) VALUES (%s) ON CONFLICT DO NOTHING", [name])
    return db.session.get_one(audit.Ledger, name)
