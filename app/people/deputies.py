"""Deputies: who acts for an absent colleague, from which day until which (domain 3.2).

A deputy chooses for whom he acts; then he has that person's groups and region instead of his own,
and each entry of the trail names both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from app.db import db, raw
from app.errors import Invalid, NotAllowed, NotFound
from app.identifiers import BIGGEST
from app.people.actors import may, require, secret_hash
from app.people.admin import person
from app.people.models import Person
from app.texts import T
from app.work import Work, command
from app.worktime import SHANGHAI

LONGEST_DAYS = 366
FIELDS = """
    SELECT d.id, p.id, p.login, p.name, o.id, o.login, o.name, d.from_day, d.until_day, d.ended_at
    FROM deputies d JOIN persons p ON p.id = d.person_id JOIN persons o ON o.id = d.deputy_id
"""
OF = f"{FIELDS} WHERE d.person_id = %(one)s OR d.deputy_id = %(one)s ORDER BY d.id DESC"
NOW = """
    WHERE d.deputy_id = %s AND p.active AND d.ended_at IS NULL
        AND %s BETWEEN d.from_day AND d.until_day ORDER BY d.id
"""
ONE = f"{FIELDS} WHERE d.id = %s FOR UPDATE OF d"
ADD = """
    INSERT INTO deputies (person_id, deputy_id, from_day, until_day) VALUES (%s, %s, %s, %s)
    RETURNING id
"""
END = "UPDATE deputies SET ended_at = %s WHERE id = %s"
LEAVE = "UPDATE sessions SET acting_for = NULL WHERE person_id = %s AND acting_for = %s"
ACT = "UPDATE sessions SET acting_for = %s WHERE token_hash = %s AND person_id = %s"


@dataclass(frozen=True)
class Deputation:
    """``deputy`` acts for ``person`` on the days from ``from_day`` until ``until_day``, both
    included."""

    id: int
    person_id: int
    login: str
    name: str
    deputy_id: int
    deputy_login: str
    deputy_name: str
    from_day: date
    until_day: date
    ended_at: datetime | None


def deputations(person_id: int) -> list[Deputation]:
    """Of a person and for a person, the newest first."""
    return [Deputation(*row) for row in raw().execute(OF, {"one": person_id}).fetchall()]


def acts_for(person_id: int | None, at: datetime) -> list[Deputation]:
    """For whom a person may act now."""
    day = at.astimezone(SHANGHAI).date()
    return [Deputation(*row) for row in raw().execute(FIELDS + NOW, (person_id, day)).fetchall()]


@command(right="deputy")
def appoint(work: Work, login: str, deputy: str, from_day: date, until_day: date) -> int:
    """Let ``deputy`` act for the person ``login``: oneself, a leader of one's group, or the
    administrator says so. Raises NotFound, NotAllowed, Invalid (fields)."""
    who, other = person(login), person(deputy)
    _need_say(work, who)
    _check(work, who, other, from_day, until_day)
    given = (who.id, other.id, from_day, until_day)
    number = int(work.execute(ADD, given).fetchone()[0])
    after = {"deputation": number, "deputy": other.login, "from": from_day, "until": until_day}
    work.record(who, "person:deputy", after=after)
    return number


def _need_say(work: Work, who: Person) -> None:
    if work.by.behalf_of is not None:
        raise NotAllowed(T("代办期间不能再安排代办。"))
    led = any(may(work.by, group) for group in who.group_names & work.by.leads)
    if work.by.id != who.id and not led:
        require(work.by, "admin")


def _check(work: Work, who: Person, other: Person, from_day: date, until_day: date) -> None:
    if who.id == other.id or not other.active:
        raise Invalid(fields={"deputy": T("请选择另一位在岗的同事")})
    if until_day < max(from_day, work.at.astimezone(SHANGHAI).date()):
        raise Invalid(fields={"until_day": T("截止日期不能早于开始日期和今天")})
    if (until_day - from_day).days > LONGEST_DAYS:
        raise Invalid(fields={"until_day": T("代办最长一年")})


@command(right="deputy")
def end_deputation(work: Work, deputation: int) -> None:
    """End it now: whoever may begin it, and the deputy. Raises NotFound, NotAllowed."""
    row = work.execute(ONE, (deputation,)).fetchone() if 0 < deputation < BIGGEST else None
    if row is None:
        raise NotFound(T("没有这项代办安排。"))
    found = Deputation(*row)
    who = db.session.get_one(Person, found.person_id)
    if work.by.id != found.deputy_id:
        _need_say(work, who)
    if found.ended_at is None:
        work.execute(END, (work.at, deputation))
        work.execute(LEAVE, (found.deputy_id, found.person_id))
        after = {"deputation": deputation, "deputy": found.deputy_login}
        work.record(who, "person:deputy_end", after=after)


@command(right="self")
def act_for(work: Work, token: str, person_id: int | None) -> None:
    """From now on this session acts for a colleague, or for oneself again (None)."""
    mine = {one.person_id for one in acts_for(work.by.id, work.at)}
    if person_id is not None and person_id not in mine:
        raise NotAllowed(T("您目前没有受托为这位同事代办。"))
    me = db.session.get_one(Person, work.by.id)
    work.execute(ACT, (person_id, secret_hash(token), me.id))
    work.record(me, "person:act_for", after={"person": person_id})
