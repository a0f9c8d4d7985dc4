"""Signed checkpoints over the heads of all chains; the application may add and read them.

Revision ID: 0012_checkpoints
Revises: 0011_promised_papers
"""

from alembic import op

from migrations import roles

revision = "0012_checkpoints"
down_revision = "0011_promised_papers"
branch_labels = None
depends_on = None

CHECKPOINTS = """
CREATE TABLE checkpoints (
    number integer CONSTRAINT pk_checkpoints PRIMARY KEY,
    at timestamptz NOT NULL,
    subjects integer NOT NULL,
    digest bytea NOT NULL,
    previous bytea NOT NULL,
    key_id text NOT NULL,
    signature bytea NOT NULL
)
"""

# By number for the digest of one checkpoint, by subject to read beside the chains.
HEADS = """
CREATE TABLE checkpoint_heads (
    number integer NOT NULL,
    subject_kind text COLLATE "C" NOT NULL,
    subject_key text COLLATE "C" NOT NULL,
    seq integer NOT NULL,
    head bytea NOT NULL,
    CONSTRAINT pk_checkpoint_heads PRIMARY KEY (subject_kind, subject_key, seq)
)
"""


def upgrade() -> None:
    """Make both tables; nobody but the owner may change what stands in them."""
    op.execute(CHECKPOINTS)
    op.execute(HEADS)
    op.execute("CREATE INDEX ix_checkpoint_heads_number ON checkpoint_heads (number)")
    for table in ("checkpoints", "checkpoint_heads"):
        for role, rights in ((roles.application(), "SELECT, INSERT"), (roles.auditor(), "SELECT")):
            roles.revoke("ALL", table, role)
            roles.grant(rights, table, role)


def downgrade() -> None:
    """Drop both."""
    op.execute("DROP TABLE checkpoint_heads, checkpoints")
