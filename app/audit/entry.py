"""An entry of the trail: its columns, its canonical form, its row."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db import db

# In the order of the table; ``hash`` stands last and is over all the others.
COLUMNS = (
    "at",
    "subject_kind",
    "subject_key",
    "seq",
    "prev_hash",
    "position",
    "actor_id",
    "actor_login",
    "behalf_of",
    "as_group",
    "channel",
    "address",
    "action",
    "case_number",
    "procedure",
    "version",
    "release",
    "element",
    "clause",
    "comment",
    "body",
    "sealed",
)
AT, KIND, KEY, SEQ, PREVIOUS = range(5)
HASH = len(COLUMNS)


class Entry(db.Model):  # type: ignore[misc, name-defined]
    """One entry, for reading; written only by ``app.work``.

    Its identity is (subject, seq): the month stands in the key because the table is cut by it.
    """

    __tablename__ = "trail"

    subject_kind: Mapped[str] = mapped_column(primary_key=True)
    subject_key: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), primary_key=True)
    prev_hash: Mapped[bytes]
    hash: Mapped[bytes]
    position: Mapped[int]
    actor_id: Mapped[int | None]
    actor_login: Mapped[str]
    behalf_of: Mapped[int | None]
    as_group: Mapped[str | None]
    channel: Mapped[str]
    address: Mapped[str | None]
    action: Mapped[str]
    case_number: Mapped[str | None]
    procedure: Mapped[str | None]
    version: Mapped[str | None]
    release: Mapped[str | None]
    element: Mapped[str | None]
    clause: Mapped[str | None]
    comment: Mapped[str | None]
    body: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    sealed: Mapped[dict[str, str] | None] = mapped_column(sa.JSON)


def _plain(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    if isinstance(value, (set, frozenset, tuple)):
        return sorted(value) if not isinstance(value, tuple) else list(value)
    return str(value)


def canonical_json(value: Any) -> str:
    """One text for one value: keys sorted, no spaces, UTF-8."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS
    return orjson.dumps(value, default=_plain, option=options).decode()


def body(before: Any, after: Any, hashes: Any) -> str:
    """The text of an entry's body; what is not given is not in it."""
    given = {"before": before, "after": after, "hashes": hashes}
    return canonical_json({name: value for name, value in given.items() if value is not None})


def sealed_text(sealed: Mapping[str, bytes] | None) -> str | None:
    """Ciphertexts as canonical JSON (base64), None for none."""
    if not sealed:
        return None
    return canonical_json({k: base64.b64encode(v).decode() for k, v in sealed.items()})


def as_dict(row: Sequence[Any]) -> dict[str, Any]:
    """An entry as it is exported: columns by name, time in UTC, bytes as hex."""
    at: datetime = row[AT]
    previous: bytes = row[PREVIOUS]
    return dict(
        zip(COLUMNS, (_stamp(at), *row[1:PREVIOUS], previous.hex(), *row[5:HASH]), strict=True)
    )


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def canonical(row: Sequence[Any]) -> bytes:
    """What an entry's hash is over, beside the hash before it."""
    return orjson.dumps(as_dict(row), option=orjson.OPT_SORT_KEYS)


@lru_cache(maxsize=64)
def insert_sql(rows: int) -> str:
    """One INSERT for that many entries, parameters in the order of COLUMNS, then hash."""
    places = "(" + ",".join(["%s"] * (len(COLUMNS) + 1)) + ")"
    return f"INSERT INTO trail ({','.join(COLUMNS)},hash) VALUES " + ",".join([places] * rows)
