"""The trail, cut by month; the application may add and read, nobody but the owner more.

Revision ID: 0002_trail
Revises: 0001_queue
"""

from alembic import op

from migrations import roles

revision = "0002_trail"
down_revision = "0001_queue"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE trail (
    at timestamptz NOT NULL,
    subject_kind text COLLATE "C" NOT NULL,
    subject_key text COLLATE "C" NOT NULL,
    seq integer NOT NULL,
    prev_hash bytea NOT NULL,
    position smallint NOT NULL,
    actor_id bigint,
    actor_login text NOT NULL,
    behalf_of bigint,
    as_group text,
    channel text NOT NULL,
    address text,
    action text NOT NULL,
    case_number text,
    procedure text,
    version text,
    release text,
    element text,
    clause text,
    comment text,
    body json NOT NULL,
    sealed json,
    hash bytea NOT NULL,
    CONSTRAINT pk_trail PRIMARY KEY (subject_kind, subject_key, seq, at)
) PARTITION BY RANGE (at)
"""

# Of the owner, because the application may create nothing. A new partition gets the default
# rights of every table, so all of them are taken off it: rights on the parent suffice.
FUNCTION = """
CREATE FUNCTION ensure_trail_partitions(ahead integer, since date DEFAULT NULL)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    this_month date := date_trunc('month', now() AT TIME ZONE 'UTC')::date;
    month date := date_trunc('month', coalesce(since, this_month))::date;
    part text;
    grantee record;
    made integer := 0;
BEGIN
    IF ahead NOT BETWEEN 0 AND 24 OR month < date '2000-01-01' THEN
        RAISE EXCEPTION 'ensure_trail_partitions: out of range';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ensure_trail_partitions'));
    WHILE month <= this_month + make_interval(months => ahead) LOOP
        part := 'trail_' || to_char(month, 'YYYY_MM');
        IF to_regclass('public.' || part) IS NULL THEN
            EXECUTE format(
                'CREATE TABLE public.%I PARTITION OF public.trail FOR VALUES FROM (%L) TO (%L)',
                part, to_char(month, 'YYYY-MM-DD') || ' 00:00:00+00',
                to_char(month + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00');
            FOR grantee IN
                SELECT DISTINCT a.grantee AS oid FROM pg_class c, aclexplode(c.relacl) a
                WHERE c.oid = ('public.' || part)::regclass AND a.grantee <> c.relowner
            LOOP
                EXECUTE format('REVOKE ALL ON public.%I FROM %s', part,
                    CASE WHEN grantee.oid = 0 THEN 'PUBLIC'
                         ELSE quote_ident(pg_get_userbyid(grantee.oid)) END);
            END LOOP;
            made := made + 1;
        END IF;
        month := (month + interval '1 month')::date;
    END LOOP;
    RETURN made;
END $$
"""

# The function makes tables as the tables' owner, also where another role owns the database
# (a copy, a restored backup).
SCHEMA = """
DO $$ BEGIN
    IF pg_has_role(current_user, (SELECT nspowner FROM pg_namespace WHERE nspname = 'public'),
                   'USAGE') THEN
        EXECUTE format('GRANT USAGE, CREATE ON SCHEMA public TO %I', current_user);
    END IF;
END $$
"""

LEDGERS = """
CREATE TABLE ledgers (
    name text COLLATE "C" CONSTRAINT pk_ledgers PRIMARY KEY,
    chain_seq integer NOT NULL DEFAULT 0,
    chain_head bytea NOT NULL DEFAULT ''
)
"""


def upgrade() -> None:
    op.execute(SCHEMA)
    op.execute(TABLE)
    op.execute(
        "CREATE INDEX ix_trail_case ON trail (case_number, at) WHERE case_number IS NOT NULL"
    )
    op.execute("CREATE INDEX ix_trail_actor ON trail (actor_id, at)")
    for role, rights in ((roles.application(), "SELECT, INSERT"), (roles.auditor(), "SELECT")):
        roles.revoke("ALL", "trail", role)
        roles.grant(rights, "trail", role)
    op.execute(FUNCTION)
    signature = "FUNCTION ensure_trail_partitions(integer, date)"
    op.execute(f"REVOKE ALL ON {signature} FROM PUBLIC")
    roles.revoke("ALL", signature, roles.auditor())
    roles.grant("EXECUTE", signature, roles.application())
    # Back to the start of the year in which this began: data may be older than the installation.
    op.execute("SELECT ensure_trail_partitions(3, date '2026-01-01')")
    op.execute(LEDGERS)


def downgrade() -> None:
    op.execute("DROP TABLE ledgers, trail")
    op.execute("DROP FUNCTION ensure_trail_partitions(integer, date)")
