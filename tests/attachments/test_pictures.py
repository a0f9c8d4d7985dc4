"""Small pictures: the right way up, kept sealed; bombs and broken files cost little."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
import zlib
from io import BytesIO

import pytest
import sqlalchemy as sa
from flask import Flask

from app import attachments
from app.attachments import pictures
from app.db import db
from app.errors import Invalid, NotFound
from app.work import SYSTEM
from tests.attachments.conftest import CLERK, opened, photo, sheets
from tests.attachments.test_files import PNG, blobs, erase, name_them

JPEG, PDF_KIND = "image/jpeg", "application/pdf"


def sent(content: bytes) -> attachments.FileFacts:
    return attachments.upload(BytesIO(content), "件", by=CLERK)


def bomb() -> bytes:
    """A PNG of a few hundred kilobytes that unpacks to 30,000 by 30,000 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        check = zlib.crc32(name + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + name + data + check

    side = (30_000).to_bytes(4, "big")
    rows = zlib.compress(b"\0" * (30_001 * 300), 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", side + side + b"\x08\0\0\0\0")
        + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )  # fmt: skip


def test_a_phone_held_upright_gives_an_upright_picture() -> None:
    drawn = attachments.draw(photo(turned=True), JPEG, most=160)
    found = opened(drawn.picture)
    assert found.size == (107, 160)
    # Red lay on the left; turned to the right it is on top.
    assert found.getpixel((50, 20))[0] > 200
    assert found.getpixel((50, 140))[2] > 200


def test_pages_of_a_pdf_are_counted_and_drawn() -> None:
    content = sheets((600, 800), (800, 600))
    first, second = (attachments.draw(content, PDF_KIND, page, most=400) for page in (1, 2))
    assert (first.pages, second.pages) == (2, 2)
    assert [opened(one.picture).size for one in (first, second)] == [(300, 400), (400, 300)]


def chinese_without_font() -> bytes:
    """A PDF that names a Chinese font and carries none, as many office programs write them."""
    text = "水表过户".encode("gbk").hex()
    stream = f"BT /F1 40 Tf 20 80 Td <{text}> Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/GBK-EUC-H"
        b"/DescendantFonts[6 0 R]>>",
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/FontDescriptor 7 0 R/DW 1000"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>>>",
        b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[0 -200 1000 900]"
        b"/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 93>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % one for one in places)
    head = b"xref\n0 8\n0000000000 65535 f \n" + table
    return out + head + b"trailer<</Size 8/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)


def test_chinese_without_its_font_is_not_blank() -> None:
    drawn = opened(attachments.draw(chinese_without_font(), PDF_KIND, most=400).picture)
    dark = sum(drawn.convert("L").histogram()[:100])
    assert dark > 1000


@pytest.mark.parametrize(
    ("content", "kind", "fault"),
    [
        (bomb(), "image/png", "too_large"),
        (PNG, "image/png", "broken"),
        (b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n", PDF_KIND, "broken"),
        (photo()[:300] + b"\xff\xd9", JPEG, "broken"),
    ],
)
def test_bombs_and_broken_files_give_no_picture_and_cost_little(
    content: bytes, kind: str, fault: str
) -> None:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, time.monotonic()
    with pytest.raises(attachments.NoPicture) as caught:
        attachments.draw(content, kind)
    assert caught.value.details["fault"] == fault
    assert time.monotonic() - started < 15
    # Kilobytes: the largest child so far, or this one within its limit.
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert most == before or most < 1_100_000


def test_what_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "SECONDS", 0.01)
    with pytest.raises(attachments.NoPicture, match="太复杂"):
        attachments.draw(photo(4000, 3000), JPEG)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own filter")
@pytest.mark.parametrize(
    "deed",
    [
        "open('/etc/hostname')",
        "socket.socket()",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
    ],
)
def test_who_breaks_into_the_drawing_finds_everything_shut(deed: str) -> None:
    program = (
        f"import sys, os, socket; sys.path.insert(0, {str(pictures.DRAW.parent)!r})\n"
        f"import draw_file; draw_file.shut_in()\n"
        f"try:\n    {deed}\nexcept PermissionError:\n    print('shut')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stdout == "shut\n"


# --- thumbnails ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("app")
def test_a_thumbnail_is_kept_sealed_under_the_files_own_key() -> None:
    facts = sent(photo())
    before = set(blobs())
    assert attachments.keep_thumbnail(facts.id, by=SYSTEM)
    (blob,) = set(blobs()) - before
    assert b"WEBP" not in blob.read_bytes()
    thumb = attachments.thumbnails([facts.id])[facts.id]
    assert opened(thumb.picture).size == (160, 107)
    assert len(thumb.picture) < 4000
    assert attachments.keep_thumbnail(facts.id, by=SYSTEM)
    assert set(blobs()) - before == {blob}


@pytest.mark.usefixtures("app")
def test_a_pdf_has_the_thumbnail_of_its_first_page_and_says_how_many() -> None:
    facts = sent(sheets((600, 800), (600, 800), (600, 800)))
    attachments.keep_thumbnail(facts.id, by=SYSTEM)
    assert attachments.thumbnails([facts.id])[facts.id].pages == 3
    assert attachments.pages_of(facts.id) == 3
    page = attachments.page_of(*attachments.open_file(facts.id), 3)
    assert page.pages == 3
    with pytest.raises(NotFound):
        attachments.page_of(*attachments.open_file(facts.id), 4)


@pytest.mark.usefixtures("app")
def test_what_cannot_be_drawn_is_tried_once_and_said() -> None:
    facts = sent(PNG)
    assert not attachments.keep_thumbnail(facts.id, by=SYSTEM)
    assert attachments.thumbnails([facts.id])[facts.id].fault == "broken"
    assert attachments.without_thumbnail() == []


@pytest.mark.usefixtures("app")
def test_with_its_key_a_thumbnail_is_destroyed() -> None:
    facts, later = sent(photo()), sent(photo())
    name_them([facts.id, later.id], "GH1", by=CLERK)
    attachments.keep_thumbnail(facts.id, by=SYSTEM)
    erase("GH1", by=CLERK)
    assert attachments.thumbnails([facts.id]) == {}
    assert not attachments.keep_thumbnail(later.id, by=SYSTEM)
    assert attachments.without_thumbnail() == []


def test_a_file_handed_in_asks_for_its_thumbnail_and_one_refused_does_not(fresh: Flask) -> None:
    facts = sent(photo())
    asked = sa.text("SELECT args->>'file_id' FROM procrastinate_jobs WHERE task_name = :name")
    jobs = list(db.session.scalars(asked, {"name": "draw_thumbnail"}))
    assert jobs == [facts.id]
    db.session.rollback()
    with pytest.raises(Invalid):
        sent(b"no paper")
    assert list(db.session.scalars(asked, {"name": "draw_thumbnail"})) == jobs


def test_the_command_makes_those_that_are_missing(app: Flask) -> None:
    first, broken = sent(photo()), sent(PNG)
    done = app.test_cli_runner().invoke(args=["files", "thumbnails"])
    assert done.output == "做成 1 件。\n"
    assert set(attachments.thumbnails([first.id, broken.id])) == {first.id, broken.id}
