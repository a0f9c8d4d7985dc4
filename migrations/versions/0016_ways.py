"""What counters need beside the drawing: steps taken up again, tasks beside a task, watchers,
alerts for persons, an extended limit.

Revision ID: 0016_ways
Revises: 0012_checkpoints
"""

from alembic import op

revision = "0016_ways"
down_revision = "0012_checkpoints"
branch_labels = None
depends_on = None

# again: the earlier task whose answers are offered; beside: the task that a side task belongs to;
# side: ask (请示), sign (加签), extend (延期); words: what is asked and answered, sealed.
TASKS = """
ALTER TABLE tasks
    ADD COLUMN again bigint,
    ADD COLUMN side text CONSTRAINT ck_tasks_side CHECK (side IN ('ask', 'sign', 'extend')),
    ADD COLUMN beside bigint,
    ADD COLUMN words bytea
"""
CASES = "ALTER TABLE cases ADD COLUMN extended boolean NOT NULL DEFAULT false"
STATUS = """
ALTER TABLE cases DROP CONSTRAINT ck_cases_status,
    ADD CONSTRAINT ck_cases_status
        CHECK (status IN ('open', 'ended', 'withdrawn', 'forced', 'merged'))
"""
OLD_STATUS = """
ALTER TABLE cases DROP CONSTRAINT ck_cases_status,
    ADD CONSTRAINT ck_cases_status CHECK (status IN ('open', 'ended', 'withdrawn'))
"""
ALERTS = """
CREATE TABLE alerts (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_alerts PRIMARY KEY,
    person_id bigint NOT NULL,
    kind text NOT NULL,
    case_number text NOT NULL,
    task_id bigint,
    step text,
    by_name text,
    at timestamptz NOT NULL,
    read_at timestamptz
);
CREATE INDEX ix_alerts_person_id ON alerts (person_id, id) WHERE read_at IS NULL
"""


def upgrade() -> None:
    """Add them."""
    for sql in (TASKS, CASES, STATUS, ALERTS):
        op.execute(sql)


def downgrade() -> None:
    """Take them away; cases ended by force or merged count as withdrawn."""
    op.execute("DROP TABLE alerts")
    op.execute("UPDATE cases SET status = 'withdrawn' WHERE status IN ('forced', 'merged')")
    op.execute(OLD_STATUS)
    op.execute("ALTER TABLE cases DROP COLUMN extended")
    op.execute(
        "ALTER TABLE tasks DROP COLUMN again, DROP COLUMN side, DROP COLUMN beside,"
        " DROP COLUMN words"
    )
