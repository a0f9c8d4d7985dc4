"""What the doors read: worklists, search. One statement a list; persons in it come sealed."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from psycopg.types.json import Jsonb

from app import identifiers, sealing
from app.cases import rights
from app.cases.timing import DUE, LATE, LIMIT, Timing
from app.db import raw
from app.errors import Invalid
from app.texts import T
from app.work import Actor, now
from app.worktime import SHANGHAI

PAGE = 50
MANY = 1_000
# More open tasks of one group are no list any more that somebody narrows by hand.
CHOSEN_FROM = 5_000
# What stands in a cursor for a moment that never comes.
ENDLESS = ("", "infinity")
LONGEST_AGE = 4
LINE = f"""
    t.id, t.name, t.element, t.procedure, t.case_procedure, t.groups, t.status, t.holder,
    t.holder_name, t.paused, t.created_at, t.due_at, t.closed_at, c.number, c.account_no,
    c.address, c.region, c.branch, c.started_at, c.status, c.card, k.wrapped,
    coalesce(v.name, c.procedure), t.paused_since, c.paused_by, {LIMIT}
"""
FROM = """
    FROM {} JOIN cases c ON c.id = t.case_id JOIN data_keys k ON k.id = c.key_id
    LEFT JOIN procedure_versions v ON v.key = c.procedure AND v.number = c.version
"""
MINE = "t.status = 'open' AND t.holder = ANY(%(me)s)"
OURS = "t.status = 'open' AND t.groups && %(groups)s"
# A person holds few open tasks, however many were done: found first and sorted then. Left to itself
# the planner, which counts the done ones too, reads all open tasks in the order of the list.
OWN = f"(SELECT * FROM tasks t WHERE {MINE} OFFSET 0) t"
REGION = "(%(all)s OR t.region IS NULL OR t.region = %(region)s)"
TABS = {
    "mine": MINE,
    "group": f"{OURS} AND t.holder IS NULL AND {REGION}",
    "overdue": f"{OURS} AND (t.holder IS NULL OR t.holder = ANY(%(me)s)) AND {REGION} AND {LATE}",
    "waiting": f"{OURS} AND {REGION} AND t.paused",
    "done": "t.status = 'done' AND t.closed_by = ANY(%(me)s) AND t.closed_at >= %(midnight)s",
    "all": f"{OURS} AND {REGION}",
}
CHOICES = f"""
    SELECT t.case_procedure, coalesce((SELECT v.name FROM procedure_versions v
            WHERE v.key = t.case_procedure ORDER BY v.number DESC LIMIT 1), t.case_procedure),
        t.element, t.name, t.region
    FROM (SELECT DISTINCT t.case_procedure, t.element, t.name, t.region
        FROM (SELECT t.* FROM tasks t WHERE {OURS} AND {REGION}
            ORDER BY {DUE}, t.id LIMIT {CHOSEN_FROM}) t) t
"""
FILTERS = {
    "procedure": "t.case_procedure = %(procedure)s",
    "step": "t.element = %(step)s",
    "branch": "c.region = %(branch)s",
    "age": "c.started_at <= %(older)s",
}
# Sort → (expression, direction); the id follows so that every line has one place.
SORTS = {
    "": (DUE, "ASC"),
    "due": (DUE, "ASC"),
    "new": ("t.created_at", "DESC"),
    "old": ("t.created_at", "ASC"),
}


@dataclass(frozen=True)
class TaskLine:
    """A row of a worklist. ``applicant`` is masked; ``procedure`` is the case's, by name."""

    id: int
    name: str
    element: str
    drawing: str
    procedure_key: str
    groups: tuple[str, ...]
    status: str
    holder: int | None
    holder_name: str | None
    paused: bool
    created_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    case_number: str
    account_no: str | None
    address: str | None
    region: str | None
    branch: str | None
    started_at: datetime
    case_status: str
    applicant: str
    phone: str
    procedure: str
    mine: bool
    timing: Timing


@dataclass(frozen=True)
class Page:
    """A page of a list; ``cursor`` leads to the next one, None when there is none."""

    items: list[Any]
    cursor: str | None


@dataclass(frozen=True)
class Choices:
    """What a worklist may be narrowed to: (value, label) each."""

    procedures: list[tuple[str, str]]
    steps: list[tuple[str, str]]
    branches: list[tuple[str, str]]


def worklist(
    actor: Actor,
    tab: str = "mine",
    filters: Mapping[str, str] | None = None,
    cursor: str | None = None,
    *,
    limit: int = PAGE,
) -> Page:
    """A page of the actor's tasks: tabs mine, group, overdue, waiting, done, all (API).

    ``filters``: procedure, step, branch (a region), age (days), sort ("", due, new, old).
    Raises Invalid for what is none of these.
    """
    given = dict(filters or {})
    where, values = _where(actor, tab, given)
    key, direction = SORTS.get(given.get("sort", ""), SORTS[""])
    if cursor:
        at, last = _read_cursor(cursor)
        beyond = ">" if direction == "ASC" else "<"
        where += f" AND ({key}, t.id) {beyond} (%(at)s::timestamptz, %(last)s)"
        values |= {"at": at, "last": last}
    source = FROM.format(OWN if tab == "mine" else "tasks t")
    rows = (
        raw()
        .execute(
            f"SELECT {LINE}, ({key})::text {source} WHERE {where} "
            f"ORDER BY {key} {direction}, t.id {direction} LIMIT %(limit)s",
            {**values, "limit": limit + 1},
        )
        .fetchall()
    )
    more = len(rows) > limit
    items = [_line(row, actor) for row in rows[:limit]]
    return Page(items, _cursor(rows[limit - 1][-1], items[-1].id) if more else None)


def _where(actor: Actor, tab: str, given: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    if tab not in TABS:
        raise Invalid(T("没有这一类工作。"))
    conditions = [TABS[tab], *(FILTERS[n] for n in FILTERS if given.get(n))]
    values = {**_who(actor), **{n: given[n] for n in FILTERS if given.get(n)}}
    if given.get("age"):
        if not given["age"].isdecimal() or len(given["age"]) > LONGEST_AGE:
            raise Invalid(fields={"age": T("请填写天数")})
        values["older"] = values["now"] - timedelta(days=int(given["age"]))
    return " AND ".join(conditions), values


def _who(actor: Actor) -> dict[str, Any]:
    moment = now()
    midnight = moment.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "me": [one for one in (actor.id, actor.behalf_of) if one is not None],
        "groups": rights.groups_of(actor),
        "all": actor.sees_all_regions,
        "region": actor.region,
        "now": moment,
        "midnight": midnight,
    }


def _line(row: Sequence[Any], actor: Actor) -> TaskLine:
    card = open_card(row[13], row[20], row[21])
    plain: list[Any] = [*row[:5], tuple(row[5]), *row[6:20]]
    plain += [identifiers.mask_name(card.get("name", ""))]
    plain += [identifiers.mask_phone(card.get("phone", "")), row[22], rights.holds(actor, row[7])]
    since, reason, limit = row[23:26]
    plain += [Timing(row[11], row[12], since, reason, limit, row[17], row[16])]
    return TaskLine(*plain)


def open_card(number: str, card: bytes | None, wrapped: bytes | None) -> dict[str, str]:
    """The people of a case in clear; nothing when there are none or they were destroyed."""
    if card is None or wrapped is None:
        return {}
    key = sealing.unwrap(bytes(wrapped))
    found: dict[str, str] = orjson.loads(sealing.unseal_with(key, bytes(card), number.encode()))
    return found


def _cursor(at: str, last: int) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([at, last])).decode()


def _read_cursor(cursor: str) -> tuple[str, int]:
    try:
        at, last = orjson.loads(base64.urlsafe_b64decode(cursor))
        # Written anew: the database reads fewer forms of a moment than we do.
        moment = at if at in ENDLESS else str(datetime.fromisoformat(at))
        return moment, int(last)
    except (ValueError, TypeError) as error:
        raise Invalid(T("翻页标记不对，请从第一页开始。")) from error


def worklist_counts(actor: Actor) -> dict[str, int]:
    """How many tasks stand under each tab, ``MANY`` at most: to count more helps nobody."""
    shown = ("mine", "group", "overdue", "waiting", "done")
    parts = [
        f"(SELECT count(*) FROM (SELECT FROM tasks t WHERE {TABS[tab]} LIMIT {MANY}))"
        for tab in shown
    ]
    row = raw().execute(f"SELECT {', '.join(parts)}", _who(actor)).fetchone()
    return dict(zip(shown, row or (0,) * len(shown), strict=True))


def worklist_choices(actor: Actor) -> Choices:
    """The procedures, steps and regions among the actor's most urgent open tasks."""
    rows = raw().execute(CHOICES, _who(actor)).fetchall()
    procedures = sorted({(r[0], r[1]) for r in rows})
    steps = sorted({(r[2], r[3]) for r in rows})
    return Choices(procedures, steps, sorted({(r[4], r[4]) for r in rows if r[4]}))


@dataclass(frozen=True)
class CaseLine:
    """A case in a list; ``state``: open, paused, failed, ended or withdrawn."""

    number: str
    procedure_key: str
    procedure: str
    version: int
    state: str
    outcome: str | None
    account_no: str | None
    address: str | None
    region: str | None
    started_at: datetime
    ended_at: datetime | None
    due_at: datetime | None
    applicant: str
    step: str


CASE_LINE = """
    SELECT c.number, c.procedure, coalesce(v.name, c.procedure), c.version,
        CASE WHEN c.status <> 'open' THEN c.status
             WHEN EXISTS (SELECT FROM incidents i WHERE i.case_id = c.id
                          AND i.resolved_at IS NULL) THEN 'failed'
             WHEN c.paused_since IS NOT NULL THEN 'paused' ELSE 'open' END,
        c.outcome, c.account_no, c.address, c.region, c.started_at, c.ended_at, c.due_at,
        c.card, k.wrapped, coalesce((SELECT string_agg(t.name, '、' ORDER BY t.id) FROM tasks t
            WHERE t.case_id = c.id AND t.status = 'open'), ''), c.id
    FROM cases c JOIN data_keys k ON k.id = c.key_id
    LEFT JOIN procedure_versions v ON v.key = c.procedure AND v.number = c.version
    WHERE (%(all)s OR c.region IS NULL OR c.region = %(region)s)
        AND (c.procedure <> ALL(%(closed)s) OR (%(archivist)s AND c.status <> 'open')
            OR EXISTS (SELECT FROM tasks t WHERE t.case_id = c.id AND t.groups && %(groups)s))
"""
CASE_FILTERS = {
    "procedure": " AND c.procedure = %(procedure)s",
    "state": " AND c.status = %(state)s",
    "account": " AND c.account_no = %(account)s",
    "before": " AND c.id < %(before)s",
    "variables": " AND c.open_vars @> %(variables)s",
    # Each way by its own index: together they would be a scan of all cases.
    "q": """ AND c.id IN (
        SELECT q.id FROM cases q WHERE q.number = upper(%(q)s)
        UNION ALL SELECT q.id FROM cases q WHERE q.account_no = %(q)s
        UNION ALL SELECT q.id FROM cases q WHERE length(%(q)s) >= 2
            AND address_pairs(q.address) @> address_pairs(%(q)s)
            AND q.address LIKE '%%' || %(like)s || '%%'
        UNION ALL SELECT n.case_id FROM case_names n WHERE n.hash = ANY(%(hashes)s))""",
}
NAME_KINDS = ("name", "phone", "phone4", "id_no")


def all_cases(
    actor: Actor,
    *,
    q: str = "",
    procedure: str = "",
    state: str = "",
    account: str = "",
    variables: Mapping[str, Any] | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page:
    """Cases that the actor may see, newest first. ``q``: number, account, name, phone (or its
    last four digits), ID number exactly, address by part; full width and spaces folded.
    ``variables``: open values that the case has, all of them (``by_value.need_open``)."""
    if not rights.sees_region(actor, None):
        return Page([], None)
    folded = identifiers.fold(q)
    given = {
        "q": folded,
        "procedure": procedure,
        "state": state,
        "account": account,
        "variables": Jsonb(dict(variables)) if variables else None,
        "before": _read_cursor(cursor)[1] if cursor else None,
    }
    where = "".join(sql for name, sql in CASE_FILTERS.items() if given[name])
    like = folded.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    hashes = [sealing.keyed_hash(kind, folded) for kind in NAME_KINDS] if folded else []
    rows = (
        raw()
        .execute(
            f"{CASE_LINE} {where} ORDER BY c.id DESC LIMIT %(limit)s",
            {
                **given,
                "like": like,
                "hashes": hashes,
                "limit": limit + 1,
                **seeing(actor),
            },
        )
        .fetchall()
    )
    items = [_case_line(row) for row in rows[:limit]]
    return Page(items, _cursor("", rows[limit - 1][-1]) if len(rows) > limit else None)


def seeing(actor: Actor) -> dict[str, Any]:
    """What ``CASE_LINE`` asks of the actor."""
    return {
        "region": actor.region,
        "all": actor.sees_all_regions or actor.id is None,
        "closed": rights.unread_procedures(actor),
        "archivist": "archivist" in actor.groups,
        "groups": rights.groups_of(actor),
    }


def find(actor: Actor, q: str, limit: int = 20) -> list[CaseLine]:
    """The newest cases that fit; all of them for an empty ``q``. See ``all_cases``."""
    return all_cases(actor, q=q, limit=limit).items


SEEN = """
    SELECT number FROM cases WHERE number = ANY(%s) AND (%s OR region IS NULL OR region = %s)
"""


def seen(actor: Actor, numbers: Sequence[str]) -> set[str]:
    """Which of these cases the actor may see."""
    if not numbers or not rights.sees_region(actor, None):
        return set()
    everywhere = actor.sees_all_regions or actor.id is None
    rows = raw().execute(SEEN, (list(numbers), everywhere, actor.region)).fetchall()
    return {number for (number,) in rows}


def _case_line(row: Sequence[Any]) -> CaseLine:
    card = open_card(row[0], row[12], row[13])
    plain: list[Any] = [*row[:12], identifiers.mask_name(card.get("name", "")), row[14]]
    return CaseLine(*plain)
