"""Indexes of tables that are in use: made beside the work."""

from __future__ import annotations

from alembic import op


def create(name: str, on: str, *, unique: bool = False) -> None:
    """Make an index while rows go on being written. ``on``: ``ON table …``.

    It waits for the transactions under way, as long as they take, and nobody waits for it. What a
    broken attempt has left is no index, though it has the name: it is taken away first.
    """
    kind = "UNIQUE INDEX" if unique else "INDEX"
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.execute(f"CREATE {kind} CONCURRENTLY {name} {on}")
        op.execute("RESET lock_timeout")
