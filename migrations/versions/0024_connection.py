"""New connections: the application, its points, the interlock of an address; contracts and
payments that have no account yet.

Only adds and loosens: code from before runs on with it.

Revision ID: 0024_connection
Revises: 0023_events
"""

from __future__ import annotations

from alembic import op

revision = "0024_connection"
down_revision = "0023_events"
branch_labels = None
depends_on = None

# account_no: of a change the account that is changed, of a split the master meter's.
CONNECTIONS = """
    CREATE TABLE connection (
        case_no text CONSTRAINT pk_connection PRIMARY KEY,
        customer_id bigint CONSTRAINT fk_connection_customer_id_customer REFERENCES customer,
        kind text NOT NULL CONSTRAINT ck_connection_kind CHECK
            (kind IN ('permanent', 'temporary', 'per_household', 'enlarge', 'relocate')),
        applicant_type text NOT NULL CONSTRAINT ck_connection_applicant CHECK
            (applicant_type IN ('person', 'unit', 'developer')),
        category text NOT NULL,
        address text NOT NULL,
        address_key text NOT NULL,
        region text NOT NULL,
        account_no text CONSTRAINT fk_connection_account_no_account REFERENCES account,
        demand integer NOT NULL CONSTRAINT ck_connection_demand CHECK (demand >= 0),
        floors integer,
        calibre integer NOT NULL,
        meters integer NOT NULL CONSTRAINT ck_connection_meters CHECK (meters >= 1),
        feasibility text CONSTRAINT ck_connection_feasibility CHECK
            (feasibility IN ('no_outside_pipe', 'outside_pipe', 'not_feasible')),
        supply_kind text,
        scheme_no text CONSTRAINT uq_connection_scheme_no UNIQUE,
        budget bigint,
        outcome text,
        applied_at timestamptz NOT NULL,
        accepted_at timestamptz,
        ended_at timestamptz,
        chain_seq integer NOT NULL DEFAULT 0,
        chain_head bytea NOT NULL DEFAULT ''
    );
    CREATE INDEX ix_connection_customer_id ON connection (customer_id);
    CREATE INDEX ix_connection_open ON connection (region, applied_at) WHERE outcome IS NULL;
    CREATE TABLE connection_point (
        case_no text NOT NULL CONSTRAINT fk_connection_point_case_no_connection
            REFERENCES connection,
        seq integer NOT NULL,
        point_no text NOT NULL CONSTRAINT fk_connection_point_point_no_service_point
            REFERENCES service_point,
        account_no text NOT NULL CONSTRAINT fk_connection_point_account_no_account
            REFERENCES account,
        address_key text NOT NULL,
        CONSTRAINT pk_connection_point PRIMARY KEY (case_no, seq),
        CONSTRAINT uq_connection_point_point_no UNIQUE (case_no, point_no)
    );
    CREATE INDEX ix_connection_point_point_no ON connection_point (point_no);
    CREATE INDEX ix_connection_point_account_no ON connection_point (account_no);
    CREATE TABLE address_lock (
        address_key text CONSTRAINT pk_address_lock PRIMARY KEY,
        case_no text NOT NULL,
        taken_at timestamptz NOT NULL
    );
    CREATE INDEX ix_address_lock_case_no ON address_lock (case_no);
    CREATE INDEX ix_service_point_address_key ON service_point USING hash (address_key)
        WHERE state <> 'disused';
"""
# A contract over several accounts (a developer's building) names them in contract_account; each
# leaves it for itself. terms: what was agreed of the supply, no person's data.
BEFORE_THE_ACCOUNT = """
    ALTER TABLE payment ALTER COLUMN account_no DROP NOT NULL;
    ALTER TABLE contract ALTER COLUMN account_no DROP NOT NULL;
    ALTER TABLE contract ADD COLUMN terms jsonb NOT NULL DEFAULT '{}';
    CREATE INDEX ix_contract_case_no ON contract (case_no) WHERE case_no IS NOT NULL;
    CREATE TABLE contract_account (
        contract_no text NOT NULL CONSTRAINT fk_contract_account_contract_no_contract
            REFERENCES contract,
        account_no text NOT NULL CONSTRAINT fk_contract_account_account_no_account
            REFERENCES account,
        ended date,
        CONSTRAINT pk_contract_account PRIMARY KEY (contract_no, account_no)
    );
    CREATE UNIQUE INDEX uq_contract_account_running ON contract_account (account_no)
        WHERE ended IS NULL;
    ALTER TABLE refund DROP CONSTRAINT uq_refund_receipt_no;
    CREATE INDEX ix_refund_receipt_no ON refund (receipt_no);
"""


def upgrade() -> None:
    """Make room for what comes before an account."""
    for part in (CONNECTIONS, BEFORE_THE_ACCOUNT):
        op.execute(part)


def downgrade() -> None:
    """Take it away; what has no account cannot stay."""
    op.execute("""
        DELETE FROM refund WHERE receipt_no IN
            (SELECT receipt_no FROM payment WHERE account_no IS NULL);
        DELETE FROM payment WHERE account_no IS NULL;
        DROP TABLE contract_account;
        DELETE FROM contract WHERE account_no IS NULL;
        DROP INDEX ix_refund_receipt_no, ix_contract_case_no, ix_service_point_address_key;
        DELETE FROM refund r USING refund s WHERE r.receipt_no = s.receipt_no AND r.id > s.id;
        ALTER TABLE refund ADD CONSTRAINT uq_refund_receipt_no UNIQUE (receipt_no);
        ALTER TABLE contract DROP COLUMN terms, ALTER COLUMN account_no SET NOT NULL;
        ALTER TABLE payment ALTER COLUMN account_no SET NOT NULL;
        DROP TABLE address_lock, connection_point, connection;
    """)
