"""Messages that came before anybody waited for them, kept for their time.

Keeping and coming to wait take the same lock on name and key before they look, so that of the two
the later one always sees the earlier: nothing is lost between them, nothing is taken twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app import definitions, engine, settings
from app.cases import envelopes, senders
from app.cases.advance import Stuck
from app.cases.hold import Held
from app.engine.times import duration
from app.texts import T
from app.work import Actor, Work

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 23))"
RELEASES = """
    SELECT release_id FROM publication WHERE release_id > 0
    UNION SELECT r.id FROM releases r
        WHERE EXISTS (SELECT FROM cases c WHERE c.release_id = r.id AND c.status = 'open')
    ORDER BY 1 DESC
"""
KEEP = """
    INSERT INTO kept_messages (name, key, body, key_id, bound, sender, sent_by, sent_groups,
        sent_region, sent_anywhere, created_at, until)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
"""
WAITING = """
    SELECT m.id, m.body, m.bound, k.wrapped, m.sent_by, m.sent_groups, m.sent_region,
        m.sent_anywhere
    FROM kept_messages m JOIN data_keys k ON k.id = m.key_id
    WHERE m.name = %s AND m.key = %s AND m.until > %s AND m.failed_for IS NULL
        AND k.wrapped IS NOT NULL
    ORDER BY m.id LIMIT 100 FOR UPDATE OF m
"""
THERE = """
    SELECT EXISTS (SELECT FROM kept_messages
        WHERE name = %s AND key = %s AND until > %s AND failed_for IS NULL)
"""
DROP = "DELETE FROM kept_messages WHERE id = ANY(%s) RETURNING key_id"
FAIL = "UPDATE kept_messages SET failed_for = %s WHERE id = %s"
MEND = "UPDATE kept_messages SET failed_for = NULL, until = %s WHERE id = %s"
MENDED = timedelta(days=1)


@dataclass(frozen=True)
class Kept:
    """A kept message in hand: its row is locked."""

    id: int
    variables: dict[str, Any]


def lock(work: Work, name: str, key: str) -> None:
    """Until the commit nobody else keeps a message of this name and key, or comes to wait."""
    work.execute(LOCK, (f"{name}\n{key}",))


def until(work: Work, message: engine.Thrown) -> datetime | None:
    """How long a message is kept: what its drawing says, else the setting; None: not at all.

    Only where a drawing in use knows the name: nobody would ever wait for any other.
    """
    if message.keep is None:
        end = work.at + timedelta(minutes=int(settings.get("messages.keep")))
    else:
        end = _said(work.at, message)
    return end if end > work.at and any(catchers(work, message.name)) else None


def _said(at: datetime, message: engine.Thrown) -> datetime:
    try:
        return duration(message.keep).after(at)
    except (ValueError, OverflowError) as error:
        raise Stuck(
            T(
                "消息“{name}”的保留时间不是有效的时长，请在流程图中写成 PT1H 这样的形式。",
                name=message.name,
            ),
            element=message.element,
        ) from error


def catchers(work: Work, name: str) -> Iterator[senders.Place]:
    """The elements that catch a message, in the live release and those that open cases are on."""
    for (release,) in work.execute(RELEASES).fetchall():
        for procedure, element in definitions.content(release).heard.get(name, ()):
            yield release, procedure, element


def keep(work: Work, message: engine.Thrown, sender: Held | None, end: datetime) -> None:
    """Keep a message; the trail says so on the sender's chain, else on that of all messages.

    NotAllowed: a person has handed it in whom nothing that may come to wait takes it from.
    """
    key, person = message.key or "", work.by if sender is None else None
    if person is not None:
        senders.need_early(person, message.name, catchers(work, message.name))
    sent = envelopes.enclose(work, message.variables, sender)
    row = (message.name, key, sent.body, sent.key_id, sent.bound, sender and sender.number)
    (number,) = work.execute(KEEP, (*row, *_who(person), work.at, end)).fetchone()
    said = {"kept": number, "message": message.name, "key": key, "until": end}
    envelopes.record(work, sender, "messages", "message:keep", message.element, said, sent)


def _who(person: Actor | None) -> tuple[int | None, list[str], str | None, bool]:
    """Whose right is looked at when a case takes it: nobody's for what a drawing threw."""
    if person is None or person.id is None:
        return None, [], None, True
    return person.id, sorted(person.groups), person.region, person.sees_all_regions


def there(work: Work, wanted: engine.Subscription) -> bool:
    """Whether anything is kept for this; until the commit nothing more will be."""
    lock(work, wanted.name, wanted.key)
    found = work.execute(THERE, (wanted.name, wanted.key, work.at)).fetchone()
    return bool(found[0])


def first(work: Work, case: Held, wanted: engine.Subscription) -> Kept | None:
    """The oldest kept message that the case may take for what it has come to wait for."""
    for row in work.execute(WAITING, (wanted.name, wanted.key, work.at)).fetchall():
        number, body, bound, wrapped, by, groups, region, anywhere = row
        who = Actor(by, "", "", frozenset(groups), region, sees_all_regions=anywhere)
        if senders.may_reach(who, case, wanted.name, wanted.element):
            return Kept(number, envelopes.opened(wrapped, body, bound))
    return None


def fail(work: Work, number: int, case: Held) -> None:
    """The case could not take it: it is left alone, and kept, until somebody has mended that."""
    work.execute(FAIL, (case.id, number))


def mend(work: Work, number: int) -> None:
    """It may be taken again, for a day."""
    work.execute(MEND, (work.at + MENDED, number))


def drop(work: Work, number: int) -> None:
    """It has been taken, or is not wanted any more: its row goes, and a key of its own."""
    gone = work.execute(DROP, ([number],)).fetchall()
    envelopes.destroy(work, [key for (key,) in gone])
