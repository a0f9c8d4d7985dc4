"""The queue's schema, and what the roles may do by default."""

from __future__ import annotations

from alembic import op
from procrastinate.schema import SchemaManager

from migrations import roles

revision = "0001_queue"
down_revision = None


def upgrade() -> None:
    """Default rights first, so that they hold for every table that follows."""
    for role, rights in (
        (roles.application(), "SELECT, INSERT, UPDATE, DELETE"),
        (roles.auditor(), "SELECT"),
    ):
        if not role or role == roles.owner():
            continue
        op.execute(f'GRANT USAGE ON SCHEMA public TO "{role}"')
        default = "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT"
        op.execute(f'{default} {rights} ON TABLES TO "{role}"')
        if role == roles.application():
            op.execute(f'{default} USAGE, SELECT, UPDATE ON SEQUENCES TO "{role}"')
            op.execute(f'{default} EXECUTE ON FUNCTIONS TO "{role}"')
    # The driver reads % as a placeholder only when parameters are given: none are.
    op.get_bind().connection.driver_connection.execute(SchemaManager.get_schema())
