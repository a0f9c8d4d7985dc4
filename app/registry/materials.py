"""Papers received for a case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from app.db import db
from app.registry.facts import MaterialFacts
from app.registry.models import Material
from app.work import Work

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
) -> None:
    """Write a paper down; one with other content supersedes that of its kind, none is deleted.

    ``due``: until when a promised paper must come. Promising again does not put that day off.
    """
    old = _current(case, kind)
    if old is not None and old.mode == mode == PROMISED:
        due = old.due or due
    new = MaterialFacts(kind, title, mode, pages, received, tuple(file_ids), due)
    if old is not None and _facts(old) == new:
        return
    if old is not None:
        old.superseded_at = work.at
        db.session.flush()
        work.record(old, "material:supersede", before=_open(old), case=case)
    material = Material(
        case_no=case,
        kind=kind,
        title=title,
        mode=mode,
        pages=pages,
        received=received,
        file_ids=list(file_ids),
        due=due,
        put_at=work.at,
        chain_seq=0,
        chain_head=b"",
    )
    db.session.add(material)
    db.session.flush()
    work.record(material, "material:put", after=_open(material), case=case)


def materials(case_number: str) -> list[MaterialFacts]:
    """The case's papers as they are now, in the order they came."""
    asked = sa.select(Material).where(
        Material.case_no == case_number, Material.superseded_at.is_(None)
    )
    return [_facts(each) for each in db.session.scalars(asked.order_by(Material.id))]


def _current(case: str, kind: str) -> Material | None:
    return db.session.scalar(
        sa.select(Material)
        .where(Material.case_no == case, Material.kind == kind, Material.superseded_at.is_(None))
        .with_for_update()
    )


def _facts(row: Material) -> MaterialFacts:
    return MaterialFacts(
        row.kind, row.title, row.mode, row.pages, row.received, tuple(row.file_ids), row.due
    )


def _open(row: Material) -> dict[str, object]:
    return {
        "kind": row.kind,
        "title": row.title,
        "mode": row.mode,
        "pages": row.pages,
        "received": row.received,
        "files": list(row.file_ids),
        "due": row.due,
    }
