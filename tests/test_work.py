"""Commands: one transaction, one trail, refusals on record, nothing untraced."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Barrier, Thread
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from app import audit
from app.audit import tables_changed
from app.db import db, raw
from app.errors import Conflict, NotAllowed, Refused, Untraced
from app.work import SYSTEM, Actor, Work, command, ledger, now

MOMENT = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


class Light:
    """A subject as a hot path has it: read by the caller, written by the caller."""

    subject_kind = "ledger"

    def __init__(self, key: str, seq: int = 0, head: bytes = b"") -> None:
        self.subject_key, self.chain_seq, self.chain_head = key, seq, head


@command
def note(work: Work, name: str, **after: Any) -> audit.Ledger:
    book = ledger(name)
    work.record(book, "ledger:note", after=after, case="GH20261102-0001")
    return book


def entries(name: str) -> list[audit.Entry]:
    query = sa.select(audit.Entry).where(audit.Entry.subject_key == name)
    return list(db.session.scalars(query.order_by(audit.Entry.seq)))


@pytest.mark.usefixtures("app")
def test_a_command_writes_who_when_and_what() -> None:
    person = Actor(None, "linqi", "林栖", channel="web", address="10.0.0.7", behalf_of=3)
    book = note("keys", by=person, at=MOMENT, size=2)
    (entry,) = entries("keys")
    assert (entry.at, entry.actor_login, entry.address) == (MOMENT, "linqi", "10.0.0.7")
    assert (entry.action, entry.case_number, entry.behalf_of) == (
        "ledger:note",
        "GH20261102-0001",
        3,
    )
    assert entry.body == {"after": {"size": 2}}
    assert (book.chain_seq, book.chain_head) == (1, entry.hash)


@pytest.mark.usefixtures("app")
def test_entries_are_linked_and_the_head_stands_in_the_row() -> None:
    note("keys", by=SYSTEM, at=MOMENT)
    note("keys", by=SYSTEM, at=MOMENT)
    first, second = entries("keys")
    assert (first.prev_hash, second.prev_hash) == (b"", first.hash)
    stored = raw().execute("SELECT chain_seq, chain_head FROM ledgers WHERE name='keys'")
    assert stored.fetchone() == (2, second.hash)


@pytest.mark.usefixtures("app")
def test_a_light_subject_knows_its_head_before_its_own_update() -> None:
    note("hot", by=SYSTEM, at=MOMENT)

    @command
    def hot(work: Work) -> int:
        seq, head = work.execute(
            "SELECT chain_seq, chain_head FROM ledgers WHERE name=%s FOR UPDATE", ["hot"]
        ).fetchone()
        subject = Light("hot", seq, head)
        work.record(subject, "task:complete")
        work.record(subject, "case:end")
        trail = work.seal_trail()
        with work.pipeline() as connection:
            cursor = connection.execute(
                "UPDATE ledgers SET chain_seq=%s, chain_head=%s WHERE name=%s",
                [subject.chain_seq, subject.chain_head, "hot"],
            )
            for sql, params in trail:
                connection.execute(sql, params)
        return int(cursor.rowcount)

    assert hot(by=SYSTEM, at=MOMENT) == 1
    found = entries("hot")
    assert [e.seq for e in found] == [1, 2, 3]
    assert [e.position for e in found] == [0, 0, 1]
    db.session.expire_all()
    assert db.session.get_one(audit.Ledger, "hot").chain_head == found[-1].hash


@pytest.mark.usefixtures("app")
def test_write_gives_the_row_counts_of_the_callers_statements() -> None:
    note("hot", by=SYSTEM, at=MOMENT)

    @command
    def close(work: Work) -> list[int]:
        work.record(ledger("hot"), "ledger:close")
        gone = "UPDATE ledgers SET chain_seq = chain_seq WHERE name = %s"
        return [c.rowcount for c in work.write([(gone, ["hot"]), (gone, ["nobody"])])]

    assert close(by=SYSTEM) == [1, 0]
    assert [e.action for e in entries("hot")] == ["ledger:note", "ledger:close"]


@pytest.mark.usefixtures("app")
def test_a_light_subject_recorded_after_sealing_gets_its_head_written() -> None:
    note("late", by=SYSTEM)

    @command
    def late(work: Work) -> None:
        head = db.session.get_one(audit.Ledger, "late")
        subject = Light("late", head.chain_seq, head.chain_head)
        work.record(subject, "case:start")
        work.write([])
        work.record(subject, "case:end")

    late(by=SYSTEM)
    stored = raw().execute("SELECT chain_seq, chain_head FROM ledgers WHERE name='late'")
    assert stored.fetchone() == (3, entries("late")[-1].hash)


def _orm(_work: Work) -> None:
    db.session.add(audit.Ledger(name="sneaky"))


def _core(_work: Work) -> None:
    db.session.execute(sa.insert(audit.Ledger).values(name="sneaky"))


def _text(_work: Work) -> None:
    db.session.execute(sa.text("INSERT INTO ledgers (name) VALUES ('sneaky')"))


def _raw(_work: Work) -> None:
    raw().execute("INSERT INTO ledgers (name) VALUES ('sneaky')")


def _executed(work: Work) -> None:
    work.execute(
        "WITH made AS (INSERT INTO ledgers (name) VALUES ('sneaky') RETURNING 1) SELECT * FROM made"
    )


def _copied(_work: Work) -> None:
    with raw().cursor() as cursor, cursor.copy("COPY ledgers (name) FROM STDIN") as copy:
        copy.write_row(["sneaky"])


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("write", [_orm, _core, _text, _raw, _executed, _copied])
def test_a_write_without_a_trail_is_refused(write: Any) -> None:
    with pytest.raises(Untraced) as refused:
        command(write)(by=SYSTEM)
    assert refused.value.details["tables"] == ["ledgers"]
    assert db.session.get(audit.Ledger, "sneaky") is None


@pytest.mark.usefixtures("app")
def test_reading_and_locking_need_no_trail() -> None:
    note("keys", by=SYSTEM)

    @command
    def look(work: Work) -> Any:
        work.execute("SELECT name FROM ledgers FOR UPDATE")
        return db.session.get(audit.Ledger, "keys", with_for_update=True)

    assert look(by=SYSTEM) is not None


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT 1 FROM a FOR UPDATE SKIP LOCKED", set()),
        ("INSERT INTO a (b) VALUES (1) ON CONFLICT (b) DO UPDATE SET b = 1", {"a"}),
        ('DELETE FROM "b" WHERE updated_at < %s', {"b"}),
        ("MERGE INTO c USING d ON true WHEN MATCHED THEN DO NOTHING", {"c"}),
        ("INSERT INTO sessions VALUES (1)", set()),
        ("UPDATE ONLY drafts SET x = 1", set()),
        ("UPDATE procrastinate_jobs SET status = 'todo'", set()),
        ("TRUNCATE TABLE e", {"e"}),
    ],
)
def test_the_tables_that_a_statement_changes(sql: str, tables: set[str]) -> None:
    assert tables_changed(sql) == tables


@command
def refuse(work: Work, error: type[Exception], case_number: str, remark: str) -> None:
    work.record(ledger("never"), "ledger:note")
    raise error()


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("error", [NotAllowed, Conflict, Refused])
def test_a_refused_attempt_is_rolled_back_and_on_record(error: type[Exception]) -> None:
    with pytest.raises(error):
        refuse(error, "GH20261102-0007", "周禾清", by=SYSTEM)
    assert entries("never") == []
    (entry,) = entries("system")
    assert entry.action == "attempt:refused"
    after = entry.body["after"]
    assert after["reason"] == error.__name__
    assert after["command"] == "tests.test_work.refuse"
    assert after["on"] == {"case_number": "GH20261102-0007"}, "nothing but identifiers"


@pytest.mark.usefixtures("app")
def test_other_errors_roll_back_and_leave_nothing() -> None:
    with pytest.raises(ZeroDivisionError):
        refuse(ZeroDivisionError, "x", "y", by=SYSTEM)
    assert entries("never") == entries("system") == []


@pytest.mark.usefixtures("app")
def test_after_commit_runs_only_when_committed_and_hides_no_result() -> None:
    ran: list[str] = []

    @command
    def work_of(work: Work, *, fails: bool) -> str:
        work.record(ledger("keys"), "ledger:note")
        work.after_commit(lambda: ran.append("first"))
        work.after_commit(lambda: 1 / 0)
        work.after_commit(lambda: ran.append("last"))
        if fails:
            raise ZeroDivisionError
        return "done"

    with pytest.raises(ZeroDivisionError):
        work_of(fails=True, by=SYSTEM)
    assert ran == []
    assert work_of(fails=False, by=SYSTEM) == "done"
    assert ran == ["first", "last"]


@pytest.mark.usefixtures("app")
def test_a_command_calls_no_command() -> None:
    @command
    def outer(_work: Work) -> None:
        note("keys", by=SYSTEM)

    with pytest.raises(RuntimeError):
        outer(by=SYSTEM)


@pytest.mark.usefixtures("app")
def test_a_reading_token_runs_no_command() -> None:
    reader = Actor(None, "reader", "读", channel="api", scope="read")
    with pytest.raises(NotAllowed):
        note("keys", by=reader)
    assert entries("keys") == []


def test_the_clock_is_aware_and_utc() -> None:
    assert now().utcoffset() == UTC.utcoffset(None)


def test_two_commands_on_one_chain_at_once_both_hold(fresh: Flask) -> None:
    note("race", by=SYSTEM)
    threads = [Thread(target=_note_in_context, args=(fresh,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [e.seq for e in entries("race")] == list(range(1, 10))


def _note_in_context(app: Flask) -> None:
    with app.app_context():
        note("race", by=SYSTEM)


def test_a_deadlock_is_tried_once_more(fresh: Flask) -> None:
    note("one", by=SYSTEM)
    note("two", by=SYSTEM)
    barrier = Barrier(2)
    tries: list[str] = []

    @command
    def crossing(work: Work, first: str, second: str) -> None:
        tries.append(first)
        for name in (first, second):
            work.execute("UPDATE ledgers SET name = name WHERE name = %s", [name])
            if len(tries) <= 2 and name == first:
                barrier.wait(timeout=10)
        work.record(ledger("done"), "ledger:note")

    def run(first: str, second: str) -> None:
        with fresh.app_context():
            crossing(first, second, by=SYSTEM)

    threads = [Thread(target=run, args=pair) for pair in (("one", "two"), ("two", "one"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tries) == 3
    assert len(entries("done")) == 2


def test_the_application_cannot_alter_or_remove_an_entry(fresh: Flask) -> None:
    note("fixed", by=SYSTEM)
    db.session.rollback()
    month = f"trail_{now():%Y_%m}"
    for sql in (
        "UPDATE trail SET action = 'x'",
        "DELETE FROM trail",
        "TRUNCATE trail",
        "DROP TABLE trail",
        f"UPDATE {month} SET action = 'x'",
        f"DELETE FROM {month}",
        f"TRUNCATE {month}",
        f"INSERT INTO {month} SELECT * FROM trail",
        f"ALTER TABLE trail DETACH PARTITION {month}",
        f"DROP TABLE {month}",
        "SET ROLE water_owner",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            raw().execute(sql)
        db.session.rollback()
