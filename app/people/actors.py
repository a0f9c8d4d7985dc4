"""Who is calling: an actor from a session's or a token's secret, by one statement each."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from app.config import settings
from app.db import raw
from app.errors import NotAllowed, NotSignedIn
from app.texts import T
from app.work import SYSTEM, Actor, Channel, Work, command, now
from app.worktime import SHANGHAI

TOUCH = timedelta(minutes=1)
TOUCH_TOKEN = timedelta(hours=1)

GROUP = "CASE m.region WHEN '' THEN m.group_key ELSE m.group_key || ':' || m.region END"
# p: who acts; q: whose groups and region count, another one's while a deputy acts for him.
_PERSON = f"""
    p.id, p.login, p.name, q.region, q.branch,
    array(SELECT {GROUP} FROM memberships m WHERE m.person_id = q.id),
    array(SELECT {GROUP} FROM memberships m WHERE m.person_id = q.id AND m.leader),
    CASE WHEN q.id <> p.id THEN q.id END, q.name"""
_ACTING = """
LEFT JOIN LATERAL (
    SELECT d.person_id FROM deputies d JOIN persons r ON r.id = d.person_id
    WHERE d.deputy_id = p.id AND r.active AND d.ended_at IS NULL
        AND %(day)s BETWEEN d.from_day AND d.until_day AND {chosen} LIMIT 1) a ON true
JOIN persons q ON q.id = coalesce(a.person_id, p.id)
"""

BY_SESSION = f"""
SELECT {_PERSON}, p.must_change_password AND NOT s.by_provider, s.last_seen_at
FROM sessions s JOIN persons p ON p.id = s.person_id
{_ACTING.format(chosen="d.person_id = s.acting_for")}
WHERE s.token_hash = %(key)s AND p.active AND s.expires_at > %(at)s AND s.last_seen_at > %(idle)s
"""

BY_TOKEN = f"""
SELECT {_PERSON}, p.must_change_password, u.at, t.scope, t.id
FROM api_tokens t JOIN persons p ON p.id = t.person_id
{_ACTING.format(chosen="r.login = %(behalf)s")}
LEFT JOIN token_uses u ON u.token_id = t.id
WHERE t.token_hash = %(key)s AND p.active AND t.revoked_at IS NULL AND t.expires_at > %(at)s
"""

BY_PERSON = f"""
SELECT {_PERSON}, p.must_change_password
FROM persons p
{_ACTING.format(chosen="d.person_id = %(behalf)s")}
WHERE p.id = %(key)s AND p.active
"""

SESSION_SEEN = "UPDATE sessions SET last_seen_at = %(at)s WHERE token_hash = %(key)s"
TOKEN_USED = """
INSERT INTO token_uses (token_id, at) VALUES (%(key)s, %(at)s)
ON CONFLICT (token_id) DO UPDATE SET at = excluded.at
"""


def secret_hash(token: str) -> bytes:
    """What is stored of a token: it is random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def _actor(row: Sequence[Any], channel: Channel, address: str | None, scope: str) -> Actor:
    person_id, login, name, region, branch, groups, leads, behalf_of, behalf, must = row[:10]
    return Actor(
        person_id, login, name, frozenset(groups), region, branch,
        channel=channel, address=address, sees_all_regions=region is None, scope=scope,
        behalf_of=behalf_of, behalf_name=behalf if behalf_of else None, leads=frozenset(leads),
        must_change=must,
    )  # fmt: skip


def _day(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()


def actor_for_session(
    token: str, *, address: str | None = None, channel: Channel = "web", at: datetime | None = None
) -> Actor | None:
    """The person of a browser session; None when it is unknown, ended, idle or too old."""
    at = at or now()
    idle = timedelta(minutes=settings().session_idle_minutes)
    given = {"key": secret_hash(token), "at": at, "idle": at - idle, "day": _day(at)}
    row = raw().execute(BY_SESSION, given).fetchone()
    if row is None:
        return None
    if at - row[10] > TOUCH:
        _note_use(SESSION_SEEN, secret_hash(token), by=SYSTEM, at=at)
    return _actor(row, channel, address, "all")


def actor_for_token(
    token: str, *, scope: str = "all", address: str | None = None, at: datetime | None = None,
    behalf: str | None = None,
) -> Actor:  # fmt: skip
    """The person of an API token. ``scope`` is what the call needs: ``read`` or more.

    ``behalf``: login of the colleague for whom the person acts as deputy.

    Raises NotSignedIn for an unknown, expired or revoked token, NotAllowed for one that only
    reads where the call writes.
    """
    at = at or now()
    given = {"key": secret_hash(token), "at": at, "day": _day(at), "behalf": behalf}
    row = raw().execute(BY_TOKEN, given).fetchone()
    if row is None:
        raise NotSignedIn(T("访问令牌无效、已过期或已停用。"))
    if row[11] == "read" and scope != "read":
        raise NotAllowed(T("此访问令牌只能查询，不能办理。"))
    if behalf is not None and row[7] is None:
        raise NotAllowed(T("您目前没有受托为这位同事代办。"))
    if row[10] is None or at - row[10] > TOUCH_TOKEN:
        _note_use(TOKEN_USED, row[12], by=SYSTEM, at=at)
    return _actor(row, "api", address, row[11])


def actor_of(
    person_id: int, behalf_of: int | None, *, channel: Channel, at: datetime | None = None
) -> Actor:
    """A person whose long work is done now, with the groups of now. Raises NotAllowed when the
    person has left, or acts for that colleague no more."""
    given = {"key": person_id, "behalf": behalf_of, "day": _day(at or now())}
    row = raw().execute(BY_PERSON, given).fetchone()
    if row is None or row[7] != behalf_of:
        raise NotAllowed
    return _actor(row, channel, None, "all")


@command(right="system")
def _note_use(work: Work, sql: str, key: bytes | int) -> None:
    # Seldom, not with each call.
    work.execute(sql, {"at": work.at, "key": key})


def may(actor: Actor, group: str) -> bool:
    """Whether the actor belongs to a group as a drawing or a route names it.

    ``branch_dispatcher`` is met by any ``branch_dispatcher:<region>``; ``process_owner:<key>``
    also by ``process_owner`` (all processes).
    """
    base, _, qualified = group.partition(":")
    if group in actor.groups or (qualified and base in actor.groups):
        return True
    return not qualified and any(g.startswith(f"{base}:") for g in actor.groups)


def require(actor: Actor, *groups: str) -> None:
    """Raise NotAllowed unless the actor is in one of the groups, or the installation itself."""
    if actor.id is not None and not any(may(actor, group) for group in groups):
        raise NotAllowed
