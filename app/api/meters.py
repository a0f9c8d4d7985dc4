"""The meter store's books: meters wherever they are, for those who keep them and who audit."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from app import registry
from app.api import questions
from app.api.caller import actor
from app.api.cursors import opened, sealed
from app.api.operations import operation
from app.api.shapes import text
from app.errors import NotAllowed
from app.procedures.meter_store import READERS
from app.texts import T

PAGE = 50


class StockMeter(Schema):
    """A meter of the store's books, wherever it is."""

    serial = fields.String(required=True)
    calibre = fields.Integer(metadata={"description": "mm"})
    type = text("mechanical, remote, collector, ic_card or large")
    model = fields.String(allow_none=True)
    maker = fields.String(allow_none=True)
    q3 = fields.Float(allow_none=True, metadata={"description": "m³/h"})
    max_dial = fields.Integer(metadata={"description": "m³"})
    state = text("in_stock, issued, installed, to_verify or scrapped")
    store = text("Code of the store in which it lies", null=True)
    store_name = fields.String(allow_none=True)
    service_point = text("At which it hangs, or for which it is out", null=True)
    address = text("Of that point", null=True)
    first_verification = fields.Date()
    verified = fields.Date(allow_none=True, metadata={"description": "Last verification"})
    life_until = fields.Date()
    life_rule = text("renew or verify", null=True)
    held_by = text("Case that picked it out", null=True)


class StockMeters(Schema):
    """A page of meters, by serial."""

    items = fields.List(fields.Nested(StockMeter), required=True)
    cursor = text("Of the next page; null on the last", null=True)


@operation(
    "GET", "/meters", "read", "Meters of the store's books, by serial",
    query=questions.MeterQuery, answer=StockMeters, problems=(422,),
)  # fmt: skip
def list_meters(
    state: str, store: str, calibre: int | None, serial: str, cursor: str | None
) -> dict[str, Any]:
    """For storekeepers, the metering department and auditors."""
    _need_reader()
    found = registry.find_meters(
        q=serial, store=store or None, calibre=calibre, state=state or None,
        after=opened(cursor), limit=PAGE + 1,
    )  # fmt: skip
    more = sealed(found[PAGE - 1].serial) if len(found) > PAGE else None
    return {"items": [_line(one) for one in found[:PAGE]], "cursor": more}


def _need_reader() -> None:
    if not READERS & actor().kinds:
        raise NotAllowed(T("只有库管员、计量部门和审计员可以查看表库。"))


def _line(one: registry.StockFacts) -> dict[str, Any]:
    return {
        "serial": one.serial, "calibre": one.calibre, "type": one.type, "model": one.model,
        "maker": one.maker, "q3": one.q3, "max_dial": one.max_dial, "state": one.state,
        "store": one.store, "store_name": one.store_name, "service_point": one.point_no,
        "address": one.address, "first_verification": one.first_verification,
        "verified": one.verified_on, "life_until": one.life_until, "life_rule": one.life_rule,
        "held_by": one.held_by,
    }  # fmt: skip
