"""Names of the roles that a migration grants rights to, read off the addresses."""

from __future__ import annotations

from alembic import context, op
from psycopg.conninfo import conninfo_to_dict

from app.config import settings


def url(key: str) -> str:
    """Address given by the caller (``owner_url``, ``app_url``, ``auditor_url``) or set."""
    given = context.config.attributes
    if "owner_url" in given:
        return str(given.get(key) or "")
    chosen = settings()
    known = {
        "owner_url": chosen.database_owner_url or chosen.database_url,
        "app_url": chosen.database_url,
        "auditor_url": chosen.database_auditor_url,
    }
    return known[key]


def _user(key: str) -> str:
    address = url(key)
    return str(conninfo_to_dict(address).get("user", "")) if address else ""


def owner() -> str:
    """Role that owns the tables."""
    return _user("owner_url")


def application() -> str:
    """Role of web server and worker."""
    return _user("app_url")


def auditor() -> str:
    """Role of the auditor; empty when the installation has none."""
    return _user("auditor_url")


def grant(rights: str, on: str, to: str) -> None:
    """Grant, unless the role is the owner itself or there is none."""
    if to and to != owner():
        op.execute(f'GRANT {rights} ON {on} TO "{to}"')


def revoke(rights: str, on: str, from_: str) -> None:
    """Revoke, unless the role is the owner itself or there is none."""
    if from_ and from_ != owner():
        op.execute(f'REVOKE {rights} ON {on} FROM "{from_}"')
