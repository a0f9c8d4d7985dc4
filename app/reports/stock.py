"""水表库存: meters by store and calibre; and 轮换到期: installed meters whose life ends."""

from __future__ import annotations

from typing import Any

from app import people
from app.db import raw
from app.registry.states import label
from app.reports.listing import Source, listed
from app.reports.shapes import Asked, Board, Column, Figure, Lines, Report, Row, summed, tallied
from app.texts import T
from app.work import Actor

KEEPERS = frozenset(
    {"meter_storekeeper", "metering", "sales", "supply_mgmt", "meter_reader", "finance"}
)
REGION = "(%(all)s OR {0}.region IS NULL OR {0}.region = %(mine)s)"
# Meters that lie in a store, and those that went out of it and hang nowhere yet.
HELD = """
    (SELECT m.serial, m.calibre, m.type, m.model, m.state, m.life_until, m.store AS code,
        NULL::text AS point_no, NULL::date AS install_by
     FROM meter m WHERE m.store IS NOT NULL AND m.state IN ('in_stock', 'to_verify')
     UNION ALL
     SELECT m.serial, m.calibre, m.type, m.model, m.state, m.life_until, i.from_store,
        i.point_no, i.install_by
     FROM meter_issue i JOIN meter m ON m.serial = i.serial WHERE i.state = 'issued') h
    JOIN store s ON s.code = h.code
"""
STATES = ("in_stock", "issued", "to_verify")
TONES = {"in_stock": "water", "issued": "soon", "to_verify": "quiet"}
STOCK_LIST = Source(
    "h.serial, h.calibre, h.type, h.model, h.state, s.name, h.life_until, h.point_no, h.install_by",
    HELD,
    REGION.format("s"),
    "h.serial",
    "text",
    (
        Column("serial", T("表号"), "text"),
        Column("calibre", T("口径"), "count"),
        Column("type", T("种类"), "text"),
        Column("model", T("型号"), "text"),
        Column("state", T("状态"), "text"),
        Column("store", T("库房"), "text"),
        Column("life", T("使用期限"), "date"),
        Column("point", T("接水点"), "text"),
        Column("install_by", T("应装日期"), "date"),
    ),
    {
        "store": "h.code = %(store)s",
        "calibre": "h.calibre = %(calibre)s::int",
        "state": "h.state = %(state)s",
        "overdue": "h.install_by < (%(now)s AT TIME ZONE 'Asia/Shanghai')::date",
    },
)
TYPES = {
    "mechanical": T("机械表"),
    "remote": T("远传表"),
    "collector": T("集抄表"),
    "ic_card": T("IC 卡表"),
    "large": T("大表"),
}


def stock(asked: Asked) -> Board:
    """How many meters of each calibre each store has, has given out, and has to have verified."""
    statement = f"""
        SELECT s.code, s.name, h.calibre, h.state, count(*),
            count(*) FILTER (WHERE h.install_by < (%(now)s AT TIME ZONE 'Asia/Shanghai')::date)
        FROM {HELD} WHERE {REGION.format("s")}
        GROUP BY 1, 2, 3, 4 ORDER BY s.code, h.calibre
    """
    counted: dict[tuple[str, str, int], dict[str, int]] = {}
    for code, name, calibre, state, number, late in raw().execute(statement, asked.params):
        row = counted.setdefault((code, name, calibre), {})
        row[state] = number
        row["overdue"] = row.get("overdue", 0) + late
    columns = (
        *(Column(state, label("meter", state), "count", TONES[state]) for state in STATES),
        Column("overdue", T("逾期未装")),
    )
    rows = [
        Row(f"{name} DN{calibre}", tuple(_held(code, calibre, c.key, counts) for c in columns))
        for (code, name, calibre), counts in counted.items()
    ]
    return Board(columns, summed(T("合计"), rows, {}), T("库房和口径"), lying=True)


def _held(code: str, calibre: int, key: str, counts: dict[str, int]) -> Figure:
    place = {"store": code, "calibre": str(calibre)}
    more = {"overdue": "1"} if key == "overdue" else {"state": key}
    return Figure(counts.get(key, 0), {**place, **more})


def stock_lines(asked: Asked, cursor: str | None, limit: int) -> Lines:
    """The meters of a figure, by serial."""
    return listed(STOCK_LIST, asked, cursor, limit, finish=_named)


def _named(row: tuple[Any, ...]) -> tuple[Any, ...]:
    serial, calibre, kind, model, state, *rest = row
    return (serial, calibre, TYPES.get(kind, kind), model, label("meter", state), *rest)


# --- rotation -------------------------------------------------------------------------------------

# By which day the life ends, from today: past, within so many days.
WINDOWS = (("past", T("已到期"), "late"), ("d90", T("90 天内"), "soon"),
           ("d180", T("91–180 天"), "water"), ("d365", T("181–365 天"), "quiet"))  # fmt: skip
TODAY = "(%(now)s AT TIME ZONE 'Asia/Shanghai')::date"
WINDOW = f"""CASE WHEN m.life_until < {TODAY} THEN 'past'
    WHEN m.life_until <= {TODAY} + 90 THEN 'd90'
    WHEN m.life_until <= {TODAY} + 180 THEN 'd180' ELSE 'd365' END"""
HANGING = """
    meter m JOIN installation i ON i.serial = m.serial AND i.removed IS NULL
    JOIN service_point s ON s.no = i.point_no
"""
ENDING = f"""m.state = 'installed' AND m.life_until <= {TODAY} + 365
    AND {REGION.format("s")}"""
ROTATION_LIST = Source(
    "m.serial, m.calibre, m.type, m.life_until, m.life_rule, s.no, s.address, s.region,"
    " i.installed",
    HANGING,
    ENDING,
    "(m.life_until::text || ' ' || m.serial)",
    "text",
    (
        Column("serial", T("表号"), "text"),
        Column("calibre", T("口径"), "count"),
        Column("type", T("种类"), "text"),
        Column("life", T("使用期限"), "date"),
        Column("rule", T("到期处理"), "text"),
        Column("point", T("接水点"), "text"),
        Column("address", T("地址"), "text"),
        Column("region", T("片区"), "text"),
        Column("installed", T("装表日期"), "date"),
    ),
    {
        "region": "s.region = %(region)s",
        "window": f"{WINDOW} = %(window)s",
    },
)
RULES = {"renew": T("换新"), "verify": T("送检")}


def rotation(asked: Asked) -> Board:
    """Installed meters whose life is over or ends within a year, by region."""
    where = f"{ENDING} AND s.region = %(region)s" if "region" in asked.filters else ENDING
    statement = (
        f"SELECT s.region, {WINDOW}, count(*) FROM {HANGING} WHERE {where} GROUP BY 1, 2 ORDER BY 1"
    )
    found = raw().execute(statement, asked.params).fetchall()
    counts = {(region, window): number for region, window, number in found}
    columns = tuple(Column(key, text, "count", tone) for key, text, tone in WINDOWS)
    return tallied(counts, columns, ("region", "window"), T("片区"), kept=asked.kept)


def rotation_lines(asked: Asked, cursor: str | None, limit: int) -> Lines:
    """The meters of a figure, whose life ends first standing first."""
    return listed(ROTATION_LIST, asked, cursor, limit, finish=_due)


def _due(row: tuple[Any, ...]) -> tuple[Any, ...]:
    serial, calibre, kind, life, rule, *rest = row
    return (serial, calibre, TYPES.get(kind, kind), life, RULES.get(rule, rule), *rest)


def may(actor: Actor) -> bool:
    """Who keeps and reads meters, and who reads their issue."""
    return bool(KEEPERS & actor.kinds) or people.reads(actor.groups, "meter_issue")


STOCK = Report(
    "stock", T("水表库存"), may, stock, stock_lines,
    frozenset({"store", "calibre", "state", "overdue"}),
)  # fmt: skip
ROTATION = Report(
    "rotation", T("轮换到期"), may, rotation, rotation_lines, frozenset({"region", "window"})
)
