"""Files handed in: kinds by content, sealed, on record, opened by whom they concern."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app import attachments, audit, sealing
from app.attachments.kinds import ENDINGS, clean_name
from app.config import settings
from app.db import db
from app.errors import Invalid, NotAllowed, NotFound
from app.sealing import Destroyed
from app.work import Actor, Work, command

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 9 + b"\0\0\0\0IEND\xaeB`\x82"
JPG = b"\xff\xd8\xff\xe0" + b"light" * 9 + b"\xff\xd9"
PDF = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"
NAME = "周禾清身份证.png"
CLERK = Actor(901, "clerk", "窗口", frozenset({"window_clerk"}))
OTHER = Actor(902, "other", "别人", frozenset({"window_clerk"}))


def sent(content: bytes = PNG, name: str = NAME, by: Actor = CLERK) -> attachments.FileFacts:
    return attachments.upload(BytesIO(content), name, "text/html", by=by)


@command
def name_them(work: Work, ids: list[str], case: str) -> None:
    attachments.name_in_case(work, ids, case)


@command
def replace_by(work: Work, old: str, new: str) -> None:
    attachments.supersede(work, old, new)


@command
def erase(work: Work, case: str) -> int:
    return attachments.destroy_of_case(work, case)


def blobs() -> list[Path]:
    return [p for p in (settings().var / "files").rglob("*") if p.is_file()]


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("content", "kind"), [(PNG, "image/png"), (JPG, "image/jpeg"), (PDF, "application/pdf")]
)
def test_a_file_is_kept_and_given_back(content: bytes, kind: str) -> None:
    facts = sent(content)
    assert facts.sha256 == hashlib.sha256(content).hexdigest()
    assert (facts.type, facts.size, facts.uploaded_by) == (kind, len(content), CLERK.id)
    assert attachments.open_file(facts.id) == (facts, content)


@pytest.mark.usefixtures("app")
def test_neither_content_nor_name_lies_open() -> None:
    before = set(blobs())
    facts = sent()
    (blob,) = set(blobs()) - before
    assert blob.name == hashlib.sha256(blob.read_bytes()).hexdigest()
    assert b"pixels" not in blob.read_bytes()
    row = db.session.scalars(sa.select(attachments.Attachment)).one()
    assert "周禾清".encode() not in row.name
    (entry,) = db.session.scalars(sa.select(audit.Entry).filter_by(subject_kind="attachment"))
    assert entry.action == "attachment:store"
    assert "周禾清" not in str(entry.body)
    assert entry.body["hashes"] == {"sha256": facts.sha256}


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "空"),
        (b"MZ\x90\0 a program", "JPG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "JPG"),
        (PNG[:-8], "不完整"),
        (PNG + b"\0" * 11 * 1024 * 1024, "10 MB"),
    ],
)
def test_what_is_no_paper_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(Invalid) as caught:
        sent(content, "card.png")
    assert says in caught.value.fields["file"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(attachments.Attachment)) == 0


@given(st.text(max_size=300), st.sampled_from(sorted(ENDINGS)))
def test_a_name_never_leaves_its_folder(given_name: str, kind: str) -> None:
    name = clean_name(given_name, kind)
    assert name
    assert not {"/", "\\", "\0", "\n"} & set(name)
    assert name.lower().endswith((ENDINGS[kind], ".jpeg"))


@pytest.mark.usefixtures("app")
def test_only_its_uploader_and_who_sees_its_case_may_open_it() -> None:
    facts = sent()
    assert attachments.open_for(CLERK, facts.id, lambda _: False)[1] == PNG
    with pytest.raises(NotFound):
        attachments.open_for(OTHER, facts.id, lambda _: True)
    name_them([facts.id], "GH1", by=CLERK)
    assert attachments.open_for(OTHER, facts.id, {"GH1"}.__contains__)[1] == PNG
    with pytest.raises(NotFound):
        attachments.open_for(OTHER, facts.id, {"GH2"}.__contains__)
    assert [f.id for f in attachments.of_case("GH1")] == [facts.id]


@pytest.mark.usefixtures("app")
def test_naming_a_foreign_file_does_not_open_it() -> None:
    facts = sent()
    with pytest.raises(Invalid):
        name_them([facts.id], "GH2", by=OTHER)
    assert attachments.cases_of(facts.id) == ()
    name_them([facts.id], "GH1", by=CLERK)
    # Whoever works on the case after its uploader may name the paper again.
    name_them([facts.id], "GH1", by=OTHER)
    assert attachments.cases_of(facts.id) == ("GH1",)


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("wrong", ["", "no id", "../../etc", "0" * 32])
def test_an_unknown_file_is_not_there(wrong: str) -> None:
    assert not attachments.exists([wrong])
    assert attachments.facts([wrong]) == {}
    with pytest.raises(NotFound):
        attachments.open_file(wrong)
    with pytest.raises(Invalid):
        name_them([wrong], "GH1", by=CLERK)


@pytest.mark.usefixtures("app")
def test_a_superseded_file_stays_and_says_so() -> None:
    old, new = sent(), sent(JPG)
    replace_by(old.id, new.id, by=CLERK)
    assert attachments.facts([old.id])[old.id].superseded_by == new.id
    assert attachments.open_file(old.id)[1] == PNG
    with pytest.raises(Invalid):
        replace_by(old.id, new.id, by=CLERK)
    newer = sent(PDF)
    replace_by(new.id, newer.id, by=CLERK)
    assert attachments.newest([old.id, new.id, "no id"]) == {old.id: newer.id, new.id: newer.id}
    assert [f.id for f in attachments.earlier(newer.id)] == [new.id, old.id]
    with pytest.raises(Invalid):
        replace_by(newer.id, old.id, by=CLERK)


@pytest.mark.usefixtures("app")
def test_nobody_deletes_a_file_and_who_tries_is_on_record() -> None:
    facts = sent()
    with pytest.raises(attachments.Kept, match="不能删除"):
        attachments.delete(facts.id, by=CLERK)
    entry = db.session.scalars(sa.select(audit.Entry).filter_by(action="attempt:refused")).one()
    assert entry.body["after"]["on"] == {"file_id": facts.id}
    assert attachments.open_file(facts.id)[1] == PNG


@pytest.mark.usefixtures("app")
def test_an_altered_or_lost_blob_is_noticed() -> None:
    before = set(blobs())
    facts = sent()
    (blob,) = set(blobs()) - before
    content = bytearray(blob.read_bytes())
    content[40] ^= 1
    blob.write_bytes(content)
    with pytest.raises(attachments.Missing):
        attachments.open_file(facts.id)
    blob.unlink()
    with pytest.raises(attachments.Missing):
        attachments.open_file(facts.id)


@pytest.mark.usefixtures("app")
def test_erasing_a_case_destroys_its_files_and_no_others() -> None:
    gone, kept = sent(), sent()
    name_them([gone.id], "GH1", by=CLERK)
    assert erase("GH1", by=CLERK) == 1
    with pytest.raises(Destroyed):
        attachments.open_file(gone.id)
    assert attachments.facts([gone.id])[gone.id].name == ""
    assert attachments.open_file(kept.id)[1] == PNG


@pytest.mark.usefixtures("app")
def test_who_is_in_no_group_hands_in_nothing() -> None:
    with pytest.raises(NotAllowed):
        sent(by=replace(CLERK, groups=frozenset()))


def test_the_application_cannot_delete_files(fresh: Flask) -> None:
    sent()
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        db.session.execute(sa.text("DELETE FROM attachments"))
    db.session.rollback()


@pytest.mark.usefixtures("app")
def test_a_file_is_bound_to_its_own_key() -> None:
    first, second = sent(), sent()
    assert first.id != second.id
    rows = {str(r.id): r for r in db.session.scalars(sa.select(attachments.Attachment))}
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(rows[first.id].key_id, rows[second.id].name, b"name")
