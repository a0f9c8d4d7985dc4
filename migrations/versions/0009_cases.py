"""Cases, their open tasks, timers and subscriptions, outside calls, incidents, drafts."""

from __future__ import annotations

from alembic import op

revision = "0009_cases"
down_revision = "0008_registry"
branch_labels = None
depends_on = None

CASES = """
    -- state: the engine's state, sealed under the case's key; card: what lists show of a
    -- person, sealed likewise; waits: ids of what is open, so that a move needs no second read.
    CREATE SEQUENCE case_id_seq;
    CREATE TABLE cases (
        id bigint CONSTRAINT pk_cases PRIMARY KEY,
        number text NOT NULL CONSTRAINT uq_cases_number UNIQUE,
        procedure text NOT NULL,
        version integer NOT NULL,
        release_id integer NOT NULL CONSTRAINT fk_cases_release_id_releases REFERENCES releases,
        parent_id bigint CONSTRAINT fk_cases_parent_id_cases REFERENCES cases,
        key_id uuid NOT NULL,
        state bytea NOT NULL,
        card bytea,
        open_vars jsonb NOT NULL DEFAULT '{}',
        waits jsonb NOT NULL DEFAULT '{}',
        doers jsonb NOT NULL DEFAULT '{}',
        task_count integer NOT NULL DEFAULT 0,
        account_no text,
        address text,
        region text,
        branch text,
        status text NOT NULL DEFAULT 'open'
            CONSTRAINT ck_cases_status CHECK (status IN ('open', 'ended', 'withdrawn')),
        outcome text,
        register_changed boolean NOT NULL DEFAULT false,
        first_receiver bigint,
        started_at timestamptz NOT NULL,
        ended_at timestamptz,
        due_at timestamptz,
        paused_since timestamptz,
        paused_seconds bigint NOT NULL DEFAULT 0,
        paused_days integer NOT NULL DEFAULT 0,
        chain_seq integer NOT NULL DEFAULT 0,
        chain_head bytea NOT NULL DEFAULT ''
    ) WITH (fillfactor = 70);
    CREATE INDEX ix_cases_account_no ON cases (account_no);
    CREATE INDEX ix_cases_open ON cases (procedure, version) WHERE status = 'open';
    CREATE INDEX ix_cases_release ON cases (release_id) WHERE status = 'open';
    CREATE INDEX ix_cases_parent ON cases (parent_id) WHERE parent_id IS NOT NULL;
    CREATE INDEX ix_cases_region ON cases (region, id);
    CREATE TABLE case_names (
        hash bytea NOT NULL,
        kind text NOT NULL,
        case_id bigint NOT NULL CONSTRAINT fk_case_names_case_id_cases REFERENCES cases,
        CONSTRAINT pk_case_names PRIMARY KEY (hash, kind, case_id)
    );
    CREATE INDEX ix_case_names_case_id ON case_names (case_id);
"""
TASKS = """
    -- id = case id * 1,000,000 + running number: known before the row is written.
    CREATE TABLE tasks (
        id bigint CONSTRAINT pk_tasks PRIMARY KEY,
        case_id bigint NOT NULL CONSTRAINT fk_tasks_case_id_cases REFERENCES cases,
        engine_id text NOT NULL,
        element text NOT NULL,
        name text NOT NULL,
        procedure text NOT NULL,
        case_procedure text NOT NULL,
        region text,
        instance integer,
        form text,
        groups text[] NOT NULL,
        not_by text[] NOT NULL DEFAULT '{}',
        paused boolean NOT NULL DEFAULT false,
        status text NOT NULL DEFAULT 'open'
            CONSTRAINT ck_tasks_status CHECK (status IN ('open', 'done', 'cancelled')),
        holder bigint,
        holder_name text,
        claimed_at timestamptz,
        created_at timestamptz NOT NULL,
        due_at timestamptz,
        own_due boolean NOT NULL DEFAULT false,
        closed_at timestamptz,
        closed_by bigint,
        closed_by_name text
    ) WITH (fillfactor = 85);
    CREATE UNIQUE INDEX uq_tasks_engine_id ON tasks (case_id, engine_id) WHERE status = 'open';
    CREATE INDEX ix_tasks_case_id ON tasks (case_id);
    CREATE INDEX ix_tasks_groups ON tasks USING gin (groups) WHERE status = 'open';
    CREATE INDEX ix_tasks_due ON tasks (due_at, id) WHERE status = 'open';
    CREATE INDEX ix_tasks_holder ON tasks (holder, due_at) WHERE status = 'open';
    CREATE INDEX ix_tasks_done ON tasks (closed_by, closed_at) WHERE status = 'done';
    CREATE TABLE drafts (
        task_id bigint CONSTRAINT pk_drafts PRIMARY KEY
            CONSTRAINT fk_drafts_task_id_task REFERENCES tasks ON DELETE CASCADE,
        body bytea NOT NULL,
        saved_by bigint,
        saved_at timestamptz NOT NULL
    );
"""
WAITS = """
    CREATE TABLE timers (
        case_id bigint NOT NULL CONSTRAINT fk_timers_case_id_cases REFERENCES cases,
        engine_id text NOT NULL,
        element text NOT NULL,
        due_at timestamptz NOT NULL,
        queued boolean NOT NULL DEFAULT false,
        CONSTRAINT pk_timers PRIMARY KEY (case_id, engine_id)
    );
    CREATE INDEX ix_timers_due ON timers (due_at) WHERE NOT queued;
    CREATE TABLE subscriptions (
        case_id bigint NOT NULL CONSTRAINT fk_subscriptions_case_id_cases REFERENCES cases,
        engine_id text NOT NULL,
        name text NOT NULL,
        key text NOT NULL,
        element text NOT NULL,
        CONSTRAINT pk_subscriptions PRIMARY KEY (case_id, engine_id)
    );
    CREATE INDEX ix_subscriptions_key ON subscriptions (name, key);
    CREATE TABLE service_calls (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_service_calls PRIMARY KEY,
        case_id bigint NOT NULL CONSTRAINT fk_service_calls_case_id_cases REFERENCES cases,
        engine_id text NOT NULL,
        type text NOT NULL,
        element text NOT NULL,
        procedure text NOT NULL,
        inputs bytea NOT NULL,
        answer bytea,
        key text NOT NULL CONSTRAINT uq_service_calls_key UNIQUE,
        status text NOT NULL DEFAULT 'waiting'
            CONSTRAINT ck_service_calls_status CHECK
            (status IN ('waiting', 'answered', 'done', 'spent', 'cancelled')),
        attempts integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL
    );
    CREATE INDEX ix_service_calls_case_id ON service_calls (case_id);
    CREATE TABLE incidents (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_incidents PRIMARY KEY,
        case_id bigint NOT NULL CONSTRAINT fk_incidents_case_id_cases REFERENCES cases,
        kind text NOT NULL CONSTRAINT ck_incidents_kind CHECK
            (kind IN ('timer', 'service', 'message')),
        ref text NOT NULL,
        element text,
        message text NOT NULL,
        payload bytea,
        created_at timestamptz NOT NULL,
        resolved_at timestamptz,
        resolved_by bigint
    );
    CREATE UNIQUE INDEX uq_incidents_ref ON incidents (case_id, kind, ref)
        WHERE resolved_at IS NULL;
    CREATE TABLE idempotency_keys (
        actor text NOT NULL,
        key text NOT NULL,
        request bytea NOT NULL,
        answer jsonb,
        created_at timestamptz NOT NULL,
        CONSTRAINT pk_idempotency_keys PRIMARY KEY (actor, key)
    );
"""


def upgrade() -> None:
    """Make the tables in the order of their references."""
    for part in (CASES, TASKS, WAITS):
        op.execute(part)


def downgrade() -> None:
    """Take the tables away."""
    op.execute("""
        DROP TABLE idempotency_keys, incidents, service_calls, subscriptions, timers, drafts,
            tasks, case_names, cases;
        DROP SEQUENCE case_id_seq;
    """)
