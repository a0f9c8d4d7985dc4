"""Another master key: every data key is wrapped again, no sealed value is touched."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

from app.db import db
from app.errors import Invalid
from app.sealing.data_keys import DataKey, unwrap, wrap
from app.sealing.master_keys import Master, masters, new_master, replace_masters, reread
from app.texts import T


def rotate_master(to: str | None = None) -> int:
    """Wrap every data key again, under a new master key or the one named; gives how many.

    Runs in the caller's transaction. The old key stays in the file until ``prune_masters``,
    so a rollback, or a crash between file and commit, loses nothing. Raises Invalid (``to``).
    """
    known = reread().keys
    first = _named(known, to) if to else new_master()
    replace_masters((first, *(each for each in known if each != first)))
    rows = db.session.execute(
        sa.select(DataKey.id, DataKey.wrapped)
        .where(DataKey.wrapped.is_not(None), DataKey.master_id != masters().current.id)
        .with_for_update()
    ).all()
    if rows:
        db.session.execute(sa.update(DataKey), [_rewrapped(id, wrapped) for id, wrapped in rows])
    return len(rows)


def _named(keys: tuple[Master, ...], name: str) -> Master:
    for each in keys:
        if each.id == name:
            return each
    raise Invalid(fields={"to": T("主密钥文件中没有 {name}。", name=name)})


def _rewrapped(key_id: uuid.UUID, wrapped: bytes | None) -> dict[str, Any]:
    return {"id": key_id, "wrapped": wrap(unwrap(wrapped)), "master_id": masters().current.id}


def prune_masters() -> None:
    """Drop master keys from the file that no data key is wrapped under any more."""
    living = DataKey.wrapped.is_not(None)
    used = set(db.session.scalars(sa.select(DataKey.master_id).where(living).distinct()))
    kept = tuple(m for i, m in enumerate(reread().keys) if i == 0 or m.id in used)
    replace_masters(kept)
    unwrap.cache_clear()
