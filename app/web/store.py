"""The meter store: what lies where, how a meter moved, what is due. Nothing changes here."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

from flask import render_template, request

from app import identifiers, registry, settings
from app.errors import NotFound
from app.procedures.meter_store import KEEPERS, READERS
from app.registry import states
from app.texts import T
from app.web.door import door
from app.web.rights import actor, belongs, may
from app.work import now
from app.worktime import local_day

PAGE = 50
TABS = (
    ("web.store", T("库存")),
    ("web.store_meters", T("水表")),
    ("web.store_seals", T("封号")),
    ("web.store_deliveries", T("入库")),
    ("web.store_out", T("已发未装")),
    ("web.store_old", T("旧表未回收")),
    ("web.store_counts", T("盘点")),
    ("web.store_due", T("到期轮换")),
)
LYING = ("in_stock", "to_verify")
LONGEST = 500
# How a difference of a count was settled.
HOW = {
    "found": T("找到了"),
    "written_off": T("盘亏报废"),
    "moved": T("调入本库"),
    "noted": T("只作说明"),
}
RULES = {"renew": T("更换"), "verify": T("送检")}


def page(template: str, **given: Any) -> str:
    """A page of the store, with what all of them show."""
    return render_template(
        template,
        tabs=TABS,
        keeper=belongs(actor(), KEEPERS),
        label=states.label,
        now=now(),
        **given,
    )


def own_region() -> str | None:
    """Whose addresses the person sees: None for all."""
    person = actor()
    return None if person.sees_all_regions else person.region or ""


def served() -> list[registry.StoreFacts]:
    """The stores for which the person may act."""
    person = actor()
    return [s for s in registry.stores() if person.sees_all_regions or s.region == person.region]


@door.get("/store")
@may(*READERS)
def store() -> str:
    """Stock by store, calibre and state; when each was counted."""
    found = registry.stores()
    counts: dict[str, dict[tuple[int, str], int]] = defaultdict(dict)
    for level in registry.levels():
        counts[level.store][level.calibre, level.state] = level.count
    calibres = sorted({calibre for each in counts.values() for calibre, _ in each})
    return page(
        "store.html",
        stores=found,
        calibres=calibres,
        counts=counts,
        states=LYING,
        overdue=_count_overdue(found),
        counted=registry.last_counts(),
    )


def _count_overdue(found: list[registry.StoreFacts]) -> set[str]:
    """Stores whose last count is too long ago, or that were never counted (P28)."""
    since = now() - timedelta(days=settings.get("meters.count_every"))
    last = registry.last_counts()
    return {one.code for one in found if one.code not in last or last[one.code] < since}


@door.get("/store/meters")
@may(*READERS)
def store_meters() -> str:
    """Meters by serial, store, calibre and state."""
    asked = request.args
    calibre = asked.get("calibre", "")
    chosen = {name: asked.get(name, "")[:40] for name in ("q", "store", "state", "after")}
    found = registry.find_meters(
        q=chosen["q"],
        store=chosen["store"] or None,
        calibre=int(calibre) if calibre.isdecimal() and len(calibre) < 5 else None,
        state=chosen["state"] or None,
        after=chosen["after"],
        limit=PAGE + 1,
    )
    kept = {**chosen, "calibre": calibre}
    more = {**kept, "after": found[PAGE - 1].serial} if len(found) > PAGE else None
    return page("store_meters.html", meters=found[:PAGE], more=more, filters=_filters(), asked=kept)


def _filters() -> list[tuple[str, Any, list[tuple[str, Any]]]]:
    stores = [(one.code, one.name) for one in registry.stores()]
    kinds = list(states.LABELS["meter"].items())
    calibres = [(str(n), f"DN{n}") for n in identifiers.CALIBRES]
    return [
        ("store", T("表库"), [("", T("各库")), *stores]),
        ("calibre", T("口径"), [("", T("各口径")), *calibres]),
        ("state", T("状态"), [("", T("各状态")), *kinds]),
    ]


def known_meter(serial: str) -> registry.StockFacts:
    """A meter of the store's books. Raises NotFound."""
    found = registry.stock_meter(serial)
    if found is None:
        raise NotFound(T("表库里没有表身号 {serial}，请核对表盘", serial=serial))
    return found


@door.get("/store/meters/<serial>")
@may(*READERS)
def store_meter(serial: str) -> str:
    """A meter with every movement."""
    found = known_meter(serial)
    return page(
        "store_meter.html",
        meter=found,
        moves=list(reversed(registry.movements(found.serial))),
        lying=found.state in LYING,
        rule=RULES.get(found.life_rule or ""),
        outside=registry.old_meter(found.serial),
    )


@door.get("/store/seals")
@may(*READERS)
def store_seals() -> str:
    """Seals by branch and type; one by its number."""
    q = request.args.get("q", "")[:40]
    found = registry.find_seals(q) if q else []
    moves = {one.id: registry.seal_movements(one.id) for one in found}
    return page("store_seals.html", levels=registry.seal_levels(), q=q, found=found, by_seal=moves)


@door.get("/store/deliveries")
@may(*READERS)
def store_deliveries() -> str:
    """What came, and what waits for the supplier's exchange."""
    return page(
        "store_deliveries.html",
        deliveries=registry.deliveries(),
        exchanges=registry.exchanges(),
    )


@door.get("/store/out")
@may(*READERS)
def store_out() -> str:
    """What was handed out and is not installed yet."""
    found = registry.waiting_issues(region=own_region())
    return page("store_out.html", issues=found, today=local_day(now()))


@door.get("/store/old")
@may(*READERS)
def store_old() -> str:
    """Old meters that did not come back when the new ones were drawn."""
    found = registry.old_meters(region=own_region(), limit=LONGEST)
    return page("store_old.html", meters=found, today=local_day(now()))


@door.get("/store/counts")
@may(*READERS)
def store_counts() -> str:
    """The counts, newest first."""
    return page("store_counts.html", counts=registry.counts())


@door.get("/store/counts/<no>")
@may(*READERS)
def store_count(no: str) -> str:
    """A count with its differences."""
    found = registry.count(no)
    if found is None:
        raise NotFound(T("没有这次盘点。"))
    count, differences = found
    return page("store_count.html", count=count, differences=differences, how=HOW)


@door.get("/store/due")
@may(*READERS)
def store_due() -> str:
    """Installed meters whose life ends soon, or has ended."""
    today = local_day(now())
    ahead = settings.get("meters.rotation_ahead")
    found = registry.rotation_due(today + timedelta(days=ahead), region=own_region())
    return page("store_due.html", due=found, today=today, ahead=ahead, rules=RULES)
