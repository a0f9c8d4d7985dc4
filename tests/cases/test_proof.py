"""A whole meter transfer: its print-outs are on record, and its trail betrays every change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from flask import Flask

from app import audit, cases
from app.config import settings
from app.db import db, raw
from app.errors import NotAllowed, NotFound
from tests.looking import say_why
from tests.procedures.visit import CLERK, Visit, open_the_house, person
from tools.postgres import Cluster

SWAP = """
    UPDATE trail SET seq = CASE seq WHEN 2 THEN 3 ELSE 2 END
    WHERE subject_kind = 'case' AND subject_key = %(case)s AND seq IN (2, 3)
"""
# What is done to the trail → what is said of it: number of the entry, kind.
TAMPERED = {
    "a byte": (
        "UPDATE trail SET body = replace(body::text, 'sale', 'sole')::json"
        " WHERE subject_kind = 'case' AND subject_key = %(case)s AND seq = 2",
        (2, "altered"),
    ),
    "one gone": (
        "DELETE FROM trail WHERE subject_kind = 'case' AND subject_key = %(case)s AND seq = 3",
        (3, "missing"),
    ),
    "two swapped": (SWAP, (2, "altered")),
    "the subject gone": (
        "SET CONSTRAINTS ALL DEFERRED; SET session_replication_role = replica;"
        " DELETE FROM cases WHERE number = '{case}'",
        (None, "orphan"),
    ),
    "the end gone": (
        "DELETE FROM trail WHERE subject_kind = 'case' AND subject_key = %(case)s AND seq ="
        " (SELECT max(seq) FROM trail WHERE subject_kind = 'case' AND subject_key = %(case)s)",
        (None, "cut"),
    ),
}


@pytest.fixture
def transfer(fresh: Flask) -> Visit:
    """A transfer from start to end, committed."""
    assert fresh
    visit = Visit(open_the_house()["clean_sale"])
    visit.accept().papers().read().pay().finish()
    assert cases.case(CLERK, visit.number).status == "ended"
    return visit


@pytest.fixture
def owner(fresh: Flask, cluster: Cluster) -> Iterator[psycopg.Connection[Any]]:
    """Who may change anything: the server's own administrator."""
    assert fresh
    name = psycopg.conninfo.conninfo_to_dict(settings().database_url)["dbname"]
    with psycopg.connect(cluster.url("postgres", str(name))) as connection:
        yield connection


def test_every_change_to_a_transfers_trail_is_named(
    transfer: Visit, owner: psycopg.Connection[Any], fresh: Flask
) -> None:
    db.session.rollback()
    whole = audit.verify(owner)
    assert whole.findings == []
    assert whole.entries > 20
    for done, (sql, (seq, kind)) in TAMPERED.items():
        text = sql.replace("{case}", transfer.number)
        changed = owner.execute(text, {"case": transfer.number} if "%(" in text else None)
        assert changed.rowcount != 0, done
        said = [f for f in audit.verify(owner).findings if f.subject == f"case:{transfer.number}"]
        assert [f.kind for f in said] == [kind], done
        assert seq in (None, said[0].seq), done
        owner.rollback()
    owner.execute(TAMPERED["a byte"][0], {"case": transfer.number})
    owner.commit()
    answer = fresh.test_cli_runner().invoke(args=["audit", "verify"])
    assert answer.exit_code == 1
    assert transfer.number in answer.output


def prints_on_record(number: str) -> list[tuple[Any, ...]]:
    return (
        raw()
        .execute(
            "SELECT actor_id, body->'after'->>'print', (body->'after'->>'count')::int,"
            " body->'hashes'"
            " FROM trail WHERE action = 'case:print' AND subject_key = %s ORDER BY seq",
            (number,),
        )
        .fetchall()
    )


def test_a_print_out_is_on_record_and_a_second_one_is_a_copy(known: dict[str, str]) -> None:
    visit = Visit(known["clean_sale"])
    page = visit.page("accept")
    assert ("meter_transfer.application", "过户申请表") in page.prints
    say_why(visit.number, CLERK)
    first, name = cases.render_print(visit.number, "application", by=CLERK)
    again, _ = cases.render_print(
        visit.number, "meter_transfer.application", by=replace(CLERK, scope="read")
    )
    assert first.startswith(b"%PDF-")
    assert name == f"{visit.number}-application.pdf"
    assert prints_on_record(visit.number) == [
        (CLERK.id, "meter_transfer.application", n, {"application.pdf": digest})
        for n, digest in ((1, sha(first)), (2, sha(again)))
    ]
    assert audit.verify().findings == []


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_sheets_follow_the_case_and_are_not_for_everybody(known: dict[str, str]) -> None:
    visit = Visit(known["clean_sale"])
    names = dict(cases.case(CLERK, visit.number).prints)
    assert "meter_transfer.guide" in names
    assert "meter_transfer.contract" not in names
    with pytest.raises(NotFound):
        cases.render_print(visit.number, "contract", by=CLERK)
    stranger = person(9100, "石砚", "finance")
    assert cases.case(stranger, visit.number).prints == ()
    with pytest.raises(NotAllowed):
        cases.render_print(visit.number, "guide", by=stranger)
    elsewhere = person(9101, "江照野", "window_clerk", region="城外")
    with pytest.raises(NotAllowed):
        cases.render_print(visit.number, "guide", by=elsewhere)
    assert prints_on_record(visit.number) == []
