"""Looking at personal values whole (查看完整信息): asked for a reason once per case and person, and
every look an entry of the trail. Source: domain 3.2 (PII).

Who may is decided by ``may_look``; what is masked otherwise, by the form's marks ``pii``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import Enum
from typing import Any

from app.cases import sight
from app.cases.hold import BY_NUMBER, Held, hold_case, read_case
from app.db import raw
from app.errors import Invalid, NotAllowed, NotFound, ReasonNeeded
from app.texts import T
from app.work import Actor, Work, command

REASON = "SELECT why FROM looks WHERE kind = %s AND key = %s AND person_id = %s"
GIVE = """
    INSERT INTO looks (kind, key, person_id, why, words, at) VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (kind, key, person_id)
    DO UPDATE SET why = excluded.why, words = excluded.words, at = excluded.at
"""
WHY = {
    "handle": T("办理本件"),
    "verify": T("核对身份"),
    "inquiry": T("用户来询"),
    "inspect": T("监督检查"),
    "other": T("其他（请说明）"),
}
MOST_WORDS = 200


class Look(Enum):
    """How a page is asked for: masked; whole, which is a look; or the same page once more."""

    MASKED = "masked"
    WHOLE = "whole"
    AGAIN = "again"


def reason_given(actor: Actor, kind: str, key: str) -> str | None:
    """The reason that the person gave for this case or customer; None: none yet."""
    row = raw().execute(REASON, (kind, key, actor.id)).fetchone()
    return row[0] if row else None


def sees_whole(actor: Actor, case: Held, look: Look, *, may: bool) -> bool:
    """Whether whole values are shown now. The system itself needs no reason."""
    if actor.id is None or not may or look is Look.MASKED:
        return actor.id is None
    return reason_given(actor, "case", case.number) is not None


def need_words(why: str, words: str) -> None:
    """Raises Invalid (fields ``why``, ``words``)."""
    if why not in WHY:
        raise Invalid(fields={"why": T("请选择查看的理由")})
    if why == "other" and not words.strip():
        raise Invalid(fields={"words": T("请说明理由")})
    if len(words) > MOST_WORDS:
        raise Invalid(fields={"words": T("最多 {most} 个字", most=MOST_WORDS)})


@command(right="look")
def give_reason(work: Work, number: str, why: str, words: str = "") -> None:
    """Say why one looks at the whole values of a case: a key of ``WHY``, and words for "other".

    Raises NotFound, NotAllowed (not of the task's group, nor archivist), Invalid.
    """
    case = hold_case(work, number)
    if not sight.may_look(work.by, case, sight.tasks_of(case)):
        raise NotAllowed(T("完整信息只供此件当前经办岗位查看。"), case=number)
    need_words(why, words)
    sealed = {"words": case.seal(words.strip())} if words.strip() else {}
    row = ("case", number, work.by.id, why, sealed.get("words"), work.at)
    work.execute(GIVE, row)
    _record(work, case, "look:reason", {"why": why}, sealed)


def need_reason(actor: Actor, case: Held) -> None:
    """Raises ReasonNeeded before the person has said why."""
    if actor.id is not None and reason_given(actor, "case", case.number) is None:
        raise ReasonNeeded(case=case.number)


def look_at_file(actor: Actor, number: str, file_id: str, page: int | None = None) -> bool:
    """Whether the actor may open a file of the case now, which is a look: a paper shows persons.

    ``page``: of which page. False for who has no part in the case. Raises ReasonNeeded.
    """
    case = _seen_with_files(actor, number)
    if case is None:
        return False
    note(actor, case, ["file"], file=file_id, **({} if page is None else {"page": page}))
    return True


def sees_file(actor: Actor, number: str) -> bool:
    """The same question, before anything of a file is shown. Raises ReasonNeeded."""
    return _seen_with_files(actor, number) is not None


def look_at_thumbnails(actor: Actor, number: str, file_ids: Iterable[str]) -> bool:
    """Whether the small pictures of a case's files may be shown now; one look at all of them.

    False for who has no part in the case. Raises ReasonNeeded.
    """
    case = _seen_with_files(actor, number)
    ids = sorted(file_ids)
    if case is None:
        return False
    if ids:
        note(actor, case, ["thumbnail"], files=ids)
    return True


def _seen_with_files(actor: Actor, number: str) -> Held | None:
    row = raw().execute(BY_NUMBER, (number,)).fetchone()
    if row is None:
        raise NotFound
    case = read_case(row)
    tasks = sight.tasks_of(case)
    if not (sight.may_look(actor, case, tasks) and sight.sees_people(actor, tasks)):
        return None
    need_reason(actor, case)
    return case


def note(actor: Actor, case: Held, fields: Iterable[str], **where: Any) -> None:
    """Put a look on record: ``fields`` names what was seen, ``where`` the task or file."""
    shown = sorted(fields)
    if actor.id is None or not shown:
        return
    # A token that only reads may look: what is written is that it did.
    _note(case.number, shown, where, by=replace(actor, scope="all"))


@command(right="look")
def _note(work: Work, number: str, fields: list[str], where: dict[str, Any]) -> None:
    case = hold_case(work, number)
    why = reason_given(work.by, "case", number)
    _record(work, case, "case:look", {"fields": fields, "why": why, **where}, {})


def _record(work: Work, case: Held, action: str, after: Any, sealed: dict[str, bytes]) -> None:
    work.record(
        case,
        action,
        case=case.number,
        procedure=case.procedure,
        version=case.version,
        release=case.release_id,
        after=after,
        sealed=sealed or None,
    )
