"""Views of the worklist that a person has named (常用视图): a choice of one's own, no business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from psycopg.types.json import Jsonb

from app.db import raw
from app.errors import Invalid
from app.texts import T
from app.work import Actor, Work, command

MINE = "SELECT id, name, query FROM views WHERE person_id = %s ORDER BY name"
SAVE = """
    INSERT INTO views (person_id, name, query) VALUES (%s, %s, %s)
    ON CONFLICT (person_id, name) DO UPDATE SET query = excluded.query
"""
MOST, LONGEST = 20, 20


@dataclass(frozen=True)
class View:
    """One view; ``query`` holds tab and filters."""

    id: int
    name: str
    query: dict[str, str]


def views(actor: Actor) -> list[View]:
    """The person's own, by name."""
    return [View(*row) for row in raw().execute(MINE, (actor.id,)).fetchall()]


@command(right="self")
def save_view(work: Work, name: str, query: Mapping[str, str]) -> None:
    """Name what the list shows now; the same name again is the new one. Raises Invalid."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST:
        raise Invalid(fields={"name": T("请填写不超过 {n} 个字的名称", n=LONGEST)})
    kept = views(work.by)
    if len(kept) >= MOST and name not in {one.name for one in kept}:
        raise Invalid(fields={"name": T("最多保存 {n} 个视图，请先删除不用的。", n=MOST)})
    work.execute(SAVE, (work.by.id, name, Jsonb(dict(query))))


@command(right="self")
def drop_view(work: Work, view_id: int) -> None:
    """Forget one of one's own; another's stays."""
    work.execute("DELETE FROM views WHERE id = %s AND person_id = %s", (view_id, work.by.id))
