"""What is published: the live release, its procedures, and what a person may start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app import engine
from app.db import raw
from app.definitions.library import library, process
from app.errors import NotFound
from app.texts import T
from app.work import Actor

CURRENT = "SELECT release_id FROM publication"
PUBLISHED = """
    SELECT v.key, v.name, v.number, v.properties, r.id
    FROM publication p JOIN releases r ON r.id = p.release_id,
        jsonb_each_text(r.procedures) AS m
    JOIN procedure_versions v ON v.key = m.key AND v.number = m.value::int
    ORDER BY v.key
"""
RELEASES = """
    SELECT id, procedures, decisions, note, created_at, created_by_name
    FROM releases ORDER BY id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Published:
    """A procedure of the live release. ``properties`` are those of its drawing, as text."""

    key: str
    name: str
    version: int
    properties: dict[str, str]
    release: int

    @property
    def starters(self) -> tuple[str, ...]:
        """Groups that may start it; none: it is only called, or started by a message."""
        return words(self.properties.get("starters", ""))

    @property
    def documentation(self) -> str | None:
        """What the drawing says of itself."""
        return process(self.release, self.key).documentation

    def startable_by(self, groups: Iterable[str]) -> bool:
        """Whether one of the groups starts it; a region's group counts as its kind."""
        held = set(groups)
        kinds = {group.partition(":")[0] for group in held} | held
        return bool(kinds.intersection(self.starters))


def words(text: str) -> tuple[str, ...]:
    """A list in a property: words set apart by commas or spaces."""
    return tuple(text.replace(",", " ").replace("，", " ").split())


def current_release() -> int:
    """Id of the live release. Raises NotFound when nothing was ever deployed."""
    row = raw().execute(CURRENT).fetchone()
    if row is None or not row[0]:
        raise NotFound(T("还没有发布任何流程。"))
    return int(row[0])


def published() -> list[Published]:
    """All procedures of the live release, called ones included."""
    return [Published(*row) for row in raw().execute(PUBLISHED)]


def published_one(key: str) -> Published:
    """One procedure of the live release. Raises NotFound."""
    for found in published():
        if found.key == key:
            return found
    raise NotFound(T("没有名为 {key} 的流程。", key=key))


def live_starts(kind: str, name: str | None = None) -> list[tuple[Published, engine.StartEvent]]:
    """What opens cases of the live release by itself; of messages and signals those of a name."""
    live = {p.key: p for p in published()}
    if not live:
        return []
    starts = library(next(iter(live.values())).release).starts(kind)
    return [(live[s.process_key], s) for s in starts if name is None or s.name == name]


def startable(who: Actor | Iterable[str]) -> list[Published]:
    """What an actor, or somebody of these groups, may start."""
    groups = who.groups if isinstance(who, Actor) else who
    return [found for found in published() if found.startable_by(groups)]


def missing_services(release: int, procedure: str, known: Iterable[str]) -> set[str]:
    """Services that a procedure, or what it calls, uses and that the installation has not."""
    drawn = library(release).processes
    called: set[str] = set()
    seen, todo = {procedure}, [procedure]
    while todo:
        found = drawn.get(todo.pop())
        if found is not None:
            called.update(found.services)
            todo += [key for key in found.calls if key not in seen]
            seen.update(found.calls)
    return called - set(known)
