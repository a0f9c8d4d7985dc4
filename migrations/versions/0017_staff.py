"""Deputies with dates, leaders of groups, first passwords, whom a session acts for.

Revision ID: 0017_staff
Revises: 0016_ways
"""

from alembic import op

revision = "0017_staff"
down_revision = "0016_ways"
branch_labels = None
depends_on = None

STAFF = """
ALTER TABLE persons ADD COLUMN must_change_password boolean NOT NULL DEFAULT false;
ALTER TABLE memberships ADD COLUMN leader boolean NOT NULL DEFAULT false;
ALTER TABLE sessions ADD COLUMN acting_for bigint
    CONSTRAINT fk_sessions_acting_for_persons REFERENCES persons;
CREATE TABLE deputies (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_deputies PRIMARY KEY,
    person_id bigint NOT NULL CONSTRAINT fk_deputies_person_id_persons REFERENCES persons,
    deputy_id bigint NOT NULL CONSTRAINT fk_deputies_deputy_id_persons REFERENCES persons,
    from_day date NOT NULL,
    until_day date NOT NULL,
    ended_at timestamptz,
    CONSTRAINT ck_deputies_days CHECK (until_day >= from_day),
    CONSTRAINT ck_deputies_other CHECK (person_id <> deputy_id)
);
CREATE INDEX ix_deputies_deputy_id ON deputies (deputy_id) WHERE ended_at IS NULL;
CREATE INDEX ix_deputies_person_id ON deputies (person_id);
"""


def upgrade() -> None:
    """Add them."""
    op.execute(STAFF)


def downgrade() -> None:
    """Take them away."""
    op.execute("""
        DROP TABLE deputies;
        ALTER TABLE sessions DROP COLUMN acting_for;
        ALTER TABLE memberships DROP COLUMN leader;
        ALTER TABLE persons DROP COLUMN must_change_password;
    """)
