"""What keeps the house by night, and the change of the master key."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app import audit, people, sealing
from app.db import db, raw
from app.jobs.tasks import clean_up
from app.queue import queue
from app.sealing import master_keys
from app.work import SYSTEM, now

PASSWORD = "tao-li-bu-yan-10"


@pytest.mark.usefixtures("app")
def test_each_night_what_is_over_is_dropped() -> None:
    people.ensure_groups(by=SYSTEM)
    people.add("lin", "林栖", password=PASSWORD, groups=["window_clerk"], by=SYSTEM)
    people.sign_in("lin", PASSWORD, address="192.0.2.1")
    kept = people.sign_in("lin", PASSWORD, address="192.0.2.1")
    raw().execute(
        "UPDATE sessions SET expires_at = %s WHERE id = (SELECT min(id::text)::uuid FROM sessions"
        " WHERE token_hash <> sha256(%s))",
        [now() - timedelta(minutes=1), kept.encode()],
    )
    raw().execute("UPDATE throttles SET since = %s", [now() - timedelta(hours=1)])
    clean_up(0)
    assert len(people.sessions(people.person("lin").id)) == 1
    assert people.actor_for_session(kept)
    assert raw().execute("SELECT count(*) FROM throttles").fetchone() == (0,)


def test_the_queue_knows_when() -> None:
    nightly = [t for t in queue.periodic_registry.periodic_tasks.values() if t.cron != "* * * * *"]
    assert "clean_up" in {one.task.name for one in nightly}


def test_the_master_key_is_changed_and_the_old_one_dropped(fresh: Flask) -> None:
    key = sealing.new_key("customer")
    sealed = sealing.seal(key, b"value")
    db.session.flush()
    raw().commit()
    old = sealing.masters().current.id
    shell = fresh.test_cli_runner()
    said = json.loads(shell.invoke(args=["keys", "rotate", "--json"]).output)
    assert said["wrapped"] >= 1
    assert said["master"] != old
    assert old in sealing.master_file().read_text()
    assert sealing.master_file().stat().st_mode & 0o777 == 0o600
    assert json.loads(shell.invoke(args=["keys", "prune", "--json"]).output) == {"dropped": 1}
    assert old not in sealing.master_file().read_text()
    db.session.remove()
    sealing.unwrap.cache_clear()
    assert sealing.unseal(key.id, sealed) == b"value"
    actions = db.session.scalars(sa.select(audit.Entry.action).order_by(audit.Entry.at))
    assert [one for one in actions if one.startswith("keys:")] == ["keys:rotate", "keys:prune"]


@pytest.mark.usefixtures("fresh")
def test_a_key_changed_by_another_process_is_seen_at_once() -> None:
    before = sealing.masters()
    file = sealing.master_file()
    added = master_keys.new_master()
    file.write_bytes(master_keys._lines((added, *before.keys)))
    assert sealing.masters().current == added
    assert sealing.wrap(b"k" * 32)[:4].hex() == added.id
