"""Deployment of a folder: what changed becomes a version, all of it together one release."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from app import engine, forms, people, settings
from app.db import db, raw
from app.definitions import start_timers
from app.definitions.files import Parcel, Parcels, cut, digest, read_folder
from app.definitions.models import Publication
from app.work import Work, command

LIVE = """
    SELECT kind, key, number, hash FROM (
        SELECT 'procedure' AS kind, v.key, v.number, v.hash,
            (r.procedures ->> v.key)::int = v.number AS live
        FROM procedure_versions v LEFT JOIN releases r ON r.id = %(id)s
        UNION ALL
        SELECT 'decision', v.key, v.number, v.hash, (r.decisions ->> v.key)::int = v.number
        FROM decision_versions v LEFT JOIN releases r ON r.id = %(id)s
    ) AS known WHERE live
"""
NEWEST = """
    SELECT 'procedure', key, max(number) FROM procedure_versions GROUP BY key
    UNION ALL SELECT 'decision', key, max(number) FROM decision_versions GROUP BY key
"""
INSERT_FILE = """
    INSERT INTO definition_files (hash, content) VALUES (%s, %s) ON CONFLICT DO NOTHING
"""
INSERT_PROCEDURE = """
    INSERT INTO procedure_versions
        (key, number, name, hash, files, properties, created_at, created_by)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
INSERT_DECISION = """
    INSERT INTO decision_versions (key, number, hash, file, created_at, created_by)
    VALUES (%s, %s, %s, %s, %s, %s)
"""
INSERT_RELEASE = """
    INSERT INTO releases
        (id, procedures, decisions, note, created_at, created_by, created_by_name)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""


@dataclass(frozen=True)
class Deployment:
    """What a deployment did. ``release`` is the live one afterwards (0: none yet).

    ``procedures`` and ``decisions`` name what got a new version, with its number.
    """

    release: int
    changed: bool
    procedures: dict[str, int] = field(default_factory=dict)
    decisions: dict[str, int] = field(default_factory=dict)
    findings: list[Any] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """An error was found: nothing at all was changed."""
        return any(f.severity == "error" for f in self.findings)


@command(right="system")
def deploy(
    work: Work,
    source: Path | Mapping[str, bytes],
    *,
    note: str = "",
    only: Collection[str] | None = None,
) -> Deployment:
    """Deploy a folder (or its files by name, see ``read_folder``): a version for each change.

    Findings of severity error change nothing. ``only`` limits it to these procedures. Timers that
    open cases are planned from now. Refused: one of them is no time.
    """
    files = read_folder(source) if isinstance(source, Path) else source
    findings = check(files, work.at)
    publication = db.session.get(Publication, 1, with_for_update=True, populate_existing=True)
    assert publication is not None
    if any(f.severity == "error" for f in findings):
        return Deployment(publication.release_id, False, findings=findings)
    parcels = cut(files)
    plan = _plan(publication.release_id, parcels, only)
    if not plan.new:
        return Deployment(publication.release_id, False, findings=findings)
    _write_files(files, parcels)
    _write_versions(work, files, parcels, plan)
    _release(work, publication, plan, note)
    return Deployment(
        publication.release_id, True, plan.numbers("procedure"), plan.numbers("decision"), findings
    )


_offered_services: dict[str, Any] = {}
_offered_messages: set[str] = set()
_offered_checks: set[str] = set()


def offer(
    contracts: Mapping[str, Any], messages: Collection[str] = (), checks: Collection[str] = ()
) -> None:
    """Say which services this installation has (type → contract): drawings may call no others;
    which messages come from outside the drawings; and which checks forms may name."""
    _offered_services.clear()
    _offered_services.update(contracts)
    _offered_messages.update(messages)
    _offered_checks.update(checks)


def check(files: Mapping[str, bytes], now: datetime | None = None) -> list[Any]:
    """Everything that stands against a deployment of these files, drawings and forms alike.

    ``now``: for timers that are past already.
    """
    found = engine.check(
        files, services=_offered_services, complete=True, groups=people.group_names(),
        senders=_offered_messages, limits=settings.limit_names(), now=now,
    )  # fmt: skip
    findings = list(found)
    for name, content in files.items():
        if name.endswith(".form"):
            findings.extend(_form_findings(name, content))
    return findings


def _form_findings(name: str, content: bytes) -> list[engine.Finding]:
    return [engine.Finding(**found) for found in forms.lint(content, name, _offered_checks)]


@dataclass(frozen=True)
class Plan:
    """What the next release names, and which of it is new; keys are (kind, key)."""

    before: dict[tuple[str, str], int]
    new: dict[tuple[str, str], int]

    def numbers(self, kind: str) -> dict[str, int]:
        """The new versions of one kind."""
        return {key: number for (k, key), number in self.new.items() if k == kind}

    def map(self, kind: str) -> dict[str, int]:
        """All of one kind that the next release names."""
        merged = self.before | self.new
        return {key: number for (k, key), number in merged.items() if k == kind}


def _plan(release_id: int, parcels: Parcels, only: Collection[str] | None) -> Plan:
    connection = raw()
    live = {
        (kind, key): (number, found)
        for kind, key, number, found in connection.execute(LIVE, {"id": release_id})
    }
    newest = {(kind, key): number for kind, key, number in connection.execute(NEWEST)}
    new = {
        at: newest.get(at, 0) + 1
        for at, parcel in _offered(parcels, only).items()
        if at not in live or live[at][1] != _hash(at[0], parcel)
    }
    return Plan({at: number for at, (number, _) in live.items()}, new)


def _offered(parcels: Parcels, only: Collection[str] | None) -> dict[tuple[str, str], Parcel]:
    chosen = {("procedure", k): p for k, p in parcels.procedures.items() if not only or k in only}
    return chosen | {("decision", k): p for k, p in parcels.decisions.items()}


def _hash(kind: str, parcel: Parcel) -> str:
    # A decision is one file: its row points at the content by this very hash.
    return parcel.hash if kind == "procedure" else next(iter(parcel.files.values()))


def _write_files(files: Mapping[str, bytes], parcels: Parcels) -> None:
    names = {n for p in parcels.procedures.values() for n in p.files}
    names |= {n for p in parcels.decisions.values() for n in p.files}
    with raw().cursor() as cursor:
        cursor.executemany(INSERT_FILE, [(digest(files[name]), files[name]) for name in names])


def _write_versions(work: Work, files: Mapping[str, bytes], parcels: Parcels, plan: Plan) -> None:
    drawings = engine.compile({n: c for n, c in files.items() if not n.endswith(".typ")}).processes
    connection = raw()
    for key, number in plan.numbers("procedure").items():
        parcel, drawn = parcels.procedures[key], drawings[key]
        connection.execute(
            INSERT_PROCEDURE,
            (
                key,
                number,
                drawn.name,
                parcel.hash,
                Jsonb(dict(parcel.files)),
                Jsonb(dict(drawn.properties)),
                work.at,
                work.by.id,
            ),
        )
    for key, number in plan.numbers("decision").items():
        parcel = parcels.decisions[key]
        file = next(iter(parcel.files))
        connection.execute(
            INSERT_DECISION,
            (
                key,
                number,
                _hash("decision", parcel),
                file,
                work.at,
                work.by.id,
            ),
        )
    start_timers.plan(work, [drawings[key] for key in plan.numbers("procedure")])


def _release(work: Work, publication: Publication, plan: Plan, note: str) -> None:
    number = publication.release_id + 1
    procedures, decisions = plan.map("procedure"), plan.map("decision")
    raw().execute(
        INSERT_RELEASE,
        (
            number,
            Jsonb(procedures),
            Jsonb(decisions),
            note,
            work.at,
            work.by.id,
            work.by.name,
        ),
    )
    before = publication.release_id
    publication.release_id = number
    work.record(
        publication,
        "release:publish",
        release=number,
        comment=note or None,
        before={"release": before},
        after={
            "release": number,
            "new_procedures": plan.numbers("procedure"),
            "new_decisions": plan.numbers("decision"),
        },
    )
