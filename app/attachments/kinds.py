"""What a file is, by its content: its name and what the sender says of it count for nothing."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

from app.errors import Invalid
from app.texts import T, Text

JPEG, PNG, PDF = "image/jpeg", "image/png", "application/pdf"
STARTS = ((b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG), (b"%PDF-", PDF))
# Whole files end so; a transfer that broke off does not. Some writers add blanks or more behind.
ENDS = {JPEG: b"\xff\xd9", PNG: b"IEND\xaeB`\x82", PDF: b"%%EOF"}
TAIL = 2048
ENDINGS = {JPEG: ".jpg", PNG: ".png", PDF: ".pdf"}
MOST_NAME = 200


def wrong(text: Text) -> Invalid:
    """The error that every fault of a file is."""
    return Invalid(text, fields={"file": text})


def kind_of(content: bytes) -> str:
    """The type of a file. Raises Invalid for another kind, or one that broke off."""
    if not content:
        raise wrong(T("文件是空的，请重新选择。"))
    found = next((kind for start, kind in STARTS if content.startswith(start)), None)
    if found is None:
        raise wrong(T("只接受 JPG、PNG 图片或 PDF 文件，请转换后再上传。"))
    if ENDS[found] not in content[-TAIL:]:
        raise wrong(T("文件不完整，可能没有传完，请重新上传。"))
    return found


def clean_name(given: str | None, kind: str) -> str:
    """A file's name without folders and control characters, with the ending of its kind."""
    name = PureWindowsPath(PurePosixPath(given or "").name).name
    name = "".join(c for c in name if c.isprintable()).strip(" .")
    ending = ENDINGS[kind]
    known = (ending, ".jpeg") if kind == JPEG else (ending,)
    stem = name[:MOST_NAME]
    return stem if stem.lower().endswith(known) else (stem or "file") + ending
