"""`python -m tools.migrate`: bring the database of this installation to the newest migration."""

from __future__ import annotations

from app.config import need_database, settings
from tools.migrations import upgrade


def main() -> None:
    """Run the migrations as the owner of the database."""
    chosen = need_database(settings())
    owner = chosen.database_owner_url or chosen.database_url
    upgrade(owner, chosen.database_url, chosen.database_auditor_url)


if __name__ == "__main__":
    main()
