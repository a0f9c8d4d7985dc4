"""Rows of a demo account, ready to be copied in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from app import sealing
from app.identifiers import luhn_digit
from app.registry import charging, customers, relieving
from app.registry.billing import tier_of
from app.registry.demo.plans import Plan
from app.registry.private import Vault
from app.registry.search import address_key
from app.work import Work

Row = tuple[Any, ...]
# In the order of their references; the heads of chains are filled in at the end.
COLUMNS = {
    "data_keys": "id, kind, wrapped, master_id",
    "customer": "id, type, key_id, sealed, name_hash, id_hash, flags, created_at,"
    " chain_seq, chain_head",
    "customer_phone": "customer_id, phone_hash, last4_hash",
    "service_point": "no, address, address_key, region, branch, state, calibre_planned",
    "account": "account_no, customer_id, point_no, sealed, bill_name_hash, category, price_code,"
    " household_size, pay_method, book_no, book_seq, region, branch, state, balance, tier_used,"
    " tier_from, opened, closed, chain_seq, chain_head",
    "meter": "serial, calibre, type, maker, max_dial, first_verification, life_until, life_rule,"
    " state, chain_seq, chain_head",
    "installation": "id, serial, point_no, installed, start_reading, last_reading, last_date,"
    " reversed, removed, end_reading",
    "seal": "no, type, branch, state, installation_id",
    "reading": "account_no, installation_id, read_on, reading, volume, source",
    "bill": "bill_no, account_no, customer_id, kind, period, issued, due, volume, fees, late_fee,"
    " paid, state",
    "bill_line": "bill_no, seq, component, tier, volume, price, amount",
    "contract": "contract_no, account_no, customer_id, sealed, category, price_code, signed,"
    " ended, state",
    "relief": "account_no, customer_id, kind, sealed, valid_from, valid_to, quota, cert_hash",
    "violation": "account_no, kind, notice_no, opened",
}
# Years until a meter is renewed or verified, up to a calibre: as the shipped table has it.
LIVES = ((25, (6, "renew")), (50, (4, "renew")), (1_000, (2, "verify")))
RESIDENT = (
    {"component": "water_fee", "tier": 1, "upto": 216, "per_person": 54, "price": 19_800},
    {"component": "water_fee", "tier": 2, "upto": 300, "per_person": 75, "price": 29_700},
    {"component": "water_fee", "tier": 3, "upto": None, "price": 59_400},
    {"component": "sewage_fee", "tier": 1, "upto": None, "price": 9_500},
)
OTHERS = (
    {"component": "water_fee", "tier": 1, "upto": None, "price": 31_500},
    {"component": "sewage_fee", "tier": 1, "upto": None, "price": 14_000},
)


@dataclass
class Link:
    """A light subject of the trail: a row that is copied in with its head."""

    subject_kind: str
    subject_key: str
    chain_seq: int = 0
    chain_head: bytes = b""

    @property
    def head(self) -> Row:
        """The last two columns of the row."""
        return self.chain_seq, self.chain_head


@dataclass
class Batch:
    """Rows by table; those with a chain wait for their head."""

    rows: dict[str, list[tuple[Row, Link | None]]] = field(default_factory=dict)

    def add(self, table: str, row: Row, link: Link | None = None) -> None:
        """Take a row."""
        self.rows.setdefault(table, []).append((row, link))

    def ready(self, table: str) -> Iterator[Row]:
        """The rows of a table with their heads."""
        for row, link in self.rows.get(table, ()):
            yield row if link is None else (*row, *link.head)


@dataclass(frozen=True)
class Place:
    """Numbers given to an account by the database and by its place."""

    customer_id: int
    installation_id: int
    region_code: str
    point_no: str
    serial: str
    branch: str
    installed: date
    days: tuple[date, ...]


def add(
    work: Work, batch: Batch, plan: Plan, ids: tuple[int, int], code: str, days: Sequence[date]
) -> None:
    """Add all rows of a plan; ``days``: of the monthly readings, oldest first."""
    place = _place(plan, ids, code, days)
    vault = _customer(work, batch, plan, place)
    _point(batch, plan, place)
    used, since = _bills(batch, plan, place)
    _account(work, batch, plan, place, vault, (used, since))
    _meter(work, batch, plan, place)
    _bindings(batch, plan, place, vault)


def _place(plan: Plan, ids: tuple[int, int], code: str, days: Sequence[date]) -> Place:
    book, seq = f"{1 + plan.n // 400:04}", f"{plan.n + 1:05}"
    check = luhn_digit(book + seq)
    installed = date(2014, 3, 1) + timedelta(days=plan.n % 3_000)
    return Place(
        *ids,
        code,
        f"JS-{code}-{book}-{seq}-{check}",
        f"LJ{20_000_000 + plan.n}",
        f"{plan.region}供水分公司",
        installed,
        tuple(days[len(days) - len(plan.volumes) :]),
    )


def _customer(work: Work, batch: Batch, plan: Plan, place: Place) -> Vault:
    key = sealing.key_row("customer")
    batch.add("data_keys", key.values)
    vault = Vault(place.customer_id, key.id, key.key)
    values = _personal(plan)
    link = Link("customer", str(place.customer_id))
    row = (
        place.customer_id,
        plan.type,
        key.id,
        vault.seal(values, "customer"),
        customers.name_hash(plan.name),
        customers.number_hash(plan.number),
        ["low_income"] if plan.relief else [],
        work.at,
    )
    batch.add("customer", row, link)
    for phone in plan.phones:
        hashes = customers.phone_hash(phone), customers.last4_hash(phone[-4:])
        batch.add("customer_phone", (place.customer_id, *hashes))
    work.record(
        link, "customer:create", after={"type": plan.type}, sealed=vault.change(after=values)
    )
    return vault


def _personal(plan: Plan) -> dict[str, Any]:
    values: dict[str, Any] = {"name": plan.name, "phones": list(plan.phones)}
    if plan.type == "unit":
        return values | {"uscc": plan.number, "legal_rep": "沈知夏", "contact_person": "林见山"}
    return values | {"id_type": "resident_id", "id_no": plan.number, "address": plan.address}


def _point(batch: Batch, plan: Plan, place: Place) -> None:
    state = {"pre": "numbered", "closed": "disused"}.get(plan.state, "metered")
    batch.add(
        "service_point",
        (
            place.point_no,
            plan.address,
            address_key(plan.address),
            plan.region,
            place.branch,
            state,
            plan.calibre,
        ),
    )


def _account(
    work: Work, batch: Batch, plan: Plan, place: Place, vault: Vault, tiers: tuple[int, date]
) -> None:
    invoice = {"name_on_bill": plan.name}
    if plan.type == "unit":
        invoice["tax_no"] = plan.number
    if plan.pay_method == "direct_debit":
        invoice["bank"] = f"临江银行 6200000000{plan.n:09}"
    closed = place.days[-1] if plan.state == "closed" else None
    opened = None if plan.state == "pre" else place.installed
    link = Link("account", plan.account_no)
    row = (
        plan.account_no,
        place.customer_id,
        place.point_no,
        vault.seal(invoice, f"account:{plan.account_no}"),
        customers.name_hash(plan.name),
        plan.category,
        plan.price_code,
        plan.household_size,
        plan.pay_method,
        f"{1 + plan.n // 400:09}",
        plan.n % 400 + 1,
        plan.region,
        place.branch,
        plan.state,
        plan.balance,
        *tiers,
        opened,
        closed,
    )
    batch.add("account", row, link)
    after = {
        "customer_id": place.customer_id,
        "point": place.point_no,
        "state": plan.state,
        "category": plan.category,
        "balance": plan.balance,
    }
    work.record(link, "account:open", after=after, sealed=vault.change(after=invoice))


def _meter(work: Work, batch: Batch, plan: Plan, place: Place) -> None:
    if plan.state == "pre":
        return
    gone = plan.state == "closed"
    state = "in_stock" if gone else "installed"
    link = Link("meter", place.serial)
    # The meter of today: of six years' life some have all before them, few have nothing left.
    hung = place.days[0] - timedelta(days=37 * plan.n % 1_900)
    checked = hung - timedelta(days=60)
    years, rule = next(life for most, life in LIVES if plan.calibre <= most)
    row = (
        place.serial,
        plan.calibre,
        "large" if plan.calibre > 40 else "mechanical",
        "临江仪表",
        plan.max_dial,
        checked,
        checked + timedelta(days=365 * years),
        rule,
        state,
    )
    batch.add("meter", row, link)
    last = _last(plan)
    last_day = place.days[-1]
    batch.add(
        "installation",
        (
            place.installation_id,
            place.serial,
            place.point_no,
            hung,
            plan.max_dial if plan.reversed else 0,
            last,
            last_day,
            plan.reversed,
            last_day if gone else None,
            last if gone else None,
        ),
    )
    seal_no = f"{plan.n + 1:07}"
    batch.add("seal", (seal_no, "plastic", place.branch, "used", place.installation_id))
    _readings(batch, plan, place, last)
    after = {"state": state, "point": place.point_no, "installed": hung}
    work.record(link, "meter:install", after=after)


def _last(plan: Plan) -> int:
    if plan.last_reading is not None:
        return plan.last_reading
    return 800 + plan.n % 900 + sum(plan.volumes)


def _readings(batch: Batch, plan: Plan, place: Place, last: int) -> None:
    sign = -1 if plan.reversed else 1
    left = sum(plan.volumes)
    for day, volume in zip(place.days, plan.volumes, strict=True):
        left -= volume
        reading = last - sign * left
        batch.add(
            "reading",
            (plan.account_no, place.installation_id, day, reading, volume, "manual"),
        )


def _bills(batch: Batch, plan: Plan, place: Place) -> tuple[int, date]:
    tiers = RESIDENT if plan.category == "residential" else OTHERS
    used, since = 0, date(place.installed.year, 1, 1)
    paid = len(plan.volumes) - plan.unpaid
    for n, (day, volume) in enumerate(zip(place.days, plan.volumes, strict=True)):
        used, since = tier_of(used, since, day)
        lines = charging.charge(volume, used, plan.household_size, tiers)
        used += volume
        _bill(batch, plan, place, (day, volume), lines, n - paid)
    return used, since


def _bill(
    batch: Batch,
    plan: Plan,
    place: Place,
    month: tuple[date, int],
    lines: Sequence[charging.FeeLine],
    unpaid: int,
) -> None:
    day, volume = month
    number, fees = f"{plan.account_no}-{day:%Y%m}-01", charging.total(lines)
    late = plan.late[unpaid] if 0 <= unpaid < len(plan.late) else 0
    state, paid = (plan.bill_state, 0) if unpaid >= 0 else ("paid", fees)
    batch.add(
        "bill",
        (
            number,
            plan.account_no,
            place.customer_id,
            "regular",
            f"{day:%Y-%m}",
            day,
            day + timedelta(days=25),
            volume,
            fees,
            late,
            paid,
            state,
        ),
    )
    for seq, each in enumerate(lines, 1):
        batch.add(
            "bill_line",
            (number, seq, each.component, each.tier, each.volume, each.price, each.amount),
        )


def _bindings(batch: Batch, plan: Plan, place: Place, vault: Vault) -> None:
    if plan.state != "pre":
        _contract(batch, plan, place, vault)
    if plan.relief:
        number = f"DB{plan.n:08}"
        cert, found_by = vault.seal({"cert_no": number}, "relief"), relieving.cert_hash(number)
        valid = place.days[0], place.days[-1] + timedelta(days=400)
        row = (plan.account_no, place.customer_id, plan.relief, cert, *valid, 6, found_by)
        batch.add("relief", row)
    if plan.violation:
        notice = f"WZ{place.days[-1]:%Y%m%d}-{plan.n + 1:04}"
        batch.add("violation", (plan.account_no, "bypass", notice, place.days[-1]))


def _contract(batch: Batch, plan: Plan, place: Place, vault: Vault) -> None:
    closed = plan.state == "closed"
    number = f"GYS{place.installed.year}-{place.region_code}-{plan.n + 1:05}"
    sealed = vault.seal({"signer": plan.name, "agent": None}, "contract")
    batch.add(
        "contract",
        (
            number,
            plan.account_no,
            place.customer_id,
            sealed,
            plan.category,
            plan.price_code,
            place.installed,
            place.days[-1] if closed else None,
            "ended" if closed else "running",
        ),
    )


# --- writing --------------------------------------------------------------------------------------


def write(work: Work, batch: Batch, columns: Mapping[str, str] = COLUMNS) -> None:
    """Copy the rows in, table by table in the order of their references, and link the trail."""
    # The heads stand in the rows themselves, so the chains are linked first.
    trail = work.seal_trail()
    for table, names in columns.items():
        _copy(work, batch, table, names)
    for sql, parameters in trail:
        work.execute(sql, parameters)


def new_ids(work: Work, table: str, count: int) -> list[int]:
    """So many ids of a table."""
    rows = work.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
        (table, count),
    )
    return [row[0] for row in rows]


def _copy(work: Work, batch: Batch, table: str, columns: str) -> None:
    with (
        work.connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
    ):
        for row in batch.ready(table):
            copy.write_row(row)
