"""Persons, their groups and their API tokens: what an administrator does."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.db import db
from app.errors import Conflict, Invalid, NotFound
from app.identifiers import BIGGEST
from app.people.actors import require, secret_hash
from app.people.groups import GROUPS
from app.people.models import Group, Membership, Person, Session, Token
from app.people.sessions import set_password
from app.texts import T
from app.work import Actor, Work, command, ledger

TOKEN_LIFE = timedelta(days=90)
TOKEN_LONGEST = timedelta(days=730)


def person(login: str) -> Person:
    """The person of that login. Raises NotFound."""
    known_as = login.strip().lower()
    found: Person | None = db.session.scalar(sa.select(Person).filter_by(login=known_as))
    if found is None:
        raise NotFound(T("没有用户名为 {login} 的人员。", login=login))
    return found


def persons() -> list[Person]:
    """All persons, by login."""
    return list(db.session.scalars(sa.select(Person).order_by(Person.login)))


def groups() -> list[Group]:
    """All groups in the order of the catalogue."""
    return list(db.session.scalars(sa.select(Group).order_by(Group.position)))


def leads_one(who: Person, groups: Iterable[str]) -> bool:
    """Whether the person leads one of these groups."""
    wanted = set(groups)
    return any(m.leader and m.group_name in wanted for m in who.memberships)


def members(group: str) -> list[Person]:
    """The active persons of a group as a drawing names it (``meter_reader:城东``)."""
    key, _, region = group.partition(":")
    query = (
        sa.select(Person)
        .join(Membership)
        .where(Membership.group_key == key, Membership.region == region, Person.active)
    )
    return list(db.session.scalars(query.order_by(Person.login)))


def colleagues(actor: Actor, groups: Collection[str] | None = None) -> list[Person]:
    """The active persons of these groups (else of the actor's own), without the actor."""
    wanted = actor.groups if groups is None else groups
    found = {who.id: who for group in wanted for who in members(group) if who.id != actor.id}
    return sorted(found.values(), key=lambda who: who.login)


def seed_groups(work: Work) -> int:
    """Add the groups of the catalogue that are missing; gives how many."""
    known = set(db.session.scalars(sa.select(Group.key)))
    new = [
        Group(key=key, label_zh=zh, label_en=en, qualifier=qualifier, position=position)
        for position, (key, zh, en, qualifier) in enumerate(GROUPS)
        if key not in known
    ]
    if new:
        db.session.add_all(new)
        work.record(ledger("groups"), "groups:add", after={"keys": [g.key for g in new]})
    return len(new)


@command(right="system")
def ensure_groups(work: Work) -> int:
    """Add the groups of the catalogue that are missing; may run at every start."""
    return seed_groups(work)


@command(right="admin")
def add(
    work: Work, login: str, name: str, *, password: str | None = None,
    groups: Collection[str] = (), region: str | None = None, branch: str | None = None,
) -> Person:  # fmt: skip
    """Add a person, who changes the password at the first sign-in. Raises Invalid, or Conflict
    when the login is taken."""
    require(work.by, "admin")
    new = add_person(
        work, login, name, password=password, groups=groups, region=region, branch=branch
    )
    # Somebody else knows it.
    new.must_change_password = password is not None
    return new


def add_person(
    work: Work, login: str, name: str, *, password: str | None = None,
    groups: Collection[str] = (), region: str | None = None, branch: str | None = None,
) -> Person:  # fmt: skip
    """Add a person within a command; who may is the command's affair."""
    login, name = login.strip().lower(), name.strip()
    _check_names(login, name)
    new = Person(login=login, name=name, region=region, branch=branch, created_at=work.at)
    db.session.add(new)
    new.memberships = _memberships(groups)
    db.session.flush()
    shown = {"login": login, "name": name, "region": region, "branch": branch}
    work.record(new, "person:add", after={**shown, "groups": sorted(new.group_names)})
    if password is not None:
        set_password(work, new, password)
    return new


def _check_names(login: str, name: str) -> None:
    if not login or not login.isascii() or any(c.isspace() for c in login):
        raise Invalid(fields={"login": T("用户名只用字母、数字和符号，不含空格。")})
    if not name:
        raise Invalid(fields={"name": T("请填写姓名。")})
    if db.session.scalar(sa.select(Person.id).filter_by(login=login)):
        raise Conflict(T("用户名 {login} 已有人使用。", login=login), holder=login)


def _memberships(names: Iterable[str]) -> list[Membership]:
    known = {group.key: group for group in groups()}
    return [_membership(known, name) for name in sorted(set(names))]


def _membership(known: dict[str, Group], name: str) -> Membership:
    key, _, region = name.partition(":")
    group = known.get(key)
    if group is None:
        raise Invalid(fields={"groups": T("没有名为 {name} 的岗位。", name=key)})
    if group.qualifier is None and region:
        raise Invalid(fields={"groups": T("岗位“{name}”不分片区。", name=group.label_zh)})
    if group.qualifier in ("region", "department") and not region:
        raise Invalid(fields={"groups": T("岗位“{name}”须写明片区或部门。", name=group.label_zh)})
    return Membership(group_key=key, region=region)


def change_groups(work: Work, login: str, groups: Collection[str]) -> Person:
    """Replace the groups of a person within a command (``cases.set_groups``), which also takes
    back what is held as one of those lost."""
    require(work.by, "admin")
    who = person(login)
    before, led = who.group_names, {m.group_name for m in who.memberships if m.leader}
    # Emptied first: the unit of work would insert the new rows before it deletes the old ones.
    who.memberships = []
    db.session.flush()
    who.memberships = _memberships(groups)
    for one in who.memberships:
        one.leader = one.group_name in led
    db.session.flush()
    work.record(
        who,
        "person:groups",
        before={"groups": sorted(before)},
        after={"groups": sorted(who.group_names)},
    )
    return who


@command(right="admin")
def set_leader(work: Work, login: str, group: str, leads: bool) -> None:
    """Make a person the leader of a group that he is in, or no longer: leaders hand out tasks."""
    require(work.by, "admin")
    who = person(login)
    found = next((m for m in who.memberships if m.group_name == group), None)
    if found is None:
        raise Invalid(fields={"group": T("此人不在这个岗位。")})
    before, found.leader = found.leader, leads
    after = {"group": group, "leads": leads}
    work.record(who, "person:leader", before={"group": group, "leads": before}, after=after)


def change_active(work: Work, login: str, active: bool) -> Person:
    """Let a person in again, or no more, within a command: sessions end, tokens stop at once."""
    require(work.by, "admin")
    who = person(login)
    before, who.active = who.active, active
    if not active:
        db.session.execute(sa.delete(Session).where(Session.person_id == who.id))
    work.record(who, "person:active", before={"active": before}, after={"active": active})
    return who


@command(right="admin")
def reset_password(work: Work, login: str, new: str) -> None:
    """Set the password of another person, who changes it at the next sign-in."""
    require(work.by, "admin")
    who = person(login)
    set_password(work, who, new)
    who.must_change_password = True


@command(right="admin")
def issue_token(
    work: Work, login: str, *, label: str = "", scope: str = "all", expires: datetime | None = None
) -> str:
    """A new API token of a person: shown this once. Scope ``all`` or ``read``; 90 days unless
    said otherwise, two years at most."""
    who = person(login)
    if who.id != work.by.id:
        require(work.by, "admin")
    until = expires or work.at + TOKEN_LIFE
    _check_token(scope, until, work.at)
    secret = "gs_" + secrets.token_urlsafe(32)
    db.session.add(Token(
        token_hash=secret_hash(secret), person_id=who.id, label=label, scope=scope,
        created_at=work.at, expires_at=until,
    ))  # fmt: skip
    shown = {"label": label, "scope": scope, "expires": until}
    work.record(who, "person:token_issue", after=shown)
    return secret


def _check_token(scope: str, until: datetime, at: datetime) -> None:
    if scope not in ("all", "read"):
        raise Invalid(fields={"scope": T("令牌范围只能是 all 或 read。")})
    if not at < until <= at + TOKEN_LONGEST:
        raise Invalid(fields={"expires": T("有效期须在今天之后、两年之内。")})


def tokens(person_id: int) -> list[Token]:
    """The API tokens of a person, newest first; never their secrets."""
    query = sa.select(Token).where(Token.person_id == person_id)
    return list(db.session.scalars(query.order_by(Token.created_at.desc(), Token.id.desc())))


@command(right="self")
def revoke_token(work: Work, token_id: int) -> None:
    """Stop an API token: one's own, or another's as administrator."""
    found = db.session.get(Token, token_id) if 0 < token_id < BIGGEST else None
    if found is None:
        raise NotFound(T("没有这个令牌，请核对编号。"))
    if found.person_id != work.by.id:
        require(work.by, "admin")
    found.revoked_at = found.revoked_at or work.at
    who = db.session.get_one(Person, found.person_id)
    work.record(who, "person:token_revoke", after={"label": found.label})
