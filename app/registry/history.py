"""The history of what the register holds: read off the trail, which nobody can alter."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app.audit import Entry
from app.db import db
from app.registry import private
from app.registry.facts import Change
from app.registry.private import Vault

KINDS = ("account", "customer", "meter", "material", "volume")


def history(kind: str, id: object) -> list[Change]:
    """All changes of an account, customer, meter, material or volume, oldest first.

    Personal values are opened; ``personal`` names them, for the doors to mask. Those that were
    destroyed by law are left out and ``destroyed`` is set.
    """
    rows = db.session.execute(
        sa.select(
            Entry.seq,
            Entry.at,
            Entry.actor_login,
            Entry.action,
            Entry.case_number,
            Entry.body,
            Entry.sealed,
        )
        .where(Entry.subject_kind == kind, Entry.subject_key == str(id))
        .order_by(Entry.seq)
    ).all()
    keys = private.vaults(_owner(name) for row in rows for name in row.sealed or {})
    return [_change(row, keys) for row in rows]


def _owner(name: str) -> int:
    return int(name.split(":", 1)[1])


def _change(row: Any, keys: Mapping[int, Vault | None]) -> Change:
    sides = {side: dict(row.body.get(side) or {}) for side in ("before", "after")}
    personal: set[str] = set()
    destroyed = False
    for name, text in (row.sealed or {}).items():
        vault = keys.get(_owner(name))
        if vault is None:
            destroyed = True
            continue
        values = vault.open(base64.b64decode(text), "trail")
        sides[name.split(":", 1)[0]] |= values
        personal |= values.keys()
    return Change(
        row.seq,
        row.at,
        row.actor_login,
        row.action,
        row.case_number,
        sides["before"],
        sides["after"],
        frozenset(personal),
        destroyed,
    )
