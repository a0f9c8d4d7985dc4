"""The meter store's books: rows under lock, and the one way in which anything moves.

Each movement is a row that nobody changes and an entry on the chain of the meter or seal; where
an item lies follows from its last movement.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from app import identifiers, settings
from app.db import db
from app.errors import NotAllowed, NotFound
from app.registry import states
from app.registry.models import Meter, Movement, Seal, Store
from app.texts import T
from app.work import Actor, Work

SEAL_TYPES = ("plastic", "steel", "inspection", "lead")


@dataclass(frozen=True)
class Why:
    """What a movement says beside its places: number of the paper, case, point, reason."""

    kind: str
    doc_no: str | None = None
    case: str | None = None
    point_no: str | None = None
    reason: str = ""


def serves(by: Actor, store: Store) -> bool:
    """Whether this storekeeper serves the store: of the head office all, else one's region's."""
    return by.sees_all_regions or store.region == by.region


def store_row(code: str) -> Store:
    """A store. Raises NotFound."""
    found = db.session.get(Store, code)
    if found is None:
        raise NotFound(T("没有编号为 {code} 的表库。", code=code))
    return found


def served_store(by: Actor, code: str) -> Store:
    """A store that the actor serves. Raises NotFound, NotAllowed."""
    store = store_row(code)
    if not serves(by, store):
        raise NotAllowed(T("您不负责{store}，不能办理该库的业务。", store=store.name))
    return store


def store_rows() -> dict[str, Store]:
    """All stores by code, the company's first."""
    order = Store.level.desc(), Store.code
    return {row.code: row for row in db.session.scalars(sa.select(Store).order_by(*order))}


def store_codes() -> dict[str, str]:
    """Code of the store in which a branch's seals lie, by branch."""
    return {row.branch: row.code for row in store_rows().values()}


def meter_rows(serials: Iterable[str]) -> dict[str, Meter]:
    """Meters by serial, locked in one order for everybody."""
    db.session.flush()
    asked = (
        sa.select(Meter)
        .where(Meter.serial.in_(sorted(set(serials))))
        .order_by(Meter.serial)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.serial: row for row in db.session.scalars(asked)}


def meter_row(serial: str) -> Meter:
    """A meter, locked. Raises NotFound."""
    number = identifiers.fold_number(serial)
    found = meter_rows([number]).get(number)
    if found is None:
        raise NotFound(T("表库里没有表身号 {serial}，请核对表盘", serial=number))
    return found


def keeper(work: Work, item: Meter | Seal) -> str | None:
    """The case that picked the item out and still keeps it."""
    kept = item.held_until is not None and item.held_until > work.at
    return item.held_by if kept else None


def seal_rows(condition: sa.ColumnElement[bool]) -> list[Seal]:
    """Seals, locked in one order for everybody."""
    db.session.flush()
    asked = (
        sa.select(Seal)
        .where(condition)
        .order_by(Seal.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(asked))


def move_meter(work: Work, meter: Meter, *, state: str, store: str | None, why: Why) -> None:
    """Move a meter, and write it down twice: movement and chain. Raises Refused."""
    was, left = meter.state, meter.store
    meter.state = states.move("meter", was, state)
    meter.store, meter.held_by, meter.held_until = store, None, None
    _write(work, why, (left, store), (was, state), serial=meter.serial)
    before = {"state": was, "store": left}
    work.record(meter, f"meter:{why.kind}", before=before, **_said(why, state, store))


def move_seal(
    work: Work, seal: Seal, *, state: str, stores: tuple[str | None, str | None], why: Why
) -> None:
    """Move a seal from the first of the stores to the second. Raises Refused."""
    was = seal.state
    seal.state = states.move("seal", was, state)
    seal.held_by = seal.held_until = None
    _write(work, why, stores, (was, state), seal_id=seal.id)
    before = {"state": was, "store": stores[0]}
    work.record(seal, f"seal:{why.kind}", before=before, **_said(why, state, stores[1]))


def _said(why: Why, state: str, store: str | None) -> dict[str, Any]:
    after = {
        "state": state,
        "store": store,
        "doc_no": why.doc_no,
        "point": why.point_no,
        "reason": why.reason or None,
    }
    return {"after": {k: v for k, v in after.items() if v is not None}, "case": why.case}


def take_in(work: Work, items: Sequence[Meter] | Sequence[Seal], store: str, why: Why) -> None:
    """Put new meters or seals into a store and write down that they came."""
    db.session.add_all(items)
    db.session.flush()
    for item in items:
        meter = isinstance(item, Meter)
        which = {"serial": item.serial} if isinstance(item, Meter) else {"seal_id": item.id}
        _write(work, why, (None, store), (None, item.state), **which)
        action = f"{'meter' if meter else 'seal'}:{why.kind}"
        work.record(item, action, **_said(why, item.state, store))


def _write(
    work: Work,
    why: Why,
    stores: tuple[str | None, str | None],
    went: tuple[str | None, str],
    **item: Any,
) -> None:
    db.session.add(
        Movement(
            at=work.at,
            kind=why.kind,
            from_store=stores[0],
            to_store=stores[1],
            from_state=went[0],
            to_state=went[1],
            point_no=why.point_no,
            doc_no=why.doc_no,
            case_no=why.case,
            reason=why.reason,
            by=work.by.login,
            **item,
        )
    )


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last of that month."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError


def oldest_allowed(on: date) -> date:
    """Meters last verified before this day are not handed out on ``on`` (2.22, [A])."""
    return months_before(on, settings.get("meters.max_age"))
