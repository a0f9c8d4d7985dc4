"""Demo stock: the company's store and one of each branch, meters and seals in them.

Serials say where they lie and what they are: ``serial("城东", 20, 1)`` is ``LJ3120001``; seals
likewise: ``seal_no("城东", "plastic", 1)`` is ``S1-00001``. Region None: the company's store.
"""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa

from app import settings
from app.db import db
from app.registry.demo.rows import Batch, Link, new_ids, write
from app.registry.models import Meter, Store
from app.registry.stock import SEAL_TYPES, Why, move_meter
from app.texts import T
from app.work import Work
from app.worktime import local_day

COMPANY = "ZK"
# Calibre: how many in a small branch store; Q3 in m³/h; years, and what is done after them (2.4).
COLUMNS = {
    "meter": "serial, calibre, type, model, maker, q3, max_dial, first_verification, life_until,"
    " life_rule, state, store, chain_seq, chain_head",
    "seal": "id, no, type, branch, state, chain_seq, chain_head",
    "stock_movement": "at, kind, serial, seal_id, to_store, to_state, reason, by",
}
METERS = {
    15: (10, 2.5, 6, "renew"),
    20: (20, 4.0, 6, "renew"),
    25: (6, 6.3, 6, "renew"),
    32: (3, 10.0, 4, "renew"),
    40: (3, 16.0, 4, "renew"),
    50: (3, 25.0, 2, "verify"),
}
SEALS = 20
LETTERS = {"plastic": "S", "steel": "G", "inspection": "J", "lead": "Q"}
VERIFIED_DAYS = 45
# One more of DN20 in each branch, verified too long ago to be handed out.
STALE = 999


def serial(region: str | None, calibre: int, n: int) -> str:
    """Serial of the n-th meter (from 1) of a calibre in a store."""
    return f"LJ3{_index(region)}{calibre}{n:03}"


def seal_no(region: str | None, type_: str, n: int) -> str:
    """Number of the n-th seal (from 1) of a type in a store."""
    return f"{LETTERS[type_]}{_index(region)}-{n:05}"


def _index(region: str | None) -> int:
    return 0 if region is None else 1 + list(settings.regions()).index(region)


def load(work: Work, *, times: int = 1) -> int:
    """Fill the stores; ``times``: how many of the small stores' meters and seals. Gives how many
    meters were taken in."""
    day, made = local_day(work.at), 0
    for store in _stores(work):
        batch = Batch()
        made += _meters(work, batch, store, times, day)
        _seals(work, batch, store, times)
        # So many entries go in at once; see the limit of the driver's parameters.
        write(work, batch, COLUMNS)
    _shelve_removed(work)
    return made


def _stores(work: Work) -> list[Store]:
    codes = settings.regions()
    wanted = [Store(code=COMPANY, name="公司总库", level="company", branch="公司总库")]
    wanted += [
        Store(code=code, name=f"{region}分库", level="branch", region=region,
              branch=f"{region}供水分公司")
        for region, code in codes.items()
    ]  # fmt: skip
    db.session.add_all(wanted)
    db.session.flush()
    for store in wanted:
        work.record(store, "store:put", after={"name": store.name, "level": store.level})
    return wanted


def _meters(work: Work, batch: Batch, store: Store, times: int, day: date) -> int:
    made = 0
    for calibre, (count, *_) in METERS.items():
        for n in range(1, count * times + 1):
            verified = day - timedelta(days=VERIFIED_DAYS + n % 20)
            _meter(work, batch, store, (serial(store.region, calibre, n), calibre), verified)
            made += 1
    if store.region is not None:
        stale = serial(store.region, 20, STALE), 20
        _meter(work, batch, store, stale, day - timedelta(days=800))
        made += 1
    return made


def _meter(work: Work, batch: Batch, store: Store, what: tuple[str, int], verified: date) -> None:
    number, calibre = what
    _, q3, years, rule = METERS[calibre]
    link = Link("meter", number)
    row = (
        number,
        calibre,
        "large" if calibre > 40 else "mechanical",
        f"LXS-{calibre}E",
        "临江仪表",
        q3,
        99_999 if calibre <= 40 else 999_999,
        verified,
        verified + timedelta(days=365 * years),
        rule,
        "in_stock",
        store.code,
    )
    batch.add("meter", row, link)
    _came(work, batch, store, link, ("in_stock", number, None))


def _seals(work: Work, batch: Batch, store: Store, times: int) -> None:
    each = SEALS * times
    ids = iter(new_ids(work, "seal", each * len(SEAL_TYPES)))
    for type_ in SEAL_TYPES:
        for n in range(1, each + 1):
            id = next(ids)
            link = Link("seal", str(id))
            row = (id, seal_no(store.region, type_, n), type_, store.branch, "unused")
            batch.add("seal", row, link)
            _came(work, batch, store, link, ("unused", None, id))


def _came(
    work: Work, batch: Batch, store: Store, link: Link, item: tuple[str, str | None, int | None]
) -> None:
    reason = str(T("期初库存"))
    row = (work.at, "intake", item[1], item[2], store.code, item[0], reason, work.by.login)
    batch.add("stock_movement", row)
    after = {"state": item[0], "store": store.code, "reason": reason}
    work.record(link, f"{link.subject_kind}:intake", after=after)


def _shelve_removed(work: Work) -> None:
    """Meters of closed accounts that were taken down lie in the store of their branch."""
    asked = sa.text("""
        SELECT m.serial, s.code, i.point_no FROM meter m
        JOIN installation i ON i.serial = m.serial
        JOIN service_point p ON p.no = i.point_no
        JOIN store s ON s.region = p.region
        WHERE m.state = 'in_stock' AND m.store IS NULL ORDER BY m.serial
    """)
    for number, code, point_no in db.session.execute(asked).all():
        meter = db.session.get_one(Meter, number)
        why = Why("give_back", point_no=point_no, reason=str(T("销户拆回")))
        move_meter(work, meter, state="in_stock", store=code, why=why)
