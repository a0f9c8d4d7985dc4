"""The papers of a case as a page shows them: how each came, until when it must, its files with
their small pictures, what stood in its place before."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from app import attachments, cases, registry
from app.errors import ReasonNeeded
from app.texts import T, Text
from app.web.speech import day
from app.work import Actor

# Small pictures stand in the page itself, so that they are one look and one answer. No page
# carries more of them than it may weigh.
MOST_PICTURES = 24
MODES = {
    "original": T("原件"),
    "copy": T("复印件"),
    "checked": T("原件核对"),
    "shared": T("数据共享"),
    "commitment": T("承诺补交"),
    "missing": T("未提供"),
    "file": T("随案文件"),
}
Thumbs = Mapping[str, attachments.Thumb]


@dataclass(frozen=True)
class File:
    """A file of a paper. ``picture``: its thumbnail as a data address, "" for none; ``earlier``:
    ids of those that it stands for, newest first."""

    id: str
    pages: int
    picture: str
    unscanned: bool
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class Paper:
    """A paper of a case; ``note``: how it came, and pages, day or source; ``late``: it was
    promised, and its day has passed."""

    title: str
    received: bool
    note: str
    files: tuple[str, ...]
    kind: str
    promised: bool
    late: bool = False
    case: str = ""

    @property
    def good(self) -> bool:
        """Whether it is in hand, or its day is still to come."""
        return self.received and not self.late


@dataclass(frozen=True)
class Sheet:
    """A paper with all that is known of it."""

    paper: Paper
    files: tuple[File, ...]
    earlier: tuple[tuple[Text, datetime], ...]


def papers(number: str, today: date) -> list[Paper]:
    """The papers of a case as they are now."""
    return [_paper(one, today) for one in registry.materials(number)]


def _paper(one: registry.MaterialFacts, today: date) -> Paper:
    promised = one.mode == "commitment"
    late = promised and one.due is not None and one.due < today
    return Paper(
        one.title, one.received, came(one, late=late), one.file_ids, one.kind, promised, late,
        one.case,
    )  # fmt: skip


def came(one: registry.MaterialFacts, *, late: bool = False) -> Text:
    """Original or copy with its pages; a promised one with its day, a shared one
    with its source."""
    mode = MODES.get(one.mode, T("未收"))
    if not one.received:
        return mode
    if one.due:
        text = T("{mode} · {due} 已到期") if late else T("{mode} · {due} 前")
        return T(str(text), mode=mode, due=day(one.due))
    if one.source:
        return T("{mode} · {source}", mode=mode, source=one.source)
    return T("{mode} · {n} 页", mode=mode, n=one.pages) if one.pages else mode


# --- the whole folder -----------------------------------------------------------------------------


def folder(number: str, today: date, thumbs: Thumbs) -> list[Sheet]:
    """Every paper of the case with its files and what stood in its place."""
    now = registry.materials(number)
    facts = attachments.facts(f for one in now for f in one.file_ids)
    history = registry.earlier_materials(number)
    left = iter(range(MOST_PICTURES))
    return [
        Sheet(
            _paper(one, today),
            tuple(
                replace(_file(id, facts, thumbs, left), earlier=_earlier(id))
                for id in one.file_ids
                if id in facts
            ),
            _before(one, history),
        )
        for one in now
    ]


def _earlier(id: str) -> tuple[str, ...]:
    return tuple(one.id for one in attachments.earlier(id))


def _file(
    id: str, facts: Mapping[str, attachments.FileFacts], thumbs: Thumbs, left: Iterator[int]
) -> File:
    thumb = thumbs.get(id)
    picture = ""
    if thumb is not None and thumb.picture and next(left, None) is not None:
        picture = "data:image/webp;base64," + base64.b64encode(thumb.picture).decode()
    return File(id, thumb.pages if thumb else 1, picture, facts[id].scan == "skipped")


def _before(
    one: registry.MaterialFacts, history: Sequence[registry.MaterialFacts]
) -> tuple[tuple[Text, datetime], ...]:
    return tuple((came(was), was.put_at) for was in history if was.kind == one.kind and was.put_at)


def thumbs_for(person: Actor, number: str, *, asked: bool) -> Thumbs:
    """The small pictures of a case's files, for who asked and may: that is a look. Raises
    ReasonNeeded."""
    ids = [f for one in registry.materials(number) for f in one.file_ids]
    if not asked or not ids or not cases.look_at_thumbnails(person, number, ids):
        return {}
    return attachments.thumbnails(ids)


# --- of several cases -----------------------------------------------------------------------------


def shelf(person: Actor, numbers: Iterable[str], today: date, *, asked: bool) -> list[Sheet]:
    """The papers of several cases, the newest case first. ``asked``: with the files of those cases
    whose files the person sees and has said why; that is a look at each of these."""
    found = sorted(registry.materials_of(numbers), key=lambda m: m.case, reverse=True)
    seen = _seen(person, found) if asked else frozenset()
    facts, thumbs = attachments.facts(seen), attachments.thumbnails(seen)
    left = iter(range(MOST_PICTURES))
    return [
        Sheet(
            _paper(one, today),
            tuple(_file(id, facts, thumbs, left) for id in one.file_ids if id in facts),
            (),
        )
        for one in found
    ]


def _seen(person: Actor, papers: Iterable[registry.MaterialFacts]) -> frozenset[str]:
    seen: set[str] = set()
    for number, ones in groupby(papers, key=lambda m: m.case):
        ids = [id for one in ones for id in one.file_ids]
        with suppress(ReasonNeeded):
            if ids and cases.look_at_thumbnails(person, number, ids):
                seen.update(ids)
    return frozenset(seen)
