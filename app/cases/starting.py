"""A case comes into being: by a person, or by a message of another case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app import definitions, engine, registry, sealing, settings
from app.cases import advance, keep
from app.cases.advance import Move
from app.cases.clock import calendar_of
from app.cases.follow import Plan
from app.cases.hold import Held
from app.errors import NotFound
from app.work import Work

NEXT_ID = "SELECT nextval('case_id_seq')"
PLAIN_PREFIX = "AJ"


def open_case(
    work: Work,
    procedure: definitions.Published,
    variables: Mapping[str, Any],
    *,
    element: str | None = None,
    parent: Held | None = None,
) -> tuple[Move, Plan]:
    """Open a case on the live release and move it to where it waits.

    ``element`` names a message start; ``parent`` is the case that sent the message.
    """
    case, key = _new(work, procedure, parent)
    _place(work, case, variables, parent)
    if element and work.by.id is not None:
        # Who asked by a message has done the start: four eyes hold against that person.
        case.doers = {element: [work.by.id]}
    known = {"case_number": case.number, **_known_place(case), **variables}
    run = engine.Run(definitions.library(procedure.release), calendar_of(case))
    outcome = run.start(procedure.key, known, work.at, element)
    move = advance.advance(work, case, run, outcome)
    entry = {"after": _said(case, known), "sealed": {"variables": case.seal(known)}}
    plan = keep.keep(work, move, "case:start", key=key, entry=entry)
    return move, plan


def _new(
    work: Work, procedure: definitions.Published, parent: Held | None
) -> tuple[Held, sealing.KeyRow]:
    prefix = procedure.properties.get("number_prefix") or PLAIN_PREFIX
    key = sealing.key_row("case")
    case = Held(
        id=int(work.execute(NEXT_ID).fetchone()[0]),
        number=settings.next_number(work, prefix),
        procedure=procedure.key, version=procedure.version, release_id=procedure.release,
        parent_id=parent.id if parent else None, key_id=key.id, state=b"", card=None,
        open_vars={}, waits={}, doers={}, task_count=0, account_no=None, address=None,
        region=None, branch=None, status="open", outcome=None, register_changed=False,
        extended=False, first_receiver=work.by.id, started_at=work.at, ended_at=None, due_at=None,
        paused_since=None, paused_seconds=0, paused_days=0, clock={}, paused_by=None,
        gross_seconds=None, net_seconds=None, chain_seq=0, chain_head=b"",
        wrapped=key.wrapped,
    )  # fmt: skip
    return case, key


def _place(work: Work, case: Held, variables: Mapping[str, Any], parent: Held | None) -> None:
    """Where a case belongs: what is said, else its parent's, else the receiver's own place."""
    by = work.by
    case.account_no = variables.get("account_no") or (parent.account_no if parent else None)
    case.address = variables.get("address") or (parent.address if parent else None)
    case.region = variables.get("region") or (parent.region if parent else by.region)
    case.branch = variables.get("branch") or (parent.branch if parent else by.branch)
    _as_registered(case, parent)


def _as_registered(case: Held, parent: Held | None) -> None:
    """A list names the place and the owner from the start; the applicant follows when known."""
    if parent is not None or not case.account_no:
        return
    try:
        account = registry.account(case.account_no)
    except NotFound:
        return
    case.address = case.address or account.service_point.address
    case.people = {"name": account.owner.name}


def _known_place(case: Held) -> dict[str, str]:
    place = {"account_no": case.account_no, "region": case.region, "branch": case.branch}
    return {name: value for name, value in place.items() if value}


def _said(case: Held, known: Mapping[str, Any]) -> dict[str, Any]:
    names = definitions.content(case.release_id).open_names.get(case.procedure, frozenset())
    opened = {name: known[name] for name in sorted(known) if name in names}
    return {"account_no": case.account_no, "region": case.region, "variables": opened}
