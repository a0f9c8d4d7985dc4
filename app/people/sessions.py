"""Signing in and out; sessions stand in the database and only their hash is kept."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from app import sealing
from app.config import settings
from app.db import db
from app.errors import NotFound, NotSignedIn, TooMany
from app.people.actors import require, secret_hash
from app.people.models import Person, Session
from app.people.passwords import hash_password, matches
from app.texts import T
from app.work import SYSTEM, Actor, Channel, Work, command

WINDOW = timedelta(minutes=15)
TRIES_LOGIN, TRIES_ADDRESS = 8, 100

COUNT = """
INSERT INTO throttles AS t (key, count, since) VALUES (%(key)s, 1, %(at)s)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN t.since < %(from)s THEN 1 ELSE t.count + 1 END,
    since = CASE WHEN t.since < %(from)s THEN excluded.since ELSE t.since END
RETURNING count
"""


class SignInFailed(NotSignedIn):
    """用户名或密码不正确。"""


def sign_in(
    login: str, password: str, *, address: str | None = None, channel: Channel = "web",
    replaces: str | None = None,
) -> str:  # fmt: skip
    """Check the password and open a session; gives its new token, never one known before.

    ``replaces``: the token that the browser held, ended at once. Raises SignInFailed, or TooMany
    after 8 failures of one login (100 of one address) within 15 minutes.
    """
    login = login.strip().lower()
    by = Actor(None, login[:100], "", channel=channel, address=address)
    # Counted before the password is looked at: guesses sent side by side gain nothing.
    if not _counted(login, address, by=by):
        raise TooMany(T("尝试次数过多，请 15 分钟后再试。"))
    person = db.session.scalar(sa.select(Person).filter_by(login=login))
    stored = person.password_hash if person is not None and person.active else None
    if person is None or not matches(stored, password):
        if person is not None:
            _failed(person.id, by=by)
        raise SignInFailed
    return _opened(person.id, address, replaces, by=_as(person, by))


def sign_in_as(
    subject: str, login: str, *, address: str | None = None, replaces: str | None = None
) -> str:
    """Open a session for whom the house's own provider vouches; gives its token.

    ``subject``: issuer and sub; ``login``: what the provider calls the person. The first time the
    login tells who it is, from then on the subject alone. Raises SignInFailed.
    """
    by = Actor(None, "provider", "", address=address)
    person = db.session.scalar(sa.select(Person).filter_by(subject=subject))
    if person is None:
        wanted = Person.login == login.strip().lower(), Person.subject.is_(None)
        person = db.session.scalar(sa.select(Person).where(*wanted))
        if person is not None and person.active:
            _bind(person.id, subject, by=_as(person, by))
    if person is None or not person.active:
        raise SignInFailed(T("统一登录已认出您，但本系统没有您的账号，请联系系统管理员。"))
    return _opened(person.id, address, replaces, True, by=_as(person, by))


@command(right="self")
def _bind(work: Work, person_id: int, subject: str) -> None:
    person = db.session.get_one(Person, person_id, with_for_update=True)
    person.subject = subject
    work.record(person, "person:bind", after={"subject": subject})


@command(right="admin")
def unbind(work: Work, login: str) -> None:
    """Forget who a person is at the provider: the next one of that login is bound anew."""
    require(work.by, "admin")
    person = db.session.scalars(sa.select(Person).filter_by(login=login)).one()
    before, person.subject = person.subject, None
    sa_sessions = sa.delete(Session).where(Session.person_id == person.id, Session.by_provider)
    db.session.execute(sa_sessions)
    work.record(person, "person:unbind", before={"subject": before})


def _as(person: Person, by: Actor) -> Actor:
    return Actor(person.id, person.login, person.name, channel=by.channel, address=by.address)


def _login_key(login: str) -> str:
    # Hashed: names and even passwords are typed where the login belongs.
    return f"login:{sealing.keyed_hash('login', login).hex()}"


@command(right="system")
def _counted(work: Work, login: str, address: str | None) -> bool:
    keys = {_login_key(login): TRIES_LOGIN, f"address:{address}": TRIES_ADDRESS}
    given = {"at": work.at, "from": work.at - WINDOW}
    counts = [(work.execute(COUNT, {"key": k, **given}).fetchone()[0], n) for k, n in keys.items()]
    return all(count <= limit for count, limit in counts)


@command(right="system")
def _failed(work: Work, person_id: int) -> None:
    work.record(db.session.get_one(Person, person_id), "person:sign_in_failed")


@command(right="self")
def _opened(
    work: Work, person_id: int, address: str | None, replaces: str | None, provider: bool = False
) -> str:
    person = db.session.get_one(Person, person_id)
    work.execute("DELETE FROM throttles WHERE key = %s", [_login_key(person.login)])
    work.execute(
        "UPDATE throttles SET count = greatest(count - 1, 0) WHERE key = %s", [f"address:{address}"]
    )
    if replaces:
        _end(Session.token_hash == secret_hash(replaces))
    token = secrets.token_urlsafe(32)
    until = work.at + timedelta(hours=settings().session_hours)
    db.session.add(Session(
        token_hash=secret_hash(token), person_id=person_id, created_at=work.at,
        last_seen_at=work.at, expires_at=until, address=address, by_provider=provider,
    ))  # fmt: skip
    work.record(person, "person:sign_in", after={"by_provider": True} if provider else None)
    return token


def _end(*which: sa.ColumnElement[bool]) -> Sequence[int]:
    db.session.flush()
    ended = db.session.execute(sa.delete(Session).where(*which).returning(Session.person_id))
    return list(ended.scalars())


def sign_out(token: str) -> None:
    """End the session of this token; nothing happens when there is none."""
    _signed_out(secret_hash(token), by=SYSTEM)


@command(right="system")
def _signed_out(work: Work, token_hash: bytes) -> None:
    for person_id in _end(Session.token_hash == token_hash):
        work.record(db.session.get_one(Person, person_id), "person:sign_out")


def sessions(person_id: int) -> list[Session]:
    """The sessions of a person, newest first."""
    query = sa.select(Session).where(Session.person_id == person_id)
    return list(db.session.scalars(query.order_by(Session.created_at.desc())))


def session_id(token: str) -> uuid.UUID | None:
    """Which session a token opens; None when there is none."""
    query = sa.select(Session.id).where(Session.token_hash == secret_hash(token))
    found: uuid.UUID | None = db.session.scalar(query)
    return found


def typing_key(person: Actor) -> bytes:
    """The key (32 bytes) under which the browsers of a person keep what they could not send yet.

    The same at each sign-in, told to a living session alone, never stored by a browser.
    """
    return sealing.keyed_hash("typing", str(person.id))


@command(right="self")
def end_session(work: Work, session_id: uuid.UUID) -> None:
    """End one session: one's own, or another's as administrator."""
    found = db.session.get(Session, session_id)
    if found is None:
        raise NotFound
    if found.person_id != work.by.id:
        require(work.by, "admin")
    _end(Session.id == session_id)
    work.record(db.session.get_one(Person, found.person_id), "person:session_end")


@command(right="self")
def change_password(work: Work, old: str, new: str, *, keep: str | None = None) -> None:
    """Change one's own password and end one's sessions, but the one whose token is ``keep``."""
    person = db.session.get_one(Person, work.by.id, with_for_update=True)
    if not matches(person.password_hash, old):
        raise SignInFailed(T("原密码不正确。"))
    set_password(work, person, new, keep=keep)


def set_password(work: Work, person: Person, new: str, *, keep: str | None = None) -> None:
    """Set a password, end the sessions that the old one opened, put it on record."""
    person.password_hash = hash_password(new)
    person.password_changed_at = work.at
    person.must_change_password = False
    kept = secret_hash(keep) if keep else b""
    _end(Session.person_id == person.id, Session.token_hash != kept)
    work.record(person, "person:password_change")


@command(right="system")
def clean_up(work: Work) -> None:
    """Drop sessions and throttles whose time is over; daily."""
    work.execute("DELETE FROM sessions WHERE expires_at < %s", [work.at])
    work.execute("DELETE FROM throttles WHERE since < %s", [work.at - WINDOW])
