"""Papers received for a case, promised for later, or shared by another authority."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from app import attachments, settings
from app.db import db
from app.registry.facts import MaterialFacts
from app.registry.models import Material
from app.work import Work
from app.worktime import SHANGHAI

PROMISED = "commitment"


def put_material(
    work: Work,
    *,
    case: str,
    kind: str,
    title: str,
    mode: str,
    pages: int,
    received: bool,
    file_ids: Sequence[str] = (),
    due: date | None = None,
    source: str | None = None,
) -> None:
    """Write a paper down; one with other content supersedes that of its kind, none is deleted.

    ``due``: until when a promised paper must come. Promising again does not put that day off, but
    may bring it nearer. ``source``: where shared data come from. Of a file that was superseded the
    one in its place is meant.
    """
    old = _current(case, kind)
    if old is not None and old.mode == mode == PROMISED:
        due = min((day for day in (old.due, due) if day), default=None)
    last = attachments.newest(file_ids)
    material = Material(
        case_no=case, kind=kind, title=title, mode=mode, pages=pages, received=received,
        file_ids=list(dict.fromkeys(last.get(one, one) for one in file_ids)), due=due,
        source=source or None, put_at=work.at, chain_seq=0, chain_head=b"",
    )  # fmt: skip
    if old is not None and _open(old) == _open(material):
        return
    _set_clock(material, old)
    if old is not None:
        old.superseded_at = work.at
        db.session.flush()
        work.record(old, "material:supersede", before=_open(old), case=case)
    db.session.add(material)
    db.session.flush()
    work.record(material, "material:put", after=_open(material), case=case)


def _set_clock(new: Material, old: Material | None) -> None:
    """The two moments of a promise; what was said of the same day is not said again."""
    if new.mode != PROMISED or new.due is None:
        return
    opening, _ = settings.calendar().hours
    new.remind_at = datetime.combine(new.due, opening, SHANGHAI)
    new.late_at = datetime.combine(new.due + timedelta(days=1), time(), SHANGHAI)
    if old is not None and old.mode == PROMISED and old.due == new.due:
        new.reminded_at, new.late_noted_at = old.reminded_at, old.late_noted_at


def materials(case_number: str) -> list[MaterialFacts]:
    """The case's papers as they are now, in the order they came."""
    return materials_of([case_number])


def materials_of(case_numbers: Iterable[str]) -> list[MaterialFacts]:
    """The papers of several cases as they are now, in the order they came."""
    asked = sa.select(Material).where(
        Material.case_no.in_(list(case_numbers)), Material.superseded_at.is_(None)
    )
    return [_facts(each) for each in db.session.scalars(asked.order_by(Material.id))]


def earlier_materials(case_number: str) -> list[MaterialFacts]:
    """What stood in the place of a case's papers before, newest first."""
    asked = sa.select(Material).where(
        Material.case_no == case_number, Material.superseded_at.is_not(None)
    )
    return [_facts(each) for each in db.session.scalars(asked.order_by(Material.id.desc()))]


def _current(case: str, kind: str) -> Material | None:
    return db.session.scalar(
        sa.select(Material)
        .where(Material.case_no == case, Material.kind == kind, Material.superseded_at.is_(None))
        .with_for_update()
    )


def _facts(row: Material) -> MaterialFacts:
    return MaterialFacts(
        row.kind, row.title, row.mode, row.pages, row.received, tuple(row.file_ids), row.due,
        row.source, row.case_no, row.put_at, row.late_noted_at, row.superseded_at,
    )  # fmt: skip


def _open(row: Material) -> dict[str, object]:
    return {
        "kind": row.kind,
        "title": row.title,
        "mode": row.mode,
        "pages": row.pages,
        "received": row.received,
        "files": list(row.file_ids),
        "due": row.due,
        **({"source": row.source} if row.source else {}),
    }
