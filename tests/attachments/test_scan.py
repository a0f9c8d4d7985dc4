"""Looking for malware: a scanner that speaks clamd's way, one that finds something, one that is
silent."""

from __future__ import annotations

import socket
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app import attachments, audit
from app.db import db
from app.work import SYSTEM
from tests.attachments.conftest import CLERK, Scanner, changed, free_port, scanning
from tests.attachments.test_files import PNG, blobs

FOUND = b"stream: Eicar-Test-Signature FOUND\0"


def sent(content: bytes = PNG) -> attachments.FileFacts:
    return attachments.upload(BytesIO(content), "件.png", by=CLERK)


def rows() -> int:
    count = sa.select(sa.func.count()).select_from(attachments.Attachment)
    return int(db.session.scalar(count) or 0)


@pytest.mark.usefixtures("app")
def test_the_whole_file_is_scanned_before_it_is_kept(scanner: Scanner) -> None:
    large = PNG[:8] + b"x" * 200_000 + PNG[8:]
    facts = sent(large)
    assert facts.scan == "clean"
    assert scanner.seen == [large]


@pytest.mark.usefixtures("app")
def test_without_a_scanner_nothing_is_asked() -> None:
    assert sent().scan == "off"


def test_what_is_infected_is_refused_and_on_record(fresh: Flask, scanner: Scanner) -> None:
    with changed(clamd=scanner.address, clamd_timeout=3):
        scanner.answer[0] = FOUND
        before = set(blobs())
        with pytest.raises(attachments.Infected, match="恶意程序"):
            sent()
        assert (rows(), set(blobs())) == (0, before)
    entry = db.session.scalars(
        sa.select(audit.Entry).where(audit.Entry.action == "attempt:refused")
    ).one()
    about = entry.body["after"]["about"]
    assert about["found"] == "Eicar-Test-Signature"
    assert len(about["sha256"]) == 64


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    "said", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: ERROR\0"]
)
def test_no_clear_answer_counts_as_none(scanner: Scanner, said: bytes) -> None:
    scanner.answer[0] = said
    with pytest.raises(attachments.NoScanner):
        sent()
    assert rows() == 0


@pytest.mark.usefixtures("app")
def test_a_scanner_that_is_down_refuses_or_marks_as_the_setting_says() -> None:
    with changed(clamd=f"127.0.0.1:{free_port()}", clamd_timeout=1):
        with pytest.raises(attachments.NoScanner, match="没有接收"):
            sent()
        assert rows() == 0
        with changed(clamd_down="accept"):
            assert sent().scan == "skipped"


@pytest.mark.usefixtures("app")
def test_a_scanner_that_never_answers_is_given_up() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with changed(clamd=address, clamd_timeout=1), pytest.raises(attachments.NoScanner):
            sent()


@pytest.mark.usefixtures("app")
def test_a_socket_of_this_machine_does_as_well(tmp_path: Path) -> None:
    path = tmp_path / "clamd.sock"
    line = socket.socket(socket.AF_UNIX)
    line.bind(str(path))
    with scanning(line, f"unix:{path}") as found, changed(clamd=found.address, clamd_timeout=3):
        assert sent().scan == "clean"


@pytest.mark.usefixtures("app")
def test_what_was_skipped_is_scanned_later_and_shut_when_infected(scanner: Scanner) -> None:
    with changed(clamd=f"127.0.0.1:{free_port()}", clamd_timeout=1, clamd_down="accept"):
        good, bad = sent(), sent()
    assert attachments.wait_for_scan() == [good.id, bad.id]
    assert attachments.scan_again(good.id, by=SYSTEM) == "clean"
    scanner.answer[0] = FOUND
    assert attachments.scan_again(bad.id, by=SYSTEM) == "infected"
    assert attachments.wait_for_scan() == []
    assert attachments.open_file(good.id)[1] == PNG
    with pytest.raises(attachments.Harmful):
        attachments.open_file(bad.id)
    last = db.session.scalars(
        sa.select(audit.Entry)
        .where(audit.Entry.action == "attachment:scan")
        .order_by(audit.Entry.seq.desc())
    ).all()
    assert {entry.body["after"]["scan"] for entry in last} == {"clean", "infected"}
