"""Working time: years filled in, hours and days of branches, limits with their pauses, both times.

Only adds. Code from before runs on with it: cases that it moves keep their whole days in
``paused_days``, which count beside the pauses kept since.

Revision ID: 0029_time
Revises: 0028_papers
"""

from __future__ import annotations

from alembic import op

revision = "0029_time"
down_revision = "0028_papers"
branch_labels = None
depends_on = None

CALENDARS = """
    CREATE TABLE calendar_years (
        year integer CONSTRAINT pk_calendar_years PRIMARY KEY,
        filled_by text NOT NULL,
        filled_at timestamptz NOT NULL
    );
    ALTER TABLE branches ADD COLUMN hours json;
    CREATE TABLE branch_days (
        branch_id bigint NOT NULL CONSTRAINT fk_branch_days_branch_id_branches REFERENCES branches,
        day date NOT NULL,
        workday boolean NOT NULL,
        name text NOT NULL DEFAULT '',
        CONSTRAINT pk_branch_days PRIMARY KEY (branch_id, day)
    );
    -- One round over the open cases; last_case: how far it is.
    CREATE TABLE limit_runs (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_limit_runs PRIMARY KEY,
        why text NOT NULL,
        asked_at timestamptz NOT NULL,
        asked_by text NOT NULL,
        started_at timestamptz,
        finished_at timestamptz,
        calendars jsonb NOT NULL DEFAULT '{}',
        last_case bigint NOT NULL DEFAULT 0,
        total integer NOT NULL DEFAULT 0,
        seen integer NOT NULL DEFAULT 0,
        changed integer NOT NULL DEFAULT 0,
        failed integer NOT NULL DEFAULT 0
    );
    CREATE UNIQUE INDEX uq_limit_runs_waiting ON limit_runs ((true)) WHERE started_at IS NULL
"""
# clock: what the due moment follows from: limit (l), days more (x), pauses (p); see cases/clock.py.
# paused_by: why the clock stands; of a task paused_since: since when, as of its case.
# limited: a task's own limit, limit_name the setting that it was named by; counted: its own date,
# or a timer's, was worked out by the calendar.
CASES = """
    ALTER TABLE cases
        ADD COLUMN clock jsonb NOT NULL DEFAULT '{}',
        ADD COLUMN paused_by text,
        ADD COLUMN gross_seconds bigint,
        ADD COLUMN net_seconds bigint;
    ALTER TABLE tasks
        ADD COLUMN limited text,
        ADD COLUMN limit_name text,
        ADD COLUMN counted boolean NOT NULL DEFAULT false,
        ADD COLUMN paused_since timestamptz,
        ADD COLUMN gross_seconds bigint,
        ADD COLUMN net_seconds bigint;
    ALTER TABLE timers ADD COLUMN counted boolean NOT NULL DEFAULT true;
    CREATE INDEX ix_timers_counted ON timers (case_id) WHERE counted
"""
# What stands still now, and by how many days open cases were extended, which only the trail knew.
FILL = """
    UPDATE tasks t SET paused_since = c.paused_since FROM cases c
        WHERE c.id = t.case_id AND t.status = 'open' AND c.paused_since IS NOT NULL;
    UPDATE cases c SET paused_by = (SELECT string_agg(DISTINCT t.name, '、') FROM tasks t
            WHERE t.case_id = c.id AND t.status = 'open' AND t.paused)
        WHERE c.status = 'open' AND c.paused_since IS NOT NULL;
    UPDATE cases c SET clock = jsonb_build_object('x', d.days)
        FROM (SELECT case_number, (body -> 'after' ->> 'days')::integer AS days FROM trail
              WHERE action = 'extend:answer' AND body -> 'after' ->> 'days' IS NOT NULL) d
        WHERE d.case_number = c.number AND c.extended AND c.status = 'open'
"""


def upgrade() -> None:
    """Add them."""
    for sql in (CALENDARS, CASES, FILL):
        op.execute(sql)


def downgrade() -> None:
    """Take them away."""
    op.execute("""
        DROP INDEX ix_timers_counted;
        ALTER TABLE timers DROP COLUMN counted;
        ALTER TABLE tasks DROP COLUMN limited, DROP COLUMN limit_name, DROP COLUMN counted,
            DROP COLUMN paused_since, DROP COLUMN gross_seconds, DROP COLUMN net_seconds;
        ALTER TABLE cases DROP COLUMN clock, DROP COLUMN paused_by, DROP COLUMN gross_seconds,
            DROP COLUMN net_seconds;
        DROP TABLE limit_runs, branch_days;
        ALTER TABLE branches DROP COLUMN hours;
        DROP TABLE calendar_years
    """)
