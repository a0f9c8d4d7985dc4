"""`python -m tools.migrate [--expand]`: bring the database of this installation to the newest
migration; with --expand only as far as the release before runs on beside this one."""

from __future__ import annotations

import sys

from app.config import need_database, settings
from tools.migrations import last_expanding, upgrade


def main() -> None:
    """Run the migrations as the owner of the database."""
    chosen = need_database(settings())
    owner = chosen.database_owner_url or chosen.database_url
    to = last_expanding(owner) if "--expand" in sys.argv[1:] else "head"
    upgrade(owner, chosen.database_url, chosen.database_auditor_url, to)


if __name__ == "__main__":
    main()
