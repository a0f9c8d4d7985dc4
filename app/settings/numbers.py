"""Numbers of cases, receipts, notices, contracts: gap-free, because a rollback takes them back."""

from __future__ import annotations

import re
from datetime import datetime

from app.errors import Invalid, NotFound
from app.settings.patterns import moments, number, series
from app.settings.values import get, regions
from app.texts import T
from app.work import Work

NAMES = {
    "receipt": "SJ",
    "account": "HH",
    "contract": "GYS",
    "scheme": "FA",
    "service_point": "JS",
    "acceptance": "YSD",
    "rectification": "ZG",
    "violation": "WZ",
    "supplement": "BZTZ",
    "refusal": "BYSL",
}

# Locks the row of its series until the command ends: the next number is given only when this
# one is committed or taken back.
NEXT = """
INSERT INTO number_counters AS c (series, last) VALUES (%s, 1)
ON CONFLICT (series) DO UPDATE SET last = c.last + 1 RETURNING last
"""


def next_number(
    work: Work, kind: str, *, region: str | None = None, cashier: int | str | None = None,
    at: datetime | None = None, class_: str | None = None, book: str | None = None,
) -> str:  # fmt: skip
    """The next number of a kind, unique and without gaps within its day or year.

    ``kind``: "receipt", "contract", "supplement", "archive" … or letters such as GH: those
    without a pattern of their own are numbered as cases. ``region`` is a region's name,
    ``cashier`` a person's id or three digits, ``class_`` the two digits of an archive volume.
    """
    kind = NAMES.get(kind, kind)
    parts = moments(at or work.at) | {"kind": kind, "fonds": get("number.fonds")}
    parts |= {"class": class_ or "", "book": book or "", "cashier": _cashier(cashier)}
    parts["region"] = _code(region) if region else ""
    name = series(_pattern(kind), parts)
    row = work.execute(NEXT, [name]).fetchone()
    return number(name, row[0])


def _pattern(kind: str) -> str:
    try:
        return str(get(f"number.{kind}"))
    except NotFound:
        if re.fullmatch(r"[A-Z]{2,4}", kind):
            return str(get("number.case"))
        raise


def _cashier(cashier: int | str | None) -> str:
    return "" if cashier is None else f"{int(cashier) % 1000:03}"


def _code(region: str) -> str:
    try:
        return regions()[region]
    except KeyError:
        raise Invalid(fields={"region": T("没有名为“{region}”的片区。", region=region)}) from None
