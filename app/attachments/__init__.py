"""Attachments: files by hash, sealed; never deleted, only superseded."""

from app.attachments.files import (
    FileFacts,
    cases_of,
    destroy_of_case,
    exists,
    facts,
    known,
    name_in_case,
    naming,
    of_case,
    open_file,
    open_for,
    store,
    supersede,
    upload,
)
from app.attachments.models import Attachment, NamedIn
from app.attachments.shelf import Missing

__all__ = [
    "Attachment",
    "FileFacts",
    "Missing",
    "NamedIn",
    "cases_of",
    "destroy_of_case",
    "exists",
    "facts",
    "known",
    "name_in_case",
    "naming",
    "of_case",
    "open_file",
    "open_for",
    "store",
    "supersede",
    "upload",
]
