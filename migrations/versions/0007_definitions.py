"""Versions of procedures and decisions, and the releases that bind them together."""

from __future__ import annotations

from alembic import op

revision = "0007_definitions"
down_revision = "0006_files"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; files are kept once by the hash of their content."""
    op.execute("""
        CREATE TABLE definition_files (
            hash text CONSTRAINT pk_definition_files PRIMARY KEY,
            content bytea NOT NULL
        );
        CREATE TABLE procedure_versions (
            key text NOT NULL,
            number integer NOT NULL,
            name text NOT NULL,
            hash text NOT NULL,
            files jsonb NOT NULL,
            properties jsonb NOT NULL DEFAULT '{}',
            created_at timestamptz NOT NULL,
            created_by bigint,
            CONSTRAINT pk_procedure_versions PRIMARY KEY (key, number)
        );
        CREATE TABLE decision_versions (
            key text NOT NULL,
            number integer NOT NULL,
            hash text NOT NULL,
            file text NOT NULL,
            created_at timestamptz NOT NULL,
            created_by bigint,
            CONSTRAINT pk_decision_versions PRIMARY KEY (key, number)
        );
        CREATE TABLE releases (
            id integer CONSTRAINT pk_releases PRIMARY KEY,
            procedures jsonb NOT NULL,
            decisions jsonb NOT NULL,
            note text NOT NULL DEFAULT '',
            created_at timestamptz NOT NULL,
            created_by bigint,
            created_by_name text NOT NULL DEFAULT ''
        );
        CREATE TABLE publication (
            id integer CONSTRAINT pk_publication PRIMARY KEY
                CONSTRAINT ck_publication_one CHECK (id = 1),
            release_id integer NOT NULL DEFAULT 0,
            chain_seq integer NOT NULL DEFAULT 0,
            chain_head bytea NOT NULL DEFAULT ''
        );
        INSERT INTO publication (id) VALUES (1);
    """)


def downgrade() -> None:
    """Take the tables away."""
    op.execute("""
        DROP TABLE publication, releases, decision_versions, procedure_versions, definition_files
    """)
