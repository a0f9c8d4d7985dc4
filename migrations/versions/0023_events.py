"""Signals across cases, messages that are kept for who comes to wait, timers that open cases.

Only adds: code from before runs on with it, and what it subscribes to are messages, as the default
says.

Revision ID: 0023_events
Revises: 0022_views
"""

from alembic import op

revision = "0023_events"
down_revision = "0022_views"
branch_labels = None
depends_on = None

SUBSCRIPTIONS = """
    ALTER TABLE subscriptions ADD COLUMN kind text NOT NULL DEFAULT 'message'
        CONSTRAINT ck_subscriptions_kind CHECK (kind IN ('message', 'signal'))
"""
# body: sealed; key_id: the case's that threw it, or its own; bound: what the seal is bound to.
# sent_…: who handed it in, whose right is looked at when a case takes it; sent_by null: nobody.
# failed_for: the case that could not take it; it is left alone until somebody mends that.
# No reference to cases: the lock of one would make a sender wait for a counter.
MESSAGES = """
    CREATE TABLE kept_messages (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_kept_messages PRIMARY KEY,
        name text NOT NULL,
        key text NOT NULL,
        body bytea NOT NULL,
        key_id uuid NOT NULL CONSTRAINT fk_kept_messages_key_id_data_keys REFERENCES data_keys,
        bound text NOT NULL,
        sender text,
        sent_by bigint,
        sent_groups text[] NOT NULL DEFAULT '{}',
        sent_region text,
        sent_anywhere boolean NOT NULL DEFAULT false,
        failed_for bigint,
        created_at timestamptz NOT NULL,
        until timestamptz NOT NULL
    );
    CREATE INDEX ix_kept_messages_key ON kept_messages (name, key, id);
    CREATE INDEX ix_kept_messages_until ON kept_messages (until)
"""
# One row for each case that listened when the signal was thrown (waits: its subscriptions then),
# and for each start. Rows go when they have been told; the signal goes with the last of them.
SIGNALS = """
    CREATE TABLE signals (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_signals PRIMARY KEY,
        name text NOT NULL,
        body bytea NOT NULL,
        key_id uuid NOT NULL CONSTRAINT fk_signals_key_id_data_keys REFERENCES data_keys,
        bound text NOT NULL,
        sender text,
        depth integer NOT NULL DEFAULT 0,
        at timestamptz NOT NULL
    );
    CREATE TABLE signal_receivers (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_signal_receivers PRIMARY KEY,
        signal_id bigint NOT NULL CONSTRAINT fk_signal_receivers_signal_id_signals
            REFERENCES signals,
        case_id bigint,
        waits text[] NOT NULL DEFAULT '{}',
        procedure text,
        element text,
        CONSTRAINT ck_signal_receivers_one CHECK ((case_id IS NULL) = (procedure IS NOT NULL))
    );
    CREATE INDEX ix_signal_receivers_signal_id ON signal_receivers (signal_id)
"""
# says: the timer as it is drawn; due_at null: never again; fired: rounds that have been.
TIMERS = """
    CREATE TABLE start_timers (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_start_timers PRIMARY KEY,
        procedure text NOT NULL,
        element text NOT NULL,
        says text NOT NULL,
        due_at timestamptz,
        last_due timestamptz,
        fired integer NOT NULL DEFAULT 0,
        queued boolean NOT NULL DEFAULT false,
        CONSTRAINT uq_start_timers_says UNIQUE (procedure, element, says)
    );
    CREATE INDEX ix_start_timers_due ON start_timers (due_at) WHERE NOT queued
"""
# A start that fails has no case; procedure says what should have been opened.
INCIDENTS = """
    ALTER TABLE incidents ALTER COLUMN case_id DROP NOT NULL,
        ADD COLUMN procedure text,
        DROP CONSTRAINT ck_incidents_kind,
        ADD CONSTRAINT ck_incidents_kind CHECK
            (kind IN ('timer', 'service', 'message', 'signal', 'start')),
        ADD CONSTRAINT ck_incidents_of CHECK ((kind = 'start') = (case_id IS NULL));
    CREATE UNIQUE INDEX uq_incidents_start ON incidents (ref)
        WHERE case_id IS NULL AND resolved_at IS NULL
"""


def upgrade() -> None:
    """Add them."""
    for sql in (SUBSCRIPTIONS, MESSAGES, SIGNALS, TIMERS, INCIDENTS):
        op.execute(sql)


def downgrade() -> None:
    """Take them away, with the incidents that were not known before."""
    op.execute("""
        DROP INDEX uq_incidents_start;
        DELETE FROM incidents WHERE kind IN ('signal', 'start');
        ALTER TABLE incidents DROP CONSTRAINT ck_incidents_of, DROP CONSTRAINT ck_incidents_kind,
            ADD CONSTRAINT ck_incidents_kind CHECK (kind IN ('timer', 'service', 'message')),
            DROP COLUMN procedure, ALTER COLUMN case_id SET NOT NULL;
        DROP TABLE start_timers, signal_receivers, signals, kept_messages;
        DELETE FROM subscriptions WHERE kind = 'signal';
        ALTER TABLE subscriptions DROP COLUMN kind
    """)
