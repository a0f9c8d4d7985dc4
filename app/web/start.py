"""Taking a matter in: which one, for which account; then the first step opens."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for

from app import cases, definitions, registry
from app.errors import NotAllowed, NotFound, Problem
from app.texts import authored
from app.web import problems, show
from app.web.door import door
from app.web.forms_io import MOST_ONCE
from app.web.rights import actor, signed_in


@dataclass(frozen=True)
class Tile:
    """A procedure that may be started here; ``for_account``: only for an account there is."""

    key: str
    name: str
    text: str
    for_account: bool


def tiles() -> list[Tile]:
    """What the person's groups may start."""
    return [
        Tile(
            one.key,
            authored(one.name),
            one.properties.get("summary", ""),
            # What locks an account cannot begin without one.
            one.properties.get("interlock") == "account",
        )
        for one in definitions.startable(actor())
    ]


def _tile(key: str) -> Tile:
    found = next((tile for tile in tiles() if tile.key == key), None)
    if found is None:
        raise NotAllowed
    return found


@door.get("/start")
@signed_in
def start() -> str:
    """Tiles of what my groups may start."""
    return render_template("start.html", tiles=tiles())


@door.get("/start/<key>")
@signed_in
def start_page(key: str) -> str:
    """First the account, where the matter is one of an account."""
    return _one(_tile(key))


@door.post("/start/<key>/find")
@signed_in
def start_find(key: str) -> str:
    """Accounts that fit; by POST, so that no name stands in an address or a log."""
    q = request.form.get("q", "")
    lines = registry.find_accounts(q, region=show.region(actor()))
    return _one(_tile(key), [show.hit(line) for line in lines], q)


def _one(tile: Tile, hits: list[Any] | None = None, q: str = "", problem: str = "") -> str:
    """A page of its own each time: sent twice it opens one case."""
    return render_template(
        "start_one.html", tile=tile, hits=hits, q=q, problem=problem, once=secrets.token_urlsafe(16)
    )


def _once(account_no: str) -> str | None:
    once = request.form.get("_once", "")[:MOST_ONCE]
    return f"{once}:{account_no}" if once else None


@door.post("/start/<key>")
@signed_in
def start_case(key: str) -> Response:
    """Start the case, for the account if one was chosen, and open its first step."""
    tile = _tile(key)
    account_no = request.form.get("account_no", "")
    given = {"account_no": account_no} if account_no or tile.for_account else {}
    try:
        moved = cases.start(key, given, key=_once(account_no), by=actor())
    except (NotAllowed, NotFound):
        raise
    except Problem as problem:
        words = next(iter(problem.fields.values()), problem.text)
        return make_response(_one(tile, problem=words), problems.status_of(problem))
    if moved.next is None:
        return make_response(redirect(url_for("web.case", number=moved.number), 303))
    return make_response(redirect(url_for("web.task", task_id=moved.next.id), 303))
