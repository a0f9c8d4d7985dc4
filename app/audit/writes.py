"""Which tables a statement changes, and which of them must leave a trail."""

from __future__ import annotations

import re
from functools import lru_cache

# What may change without a trail: nothing of the business stands in them.
UNTRACED = frozenset(
    {
        "alerts",
        # Drawn from a file, sealed as it is, and drawn again when they are gone.
        "attachment_pictures",
        "drafts",
        "draft_rows",
        "runs",
        "run_parts",
        "sessions",
        "token_uses",
        "throttles",
        "idempotency_keys",
        "timers",
        "start_timers",
        "limit_runs",
        "views",
        "trail",
        "checkpoints",
        "checkpoint_heads",
    }
)
UNTRACED_PREFIX = "procrastinate_"

_CHANGE = re.compile(
    r"(?<!for )(?<!key )(?<!do )\b(?:insert\s+into|update|delete\s+from|merge\s+into"
    r"|truncate(?:\s+table)?|copy)\s+(?:only\s+)?\"?([a-z_][a-z0-9_]*)",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def tables_changed(sql: str) -> frozenset[str]:
    """The tables that a statement changes and that must leave a trail."""
    found = {name.lower() for name in _CHANGE.findall(sql)}
    return frozenset(n for n in found - UNTRACED if not n.startswith(UNTRACED_PREFIX))
