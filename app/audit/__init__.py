"""The trail: append-only entries, one chain of hashes for each subject."""

from app.audit.chain import GENESIS, Chained, Kind, Ledger, Subject, kind, kinds, link
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
from app.audit.partitions import ensure_partitions

__all__ = [
    "COLUMNS",
    "GENESIS",
    "Chained",
    "Entry",
    "Kind",
    "Ledger",
    "Subject",
    "as_dict",
    "body",
    "canonical",
    "canonical_json",
    "ensure_partitions",
    "insert_sql",
    "kind",
    "kinds",
    "link",
    "sealed_text",
]
