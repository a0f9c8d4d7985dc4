"""The trail: append-only entries, one chain of hashes for each subject."""

from app.audit.chain import GENESIS, Chained, Kind, Ledger, Subject, kind, kinds, link
from app.audit.checkpoint import Checkpoint, key_id
from app.audit.checkpoint import make as make_checkpoint
from app.audit.checkpoint import read_line as read_checkpoint
from app.audit.entry import (
    COLUMNS,
    Entry,
    as_dict,
    body,
    canonical,
    canonical_json,
    insert_sql,
    sealed_text,
)
from app.audit.export import export, lines
from app.audit.heads import Head, head_update, lock_heads, set_head
from app.audit.partitions import ensure_partitions
from app.audit.verify import Finding, Outcome, verify, verify_export
from app.audit.writes import tables_changed

__all__ = [
    "COLUMNS",
    "GENESIS",
    "Chained",
    "Checkpoint",
    "Entry",
    "Finding",
    "Head",
    "Kind",
    "Ledger",
    "Outcome",
    "Subject",
    "as_dict",
    "body",
    "canonical",
    "canonical_json",
    "ensure_partitions",
    "export",
    "head_update",
    "insert_sql",
    "key_id",
    "kind",
    "kinds",
    "lines",
    "link",
    "lock_heads",
    "make_checkpoint",
    "read_checkpoint",
    "sealed_text",
    "set_head",
    "tables_changed",
    "verify",
    "verify_export",
]
